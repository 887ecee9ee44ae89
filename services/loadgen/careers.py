"""How people take, hold, change and leave posts, as the facts that the services would have stored."""

from datetime import date
from functools import cache
from typing import Any

from services.appointment.events import (
    Appointed,
    AppointmentRoute,
    Designated,
    Elected,
    EndReason,
    Holding,
    Reappointed,
    Step,
    TenureEnded,
)
from services.loadgen import people
from services.loadgen.shape import WeightedChoice, draw_tenure_days, load_shape, weighted_choice
from services.loadgen.world import (
    SimulatedPerson,
    SimulatedPost,
    SimulatedTenure,
    SimulatedUnit,
    Simulation,
    iso,
)
from services.organization.events import PostCreated, Role, Route
from services.personnel.events import ServiceEnd, ServiceEnded
from services.planning.events import RemovalMode, RemovalReason, RemovedFromPlanning
from services.rotation.events import RotationEnded, RotationOutcome
from shared.core.partial_dates import PDate

ENDS = {
    ServiceEnd.RETIRED: EndReason.RETIRED,
    ServiceEnd.LEFT: EndReason.LEFT_SERVICE,
    ServiceEnd.RETIRED_EARLY_REORG: EndReason.RETIRED,
    ServiceEnd.DISCHARGED: EndReason.REMOVED_DISCIPLINE,
}
MAX_HOLDINGS = 6
"""Holdings at once."""


