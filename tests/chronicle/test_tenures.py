"""Who held which post on which day."""

import pytest
from msgspec.structs import replace

from services.appointment.events import (
    Appointed,
    Designated,
    Elected,
    EndReason,
    Holding,
    Nominated,
    Reappointed,
    Reinstated,
    Suspended,
    TenureEnded,
)
from services.chronicle.projections.tenures import tenures
from services.chronicle.rows import FindingsOfFact, TenureRow, list_from_text
from shared.core.bitemporal import fold_periods
from shared.core.facts import Code, Finding
from shared.testing import amend, as_known, history, moment, on, void
from tests.appointment.facts import (
    IN_FIVE_YEARS,
    JULY,
    JUNE,
    MAY,
    beside,
    chair,
    left,
    reinstated,
    secretary,
    suspended,
)
from tests.chronicle.shown import certain, possible, rows


def held_on(day: str, *facts: object) -> list[str]:
    return sorted(row.post_id for row in possible(rows(tenures, *facts), day))


def stretches(*facts: object) -> list[tuple[str, str, str]]:
    return [(row.status, row.valid_from, row.valid_to) for row in rows(tenures, *facts)]


def test_a_post_is_held_from_the_first_day_to_the_day_before_the_end() -> None:
    assert held_on("2025-04-30", chair, left) == []
    assert held_on("2025-05-01", chair, left) == ["chair"]
    assert held_on("2025-06-30", chair, left) == ["chair"]
    assert held_on("2025-07-01", chair, left) == []


def test_a_concurrent_post_is_shown_beside_the_primary_one() -> None:
    assert held_on("2025-06-15", chair, beside) == ["chair", "trustee"]


def test_facts_learnt_late_take_their_place_in_time() -> None:
    assert held_on("2025-07-15", left, replace(secretary, effective_from=JULY), chair) == ["secretary"]
    assert held_on("2025-06-15", left, chair) == ["chair"]


def test_a_row_says_who_which_post_by_which_documents_and_for_how_long() -> None:
    fact = replace(chair, decision="d1", codes=(Code("wikidata", "Q1"), Code("local", "77")))
    (row,) = rows(tenures, fact, replace(left, decision="d2"), stream="an")
    assert row == TenureRow(
        tenure_id="t1",
        cadre_id="an",
        post_id="chair",
        holding="PRIMARY",
        route="DIRECT",
        start=MAY,
        codes='[{"scheme":"wikidata","value":"Q1"},{"scheme":"local","value":"77"}]',
        opened_by="here/1",
        decision="d1",
        end=JULY,
        planned_end=IN_FIVE_YEARS,
        ended="MOVED",
        closed_by="here/2",
        closing_decision="d2",
        valid_from=MAY,
        valid_to=JULY,
        certain_from=MAY,
        certain_to=JULY,
    )


@pytest.mark.parametrize(
    ("fact", "route", "planned_end"),
    [
        (Elected(tenure="t", post="p", election="e", effective_from=MAY), "ELECTED", "2030-05-01"),
        (
            Designated(tenure="t", post="p", authority="a", legal_basis="b", effective_from=MAY),
            "DESIGNATED",
            "",
        ),
        (Appointed(tenure="t", post="p", effective_from=MAY, holding=Holding.ACTING), "DIRECT", ""),
    ],
    ids=["elected", "designated", "appointed"],
)
def test_every_way_into_a_post_is_named(fact: Appointed, route: str, planned_end: str) -> None:
    (row,) = rows(tenures, fact)
    assert (row.route, row.planned_end, row.holding) == (route, planned_end, fact.holding)


def test_a_second_term_is_a_tenure_of_its_own() -> None:
    again = Reappointed(tenure="t2", previous="t1", term_no=2, effective_from=IN_FIVE_YEARS, term_months=24)
    expired = TenureEnded(tenure="t1", reason=EndReason.TERM_EXPIRED, effective_from=IN_FIVE_YEARS)
    first, second = rows(tenures, chair, expired, again)
    assert (first.term_no, first.valid_to) == (1, IN_FIVE_YEARS)
    assert (second.post_id, second.term_no, second.continues, second.route) == (
        "chair",
        2,
        "t1",
        "REAPPOINTED",
    )
    assert (second.valid_from, second.planned_end) == (IN_FIVE_YEARS, "2032-05-01")


def test_a_second_term_of_nobody_shows_nothing() -> None:
    assert rows(tenures, Reappointed(tenure="t2", previous="t1", term_no=2, effective_from=MAY)) == []


def test_a_suspension_cuts_the_tenure_and_reinstatement_takes_it_up_again() -> None:
    assert stretches(chair, suspended) == [("ACTIVE", MAY, JUNE), ("SUSPENDED", JUNE, "9999-12-31")]
    assert stretches(chair, suspended, reinstated) == [
        ("ACTIVE", MAY, JUNE),
        ("SUSPENDED", JUNE, JULY),
        ("ACTIVE", JULY, "9999-12-31"),
    ]


def test_a_suspension_learnt_late_cuts_a_tenure_that_has_ended() -> None:
    assert stretches(chair, left, suspended) == [("ACTIVE", MAY, JUNE), ("SUSPENDED", JUNE, JULY)]


def test_every_stretch_knows_how_the_whole_tenure_ended() -> None:
    found = rows(tenures, chair, suspended, left)
    assert {(row.start, row.end, row.ended, row.closed_by) for row in found} == {
        (MAY, JULY, "MOVED", "here/3")
    }
    assert [row.stretch for row in found] == [0, 1]


