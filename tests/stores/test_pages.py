"""The pages of a list joined are the list, in its order, and as it was when the first page was read."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from shared.operations.settings import load

NUMBERS = count(1)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A generated ledger with all kinds of facts."""
    home = tmp_path_factory.mktemp("generated") / "home"
    words = ["generate", str(home), "--events", "10000", "--seed", "7"]
    made = CliRunner().invoke(application(), words)
    assert made.exit_code == 0, made.output
    with closing(open_embedded_ledger(load(home, {}))) as ledger:
        ledger.project_pending()
        with TestClient(create_http_app(ledger)) as client:
            yield client


@pytest.fixture(scope="module")
def root(client: TestClient) -> str:
    """The unit that has the most below it."""
    units = get(client, "/units", parent="root", limit=1000)["items"]
    return str(
        max(units, key=lambda unit: len(get(client, "/org-chart", unit=unit["unit"], depth=32)["items"]))[
            "unit"
        ]
    )


def get(client: TestClient, path: str, **parameters: object) -> Any:
    answer = client.get(path, params=parameters)  # type: ignore[arg-type]  # numbers are written as text
    assert answer.status_code == 200, answer.text
    return answer.json()


def record_more(client: TestClient, root: str) -> None:
    """A person, a unit, a document and a tenure without one: something new for every list."""
    number = next(NUMBERS)
    bodies = {
        "/organization/unit-established": {"name": f"A {number}", "kind": "DIVISION", "parent": root},
        "/personnel/registered": {"name": f"A An {number}"},
        "/regulation/decision-registered": {
            "number": f"{number}/QĐ", "issuer": "UBND", "signed_on": "2026-01-01", "kind": "DECISION", "title": "a",
        },
    }  # fmt: skip
    for path, body in bodies.items():
        answer = client.post(path, json={**body, "effective_from": "2000-01-01"})
        assert answer.status_code == 201, answer.text


LISTS: dict[str, dict[str, object]] = {
    "/org-chart": {"unit": "ROOT", "depth": 32},
    "/search": {"q": "a"},
    "/decisions": {},
    "/decision-register": {},
    "/decision-gaps": {},
    "/holders": {"unit": "ROOT"},
    "/forecast": {"place": "ROOT", "years": 30},
}


@pytest.mark.parametrize("path", LISTS)
def test_pages_joined_are_the_whole_although_facts_arrive_between_them(
    client: TestClient, root: str, path: str
) -> None:
    parameters = {name: root if value == "ROOT" else value for name, value in LISTS[path].items()}
    whole = get(client, path, **parameters)
    lines = whole["items"]
    assert whole["next"] == "" or len(lines) == 1000
    cursor = whole["next"]
    while cursor:
        page = get(client, path, **parameters, cursor=cursor)
        lines += page["items"]
        cursor = page["next"]
    assert len(lines) > 3
    for limit in (min(1000, max(2, len(lines) // 5)), 1000):
        items, cursor = [], ""
        first = get(client, path, **parameters, known_at=whole["known_at"], limit=limit)
        while True:
            items += first["items"]
            assert (first["as_of"], first["known_at"]) == (whole["as_of"], whole["known_at"])
            assert len(first["items"]) <= limit
            if not (cursor := first["next"]):
                break
            record_more(client, root)
            first = get(client, path, **parameters, limit=limit, cursor=cursor)
        assert items == lines


FIGURES: dict[str, dict[str, object]] = {
    "/rotation-flows": {},
    "/planning-pool": {"by": "term"},
    "/planning-changes": {},
    "/appointments": {"by": "kind", "unit": "case"},
    "/replacements": {},
    "/candidacies": {},
    "/unit-counts": {"place": "ROOT"},
    "/programme-board": {},
    "/training-summary": {},
    "/deep-review-counts": {},
    "/planned-share": {},
}


@pytest.mark.parametrize("path", FIGURES)
def test_the_facts_behind_figures_come_in_pages_and_the_figures_are_complete(
    client: TestClient, root: str, path: str
) -> None:
    parameters = {name: root if value == "ROOT" else value for name, value in FIGURES[path].items()}
    whole = get(client, path, **parameters, limit=1000)
    times = {"as_of": whole["as_of"], "known_at": whole["known_at"]}
    wanted: list[list[Any]] = [[] for _ in whole["figures"]]
    every = max(1, sum(len(figure["facts"]) for figure in whole["figures"]) // 5)
    for limit, gathered in ((1000, wanted), (every, [[] for _ in wanted])):
        cursor = ""
        while True:
            page = get(client, path, **parameters, **times, limit=limit, cursor=cursor)
            values = [{**figure, "facts": []} for figure in page["figures"]]
            assert values == [{**figure, "facts": []} for figure in whole["figures"]]
            assert sum(len(figure["facts"]) for figure in page["figures"]) <= limit
            for facts, figure in zip(gathered, page["figures"], strict=True):
                facts += figure["facts"]
            if not (cursor := page["next"]):
                break
        assert gathered == wanted


def test_a_search_may_be_cut_for_each_kind(client: TestClient) -> None:
    """As the page asks: some people, some units and some posts."""
    whole = get(client, "/search", q="a", limit=1000)["items"]
    some = get(client, "/search", q="a", most=3)["items"]
    for kind in ("cadre", "unit", "post"):
        assert [hit for hit in some if hit["kind"] == kind] == [hit for hit in whole if hit["kind"] == kind][
            :3
        ]


def test_a_place_beyond_every_list_is_refused_and_one_beyond_this_list_is_empty(client: TestClient) -> None:
    times = {"as_of": "2025-01-01", "known_at": get(client, "/decisions", limit=1)["known_at"]}
    for first, status in ((10**6, 200), (2**40, 422), (-1, 422)):
        cursor = urlsafe_b64encode(msgspec.json.encode((first, *times.values()))).decode()
        answer = client.get("/decisions", params={"cursor": cursor})
        assert answer.status_code == status, answer.text
        if status == 200:
            assert (answer.json()["items"], answer.json()["next"]) == ([], "")
