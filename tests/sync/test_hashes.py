"""Where two histories of a log part is found by asking a neighbour for roots (sync.md §4, `POST /sync/hashes`)."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from services.sync.exchange.calling import Caller
from services.sync.exchange.hashes import HashesRefused, HashRequest, answer_hashes, find_first_difference
from services.sync.exchange.line import Line, LineFault
from services.sync.exchange.site_replica import SiteReplica
from shared.eventlog.merkle import hash_leaf
from shared.eventlog.signed_notes import Signer
from shared.replica.runs import LogId
from tests.sync.cloned_sites import LiveTree, alarms, live_tree
from tests.sync.line.sites import serve_site
from tests.sync.test_split_views import LOG, show


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[LiveTree]:
    """px has shown py another history than huyen, from its second fact on; each has seven facts of it."""
    with live_tree(tmp_path) as made:
        px, huyen, py = made.sites["px"], made.sites["huyen"], made.open("py")
        px.register("an")
        made.round()
        made.carry(huyen, py)
        with closing(made.resume_twice("px")) as twin:
            for number in range(6):
                px.register(f"binh-{number}")
                twin.register(f"chi-{number}")
            made.carry(px, huyen)
            show(twin, py)
        yield made


def test_the_alarm_names_the_first_entry_that_differs(tree: LiveTree) -> None:
    """Sync case 16: not only the entry with which a contradicting checkpoint ends."""
    huyen, py = tree.sites["huyen"], tree.sites["py"]
    [run] = [each for each in huyen.replica.store.load_log(LOG).runs if each.last == 7]
    with serve_site(huyen) as proxy, closing(Line(proxy.address)) as line:
        list(Caller(py.replica, "huyen").exchange(line))
        assert alarms(py) == [f"Fork px personnel {run.epoch} 2"]
        with pytest.raises(LineFault, match="UnknownKey"):
            line.ask(ask(py.replica, signer=Signer("py", hash_leaf(b"stolen"))))


def ask(replica: SiteReplica, signer: Signer | None = None, **changed: object) -> str:
    """A signed request, with other values."""

    request = HashRequest(
        sender=replica.site,
        to="huyen",
        at=replica.clock(),
        origin="px",
        topic="personnel",
        epoch="e",
        seqs=(1,),
    )
    text = msgspec.json.encode(replace(request, **changed)).decode() + "\n"
    return (signer or replica.signer).sign(text)


def test_who_asks_is_a_neighbour_that_signs(tree: LiveTree) -> None:
    huyen, py = tree.sites["huyen"], tree.sites["py"]
    for note, rule in (
        (ask(py.replica, to="tinh"), "NotAddressed"),
        (ask(py.replica, sender="xa"), "UnknownSite"),
        (ask(py.replica, sender="px"), "UnknownKey"),
        (ask(py.replica, seqs=tuple(range(1, 66))), "TooMuch"),
        (ask(py.replica, seqs=()), "TooMuch"),
        ("no note", "BadRequest"),
        (ask(py.replica).replace('"px"', '"py"'), "BadSignature"),
    ):
        with pytest.raises(HashesRefused) as refused:
            answer_hashes(huyen.replica, note)
        assert refused.value.rule == rule
    assert '"roots":[""]' in answer_hashes(huyen.replica, ask(py.replica)), "nothing of that epoch is here"
    assert '"roots":[""]' in answer_hashes(huyen.replica, ask(py.replica, topic="none"))


def test_a_million_entries_take_few_rounds(tree: LiveTree, monkeypatch: pytest.MonkeyPatch) -> None:
    huyen, py, rounds, parts_at = tree.sites["huyen"], tree.sites["py"], [0], 0

    def root(replica: SiteReplica, log: LogId, epoch: str, seq: int) -> bytes:
        side = replica.site if seq >= parts_at else "both"
        return hash_leaf(f"{side} {seq}".encode())

    def count(note: str) -> str:
        rounds[0] += 1
        return answer_hashes(huyen.replica, note)

    monkeypatch.setattr("services.sync.exchange.hashes._root", root)
    for parts_at in (1, 2, 65, 999_999, 1_000_000):
        rounds[0] = 0
        found = find_first_difference(py.replica, "huyen", LOG, "e1", 1_000_000, count)
        assert (found, rounds[0] <= 20) == (parts_at, True)
    parts_at = 1_000_001
    assert find_first_difference(py.replica, "huyen", LOG, "e1", 1_000_000, count) == 0, "they are the same"
