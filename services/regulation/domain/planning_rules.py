"""Rules checked when a cadre is put on a planning list, or disciplined while on one."""

from collections.abc import Iterator

from services.chronicle.rows import PLANNING_ENTRIES, PLANNING_LISTS
from services.personnel.events import Disciplined
from services.planning.events import AddedToPlanning
from services.regulation.domain.lookups import (
    find_disciplines,
    find_planning_entries,
    find_tenures_on,
    months_to_retirement,
)
from services.regulation.domain.moratoriums import check_moratorium
from services.regulation.domain.rule_context import RuleCheck, RuleContext, is_valid_on, make_finding
from shared.core.facts import Finding
from shared.core.partial_dates import PDate, earliest


def check_persons_per_title(context: RuleContext) -> Iterator[Finding]:
    version = context.version("PLAN_MAX_PERSONS_PER_TITLE")
    fact = context.fact
    if version is None or not isinstance(fact, AddedToPlanning):
        return
    title = (
        {"post_id": fact.post} if fact.post else {"list_id": context.stream, "title_code": fact.title_code}
    )
    rivals = {
        row.cadre_id
        for row in context.rows(PLANNING_ENTRIES, **title)
        if row.list_id == context.stream and row.title_unit == fact.unit and is_valid_on(row, context.start)
    } - {fact.cadre}
    persons, most = len(rivals) + 1, version.integer("most")
    if persons > most:
        yield make_finding(version, f"{persons} where {most} may be", persons=persons, most=most)


def check_titles_per_person(context: RuleContext) -> Iterator[Finding]:
    version = context.version("PLAN_MAX_TITLES_PER_PERSON")
    fact = context.fact
    if version is None or not isinstance(fact, AddedToPlanning):
        return
    entries = find_planning_entries(context, fact.cadre, context.start)
    others = {row.entry_id for row in entries if is_valid_on(row, context.start)} - {fact.entry}
    titles, most = len(others) + 1, version.integer("most")
    if titles > most:
        yield make_finding(version, f"{titles} where {most} may be", titles=titles, most=most)


def check_not_held_already(context: RuleContext) -> Iterator[Finding]:
    version = context.version("PLAN_ONLY_HIGHER")
    fact = context.fact
    if version and isinstance(fact, AddedToPlanning) and fact.post:
        for row in find_tenures_on(context, fact.cadre, context.start):
            if row.post_id == fact.post:
                yield make_finding(version, "this post is held already", tenure=row.tenure_id, post=fact.post)


def check_planned_while_disciplined(context: RuleContext) -> Iterator[Finding]:
    version = context.version("PLAN_AFTER_DISCIPLINE")
    if version and isinstance(context.fact, AddedToPlanning):
        for row in find_disciplines(context, context.fact.cadre):
            if is_valid_on(row, context.start):
                detail = f"{row.form} of {row.decided_on} stands" + (
                    f" until {row.expires_on}" if row.expires_on else ""
                )
                yield make_finding(version, detail, case=row.case_id, form=row.form)


def check_service_left_for_term(context: RuleContext) -> Iterator[Finding]:
    version = context.version("PLAN_AGE_NEXT_TERM")
    if version is None or not isinstance(context.fact, AddedToPlanning):
        return
    lists = context.rows(PLANNING_LISTS, list_id=context.stream)
    reference = lists[0].age_reference if lists else ""
    left = months_to_retirement(
        context, context.fact.cadre, earliest(PDate(reference)) if reference else context.start
    )
    if left is not None and left < (least := version.integer("months")):
        yield make_finding(version, f"{left} months of service remain, {least} are needed", months=left)


def check_planned_when_disciplined(context: RuleContext) -> Iterator[Finding]:
    version = context.version("PLAN_AUTO_EXIT")
    if version and isinstance(context.fact, Disciplined):
        for row in find_planning_entries(context, context.stream, context.start):
            if is_valid_on(row, context.start):
                yield make_finding(
                    version, f"still on list {row.list_id}", list=row.list_id, entry=row.entry_id
                )


def check_moratorium_on_planning(context: RuleContext) -> Iterator[Finding]:
    if isinstance(context.fact, AddedToPlanning):
        lists = context.rows(PLANNING_LISTS, list_id=context.stream)
        yield from check_moratorium(context, "planning", lists[0].owner_id if lists else "")


CHECKS: tuple[RuleCheck, ...] = (
    check_persons_per_title,
    check_titles_per_person,
    check_not_held_already,
    check_planned_while_disciplined,
    check_service_left_for_term,
    check_planned_when_disciplined,
    check_moratorium_on_planning,
)
