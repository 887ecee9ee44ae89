"""The simulated world of posts and people; what happens in it becomes acts: facts and the days of their recording."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random

from services.appointment.events import Holding
from services.demo.city.names import SYNTHETIC, InventedPerson, draw_person
from services.demo.city.plan import BodyPlan, PostPlan, Territory
from services.importing.batches import derive_id
from services.organization.events import Bloc, Kind, Role
from services.personnel.events import Category, Registered
from services.regulation.events import DecisionRegistered, DocumentKind
from shared.core.facts import PENDING, Code, Fact
from shared.core.partial_dates import Day, PDate

DEMO_SCHEME = "demo"
BEGINNING, TODAY = Day(PDate("2014-01-15")), Day(PDate("2026-11-20"))
"""The day the ledger was opened (everything earlier is recorded then), and the last day of the demonstration."""


def demo_id(what: str, key: str) -> str:
    return derive_id(DEMO_SCHEME, what, key)


def shift_day(day: str, days: int) -> Day:
    return Day(PDate((date.fromisoformat(day) + timedelta(days=days)).isoformat()))


@dataclass(slots=True)
class Act:
    """A fact to be recorded on a day.

    `corrects`: the fact whose event a correction targets. `living`: recorded like a user's command, with checks against
    other streams, findings and reactions; the other acts are complete in themselves.
    """

    recorded: Day
    topic: str
    stream: str
    fact: Fact
    corrects: Fact | None = None
    living: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    id: str
    signed: Day
    recorded: Day


@dataclass(slots=True, eq=False)
class CityPerson:
    key: str
    made: InventedPerson
    last_recorded: Day
    held: "list[CityTenure]" = field(default_factory=list)
    suspended: bool = False

    @property
    def id(self) -> str:
        return demo_id("person", self.key)

    @property
    def primary(self) -> "CityTenure | None":
        return next((held for held in self.held if held.holding is Holding.PRIMARY), None)

    @property
    def retires(self) -> str:
        """The first day of the month after the retirement birthday; the middle of the year where the birthday is
        unknown."""
        year = int(self.made.birth[:4]) + (60 if self.made.sex == "M" else 56)
        month = int(self.made.birth[5:7] or "6")
        return f"{year + month // 12}-{month % 12 + 1:02}-01"


@dataclass(slots=True, eq=False)
class Seat:
    """A post of the world and who holds it."""

    territory: Territory
    body: BodyPlan
    post: PostPlan
    holders: "list[CityTenure]" = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.territory.key}/{self.body.key}/{self.post.key}"

    @property
    def id(self) -> str:
        return demo_id("post", self.key)

    @property
    def unit(self) -> str:
        return demo_id("unit", f"{self.territory.key}/{self.body.key}")

    @property
    def rank(self) -> int:
        """The rank of the post; residential groups have none."""
        if self.body.kind is Kind.RESIDENTIAL_GROUP:
            return -1
        return self.territory.rank - (not self.post.key_title) - (self.post.role is not Role.HEAD)

    @property
    def sex(self) -> str:
        """The sex of the holder where the post requires one: the women's union and the veterans."""
        return {"PN": "F", "CCB": "M"}.get(self.body.key, "")

    @property
    def party(self) -> bool:
        return self.body.bloc in (Bloc.PARTY, Bloc.FRONT)


@dataclass(slots=True, eq=False)
class CityTenure:
    """A tenure that lasts."""

    person: CityPerson
    seat: Seat
    tenure: str
    since: Day
    holding: Holding
    fact: Fact
    term_no: int = 1


