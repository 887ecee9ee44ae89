"""Rows of facts put together as several sites would hand them over: no rule is asked, no reaction runs."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from services.appointment.events import Appointed, TenureEnded
from services.chronicle.projections import PROJECTIONS
from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.contradictions.candidates import Found
from services.chronicle.queries.contradictions.listing import choose_contradictions
from services.organization.events import DissolutionReason, Kind, PostCreated, UnitDissolved, UnitEstablished
from services.personnel.events import Registered
from shared.core.bitemporal import fold_periods
from shared.core.facts import AnyEvent
from shared.core.partial_dates import BY_NOW, LAST_DAY, Day, Instant, PDate
from shared.readmodel.projector import projections_of
from shared.readmodel.row_store import RowStore, engine_for
from shared.testing import on
from shared.testing.given import recorded

Told = tuple[str, str, Any]
"""Topic, stream, fact."""


class StoredFacts:
    """Facts in the order in which they became known, a second apart, and their rows: in memory, or at an address."""

    def __init__(self, where: str = "sqlite://") -> None:
        self.tables = RowStore(engine_for(where), PROJECTIONS)
        self.tables.create()
        self.streams: dict[tuple[str, str], list[AnyEvent]] = defaultdict(list)
        self.number = 0

    def store(self, *facts: Told) -> list[AnyEvent]:
        """Add each fact to its stream, and make the rows of the stream anew."""
        events = []
        for topic, stream, fact in facts:
            self.number += 1
            events.append(recorded(fact, self.number, stream=stream))
            self.streams[topic, stream].append(events[-1])
        with self.tables.transaction() as connection:
            for topic, stream in {fact[:2] for fact in facts}:
                for projection in projections_of(PROJECTIONS, topic):
                    periods = fold_periods(projection, self.streams[topic, stream])
                    self.tables.store(connection, projection.name, {stream: periods})
        return events

    def forget(self) -> None:
        """Begin anew, without facts and rows."""
        self.streams.clear()
        with self.tables.transaction() as connection:
            for name in self.tables.tables:
                self.tables.clear(connection, name)

    def found(self, known: Instant = BY_NOW, **chosen: Any) -> list[Found]:
        with self.tables.engine.connect() as connection:
            return choose_contradictions(connection, AsOf(Day(PDate(LAST_DAY)), known), **chosen)

    def kinds(self, **chosen: Any) -> list[str]:
        """The kinds of all contradictions, each as often as there is one."""
        return [each.kind.value for each in self.found(**chosen)]


def unit(name: str, day: str = "2000-01-01", parent: str = "", **more: Any) -> Told:
    fact = UnitEstablished(
        name=f"Unit {name}", kind=Kind.COMMUNE, parent=parent, effective_from=on(day), **more
    )
    return "organization", name, fact


def dissolved(name: str, day: str) -> Told:
    return "organization", name, UnitDissolved(reason=DissolutionReason.ENDED, effective_from=on(day))


def post(name: str, of_unit: str, day: str = "2000-01-01", **more: Any) -> Told:
    return (
        "organization",
        name,
        PostCreated(unit=of_unit, title=f"Post {name}", effective_from=on(day), **more),
    )


def cadre(name: str, day: str = "2000-01-01", **more: Any) -> Told:
    return "personnel", name, Registered(name=f"Cadre {name}", effective_from=on(day), **more)


def tenure(
    holder: str, in_post: str, start: str, end: str | None = None, id_: str = "", **more: Any
) -> Sequence[Told]:
    id_ = id_ or f"{holder}-{in_post}-{start}"
    begun: Told = "appointment", holder, Appointed(tenure=id_, post=in_post, effective_from=on(start), **more)
    ended: Told = "appointment", holder, TenureEnded(tenure=id_, effective_from=on(end or ""))
    return (begun,) if end is None else (begun, ended)
