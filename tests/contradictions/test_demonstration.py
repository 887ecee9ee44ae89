"""The demonstration of thirteen years, with a reform, rotations and corrections, contradicts itself nowhere."""

from pathlib import Path
from shutil import copy

from services.chronicle.projections import PROJECTIONS
from services.chronicle.queries.contradictions.detection import find_contradictions
from shared.core.partial_dates import BY_NOW
from shared.readmodel.row_store import RowStore, engine_for


def test_the_demonstration_is_without_contradiction(demonstration: Path, tmp_path: Path) -> None:
    copy(demonstration / "chronicle.db", tmp_path)
    tables = RowStore(engine_for(tmp_path / "chronicle.db"), PROJECTIONS)
    with tables.engine.connect() as connection:
        assert find_contradictions(connection, BY_NOW) == []
    assert tables.count("tenures") > 2_000
    tables.engine.dispose()
