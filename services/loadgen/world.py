"""Units, posts, people and a calendar. Events are recorded on the day they happen, and finished things are
forgotten."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from random import Random
from typing import Any

from services.appointment.events import Holding
from services.loadgen.log_files import GeneratedLogs
from services.loadgen.sizes import EARLIEST, Size
from services.organization.events import Role
from services.regulation.events import DecisionRegistered, DocumentKind
from shared.core.partial_dates import Day, PDate

GENERATED_NOTE = "Dữ liệu do máy sinh ra / Generated"
FIRST = EARLIEST
"""The date of posts, where their unit existed by then."""


@lru_cache(20_000)
def iso(day: int) -> Day:
    return Day(PDate(date.fromordinal(day).isoformat()))


@dataclass(slots=True, eq=False)
class SimulatedUnit:
    """A unit with its posts; `area` is the district, or what replaces it, within which people move."""

    id: str
    name: str
    level: str
    province: str
    area: "SimulatedUnit | None" = None
    posts: "list[SimulatedPost]" = field(default_factory=list)
    side_posts: "list[SimulatedPost]" = field(default_factory=list)
    """Seats that are held beside another post: committees, councils."""
    plans: "SimulatedList | None" = None

    @property
    def by(self) -> str:
        return f"province-{self.province}"


@dataclass(slots=True, eq=False)
class SimulatedPost:
    id: str
    unit: SimulatedUnit
    title: str
    role: Role
    seats: int
    lead: bool
    elected: bool = False
    since: int = FIRST
    holders: "list[SimulatedTenure]" = field(default_factory=list)
    acting: "SimulatedTenure | None" = None
    closed: bool = False


@dataclass(slots=True, eq=False)
class SimulatedTenure:
    """A holding of a post. `event_id`: the event that began it, None where it must not be corrected. `rotation`: its
    posting."""

    id: str
    person: "SimulatedPerson"
    post: SimulatedPost
    holding: Holding
    since: int
    until: int
    term_no: int = 1
    event_id: str = ""
    rotation: str = ""


@dataclass(slots=True, eq=False)
class SimulatedPerson:
    id: str
    born: int
    """Year."""
    retires: int
    busy: bool = False
    held: list[SimulatedTenure] = field(default_factory=list)
    planned: "list[tuple[SimulatedList, str]]" = field(default_factory=list)
    away_until: int = 0
    last: int = 0
    """The last day on which something about the person's appointments took effect."""
    gone: bool = False
    doubted: bool = False
    """Whether a decision was recorded twice and is not voided yet."""


@dataclass(slots=True, eq=False)
class SimulatedList:
    id: str
    owner: SimulatedUnit
    until: int
    entries: dict[str, tuple[SimulatedPerson, SimulatedPost, int]] = field(default_factory=dict)


class Simulation:
    def __init__(self, size: Size, home: GeneratedLogs, seed: int) -> None:
        self.size, self.home, self.chance = size, home, Random(f"{seed}/world")
        self.day = size.begin
        self.units: dict[str, SimulatedUnit] = {}
        self.people: list[SimulatedPerson] = []
        self.waiting: dict[str, list[SimulatedPerson]] = defaultdict(list)
        """By province: people in service without a post."""
        self.vacant: dict[str, list[SimulatedPost]] = defaultdict(list)
        """By province: posts that are free for anybody who moves."""
        self._calendar: dict[int, list[tuple[Callable[..., object], tuple[Any, ...]]]] = defaultdict(list)
        self._papers: dict[str, tuple[int, str]] = {}
        self._numbers = 0

    def schedule(self, day: int, happens: Callable[..., object], *what: Any) -> None:
        """Schedule something for a day, or for today if that day is past."""
        self._calendar[max(day, self.day)].append((happens, what))

    def run(self, daily: Callable[[], None], progress: Callable[[int], None]) -> None:
        """Simulate day after day, until the history has its size."""
        while True:
            self.home.start_day(self.day)
            happenings = self._calendar.pop(self.day, [])
            for happens, what in happenings:
                happens(*what)
            for happens, what in self._calendar.pop(self.day, ()):
                happens(*what)
            daily()
            progress(self.home.event_id)
            self.day += 1

    def record(self, log: str, stream: str, fact: Any, unit: SimulatedUnit, cause: str = "") -> str:
        return self.home.record(log, stream, fact, cause, unit.by)

    def paper(self, unit: SimulatedUnit) -> str:
        """The decision document of this month in an area. Three in a hundred are not known yet."""
        if self.chance.random() < 0.03:
            return ""
        area = unit.area or unit
        month, id_ = self._papers.get(area.id, (0, ""))
        if month != self.day // 30:
            id_ = self.home.id()
            self._numbers += 1
            fact = DecisionRegistered(
                effective_from=iso(self.day),
                number=f"{self._numbers}/QĐ",
                issuer=area.name,
                signed_on=iso(self.day),
                kind=DocumentKind.DECISION,
                title="Công tác cán bộ",
                note=GENERATED_NOTE,
            )
            self.record("regulation", id_, fact, area)
            self._papers[area.id] = self.day // 30, id_
        return id_
