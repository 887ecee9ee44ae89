"""Móng Cái city, Quảng Ninh: the work of 2019."""

from typing import Any

from services.demo.city.world import demo_id
from services.demo.published.mong_cai import CITY
from tests.five_places.published_row import Read, Row, by, column, figure, number, total

MC = {"place": CITY}
YEAR = {"from": "2019-01-01", "to": "2019-12-31"}
END = {"as_of": "2019-12-31"}
REVIEW = {**MC, **YEAR, "review": "2019", "term": "2015-2020"}
BCH, KEY_TITLES = {**REVIEW, "title_set": "BCH"}, {**REVIEW, "title_set": "chủ chốt"}
CHANGE = {"by": ""}
OFFICE = demo_id("unit", "MC/P2")


def sent(level: str) -> Row:
    expected = {"ADVANCED": 15, "INTERMEDIATE": 3, "SPECIALIST": 9, "DIVISION": 84}[level]
    params = {**MC, **YEAR, "by": "level,status"}
    return Row(
        "MC-07",
        f"Sent to training, {level}",
        "/training-summary",
        params,
        expected,
        at(level, "SENT"),
        "case",
        "actual",
    )


def at(level: str, status: str) -> Read:
    return lambda answer: by("level", "status")(answer).get(f"{level} {status}")


def removed(answer: Any) -> Any:
    """Why entries left the lists."""
    return {
        figure["key"]["reason"]: figure["value"]
        for figure in answer["figures"]
        if figure["key"]["change"] == "REMOVED" and figure["value"]
    }


ROWS = (
    Row("MC-01", "Removed from the committee's list", "/planning-changes", {**BCH, **CHANGE}, 4, figure("REMOVED"), "entry", "actual"),
    Row("MC-02", "Added to it", "/planning-changes", {**BCH, **CHANGE}, 2, figure("ADDED"), "entry", "actual"),
    Row("MC-03", "Removed from the list of key titles", "/planning-changes", {**KEY_TITLES, **CHANGE}, 10, figure("REMOVED"), "entry", "actual"),
    Row("MC-04", "Added to it", "/planning-changes", {**KEY_TITLES, **CHANGE}, 4, figure("ADDED"), "entry", "actual"),
    Row("MC-04", "Both lists", "/planning-changes", {**REVIEW, **CHANGE}, {"ADDED": 6, "REMOVED": 14}, by("change"), "entry", "actual"),
    Row("MC-05", "Removed, by reason", "/planning-changes", {**REVIEW, "by": "reason"}, {"POLITICAL_STANDARD": 7, "REVIEW": 7}, removed, "entry", "actual"),
    Row("MC-06", "Entries of each horizon that is alive", "/planning-pool", {**MC, **END, "by": "term"}, {"2015-2020": 62, "2020-2025": 15, "2021-2026": 15}, by("term"), "entry", "actual"),
    *(sent(level) for level in ("ADVANCED", "INTERMEDIATE", "SPECIALIST", "DIVISION")),
    Row("MC-07", "Sent together", "/training-summary", {**MC, **YEAR, "by": "status"}, 111, figure("SENT"), "case", "actual"),
    Row("MC-08", "Registered for Scheme 165", "/training-summary", {**MC, **YEAR, "by": "status"}, 2, figure("REGISTERED"), "case", "actual"),
    Row("MC-09", "Moves of the year", "/rotation-flows", {**MC, **YEAR}, 20, total, "move", "actual"),
    Row("MC-09", "People who were moved", "/rotation-flows", {**MC, **YEAR, "unit": "person"}, 19, total, "person", "actual"),
    Row("MC-10", "Cases of appointment and re-appointment", "/appointments", {**MC, **YEAR}, 17, total, "case", "actual"),
    Row("MC-11", "Of them in the planning pool", "/appointments", {**MC, **YEAR, "by": "planned"}, {"no": 0, "yes": 17}, by("planned"), "case", "actual"),
    Row("MC-12", "Secretary and chair of a commune: one person", "/paired-posts", {**MC, **END}, [True, True, True], column("same")),
    Row("MC-13", "Posts for people from elsewhere held by people from there", "/conflicts", {**MC, **END, "rule": "NOT_LOCAL"}, 0, number),
    Row("MC-14", "Relatives who lead one division, before a move", "/conflicts", {"place": OFFICE, "as_of": "2019-02-24", "rule": "KIN_SAME_COLLECTIVE"}, 1, number),
    Row("MC-14", "and after it", "/conflicts", {"place": OFFICE, "as_of": "2019-02-25", "rule": "KIN_SAME_COLLECTIVE"}, 0, number),
    Row("MC-15", "Moves by kind", "/rotation-flows", {**MC, **YEAR, "by": "kind"}, {"REINFORCEMENT": 1, "ROTATION": 9, "TRANSFER": 10}, by("kind"), "move", "actual"),
    Row("MC-16", "Texts on planning in force", "/rules", {"kind": "TEXT", "as_of": "2019-06-30"}, ["42-NQ/TW", "15-HD/BTCTW", "06-HD/BTCTW"], lambda answer: next(each["parameters"]["texts"] for each in answer["items"] if each["rule"] == "TEXT_PLANNING")),
    Row("MC-17", "Nominated for the congress of May 2020", "/candidacies", {**MC, "by": "outcome", "as_of": "2020-02-15", "known_at": "2020-02-15"}, {"NOMINATED": 10}, by("outcome"), "case", "actual"),
    Row("MC-17", "and elected by it", "/candidacies", {**MC, "by": "outcome", "as_of": "2020-06-30"}, {"ELECTED": 8, "NOMINATED": 2}, by("outcome"), "case", "actual"),
)  # fmt: skip
