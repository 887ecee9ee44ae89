"""Every question answers at the edges of the calendar and to odd values, and never with 500 (issue 11: `/due` on
0001-01-01; repro hostile)."""

import re
from collections import Counter
from itertools import combinations
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from services.bootstrap.services import REGISTRY
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day, PDate, add_months
from tests.contract.completeness import list_operations
from tests.contract.test_openapi import DOCUMENT
from tests.faults.counting import ROUNDS

DATES = {"as_of", "from", "to", "known_at", "known_from", "known_to"}
DAYS = ("0001-01-01", "0001-01-31", "9999-12-31", "9999-12-30", "9998-12-31", "2024-02-29")
ODD = (
    "", "%", "_", "'", '"', "\\", "x" * 5000, "\u202e", "\U0001f600", "a\nb", "a\tb", "a\0b", "0", "-1", "²", "1e400",
    "a,b", "null", "9" * 5000, "..", "~", "TERM-9998-9999", "9999", "9999-Q4", "0001",
)  # fmt: skip
QUESTIONS = [
    (path, operation)
    for path, method, operation in list_operations(DOCUMENT)
    if method == "get" and not path.endswith("/live") and not path.startswith("/schemas")
]
ASKED_BY = Counter(each["name"] for _, operation in QUESTIONS for each in operation.get("parameters", ()))
COMMON = {name for name, questions in ASKED_BY.items() if questions > len(QUESTIONS) / 2}
"""Parameters that one function reads for most questions."""


def send(client: TestClient, path: str, fact: str, when: str, **fields: Any) -> str:
    headers = {"If-Match": "*"} if path.count("/") == 2 else {}
    answer = client.post(path, json={"type": fact, "effective_from": when, **fields}, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["stream"])


@pytest.fixture(scope="module")
def world(client: TestClient) -> dict[str, str]:
    """People born, and in posts and lists, on the first and the last days there are."""
    created, service = "organization.post-created", "personnel.registered"
    unit = send(
        client, "/organization", "organization.unit-established", "0001-01-01", name="Đ%_", kind="OTHER"
    )
    post = send(
        client, "/organization", created, "0001-01-01", unit=unit, title="T", term_months=60, title_code="BT"
    )
    round_ = send(
        client,
        "/planning",
        "planning.round-opened",
        "0001-01-01",
        owner=unit,
        title_set="BCH",
        term="2025-2030",
    )
    cadre = ""
    for birth, sex, start in (
        ("0001-01-01", "F", "0001-01-01"),
        ("9999-12-29", "M", "9999-12-30"),
        ("1960", "M", "1990"),
        ("~", "F", "..0001-01-01"),
    ):
        cadre = send(client, "/personnel", service, start, name="K", birth=birth, sex=sex, party_joined=birth)
        tenure, entry = f"t-{cadre}", f"e-{cadre}"
        appointed = "appointment.appointed"
        send(client, f"/appointment/{cadre}", appointed, start, tenure=tenure, post=post, term_months=60)
        added = {"entry": entry, "cadre": cadre, "post": post}
        send(client, f"/planning/{round_}", "planning.added-to-planning", "9999-12-31", **added)
        ordered = {"review": f"r-{cadre}", "grounds": "x"}
        send(client, f"/evaluation/{cadre}", "evaluation.deep-review-ordered", "9999-12-31", **ordered)
    disciplined = {"case": "k", "side": "PARTY", "form": "REPRIMAND"}
    send(client, f"/personnel/{cadre}", "personnel.disciplined", "9999-12-30", **disciplined)
    return {"unit": unit, "post": post, "cadre": cadre, "place": unit, "subject": cadre, "owner": unit}


QUARTERS = {path: number % 4 for number, (path, _) in enumerate(QUESTIONS)}
EVERY_VALUE = [pytest.param(True, id="long", marks=pytest.mark.long)] if ROUNDS >= 5 else []


def odd_values(name: str, path: str, every: bool) -> tuple[str, ...]:
    """All odd values, or a quarter of them for a common parameter: each is met by the questions of one quarter."""
    return ODD if every or name not in COMMON else ODD[QUARTERS[path] :: 4]


@pytest.mark.parametrize("every", [pytest.param(False, id="short"), *EVERY_VALUE])
@pytest.mark.parametrize(("path", "operation"), QUESTIONS, ids=[path for path, _ in QUESTIONS])
def test_a_question_never_answers_500(
    client: TestClient, world: dict[str, str], path: str, operation: Any, every: bool
) -> None:
    names = {each["name"]: each for each in operation.get("parameters", ()) if each["in"] == "query"}
    needed = {name: world.get(name, "2020-01-01") for name, each in names.items() if each.get("required")}
    ids = {**world, "topic": "personnel", "stream": world["cadre"]}

    def url(id_: str = "") -> str:
        return re.sub(
            r"\{(\w+)(:path)?\}", lambda name: quote(id_ or ids.get(name[1], world["unit"]), safe=""), path
        )

    asked: list[tuple[str, dict[str, str]]] = [(url(), needed), (url(world["cadre"]), needed)]
    for name in names:
        asked += [(url(), {**needed, name: odd}) for odd in odd_values(name, path, every)]
    dates = sorted(DATES & names.keys())
    for count in range(1, len(dates) + 1):
        for some in combinations(dates, count):
            asked += [(url(), {**needed, **dict.fromkeys(some, day)}) for day in DAYS]
    if {"from", "to"} <= names.keys():
        asked += [(url(), {**needed, "from": one, "to": other}) for one, other in (DAYS[1:3], DAYS[2::-2])]
    if "{" in path:
        asked += [(url(odd), needed) for odd in ODD if odd]
    for where, parameters in asked:
        answer = client.get(
            where, params={**parameters, **({"place": world["unit"]} if "place" in names else {})}
        )
        assert answer.status_code < 500, (where[:100], str(parameters)[:200], answer.text)
        assert answer.status_code < 400 or answer.headers["content-type"] == "application/problem+json"


def test_months_end_where_the_calendar_ends() -> None:
    """`/due?as_of=0001-01-01` answered 500: there is no year 0."""
    for months in (-1, -12, -13, -100_000):
        assert add_months(FIRST_DAY, months) == FIRST_DAY
    for months in (1, 12, 100_000):
        assert add_months(LAST_DAY, months) == LAST_DAY
    assert add_months(Day(PDate("0001-02-28")), -1) == "0001-01-28"


def test_a_slash_or_a_zero_in_an_address_is_refused_in_every_service(client: TestClient) -> None:
    for each in REGISTRY:
        if each.has_api():
            assert client.get(f"/{each.name}/a%2Fb/facts").json()["rule"] == "BadId"
            assert client.get(f"/{each.name}/a%00b/facts").json()["rule"] == "BadParameter"
