"""The order in which facts count, and what corrections make of them."""

import random
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from shared.core.bitemporal import fold_periods, fold_periods_by_definition
from shared.core.facts import Recorded
from shared.core.timeline import append_correction, timeline
from shared.testing import amend, as_known, history, in_bytes, moment, on, recorded, void
from tests.kernel.toy import Noted, ToyFact, notes


class Over(ToyFact, frozen=True, kw_only=True):
    closes = True


def dated(date: str, what: str = "", order: int = 0) -> Noted:
    return Noted(what=what or date, effective_from=on(date), same_day_order=order)


def told(events: list[Recorded[Any]]) -> list[str]:
    return [getattr(event.fact, "what", "over") for event in timeline(events)]


def test_facts_count_in_the_order_in_which_they_were_true() -> None:
    assert told(history(dated("2025-07-02"), dated("2025-07-01"), dated("2024-12-31"))) == [
        "2024-12-31",
        "2025-07-01",
        "2025-07-02",
    ]


def test_a_partial_date_counts_from_its_first_day() -> None:
    dates = ["2025-07", "2025-06-30", "2025", "", "2025-07-01", "~2025", "..2025-06-30"]
    assert told(history(*map(dated, dates))) == [
        "",
        "~2025",
        "..2025-06-30",
        "2025",
        "2025-06-30",
        "2025-07",
        "2025-07-01",
    ]


def test_an_end_counts_from_the_last_day_it_can_mean() -> None:
    assert told(history(Over(effective_from=on("2025")), dated("2025-12-30"), dated("2026-01-01"))) == [
        "2025-12-30",
        "over",
        "2026-01-01",
    ]
    assert told(history(Over(), dated("2025-12-30"))) == ["2025-12-30", "over"]


def test_facts_of_one_day_follow_their_order_then_the_order_of_learning() -> None:
    day = "2025-07-01"
    assert told(history(dated(day, "b"), dated(day, "a"))) == ["b", "a"]
    assert told(history(dated(day, "b", order=1), dated(day, "a"))) == ["a", "b"]
    assert told(history(dated(day, "b"), dated(day, "a", order=-1))) == ["a", "b"]


def test_what_two_sites_say_of_one_day_has_the_same_order_everywhere() -> None:
    here = [recorded(dated("2025", f"here {n}"), n, "here", lamport=n) for n in (1, 2, 3)]
    there = [recorded(dated("2025", f"there {n}"), n, "there", lamport=n) for n in (1, 2, 3)]
    expected = ["here 1", "there 1", "here 2", "there 2", "here 3", "there 3"]
    for seed in range(20):
        events = [*here, *there, *here]
        random.Random(seed).shuffle(events)
        assert told(events) == expected


@pytest.mark.parametrize(
    ("corrections", "left"),
    [
        ([void("here/1")], ["b"]),
        ([void("here/1"), void("here/2")], []),
        ([void("here/1"), void("here/3")], ["a", "b"]),
        ([void("here/1"), void("here/3"), void("here/4")], ["b"]),
        ([void("nowhere/1")], ["a", "b"]),
        ([amend("here/1", what="x")], ["x", "b"]),
        ([amend("here/1", what="x"), amend("here/1", what="y")], ["y", "b"]),
        ([amend("here/1", what="x"), amend("here/1", number=2)], ["x", "b"]),
        ([amend("here/1", what="x"), void("here/3")], ["a", "b"]),
        ([amend("here/1", what="x"), amend("here/3", new_values={"what": "y"})], ["y", "b"]),
        ([amend("here/1", what="x"), amend("here/3", target="here/2")], ["a", "x"]),
        ([amend("here/1", what="x"), amend("here/3", mode="VOID")], ["b"]),
        ([amend("here/1", what="x"), void("here/1")], ["b"]),
        ([void("here/1"), amend("here/1", what="x")], ["b"]),
        ([amend("here/1", effective_from="2026")], ["b", "a"]),
        ([amend("here/1", what=7)], ["a", "b"]),
        ([amend("here/1", what="x"), amend("here/1", what=7, number=1)], ["x", "b"]),
        ([amend("here/1", nonsense=1)], ["a", "b"]),
        ([amend("here/1", what="x"), amend("here/3", mode=7)], ["x", "b"]),
    ],
)
def test_corrections_are_applied_newest_first(corrections: list[Any], left: list[str]) -> None:
    assert told(history(dated("2025-01-01", "a"), dated("2025-02-01", "b"), *corrections)) == left


