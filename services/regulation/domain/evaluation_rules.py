"""Rules checked when somebody is graded or voted on."""

from collections.abc import Iterator

from services.chronicle.rows import EVALUATIONS
from services.evaluation.events import ConfidenceVoted, Evaluated, Grade, Occasion, VoteKind
from services.regulation.domain.rule_context import RuleCheck, RuleContext, make_finding
from shared.core.facts import Finding


def check_failed_years(context: RuleContext) -> Iterator[Finding]:
    version = context.version("FAIL_TO_EXIT_YEARS")
    fact = context.fact
    if version is None or not isinstance(fact, Evaluated) or fact.occasion is not Occasion.ANNUAL:
        return
    if fact.grade is not Grade.FAILED or not fact.period.isdigit():
        return
    graded = context.rows(EVALUATIONS, subject_id=context.stream)
    failed = {
        row.period
        for row in graded
        if row.grade == "FAILED" and row.occasion == "ANNUAL" and not row.replaced_by
    }
    years = version.integer("years")
    if all(str(int(fact.period) - back) in failed for back in range(1, years)):
        yield make_finding(version, f"{years} in a row with {fact.period}", years=years, period=fact.period)


def check_quorum(context: RuleContext) -> Iterator[Finding]:
    version = context.version("CONF_VOTE_QUORUM")
    fact = context.fact
    if version is None or not isinstance(fact, ConfidenceVoted) or fact.kind is VoteKind.STAFF_BALLOT:
        return
    called, present = fact.called, fact.present
    if present * version.integer("of") < called * version.integer("present"):
        yield make_finding(version, f"{present} of {called} were present", present=present, called=called)


def check_low_confidence(context: RuleContext) -> Iterator[Finding]:
    fact = context.fact
    if not isinstance(fact, ConfidenceVoted) or fact.kind is not VoteKind.RATING:
        return
    dismiss, leave = context.version("CONF_DISMISS"), context.version("PLAN_LOW_CONFIDENCE_EXIT")
    for ballot in fact.results:
        cast = ballot.high + ballot.medium + ballot.low
        inputs = {"cadre": ballot.cadre, "low": ballot.low, "cast": cast}
        if dismiss and cast and ballot.low * dismiss.integer("of") >= cast * dismiss.integer("low"):
            yield make_finding(dismiss, f"{ballot.low} of {cast} low votes", **inputs)
        elif leave and ballot.low * leave.integer("of") > cast * leave.integer("low"):
            yield make_finding(leave, f"{ballot.low} of {cast} low votes", **inputs)


CHECKS: tuple[RuleCheck, ...] = (
    check_failed_years,
    check_quorum,
    check_low_confidence,
)
