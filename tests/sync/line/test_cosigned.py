"""Cosignatures over the line: the site above cosigns what a message brought, and its answer hands that back (sync.md
§8)."""

from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from services.audit.sealing.trees import LogTree
from services.sync.exchange.http_routes import ADD_CHECKPOINT
from services.sync.exchange.line import LineFault
from shared.eventlog.cosignatures import cosignature_key, verify_cosignature
from shared.eventlog.merkle import consistency_proof
from tests.sync.line.proxy import Proxy, Weather
from tests.sync.line.sites import CallingSite, serve_site
from tests.sync.test_cosignatures import witnessed
from tests.sync.test_random_exchanges import LiveSite
from tests.sync.test_split_views import request


def sizes(site: LiveSite, line: str = "px/personnel") -> list[int]:
    return [note.size for note in witnessed(site, line)]


def test_a_cosignature_comes_back_in_the_answer(px: CallingSite, huyen: LiveSite, line: Proxy) -> None:
    """Where the answer is lost, in that to the next message; where nothing is new, in none."""
    px.register("an")
    px.sync(line.address)
    [note] = witnessed(px)
    key = cosignature_key(huyen.replica.signer)
    assert (note.size, note.key, verify_cosignature(note.note, key)) == (1, str(key), note.at)

    px.register("binh")
    line.weather = Weather(cut_answer=10)
    with pytest.raises(LineFault, match="Interrupted"):
        px.sync(line.address)
    assert sizes(px) == [1]
    line.weather = Weather()
    px.sync(line.address)
    assert sizes(px) == [2]

    px.sync(line.address)
    before = px.replica.store.transactions
    px.sync(line.address)
    assert (sizes(px), px.replica.store.transactions) == ([2], before)
    assert witnessed(huyen) == [], "that of px is for px"


def test_each_site_has_its_logs_cosigned_by_the_one_above_it(
    px: CallingSite, huyen: CallingSite, folder: Path
) -> None:
    huyen.register("ha")
    with serve_site(huyen) as line:
        px.register("an")
        px.sync(line.address)
    tinh = CallingSite(folder, "tinh", "")
    try:
        with serve_site(tinh) as line:
            huyen.sync(line.address)
        [note] = witnessed(huyen, "huyen/personnel")
        assert note.key == str(cosignature_key(tinh.replica.signer))
        assert witnessed(huyen) == witnessed(px, "huyen/personnel") == []
    finally:
        tinh.close()


def test_a_witness_that_is_asked_over_http_goes_on_from_what_an_exchange_cosigned(
    px: CallingSite, huyen: LiveSite, line: Proxy
) -> None:
    """C2SP tlog-witness: `add-checkpoint`."""
    px.register("an")
    px.sync(line.address)
    address = f"{line.address}{ADD_CHECKPOINT}"
    answer = httpx2.post(address, content=request(px, old=0))
    assert (answer.status_code, answer.text) == (409, "1\n")
    assert answer.headers["content-type"] == "text/x.tlog.size"
    px.register("binh")
    with closing(LogTree(px.home / "trees" / "personnel.tree")) as nodes:
        nodes.grow(px.ledger.logs["personnel"])
        proof = tuple(consistency_proof(nodes.read_node, 1, 2))
    body = request(px, 1, proof)
    answer = httpx2.post(address, content=body)
    assert answer.status_code == 200
    assert verify_cosignature(body.partition("\n\n")[2] + answer.text, cosignature_key(huyen.replica.signer))
    px.sync(line.address)
    assert sizes(px) in ([1], [2])
    forged = body.replace("\n2\n", "\n3\n", 1)
    assert httpx2.post(address, content=forged).status_code == 403
