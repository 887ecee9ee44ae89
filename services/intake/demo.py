"""The demonstration: the real units of Viet Nam, and a synthetic city in them, recorded as it would have been."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter

from msgspec.structs import replace

from services.intake import demo_opening, demo_reform, demo_story, demo_years
from services.intake.batch import Proposal, Streams, id_for, record
from services.intake.demo_world import TODAY, Act, World, demo_id
from services.intake.vietnam import SCHEME as GSO
from services.intake.vietnam import import_vietnam
from shared.application import Origin
from shared.clock import SimulatedClock
from shared.dates import Day, Instant
from shared.facts import Corrected
from shared.runtime.embedded import Embedded, Progress, _quiet

SEED = 2025
TOPICS = ("regulation", "organization", "personnel", "appointment")
ORIGIN = Origin(actor="demo", correlation=demo_id("batch", str(SEED)))
UNITS_KNOWN, REFORM_KNOWN = Day("2014-01-10"), Day("2025-06-20")


def load_demo(ledger: Embedded, clock: SimulatedClock, progress: Progress = _quiet, today: Day = TODAY) -> None:
    """Into an empty ledger, on whose clock the years pass. Nothing that would be recorded after `today` is."""
    world = build()
    weeks = [(day, acts) for day, acts in by_week(world.acts) if day <= today]
    units = {"before": UNITS_KNOWN, "after": REFORM_KNOWN}
    for number, (day, acts) in enumerate(weeks, start=1):
        for part in [part for part, known in units.items() if known <= day]:
            clock.now = moment(units.pop(part))
            import_vietnam(ledger, write=True, origin=ORIGIN, parts=(part,), settle=False)
        clock.now = moment(day)
        keep(ledger, acts)
        progress("demo", number, len(weeks))
    ledger.settle(progress)


def build() -> World:
    """The same world every time."""
    world = World(SEED)
    demo_opening.opening(world)
    demo_years.calendar(world)
    demo_story.agenda(world)
    demo_reform.agenda(world)
    world.run(TODAY)
    return world


def by_week(acts: list[Act]) -> Iterator[tuple[Day, list[Act]]]:
    """What was decided is recorded on the Fridays; within one, in the order in which it happened."""
    timed = [replace_day(act) for act in acts]
    timed.sort(key=attrgetter("recorded"))
    for day, found in groupby(timed, key=attrgetter("recorded")):
        yield day, list(found)
