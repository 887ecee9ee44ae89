"""Rules judged when somebody is planned for, moved, graded, voted on or disciplined."""

from collections.abc import Iterator

from services.evaluation.events import ConfidenceVoted, Evaluated, Grade, VoteKind
from services.personnel.events import Disciplined
from services.planning.events import AddedToPlanning
from services.regulation.domain.appointing import paused
from services.regulation.domain.case import Case, Rule, found, holds
from services.regulation.domain.people import disciplines, held_on, planned, post_on, remaining_months
from services.rotation.events import Rotated, RotationEnded, RotationOutcome, RotationPurpose, Transferred
from shared.core.facts import Finding
from shared.core.partial_dates import PDate, earliest, full_months


def caps(case: Case) -> Iterator[Finding]:
    fact = case.fact
    if not isinstance(fact, AddedToPlanning):
        return
    per_title, per_person = (
        case.version(f"PLAN_MAX_{rule}") for rule in ("PERSONS_PER_TITLE", "TITLES_PER_PERSON")
    )
    if per_title:
        title = (
            {"post_id": fact.post} if fact.post else {"list_id": case.stream, "title_code": fact.title_code}
        )
        rivals = {
            row.cadre_id
            for row in case.rows("planning_entries", **title)
            if row.list_id == case.stream and row.title_unit == fact.unit and holds(row, case.start)
        } - {fact.cadre}
        if len(rivals) >= (most := per_title.integer("most")):
            yield found(
                per_title, f"{len(rivals) + 1} where {most} may be", persons=len(rivals) + 1, most=most
            )
    if per_person:
        entries = [row for row in planned(case, fact.cadre, case.start) if holds(row, case.start)]
        others = {row.entry_id for row in entries} - {fact.entry}
        if len(others) >= (most := per_person.integer("most")):
            yield found(
                per_person, f"{len(others) + 1} where {most} may be", titles=len(others) + 1, most=most
            )


def only_higher(case: Case) -> Iterator[Finding]:
    version = case.version("PLAN_ONLY_HIGHER")
    fact = case.fact
    if version and isinstance(fact, AddedToPlanning) and fact.post:
        for row in held_on(case, fact.cadre, case.start):
            if row.post_id == fact.post:
                yield found(version, "this post is held already", tenure=row.tenure_id, post=fact.post)


def planned_while_disciplined(case: Case) -> Iterator[Finding]:
    version = case.version("PLAN_AFTER_DISCIPLINE")
    if version and isinstance(case.fact, AddedToPlanning):
        for row in disciplines(case, case.fact.cadre):
            if holds(row, case.start):
                detail = f"{row.form} of {row.decided_on} stands" + (
                    f" until {row.expires_on}" if row.expires_on else ""
                )
                yield found(version, detail, case=row.case_id, form=row.form)


def planned_in_time(case: Case) -> Iterator[Finding]:
    version = case.version("PLAN_AGE_NEXT_TERM")
    if version is None or not isinstance(case.fact, AddedToPlanning):
        return
    lists = case.rows("planning_lists", list_id=case.stream)
    reference = lists[0].age_reference if lists else ""
    left = remaining_months(case, case.fact.cadre, earliest(PDate(reference)) if reference else case.start)
    if left is not None and left < (least := version.integer("months")):
        yield found(version, f"{left} months of service remain, {least} are needed", months=left)


def off_the_lists(case: Case) -> Iterator[Finding]:
    version = case.version("PLAN_AUTO_EXIT")
    if version and isinstance(case.fact, Disciplined):
        for row in planned(case, case.stream, case.start):
            if holds(row, case.start):
                yield found(version, f"still on list {row.list_id}", list=row.list_id, entry=row.entry_id)


def rotated_from_the_lists(case: Case) -> Iterator[Finding]:
    version = case.version("ROT_IN_PLANNING")
    if version and isinstance(case.fact, Rotated) and not planned(case, case.stream, case.start):
        yield found(version, "on no planning list that day")


def rotated_in_time(case: Case) -> Iterator[Finding]:
    version = case.version("ROT_REMAINING_SERVICE_MONTHS")
    if version is None or not isinstance(case.fact, Rotated):
        return
    short = case.fact.purpose in (RotationPurpose.NOT_LOCAL, RotationPurpose.TERM_LIMIT)
    least, left = (
        version.integer("short" if short else "months"),
        remaining_months(case, case.stream, case.start),
    )
    if left is not None and left < least:
        yield found(version, f"{left} months of service remain, {least} are needed", months=left)


