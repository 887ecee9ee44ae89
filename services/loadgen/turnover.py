"""The end of a tenure and what follows: another term, a move, leave, a vacancy; and how the seat is filled again."""

from services.appointment.events import AppointmentRoute, EndReason, Holding, Reinstated, Suspended
from services.loadgen.careers import Careers
from services.loadgen.shape import load_shape
from services.loadgen.sizes import REFORM
from services.loadgen.world import (
    SimulatedPerson,
    SimulatedPost,
    SimulatedTenure,
    SimulatedUnit,
    Simulation,
    iso,
)
from services.organization.events import Role
from services.personnel.events import Disciplined, DisciplineForm, ServiceEnd, ServiceResumed, Side
from services.rotation.events import (
    Direction,
    MoveKind,
    Rotated,
    RotationOutcome,
    RotationPurpose,
    Transferred,
)


class Turnover(Careers):
    def __init__(self, world: Simulation) -> None:
        super().__init__(world)
        rates = load_shape()["rates"]
        self._again = rates["reappointed"] / (rates["reappointed"] + rates["left"])
        self._move = load_shape()["same_day_transfer"]["share_of_ends"]
        self._dismiss = rates["dismissed"] / rates["left"]
        self._rotate = rates["rotated"] / (rates["left"] * self._move)
        self._leave = load_shape()["leaving"]["share"] / rates["left"]

    def schedule_end(self, tenure: SimulatedTenure) -> None:
        world, person, post = self.world, tenure.person, tenure.post
        if tenure not in person.held or tenure.until > world.day or tenure.holding is not Holding.PRIMARY:
            return
        if person.away_until >= world.day or person.last >= world.day:
            tenure.until = max(person.away_until, person.last) + 3
            world.schedule(tenure.until, self.schedule_end, tenure)
            return
        draw = self.chance.random()
        if person.retires <= world.day:
            self._out(person, ServiceEnd.RETIRED)
        elif draw < self._dismiss:
            self._dismissed(tenure)
        elif draw < self._dismiss + self._move and (new := self._free(tenure)):
            self.move(tenure, new)
        elif draw < self._dismiss + self._move + self._leave:
            self._out(person, ServiceEnd.LEFT)
        else:
            self._gap(tenure)
        self.vacate(post)

    def first_term(self, tenure: SimulatedTenure) -> None:
        """Divide a tenure into terms: somewhere in the middle it may be given again."""
        if tenure.post.lead and self.chance.random() < 2.2 * self._again:
            middle = tenure.since + int((tenure.until - tenure.since) * self.chance.uniform(0.3, 0.7))
            if middle > self.world.day:
                self.world.schedule(middle, self._second_term, tenure)

    def _second_term(self, tenure: SimulatedTenure) -> None:
        person, day = tenure.person, self.world.day
        if tenure in person.held and person.away_until < day and person.last < day:
            self.start_next_term(tenure)

    def _out(self, person: SimulatedPerson, kind: ServiceEnd) -> None:
        """The person leaves service; some of it is recorded late, and some people come back."""
        world, chance = self.world, self.chance
        unit = person.held[0].post.unit
        late = chance.randint(1, 500) if chance.random() < 0.08 else 0
        earliest = max(person.last, *(tenure.since for tenure in person.held)) + 1
        self.leave(person, unit, kind, max(world.day - late, earliest))
        if kind is ServiceEnd.LEFT and chance.random() < 0.05:
            world.schedule(world.day + 500, self._back, person, unit)

    def _back(self, person: SimulatedPerson, unit: SimulatedUnit) -> None:
        fact = ServiceResumed(effective_from=iso(self.world.day), reason="tiếp nhận lại")
        self.world.record("personnel", person.id, fact, unit)
        person.gone = False
        self.world.people.append(person)
        self.world.waiting[unit.province].append(person)

    def _dismissed(self, tenure: SimulatedTenure) -> None:
        person, unit, day = tenure.person, tenure.post.unit, self.world.day
        case = Disciplined(
            effective_from=iso(day), case=self.world.home.id(), side=Side.STATE, form=DisciplineForm.REMOVAL,
            decided_on=iso(day), tenure=tenure.id, grounds="vi phạm trong công tác",
        )  # fmt: skip
        self.world.record("personnel", person.id, case, unit)
        self._end_all(person, EndReason.REMOVED_DISCIPLINE)
        self.world.waiting[unit.province].append(person)

    def _gap(self, tenure: SimulatedTenure) -> None:
        province = tenure.post.unit.province
        why = self.chance.choice((EndReason.TERM_EXPIRED, EndReason.NOT_REELECTED, EndReason.RELIEVED))
        self._end_all(tenure.person, why)
        self.world.waiting[province].append(tenure.person)

    def _end_all(self, person: SimulatedPerson, reason: EndReason) -> None:
        for tenure in list(person.held):
            if tenure.rotation:
                self.end_rotation(tenure, self.world.day, RotationOutcome.MOVED_ON)
            self.end_tenure(tenure, self.world.day, reason)

    def _free(self, tenure: SimulatedTenure) -> SimulatedPost | None:
        """A free seat in the province, preferably one the person is planned for."""
        free = self.world.vacant[tenure.post.unit.province]
        planned = {plan.entries[entry][1] for plan, entry in tenure.person.planned}
        some = [post for post in free if post in planned] or free
        for _ in range(3 if some else 0):
            post = self.chance.choice(some)
            if (
                not post.closed
                and len(post.holders) < post.seats
                and post is not tenure.post
                and post.acting is None
            ):
                return post
        return None

    def move(self, tenure: SimulatedTenure, post: SimulatedPost) -> None:
        """Move from one post to the next on one day: decided by rotation, carried out by appointment."""
        world, person, old, day = self.world, tenure.person, tenure.post, self.world.day
        for other in [each for each in person.held if each is not tenure]:
            self.end_tenure(other, day, EndReason.MOVED)
        paper, rotation, route = world.paper(post.unit), "", AppointmentRoute.TRANSFERRED
        move = world.home.id()
        if tenure.rotation:
            route = AppointmentRoute.AFTER_ROTATION
            cause = self.end_rotation(tenure, day, RotationOutcome.MOVED_ON, next_post=post.id)
        elif post.lead and post.unit is not old.unit and self.chance.random() < self._rotate:
            route, rotation = AppointmentRoute.ROTATED, move
            fact = Rotated(
                effective_from=iso(day), rotation=move, to_post=post.id, to_unit=post.unit.id, from_tenure=tenure.id,
                from_post=old.id, from_unit=old.unit.id, direction=Direction.LATERAL, purpose=RotationPurpose.TRAINING,
                decision=paper,
            )  # fmt: skip
            cause = world.record("rotation", person.id, fact, post.unit)
        else:
            moved = Transferred(
                effective_from=iso(day), move=move, kind=MoveKind.TRANSFER, to_post=post.id, to_unit=post.unit.id,
                from_tenure=tenure.id, from_post=old.id, from_unit=old.unit.id, decision=paper,
            )  # fmt: skip
            cause = world.record("rotation", person.id, moved, post.unit)
        self.end_tenure(tenure, day, EndReason.MOVED, cause, next_=cause)
        new = self.take(person, post, day, cause=cause, route=route)
        new.rotation = rotation
        self.first_term(new)

    # an empty seat

    def vacate(self, post: SimulatedPost) -> None:
        """Schedule the seat to be filled at once, within two months, or after a long time with somebody acting
        meanwhile."""
        if post.closed or len(post.holders) >= post.seats:
            return
        world, draw = self.world, self.chance.random()
        wait = 0 if draw < 0.4 else self.chance.randint(2, 60) if draw < 0.7 else self.chance.randint(60, 260)
        if wait:
            world.vacant[post.unit.province].append(post)
        if wait > 30 and post.role is Role.HEAD and post.acting is None:
            self._act(post)
        world.schedule(world.day + wait, self.fill, post, world.day)

    def _act(self, post: SimulatedPost) -> None:
        day = self.world.day
        for other in post.unit.posts:
            for tenure in other.holders if other.role is Role.DEPUTY else ():
                person = tenure.person
                if len(person.held) < 3 and person.away_until < day and person.last < day:
                    post.acting = self.take(person, post, day, Holding.ACTING)
                    post.holders.remove(post.acting)
                    return

    def fill(self, post: SimulatedPost, since: int) -> None:
        world, chance, province = self.world, self.chance, post.unit.province
        free = world.vacant[province]
        if post in free:
            free.remove(post)
        if post.closed or len(post.holders) >= post.seats:
            return
        day = world.day
        if post.acting:
            self.end_tenure(post.acting, max(day, post.acting.since + 1), EndReason.RELIEVED)
        waiting, person = world.waiting[province], None
        if waiting and chance.random() < 0.8:
            place = chance.randrange(len(waiting))
            waiting[place], waiting[-1] = waiting[-1], waiting[place]
            person = waiting.pop()
            if person.retires <= day or person.held or person.last >= day:
                person = None
        when = day
        if person is None:
            late = chance.random() < 0.25 and day > since
            when = chance.randint(max(since, day - 500), day) if late else day
            person = self.hire(post.unit, when)
        tenure = self.take(person, post, when)
        tenure.until = max(tenure.until, day + 30)
        world.schedule(tenure.until, self.schedule_end, tenure)
        self.first_term(tenure)
        if post.role is Role.HEAD:
            self.take_side_posts(person, post.unit, when)

    # leave

    def on_leave(self, tenure: SimulatedTenure) -> None:
        """Absent for some months, with somebody in charge of the post."""
        world, person, day = self.world, tenure.person, self.world.day
        back = day + self.chance.randint(60, 180)
        if tenure.until <= back + 5 or day <= REFORM <= back or person.away_until or person.last >= day:
            return
        fact = Suspended(effective_from=iso(day), tenure=tenure.id, reason="nghỉ điều trị bệnh")
        world.record("appointment", person.id, fact, tenure.post.unit)
        person.away_until, person.last, tenure.event_id = back, day, ""
        world.schedule(back, self._returned, tenure)
        for post in tenure.post.unit.posts:
            for other in post.holders if post is not tenure.post else ():
                if other.person is not person and len(other.person.held) < 3 and other.person.last < day:
                    cover = self.take(other.person, tenure.post, day, Holding.IN_CHARGE)
                    tenure.post.holders.remove(cover)
                    world.schedule(back, self._covered, cover)
                    return

    def _returned(self, tenure: SimulatedTenure) -> None:
        fact = Reinstated(effective_from=iso(self.world.day), tenure=tenure.id)
        self.world.record("appointment", tenure.person.id, fact, tenure.post.unit)
        tenure.person.away_until, tenure.person.last = 0, self.world.day

    def _covered(self, cover: SimulatedTenure) -> None:
        if cover in cover.person.held:
            self.end_tenure(cover, self.world.day, EndReason.RELIEVED)
