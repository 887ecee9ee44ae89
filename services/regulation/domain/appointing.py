"""Rules judged when a post is taken up."""

from collections.abc import Iterator
from typing import Any

from services.appointment.events import Appointed, Designated, Elected, Holding, Reappointed, Step
from services.regulation.domain.case import Case, Rule, found, holds
from services.regulation.domain.people import (
    disciplines,
    held_on,
    is_local,
    planned,
    post_on,
    relatives,
    remaining_months,
    tenures,
    territory,
)
from shared.core.facts import Finding
from shared.core.partial_dates import Day, PDate, add_months, earliest, full_months

Start = Appointed | Elected | Designated


def bar_after_discipline(case: Case) -> Iterator[Finding]:
    version = case.version("APPT_BAR_AFTER_DISCIPLINE")
    if version is None or not upward(case):
        return
    for row in disciplines(case, case.stream):
        months, since = version.parameters.get(row.form), earliest(PDate(row.decided_on))
        if isinstance(months, int) and since <= case.decided < (until := add_months(since, months)):
            detail = f"{row.form} of {row.decided_on} bars a higher post for {months} months, until {until}"
            yield found(
                version, detail, case=row.case_id, form=row.form, decided_on=row.decided_on, until=until
            )


def disciplined_this_term(case: Case) -> Iterator[Finding]:
    version = case.version("NO_PROMOTION_IF_DISCIPLINED_TERM")
    if version is None or not upward(case):
        return
    for row in disciplines(case, case.stream):
        if str(version.parameters["since"]) <= row.decided_on <= case.decided:
            yield found(version, f"{row.form} of {row.decided_on}", case=row.case_id, form=row.form)


def upward(case: Case) -> bool:
    """A first, a higher, or (where nothing is said) some post that is not the one held."""
    if not isinstance(case.fact, Start):
        return False
    step = case.fact.step if isinstance(case.fact, Appointed) else Step.UNSTATED
    if step is Step.UNSTATED:
        return all(row.post_id != case.fact.post for row in held_on(case, case.stream, case.start))
    return step in (Step.FIRST, Step.PROMOTION)


def long_enough_before(case: Case) -> Iterator[Finding]:
    version = case.version("APPT_MIN_CURRENT_MONTHS")
    fact = case.fact
    if version is None or not isinstance(fact, Appointed) or fact.step is not Step.PROMOTION:
        return
    before = [
        row for row in tenures(case, case.stream) if row.holding == "PRIMARY" and row.valid_from < case.start
    ]
    if not before:
        return
    current = max(before, key=lambda row: row.valid_from)
    months, least = full_months(current.valid_from, case.start), version.integer("months")
    if months < least:
        yield found(version, f"{months} months, {least} are needed", tenure=current.tenure_id, months=months)


def in_planning(case: Case) -> Iterator[Finding]:
    """Equal titles go by the title code. Waived for a new unit whose title no list plans for yet (from 2025 on)."""
    version = case.version("APPT_IN_PLANNING")
    if version is None or not isinstance(case.fact, Start) or not upward(case):
        return
    if case.fact.holding not in (Holding.PRIMARY, Holding.CONCURRENT):
        return
    entries = planned(case, case.stream, case.start)
    post = post_on(case, case.fact.post, case.start)
    code = getattr(post, "title_code", "")
    fits = [row for row in entries if row.post_id == case.fact.post or (code and row.title_code == code)]
    waived = case.version("APPT_NEW_UNIT_WAIVER") and not case.rows("planning_titles", post_id=case.fact.post)
    if not fits and not waived:
        detail = f"planned for {len(entries)} other titles" if entries else "on no planning list that day"
        yield found(version, detail, post=case.fact.post, entries=len(entries))


def old_enough_to_serve(case: Case) -> Iterator[Finding]:
    version = case.version("APPT_FIRST_AGE")
    if version is None or not isinstance(case.fact, Appointed) or case.fact.step is not Step.FIRST:
        return
    left, least = remaining_months(case, case.stream, case.decided), version.integer("months")
    if left is not None and left < least:
        yield found(version, f"{left} months of service remain, {least} are needed", months=left)


