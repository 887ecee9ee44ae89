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
from services.demo.city.world import BEGINNING, TODAY, Act, CityWorld, demo_id, shift_day
from services.demo.published.commands import record_living_acts
from services.importing.batches import (
    Proposal,
    ProposalsByStream,
    is_ledger_empty,
    project_imported,
    record_proposals,
)
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
CITY_TOPICS = ("regulation", "organization", "personnel", "appointment")
ACTOR = f"{IMPORT_ACTOR_PREFIX}demo"
ORIGIN = Origin(actor=ACTOR, correlation=demo_id("batch", str(SEED)))
LIVING_ORIGIN = Origin(actor="demo", correlation=ORIGIN.correlation)
UNITS_KNOWN, REFORM_KNOWN = shift_day(BEGINNING, -5), Day(PDate("2025-06-20"))
NOTICE = demo_id("decision", "notice")


def load_demo(
    ledger: Ledger, clock: SimulatedClock, progress: Progress = no_progress, today: Day = TODAY
) -> None:
    """Record the demonstration on the ledger's clock, up to `today`. An interrupted load can be run again."""
    was_empty = is_ledger_empty(ledger)
    weeks = [week for week in group_by_week(build_world().acts) if week[0] <= today]
    units = {"before": UNITS_KNOWN, "after": REFORM_KNOWN}
    for number, (day, acts) in enumerate(weeks, start=1):
        for part in [part for part, known in units.items() if known <= day]:
            clock.now = recording_instant(units.pop(part))
            import_vietnam(ledger, write=True, origin=ORIGIN, parts=(part,), project_pending=False)
            if was_empty and part == "before":
                project_imported(ledger, was_empty, progress)
        clock.now = recording_instant(day)
        record_acts(ledger, [act for act in acts if not act.living])
        record_living_acts(ledger, [act for act in acts if act.living], LIVING_ORIGIN)
        progress("demo", number, len(weeks))
    record_acts(ledger, [Act(today, "regulation", NOTICE, build_notice(today))])
    project_imported(ledger, False, progress)


def is_loaded(read_model: ReadModel) -> bool:
    """Whether the demonstration was loaded to its end."""
    return bool(read_model.rows(DECISIONS, decision_id=NOTICE))


def demonstration_tour(ledger: Ledger) -> Callable[[], Sequence[tuple[str, str, str]]]:
    """For the portal: (Vietnamese title, English title, address) of each page worth visiting, once all is loaded."""
    return lambda: DEMO_STORY if is_loaded(ledger.tables) else ()


def build_world() -> CityWorld:
    """The simulated world, the same every time."""
    world = CityWorld(SEED)
    opening.open_city(world)
    years.schedule_years(world)
    story.schedule_story(world)
    reform.schedule_reform(world)
    world.run()
    published.record_places(world)
    return world


def group_by_week(acts: list[Act]) -> Iterator[tuple[Day, list[Act]]]:
    """Acts are recorded on the Friday of their week, in the order in which they happened."""

    def friday(act: Act) -> Day:
        return min(TODAY, shift_day(act.recorded, (4 - date.fromisoformat(act.recorded).weekday()) % 7))

    for day, found in groupby(sorted(acts, key=friday), key=friday):
        yield day, list(found)


def recording_instant(day: Day) -> Instant:
    """The instant at which acts of a day are recorded."""
    return Instant(f"{day}T02:00:00.000000Z")


def record_acts(ledger: Ledger, acts: list[Act]) -> None:
    """Record acts through the deciders; a rejection is a mistake in the demonstration."""
    for topic in CITY_TOPICS:
        streams: ProposalsByStream = {}
        mine = [act for act in acts if act.topic == topic]
        corrected = {
            act.stream: load_facts(ledger, topic, act.stream)
            for act in mine
            if act.stream in CORRECTED_PEOPLE
        }
        for act in mine:
            if act.corrects is None and act.fact not in corrected.get(act.stream, ()):
                streams.setdefault(act.stream, []).append(Proposal(act.fact))
        for outcome in record_proposals(ledger.apps[topic], streams.items(), ORIGIN):
            if outcome.set_aside:
                raise AssertionError(f"the demonstration contradicts itself: {outcome.set_aside[0]}")
        for act in mine:
            if act.corrects is not None:
                record_correction(ledger, act, act.corrects)


def load_facts(ledger: Ledger, topic: str, stream: str) -> list[Fact]:
    """The facts recorded in a stream, corrected ones included."""
    return [event.fact for event in ledger.logs[topic].load_stream(stream)]


def record_correction(ledger: Ledger, act: Act, wrong: Fact) -> None:
    """Record a correction unless it was recorded before."""
    events = ledger.logs[act.topic].load_stream(act.stream)
    target = next(event.event_id for event in events if event.fact == wrong)
    if isinstance(act.fact, Corrected) and not any(isinstance(event.fact, Corrected) for event in events):
        ledger.apps[act.topic].correct(act.stream, replace(act.fact, target=target), ORIGIN)


def build_notice(today: Day) -> DecisionRegistered:
    return DecisionRegistered(
        effective_from=today,
        number="01/TB-DEMO",
        issuer="Cadre Ledger",
        signed_on=today,
        kind=DocumentKind.NOTICE,
        title="Mọi cán bộ, chức vụ và văn bản trong dữ liệu trình diễn đều là hư cấu; chỉ đơn vị hành chính là thật",
        note=SYNTHETIC,
    )


CORRECTED_PEOPLE = {demo_id("person", "voided"), demo_id("person", "amended")}
"""Persons with a correction."""
