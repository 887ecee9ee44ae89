"""Hà Nội: the programme, Hoàn Kiếm's service units and the first contest, as of 13 May 2022."""

from services.demo.city.world import demo_id
from services.demo.published.ha_noi import CITY, HOAN_KIEM
from tests.five_places.published_row import Row, by, change, figure, total

HN, HK = {"place": CITY}, {"place": HOAN_KIEM}
YEAR_2021 = {"from": "2020-12-31", "to": "2021-12-31"}
YEAR_2022 = {"from": "2022-01-01", "to": "2022-12-31"}
DAY = {"as_of": "2022-05-13"}
PROGRAMME = demo_id("decision", "HN/01-CTr/TU 2021-03-17")
PILOT, FIRST = demo_id("contest", "HN/pilot"), demo_id("contest", "HN/thanh-xuan")
BOARD = {"programme": PROGRAMME, "as_of": "2021-12-31"}
ROWS = (
    Row("HN-01", "Topics and schemes of the programme", "/programme-board", BOARD, 34, total, "case", "actual"),
    Row("HN-01", "Agencies that lead them", "/programme-board", {**BOARD, "unit": "unit", "by": "programme"}, 11, total, "unit", "actual"),
    Row("HN-02", "By status at the end of 2021", "/programme-board", BOARD, {"DONE": 16, "IN_PROGRESS": 10, "SUBMITTED": 8}, by("status"), "case", "actual"),
    Row("HN-03", "Divisions of Hoàn Kiếm's service units in 2021", "/balances", {**HK, **YEAR_2021, "kind": "DIVISION"}, -15, change("DIVISION"), "unit", "actual"),
    Row("HN-04", "Service payroll places paid by the budget", "/balances", {**HK, **YEAR_2021, "of": "quota", "kind": "PAYROLL_SERVICE"}, -1950, change("PAYROLL_SERVICE"), "quota", "actual"),
    Row("HN-05", "Titles the pilot plans to fill by contest", f"/contests/{PILOT}", DAY, [90, True], lambda answer: [answer["planned"], answer["approximate"]]),
    Row("HN-06", "Candidates of the first contest, by role", f"/contests/{FIRST}", DAY, [4, {"DEPUTY": 4}], lambda answer: [len(answer["candidates"]), answer["roles"]]),
    Row("HN-06", "How its winner came to the post", f"/contests/{FIRST}", DAY, "CONTEST", lambda answer: answer["route"]),
    Row("HN-07", "Taken out of posts, by ground", "/replacements", {**HN, **YEAR_2022, "by": "ground"}, {"có đơn thư, dư luận": 1, "mất đoàn kết nội bộ": 1, "thiếu nhiệt huyết, trách nhiệm": 1, "tín nhiệm thấp": 1}, by("ground"), "person", "actual"),
    Row("HN-07", "Of them disciplined", "/replacements", {**HN, **YEAR_2022, "by": "disciplined"}, {"no": 4}, by("disciplined"), "person", "actual"),
    Row("HN-08", "Changes of position, apart from rotation", "/rotation-flows", {**HN, **YEAR_2022, "by": "kind"}, 3, figure("POSITION_CHANGE"), "move", "actual"),
    Row("HN-09", "Sent to grassroots training", "/training-summary", {**HN, "from": "2021-01-01", "to": "2021-12-31", "by": "level"}, 9, figure("GRASSROOTS"), "case", "actual"),
    Row("HN-10", "Units rated by inspection", "/evaluation-distribution", {**HN, "period": "2022", "occasion": "INSPECTION", "subject": "COLLECTIVE", "as_of": "2022-05-13"}, {"FAILED": 1, "GOOD": 1}, lambda answer: {k: v for k, v in by("grade")(answer).items() if v and k}, "case", "actual"),
)  # fmt: skip
