"""Judges each proposed fact about a planning list by the earlier facts of the list."""

from itertools import pairwise
from typing import assert_never

from services.planning.domain.rejections import (
    AlreadyOpened,
    AlreadyPlanned,
    AlreadyRemoved,
    CountsDoNotMatch,
    EndsBeforeStart,
    EntryIdTaken,
    NotInItsTime,
    NotOnTheList,
    NotOpened,
    NoYear,
    OneTitleOnly,
    RemovedBeforeAdded,
    ReviewIsClosed,
    StepsOutOfOrder,
    VotesDoNotAddUp,
)
from services.planning.domain.state import PlanningList, entry_of, evolve
from services.planning.events import (
    AddedToPlanning,
    PlanningFact,
    RemovalMode,
    RemovedFromPlanning,
    ReviewClosed,
    RoundOpened,
    Vote,
    VotingStep,
)
from shared.core.decider import Decider
from shared.core.normalization import require_fields
from shared.core.partial_dates import PDate, earliest, latest, may_precede

Facts = tuple[PlanningFact, ...]
"""What is stored for a proposed fact: itself, or nothing where it is known already."""
STEPS = list(VotingStep)


def decide(state: PlanningList, proposed: PlanningFact) -> Facts:
    if isinstance(proposed, RoundOpened):
        return open_list(state, proposed)
    if state.start is None:
        raise NotOpened
    match proposed:
        case AddedToPlanning():
            return add_entry(state, state.start, proposed)
        case RemovedFromPlanning():
            return remove_entry(state, proposed)
        case ReviewClosed():
            return close_review(state, proposed)
        case _:
            assert_never(proposed)


def open_list(state: PlanningList, proposed: RoundOpened) -> Facts:
    require_fields(owner=proposed.owner, title_set=proposed.title_set, term=proposed.term)
    if state.start is not None:
        raise AlreadyOpened
    if proposed.until and not may_precede(proposed.effective_from, proposed.until):
        raise EndsBeforeStart(field="until", start=proposed.effective_from)
    for title in proposed.titles:
        require_one_title(title.post, title.title_code)
    return (proposed,)


def add_entry(state: PlanningList, opened: PDate, proposed: AddedToPlanning) -> Facts:
    require_fields(entry=proposed.entry, cadre=proposed.cadre)
    require_one_title(proposed.post, proposed.title_code)
    if proposed.entry in state.entries:
        raise EntryIdTaken(field="entry", entry=proposed.entry)
    when = proposed.effective_from
    if latest(when) < earliest(opened) or (state.until is not None and earliest(when) >= state.until):
        raise NotInItsTime(field="effective_from", opened=opened, until=state.until or "")
    require_open_review(state, proposed.review)
    require_consistent_votes(proposed.votes)
    new = entry_of(proposed)
    first, after = new.certain_days()
    for id_, entry in state.entries.items():
        since, until = entry.certain_days()
        if (entry.cadre, entry.title) == (new.cadre, new.title) and max(first, since) < min(after, until):
            raise AlreadyPlanned(field="cadre", entry=id_, since=entry.start)
    return (proposed,)


def remove_entry(state: PlanningList, proposed: RemovedFromPlanning) -> Facts:
    """A second removal on the same day says nothing new."""
    entry = state.entries.get(proposed.entry)
    if entry is None:
        raise NotOnTheList(field="entry", entry=proposed.entry)
    if entry.end is not None:
        if entry.end == proposed.effective_from:
            return ()
        raise AlreadyRemoved(field="entry", entry=proposed.entry, ended=entry.end)
    if not may_precede(entry.start, proposed.effective_from):
        raise RemovedBeforeAdded(field="effective_from", start=entry.start)
    if proposed.mode is RemovalMode.AUTOMATIC:
        require_fields(trigger=proposed.trigger)
    require_open_review(state, proposed.review)
    return (proposed,)


def close_review(state: PlanningList, proposed: ReviewClosed) -> Facts:
    """The counts that it states are those of the facts that name the review, and of the list on that day."""
    if proposed.year < 1:
        raise NoYear(field="year", year=proposed.year)
    require_open_review(state, proposed.year)
    entries = state.entries.values()
    day = latest(proposed.effective_from)
    live = [entry for entry in entries if entry.is_live(day)]
    structure = proposed.structure
    for field, stated, counted in (
        ("in_count", proposed.in_count, sum(entry.review_in == proposed.year for entry in entries)),
        ("out_count", proposed.out_count, sum(entry.review_out == proposed.year for entry in entries)),
        ("structure.entries", structure and structure.entries, len(live)),
        ("structure.persons", structure and structure.persons, len({entry.cadre for entry in live})),
    ):
        if stated is not None and stated != counted:
            raise CountsDoNotMatch(field=field, stated=stated, counted=counted)
    return (proposed,)


def require_one_title(post: str, title_code: str) -> None:
    """A title is named by its post or by its code, never by both."""
    if bool(post) == bool(title_code):
        raise OneTitleOnly(field="post")


def require_open_review(state: PlanningList, review: int) -> None:
    """`review` is the year of the review that the fact belongs to; 0: none."""
    if review in state.closed_reviews:
        raise ReviewIsClosed(field="review", year=review)


def require_consistent_votes(votes: tuple[Vote, ...]) -> None:
    """Each step once and in order; nobody has more votes than were cast, nor are more cast than people are present."""
    for earlier, later in pairwise(votes):
        if STEPS.index(earlier.step) >= STEPS.index(later.step):
            raise StepsOutOfOrder(field="votes", step=later.step.value)
    for vote in votes:
        rising = [count for count in (0, vote.votes_for, vote.cast, vote.present) if count is not None]
        if rising != sorted(rising):
            raise VotesDoNotAddUp(
                field="votes",
                step=vote.step.value,
                votes_for=vote.votes_for,
                cast=vote.cast,
                present=vote.present,
            )


planning = Decider[PlanningList, PlanningFact](initial=PlanningList(), decide=decide, evolve=evolve)
