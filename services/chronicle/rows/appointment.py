"""Tenures, contests and candidacies."""

from typing import NamedTuple

from shared.core.partial_dates import UNKNOWN, PDate
from shared.core.projection import Row, View


class TenureRow(Row, frozen=True, kw_only=True):
    """[start, end) of the whole tenure, and the valid bounds of this stretch of it (`status` ACTIVE or SUSPENDED).

    Key: the tenure, with `/n` for the stretches after the first. `ended` is empty while it lasts, else the reason.
    """

    tenure_id: str
    cadre_id: str
    post_id: str
    holding: str
    route: str
    start: PDate
    codes: str
    opened_by: str
    decision: str
    end: PDate = UNKNOWN
    planned_end: str = ""
    ended: str = ""
    closed_by: str = ""
    closing_decision: str = ""
    status: str = "ACTIVE"
    stretch: int = 0
    term_no: int = 1
    continues: str = ""
    findings: str = ""
    decided_on: str = ""
    planned_entry: str = ""


class CandidateOfContest(NamedTuple):
    """A candidate: ids of the cadre and of the post held then; `score` is empty where it is not stated."""

    cadre: str
    post: str
    score: str


class ContestRow(Row, frozen=True, kw_only=True):
    """A contest. `planned_count` -1: not stated. `candidates`: a JSON array of `CandidateOfContest`."""

    contest_id: str
    title: str
    post_id: str
    organiser: str
    part_of: str
    planned_count: int
    approximate: bool
    candidates: str
    until: str
    managed_by: str
    opened_by: str
    decision: str
    winner: str = ""
    concluded: str = ""
    closed_by: str = ""
    closing_decision: str = ""


class CandidacyRow(Row, frozen=True, kw_only=True):
    """One nomination of one cadre for one election. `tenure_id`: what the cadre was elected to; empty: not elected."""

    cadre_id: str
    nomination: str
    election: str
    post_id: str
    body: str
    nominated_by: str
    first_time: bool
    opened_by: str
    decision: str
    tenure_id: str = ""
    elected_on: str = ""
    closed_by: str = ""
    closing_decision: str = ""


class ReliefRow(Row, frozen=True, kw_only=True):
    """Why a tenure ended before its time, in the words of the decision. Key: the tenure."""

    cadre_id: str
    tenure_id: str
    reason: str
    ground: str
    opened_by: str
    decision: str


TENURES = View("tenures", TenureRow)
CONTESTS = View("contests", ContestRow)
CANDIDACIES = View("candidacies", CandidacyRow)
RELIEFS = View("reliefs", ReliefRow)