def too_many_terms(case: Case) -> Iterator[Finding]:
    version = case.version("MAX_CONSECUTIVE_TERMS")
    fact = case.fact
    if version is None or not isinstance(fact, Reappointed | Elected):
        return
    served = tenures(case, case.stream)
    previous = [row for row in served if isinstance(fact, Reappointed) and row.tenure_id == fact.previous]
    post_id = previous[0].post_id if previous else getattr(fact, "post", "")
    post = post_on(case, post_id, case.start)
    if post is None or post.role != "HEAD":
        return
    before = [row for row in served if row.post_id == post_id and row.valid_from < case.start]
    if len(before) >= version.integer("terms"):
        yield found(version, f"term {len(before) + 1} in this post", post=post_id, terms=len(before) + 1)


def local_person(case: Case) -> Iterator[Finding]:
    version = case.version("NOT_LOCAL")
    post = post_on(case, case.fact.post, case.start) if isinstance(case.fact, Start) else None
    if version and post and post.not_local and is_local(case, case.stream, post.unit_id, case.start):
        yield found(version, "the home place lies in the territory of this post", post=post.post_id)


def kin_in_office(case: Case) -> Iterator[Finding]:
    post = post_on(case, case.fact.post, case.start) if isinstance(case.fact, Start) else None
    if post is None or post.role not in LEADING:
        return
    for relative, relation in relatives(case, case.stream, case.start):
        for row in held_on(case, relative, case.start):
            other = post_on(case, row.post_id, case.start)
            if other is None or other.unit_id != post.unit_id or other.role not in LEADING:
                continue
            rule = (
                "KIN_HEAD_DEPUTY" if {post.role, other.role} == {"HEAD", "DEPUTY"} else "KIN_SAME_COLLECTIVE"
            )
            if version := case.version(rule):
                detail = f"{relation} of whoever is {other.title} of the same unit"
                yield found(version, detail, relative=relative, relation=relation, post=other.post_id)


LEADING = ("HEAD", "DEPUTY", "MEMBER")


def seat_taken(case: Case) -> Iterator[Finding]:
    version = case.version("SEATS")
    post = post_on(case, case.fact.post, case.start) if isinstance(case.fact, Start) else None
    if version is None or post is None or not post.seats:
        return
    sitting = {
        row.cadre_id
        for row in case.rows("tenures", post_id=post.post_id)
        if _sits(row, case.start) and row.cadre_id != case.stream
    }
    if len(sitting) >= post.seats:
        detail = f"{len(sitting)} hold this post of {post.seats} seats already"
        yield found(version, detail, post=post.post_id, seats=post.seats, holders=len(sitting))


def _sits(row: Any, day: Day) -> bool:
    return holds(row, day) and row.holding in ("PRIMARY", "CONCURRENT") and row.status == "ACTIVE"


def evaluated_before(case: Case) -> Iterator[Finding]:
    version = case.version("REAPPT_EVALUATION")
    if version is None or not isinstance(case.fact, Reappointed) or case.fact.evaluation:
        return
    after = add_months(case.start, -version.integer("months"))
    graded = case.rows("evaluations", subject_id=case.stream)
    if not any(row.occasion == "PRE_REAPPOINT" and after <= row.valid_from <= case.start for row in graded):
        yield found(version, f"none since {after}", since=after)


def paused(case: Case, action: str, unit: str) -> Iterator[Finding]:
    """A moratorium names actions and levels; a unit whose level is not on record is taken to be meant."""
    version = case.version("MORATORIUM_2025")
    if version is None or action not in version.words("actions"):
        return
    place = territory(case, unit, case.start) if unit else None
    if place is None or not place.level or place.level in version.words("levels"):
        detail = f"{action} decided on {case.decided} needs an exception document"
        yield found(version, detail, action=action, level=place.level if place else "")


def paused_start(case: Case) -> Iterator[Finding]:
    if isinstance(case.fact, Appointed | Elected):
        post = post_on(case, case.fact.post, case.start)
        action = "election" if isinstance(case.fact, Elected) else "appointment"
        yield from paused(case, action, post.unit_id if post else "")


RULES: tuple[Rule, ...] = (
    bar_after_discipline,
    disciplined_this_term,
    long_enough_before,
    in_planning,
    old_enough_to_serve,
    too_many_terms,
    local_person,
    kin_in_office,
    seat_taken,
    evaluated_before,
    paused_start,
)
