"""A planning list in a few facts, told by several tests."""

from services.planning.events import (
    AddedToPlanning,
    PlannedTitle,
    PlanningSource,
    RemovalReason,
    RemovedFromPlanning,
    ReviewClosed,
    RoundOpened,
    Vote,
    VotingStep,
)
from shared.testing import on

OPENED, JUNE, JULY, DECEMBER = on("2019-01-15"), on("2019-06-01"), on("2019-07-01"), on("2019-12-31")

opened = RoundOpened(
    owner="city",
    title_set="KEY",
    term="2015-2020",
    titles=(PlannedTitle(post="chair", seats=1),),
    effective_from=OPENED,
    decision="d1",
)
an = AddedToPlanning(entry="e1", cadre="an", post="chair", effective_from=OPENED, decision="d1")
binh = AddedToPlanning(
    entry="e2",
    cadre="binh",
    post="chair",
    source=PlanningSource.EXTERNAL,
    effective_from=JUNE,
    review=2019,
    votes=(
        Vote(step=VotingStep.LEADERS_FIRST, votes_for=9, cast=10, present=11),
        Vote(step=VotingStep.LEADERS_FINAL, votes_for=11, cast=11, present=11),
    ),
)
an_out = RemovedFromPlanning(entry="e1", reason=RemovalReason.REVIEW, effective_from=JULY, review=2019)
reviewed = ReviewClosed(year=2019, in_count=1, out_count=1, effective_from=DECEMBER)
