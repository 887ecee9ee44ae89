"""Thủ Dầu Một city, Bình Dương: rotation from 7 October 2017 to 25 January 2022."""

from typing import Any

from services.chronicle.queries.people.career import CHAIN
from services.demo.city.world import demo_id
from services.demo.published.thu_dau_mot import _CITY, UP
from tests.five_places.published_row import Row, by, column, figure, number, total

TDM = {"place": _CITY}
TIME = {"from": "2017-10-07", "to": "2022-01-25"}
CADRE = demo_id("person", f"TDM/lc{UP + 1:03}")


def returned(answer: Any) -> Any:
    """How long those served who came back, and whether their next post is a step to the planned title."""
    back = [each for each in answer["items"] if each["outcome"] == "RETURNED"]
    return [len(back), min(each["months"] for each in back) >= 36, all(each["approach"] for each in back)]


def watched(answer: Any) -> Any:
    return [[bool(each["supervisor_name"]), each["kind"]] for each in answer["items"]]


def confidence(answer: Any) -> Any:
    """The least share of high votes of those rotated in, against the greatest of those from there."""
    came = [each["share_high"] for each in answer["items"] if each["rotated"]]
    local = [each["share_high"] for each in answer["items"] if not each["rotated"]]
    return [len(came), len(local), min(came) > max(local)]


ROWS = (
    Row("TDM-01", "Moves up, ward to city", "/rotation-flows", {**TDM, **TIME}, 7, figure("UP"), "move", "actual"),
    Row("TDM-02", "Moves down, city to ward", "/rotation-flows", {**TDM, **TIME}, 17, figure("DOWN"), "move", "actual"),
    Row("TDM-02", "Moves together", "/rotation-flows", {**TDM, **TIME}, 24, total, "move", "actual"),
    Row("TDM-03", "Moves until the end of 2021: none fell after", "/rotation-flows", {**TDM, "from": "2017-10-07", "to": "2021-12-31"}, 24, total, "move", "actual"),
    Row("TDM-04", "The province's regulation in the register", "/decisions", {"q": "05-QĐ/TU", "as_of": "2022-01-25"}, [["05-QĐ/TU", "Tỉnh ủy Bình Dương", "2018-04-23", "REGULATION"]], lambda answer: [line for line in column("number", "issuer", "signed_on", "kind")(answer) if line[1] == "Tỉnh ủy Bình Dương"]),
    Row("TDM-05", "Sent down from the city's bodies, by level of the unit", "/rotation-flows", {**TDM, **TIME, "by": "direction,to_level"}, {"DOWN ": 17, "UP ": 7}, by("direction", "to_level"), "move", "actual"),
    Row("TDM-06", "Rotated without a live planning entry", "/findings", {**TDM, "rule": "ROT_IN_PLANNING"}, 0, number),
    Row("TDM-07", "Returned: how many, after 36 months, next to the planned title", "/rotations", {**TDM, **TIME}, [4, True, True], returned),
    Row("TDM-08", "Who watches over a rotated cadre", "/rotations", {"cadre": CADRE, "as_of": "2019-01-01"}, [[True, "ROTATION"]], watched),
    Row("TDM-08", "and how the host collective judged each year", "/evaluations", {"subject": CADRE}, [["2018", "HOST_COLLECTIVE"], ["2019", "HOST_COLLECTIVE"], ["2020", "HOST_COLLECTIVE"]], lambda answer: sorted(column("period", "evaluator")(answer))),
    Row("TDM-09", "Voted on before the congresses of 2020: rotated, local, and the rotated higher", "/ballots", {**TDM, "from": "2020-01-01", "to": "2020-12-31", "kind": "RATING"}, [4, 4, True], confidence),
    Row("TDM-10", "The chain of one cadre", f"/cadres/{CADRE}/life", {}, list(CHAIN), lambda answer: answer["chain"]),
    Row("TDM-11", "Moves by direction", "/rotation-flows", {**TDM, **TIME}, {"DOWN": 17, "LATERAL": 0, "UP": 7}, by("direction"), "move", "actual"),
)  # fmt: skip
