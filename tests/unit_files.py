"""Files of the dated history of units, imported and asked for: what several tests say in the same words."""

from pathlib import Path
from typing import Any

from services.chronicle.queries.common.responses import AsOf
from services.importing.result import ImportReport
from services.importing.units.importer import import_units
from services.importing.units.queries import unit_versions, units_as_of
from shared.commands.command_handler import Origin
from shared.core.partial_dates import BY_NOW, civil_day
from shared.runtime.embedded import EmbeddedLedger

ORIGIN = Origin(actor="test", correlation="batch")
HEADER = "level,code,version,parent_code,name,type,valid_from,valid_to,change_in,change_out,decrees_in\n"


def run(ledger: EmbeddedLedger, folder: Path, **options: Any) -> ImportReport:
    return import_units(ledger, folder, "t", **{"write": True, "origin": ORIGIN, **options})


def history(tmp_path: Path, *lines: str) -> Path:
    folder = tmp_path / "files"
    folder.mkdir(exist_ok=True)
    (folder / "unit_history.csv").write_text(
        HEADER + "".join(line + "\n" for line in lines), encoding="utf-8-sig"
    )
    return folder


def tree(ledger: EmbeddedLedger, day: str) -> list[dict[str, Any]]:
    with ledger.tables.engine.connect() as connection:
        return units_as_of(connection, "t", AsOf(civil_day(day), BY_NOW))


def names(ledger: EmbeddedLedger, day: str) -> dict[str, str]:
    return {
        f"{line['level']}/{line['code']}": f"{line['name']} < {line['parent']}" for line in tree(ledger, day)
    }


def versions(ledger: EmbeddedLedger, code: str) -> list[dict[str, Any]]:
    with ledger.tables.engine.connect() as connection:
        return unit_versions(connection, "t", code)