def test_suspended_and_reinstated_on_one_day_leaves_a_stretch_of_no_days() -> None:
    same_day = Reinstated(tenure="t1", effective_from=JUNE)
    assert stretches(chair, suspended, same_day) == [
        ("ACTIVE", MAY, JUNE),
        ("SUSPENDED", JUNE, JUNE),
        ("ACTIVE", JUNE, "9999-12-31"),
    ]
    assert held_on(JUNE, chair, suspended, same_day) == ["chair"]


def test_nothing_but_a_standing_tenure_is_suspended_or_ended() -> None:
    assert rows(tenures, suspended, left, reinstated) == []
    assert stretches(chair, reinstated) == [("ACTIVE", MAY, "9999-12-31")]
    assert stretches(chair, left, Suspended(tenure="t1", reason="late", effective_from=on("2025-08-01"))) == [
        ("ACTIVE", MAY, JULY)
    ]


def test_the_first_end_stands() -> None:
    later = replace(left, effective_from=on("2025-08-01"), reason=EndReason.RETIRED)
    (row,) = rows(tenures, chair, left, later)
    assert (row.valid_to, row.ended) == (JULY, "MOVED")


def test_a_tenure_said_twice_is_one_tenure() -> None:
    (row,) = rows(tenures, chair, replace(chair, post="other"))
    assert row.post_id == "chair"


def test_a_nomination_is_no_tenure() -> None:
    assert rows(tenures, Nominated(nomination="n", election="e", effective_from=MAY)) == []


def test_a_partial_start_is_possible_from_its_first_day_and_certain_from_its_last() -> None:
    found = rows(tenures, replace(chair, effective_from=on("2025-05")), left)
    assert [bool(possible(found, day)) for day in ("2025-04-30", "2025-05-01", "2025-06-30")] == [
        False,
        True,
        True,
    ]
    assert [bool(certain(found, day)) for day in ("2025-05-30", "2025-05-31", "2025-07-01")] == [
        False,
        True,
        False,
    ]
    assert found[0].planned_end == ""


@pytest.mark.parametrize("unknown", ["", "~", "~2024"])
def test_an_unknown_start_is_possible_always_and_certain_never(unknown: str) -> None:
    found = rows(tenures, replace(chair, effective_from=on(unknown)))
    assert possible(found, "0001-01-01")
    assert not certain(found, "9999-12-30")


def test_an_unknown_end_is_possible_for_ever_and_certain_never() -> None:
    found = rows(tenures, chair, replace(left, effective_from=on("")))
    assert possible(found, "9999-12-30")
    assert not certain(found, MAY)
    assert found[0].ended == "MOVED"


def test_an_end_on_or_before_a_day_is_possible_until_then_and_never_certain() -> None:
    found = rows(tenures, chair, replace(left, effective_from=on("..2025-06-30")))
    assert [bool(possible(found, day)) for day in ("2025-06-29", "2025-06-30")] == [True, False]
    assert not certain(found, MAY)


def test_a_start_and_an_end_in_the_same_year_do_not_cross() -> None:
    year = on("2025")
    (row,) = rows(tenures, replace(left, effective_from=year), replace(chair, effective_from=year))
    assert (row.valid_from, row.valid_to) == ("2025-01-01", "2025-12-31")
    assert not certain([row], "2025-07-01")


def test_a_voided_end_is_still_shown_to_whoever_asks_what_was_known() -> None:
    found = fold_periods(tenures, history(chair, left, void("here/2")))
    assert as_known(found, moment(2))["t1"].ended == "MOVED"
    assert as_known(found)["t1"].ended == ""


def test_an_amended_start_moves_the_tenure_and_keeps_what_was_known() -> None:
    found = fold_periods(tenures, history(chair, amend("here/1", effective_from="2025-03-01", post="deputy")))
    assert (as_known(found, moment(1))["t1"].post_id, as_known(found)["t1"].post_id) == ("chair", "deputy")
    assert as_known(found)["t1"].valid_from == "2025-03-01"


def test_the_newest_amendment_wins_and_a_voided_one_counts_no_more() -> None:
    amendments = [amend("here/1", post=post) for post in ("deputy", "member", "secretary")]
    found = fold_periods(tenures, history(chair, *amendments, void("here/4")))
    shown = [as_known(found, moment(second))["t1"].post_id for second in (1, 2, 3, 4, 5)]
    assert shown == ["chair", "deputy", "member", "secretary", "member"]


def test_what_was_known_before_the_first_fact_is_nothing() -> None:
    assert as_known(fold_periods(tenures, history(chair)), moment(0)) == {}


def test_an_end_keeps_its_document_and_all_findings() -> None:
    started = replace(chair, findings=(Finding("SEATS"),))
    ended = replace(left, decision="d2", findings=(Finding("NOT_LOCAL"),))
    (row,) = rows(tenures, started, ended)
    assert row.closing_decision == "d2"
    assert [event for event, _ in list_from_text(row.findings, FindingsOfFact)] == ["here/1", "here/2"]


def test_a_suspension_of_an_unknown_day_is_certain_from_its_last() -> None:
    _, away = rows(tenures, chair, replace(suspended, effective_from=on("2025-06")))
    assert (away.status, away.valid_from, away.certain_from) == ("SUSPENDED", "2025-06-01", "2025-06-30")
