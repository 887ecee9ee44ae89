"""One person after files were merged, in every question; and lineage in the order of time (case 07-lineage-time)."""

from typing import Any

import pytest

from tests.questions.conftest import LedgerClient, administration

__all__ = ["administration"]


@pytest.fixture
def merged(administration: LedgerClient) -> dict[str, str]:
    """An, whose second file has the post of 2010 to 2015, and a copy of the post held since 2020."""
    unit = administration.unit("Sở")
    first, second = administration.seat(unit, "Phó Giám đốc"), administration.seat(unit, "Giám đốc")
    kept, other = administration.cadre("Nguyễn Văn An"), administration.cadre("Ng. V. An")
    administration.appoint(kept, second, "2020-01-01", "t1")
    administration.appoint(other, first, "2010-01-01", "t2", holding="CONCURRENT")
    administration.appoint(other, second, "2020-01-01", "t3")
    merger = {"merged": other, "reason": "one person", "duplicates": ["t3"]}
    administration.say(f"/personnel/{kept}", "personnel.records-merged", "2024-01-01", **merger)
    return {"unit": unit, "first": first, "second": second, "kept": kept, "other": other}


def shown(lines: list[Any]) -> list[tuple[str, str, str]]:
    return sorted((line["tenure"], line["cadre"], line["name"]) for line in lines)


def test_holders_charts_and_post_histories_show_one_person(
    administration: LedgerClient, merged: dict[str, str]
) -> None:
    one, two = (("t1", merged["kept"], "Nguyễn Văn An"), ("t2", merged["kept"], "Nguyễn Văn An"))
    (node,) = administration.items("/org-chart", unit=merged["unit"], as_of="2025-01-01")
    assert shown([holder for post in node["posts"] for holder in post["holders"]]) == [one, two]
    assert [post["vacant"] for post in node["posts"]] == [0, 0]
    assert shown(administration.items("/holders", unit=merged["unit"], as_of="2025-01-01")) == [one, two]
    assert shown(administration.items("/holders", post=merged["first"], as_of="2025-01-01")) == [two]
    assert shown(administration.items("/term-history", post=merged["second"])) == [one]
    assert shown(administration.items("/term-history", post=merged["first"])) == [two]
    for file in (merged["kept"], merged["other"]):
        assert shown(administration.items("/term-history", cadre=file)) == [one, two]
    (both,) = administration.items("/concurrent-holders", place=merged["unit"], as_of="2025-01-01")
    assert (both["cadre"], both["name"], len(both["posts"])) == (merged["kept"], "Nguyễn Văn An", 2)


def test_a_seat_recorded_in_both_files_is_taken_once(
    administration: LedgerClient, merged: dict[str, str]
) -> None:
    assert administration.items("/conflicts", rule="SEATS", as_of="2025-01-01") == []
    assert administration.items("/contradictions") == []


def test_its_terms_overlap_though_they_are_in_two_files(
    administration: LedgerClient, merged: dict[str, str]
) -> None:
    (line,) = administration.items("/term-history", post=merged["first"])
    assert line["concurrent"] == ["t1"]


def test_a_proof_still_leads_to_the_fact_in_the_merged_file(
    administration: LedgerClient, merged: dict[str, str]
) -> None:
    (line,) = administration.items("/term-history", post=merged["first"])
    assert line["proof"]["opened"].startswith(f"appointment/{merged['other']}/")
    assert administration.ask(f"/facts/{line['proof']['opened']}")["stream"] == merged["other"]


def test_before_the_merger_was_known_they_are_two(
    administration: LedgerClient, merged: dict[str, str]
) -> None:
    facts = administration.client.get(f"/personnel/{merged['kept']}/facts").json()
    before = facts[0]["recorded_at"]
    lines = administration.items("/holders", unit=merged["unit"], as_of="2025-01-01", known_at=before)
    assert lines == []
    last = administration.client.get(f"/appointment/{merged['other']}/facts").json()[-1]["recorded_at"]
    lines = administration.items("/holders", unit=merged["unit"], as_of="2025-01-01", known_at=last)
    assert {line["cadre"] for line in lines} == {merged["kept"], merged["other"]}


def executed(administration: LedgerClient, source: str, target: str, day: str) -> None:
    edges = [{"source": source, "target": target, "portion": "PART"}]
    administration.say("/organization", "organization.reorganisation-executed", day, title="x", edges=edges)


def names(lines: list[Any]) -> list[tuple[str, str, int]]:
    return [(line["source_name"], line["target_name"], line["hops"]) for line in lines]


def test_what_joined_a_unit_later_is_no_origin_of_what_left_it_before(administration: LedgerClient) -> None:
    """Case 07-lineage-time: Y split from X in 1990, Z merged into X in 2000."""
    x, y, z = (
        administration.say("/organization", "organization.unit-established", day, name=name, kind="COMMUNE")
        for name, day in (("X", "1950-01-01"), ("Y", "1990-01-01"), ("Z", "1950-01-01"))
    )
    executed(administration, x, y, "1990-01-01")
    executed(administration, z, x, "2000-01-01")
    of_y, of_z, of_x = (administration.ask("/lineage", unit=unit) for unit in (y, z, x))
    assert names(of_y["predecessors"]) == [("X", "Y", 1)]
    assert names(of_z["successors"]) == [("Z", "X", 1)]
    assert names(of_x["predecessors"]) == [("Z", "X", 1)]
    assert names(of_x["successors"]) == [("X", "Y", 1)]


def test_a_unit_met_on_a_later_day_is_walked_again(administration: LedgerClient) -> None:
    """W gave to V before B came to W, and to U after that: what is asked of T, made of V and U, has B in it."""
    b, w, v, u, t = (administration.unit(name) for name in "BWVUT")
    for source, target, day in (
        *((w, v, "2005-01-01"), (b, w, "2010-01-01"), (w, u, "2015-01-01")),
        *((v, t, "2020-01-01"), (u, t, "2020-01-01")),
    ):
        executed(administration, source, target, day)
    of_t = administration.ask("/lineage", unit=t)["predecessors"]
    assert names(of_t) == [("U", "T", 1), ("V", "T", 1), ("W", "V", 2), ("W", "U", 2), ("B", "W", 3)]
    assert names(administration.ask("/lineage", unit=v)["predecessors"]) == [("W", "V", 1)]


def test_a_circle_of_clauses_ends(administration: LedgerClient) -> None:
    one, other = administration.unit("A"), administration.unit("B")
    for source, target in ((one, other), (other, one)):
        executed(administration, source, target, "2010-01-01")
    of_one = administration.ask("/lineage", unit=one)
    assert {line["source_name"] for line in of_one["predecessors"]} == {"A", "B"}