def rotated_in_spite_of_discipline(case: Case) -> Iterator[Finding]:
    version = case.version("ROT_BAD_RECORD")
    if version and isinstance(case.fact, Rotated):
        for row in disciplines(case, case.stream):
            if holds(row, case.start):
                yield found(
                    version, f"{row.form} of {row.decided_on} stands", case=row.case_id, form=row.form
                )


def rotated_long_enough(case: Case) -> Iterator[Finding]:
    version = case.version("ROT_MIN_MONTHS")
    fact = case.fact
    if version is None or not isinstance(fact, RotationEnded) or fact.outcome not in ENDED_BY_CHOICE:
        return
    for row in case.rows("rotations", cadre_id=case.stream):
        served, least = full_months(row.valid_from, case.start), version.integer("months")
        if row.move_id == fact.rotation and row.kind == "ROTATION" and served < least:
            yield found(version, f"{served} of {least} months", rotation=fact.rotation, months=served)


ENDED_BY_CHOICE = (RotationOutcome.RETURNED, RotationOutcome.MOVED_ON, RotationOutcome.RECALLED)


def paused_move(case: Case) -> Iterator[Finding]:
    match case.fact:
        case Rotated() | Transferred() as fact:
            action = "rotation" if isinstance(fact, Rotated) else "transfer"
            post = post_on(case, fact.to_post, case.start)
            yield from paused(case, action, post.unit_id if post else fact.to_unit)
        case AddedToPlanning():
            lists = case.rows("planning_lists", list_id=case.stream)
            yield from paused(case, "planning", lists[0].owner_id if lists else "")


def failed_again(case: Case) -> Iterator[Finding]:
    version = case.version("FAIL_TO_EXIT_YEARS")
    fact = case.fact
    if version is None or not isinstance(fact, Evaluated) or fact.occasion != "ANNUAL":
        return
    if fact.grade is not Grade.FAILED or not fact.period.isdigit():
        return
    graded = case.rows("evaluations", subject_id=case.stream)
    failed = {
        row.period
        for row in graded
        if row.grade == "FAILED" and row.occasion == "ANNUAL" and not row.replaced_by
    }
    years = version.integer("years")
    if all(str(int(fact.period) - back) in failed for back in range(1, years)):
        yield found(version, f"{years} in a row with {fact.period}", years=years, period=fact.period)


def quorum(case: Case) -> Iterator[Finding]:
    version = case.version("CONF_VOTE_QUORUM")
    fact = case.fact
    if version is None or not isinstance(fact, ConfidenceVoted) or fact.kind is VoteKind.STAFF_BALLOT:
        return
    called, present = fact.called, fact.present
    if present * version.integer("of") < called * version.integer("present"):
        yield found(version, f"{present} of {called} were present", present=present, called=called)


def low_confidence(case: Case) -> Iterator[Finding]:
    fact = case.fact
    if not isinstance(fact, ConfidenceVoted) or fact.kind is not VoteKind.RATING:
        return
    dismiss, leave = case.version("CONF_DISMISS"), case.version("PLAN_LOW_CONFIDENCE_EXIT")
    for ballot in fact.results:
        cast = ballot.high + ballot.medium + ballot.low
        inputs = {"cadre": ballot.cadre, "low": ballot.low, "cast": cast}
        if dismiss and cast and ballot.low * dismiss.integer("of") >= cast * dismiss.integer("low"):
            yield found(dismiss, f"{ballot.low} of {cast} low votes", **inputs)
        elif leave and ballot.low * leave.integer("of") > cast * leave.integer("low"):
            yield found(leave, f"{ballot.low} of {cast} low votes", **inputs)


RULES: tuple[Rule, ...] = (
    caps,
    only_higher,
    planned_while_disciplined,
    planned_in_time,
    off_the_lists,
    rotated_from_the_lists,
    rotated_in_time,
    rotated_in_spite_of_discipline,
    rotated_long_enough,
    paused_move,
    failed_again,
    quorum,
    low_confidence,
)
