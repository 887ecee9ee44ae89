"""What holds across the five places."""

from typing import Any

from services.demo.city.world import demo_id
from services.demo.published.acts import derive_unit_id
from services.demo.published.kien_an import DISTRICT
from services.demo.published.mong_cai import CITY
from tests.five_places.published_row import Row, column, total
from tests.five_places.thu_dau_mot import CADRE

MC = {"place": CITY, "from": "2019-01-01", "to": "2019-12-31"}
MANAGER, PROVINCE = demo_id("unit", "MC/TU"), demo_id("unit", "HP/DU")
OLD_CITY, NEW_CITY = derive_unit_id("1/31#1"), derive_unit_id("1/31#2")


def kinds(answer: Any) -> Any:
    """A move, an appointment and a planning entry of one person are three things."""
    return sorted({"PLANNED", "ROTATED", "APPOINTED"} & {step["kind"] for step in answer["steps"]})


def documented(answer: Any) -> Any:
    """Facts that were counted, and those of them that name number, issuer and day of a document."""
    facts = [fact for figure in answer["figures"] for fact in figure["facts"]]
    papers = [fact.get("decision") or {} for fact in facts]
    return [
        len(facts),
        sum(all(paper.get(name) for name in ("number", "issuer", "signed_on")) for paper in papers),
    ]


def with_districts(answer: Any) -> Any:
    return "DISTRICT" in column("level")(answer)


ROWS = (
    Row(
        "X-1",
        "One person in a plan, a move and an appointment",
        f"/cadres/{CADRE}/life",
        {},
        ["APPOINTED", "PLANNED", "ROTATED"],
        kinds,
    ),
    Row(
        "X-2",
        "Planned and done are two measures",
        "/rotation-plans",
        {"place": DISTRICT, "as_of": "2020-10-15"},
        [[19, None], [85, None]],
        lambda answer: sorted(column("planned", "done")(answer), key=str),
    ),
    Row(
        "X-3",
        "Cases that were counted, and those with their document",
        "/appointments",
        MC,
        [17, 17],
        documented,
        "case",
        "actual",
    ),
    Row(
        "X-4",
        "Hải Phòng on 15 October 2020 has districts",
        "/org-chart",
        {"unit": OLD_CITY, "as_of": "2020-10-15"},
        True,
        with_districts,
    ),
    Row(
        "X-4",
        "and on 1 July 2025 it has none",
        "/org-chart",
        {"unit": NEW_CITY, "as_of": "2025-07-01"},
        False,
        with_districts,
    ),
    Row(
        "X-5",
        "Cases under the city's standing committee",
        "/appointments",
        {**MC, "managed_by": MANAGER},
        17,
        total,
        "case",
        "actual",
    ),
    Row(
        "X-5",
        "and under another authority",
        "/appointments",
        {**MC, "managed_by": PROVINCE},
        None,
        total,
        "case",
        "actual",
    ),
)