def test_a_void_outlives_the_fast_clock_of_the_site_that_amended() -> None:
    """Sync case 41: a ward whose clock is three hours ahead amends; the city, having seen it, voids that."""
    said = recorded(dated("2025", "one"), 1, "city")
    fast = recorded(amend("city/1", what="two"), 1, "ward", at=3 * 3600, lamport=2)
    voided = recorded(void("ward/1"), 2, "city", at=60, lamport=3)
    for events in permutations((said, fast, voided)):
        assert told(list(events)) == ["one"]
        assert as_known(fold_periods(notes, events))["city/1"].what == "one"


def test_of_two_amendments_the_last_in_total_order_wins_whichever_was_known_first() -> None:
    said = recorded(dated("2025", "one"), 1, "city")
    for ward_at, city_at, first in ((5, 6, "ward"), (6, 5, "city")):
        ward = recorded(amend("city/1", what="ward"), 1, "ward", at=ward_at, lamport=2)
        city = recorded(amend("city/1", what="city"), 2, "city", at=city_at, lamport=2)
        events = [said, ward, city]
        assert told(events) == ["ward"], "of equal lamport times, the greater name comes last"
        found = fold_periods(notes, events)
        assert in_bytes(found) == in_bytes(fold_periods_by_definition(notes, events))
        assert as_known(found, moment(5))["city/1"].what == first
        assert as_known(found)["city/1"].what == "ward"


def test_a_supposed_correction_comes_after_what_other_sites_have_said() -> None:
    """It is judged before it is recorded, and then it comes after all that its site has seen."""
    events = [
        recorded(dated("2025", "one"), 1, "city"),
        recorded(amend("city/1", what="two"), 1, "ward", lamport=9),
        recorded(amend("city/1", note="seen"), 2, "city", lamport=3),
    ]
    assert told([*events, append_correction(events, void("ward/1"))]) == ["one"]


def test_a_correction_known_before_what_it_corrects_waits_for_it() -> None:
    early = replace(recorded(void("there/1"), 1), recorded_at=moment(1))
    late = replace(recorded(dated("2025", "a"), 1, "there"), recorded_at=moment(9))
    assert told([early]) == []
    assert told([late, early]) == []
    assert fold_periods(notes, [late, early]) == []


def test_within_one_instant_only_the_last_word_is_known() -> None:
    events = [
        replace(event, recorded_at=moment(5))
        for event in history(dated("2025", "a"), amend("here/1", what="b"))
    ]
    (row,) = fold_periods(notes, events)
    assert (row.row.what, row.known_from) == ("b", moment(5))


def test_what_an_instant_changes_and_changes_back_has_not_changed() -> None:
    told_ = history(dated("2025", "a"), amend("here/1", what="b"), void("here/2"))
    (row,) = fold_periods(notes, [told_[0], *(replace(event, recorded_at=moment(5)) for event in told_[1:])])
    assert (row.row.what, row.known_from) == ("a", moment(1))


def test_what_was_known_is_cut_where_it_changed_and_nowhere_else() -> None:
    events = history(
        dated("2025", "a"), amend("here/1", note="seen"), amend("here/1", what="b"), void("here/3")
    )
    found = fold_periods(notes, events)
    assert [(each.row.what, each.known_from, each.known_to[:4]) for each in found if each.known_to < "9"] == [
        ("a", moment(1), "2030"),
        ("b", moment(3), "2030"),
    ]
    assert as_known(found)["here/1"].what == "a"
    assert in_bytes(found) == in_bytes(fold_periods_by_definition(notes, events))


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_in_whatever_order_it_arrives_all_is_known_as_the_definition_says(at_once: int) -> None:
    """`at_once`: how many facts become known at each instant."""
    told_ = history(
        dated("2025-01-01", "a"),
        dated("2025-02-01", "b"),
        dated("2025-03-01", "c"),
        amend("here/1", effective_from="2025-02-15", what="x"),
        void("here/2"),
        amend("here/4", new_values={"what": "y"}),
    )
    for order in permutations(told_):
        events = [
            replace(event, recorded_at=moment(1 + number // at_once), lamport=number + 1)
            for number, event in enumerate(order)
        ]
        assert in_bytes(fold_periods(notes, events)) == in_bytes(fold_periods_by_definition(notes, events))
