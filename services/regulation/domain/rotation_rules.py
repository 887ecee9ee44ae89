"""Rules checked when a cadre is rotated or transferred, and when a rotation ends."""

from collections.abc import Iterator

from services.chronicle.rows import ROTATIONS
from services.regulation.domain.lookups import (
    find_disciplines,
    find_planning_entries,
    find_post,
    months_to_retirement,
)
from services.regulation.domain.moratoriums import check_moratorium
from services.regulation.domain.rule_context import RuleCheck, RuleContext, is_valid_on, make_finding
from services.rotation.events import Rotated, RotationEnded, RotationOutcome, RotationPurpose, Transferred
from shared.core.facts import Finding
from shared.core.partial_dates import full_months


def check_rotated_from_planning(context: RuleContext) -> Iterator[Finding]:
    version = context.version("ROT_IN_PLANNING")
    if version is None or not isinstance(context.fact, Rotated):
        return
    if not find_planning_entries(context, context.stream, context.start):
        yield make_finding(version, "on no planning list that day")


def check_service_left_for_rotation(context: RuleContext) -> Iterator[Finding]:
    version = context.version("ROT_REMAINING_SERVICE_MONTHS")
    if version is None or not isinstance(context.fact, Rotated):
        return
    short = context.fact.purpose in (RotationPurpose.NOT_LOCAL, RotationPurpose.TERM_LIMIT)
    least = version.integer("short" if short else "months")
    left = months_to_retirement(context, context.stream, context.start)
    if left is not None and left < least:
        yield make_finding(version, f"{left} months of service remain, {least} are needed", months=left)


def check_rotated_while_disciplined(context: RuleContext) -> Iterator[Finding]:
    version = context.version("ROT_BAD_RECORD")
    if version and isinstance(context.fact, Rotated):
        for row in find_disciplines(context, context.stream):
            if is_valid_on(row, context.start):
                yield make_finding(
                    version, f"{row.form} of {row.decided_on} stands", case=row.case_id, form=row.form
                )


ENDED_BY_CHOICE = (RotationOutcome.RETURNED, RotationOutcome.MOVED_ON, RotationOutcome.RECALLED)
"""Outcomes that somebody decided on; a rotation ends otherwise with its post or with service."""


def check_months_on_rotation(context: RuleContext) -> Iterator[Finding]:
    version = context.version("ROT_MIN_MONTHS")
    fact = context.fact
    if version is None or not isinstance(fact, RotationEnded) or fact.outcome not in ENDED_BY_CHOICE:
        return
    for row in context.rows(ROTATIONS, cadre_id=context.stream):
        served, least = full_months(row.valid_from, context.start), version.integer("months")
        if row.move_id == fact.rotation and row.kind == "ROTATION" and served < least:
            yield make_finding(version, f"{served} of {least} months", rotation=fact.rotation, months=served)


def check_moratorium_on_move(context: RuleContext) -> Iterator[Finding]:
    fact = context.fact
    if isinstance(fact, Rotated | Transferred):
        action = "rotation" if isinstance(fact, Rotated) else "transfer"
        post = find_post(context, fact.to_post, context.start)
        yield from check_moratorium(context, action, post.unit_id if post else fact.to_unit)


CHECKS: tuple[RuleCheck, ...] = (
    check_rotated_from_planning,
    check_service_left_for_rotation,
    check_rotated_while_disciplined,
    check_months_on_rotation,
    check_moratorium_on_move,
)
