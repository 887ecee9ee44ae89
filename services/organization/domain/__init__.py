"""Units, posts and reorganisations: what can be true of them. Pure functions over proposed facts."""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

from services.organization.domain.rejected import (
    AlreadyEnded,
    AlreadyExists,
    EdgesDoNotAddUp,
    EndsBeforeStart,
    KindNotInForce,
    NotFound,
    NotInExistence,
    OutOfRange,
    OverageWithoutDeadline,
    UnderItself,
)
from services.organization.events import (
    Edge,
    Kind,
    OrganizationFact,
    OversightSet,
    Portion,
    PostAbolished,
    PostCreated,
    PostRevised,
    QuotaSet,
    ReorganisationApproved,
    ReorganisationExecuted,
    UnitDissolved,
    UnitEstablished,
    UnitReclassified,
    UnitReparented,
)
from shared.core.decider import Decider, ReadModel
from shared.core.normalization import require_fields
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, UNKNOWN, Day, PDate, earliest, latest, may_precede

REFORM = Day(PDate("2025-07-01"))
KIND_LIVES: dict[Kind, tuple[Day, Day]] = {
    **dict.fromkeys(
        (
            Kind.URBAN_DISTRICT,
            Kind.RURAL_DISTRICT,
            Kind.DISTRICT_TOWN,
            Kind.PROVINCIAL_CITY,
            Kind.SUB_CITY,
            Kind.TOWNSHIP,
        ),
        (FIRST_DAY, REFORM),
    ),
    Kind.SPECIAL_ZONE: (REFORM, LAST_DAY),
}
"""[first day, first day after] on which a kind of unit may exist; all others always (Law 72/2025/QH15)."""


@dataclass(frozen=True, slots=True)
class Unknown: ...


