"""Takes, renews and leaves posts in the simulated city."""

from functools import partial

from services.appointment.events import (
    Appointed,
    AppointmentFact,
    AppointmentRoute,
    Designated,
    Elected,
    EndReason,
    Holding,
    Reappointed,
    Step,
    TenureEnded,
)
from services.demo.city.world import Held, Paper, Person, Seat, World, demo_id, shift
from services.organization.events import Bloc, Kind
from shared.core.partial_dates import Day

WORDS = {"appointed": "Bổ nhiệm", "elected": "Phê chuẩn kết quả bầu", "designated": "Chỉ định"}


def take(
    world: World,
    seat: Seat,
    person: Person,
    day: Day,
    how: str = "",
    holding: Holding = Holding.PRIMARY,
    paper: Paper | None = None,
    continues: str = "",
    route: AppointmentRoute = AppointmentRoute.DIRECT,
) -> Held:
    """A person takes a post, and leaves a primary post held until then on the same day."""
    how = how or ("elected" if seat.post.elected else "appointed")
    paper = paper or world.paper(seat, day, f"{WORDS[how]} {seat.post.title}", voted=how == "elected")
    world.tenures += 1
    tenure = demo_id("tenure", f"{world.tenures:04}")
    before = person.primary if holding is Holding.PRIMARY else None
    step = Step.FIRST if person.primary is None else Step.LATERAL
    if before:
        step = Step.PROMOTION if seat.rank > before.seat.rank else Step.LATERAL
        leave(world, before, day, EndReason.MOVED, paper, tenure)
    fact = _taken(world, seat, tenure, day, how, holding, paper, step, continues, route)
    held = Held(person, seat, tenure, day, holding, fact)
    world.tell(person, paper, fact)
    person.held.append(held)
    seat.holders.append(held)
    if holding is Holding.PRIMARY:
        take_beside(world, held, how, paper)
    return held


def take_beside(world: World, held: Held, how: str, paper: Paper) -> None:
    """Take the posts that go with the post, as far as there are seats."""
    for key in world.beside[held.seat.key]:
        seat = world.seats.get(key)
        if seat and world.vacant(seat) > 0 and not any(other.seat is seat for other in held.person.held):
            way = how if how == "designated" else ""
            take(world, seat, held.person, held.since, way, Holding.CONCURRENT, paper)


def leave(
    world: World,
    held: Held,
    day: Day,
    reason: EndReason,
    paper: Paper | None = None,
    then: str = "",
    ground: str = "",
) -> None:
    """Leave a post; with a primary post also those held because of it."""
    paper = paper or world.paper(held.seat, day, f"Thôi giữ chức vụ {held.seat.post.title}")
    end(world, held, day, reason, paper, then, ground)
    if held.holding is Holding.PRIMARY:
        for other in [other for other in held.person.held if other.seat.key in world.beside[held.seat.key]]:
            end(world, other, day, reason, paper)


def end(
    world: World, held: Held, day: Day, reason: EndReason, paper: Paper, then: str = "", ground: str = ""
) -> None:
    fact = TenureEnded(
        effective_from=day,
        tenure=held.tenure,
        reason=reason,
        next_tenure=then,
        ground=ground,
        decision=paper.id,
        decided_on=paper.signed,
    )
    world.tell(held.person, paper, fact)
    held.person.held.remove(held)
    held.seat.holders.remove(held)


def renew(world: World, held: Held, day: Day) -> None:
    """Begin a new term after an election; nothing else changes."""
    paper = world.paper(held.seat, day, f"Phê chuẩn kết quả bầu {held.seat.post.title}", voted=True)
    person, seat, holding = held.person, held.seat, held.holding
    world.tenures += 1
    tenure = demo_id("tenure", f"{world.tenures:04}")
    end(world, held, day, EndReason.TERM_EXPIRED, paper, tenure)
    fact = _taken(
        world, seat, tenure, day, "elected", holding, paper, Step.LATERAL, "", AppointmentRoute.DIRECT
    )
    world.tell(person, paper, fact)
    again = Held(person, seat, tenure, day, holding, fact)
    person.held.append(again)
    seat.holders.append(again)