class CityWorld:
    """The posts, people and documents of the city, and an agenda of what happens on which day."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.acts: list[Act] = []
        self.people: list[CityPerson] = []
        self.places: dict[str, Territory] = {}
        self.seats: dict[str, Seat] = {}
        self.beside: dict[str, list[str]] = defaultdict(list)
        """By post: the posts that its holder holds too."""
        self.names: set[str] = set()
        self.numbers: Counter[tuple[str, str]] = Counter()
        self.tenures = 0
        self._agenda: list[tuple[str, int, Callable[[Day], None]]] = []
        self._order = count()

    # time

    def schedule(self, day: str, happens: Callable[[Day], None]) -> None:
        heappush(self._agenda, (day, next(self._order), happens))

    def run(self) -> None:
        """Execute the agenda in the order of its days; what happens may add to it."""
        while self._agenda and self._agenda[0][0] <= TODAY:
            day, _, happens = heappop(self._agenda)
            happens(Day(PDate(day)))

    # acts and documents

    def record(
        self,
        recorded: Day,
        topic: str,
        stream: str,
        fact: Fact,
        corrects: Fact | None = None,
        living: bool = False,
    ) -> None:
        self.acts.append(Act(min(recorded, TODAY), topic, stream, fact, corrects, living))

    def record_about(
        self, person: CityPerson, paper: Paper, fact: Fact, corrects: Fact | None = None
    ) -> None:
        """Record a fact about a person, not before the decisions that precede it."""
        person.last_recorded = max(person.last_recorded, paper.recorded)
        self.record(person.last_recorded, "appointment", person.id, fact, corrects)

    def paper(self, seat: Seat, day: Day, title: str, voted: bool = False) -> Paper:
        """A document for something that takes effect on a day. Most are recorded soon after they are signed."""
        chance = self.chance
        signed = shift_day(day, chance.randint(2, 9) if voted else -chance.randint(1, 14))
        soon, later, late = chance.randint(1, 9), chance.randint(10, 40), chance.randint(60, 250)
        recorded = max(shift_day(signed, chance.choices((soon, later, late), (82, 13, 5))[0]), BEGINNING)
        if chance.random() < 0.03:
            return Paper(PENDING, signed, recorded)
        place = self.places[seat.territory.over] if seat.post.key_title else seat.territory
        return self.document(place, seat.party, day, signed, recorded, f"{title}, {seat.body.name}")

    def document(
        self, place: Territory, party: bool, day: Day, signed: Day, recorded: Day, title: str
    ) -> Paper:
        issuer, suffix = place.issuer(party)
        self.numbers[issuer, signed[:4]] += 1
        number = f"{self.numbers[issuer, signed[:4]]:02}{suffix}"
        id_ = demo_id("decision", f"{issuer} {number} {signed}")
        fact = DecisionRegistered(
            effective_from=day,
            number=number,
            issuer=issuer,
            signed_on=signed,
            kind=DocumentKind.DECISION,
            title=title,
            note=SYNTHETIC,
        )
        self.record(recorded, "regulation", id_, fact)
        return Paper(id_, signed, recorded)

    # who and what there is

    def hire(self, day: Day, ages: tuple[int, int], key: str = "", sex: str = "") -> CityPerson:
        """A new person of an age between the two."""
        year = int(day[:4])
        made = draw_person(self.chance, self.names, (year - ages[1], year - ages[0]), sex)
        filed = max(BEGINNING, shift_day(day, -14))
        person = CityPerson(key or f"{len(self.people) + 1:03}", made, filed)
        self.people.append(person)
        fact = Registered(
            effective_from=filed,
            name=made.name,
            sex=made.sex,
            birth=made.birth,
            ethnicity=made.ethnicity,
            home_place=made.home,
            cadre_no=f"DEMO-{len(self.people):04}",
            category=Category.CADRE,
            codes=(Code(DEMO_SCHEME, person.key),),
            note=SYNTHETIC,
        )
        self.record(filed, "personnel", person.id, fact)
        return person

    def holder(self, key: str) -> CityTenure:
        return self.seats[key].holders[0]

    def vacant(self, seat: Seat) -> int:
        return seat.post.seats - len(seat.holders)

    def seats_of(self, territory: str, *bodies: str) -> Iterator[Seat]:
        for seat in list(self.seats.values()):
            if seat.territory.key == territory and (not bodies or seat.body.key in bodies):
                yield seat
