"""Rules checked when a cadre is appointed, elected, designated or re-appointed to a post."""

from collections.abc import Iterator

from services.appointment.events import Appointed, Designated, Elected, Holding, Reappointed, Step
from services.chronicle.rows import EVALUATIONS, PLANNING_TITLES, TENURES, TenureRow
from services.regulation.domain.lookups import (
    find_disciplines,
    find_planning_entries,
    find_post,
    find_relatives,
    find_tenures,
    find_tenures_on,
    is_local,
    months_to_retirement,
)
from services.regulation.domain.moratoriums import check_moratorium
from services.regulation.domain.rule_context import RuleCheck, RuleContext, is_valid_on, make_finding
from shared.core.facts import Finding
from shared.core.partial_dates import Day, PDate, add_months, earliest, full_months

Start = Appointed | Elected | Designated


def check_bar_after_discipline(context: RuleContext) -> Iterator[Finding]:
    version = context.version("APPT_BAR_AFTER_DISCIPLINE")
    if version is None or not is_promotion(context):
        return
    for row in find_disciplines(context, context.stream):
        months, since = version.parameters.get(row.form), earliest(PDate(row.decided_on))
        if isinstance(months, int) and since <= context.decision_day < (until := add_months(since, months)):
            detail = f"{row.form} of {row.decided_on} bars a higher post for {months} months, until {until}"
            yield make_finding(
                version, detail, case=row.case_id, form=row.form, decided_on=row.decided_on, until=until
            )


def check_disciplined_this_term(context: RuleContext) -> Iterator[Finding]:
    version = context.version("NO_PROMOTION_IF_DISCIPLINED_TERM")
    if version is None or not is_promotion(context):
        return
    for row in find_disciplines(context, context.stream):
        if str(version.parameters["since"]) <= row.decided_on <= context.decision_day:
            yield make_finding(version, f"{row.form} of {row.decided_on}", case=row.case_id, form=row.form)


def is_promotion(context: RuleContext) -> bool:
    """A first, a higher, or (where it is not stated) some post that is not the one held."""
    if not isinstance(context.fact, Start):
        return False
    step = context.fact.step if isinstance(context.fact, Appointed) else Step.UNSTATED
    if step is Step.UNSTATED:
        held = find_tenures_on(context, context.stream, context.start)
        return all(row.post_id != context.fact.post for row in held)
    return step in (Step.FIRST, Step.PROMOTION)


def check_months_in_current_post(context: RuleContext) -> Iterator[Finding]:
    version = context.version("APPT_MIN_CURRENT_MONTHS")
    fact = context.fact
    if version is None or not isinstance(fact, Appointed) or fact.step is not Step.PROMOTION:
        return
    tenures = find_tenures(context, context.stream)
    before = [row for row in tenures if row.holding == "PRIMARY" and row.valid_from < context.start]
    if not before:
        return
    current = max(before, key=lambda row: row.valid_from)
    months, least = full_months(current.valid_from, context.start), version.integer("months")
    if months < least:
        yield make_finding(
            version, f"{months} months, {least} are needed", tenure=current.tenure_id, months=months
        )


def check_in_planning(context: RuleContext) -> Iterator[Finding]:
    """Equal titles go by the title code. Waived for a new unit whose title no list plans for yet (from 2025 on)."""
    version = context.version("APPT_IN_PLANNING")
    if version is None or not isinstance(context.fact, Start) or not is_promotion(context):
        return
    if context.fact.holding not in (Holding.PRIMARY, Holding.CONCURRENT):
        return
    entries = find_planning_entries(context, context.stream, context.start)
    post = find_post(context, context.fact.post, context.start)
    code = post.title_code if post else ""
    fits = [row for row in entries if row.post_id == context.fact.post or (code and row.title_code == code)]
    waived = context.version("APPT_NEW_UNIT_WAIVER") and not context.rows(
        PLANNING_TITLES, post_id=context.fact.post
    )
    if not fits and not waived:
        detail = f"planned for {len(entries)} other titles" if entries else "on no planning list that day"
        yield make_finding(version, detail, post=context.fact.post, entries=len(entries))


def check_service_left_at_first_post(context: RuleContext) -> Iterator[Finding]:
    version = context.version("APPT_FIRST_AGE")
    if version is None or not isinstance(context.fact, Appointed) or context.fact.step is not Step.FIRST:
        return
    left = months_to_retirement(context, context.stream, context.decision_day)
    least = version.integer("months")
    if left is not None and left < least:
        yield make_finding(version, f"{left} months of service remain, {least} are needed", months=left)


