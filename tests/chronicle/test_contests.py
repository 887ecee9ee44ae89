"""Contests and nominations through time: who stood, who won."""

from msgspec.structs import replace

from services.appointment.events import Candidate, ContestConcluded, ContestOpened, Elected, Nominated
from services.chronicle.projections.contests import candidacies, contests
from services.chronicle.rows import CandidacyRow, ContestRow
from shared.testing import on
from tests.chronicle.shown import rows

opened = ContestOpened(
    title="Thi tuyển Hiệu trưởng",
    post="head",
    candidates=(Candidate(cadre="an", post="deputy"), Candidate(cadre="lê bình"), Candidate(cadre="chi")),
    decision="d1",
    effective_from=on("2022-05"),
)
concluded = ContestConcluded(
    winner="an",
    scores={"an": 91.5, "lê bình": 88.0},
    decision="d2",
    effective_from=on("2022-06-13"),
)
nominated = Nominated(
    nomination="n1",
    election="term X",
    post="head",
    first_time=True,
    decision="d1",
    effective_from=on("2021-03-01"),
)
elected = Elected(tenure="t1", post="head", election="term X", decision="d2", effective_from=on("2021-06-20"))


def test_a_contest_is_shown_with_candidates_then_with_scores_and_winner() -> None:
    (row,) = rows(contests, opened, stream="contest")
    assert isinstance(row, ContestRow)
    assert (row.contest_id, row.candidates) == (
        "contest",
        '[["an","deputy",""],["lê bình","",""],["chi","",""]]',
    )
    assert (row.planned_count, row.until, row.winner, row.concluded) == (-1, "", "", "")
    assert rows(contests, opened, concluded, stream="contest") == [
        replace(
            row,
            candidates='[["an","deputy","91.5"],["lê bình","","88.0"],["chi","",""]]',
            winner="an",
            concluded="2022-06-13",
            closed_by="here/2",
            closing_decision="d2",
        )
    ]


def test_a_contest_that_ended_on_an_unknown_day_is_over_all_the_same() -> None:
    some_day = replace(concluded, effective_from=on("~"))
    (row,) = rows(contests, opened, some_day)
    assert row.concluded == "~"
    (row,) = rows(contests, replace(opened, effective_from=on("")), replace(concluded, effective_from=on("")))
    assert row.concluded == "~"


def test_whoever_is_elected_is_no_candidate_any_more() -> None:
    (row,) = rows(candidacies, nominated, stream="an")
    assert row == CandidacyRow(
        cadre_id="an",
        nomination="n1",
        election="term X",
        post_id="head",
        body=row.body,
        nominated_by=row.nominated_by,
        first_time=True,
        opened_by="here/1",
        decision="d1",
        valid_from=on("2021-03-01"),
        certain_from=on("2021-03-01"),
    )
    won = replace(row, tenure_id="t1", elected_on="2021-06-20", closed_by="here/2", closing_decision="d2")
    assert rows(candidacies, nominated, elected, stream="an") == [won]
    again = replace(elected, tenure="t2", effective_from=on("2021-07-01"))
    assert rows(candidacies, nominated, elected, again, stream="an") == [won]


def test_only_a_nomination_for_that_election_and_post_is_answered() -> None:
    for_any = replace(nominated, nomination="n2", post="")
    elsewhere = replace(nominated, nomination="n3", post="deputy")
    before = replace(nominated, nomination="n4", election="term IX")
    found = rows(candidacies, nominated, for_any, elsewhere, before, elected)
    assert {row.nomination: row.tenure_id for row in found} == {"n1": "t1", "n2": "t1", "n3": "", "n4": ""}
