"""Loads the demonstration: the real units of Viet Nam and a synthetic city, recorded week by week."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby

from msgspec.structs import replace

from services.chronicle.rows import DECISIONS
from services.demo import published
from services.demo.city import opening, reform, story, years
from services.demo.city.names import SYNTHETIC
from services.demo.city.tour import DEMO_STORY
from services.demo.city.world import BEGINNING, TODAY, Act, World, demo_id, shift
from services.demo.published.commands import keep_living
from services.importing.batches import Proposal, Streams, record
from services.importing.row_updates import is_empty
from services.importing.vietnam import import_vietnam
from services.regulation.events import DecisionRegistered, DocumentKind
from shared.commands.command_handler import IMPORT_ACTOR_PREFIX, Origin
from shared.core.clock import SimulatedClock
from shared.core.decider import ReadModel
from shared.core.facts import Corrected, Fact
from shared.core.partial_dates import Day, Instant, PDate
from shared.runtime.ledger import Ledger, Progress, no_progress

__all__ = ["DEMO_STORY", "is_loaded", "load_demo"]
SEED = 2025
TOPICS = ("regulation", "organization", "personnel", "appointment")
ACTOR = f"{IMPORT_ACTOR_PREFIX}demo"
ORIGIN = Origin(actor=ACTOR, correlation=demo_id("batch", str(SEED)))
LIVING = Origin(actor="demo", correlation=ORIGIN.correlation)
UNITS_KNOWN, REFORM_KNOWN = shift(BEGINNING, -5), Day(PDate("2025-06-20"))
NOTICE = demo_id("decision", "notice")


def load_demo(
    ledger: Ledger, clock: SimulatedClock, progress: Progress = no_progress, today: Day = TODAY
) -> None:
    """Record the demonstration on the ledger's clock, up to `today`. An interrupted load can be run again."""
    was_empty = is_empty(ledger)
    weeks = [week for week in by_week(build().acts) if week[0] <= today]
    units = {"before": UNITS_KNOWN, "after": REFORM_KNOWN}
    for number, (day, acts) in enumerate(weeks, start=1):
        for part in [part for part, known in units.items() if known <= day]:
            clock.now = moment(units.pop(part))
            import_vietnam(ledger, write=True, origin=ORIGIN, parts=(part,), project_pending=False)
            if was_empty and part == "before":
                ledger.fill(progress)
        clock.now = moment(day)
        keep(ledger, [act for act in acts if not act.living])
        keep_living(ledger, [act for act in acts if act.living], LIVING)
        progress("demo", number, len(weeks))
    keep(ledger, [Act(today, "regulation", NOTICE, notice(today))])
    ledger.project_pending(progress)


def is_loaded(read_model: ReadModel) -> bool:
    """Whether the demonstration was loaded to its end."""
    return bool(read_model.rows(DECISIONS, decision_id=NOTICE))


def demonstration_tour(ledger: Ledger) -> Callable[[], Sequence[tuple[str, str, str]]]:
    """For the portal: (Vietnamese title, English title, address) of each page worth visiting, once all is loaded."""
    return lambda: DEMO_STORY if is_loaded(ledger.tables) else ()


def build() -> World:
    """The simulated world, the same every time."""
    world = World(SEED)
    opening.opening(world)
    years.calendar(world)
    story.agenda(world)
    reform.agenda(world)
    world.run()
    published.tell(world)
    return world


def by_week(acts: list[Act]) -> Iterator[tuple[Day, list[Act]]]:
    """Acts are recorded on the Friday of their week, in the order in which they happened."""

    def friday(act: Act) -> Day:
        return min(TODAY, shift(act.recorded, (4 - date.fromisoformat(act.recorded).weekday()) % 7))

    for day, found in groupby(sorted(acts, key=friday), key=friday):
        yield day, list(found)


def moment(day: Day) -> Instant:
    """The instant at which acts of a day are recorded."""
    return Instant(f"{day}T02:00:00.000000Z")


def keep(ledger: Ledger, acts: list[Act]) -> None:
    """Record acts through the deciders; a rejection is a mistake in the demonstration."""
    for topic in TOPICS:
        streams: Streams = {}
        mine = [act for act in acts if act.topic == topic]
        corrected = {act.stream: said(ledger, topic, act.stream) for act in mine if act.stream in RETOLD}
        for act in mine:
            if act.corrects is None and act.fact not in corrected.get(act.stream, ()):
                streams.setdefault(act.stream, []).append(Proposal(act.fact))
        for outcome in record(ledger.apps[topic], streams.items(), ORIGIN):
            if outcome.set_aside:
                raise AssertionError(f"the demonstration contradicts itself: {outcome.set_aside[0]}")
        for act in mine:
            if act.corrects is not None:
                correct(ledger, act, act.corrects)


def said(ledger: Ledger, topic: str, stream: str) -> list[Fact]:
    """The facts recorded in a stream, corrected ones included."""
    return [event.fact for event in ledger.logs[topic].load_stream(stream)]


def correct(ledger: Ledger, act: Act, wrong: Fact) -> None:
    """Record a correction unless it was recorded before."""
    events = ledger.logs[act.topic].load_stream(act.stream)
    target = next(event.event_id for event in events if event.fact == wrong)
    if isinstance(act.fact, Corrected) and not any(isinstance(event.fact, Corrected) for event in events):
        ledger.apps[act.topic].correct(act.stream, replace(act.fact, target=target), ORIGIN)


def notice(today: Day) -> DecisionRegistered:
    return DecisionRegistered(
        effective_from=today,
        number="01/TB-DEMO",
        issuer="Cadre Ledger",
        signed_on=today,
        kind=DocumentKind.NOTICE,
        title="Mọi cán bộ, chức vụ và văn bản trong dữ liệu trình diễn đều là hư cấu; chỉ đơn vị hành chính là thật",
        note=SYNTHETIC,
    )


RETOLD = {demo_id("person", "voided"), demo_id("person", "amended")}
"""Persons with a correction."""
