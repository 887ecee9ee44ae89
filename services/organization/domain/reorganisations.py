"""Reorganisations: approved as a plan, executed once, with clauses that do not contradict each other."""

from collections import defaultdict
from collections.abc import Iterable

from services.organization.domain.rejections import AlreadyEnded, AlreadyExists, EdgesDoNotAddUp
from services.organization.domain.state import Existing, Plan, State
from services.organization.events import (
    Edge,
    OrganizationFact,
    Portion,
    ReorganisationApproved,
    ReorganisationExecuted,
)

ROUNDING = 1.000001
"""Shares of a whole, as decimal fractions, may add up to a little more than 1."""


def approve_reorganisation(state: State, proposed: ReorganisationApproved) -> tuple[OrganizationFact, ...]:
    """A plan may be approved again, in another version."""
    if isinstance(state, Existing):
        raise AlreadyExists(id=state.what)
    require_consistent_edges(proposed.edges)
    return (proposed,)


def execute_reorganisation(state: State, proposed: ReorganisationExecuted) -> tuple[OrganizationFact, ...]:
    """It is executed once, also where no plan of it was recorded before."""
    if isinstance(state, Existing):
        raise AlreadyExists(id=state.what)
    if isinstance(state, Plan) and state.executed:
        raise AlreadyEnded(reorganisation="executed")
    if not proposed.edges:
        raise EdgesDoNotAddUp(field="edges", reason="there are none")
    require_consistent_edges(proposed.edges)
    return (proposed,)


def require_consistent_edges(edges: Iterable[Edge]) -> None:
    """Raises EdgesDoNotAddUp where the clauses of one source give away more than there is of it."""
    by_source: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        by_source[edge.source].append(edge)
    for source, clauses in by_source.items():
        if len(clauses) > 1 and any(edge.portion is Portion.WHOLE for edge in clauses):
            raise EdgesDoNotAddUp(
                field="edges", source=source, reason="the whole of it goes one way, a part another"
            )
        part_clauses = [edge.clause_no for edge in clauses if edge.portion is Portion.PART]
        for edge in clauses:
            if edge.portion is Portion.REMAINDER and not any(no < edge.clause_no for no in part_clauses):
                raise EdgesDoNotAddUp(
                    field="edges", source=source, reason="a remainder needs an earlier part"
                )
        shares = {
            "area_share": sum(edge.area_share or 0 for edge in clauses),
            "population_share": sum(edge.population_share or 0 for edge in clauses),
        }
        for field, total in shares.items():
            if total > ROUNDING:
                raise EdgesDoNotAddUp(field=field, source=source, total=total)
