"""The journey again, over PostgreSQL, Kafka and Faust workers: the same story, not a word changed."""

import httpx2

from tests.cluster.conftest import TOKENS
from tests.journey import a_district_lives_and_ends_and_nobody_is_lost
from tests.journey_judged import a_cadre_is_judged_and_leaves_service
from tests.journey_up import a_cadre_is_planned_rotated_and_comes_back_to_the_planned_title


def test_the_journey_in_a_cluster(address: str) -> None:
    headers = {"Authorization": f"Bearer {TOKENS['write']}"}
    with httpx2.Client(base_url=address, headers=headers, timeout=30) as client:
        a_district_lives_and_ends_and_nobody_is_lost(client)
        a_cadre_is_planned_rotated_and_comes_back_to_the_planned_title(client)
        a_cadre_is_judged_and_leaves_service(client)


def test_without_the_right_token_nothing_is_said_or_done(address: str) -> None:
    fact = {"type": "personnel.registered", "effective_from": "2000", "name": "Ai đó"}
    for token, status, rule in (
        ("", 401, "Unauthorised"),
        ("x" * 40, 401, "Unauthorised"),
        (TOKENS["read"], 403, "ReadsOnly"),
    ):
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        answer = httpx2.post(f"{address}/personnel", headers=sent, json=fact, timeout=30)
        assert (answer.status_code, answer.json()["rule"]) == (status, rule)
    reading = {"Authorization": f"Bearer {TOKENS['read']}"}
    assert httpx2.get(f"{address}/search", params={"q": "ai"}, headers=reading, timeout=30).status_code == 200
