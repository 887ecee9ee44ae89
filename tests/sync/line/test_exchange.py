"""Two sites exchange over a line."""

from services.sync.events import Received
from tests.sync.line.proxy import Proxy
from tests.sync.line.sites import CallingSite
from tests.sync.test_random_exchanges import LiveSite


def test_what_a_ward_records_is_shown_above_after_one_exchange_and_the_reverse(
    px: CallingSite, huyen: LiveSite, line: Proxy
) -> None:
    px.register("an")
    huyen.register("binh")
    rounds = px.sync(line.address)
    assert huyen.persons() == px.persons() == ["an", "binh"]
    assert rounds[-1].more is False
    assert px.digests() == huyen.digests()
    assert px.own() == (1, 1, 1)


def test_delivered_only_by_receipt(px: CallingSite, huyen: LiveSite, line: Proxy) -> None:
    """Sync case 1: sent is what has gone out, delivered what the parent has signed for."""
    px.register("an")
    assert px.own() == (1, 0, 0)
    px.sync(line.address)
    assert px.own() == (1, 1, 1)


def receipts(site: LiveSite) -> int:
    log = site.ledger.logs["sync"]
    return sum(isinstance(event.fact, Received) for _, event in log.read(0, 10_000))
