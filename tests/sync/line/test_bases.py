"""A vector says only what has changed since one that the other side remembers: with a thousand heads nothing new is a
small message (sync.md §4, §17)."""

from io import BytesIO

import pytest

from services.sync.bundles.faults import BadBundle
from services.sync.exchange.calling import Caller
from services.sync.exchange.line import Line
from services.sync.exchange.messages import MessageContents, make_message, open_message
from services.sync.exchange.site_replica import SiteReplica
from shared.eventlog.merkle import hash_leaf
from shared.replica.runs import Head
from shared.replica.store.exchange_state import Peer
from tests.sync.line.proxy import Proxy
from tests.sync.line.sites import CallingSite
from tests.sync.test_random_exchanges import LiveSite

SMALL = 2000
"""Bytes of a message with nothing new: keys, signature, seals."""


def show_many(replica: SiteReplica, monkeypatch: pytest.MonkeyPatch, count: int) -> frozenset[Head]:
    """Let a site say that it has what so many others stated about exchanging, which never flows down."""
    more = frozenset(
        Head(f"xa-{number:04d}", "sync", "e1", 1, hash_leaf(b"%d" % number)) for number in range(count)
    )
    here = SiteReplica.all_heads

    def all_heads(self: SiteReplica) -> frozenset[Head]:
        found = here(self)
        kept = seen.setdefault(id(found), (found, found | more))
        return kept[1] if self is replica else found

    seen: dict[int, tuple[frozenset[Head], frozenset[Head]]] = {}
    monkeypatch.setattr(SiteReplica, "all_heads", all_heads)
    return more


def size_of_next(giver: LiveSite, to: str) -> int:
    return len(make_message(giver.replica, MessageContents(giver.replica, to), to).raw)


def test_nothing_new_with_a_thousand_heads_is_small_both_ways(
    px: CallingSite, huyen: LiveSite, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = show_many(huyen.replica, monkeypatch, 1000)
    px.register("an")
    caller, connection = Caller(px.replica, "huyen"), Line(line.address)
    whole = size_of_next(huyen, "px")
    assert whole > 40_000, "the hashes of a thousand heads"
    list(caller.exchange(connection))
    list(caller.exchange(connection))
    assert px.replica.peer("huyen").vector >= more
    assert size_of_next(px, "huyen") < SMALL
    assert size_of_next(huyen, "px") < SMALL
    huyen.register("binh")
    px.register("chi")
    assert size_of_next(huyen, "px") < SMALL + 2000, "only what has changed"
    [*_, last] = caller.exchange(connection)
    assert not last.more
    assert px.replica.peer("huyen").vector == huyen.replica.all_heads()
    assert huyen.replica.peer("px").vector == px.replica.all_heads()
    assert huyen.persons() == px.persons() == ["an", "binh", "chi"]
    connection.close()


def test_who_does_not_remember_is_sent_the_whole(px: CallingSite, huyen: LiveSite, line: Proxy) -> None:
    """A site above that was restored takes nothing by halves: it is told once more what there is."""
    px.register("an")
    px.sync(line.address)
    caller, connection = Caller(px.replica, "huyen"), Line(line.address)
    list(caller.exchange(connection))
    assert MessageContents(px.replica, "huyen").base
    huyen.replica.keep_peer(Peer("px"))  # as an older backup has it
    message = make_message(px.replica, MessageContents(px.replica, "huyen"), "huyen")
    with pytest.raises(BadBundle, match="UnknownBase"):
        open_message(huyen.replica, BytesIO(message.raw))
    [only] = caller.exchange(connection)
    assert not only.more
    assert huyen.replica.peer("px").vector == px.replica.all_heads()
    assert MessageContents(px.replica, "huyen").base, "from then on again"
    connection.close()
