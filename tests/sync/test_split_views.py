"""A site that shows two histories is found by signed checkpoints alone: in an exchange, and by a witness."""

from contextlib import closing
from pathlib import Path

from services.audit.sealing.trees import LogTree
from services.sync.domain.receipts import fold_quarantines
from services.sync.exchange.forks import make_quarantines
from services.sync.exchange.witnessing import add_checkpoint
from shared.eventlog.cosignatures import cosignature_key, verify_cosignature
from shared.eventlog.merkle import consistency_proof
from shared.eventlog.signed_notes import encode_base64
from shared.replica.runs import LogId
from tests.sync.cloned_sites import alarms, live_tree, status
from tests.sync.test_random_exchanges import LiveSite

LOG = LogId("px", "personnel")


def test_a_checkpoint_that_another_site_saw_shows_a_second_history(tmp_path: Path) -> None:
    """Sync case 16: huyen alarms, and has none of the entries that px showed to py."""
    with live_tree(tmp_path) as tree:
        px, huyen, py = tree.sites["px"], tree.sites["huyen"], tree.open("py")
        px.register("an")
        tree.round()
        tree.carry(huyen, py)
        with closing(tree.resume_twice("px")) as twin:
            px.register("binh")
            twin.register("chi")
            tree.carry(px, huyen)
            tree.carry(py, huyen)
            assert alarms(huyen) == [], "py has the history that huyen has"
            show(twin, py)
        assert py.replica.store.load_log(LOG) != huyen.replica.store.load_log(LOG)
        for _ in range(2):
            tree.carry(py, huyen)
            [event] = px.ledger.logs["personnel"].load_stream("binh")
            assert alarms(huyen) == [f"Fork px personnel {event.epoch} {event.seq}"]
        assert huyen.persons() == ["an", "binh"]
        [line] = [each for each in status(huyen).origins if each.origin == "px"]
        assert (line.states, line.quarantined) == (["following", "fork"], 0)
        stated = fold_quarantines(huyen.replica.read_statements())["huyen"]
        assert list(stated) == [(LOG, event.epoch, event.seq)]
        assert make_quarantines(huyen.replica, huyen.replica.store.logs()) == []
        answered = add_checkpoint(huyen.replica, request(py, old=0))
        assert (answered.status, answered.body) == (409, "2\n"), "it is not cosigned either"


def show(giver: LiveSite, taker: LiveSite) -> None:
    """Entries of the ward go to another ward, past those who stand above both."""
    for chunk in giver.replica.store.chunks_to_send(LOG, taker.replica.vector(LOG)):
        keys = taker.replica.tree.signing_keys()
        assert taker.replica.store.import_chunk(chunk, keys, taker.replica.arrival()).proven


def request(site: LiveSite, old: int, proof: tuple[bytes, ...] = ()) -> str:
    """The body of `add-checkpoint` for the newest checkpoint that a site has of the ward's log."""
    lines = "".join(f"{encode_base64(each)}\n" for each in proof)
    return f"old {old}\n{lines}\n{site.replica.store.read_checkpoints(LOG)[-1]}"


def test_what_does_not_continue_is_not_cosigned(tmp_path: Path) -> None:
    """Sync case 17: a smaller tree with another root."""
    with live_tree(tmp_path) as tree:
        px, huyen = tree.sites["px"], tree.sites["huyen"]
        px.register("an")
        tree.round()
        with closing(tree.resume_twice("px")) as twin:
            twin.register("binh")
            smaller = request(twin, old=0)
        px.register("chi")
        px.register("dung")
        with closing(LogTree(px.home / "trees" / "personnel.tree")) as nodes:
            nodes.grow(px.ledger.logs["personnel"])
            proof = tuple(consistency_proof(nodes.read_node, 1, 3))
        body = request(px, 1, proof)
        answered = add_checkpoint(huyen.replica, body)
        key = cosignature_key(huyen.replica.signer)
        assert answered.status == 200
        assert verify_cosignature(body.partition("\n\n")[2] + answered.body, key)
        for old, said in ((0, (409, "3\n")), (3, (400, "")), (2, (409, "3\n"))):
            assert add_checkpoint(huyen.replica, smaller.replace("old 0", f"old {old}")) == said
        px.register("em")
        with closing(LogTree(px.home / "trees" / "personnel.tree")) as nodes:
            nodes.grow(px.ledger.logs["personnel"])
            proof = tuple(consistency_proof(nodes.read_node, 3, 4))
        assert add_checkpoint(huyen.replica, request(px, 3, (bytes(32),))).status == 422
        assert add_checkpoint(huyen.replica, request(px, 3, proof)).status == 200
        assert add_checkpoint(huyen.replica, request(px, 3, proof)) == (409, "4\n")
        unknown = body.replace("\npx/personnel\n", "\nxa/personnel\n")
        assert [add_checkpoint(huyen.replica, each).status for each in (unknown, "old x")] == [404, 400]
        forged = body.replace("\n3\n", "\n4\n", 1)
        assert add_checkpoint(huyen.replica, forged).status == 403
        assert alarms(huyen) == []
