"""What is known of one planning list from the earlier facts of its stream."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, assert_never

from services.planning.events import (
    AddedToPlanning,
    PlanningFact,
    RemovedFromPlanning,
    ReviewClosed,
    RoundOpened,
)
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day, PDate, earliest, latest


class Entry(NamedTuple):
    """One cadre planned for one title over [start, end); `end` is None while open.

    `title` is (post, title code, unit). `review_in` and `review_out` are the years of the reviews that added and
    removed the entry; 0: none.
    """

    cadre: str
    title: tuple[str, str, str]
    start: PDate
    review_in: int
    end: PDate | None = None
    review_out: int = 0

    def certain_days(self) -> tuple[Day, Day]:
        """[first, after) on which the entry is live whatever the partial dates mean."""
        if self.end is None:
            return latest(self.start), LAST_DAY
        return latest(self.start), earliest(self.end) if self.end else FIRST_DAY

    def is_live(self, day: Day) -> bool:
        """On that day, in some reading of the dates."""
        return earliest(self.start) <= day and (self.end is None or latest(self.end) > day)


@dataclass(frozen=True, slots=True)
class PlanningList:
    """`start` is None until the list is opened; `until` is the first day on which it no longer counts, if stated."""

    start: PDate | None = None
    until: Day | None = None
    entries: Mapping[str, Entry] = field(default_factory=dict)
    closed_reviews: frozenset[int] = frozenset()
    """The years whose reviews are closed."""


def evolve(state: PlanningList, fact: PlanningFact) -> PlanningList:
    """The state after one more fact. A removal of an entry that is not on the list changes nothing."""
    match fact:
        case RoundOpened():
            return replace(state, start=fact.effective_from, until=fact.until)
        case AddedToPlanning():
            return replace_entry(state, fact.entry, entry_of(fact))
        case RemovedFromPlanning():
            entry = state.entries.get(fact.entry)
            if entry is None:
                return state
            removed = entry._replace(end=fact.effective_from, review_out=fact.review)
            return replace_entry(state, fact.entry, removed)
        case ReviewClosed():
            return replace(state, closed_reviews=state.closed_reviews | {fact.year})
        case _:
            assert_never(fact)


def entry_of(fact: AddedToPlanning) -> Entry:
    """The entry that the fact opens."""
    title = (fact.post, fact.title_code, fact.unit)
    return Entry(fact.cadre, title, fact.effective_from, fact.review)


def replace_entry(state: PlanningList, id_: str, entry: Entry) -> PlanningList:
    return replace(state, entries={**state.entries, id_: entry})
