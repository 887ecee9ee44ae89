"""The site above cosigns checkpoints of the site below within an exchange, which keeps them and shows them to auditors
(sync.md §8)."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from services.audit.sealing.trees import LogTree
from services.sync.exchange.witnessing import add_checkpoint
from shared.eventlog.cosignatures import CosignatureKey, cosignature_key, verify_cosignature
from shared.eventlog.merkle import consistency_proof
from shared.eventlog.signed_notes import split_note
from shared.replica.checkpoints import parse_checkpoint
from shared.replica.store.exchange_state import WitnessedNote
from tests.sync.cloned_sites import LiveTree, live_tree, status
from tests.sync.test_random_exchanges import LiveSite
from tests.sync.test_split_views import LOG, request


def witnessed(site: LiveSite, line: str = "px/personnel") -> list[WitnessedNote]:
    return [each for each in site.replica.store.exchange.witnessed() if each.line == line]


def listed(tree: LiveTree, site: str) -> list[dict[str, object]]:
    code, output, errors = tree.cadre(site, "audit", "cosignatures", "--json")
    assert code == 0, errors
    return [each for each in json.loads(output) if each["line"] == f"{site}/personnel"]


def test_a_cosignature_comes_back_is_kept_and_shown_to_auditors(tmp_path: Path) -> None:
    """By file: from the district to the ward, and from the province to the district, each for its own logs."""
    with live_tree(tmp_path) as tree:
        px, huyen, tinh = (tree.sites[name] for name in ("px", "huyen", "tinh"))
        px.register("an")
        huyen.register("binh")
        tree.round()
        [note] = witnessed(px)
        assert verify_cosignature(note.note, cosignature_key(huyen.replica.signer)) == note.at
        assert (note.size, note.key) == (1, str(cosignature_key(huyen.replica.signer)))
        assert witnessed(huyen, "huyen/personnel")[0].key == str(cosignature_key(tinh.replica.signer))
        assert witnessed(huyen) == [], "that of px is for px"

        px.register("chi")
        px.register("dung")
        tree.carry(px, huyen)
        px.close()
        px.open()
        assert witnessed(px) == [note], "not before it comes back"
        tree.carry(huyen, px)
        [shown] = listed(tree, "px")
        assert (shown["events"], shown["witness"], shown["state"]) == (3, "huyen", "valid")
        body = request(px, old=0)
        assert add_checkpoint(huyen.replica, body) == (409, "3\n"), "over HTTP it goes on from there"

        archive = tmp_path / "archive"
        code, _, errors = tree.cadre("px", "audit", "export", str(archive))
        assert code == 0, errors
        command = [sys.executable, str(archive / "verify.py"), str(archive), "--json"]
        command += ["--keys", str(archive / "keys.txt")]
        said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        assert said["damage"] == []
        assert any(each.startswith("px/personnel: the first 3 events, by huyen") for each in said["cosigned"])
        own = tmp_path / "other witness.txt"
        own.write_text(f"{CosignatureKey('huyen', bytes(32))}\n", encoding="utf-8")
        done = subprocess.run(
            [*command, "--witnesses", str(own)], capture_output=True, text=True, check=False
        )
        assert [each["code"] for each in json.loads(done.stdout)["damage"]] == ["UNKNOWN_KEY"]
        [file] = archive.glob("cosignatures/personnel-*.txt")
        file.write_text(file.read_text(encoding="utf-8").replace("\n3\n", "\n2\n", 1), encoding="utf-8")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert {each["code"] for each in json.loads(done.stdout)["damage"]} == {
            "FILE_CHANGED",
            "BAD_SIGNATURE",
        }


def test_what_does_not_continue_what_was_cosigned_is_not_cosigned(tmp_path: Path) -> None:
    """Neither a second history, nor one that a key signed which was taken from the site."""
    with live_tree(tmp_path) as tree:
        px, huyen = tree.sites["px"], tree.sites["huyen"]
        px.register("an")
        tree.round()
        with closing(tree.resume_twice("px")) as twin:
            px.register("binh")
            twin.register("chi")
            twin.register("dung")
            tree.carry(px, huyen)
            tree.carry(twin, huyen)
            tree.carry(huyen, px)
        [note] = witnessed(px)
        assert note.size == 2, "before the fork was known"
        with closing(LogTree(px.home / "trees" / "personnel.tree")) as nodes:
            nodes.grow(px.ledger.logs["personnel"])
            proof = tuple(consistency_proof(nodes.read_node, 1, 2))
        assert add_checkpoint(huyen.replica, request(px, 1, proof)) == (409, "2\n")
        assert LOG.origin == "px"


def test_what_is_kept_aside_is_not_cosigned(tmp_path: Path) -> None:
    """It continues what was cosigned, and a key that nobody took signed it: but the site was closed before."""
    with live_tree(tmp_path) as tree:
        px, huyen = tree.sites["px"], tree.sites["huyen"]
        px.register("an")
        tree.carry(px, huyen)

        def cosigned() -> int:
            note = huyen.replica.store.exchange.cosigned("px")["px/personnel"]
            return parse_checkpoint(split_note(note)[0]).size

        assert cosigned() == 1
        words = ("close", "px", "--custodian", "huyen", "--as-known", "--reason", "nhập xã")
        code, _, errors = tree.cadre("huyen", "site", *words)
        assert code == 0, errors
        px.register("late")
        tree.carry(px, huyen)
        [line] = [each for each in status(huyen).origins if each.origin == "px"]
        assert (line.parked, cosigned()) == (1, 1)
        code, _, errors = tree.cadre("huyen", "site", "close", "px", "--extend")
        assert code == 0, errors
        tree.carry(px, huyen)
        assert cosigned() == 2