def reappoint(world: World, held: Held, day: Day) -> None:
    paper = world.paper(held.seat, day, f"Bổ nhiệm lại {held.seat.post.title}")
    world.tenures += 1
    tenure = demo_id("tenure", f"{world.tenures:04}")
    held.term_no += 1
    fact = Reappointed(
        effective_from=day,
        tenure=tenure,
        previous=held.tenure,
        term_no=held.term_no,
        decision=paper.id,
        decided_on=paper.signed,
    )
    world.tell(held.person, paper, fact)
    held.tenure, held.since, held.said = tenure, day, fact


def fill(world: World, seat: Seat, day: Day) -> None:
    """Fill a vacant seat from below or with a new person; whoever leaves a post for it leaves another vacancy."""
    if world.vacant(seat) <= 0 or seat.post.with_ or world.seats.get(seat.key) is not seat:
        return
    person = candidate(world, seat, day)
    before = person.primary.seat if person.primary else None
    take(world, seat, person, day)
    if before:
        wait = world.chance.choice((0, 0, 30, 75, 140))
        world.on(shift(day, wait), partial(fill, world, before))


def candidate(world: World, seat: Seat, day: Day) -> Person:
    if seat.body.kind is Kind.RESIDENTIAL_GROUP:
        return world.hire(day, (40, 66))
    ready = [
        person
        for person in world.people
        if (held := person.primary)
        and 0 <= held.seat.rank == seat.rank - 1
        and shift(held.since, 700) <= day
        and shift(day, 1100) < person.retires
        and not person.suspended
        and seat.sex in ("", person.made.sex)
    ]
    near = [p for p in ready if p.primary and p.primary.seat.body is seat.body]
    for pool, likely in ((near, 0.75), (ready, 0.6)):
        if pool and world.chance.random() < likely:
            return world.chance.choice(pool)
    return world.hire(day, (40, 50) if seat.rank >= 4 else (32, 45), sex=seat.sex)


def _taken(
    world: World,
    seat: Seat,
    tenure: str,
    day: Day,
    how: str,
    holding: Holding,
    paper: Paper,
    step: Step,
    continues: str,
    route: AppointmentRoute,
) -> AppointmentFact:
    if how == "elected":
        cast = world.chance.randint(24, 72)
        against = world.chance.choices((0, 1, 2, 4, 7), (5, 4, 3, 2, 1))[0]
        return Elected(
            effective_from=day,
            tenure=tenure,
            post=seat.id,
            election=demo_id("election", f"{seat.territory.key}/{seat.body.key} {day}"),
            held_on=day,
            holding=holding,
            body=seat.unit,
            votes_for=cast - against,
            votes_cast=cast,
            term_key=term_of(seat, day),
            decision=paper.id,
            decided_on=paper.signed,
        )
    if how == "designated":
        return Designated(
            effective_from=day,
            tenure=tenure,
            post=seat.id,
            holding=holding,
            authority=world.places[seat.territory.over].issuer(seat.party)[0],
            legal_basis="sắp xếp đơn vị hành chính năm 2025",
            continues=continues,
            decision=paper.id,
            decided_on=paper.signed,
        )
    return Appointed(
        effective_from=day,
        tenure=tenure,
        post=seat.id,
        holding=holding,
        step=step,
        route=route,
        term_months=60,
        continues=continues,
        decision=paper.id,
        decided_on=paper.signed,
    )


def term_of(seat: Seat, day: Day) -> str:
    """The term: Party terms run from congress to congress, terms of councils from election to election."""
    starts = (
        (2005, 2010, 2015, 2020, 2025) if seat.body.bloc is Bloc.PARTY else (2004, 2011, 2016, 2021, 2026)
    )
    start = max(each for each in starts if each <= int(day[:4]))
    return f"{start}-{min(each for each in (*starts, starts[-1] + 5) if each > start)}"
