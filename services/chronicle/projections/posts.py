"""Posts through time, clauses of reorganisations, oversight and quotas."""

from collections import deque
from collections.abc import Iterable
from typing import TypedDict

from msgspec.structs import replace

from services.chronicle.projections.row_fields import Ending, codes_text, since, until
from services.chronicle.rows import EdgeRow, OversightRow, PostRow, QuotaRow
from services.organization.events import (
    OrganizationFact,
    OversightSet,
    PostAbolished,
    PostCreated,
    PostRevised,
    QuotaSet,
    ReorganisationExecuted,
    topic,
)
from shared.core.facts import Recorded
from shared.core.projection import Changes, Projection, R, Rows
from shared.core.text import fold


def post_step(rows: Rows[PostRow], event: Recorded[OrganizationFact]) -> Changes[PostRow]:
    """Creating opens the first version of a post, revising another, abolishing ends the last."""
    fact = event.fact
    if isinstance(fact, PostCreated):
        row = PostRow(
            post_id=event.stream,
            unit_id=fact.unit,
            codes=codes_text(fact.codes),
            managed_by=fact.managed_by,
            opened_by=event.event_id,
            decision=fact.decision,
            **_terms(fact),
            **since(fact.effective_from),
        )
        return {} if rows else {event.event_id: row}
    last = _last(rows.values())
    if last is None or last.closed_by:
        return {}
    if isinstance(fact, PostRevised):
        changed = replace(last, decision=fact.decision, **_terms(fact))
        if last.valid_from == since(fact.effective_from)["valid_from"]:
            return {last.opened_by: changed}
        opened = replace(changed, opened_by=event.event_id, **since(fact.effective_from))
        return {last.opened_by: replace(last, **until(fact.effective_from)), event.event_id: opened}
    if isinstance(fact, PostAbolished):
        ended = replace(
            last,
            closing=fact.reason,
            closed_by=event.event_id,
            closing_decision=fact.decision,
            closing_decided_on=fact.decided_on or "",
            closing_reorganisation=fact.reorganisation,
            **until(fact.effective_from),
        )
        return {last.opened_by: ended}
    return {}


class PostTerms(TypedDict):
    """The columns that both creating and revising a post fill."""

    title: str
    search: str
    title_code: str
    role: str
    rank_group: str
    seats: int
    route: str
    term_months: int
    key_title: bool
    paired_post: str
    not_local: bool
    refuse_excess: bool


def _terms(fact: PostCreated | PostRevised) -> PostTerms:
    return {
        "title": fact.title,
        "search": fold(fact.title),
        "title_code": fact.title_code,
        "role": fact.role.value,
        "rank_group": fact.rank_group,
        "seats": fact.seats,
        "route": fact.route.value,
        "term_months": fact.term_months,
        "key_title": fact.key_title,
        "paired_post": fact.paired_post,
        "not_local": fact.not_local,
        "refuse_excess": fact.refuse_excess,
    }


def edge_step(rows: Rows[EdgeRow], event: Recorded[OrganizationFact]) -> Changes[EdgeRow]:
    """Executing a reorganisation adds a row for each of its clauses."""
    fact = event.fact
    if not isinstance(fact, ReorganisationExecuted):
        return {}
    return {
        f"{edge.source}>{edge.target}/{edge.clause_no}": EdgeRow(
            reorganisation=event.stream,
            title=fact.title,
            source_id=edge.source,
            target_id=edge.target,
            portion=edge.portion.value,
            clause_no=edge.clause_no,
            opened_by=event.event_id,
            decision=fact.decision,
            **since(fact.effective_from),
        )
        for edge in fact.edges
    }


def oversight_step(rows: Rows[OversightRow], event: Recorded[OrganizationFact]) -> Changes[OversightRow]:
    """A later setting ends the one before."""
    fact = event.fact
    if not isinstance(fact, OversightSet):
        return {}
    last = _last(rows.values())
    end: Ending = until(fact.until) if fact.until else {}
    opened = OversightRow(
        unit_id=event.stream,
        vertical=fact.vertical,
        territorial=fact.territorial,
        opened_by=event.event_id,
        decision=fact.decision,
        **since(fact.effective_from),
        **end,
    )
    if last is None or last.valid_to <= opened.valid_from:
        return {event.event_id: opened}
    return {last.opened_by: replace(last, **until(fact.effective_from)), event.event_id: opened}


def quota_step(rows: Rows[QuotaRow], event: Recorded[OrganizationFact]) -> Changes[QuotaRow]:
    """A later quota of the same kind ends the one before."""
    fact = event.fact
    if not isinstance(fact, QuotaSet):
        return {}
    last = _last(row for row in rows.values() if row.quota == fact.quota.value)
    opened = QuotaRow(
        unit_id=event.stream,
        quota=fact.quota.value,
        amount=fact.amount,
        overage_allowed=fact.overage_allowed,
        overage_until=fact.overage_until or "",
        opened_by=event.event_id,
        decision=fact.decision,
        **since(fact.effective_from),
    )
    closed = {last.opened_by: replace(last, **until(fact.effective_from))} if last else {}
    return {**closed, event.event_id: opened}


def _last(rows: Iterable[R]) -> R | None:
    return next(iter(deque(rows, maxlen=1)), None)


_CHART_COLUMNS = (
    *("unit_id", "valid_from", "valid_to", "known_from", "known_to", "post_id"),
    *("+title", "+role", "+seats", "+key_title", "+opened_by", "+decision"),
)
"""What an org chart reads of a post: with these columns the index alone serves it."""

posts = Projection[OrganizationFact, PostRow](
    name="posts",
    version=4,
    follows=topic,
    row=PostRow,
    step=post_step,
    indexes=(("post_id",), _CHART_COLUMNS),
    handles=(PostCreated, PostRevised, PostAbolished),
)
edges = Projection[OrganizationFact, EdgeRow](
    name="edges",
    follows=topic,
    row=EdgeRow,
    step=edge_step,
    indexes=(("source_id",), ("target_id",)),
    handles=(ReorganisationExecuted,),
)
oversight = Projection[OrganizationFact, OversightRow](
    name="oversight",
    follows=topic,
    row=OversightRow,
    step=oversight_step,
    indexes=(("unit_id",),),
    handles=(OversightSet,),
)
quotas = Projection[OrganizationFact, QuotaRow](
    name="quotas",
    follows=topic,
    row=QuotaRow,
    step=quota_step,
    indexes=(("unit_id",),),
    handles=(QuotaSet,),
)
