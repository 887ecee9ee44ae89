"""The report of a place, what is to come in it, and what its reorganisations did: the same numbers, each to be opened."""

from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from starlette.testclient import TestClient

from services.demo.city.world import demo_id
from services.demo.published.kien_an import DISTRICT
from services.demo.published.mong_cai import CITY
from services.demo.published.thu_dau_mot import _CITY as THU_DAU_MOT

YEAR = {"place": CITY, "from": "2019-01-01", "to": "2019-12-31"}


@pytest.fixture(scope="module")
def report(client: TestClient) -> Any:
    return client.get("/reports/cadre-work", params=YEAR).json()


def value(report: Any, section: str, question: str, **key: str) -> Any:
    return next(
        line["value"]
        for line in report["lines"]
        if (line["section"], line["question"], line["key"]) == (section, question, key)
    )


def test_it_says_what_the_place_published(report: Any) -> None:
    assert value(report, "rotation", "done") == 20
    assert value(report, "appointment", "cases") == 17
    assert value(report, "appointment", "planned", planned="yes") == 17
    assert value(report, "training", "trained", field="LEADERSHIP", level="DIVISION", status="SENT") == 84
    assert (
        value(report, "training", "trained", field="OVERSEAS", level="SCHEME_165", status="REGISTERED") == 2
    )


def test_no_data_is_not_nothing(report: Any) -> None:
    assert value(report, "rotation", "planned") is None
    assert value(report, "rotation", "planned", direction="UP") is None


def test_every_number_opens_to_as_many_facts(client: TestClient, report: Any) -> None:
    answers: dict[str, Any] = {}
    for line in report["lines"]:
        address = urlsplit(line["opens"])
        if line["opens"] not in answers:
            params = dict(parse_qsl(address.query, keep_blank_values=True))
            answers[line["opens"]] = client.get(address.path, params=params).json()
        answer = answers[line["opens"]]
        found = answer.get("figures", answer.get("changes"))
        chosen = [each for each in found if line["key"].items() <= each["key"].items()]
        assert sum(len(each["facts"]) for each in chosen) == line["facts"], line["opens"]
        if line["key"]:
            assert [each.get("change", each.get("value")) for each in chosen] == [line["value"]]
        else:
            assert answer["total"] == line["value"]


def test_it_is_read_in_two_languages(client: TestClient) -> None:
    vietnamese = client.get("/reports/cadre-work", params={**YEAR, "format": "text"}).text
    assert "Công tác cán bộ của Thành phố Móng Cái" in vietnamese
    assert "Tổng số: 20 lượt" in vietnamese
    english = client.get("/reports/cadre-work", params={**YEAR, "format": "text", "lang": "en"}).text
    assert "Total: 20 moves" in english
    assert "no data" in english


def test_a_sheet_has_numbers_and_texts_and_no_formula(client: TestClient, report: Any) -> None:
    answer = client.get("/reports/cadre-work", params={**YEAR, "format": "xlsx"})
    assert "attachment" in answer.headers["content-disposition"]
    with ZipFile(BytesIO(answer.content)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    cells = list(sheet.iter(f"{name}c"))
    assert not list(sheet.iter(f"{name}f"))
    numbers = [
        cell.find(f"{name}v") for cell in cells if cell.get("t") is None and cell.get("r", "")[0] == "D"
    ]
    assert [int(each.text or "") for each in numbers if each is not None] == [
        line["value"] for line in report["lines"] if line["value"] is not None
    ]


def test_what_is_to_come(client: TestClient) -> None:
    params = {"place": THU_DAU_MOT, "as_of": "2018-01-08", "years": "10"}
    found = client.get("/forecast", params=params).json()
    titles = {item["title"]: item for item in found["items"]}
    standing = titles["Phó Bí thư Thường trực Thành ủy"]
    assert standing["leaving"][0]["cause"] == "VACANT"
    assert standing["bench"] == 6 == len([each for each in standing["successors"] if each["in_time"]])
    assert found["pool"] == 24
    assert sum(found["by_cause"].values()) == found["vacancies"] == sum(found["by_year"].values())
    without = [item for item in found["items"] if not item["bench"]]
    assert len(without) == found["no_successor"] > 0
    assert {each["cause"] for item in found["items"] for each in item["leaving"]} >= {"VACANT", "TERM_END"}
    assert found["rules"] == [], "no retirement table of that day is on file"


def test_rotations_end_and_people_retire(client: TestClient) -> None:
    params = {"place": THU_DAU_MOT, "as_of": "2021-02-01", "years": "30"}
    assert client.get("/forecast", params=params).json()["by_cause"]["ROTATION_RETURN"] > 0
    found = client.get("/forecast", params={**params, "place": DISTRICT}).json()
    assert found["by_cause"]["RETIREMENT"] > 0
    assert found["rules"][0].startswith("RETIRE_AGE/")


@pytest.mark.parametrize("merger", ["VTT", "TCNV"])
def test_a_merger_loses_nobody(client: TestClient, merger: str) -> None:
    id_ = demo_id("reorganisation", f"KA/{merger}")
    measures = client.get(f"/reorganisations/{id_}/balance").json()["measures"]
    assert {each["measure"] for each in measures} == {
        "units",
        "heads",
        "deputies",
        "people",
        "planning entries",
    }
    for each in measures:
        assert each["difference"] == 0, each
        assert each["after"] == each["continued"] + each["created"]
    people = next(each for each in measures if each["measure"] == "people")
    assert people["before"] > 0
    assert people["pending"] == len(people["facts"])


def test_what_was_not_carried_out_has_no_balance(client: TestClient) -> None:
    assert client.get(f"/reorganisations/{DISTRICT}/balance").status_code == 404


def test_nobody_has_no_life(client: TestClient) -> None:
    assert client.get("/cadres/nobody/life").status_code == 404
