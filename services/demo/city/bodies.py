"""Creates, merges and closes bodies with their posts in the simulated city."""

from services.appointment.events import EndReason
from services.demo.city.names import SYNTHETIC
from services.demo.city.plan import Body, Territory
from services.demo.city.tenures import leave
from services.demo.city.world import SCHEME, Held, Paper, Seat, World, demo_id, shift
from services.importing.batches import id_for
from services.importing.vietnam import SCHEME as GSO
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


def place_id(territory: Territory) -> str:
    return id_for(GSO, "unit", territory.unit)


def body_id(territory: Territory, body: str) -> str:
    return demo_id("unit", f"{territory.key}/{body}") if body else place_id(territory)


def found(
    world: World, territory: Territory, since: str, paper: Paper, bodies: tuple[Body, ...] = ()
) -> None:
    """Establish a territory's bodies with their posts; with `bodies`, only these."""
    if bodies:
        territory = territory._replace(bodies=(*territory.bodies, *bodies))
    world.places[territory.key] = territory
    for body in bodies or territory.bodies:
        unit = body_id(territory, body.key)
        fact = UnitEstablished(
            effective_from=PDate(since),
            name=body.name,
            kind=body.kind,
            level="" if body.kind is Kind.RESIDENTIAL_GROUP else territory.level,
            bloc=body.bloc,
            parent=body_id(territory, body.in_),
            codes=(Code(SCHEME, f"{territory.key}/{body.key}"),),
            baseline=since.startswith(".."),
            decision=paper.id,
            decided_on=paper.signed if paper.id else None,
            note=SYNTHETIC,
        )
        world.say(paper.recorded, "organization", unit, fact)
        for post in body.posts:
            seat = Seat(territory, body, post)
            world.seats[seat.key] = seat
            for source in post.with_:
                world.beside[f"{territory.key}/{source}"].append(seat.key)
            world.say(paper.recorded, "organization", seat.id, created(world, seat, since, paper))


def created(world: World, seat: Seat, since: str, paper: Paper) -> PostCreated:
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
        codes=(Code(SCHEME, seat.key),),
        decision=paper.id,
        decided_on=paper.signed if paper.id else None,
    )


def close(
    world: World,
    place: str,
    day: Day,
    paper: Paper,
    reason: DissolutionReason,
    reorganisation: str,
    bodies: tuple[str, ...] = (),
) -> list[Held]:
    """Close bodies and their posts, and end all tenures there. Returns the tenures."""
    territory = world.places[place]
    chosen = [body for body in territory.bodies if not bodies or body.key in bodies]
    if bodies:
        left = tuple(body for body in territory.bodies if body not in chosen)
        world.places[place] = territory._replace(bodies=left)
    sat: list[Held] = []
    for body in chosen:
        for seat in world.seats_of(territory.key, body.key):
            for held in list(seat.holders):
                if held in seat.holders:
                    sat.append(held)
                    leave(world, held, day, EndReason.UNIT_ABOLISHED, paper)
            fact: OrganizationFact = PostAbolished(
                effective_from=day,
                reason="đơn vị kết thúc hoạt động",
                reorganisation=reorganisation,
                decision=paper.id,
                decided_on=paper.signed,
            )
            world.say(paper.recorded, "organization", seat.id, fact)
            del world.seats[seat.key]
        fact = UnitDissolved(
            effective_from=day,
            reason=reason,
            reorganisation=reorganisation,
            decision=paper.id,
            decided_on=paper.signed,
        )
        world.say(paper.recorded, "organization", body_id(territory, body.key), fact)
    return sat


def merge(
    world: World, place: str, old: tuple[str, ...], new: tuple[Body, ...], day: Day, title: str
) -> list[Held]:
    """Merge bodies into one or a few others: each old body goes whole into one of the new, in turn."""
    territory = world.places[place]
    signed, recorded = shift(day, -12), shift(day, -5)
    paper = world.document(territory, False, day, signed, recorded, title)
    reorganisation = demo_id("reorganisation", f"{territory.key}/{new[0].key}")
    found(world, territory, day, paper, new)
    sat = close(world, place, day, paper, DissolutionReason.CONSOLIDATED, reorganisation, old)
    per = len(old) // len(new)
    edges = tuple(
        Edge(
            source=body_id(territory, key),
            target=body_id(territory, new[number // per].key),
            portion=Portion.WHOLE,
            clause_no=number // per + 1,
        )
        for number, key in enumerate(old)
    )
    fact = ReorganisationExecuted(
        effective_from=day, title=title, edges=edges, decision=paper.id, decided_on=signed
    )
    world.say(recorded, "organization", reorganisation, fact)
    return sat