def check_consecutive_terms(context: RuleContext) -> Iterator[Finding]:
    version = context.version("MAX_CONSECUTIVE_TERMS")
    fact = context.fact
    if version is None or not isinstance(fact, Reappointed | Elected):
        return
    served = find_tenures(context, context.stream)
    previous = [row for row in served if isinstance(fact, Reappointed) and row.tenure_id == fact.previous]
    post_id = previous[0].post_id if previous else fact.post if isinstance(fact, Elected) else ""
    post = find_post(context, post_id, context.start)
    if post is None or post.role != "HEAD":
        return
    before = [row for row in served if row.post_id == post_id and row.valid_from < context.start]
    if len(before) >= version.integer("terms"):
        yield make_finding(
            version, f"term {len(before) + 1} in this post", post=post_id, terms=len(before) + 1
        )


def check_not_local(context: RuleContext) -> Iterator[Finding]:
    version = context.version("NOT_LOCAL")
    post = find_post(context, context.fact.post, context.start) if isinstance(context.fact, Start) else None
    if version and post and post.not_local and is_local(context, context.stream, post.unit_id, context.start):
        yield make_finding(version, "the home place lies in the territory of this post", post=post.post_id)


def check_kinship(context: RuleContext) -> Iterator[Finding]:
    post = find_post(context, context.fact.post, context.start) if isinstance(context.fact, Start) else None
    if post is None or post.role not in LEADING:
        return
    for relative, relation in find_relatives(context, context.stream, context.start):
        for row in find_tenures_on(context, relative, context.start):
            other = find_post(context, row.post_id, context.start)
            if other is None or other.unit_id != post.unit_id or other.role not in LEADING:
                continue
            rule = (
                "KIN_HEAD_DEPUTY" if {post.role, other.role} == {"HEAD", "DEPUTY"} else "KIN_SAME_COLLECTIVE"
            )
            if version := context.version(rule):
                detail = f"{relation} of whoever is {other.title} of the same unit"
                yield make_finding(version, detail, relative=relative, relation=relation, post=other.post_id)


LEADING = ("HEAD", "DEPUTY", "MEMBER")


def check_seats(context: RuleContext) -> Iterator[Finding]:
    version = context.version("SEATS")
    post = find_post(context, context.fact.post, context.start) if isinstance(context.fact, Start) else None
    if version is None or post is None or not post.seats:
        return
    holders = {
        row.cadre_id
        for row in context.rows(TENURES, post_id=post.post_id)
        if occupies_seat(row, context.start) and row.cadre_id != context.stream
    }
    if len(holders) >= post.seats:
        detail = f"{len(holders)} hold this post of {post.seats} seats already"
        yield make_finding(version, detail, post=post.post_id, seats=post.seats, holders=len(holders))


def occupies_seat(row: TenureRow, day: Day) -> bool:
    return is_valid_on(row, day) and row.holding in ("PRIMARY", "CONCURRENT") and row.status == "ACTIVE"


def check_evaluated_before_renewal(context: RuleContext) -> Iterator[Finding]:
    version = context.version("REAPPT_EVALUATION")
    if version is None or not isinstance(context.fact, Reappointed) or context.fact.evaluation:
        return
    after = add_months(context.start, -version.integer("months"))
    graded = context.rows(EVALUATIONS, subject_id=context.stream)
    if not any(
        row.occasion == "PRE_REAPPOINT" and after <= row.valid_from <= context.start for row in graded
    ):
        yield make_finding(version, f"none since {after}", since=after)


def check_moratorium_on_start(context: RuleContext) -> Iterator[Finding]:
    if isinstance(context.fact, Appointed | Elected):
        post = find_post(context, context.fact.post, context.start)
        action = "election" if isinstance(context.fact, Elected) else "appointment"
        yield from check_moratorium(context, action, post.unit_id if post else "")


CHECKS: tuple[RuleCheck, ...] = (
    check_bar_after_discipline,
    check_disciplined_this_term,
    check_months_in_current_post,
    check_in_planning,
    check_service_left_at_first_post,
    check_consecutive_terms,
    check_not_local,
    check_kinship,
    check_seats,
    check_evaluated_before_renewal,
    check_moratorium_on_start,
)
