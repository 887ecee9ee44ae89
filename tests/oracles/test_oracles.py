"""DuckDB and Polars compute the terms from Parquet, each in its own way; they are the terms of the one fold."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.appointment.events import (
    Appointed,
    AppointmentFact,
    Elected,
    Reappointed,
    Suspended,
    TenureEnded,
    topic,
)
from services.audit.archive.parquet import write_columns
from services.bootstrap.services import open_embedded_ledger
from services.chronicle.rows import TENURES, TenureRow
from services.loadgen import generate_history
from shared.core.clock import SimulatedClock
from shared.core.facts import Corrected
from shared.core.partial_dates import Instant, PDate, later
from shared.eventlog.event_log import EventLog
from shared.eventlog.group_commit import AppendRequest
from shared.eventlog.key_store import KeyStore
from shared.operations.settings import load
from tests.oracles import Term, duck, ours, polar

EVENTS = [12_000, pytest.param(150_000, marks=pytest.mark.long)]


def both(log: EventLog[AppointmentFact], folder: Path) -> tuple[list[Term], list[Term]]:
    write_columns(log, folder, log.position())
    file = folder / "parquet" / "appointment.parquet"
    return sorted(duck.terms(file)), sorted(polar.terms(file))


@pytest.mark.parametrize("events", EVENTS)
def test_a_generated_history(tmp_path: Path, events: int) -> None:
    home = tmp_path / "home"
    generate_history(home, events, 11)
    ledger = open_embedded_ledger(load(home))
    ledger.rebuild()
    log = ledger.logs["appointment"]
    folded = sorted(ours.terms(log.iterate_streams()))
    assert both(log, tmp_path) == (folded, folded)
    assert sorted(_stored(ledger.tables)) == folded
    kinds = {type(event.fact) for events in log.iterate_streams() for event in events}
    assert {Corrected, Suspended, Reappointed, TenureEnded} <= kinds
    assert any(len(term.start) in (0, 4, 7) for term in folded)
    assert any(event.cause for events in log.iterate_streams() for event in events)
    ledger.close()


def _stored(tables: Any) -> Iterator[Term]:
    """The rows of the table, as known at the end."""
    people: dict[str, list[TenureRow]] = {}
    for row in tables.rows(TENURES):
        people.setdefault(row.cadre_id, []).append(row)
    for rows in people.values():
        yield from ours.joined(rows)


DAYS = ("2024-02-29", "2024-12-31", "2025-06-30", "2025-07-01", "", "2024", "2025", "2025-02", "..2025-06-30")
DATES = st.sampled_from(DAYS).map(PDate)
TENURE_NUMBERS = st.integers(0, 5)
STEPS = st.one_of(
    st.tuples(
        st.sampled_from(("appointed", "elected", "ended", "again", "suspended")),
        TENURE_NUMBERS,
        DATES,
        TENURE_NUMBERS,
    ),
    st.tuples(
        st.sampled_from(("void", "amend day", "amend order")), st.integers(0, 11), DATES, TENURE_NUMBERS
    ),
)


@contextmanager
def told(
    streams: list[list[tuple[str, int, PDate, int]]],
) -> Iterator[tuple[EventLog[AppointmentFact], Path]]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        keys, clock = (
            KeyStore(folder / "keys.db", "here"),
            SimulatedClock(Instant("2026-01-01T00:00:00.000000Z")),
        )
        log = EventLog(topic, folder / "appointment.db", "here", clock, keys)
        for number, steps in enumerate(streams):
            _tell(log, clock, f"c{number}", steps)
        yield log, folder
        log.close()
        keys.close()


def _tell(
    log: EventLog[Any], clock: SimulatedClock, stream: str, steps: list[tuple[str, int, PDate, int]]
) -> None:
    ids: list[str] = []
    opened: set[int] = set()
    for step, number, day, other in steps:
        fact = _fact(step, number, day, other, ids)
        if fact is None or (isinstance(fact, Appointed | Elected | Reappointed) and number in opened):
            continue
        if isinstance(fact, Appointed | Elected | Reappointed):
            opened.add(number)
        clock.now = later(clock.now)
        draft = AppendRequest(stream, len(ids), (fact,), "user:lan")
        ids += [event.event_id for event in log.append(draft)]


def _fact(step: str, number: int, day: PDate, other: int, ids: list[str]) -> Any:
    """What can be told so, true or not; nothing where there is nothing yet to correct."""
    tenure, post = f"t{number}", f"p{other}"
    match step:
        case "appointed":
            return Appointed(tenure=tenure, post=post, effective_from=day)
        case "elected":
            return Elected(
                tenure=tenure, post=post, election="e", effective_from=day, same_day_order=other % 3
            )
        case "ended":
            return TenureEnded(tenure=tenure, effective_from=day)
        case "again":
            return Reappointed(tenure=tenure, previous=f"t{other}", term_no=2, effective_from=day)
        case "suspended":
            return Suspended(tenure=tenure, reason="r", effective_from=day)
    if number >= len(ids):
        return None
    correction = Corrected(target=ids[number], mode="VOID", reason="r")
    if step == "void":
        return correction
    values: dict[str, Any] = {"effective_from": day} if step == "amend day" else {"same_day_order": other}
    return replace(correction, mode="AMEND", new_values=values)


@given(st.lists(st.lists(STEPS, min_size=1, max_size=12), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_small_history(streams: list[list[tuple[str, int, PDate, int]]]) -> None:
    with told(streams) as (log, folder):
        folded = sorted(ours.terms(log.iterate_streams()))
        assert both(log, folder) == (folded, folded)
