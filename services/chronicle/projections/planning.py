"""Planning lists, the titles they plan for, who is on them, and their yearly reviews."""

import msgspec
from msgspec.structs import replace

from services.chronicle.projections.row_fields import Ending, findings_text, since, until
from services.chronicle.rows import EntryRow, ListRow, PlanningReviewRow, TitleRow, list_to_text
from services.planning.events import (
    AddedToPlanning,
    PlanningFact,
    RemovedFromPlanning,
    ReviewClosed,
    RoundOpened,
    topic,
)
from shared.core.facts import Recorded
from shared.core.projection import Changes, Projection, Rows


def list_step(rows: Rows[ListRow], event: Recorded[PlanningFact]) -> Changes[ListRow]:
    """Opening a round makes the row of its list."""
    fact = event.fact
    if not isinstance(fact, RoundOpened) or rows:
        return {}
    end: Ending = until(fact.until) if fact.until else {}
    return {
        event.stream: ListRow(
            list_id=event.stream,
            owner_id=fact.owner,
            title_set=fact.title_set,
            term=fact.term,
            name=fact.name,
            bloc=fact.bloc.value,
            coefficient="" if fact.coefficient is None else str(fact.coefficient),
            targets=_json(fact.targets),
            age_reference=fact.age_reference or "",
            rule_set=fact.rule_set,
            managed_by=fact.managed_by,
            opened_by=event.event_id,
            decision=fact.decision,
            **since(fact.effective_from),
            **end,
        )
    }


def title_step(rows: Rows[TitleRow], event: Recorded[PlanningFact]) -> Changes[TitleRow]:
    """Opening a round makes a row for every title it plans for."""
    fact = event.fact
    if not isinstance(fact, RoundOpened) or rows:
        return {}
    end: Ending = until(fact.until) if fact.until else {}
    return {
        f"{title.post}\t{title.title_code}\t{title.unit}": TitleRow(
            list_id=event.stream,
            post_id=title.post,
            title_code=title.title_code,
            title_unit=title.unit,
            seats=title.seats,
            **since(fact.effective_from),
            **end,
        )
        for title in fact.titles
    }


def entry_step(rows: Rows[EntryRow], event: Recorded[PlanningFact]) -> Changes[EntryRow]:
    """The first addition and the first removal of an entry count; a correction resolves others."""
    fact = event.fact
    if isinstance(fact, AddedToPlanning) and fact.entry not in rows:
        return {fact.entry: _entry(event, fact)}
    if isinstance(fact, RemovedFromPlanning) and (row := rows.get(fact.entry)) and not row.ended:
        return {
            fact.entry: replace(
                row,
                removed=fact.effective_from,
                ended=fact.reason.value,
                mode=fact.mode.value,
                ground=fact.ground,
                trigger=fact.trigger,
                review_out=fact.review,
                closed_by=event.event_id,
                closing_decision=fact.decision,
                findings=findings_text(event, row.findings),
                **until(fact.effective_from),
            )
        }
    return {}


def _entry(event: Recorded[PlanningFact], fact: AddedToPlanning) -> EntryRow:
    return EntryRow(
        list_id=event.stream,
        entry_id=fact.entry,
        cadre_id=fact.cadre,
        post_id=fact.post,
        title_code=fact.title_code,
        title_unit=fact.unit,
        source=fact.source.value,
        source_unit=fact.source_unit,
        votes=list_to_text(fact.votes),
        batch_no=fact.batch_no,
        review_in=fact.review,
        mapped_from=fact.mapped_from,
        added=fact.effective_from,
        managed_by=fact.managed_by,
        opened_by=event.event_id,
        decision=fact.decision,
        findings=findings_text(event),
        **since(fact.effective_from),
    )


def _review_step(rows: Rows[PlanningReviewRow], event: Recorded[PlanningFact]) -> Changes[PlanningReviewRow]:
    """The first closing of a year's review counts."""
    fact = event.fact
    if not isinstance(fact, ReviewClosed) or str(fact.year) in rows:
        return {}
    return {
        str(fact.year): PlanningReviewRow(
            list_id=event.stream,
            year=fact.year,
            in_count=fact.in_count,
            out_count=fact.out_count,
            stated=_json(fact.structure),
            approved_by=fact.approved_by,
            opened_by=event.event_id,
            decision=fact.decision,
            **since(fact.effective_from),
        )
    }


def _json(stated: msgspec.Struct | None) -> str:
    return "" if stated is None else msgspec.json.encode(stated, order="sorted").decode()


planning_lists = Projection[PlanningFact, ListRow](
    name="planning_lists",
    follows=topic,
    row=ListRow,
    step=list_step,
    indexes=(("list_id",), ("owner_id", "valid_from")),
    handles=(RoundOpened,),
)
planning_titles = Projection[PlanningFact, TitleRow](
    name="planning_titles",
    follows=topic,
    row=TitleRow,
    step=title_step,
    indexes=(("list_id",), ("post_id",)),
    handles=(RoundOpened,),
)
planning_entries = Projection[PlanningFact, EntryRow](
    name="planning_entries",
    version=2,
    follows=topic,
    row=EntryRow,
    step=entry_step,
    indexes=(("list_id", "valid_from"), ("cadre_id",), ("post_id",), ("title_unit",), ("!findings",)),
    handles=(AddedToPlanning, RemovedFromPlanning),
)
planning_reviews = Projection[PlanningFact, PlanningReviewRow](
    name="planning_reviews",
    follows=topic,
    row=PlanningReviewRow,
    step=_review_step,
    indexes=(("list_id",),),
    handles=(ReviewClosed,),
)