@dataclass(frozen=True, slots=True)
class Existing:
    """A unit or a post, from its first fact on."""

    what: str
    since: PDate
    until: PDate | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A reorganisation, planned or carried out."""

    executed: bool = False


State = Unknown | Existing | Plan


def decide(state: State, proposed: OrganizationFact) -> tuple[OrganizationFact, ...]:
    match proposed:
        case UnitEstablished() | PostCreated():
            create(state, proposed)
        case ReorganisationApproved() | ReorganisationExecuted():
            reorganise(state, proposed)
        case _:
            change(state, proposed)
    return (proposed,)


def create(state: State, proposed: UnitEstablished | PostCreated) -> None:
    if not isinstance(state, Unknown):
        raise AlreadyExists(id=getattr(state, "what", "reorganisation"))
    if isinstance(proposed, UnitEstablished):
        require_fields(name=proposed.name)
        in_force(proposed.kind, proposed.effective_from)
    else:
        require_fields(title=proposed.title)
        sane(proposed)


def change(state: State, proposed: OrganizationFact) -> None:
    expected = "post" if isinstance(proposed, PostRevised | PostAbolished) else "unit"
    if not isinstance(state, Existing) or state.what != expected:
        raise NotFound(expected=expected)
    when = proposed.effective_from
    match proposed:
        case UnitDissolved() | PostAbolished():
            if state.until is not None:
                raise AlreadyEnded(ended=state.until)
            if not may_precede(state.since, when):
                raise EndsBeforeStart(field="effective_from", start=state.since, end=when)
            return
        case UnitReclassified(kind=kind):
            in_force(kind, when)
        case QuotaSet(amount=amount, overage_allowed=overage, overage_until=until):
            if amount < 0 or overage < 0:
                raise OutOfRange(field="amount", value=min(amount, overage))
            if overage and until is None:
                raise OverageWithoutDeadline(field="overage_until")
        case OversightSet(vertical=vertical, territorial=territorial):
            require_fields(vertical=vertical, territorial=territorial)
        case PostRevised():
            require_fields(title=proposed.title)
            sane(proposed)
    if earliest(when) < earliest(state.since) or earliest(when) >= latest(state.until or PDate(LAST_DAY)):
        raise NotInExistence(field="effective_from", since=state.since, until=state.until or "")


def in_force(kind: Kind, when: PDate) -> None:
    first, after = KIND_LIVES.get(kind, (FIRST_DAY, LAST_DAY))
    if latest(when) < first or (when != UNKNOWN and earliest(when) >= after):
        raise KindNotInForce(field="kind", kind=kind.value, vi=kind.vi, from_=first, until=after)


def sane(post: PostCreated | PostRevised) -> None:
    if post.seats < 0 or post.term_months < 0:
        raise OutOfRange(
            field="seats" if post.seats < 0 else "term_months", value=min(post.seats, post.term_months)
        )


def reorganise(state: State, proposed: ReorganisationApproved | ReorganisationExecuted) -> None:
    if isinstance(state, Existing):
        raise AlreadyExists(id=state.what)
    if isinstance(proposed, ReorganisationExecuted):
        if isinstance(state, Plan) and state.executed:
            raise AlreadyEnded(reorganisation="executed")
        if not proposed.edges:
            raise EdgesDoNotAddUp(field="edges", reason="there are none")
    by_source: dict[str, list[Edge]] = defaultdict(list)
    for edge in proposed.edges:
        by_source[edge.source].append(edge)
    for source, edges in by_source.items():
        portions = [edge.portion for edge in edges]
        if Portion.WHOLE in portions and len(edges) > 1:
            raise EdgesDoNotAddUp(
                field="edges", source=source, reason="the whole of it goes one way, a part another"
            )
        parts = [edge.clause_no for edge in edges if edge.portion is Portion.PART]
        for edge in edges:
            if edge.portion is Portion.REMAINDER and not any(clause < edge.clause_no for clause in parts):
                raise EdgesDoNotAddUp(
                    field="edges", source=source, reason="a remainder needs an earlier part"
                )
        for share in ("area_share", "population_share"):
            total = sum(getattr(edge, share) or 0 for edge in edges)
            if total > 1.000001:
                raise EdgesDoNotAddUp(field=share, source=source, total=total)


def check(stream: str, proposed: OrganizationFact, known: ReadModel) -> None:
    """What must hold outside the stream: parents and units that exist on the date, and no circles."""
    match proposed:
        case UnitEstablished(parent=parent) | UnitReparented(parent=parent) if parent:
            exists("units", "unit_id", parent, proposed.effective_from, known, "parent")
            if parent == stream or stream in ancestors(parent, earliest(proposed.effective_from), known):
                raise UnderItself(field="parent", parent=parent)
        case PostCreated(unit=unit) if unit:
            exists("units", "unit_id", unit, proposed.effective_from, known, "unit")


def exists(projection: str, column: str, id_: str, when: PDate, known: ReadModel, field: str) -> None:
    rows = known.rows(projection, **{column: id_})
    if not rows:
        raise NotFound(field=field, id=id_)
    if not any(row.valid_from <= latest(when) and earliest(when) < row.valid_to for row in rows):
        raise NotInExistence(field=field, id=id_, when=when)


def ancestors(unit: str, since: Day, known: ReadModel) -> set[str]:
    """All units above this one on any day from `since` on."""
    found: set[str] = set()
    waiting = [unit]
    while waiting:
        rows: list[Any] = known.rows("units", unit_id=waiting.pop())
        parents = {row.parent_id for row in rows if row.valid_to > since and row.parent_id} - found
        found |= parents
        waiting.extend(parents)
    return found


def evolve(state: State, fact: OrganizationFact) -> State:
    match fact, state:
        case UnitEstablished(), Unknown():
            return Existing("unit", fact.effective_from)
        case PostCreated(), Unknown():
            return Existing("post", fact.effective_from)
        case ((UnitDissolved() | PostAbolished()), Existing()):
            return replace(state, until=fact.effective_from)
        case ReorganisationApproved(), Unknown():
            return Plan()
        case ReorganisationExecuted(), _:
            return Plan(executed=True)
    return state


organization = Decider[State, OrganizationFact](initial=Unknown(), decide=decide, evolve=evolve)