class Careers:
    def __init__(self, world: Simulation) -> None:
        self.world, self.chance = world, world.chance
        self._at_once = {
            True: weighted_choice("posts_at_once", "upper"),
            False: weighted_choice("posts_at_once", "lower"),
        }
        self._month = WeightedChoice(dict(enumerate(load_shape()["month"]["share"], start=1)))
        cycle = {
            (load_shape()["cycle_year"]["first"] + n) % 5: share
            for n, share in enumerate(load_shape()["cycle_year"]["share"])
        }
        self._year = [
            WeightedChoice({step: cycle[(rest + step) % 5] for step in (-1, 0, 1)}) for rest in range(5)
        ]
        self._hot = float(load_shape()["hot_day"]["share"])
        self.hired = 0

    # posts and people

    def create(
        self, unit: SimulatedUnit, title: str, role: Role, seats: int, lead: bool, elected: bool, since: int
    ) -> SimulatedPost:
        post = SimulatedPost(self.world.home.id(), unit, title, role, seats, lead, elected, since)
        fact = PostCreated(
            effective_from=iso(since),
            unit=unit.id,
            title=title,
            role=role,
            seats=seats,
            route=Route.ELECTED if elected else Route.APPOINTED,
            key_title=lead and role is Role.HEAD,
        )
        self.world.record("organization", post.id, fact, unit)
        return post

    def hire(self, unit: SimulatedUnit, day: int, age: int = 0) -> SimulatedPerson:
        """A new person; `day` is when they enter service."""
        chance = self.chance
        self.hired += 1
        year = date.fromordinal(day).year
        sex = "F" if chance.random() < 0.32 else "M"
        born = year - (age or chance.randint(24, 42))
        retires = date(born + people.RETIRES[sex], chance.randint(1, 12), 1).toordinal()
        busy = chance.random() < load_shape()["tails"]["people"]
        person = SimulatedPerson(self.world.home.id(), born, retires, busy)
        file = people.draw_person(chance, day, born, sex, self.hired)
        self.world.record("personnel", person.id, file, unit)
        self.world.people.append(person)
        return person

    # taking up and giving up a post

    def take(
        self,
        person: SimulatedPerson,
        post: SimulatedPost,
        when: int,
        holding: Holding = Holding.PRIMARY,
        *,
        stated: PDate | None = None,
        cause: str = "",
        route: AppointmentRoute = AppointmentRoute.DIRECT,
        designated: bool = False,
    ) -> SimulatedTenure:
        """A person takes a post. `cause`: the move that led to it; its id becomes the tenure's. `stated`: the date in
        an old file."""
        world = self.world
        until = min(
            self.draw_near_day(when + draw_tenure_days(self.chance)), max(person.retires, world.day + 60)
        )
        tenure = SimulatedTenure(cause or world.home.id(), person, post, holding, when, until)
        paper, date_ = world.paper(post.unit), stated if stated is not None else iso(when)
        common: dict[str, Any] = {
            "effective_from": date_, "tenure": tenure.id, "post": post.id, "holding": holding, "decision": paper
        }  # fmt: skip
        fact: Any
        planned = next((entry for entry in person.planned if entry[0].entries[entry[1]][1] is post), None)
        if cause or stated is not None:
            fact = Appointed(**common, route=route)
        elif designated:
            authority = (post.unit.area or post.unit).id
            fact = Designated(
                **common, authority=authority, legal_basis="Kết luận 150-KL/TW", until_election=False
            )
        elif post.elected and holding is Holding.PRIMARY:
            cast = self.chance.randint(20, 45)
            won = cast - self.chance.randint(0, cast // 4)
            fact = Elected(
                **common, election=f"{post.unit.id}/{iso(when)[:7]}", votes_for=won, votes_cast=cast
            )
        else:
            step = Step.PROMOTION if post.lead else Step.FIRST
            entry = planned[1] if planned else ""
            fact = Appointed(
                **common,
                step=step,
                term_months=60 if post.lead else 0,
                planned_entry=entry,
                managed_by=post.unit.id,
            )
        event_id = world.record("appointment", person.id, fact, post.unit, cause)
        tenure.event_id = event_id if stated is None and not cause and not planned else ""
        if planned and holding in (Holding.PRIMARY, Holding.CONCURRENT):
            self.remove_from_list(person, planned, RemovalReason.APPOINTED, event_id, when)
        person.held.append(tenure)
        post.holders.append(tenure)
        person.last = max(person.last, when)
        world.schedule(tenure.until, self.schedule_end, tenure)
        return tenure

    def take_side_posts(
        self, person: SimulatedPerson, unit: SimulatedUnit, when: int, stated: PDate | None = None
    ) -> None:
        """The person takes the posts that are held beside the first one."""
        upper = unit.level in ("PROVINCE", "CENTRAL")
        count = int(self._at_once[upper](self.chance))
        for post in unit.side_posts[: min(count, MAX_HOLDINGS) - 1]:
            tenure = self.take(person, post, when, Holding.CONCURRENT, stated=stated)
            tenure.until = 0

    def end_tenure(
        self,
        tenure: SimulatedTenure,
        when: int,
        reason: EndReason,
        cause: str = "",
        next_: str = "",
        term: bool = False,
    ) -> str:
        """The tenure ends on that day."""
        person, post = tenure.person, tenure.post
        fact = TenureEnded(
            effective_from=iso(when),
            tenure=tenure.id,
            reason=reason,
            next_tenure=next_,
            decision="" if cause else self.world.paper(post.unit),
        )
        event_id = self.world.record("appointment", person.id, fact, post.unit, cause)
        person.held.remove(tenure)
        if tenure in post.holders:  # who acts or stands in has no seat
            post.holders.remove(tenure)
        person.last = max(person.last, when)
        if post.acting is tenure:
            post.acting = None
        return event_id

    def start_next_term(self, tenure: SimulatedTenure) -> None:
        """Another term in the same post."""
        when, new = self.world.day, self.world.home.id()
        self.end_tenure(tenure, when, EndReason.TERM_EXPIRED, next_=new)
        fact = Reappointed(
            effective_from=iso(when), tenure=new, previous=tenure.id, term_no=tenure.term_no + 1,
            decision=self.world.paper(tenure.post.unit),
        )  # fmt: skip
        self.world.record("appointment", tenure.person.id, fact, tenure.post.unit)
        again = SimulatedTenure(
            new, tenure.person, tenure.post, tenure.holding, when, tenure.until, tenure.term_no + 1,
            rotation=tenure.rotation,
        )  # fmt: skip
        tenure.person.held.append(again)
        tenure.post.holders.append(again)
        self.world.schedule(again.until, self.schedule_end, again)

    def leave(self, person: SimulatedPerson, unit: SimulatedUnit, kind: ServiceEnd, when: int) -> None:
        """The person leaves service, with what appointment, rotation and planning record because of it."""
        world = self.world
        when = max([when, person.last, *(tenure.since + 1 for tenure in person.held)])
        cause = world.record("personnel", person.id, ServiceEnded(effective_from=iso(when), kind=kind), unit)
        for tenure in list(person.held):
            if tenure.rotation:
                self.end_rotation(tenure, when, RotationOutcome.SERVICE_ENDED, cause)
            self.end_tenure(tenure, when, ENDS[kind], cause)
        for planned in list(person.planned):
            self.remove_from_list(person, planned, RemovalReason.LEFT_SERVICE, cause, when)
        person.gone = True

    def end_rotation(
        self,
        tenure: SimulatedTenure,
        when: int,
        outcome: RotationOutcome,
        trigger: str = "",
        next_post: str = "",
    ) -> str:
        fact = RotationEnded(
            effective_from=iso(when),
            rotation=tenure.rotation,
            outcome=outcome,
            trigger=trigger,
            next_post=next_post,
        )
        tenure.rotation = ""
        return self.world.record("rotation", tenure.person.id, fact, tenure.post.unit, trigger)

    def remove_from_list(
        self,
        person: SimulatedPerson,
        planned: tuple[Any, str],
        reason: RemovalReason,
        trigger: str,
        when: int,
    ) -> None:
        """Remove an entry from a planning list because of an event; entries planned after that day stay."""
        plan, entry = planned
        person.planned.remove(planned)
        _, _, since = plan.entries.pop(entry)
        fact = RemovedFromPlanning(
            effective_from=iso(max(when, since + 1)), entry=entry, reason=reason, mode=RemovalMode.AUTOMATIC,
            trigger=trigger,
        )  # fmt: skip
        self.world.record("planning", plan.id, fact, plan.owner, trigger)

    # when a holding ends

    def draw_near_day(self, day: int) -> int:
        """A day near the given one: more in congress years, in certain months, and on the busiest day of a year."""
        chance, year = self.chance, date.fromordinal(day).year
        year += self._year[year % 5](chance)
        hot, month = chance.random() < self._hot, self._month(chance)
        first = _ordinal(year, 1 + year * 7 % 12 if hot else month)
        start = first + (0 if hot else int(chance.random() * 28))
        spread = min(300, max(0, day - self.world.day) // 5)  # a short holding stays a short one
        return max(min(max(start, day - spread), day + spread), self.world.day + 10)

    def schedule_end(self, tenure: SimulatedTenure) -> None:
        """Schedule the planned end of a holding; replaced by what follows it."""
        raise NotImplementedError


@cache
def _ordinal(year: int, month: int) -> int:
    return date(year, month, 1).toordinal()
