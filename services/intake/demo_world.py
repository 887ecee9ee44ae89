"""A small world whose people take and leave posts; everything that happens in it becomes an act with its papers."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from services.appointment.events import (
    Appointed,
    By,
    Designated,
    Elected,
    EndReason,
    Holding,
    Reappointed,
    Step,
    TenureEnded,
)
from services.intake.batch import id_for
from services.intake.demo_names import SYNTHETIC, Made, draw
from services.intake.demo_plan import Body, Post, Territory
from services.organization.events import Bloc
from services.personnel.events import Category, Registered
from services.regulation.events import DecisionRegistered, DocumentKind
from shared.dates import Day, PDate
from shared.facts import PENDING, Code, Fact

SCHEME = "demo"
BEGINNING = Day(PDate("2014-01-15"))
"""The day on which the ledger was opened; everything before is recorded then."""


def demo_id(what: str, key: str) -> str:
    return id_for(SCHEME, what, key)


def shift(day: str, days: int) -> Day:
    return Day(PDate((date.fromisoformat(day) + timedelta(days=days)).isoformat()))


@dataclass(slots=True)
class Act:
    """A fact, and the day on which it is recorded. `corrects`: the fact whose id a correction needs as its target."""

    recorded: Day
    topic: str
    stream: str
    fact: Fact
    corrects: Fact | None = None


@dataclass(slots=True, eq=False)
class Person:
    key: str
    made: Made
    born: int
    free_from: Day = BEGINNING
    last_recorded: Day = BEGINNING
    left: bool = False
    held: "list[Held]" = field(default_factory=list)

    @property
    def id(self) -> str:
        return demo_id("person", self.key)

    @property
    def primary(self) -> "Held | None":
        return next((held for held in self.held if held.holding is Holding.PRIMARY), None)


@dataclass(slots=True, eq=False)
class Seat:
    """A post of the world, as it stands."""

    territory: Territory
    body: Body
    post: Post
    holders: "list[Held]" = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"{self.territory.key}/{self.body.key}/{self.post.key}"

    @property
    def id(self) -> str:
        return demo_id("post", self.key)

    @property
    def rank(self) -> int:
        """How high it stands: heads of a territory, deputies and heads below them, and so on down."""
        lower = 0 if self.post.key_title else 1
        return self.territory.rank - lower - (self.post.role.value != "HEAD")

    @property
    def vacant(self) -> int:
        return self.post.seats - len(self.holders)


@dataclass(slots=True, eq=False)
class Held:
    person: Person
    seat: Seat
    tenure: str
    since: Day
    holding: Holding
    term_no: int = 1


@dataclass(frozen=True, slots=True)
class Paper:
    id: str
    signed: Day
    recorded: Day


class World:
    """`today` is as far as the world has come: nothing is recorded after it."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.acts: list[Act] = []
        self.people: list[Person] = []
        self.seats: dict[str, Seat] = {}
        self.names: set[str] = set()
        self.numbers: Counter[tuple[str, str]] = Counter()
        self.tenures = 0
        self.beside: dict[str, list[str]] = defaultdict(list)
        """Of a post: the posts that its holder holds too."""

    def say(self, recorded: Day, topic: str, stream: str, fact: Fact, corrects: Fact | None = None) -> None:
        self.acts.append(Act(recorded, topic, stream, fact, corrects))

    # papers

    def paper(self, seat: Seat, day: Day, title: str, by_vote: bool = False, pending: bool = True) -> Paper:
        """A document for something that takes effect on a day: signed before it (after a vote), recorded a little later."""
        chance = self.chance
        signed = shift(day, chance.randint(2, 9) if by_vote else -chance.randint(1, 14))
        delay = chance.choices((chance.randint(1, 9), chance.randint(10, 40), chance.randint(60, 250)), (82, 13, 5))[0]
        recorded = max(shift(signed, delay), BEGINNING)
        if pending and chance.random() < 0.03:
            return Paper(PENDING, signed, recorded)
        party = seat.body.bloc in (Bloc.PARTY, Bloc.FRONT)
        place = seat.territory.over if seat.rank >= seat.territory.rank - 1 else seat.territory.key
        return self.document(place, party, day, signed, recorded, f"{title}, {seat.body.name}")

    def document(
        self, place: str, party: bool, day: Day, signed: Day, recorded: Day, title: str, kind: DocumentKind | None = None
    ) -> Paper:
        issuer, suffix = issuer_of(place, party)
        self.numbers[issuer, signed[:4]] += 1
        number = f"{self.numbers[issuer, signed[:4]]:02}{'-' if party else '/'}{suffix}"
        id_ = demo_id("decision", f"{issuer} {number} {signed}")
        fact = DecisionRegistered(
            effective_from=day,
            number=number,
            issuer=issuer,
            signed_on=signed,
            kind=kind or DocumentKind.DECISION,
            title=title,
            note=SYNTHETIC,
        )
        self.say(recorded, "regulation", id_, fact)
        return Paper(id_, signed, recorded)

    # people

    def hire(self, day: Day, ages: tuple[int, int], key: str = "") -> Person:
        """Somebody new on file, of an age between the two."""
        year = int(day[:4])
        made = draw(self.chance, self.names, (year - ages[1], year - ages[0]))
        person = Person(key or f"{len(self.people) + 1:03}", made, int(made.birth[:4]))
        self.people.append(person)
        person.last_recorded = max(BEGINNING, shift(day, -10))
        fact = Registered(
            effective_from=person.last_recorded,
            name=made.name,
            sex=made.sex,
            birth=made.birth,
            ethnicity=made.ethnicity,
            home_place=made.home,
            cadre_no=f"DEMO-{len(self.people):04}",
            category=Category.CADRE,
            codes=(Code(SCHEME, person.key),),
            note=SYNTHETIC,
        )
        self.say(person.last_recorded, "personnel", person.id, fact)
        return person

    def tell(self, person: Person, paper: Paper, fact: Fact) -> None:
        """About one person things are recorded in the order in which they were decided."""
        person.last_recorded = max(person.last_recorded, paper.recorded)
        self.say(person.last_recorded, "appointment", person.id, fact)

    # tenures

    def take(
        self,
        seat: Seat,
        person: Person,
        day: Day,
        how: str = "appointed",
        holding: Holding = Holding.PRIMARY,
        paper: Paper | None = None,
        step: Step = Step.UNSTATED,
        continues: str = "",
        route: By = By.DIRECT,
    ) -> Held:
        """A person takes a post; a primary post held until then is left on the same day, for it."""
        words = {"appointed": "Bổ nhiệm", "elected": "Phê chuẩn kết quả bầu", "designated": "Chỉ định"}
        paper = paper or self.paper(seat, day, f"{words[how]} {lower(seat.post.title)}", by_vote=how == "elected")
        self.tenures += 1
        held = Held(person, seat, demo_id("tenure", f"{self.tenures:04}"), day, holding)
        if holding is Holding.PRIMARY and person.primary:
            self.leave(person.primary, day, EndReason.MOVED, paper, held.tenure)
        self.tell(person, paper, self._taken(held, paper, how, step, continues, route))
        person.held.append(held)
        seat.holders.append(held)
        if holding is Holding.PRIMARY:
            self.take_beside(held, how, paper)
        return held

    def _taken(self, held: Held, paper: Paper, how: str, step: Step, continues: str, route: By) -> Fact:
        seat, day, chance = held.seat, held.since, self.chance
        months = 60 if seat.post.elected or seat.rank > 1 else 30
        if how == "elected":
            cast = chance.randint(28, 60) if seat.territory.rank < 6 else chance.randint(48, 72)
            return Elected(
                effective_from=day,
                tenure=held.tenure,
                post=seat.id,
                election=demo_id("election", f"{seat.territory.key}/{seat.body.key} {day}"),
                held_on=day,
                holding=held.holding,
                body=demo_id("unit", f"{seat.territory.key}/{seat.body.key}"),
                votes_for=cast - chance.choices((0, 1, 2, 4, 7), (5, 4, 3, 2, 1))[0],
                votes_cast=cast,
                term_months=months,
                term_key=term_of(seat, day),
                decision=paper.id,
                decided_on=paper.signed,
            )
        if how == "designated":
            return Designated(
                effective_from=day,
                tenure=held.tenure,
                post=seat.id,
                holding=held.holding,
                authority=issuer_of(seat.territory.over, seat.body.bloc is Bloc.PARTY)[0],
                legal_basis="sắp xếp đơn vị hành chính năm 2025",
                continues=continues,
                decision=paper.id,
                decided_on=paper.signed,
            )
        return Appointed(
            effective_from=day,
            tenure=held.tenure,
            post=seat.id,
            holding=held.holding,
            step=step,
            route=route,
            term_months=months,
            continues=continues,
            decision=paper.id,
            decided_on=paper.signed,
        )

    def take_beside(self, held: Held, how: str, paper: Paper) -> None:
        for key in self.beside[held.seat.key]:
            seat = self.seats.get(key)
            if seat and seat.vacant > 0 and not any(other.seat is seat for other in held.person.held):
                elected = seat.post.elected and how != "designated"
                self.take(seat, held.person, held.since, "elected" if elected else how, Holding.CONCURRENT, paper)

    def leave(
        self, held: Held, day: Day, reason: EndReason, paper: Paper | None = None, then: str = "", ground: str = ""
    ) -> None:
        """A post is left, and with a primary one whatever was held because of it."""
        paper = paper or self.paper(held.seat, day, f"Thôi giữ chức vụ {lower(held.seat.post.title)}")
        fact = TenureEnded(
            effective_from=day,
            tenure=held.tenure,
            reason=reason,
            next_tenure=then,
            ground=ground,
            decision=paper.id,
            decided_on=paper.signed,
        )
        self.tell(held.person, paper, fact)
        held.person.held.remove(held)
        held.seat.holders.remove(held)
        if held.holding is Holding.PRIMARY:
            for other in [other for other in held.person.held if other.seat.key in self.beside[held.seat.key]]:
                self.leave(other, day, reason, paper)

    def reappoint(self, held: Held, day: Day) -> None:
        paper = self.paper(held.seat, day, f"Bổ nhiệm lại {lower(held.seat.post.title)}")
        self.tenures += 1
        tenure = demo_id("tenure", f"{self.tenures:04}")
        fact = Reappointed(
            effective_from=day,
            tenure=tenure,
            previous=held.tenure,
            term_no=held.term_no + 1,
            decision=paper.id,
            decided_on=paper.signed,
        )
        self.tell(held.person, paper, fact)
        held.tenure, held.since, held.term_no = tenure, day, held.term_no + 1


def lower(title: str) -> str:
    return title[0].lower() + title[1:]


def term_of(seat: Seat, day: Day) -> str:
    """Party terms run from one congress to the next, terms of councils from one election to the next."""
    starts = (2010, 2015, 2020, 2025) if seat.body.bloc is Bloc.PARTY else (2011, 2016, 2021, 2026)
    start = max(each for each in starts if each <= int(day[:4]))
    return f"{start}-{start + 5}"


def issuer_of(place: str, party: bool) -> tuple[str, str]:
    """Who signs for a place, and how their numbers end."""
    names = {"HP": "thành phố Hải Phòng", "HP2": "thành phố Hải Phòng", "KA": "quận Kiến An", "LC": "quận Lê Chân"}
    if not party:
        return f"Ủy ban nhân dân {names.get(place, 'phường')}", "QĐ-UBND"
    committees = {"HP": ("Thành ủy Hải Phòng", "QĐ/TU"), "HP2": ("Thành ủy Hải Phòng", "QĐ/TU")}
    committees |= {"KA": ("Quận ủy Kiến An", "QĐ/QU"), "LC": ("Quận ủy Lê Chân", "QĐ/QU")}
    return committees.get(place, ("Đảng ủy phường", "QĐ/ĐU"))
