"""A small office with a past: ten people, a late fact, a correction, each known on a day of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.appointment.events import Appointed, EndReason, TenureEnded
from services.bootstrap.services import open_embedded_ledger
from services.organization.events import Kind, PostCreated, UnitEstablished
from services.personnel.events import Registered
from services.regulation.events import DecisionRegistered, DocumentKind
from shared.commands.command_handler import Origin
from shared.core.clock import SimulatedClock
from shared.core.facts import Corrected, Fact
from shared.core.partial_dates import Instant
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from shared.testing import on

NAMES = ("An", "Bình", "Chi", "Dũng", "Giang", "Hạnh", "Khánh", "Lan", "Minh", "Ngọc")
ERASED = "Nguyễn Văn Khánh"
BY = Origin(actor="user:lan")


@contextmanager
def opened(home: Path, now: str = "2026-03-01", database: str = "") -> Iterator[EmbeddedLedger]:
    settings = load(home, {"CADRE_SITE": "quận", "CADRE_DATABASE": database})
    ledger = open_embedded_ledger(settings, SimulatedClock(moment(now)))
    try:
        yield ledger
    finally:
        ledger.close()


def moment(day: str) -> Instant:
    return Instant(f"{day}T03:00:00.000000Z")


def tell(home: Path, database: str = "") -> None:
    """Every fact recorded on the day on which it became known."""
    with opened(home, database=database) as ledger:
        _papers(ledger)
        for number, name in enumerate(NAMES):
            cadre = f"c{number}"
            say(ledger, "2024-01-10", "personnel", cadre, Registered(name=f"Nguyễn Văn {name}", birth="1980"))
            appointed = Appointed(
                tenure=f"t{number}", post=f"p{number}", effective_from=on("2024-02-01"), decision="d1"
            )
            say(ledger, "2024-02-01", "appointment", cadre, appointed)
        say(
            ledger,
            "2024-05-01",
            "appointment",
            "c1",
            TenureEnded(tenure="t1", effective_from=on("2024-05-01"), reason=EndReason.MOVED, decision="d2"),
        )
        late = Appointed(tenure="t1b", post="p0", effective_from=on("2024-06-01"), decision="d2")
        say(ledger, "2025-02-01", "appointment", "c1", late)
        wrong = ledger.logs["appointment"].load_stream("c2")[0]
        moved = Corrected(
            target=wrong.event_id,
            mode="AMEND",
            reason="wrong day",
            decision="d2",
            new_values={"effective_from": "2024-03-15"},
        )
        ledger.logs["appointment"].clock.now = moment("2025-03-01")  # type: ignore[attr-defined]  # a clock that tests set
        ledger.apps["appointment"].correct("c2", moved, Origin(actor="user:minh"))
        ledger.project_pending()


def _papers(ledger: EmbeddedLedger) -> None:
    for id_, number in (("d1", "01/QĐ"), ("d2", "02/QĐ")):
        paper = DecisionRegistered(
            number=number, issuer="UBND", signed_on=None, kind=DocumentKind.DECISION, title="Bổ nhiệm"
        )
        say(ledger, "2024-01-01", "regulation", id_, paper)
    unit = UnitEstablished(name="Quận Một", kind=Kind.URBAN_DISTRICT, effective_from=on("2020-01-01"))
    say(ledger, "2024-01-01", "organization", "u", unit)
    for place in range(len(NAMES)):
        post = PostCreated(unit="u", title=f"Chức vụ {place}", seats=2, effective_from=on("2020-01-01"))
        say(ledger, "2024-01-01", "organization", f"p{place}", post)


def say(ledger: EmbeddedLedger, day: str, topic: str, stream: str, fact: Fact, by: Origin = BY) -> Any:
    """The ledger's clock says this day; its rows follow at once."""
    log = ledger.logs[topic]
    log.clock.now = moment(day)  # type: ignore[attr-defined]  # a clock that tests set
    receipt = ledger.apps[topic].handle(stream, fact, by)
    ledger.project_pending()
    return receipt
