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
from services.demo.city.world import CityPerson, CityTenure, CityWorld, Paper, Seat, demo_id, shift_day
from services.organization.events import Bloc, Kind
from shared.core.partial_dates import Day

DECISION_TITLES = {"appointed": "Bổ nhiệm", "elected": "Phê chuẩn kết quả bầu", "designated": "Chỉ định"}


def take_post(
    world: CityWorld,
    seat: Seat,
    person: CityPerson,
    day: Day,
    how: str = "",
    holding: Holding = Holding.PRIMARY,
    paper: Paper | None = None,
    continues: str = "",
    route: AppointmentRoute = AppointmentRoute.DIRECT,
) -> CityTenure:
    """A person takes a post, and leaves a primary post held until then on the same day."""
    how = how or ("elected" if seat.post.elected else "appointed")
    paper = paper or world.paper(
        seat, day, f"{DECISION_TITLES[how]} {seat.post.title}", voted=how == "elected"
    )
    world.tenures += 1
    tenure = demo_id("tenure", f"{world.tenures:04}")
    before = person.primary if holding is Holding.PRIMARY else None
    step = Step.FIRST if person.primary is None else Step.LATERAL
    if before:
        step = Step.PROMOTION if seat.rank > before.seat.rank else Step.LATERAL
        leave_post(world, before, day, EndReason.MOVED, paper, tenure)
    fact = _taken(world, seat, tenure, day, how, holding, paper, step, continues, route)
    held = CityTenure(person, seat, tenure, day, holding, fact)
    world.record_about(person, paper, fact)
    person.held.append(held)
    seat.holders.append(held)
    if holding is Holding.PRIMARY:
        take_linked_posts(world, held, how, paper)
    return held


def take_linked_posts(world: CityWorld, held: CityTenure, how: str, paper: Paper) -> None:
    """Take the posts that go with the post, as far as there are seats."""
    for key in world.beside[held.seat.key]:
        seat = world.seats.get(key)
        if seat and world.vacant(seat) > 0 and not any(other.seat is seat for other in held.person.held):
            way = how if how == "designated" else ""
            take_post(world, seat, held.person, held.since, way, Holding.CONCURRENT, paper)


def leave_post(
    world: CityWorld,
    held: CityTenure,
    day: Day,
    reason: EndReason,
    paper: Paper | None = None,
    then: str = "",
    ground: str = "",
) -> None:
    """Leave a post; with a primary post also those held because of it."""
    paper = paper or world.paper(held.seat, day, f"Thôi giữ chức vụ {held.seat.post.title}")
    _end_tenure(world, held, day, reason, paper, then, ground)
    if held.holding is Holding.PRIMARY:
        for other in [other for other in held.person.held if other.seat.key in world.beside[held.seat.key]]:
            _end_tenure(world, other, day, reason, paper)


def _end_tenure(
    world: CityWorld,
    held: CityTenure,
    day: Day,
    reason: EndReason,
    paper: Paper,
    then: str = "",
    ground: str = "",
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
    world.record_about(held.person, paper, fact)
    held.person.held.remove(held)
    held.seat.holders.remove(held)


def renew_term(world: CityWorld, held: CityTenure, day: Day) -> None:
    """Begin a new term after an election; nothing else changes."""
    paper = world.paper(held.seat, day, f"Phê chuẩn kết quả bầu {held.seat.post.title}", voted=True)
    person, seat, holding = held.person, held.seat, held.holding
    world.tenures += 1
    tenure = demo_id("tenure", f"{world.tenures:04}")
    _end_tenure(world, held, day, EndReason.TERM_EXPIRED, paper, tenure)
    fact = _taken(
        world, seat, tenure, day, "elected", holding, paper, Step.LATERAL, "", AppointmentRoute.DIRECT
    )
    world.record_about(person, paper, fact)
    again = CityTenure(person, seat, tenure, day, holding, fact)
    person.held.append(again)
    seat.holders.append(again)


def reappoint(world: CityWorld, held: CityTenure, day: Day) -> None:
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
    world.record_about(held.person, paper, fact)
    held.tenure, held.since, held.fact = tenure, day, fact


def fill_seat(world: CityWorld, seat: Seat, day: Day) -> None:
    """Fill a vacant seat from below or with a new person; whoever leaves a post for it leaves another vacancy."""
    if world.vacant(seat) <= 0 or seat.post.with_ or world.seats.get(seat.key) is not seat:
        return
    person = find_candidate(world, seat, day)
    before = person.primary.seat if person.primary else None
    take_post(world, seat, person, day)
    if before:
        wait = world.chance.choice((0, 0, 30, 75, 140))
        world.schedule(shift_day(day, wait), partial(fill_seat, world, before))


def find_candidate(world: CityWorld, seat: Seat, day: Day) -> CityPerson:
    if seat.body.kind is Kind.RESIDENTIAL_GROUP:
        return world.hire(day, (40, 66))
    ready = [
        person
        for person in world.people
        if (held := person.primary)
        and 0 <= held.seat.rank == seat.rank - 1
        and shift_day(held.since, 700) <= day
        and shift_day(day, 1100) < person.retires
        and not person.suspended
        and seat.sex in ("", person.made.sex)
    ]
    near = [p for p in ready if p.primary and p.primary.seat.body is seat.body]
    for pool, likely in ((near, 0.75), (ready, 0.6)):
        if pool and world.chance.random() < likely:
            return world.chance.choice(pool)
    return world.hire(day, (40, 50) if seat.rank >= 4 else (32, 45), sex=seat.sex)


def _taken(
    world: CityWorld,
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
            term_key=find_term(seat, day),
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


def find_term(seat: Seat, day: Day) -> str:
    """The term: Party terms run from congress to congress, terms of councils from election to election."""
    starts = (
        (2005, 2010, 2015, 2020, 2025) if seat.body.bloc is Bloc.PARTY else (2004, 2011, 2016, 2021, 2026)
    )
    start = max(each for each in starts if each <= int(day[:4]))
    return f"{start}-{min(each for each in (*starts, starts[-1] + 5) if each > start)}"
