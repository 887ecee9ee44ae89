"""What follows for a cadre's postings from the end of their posts and units, and from leaving service."""

from collections.abc import Iterator
from typing import NamedTuple

from services.chronicle.rows import AWAY, POSTS, UNITS
from services.rotation.domain.state import POSTINGS
from services.rotation.events import Rotated, RotationEnded, RotationFact, RotationOutcome, Transferred
from shared.core.decider import ReadModel
from shared.core.follow_ups import FollowUp, StreamFacts
from shared.core.partial_dates import PDate, date_between, day_or_none, earliest, latest

_FIELDS = ("effective_from", "outcome", "decision", "decided_on")


class Cause(NamedTuple):
    """Something that ends a posting, if it lasts until then."""

    when: PDate
    outcome: RotationOutcome
    event_id: str
    decision: str
    decided_on: str
    source: str
    """The stream of that event."""


def key_of(fact: RotationFact) -> str:
    """The key of a follow-up: the posting that it ends."""
    outcomes = (RotationOutcome.SERVICE_ENDED, RotationOutcome.UNIT_ABOLISHED)
    return fact.rotation if isinstance(fact, RotationEnded) and fact.outcome in outcomes else ""


def derive_follow_ups(facts: StreamFacts, read_model: ReadModel) -> Iterator[FollowUp]:
    """The first end of every posting that nobody has ended by hand."""
    ended = {event.fact.rotation for event in facts.events if isinstance(event.fact, RotationEnded)}
    away = list(_ends_of_service(facts.stream, read_model))
    for event in facts.events:
        fact = event.fact
        if isinstance(fact, Rotated):
            posting = fact.rotation
        elif isinstance(fact, Transferred) and fact.kind in POSTINGS:
            posting = fact.move
        else:
            continue
        if posting in ended:
            continue
        causes = [*(_ends_of_post(fact.to_post, read_model) if fact.to_post else ()), *away]
        for cause in sorted(causes, key=lambda each: latest(each.when)):
            if earliest(fact.effective_from) < latest(cause.when):
                end = RotationEnded(
                    effective_from=cause.when,
                    rotation=posting,
                    outcome=cause.outcome,
                    trigger=cause.event_id,
                    decision=cause.decision,
                    decided_on=day_or_none(cause.decided_on),
                )
                yield FollowUp(posting, cause.event_id, end, _FIELDS, event.event_id, cause.source)


def _ends_of_post(post: str, read_model: ReadModel) -> Iterator[Cause]:
    versions = read_model.rows(POSTS, post_id=post)
    for unit in sorted({row.unit_id for row in versions if row.unit_id}):
        for row in read_model.rows(UNITS, unit_id=unit):
            if row.closed_by:
                when = date_between(row.certain_to, row.valid_to)
                decided = row.closing_decision, row.closing_decided_on
                yield Cause(when, RotationOutcome.UNIT_ABOLISHED, row.closed_by, *decided, unit)
    for version in versions:
        if version.closed_by:
            when = date_between(version.certain_to, version.valid_to)
            decided = version.closing_decision, version.closing_decided_on
            yield Cause(when, RotationOutcome.UNIT_ABOLISHED, version.closed_by, *decided, post)


def _ends_of_service(cadre: str, read_model: ReadModel) -> Iterator[Cause]:
    for row in read_model.rows(AWAY, cadre_id=cadre):
        when = date_between(row.valid_from, row.certain_from)
        decided = row.decision, row.decided_on
        yield Cause(when, RotationOutcome.SERVICE_ENDED, row.opened_by, *decided, cadre)
