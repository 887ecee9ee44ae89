"""Kiến An district, Hải Phòng: the speech of 15 October 2020."""

from typing import Any

from services.demo.city.world import demo_id
from services.demo.published.kien_an import DISTRICT
from tests.five_places.published_row import Row, by, change, changes, column, figure, net, total

KA = {"place": DISTRICT}
TERM = {"from": "2015-07-20", "to": "2020-10-15"}
DAY = {"as_of": "2020-10-15"}
CENTRE, JOINT = demo_id("unit", "KA/VTT"), demo_id("unit", "KA/TCNV")
MERGERS = ",".join(demo_id("reorganisation", f"KA/{key}") for key in ("VTT", "TCNV"))
PROGRAMME = demo_id("decision", "KA5/01-NQ/ĐH 2015-07-20")


def sources(answer: Any) -> Any:
    return len({line["source"] for line in answer["predecessors"]})


def in_posts(*titles: str) -> Any:
    """Who holds all these posts, and how many they are: once, however many posts."""
    return lambda answer: [
        len(set(titles) & {f"{post['title']}, {post['unit_name']}" for post in each["posts"]})
        for each in answer["items"]
        if set(titles) <= {f"{post['title']}, {post['unit_name']}" for post in each["posts"]}
    ]


def measure(*names: str) -> Any:
    return lambda answer: {
        each["measure"]: each["difference"] for each in answer["measures"] if each["measure"] in names
    }


PLAN = {**KA, **TERM, "basis": "plan"}
HEAD_AND_DIRECTOR = (
    "Trưởng ban, Ban Tuyên giáo Quận ủy",
    "Giám đốc, Trung tâm Bồi dưỡng chính trị quận Kiến An",
)
SECRETARY_AND_CHAIR = (
    "Bí thư Quận ủy, Quận ủy Kiến An",
    "Chủ tịch Hội đồng nhân dân, Hội đồng nhân dân quận Kiến An",
)
ROWS = (
    Row("KA-01", "Planned moves down to wards", "/rotation-flows", PLAN, 19, figure("DOWN"), "move", "plan"),
    Row("KA-02", "Planned lateral moves", "/rotation-flows", PLAN, 85, figure("LATERAL"), "move", "plan"),
    Row("KA-02", "Planned moves together", "/rotation-flows", PLAN, 104, total, "move", "plan"),
    Row("KA-03", "Of the plan, carried out", "/rotation-plans", {**KA, **DAY}, [None, None], column("done")),
    Row("KA-03", "Rotations on record", "/rotation-flows", {**KA, **TERM, "kind": "ROTATION"}, None, total, "move", "actual"),
    Row("KA-04", "Service units, by the merger of five", "/balances", {**KA, "kind": "SERVICE_UNIT", "from": "2018-09-30", "to": "2018-10-01"}, -4, change("SERVICE_UNIT"), "unit", "actual"),
    Row("KA-04", "What the new centre is made of", "/lineage", {"unit": CENTRE, "as_of": "2018-10-01"}, 5, sources),
    Row("KA-05", "What the Organisation - Home Affairs Board is made of", "/lineage", {"unit": JOINT, **DAY}, 2, sources),
    Row("KA-05", "Units, by the merger across blocs", "/balances", {**KA, "from": "2019-01-31", "to": "2019-02-01"}, -1, net, "unit", "actual"),
    Row("KA-06", "Heads and deputies, by both mergers", "/reorganisations/posts", {"id": MERGERS}, {"DEPUTY": -6, "HEAD": -5}, changes, "post", "actual"),
    Row("KA-07", "Head of the Propaganda Board and director of the political centre: posts of one person", "/concurrent-holders", {**KA, **DAY}, [2], in_posts(*HEAD_AND_DIRECTOR)),
    Row("KA-08", "Residential groups the scheme wants", "/unit-counts", {**KA, "kind": "RESIDENTIAL_GROUP", "basis": "plan", **DAY}, 86, figure("RESIDENTIAL_GROUP"), "unit", "plan"),
    Row("KA-08", "How many fewer that is", "/balances", {**KA, "kind": "RESIDENTIAL_GROUP", "basis": "plan", "from": "2018-07-02", "to": "2020-10-15"}, -63, change("RESIDENTIAL_GROUP"), "unit", "plan"),
    Row("KA-09", "Residential groups before the first step", "/unit-counts", {**KA, "kind": "RESIDENTIAL_GROUP", "as_of": "2020-06-30"}, 149, total, "unit", "actual"),
    Row("KA-09", "and after it (6 became 2)", "/unit-counts", {**KA, "kind": "RESIDENTIAL_GROUP", **DAY}, 145, total, "unit", "actual"),
    Row("KA-10", "Planned from other offices", "/planning-pool", {**KA, **DAY, "by": "source"}, 5, figure("EXTERNAL"), "entry", "actual"),
    Row("KA-11", "Planned from dual-managed units", "/planning-pool", {**KA, **DAY, "by": "source"}, 6, figure("DUAL_MANAGED"), "entry", "actual"),
    Row("KA-12", "Replaced after evaluation", "/replacements", {**KA, **TERM}, 5, figure("EVALUATION"), "person", "actual"),
    Row("KA-13", "Sent to training, by level", "/training-summary", {**KA, **TERM, "by": "level"}, {"ADVANCED": 3, "INTERMEDIATE": 6, "LOCAL": 36}, by("level"), "case", "actual"),
    Row("KA-14", "Entries of the list whose structure is watched", "/planning-structure", {**KA, **DAY}, [11], column("entries")),
    Row("KA-15", "Secretary and chair of the council: posts of one person", "/concurrent-holders", {**KA, **DAY}, [2], in_posts(*SECRETARY_AND_CHAIR)),
    Row("KA-16", "Targets of the congress that are met", "/programme-board", {"programme": PROGRAMME, **DAY}, {"DONE": 17}, by("status"), "case", "actual"),
)  # fmt: skip
