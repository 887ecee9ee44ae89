"""Creates, merges and closes bodies with their posts in the simulated city."""

from services.appointment.events import EndReason
from services.demo.city.names import SYNTHETIC
from services.demo.city.plan import BodyPlan, Territory
from services.demo.city.tenures import leave_post
from services.demo.city.world import DEMO_SCHEME, CityTenure, CityWorld, Paper, Seat, demo_id, shift_day
from services.importing.batches import derive_id
from services.importing.vietnam import GSO_SCHEME as GSO
from services.organization.events import (
    DissolutionReason,
    Edge,
    Kind,
    OrganizationFact,
    Portion,
    PostAbolished,
    PostCreated,
    ReorganisationExecuted,
    UnitDissolved,
    UnitEstablished,
)
from shared.core.facts import Code
from shared.core.partial_dates import Day, PDate


def derive_territory_id(territory: Territory) -> str:
    return derive_id(GSO, "unit", territory.unit)


def derive_body_id(territory: Territory, body: str) -> str:
    return demo_id("unit", f"{territory.key}/{body}") if body else derive_territory_id(territory)


def establish_bodies(
    world: CityWorld, territory: Territory, since: str, paper: Paper, bodies: tuple[BodyPlan, ...] = ()
) -> None:
    """Establish a territory's bodies with their posts; with `bodies`, only these."""
    if bodies:
        territory = territory._replace(bodies=(*territory.bodies, *bodies))
    world.places[territory.key] = territory
    for body in bodies or territory.bodies:
        unit = derive_body_id(territory, body.key)
        fact = UnitEstablished(
            effective_from=PDate(since),
            name=body.name,
            kind=body.kind,
            level="" if body.kind is Kind.RESIDENTIAL_GROUP else territory.level,
            bloc=body.bloc,
            parent=derive_body_id(territory, body.in_),
            codes=(Code(DEMO_SCHEME, f"{territory.key}/{body.key}"),),
            baseline=since.startswith(".."),
            decision=paper.id,
            decided_on=paper.signed if paper.id else None,
            note=SYNTHETIC,
        )
        world.record(paper.recorded, "organization", unit, fact)
        for post in body.posts:
            seat = Seat(territory, body, post)
            world.seats[seat.key] = seat
            for source in post.with_:
                world.beside[f"{territory.key}/{source}"].append(seat.key)
            world.record(paper.recorded, "organization", seat.id, _create_post(world, seat, since, paper))


def _create_post(world: CityWorld, seat: Seat, since: str, paper: Paper) -> PostCreated:
    post, territory = seat.post, seat.territory
    paired = post.with_[0] if len(post.with_) == 1 else ""
    manager = territory.over if post.key_title else territory.key
    return PostCreated(
        effective_from=PDate(since),
        unit=seat.unit,
        title=post.title,
        title_code=post.code,
        role=post.role,
        seats=post.seats,
        route=post.route,
        key_title=post.key_title,
        paired_post=demo_id("post", f"{territory.key}/{paired}") if paired else "",
        managed_by=demo_id("unit", f"{manager}/DU"),
        codes=(Code(DEMO_SCHEME, seat.key),),
        decision=paper.id,
        decided_on=paper.signed if paper.id else None,
    )


def close_bodies(
    world: CityWorld,
    place: str,
    day: Day,
    paper: Paper,
    reason: DissolutionReason,
    reorganisation: str,
    bodies: tuple[str, ...] = (),
) -> list[CityTenure]:
    """Close bodies and their posts, and end all tenures there. Returns the tenures."""
    territory = world.places[place]
    chosen = [body for body in territory.bodies if not bodies or body.key in bodies]
    if bodies:
        left = tuple(body for body in territory.bodies if body not in chosen)
        world.places[place] = territory._replace(bodies=left)
    sat: list[CityTenure] = []
    for body in chosen:
        for seat in world.seats_of(territory.key, body.key):
            for held in list(seat.holders):
                if held in seat.holders:
                    sat.append(held)
                    leave_post(world, held, day, EndReason.UNIT_ABOLISHED, paper)
            fact: OrganizationFact = PostAbolished(
                effective_from=day,
                reason="đơn vị kết thúc hoạt động",
                reorganisation=reorganisation,
                decision=paper.id,
                decided_on=paper.signed,
            )
            world.record(paper.recorded, "organization", seat.id, fact)
            del world.seats[seat.key]
        fact = UnitDissolved(
            effective_from=day,
            reason=reason,
            reorganisation=reorganisation,
            decision=paper.id,
            decided_on=paper.signed,
        )
        world.record(paper.recorded, "organization", derive_body_id(territory, body.key), fact)
    return sat


def merge_bodies(
    world: CityWorld, place: str, old: tuple[str, ...], new: tuple[BodyPlan, ...], day: Day, title: str
) -> list[CityTenure]:
    """Merge bodies into one or a few others: each old body goes whole into one of the new, in turn."""
    territory = world.places[place]
    signed, recorded = shift_day(day, -12), shift_day(day, -5)
    paper = world.document(territory, False, day, signed, recorded, title)
    reorganisation = demo_id("reorganisation", f"{territory.key}/{new[0].key}")
    establish_bodies(world, territory, day, paper, new)
    sat = close_bodies(world, place, day, paper, DissolutionReason.CONSOLIDATED, reorganisation, old)
    per = len(old) // len(new)
    edges = tuple(
        Edge(
            source=derive_body_id(territory, key),
            target=derive_body_id(territory, new[number // per].key),
            portion=Portion.WHOLE,
            clause_no=number // per + 1,
        )
        for number, key in enumerate(old)
    )
    fact = ReorganisationExecuted(
        effective_from=day, title=title, edges=edges, decision=paper.id, decided_on=signed
    )
    world.record(recorded, "organization", reorganisation, fact)
    return sat
