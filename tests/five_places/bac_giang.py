"""Bắc Giang province: planning and deep reviews, after 11 July 2023."""

from typing import Any

from services.demo.city.world import demo_id
from services.demo.published.bac_giang import PROVINCE
from tests.five_places.published_row import Row, by, column, figure, total

BG = {"place": PROVINCE}
DAY = {"as_of": "2023-08-01"}
SINCE = {"from": "2021-01-01", "to": "2023-07-31"}
POOL = {**BG, **DAY, "by": "title_set"}
AGENCY, LEADER = demo_id("unit", "BG/CQ01"), demo_id("person", "BG/cb001")
PUBLISHED = ("173-NQ/TU", "128-KL/TU", "15-ĐA/TU", "26-CT/TU", "114-QĐ/TW")


def pool(id_: str, question: str, name: str, expected: int) -> Row:
    return Row(id_, question, "/planning-pool", POOL, expected, figure(name), "entry", "actual")


def shares(answer: Any) -> Any:
    """Women and three bands of age in every list."""
    return all(each["women"]["share"] >= 0.2 and len(each["bands"]) >= 3 for each in answer["items"])


ROWS = (
    pool("BG-01", "Planned for the provincial committee", "BCH tỉnh", 67),
    pool("BG-02", "for its standing committee", "BTV tỉnh", 20),
    pool("BG-03", "for leaders of the province", "chủ chốt tỉnh", 31),
    pool("BG-04", "for titles under the standing committee", "diện BTV", 460),
    pool("BG-05", "for key district titles", "chủ chốt huyện", 237),
    Row("BG-05", "Entries of the lists together", "/planning-pool", POOL, 815, total, "entry", "actual"),
    Row("BG-05", "People on them: lists overlap", "/planning-pool", {**POOL, "unit": "person"}, 540, total, "person", "actual"),
    Row("BG-06", "Women and three age bands in each list", "/planning-structure", {**BG, **DAY}, True, shares),
    Row("BG-07", "Terms by bloc", "/planning-pool", {**BG, **DAY, "by": "bloc,term"}, {"GOVERNMENT 2026-2031": 491, "PARTY 2025-2030": 324}, by("bloc", "term"), "entry", "actual"),
    Row("BG-08", "Deep reviews since 2021", "/deep-review-counts", {**BG, **SINCE}, {"COLLECTIVE": 237, "INDIVIDUAL": 487}, by("subject_kind"), "case", "actual"),
    Row("BG-09", "Deep reviews closed with a plan of what is to be mended", "/deep-reviews", {**BG, **SINCE, **DAY}, 181, lambda answer: sum(bool(each["remedy_plan"]) for each in answer["items"])),
    Row("BG-10", "Moments at which one leader was judged", "/evaluations", {"subject": LEADER}, ["ANNUAL", "MID_YEAR", "PRE_REAPPOINT"], lambda answer: sorted(column("occasion")(answer))),
    Row("BG-11", "Days of staff ballots, held before the conference of 19 December", "/ballots", {"place": AGENCY, "kind": "STAFF_BALLOT"}, ["2022-12-05"], lambda answer: sorted(set(column("day")(answer)))),
    Row("BG-12", "Grades of an agency for 2022", "/evaluation-distribution", {**BG, "period": "2022", "as_of": "2023-02-01"}, {"COMPLETED": 5, "EXCELLENT": 4, "FAILED": 1, "GOOD": 15}, lambda answer: {k: v for k, v in by("grade")(answer).items() if v and k}, "case", "actual"),
    Row("BG-13", "Five documents in the register", "/decisions", {**DAY, "q": "", "limit": "1000"}, sorted(PUBLISHED), lambda answer: sorted({number for number, issuer in column("number", "issuer")(answer) if number in PUBLISHED and issuer in ("Tỉnh ủy Bắc Giang", "Bộ Chính trị")})),
    Row("BG-14", "Rotation plans, by term", "/rotation-plans", {**BG, **DAY}, ["2020-2025", "2025-2030"], lambda answer: sorted(column("term")(answer))),
    Row("BG-15", "Appointed, of ethnic minorities", "/appointments", {**BG, **SINCE, "by": "minority"}, {"yes": 8}, by("minority"), "case", "actual"),
    Row("BG-16", "Targets of the scheme for young and female cadres", "/rules", {"kind": "TARGET", **DAY}, 1, lambda answer: sum(each["rule"] == "BG_YOUNG_AND_WOMEN" for each in answer["items"])),
)  # fmt: skip
