"""What the route for messages refuses, each with its own rule; nothing of it is stored."""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO

import httpx2
import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.sync.bundles.faults import MESSAGE_LIMITS
from services.sync.bundles.writing import write_bundle
from services.sync.exchange.http_routes import ADD_CHECKPOINT
from services.sync.exchange.line import MESSAGES
from services.sync.exchange.messages import MAX_MESSAGE
from services.sync.exchange.session import Session
from services.sync.exchange.site_exchange import SiteExchange
from services.sync.exchange.turns import MAX_WAITING
from shared.core.partial_dates import Instant
from shared.eventlog.signed_notes import Signer
from shared.http.auth import BearerTokens
from shared.http.browser_guard import LOOPBACK_HOSTS, BrowserGuard
from shared.replica.runs import LogId
from tests.sync.line.sites import CallingSite
from tests.sync.test_random_exchanges import LiveSite


@pytest.fixture
def exchange(huyen: LiveSite) -> Iterator[SiteExchange]:
    exchange = SiteExchange(huyen.replica)
    yield exchange
    exchange.close()


@pytest.fixture
def client(huyen: LiveSite, exchange: SiteExchange) -> Iterator[TestClient]:
    guard = BrowserGuard(hosts=LOOPBACK_HOSTS, token="t" * 40, everybody=True)
    app = create_http_app(
        huyen.ledger, tokens=BearerTokens(read="r" * 40, write="w" * 40), guard=guard, exchange=exchange
    )
    with TestClient(app, base_url="http://huyen.example.vn") as client:
        yield client


def message(px: CallingSite) -> bytes:
    px.register("an")
    return Session(px.replica, "huyen").make_request().raw


def refused(answer: httpx2.Response, status: int, rule: str) -> dict[str, object]:
    assert (answer.status_code, answer.json()["rule"]) == (status, rule), answer.text
    body: dict[str, object] = answer.json()
    assert body["title_vi"]
    return body


def test_a_signed_message_needs_no_token_and_any_name_of_the_host_will_do(
    px: CallingSite, huyen: LiveSite, client: TestClient
) -> None:
    raw = message(px)
    foreign = client.post(MESSAGES, content=raw, headers={"Origin": "https://evil.example"})
    refused(foreign, 403, "ForeignOrigin")
    answer = client.post(MESSAGES, content=raw)
    assert answer.status_code == 200, answer.text
    assert huyen.persons() == ["an"]
    assert client.get("/sync/status").status_code in (401, 421), "who asks for the status needs one"


def test_what_is_no_message_is_told_what_is_wrong_where(
    px: CallingSite, huyen: LiveSite, client: TestClient
) -> None:
    raw, stamp, chance = message(px), huyen.replica.stamp(), random.Random(5)
    assert refused(client.post(MESSAGES, content=b""), 422, "BadBundle")["field"]
    assert refused(client.post(MESSAGES, content=b"<html>"), 422, "BadBundle")["case"] == {
        "rule": "NotABundle",
        "where": "file",
    }
    for size in [chance.randrange(1, len(raw)) for _ in range(10)]:
        refused(client.post(MESSAGES, content=raw[:size]), 422, "BadBundle")
    for _ in range(20):
        changed = bytearray(raw)
        changed[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        answer = client.post(MESSAGES, content=bytes(changed))
        assert answer.status_code in (403, 422), answer.text
        assert answer.json()["detail"]
    refused(client.post(MESSAGES, content=raw + b"x"), 422, "BadBundle")
    assert huyen.replica.stamp() == stamp
    assert huyen.persons() == []


def test_a_message_from_nobody_or_for_somebody_else(
    px: CallingSite, huyen: LiveSite, client: TestClient
) -> None:
    tree = px.replica.tree

    def signed(sender: str, signer: Signer, to: str) -> bytes:
        out = BytesIO()
        at = Instant("2026-01-01T00:00:00.000000Z")
        write_bundle(
            out,
            [("vector.json", [b"{}"])],
            signer,
            {to: tree.box_key(to)},
            sender=sender,
            number=1,
            at=at,
            limits=MESSAGE_LIMITS,
        )
        return out.getvalue()

    stranger = signed("stranger", Signer("stranger", bytes(32)), "huyen")
    refused(client.post(MESSAGES, content=stranger), 403, "UnknownSite")
    refused(client.post(MESSAGES, content=signed("px", px.replica.signer, "tinh")), 403, "NotAddressed")
    own = refused(
        client.post(MESSAGES, content=signed("huyen", px.replica.signer, "huyen")), 422, "BadBundle"
    )
    assert own["case"] == {"rule": "WrongSigner", "where": "header"}


def test_too_much_is_refused_before_it_is_read_and_too_many_are_asked_to_come_again(
    px: CallingSite, client: TestClient, exchange: SiteExchange
) -> None:
    refused(client.post(MESSAGES, content=b"x" * (MAX_MESSAGE + 1)), 413, "TooLarge")

    def pieces() -> Iterator[bytes]:
        for _ in range(MAX_MESSAGE // 2**16 + 2):
            yield b"x" * 2**16

    refused(client.post(MESSAGES, content=pieces()), 413, "TooLarge")

    with ExitStack() as stack:
        for _ in range(MAX_WAITING):
            stack.enter_context(exchange.admit())
        answer = client.post(MESSAGES, content=message(px))
        refused(answer, 429, "Busy")
        assert int(answer.headers["Retry-After"]) > 0
    assert client.post(MESSAGES, content=message(px)).status_code == 200


def test_a_site_in_no_tree_and_one_that_stops_exchange_nothing(
    px: CallingSite, huyen: LiveSite, client: TestClient, exchange: SiteExchange
) -> None:
    raw = message(px)
    with TestClient(create_http_app(huyen.ledger)) as alone:
        for answer, status in ((alone.post(MESSAGES, content=raw), 503), (alone.get("/sync/status"), 404)):
            refused(answer, status, "NotExchanging")
            assert answer.headers["Retry-After"]
    exchange.close()
    refused(client.post(MESSAGES, content=raw), 503, "NotExchanging")


def test_a_witness_cosigns_over_http_what_continues_and_nothing_else(
    px: CallingSite, huyen: LiveSite, client: TestClient
) -> None:
    """Sync case 17: 409 and the size that was cosigned, where a checkpoint does not continue it."""
    log = LogId("px", "personnel")

    def ask(old: int) -> httpx2.Response:
        note = px.replica.store.read_checkpoints(log)[-1]
        return client.post(ADD_CHECKPOINT, content=f"old {old}\n\n{note}".encode())

    px.register("an")
    answer = ask(0)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert answer.text.startswith("— huyen")
    answer = ask(0)
    assert (answer.status_code, answer.text) == (409, "1\n")
    assert answer.headers["content-type"].startswith("text/x.tlog.size")
    assert client.post(ADD_CHECKPOINT, content=b"\xff old").status_code == 400
    refused(client.post(ADD_CHECKPOINT, content=b"x" * (2**16 + 1)), 413, "TooLarge")
