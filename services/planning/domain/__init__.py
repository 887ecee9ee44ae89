"""One planning list: who is on it for which title, and what its yearly reviews count. Pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from services.planning.domain.rejected import (
    AlreadyOpened,
    AlreadyPlanned,
    AlreadyRemoved,
    CountsDoNotMatch,
    EndsBeforeStart,
    EntryIdTaken,
    ListExists,
    NotInItsTime,
    NotOnTheList,
    NotOpened,
    NoYear,
    OneTitleOnly,
    RemovedBeforeAdded,
    ReviewIsClosed,
    StepsOutOfOrder,
    UnknownReference,
    VotesDoNotAddUp,
)
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
from shared.core.decider import Decider, ReadModel
from shared.core.normalization import require_fields
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day, PDate, earliest, latest, may_precede

STEPS = list(VotingStep)


class Entry(NamedTuple):
    """One cadre planned for one title: [start, end), open while `end` is None. Reviews by year; 0: none."""

    cadre: str
    title: tuple[str, str, str]
    start: PDate
    review_in: int
    end: PDate | None = None
    review_out: int = 0

    def certainly(self) -> tuple[Day, Day]:
        """The days on which it is live whatever the partial dates mean."""
        if self.end is None:
            return latest(self.start), LAST_DAY
        return latest(self.start), earliest(self.end) if self.end else FIRST_DAY

    def live(self, day: Day) -> bool:
        """In some reading of the dates."""
        return earliest(self.start) <= day and (self.end is None or latest(self.end) > day)


@dataclass(frozen=True, slots=True)
class PlanningList:
    start: PDate | None = None
    until: Day | None = None
    entries: Mapping[str, Entry] = field(default_factory=dict)
    closed: frozenset[int] = frozenset()
    """The years whose reviews are closed."""


def decide(state: PlanningList, proposed: PlanningFact) -> tuple[PlanningFact, ...]:
    if isinstance(proposed, RoundOpened):
        return open_list(state, proposed)
    if state.start is None:
        raise NotOpened
    match proposed:
        case AddedToPlanning():
            return add(state, state.start, proposed)
        case RemovedFromPlanning():
            return remove(state, proposed)
        case ReviewClosed():
            return close_review(state, proposed)
    raise TypeError(f"no rule for {type(proposed).__name__}")


def open_list(state: PlanningList, proposed: RoundOpened) -> tuple[PlanningFact, ...]:
    require_fields(owner=proposed.owner, title_set=proposed.title_set, term=proposed.term)
    if state.start is not None:
        raise AlreadyOpened
    if proposed.until and not may_precede(proposed.effective_from, proposed.until):
        raise EndsBeforeStart(field="until", start=proposed.effective_from)
    for title in proposed.titles:
        one_title(title.post, title.title_code)
    return (proposed,)


def one_title(post: str, title_code: str) -> None:
    if bool(post) == bool(title_code):
        raise OneTitleOnly(field="post")


def add(state: PlanningList, opened: PDate, proposed: AddedToPlanning) -> tuple[PlanningFact, ...]:
    require_fields(entry=proposed.entry, cadre=proposed.cadre)
    one_title(proposed.post, proposed.title_code)
    if proposed.entry in state.entries:
        raise EntryIdTaken(field="entry", entry=proposed.entry)
    when = proposed.effective_from
    if latest(when) < earliest(opened) or (state.until is not None and earliest(when) >= state.until):
        raise NotInItsTime(field="effective_from", opened=opened, until=state.until or "")
    still_open(state, proposed.review)
    voted(proposed.votes)
    new = entry_of(proposed)
    first, after = new.certainly()
    for id_, entry in state.entries.items():
        since, until = entry.certainly()
        if (entry.cadre, entry.title) == (new.cadre, new.title) and max(first, since) < min(after, until):
            raise AlreadyPlanned(field="cadre", entry=id_, since=entry.start)
    return (proposed,)


def still_open(state: PlanningList, review: int) -> None:
    if review in state.closed:
        raise ReviewIsClosed(field="review", year=review)


def voted(votes: tuple[Vote, ...]) -> None:
    """Each step once and in order; nobody has more votes than were cast, nor are more cast than people are present."""
    for earlier, later in pairwise(votes):
        if STEPS.index(earlier.step) >= STEPS.index(later.step):
            raise StepsOutOfOrder(field="votes", step=later.step.value)
    for vote in votes:
        given = [count for count in (0, vote.votes_for, vote.cast, vote.present) if count is not None]
        if given != sorted(given):
            raise VotesDoNotAddUp(
                field="votes",
                step=vote.step.value,
                votes_for=vote.votes_for,
                cast=vote.cast,
                present=vote.present,
            )


def remove(state: PlanningList, proposed: RemovedFromPlanning) -> tuple[PlanningFact, ...]:
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
    still_open(state, proposed.review)
    return (proposed,)


def close_review(state: PlanningList, proposed: ReviewClosed) -> tuple[PlanningFact, ...]:
    """Its counts are those of the facts that name it; what it states about the list is what the list then is."""
    if proposed.year < 1:
        raise NoYear(field="year", year=proposed.year)
    still_open(state, proposed.year)
    entries = state.entries.values()
    day = latest(proposed.effective_from)
    live = [entry for entry in entries if entry.live(day)]
    said = proposed.structure
    for name, stated, counted in (
        ("in_count", proposed.in_count, sum(entry.review_in == proposed.year for entry in entries)),
        ("out_count", proposed.out_count, sum(entry.review_out == proposed.year for entry in entries)),
        ("structure.entries", said and said.entries, len(live)),
        ("structure.persons", said and said.persons, len({entry.cadre for entry in live})),
    ):
        if stated is not None and stated != counted:
            raise CountsDoNotMatch(field=name, stated=stated, counted=counted)
    return (proposed,)


def check(stream: str, proposed: PlanningFact, known: ReadModel) -> None:
    """The owner, the cadre and the post are known here; one list for an owner, a title set and a term."""
    match proposed:
        case RoundOpened():
            if not known.rows("units", unit_id=proposed.owner):
                raise UnknownReference(field="owner", id=proposed.owner)
            for row in known.rows("planning_lists", owner_id=proposed.owner, term=proposed.term):
                if row.title_set == proposed.title_set and row.list_id != stream:
                    raise ListExists(field="title_set", list=row.list_id)
        case AddedToPlanning():
            if not known.rows("cadres", cadre_id=proposed.cadre):
                raise UnknownReference(field="cadre", id=proposed.cadre)
            if proposed.post and not known.rows("posts", post_id=proposed.post):
                raise UnknownReference(field="post", id=proposed.post)


def entry_of(fact: AddedToPlanning) -> Entry:
    title = (fact.post, fact.title_code, fact.unit)
    return Entry(fact.cadre, title, fact.effective_from, fact.review)


def evolve(state: PlanningList, fact: PlanningFact) -> PlanningList:
    match fact:
        case RoundOpened():
            return replace(state, start=fact.effective_from, until=fact.until)
        case AddedToPlanning():
            return _with(state, fact.entry, entry_of(fact))
        case RemovedFromPlanning() if entry := state.entries.get(fact.entry):
            left = entry._replace(end=fact.effective_from, review_out=fact.review)
            return _with(state, fact.entry, left)
        case ReviewClosed():
            return replace(state, closed=state.closed | {fact.year})
    return state


def _with(state: PlanningList, id_: str, entry: Entry) -> PlanningList:
    return replace(state, entries={**state.entries, id_: entry})


planning = Decider[PlanningList, PlanningFact](initial=PlanningList(), decide=decide, evolve=evolve)
