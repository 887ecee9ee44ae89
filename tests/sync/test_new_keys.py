"""Sites replace their keys while others do not hear of it, and show the next time that they are still themselves
(sync case 45, sync.md §2)."""

import json
from contextlib import closing
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest

from services.sites.box_keys import load_box_key
from services.sites.events import SiteKeyReplaced
from services.sync.bundles.faults import BadBundle
from services.sync.exchange.calling import Caller
from services.sync.exchange.introducing import introduce, open_introduced
from services.sync.exchange.line import Line
from services.sync.exchange.messages import MessageContents, make_message, open_message
from services.sync.exchange.sending import BundleContents, make_bundle
from shared.commands.command_handler import Origin
from shared.eventlog.merkle import hash_leaf
from shared.eventlog.signed_notes import Signer
from tests.sync.cloned_sites import LiveTree, alarms, live_tree, status
from tests.sync.line.sites import serve_site
from tests.sync.stolen_keys import ask_for_new_key, join_again, revoke_key, write_heads
from tests.sync.test_random_exchanges import DAY


def replace_key(tree: LiveTree, site: str) -> None:
    code, _, errors = tree.cadre(site, "site", "key", "--reason", "hằng năm")
    assert code == 0, errors


def carry(tree: LiveTree, giver: str, taker: str) -> None:
    """As `tree.carry`, by the commands."""
    tree.files += 1
    file = tree.folder / f"{tree.files}.cadre"
    for site, words in ((giver, ("make", "--for", taker, "--out", str(file))), (taker, ("apply", str(file)))):
        code, output, errors = tree.cadre(site, "bundle", *words)
        assert code == 0, output + errors


def test_a_ward_that_was_offline_while_it_replaced_its_key_twice_is_known_again(tmp_path: Path) -> None:
    """Sync case 45: rotation by the site itself, under the old key: nothing that it recorded is doubted."""
    with live_tree(tmp_path) as tree:
        px, huyen, tinh = (tree.sites[name] for name in ("px", "huyen", "tinh"))
        px.register("an")
        tree.round()
        old = tree.folder / "old.cadre"
        px.make("huyen", old)
        replace_key(tree, "px")
        px.register("binh")
        replace_key(tree, "px")
        px.register("chi")
        carry(tree, "px", "huyen")
        assert huyen.replica.tree.present_keys()["px"] == (px.replica.signer.verifier,)
        assert huyen.persons() == ["an", "binh", "chi"]
        code, _, errors = tree.cadre("huyen", "bundle", "apply", str(old))
        assert (code, "RevokedKey" in errors) == (2, True)
        tree.round()
        for site in (px, huyen, tinh):
            assert site.persons() == ["an", "binh", "chi"], site.site
            assert alarms(site) == [], site.site
        assert introduce(px.replica, huyen.replica.all_heads()) == [], "it is said as long as it is news"
        assert status(px).own.delivered == status(px).own.recorded


def test_a_ward_that_hears_of_its_district_alone_learns_its_new_keys(tmp_path: Path) -> None:
    """Over the line, where the district replaced its key itself; by file, where the province took the old one."""
    with live_tree(tmp_path) as tree:
        px, huyen = tree.sites["px"], tree.sites["huyen"]
        tree.round()
        replace_key(tree, "huyen")
        px.register("an")
        with serve_site(huyen) as proxy, closing(Line(proxy.address)) as line:
            list(Caller(px.replica, "huyen").exchange(line))
        assert px.replica.tree.present_keys()["huyen"] == (huyen.replica.signer.verifier,)
        assert status(px).own.delivered == status(px).own.recorded == 1

        request = ask_for_new_key(tree, "huyen")
        revoke_key(tree, "tinh", "huyen", request)
        join_again(tree, "tinh", "huyen", request)
        tree.carry(tree.sites["tinh"], huyen)
        huyen.register("binh")
        carry(tree, "huyen", "px")
        assert px.replica.tree.present_keys()["huyen"] == (huyen.replica.signer.verifier,)
        assert px.persons() == ["an", "binh"]


def test_nobody_is_introduced_by_what_proves_nothing(tmp_path: Path) -> None:
    with live_tree(tmp_path) as tree:
        px, huyen = tree.sites["px"], tree.sites["huyen"]
        tree.round()
        replace_key(tree, "px")
        genuine = introduce(px.replica, ())
        assert len(genuine) == 1
        stranger = Signer("px", hash_leaf(b"somebody"))
        px.replica.signer = stranger
        for shown in (genuine, [b"{}\n", b"", genuine[0].replace(b"h", b"g"), bytes(2**17)]):
            contents = MessageContents(px.replica, "huyen")
            vars(contents)["introductions"] = partial(list, shown)
            file = BytesIO(make_message(px.replica, contents, "huyen").raw)
            alone = huyen.replica.ledger.import_alone()
            with pytest.raises(BadBundle, match="UnknownKey"):
                open_introduced(huyen.replica, file, partial(open_message, huyen.replica, file), alone)


def test_a_bundle_that_introduces_its_sender_is_verified_as_it_is_applied(tmp_path: Path) -> None:
    """Sync case 45: `verify`, `show` and `compare` read what the header shows, and keep nothing of it."""
    with live_tree(tmp_path) as tree:
        px, huyen = tree.sites["px"], tree.sites["huyen"]
        tree.round()
        old = px.replica.signer.verifier
        replace_key(tree, "px")
        px.register("an")
        px.make("huyen", first := tree.folder / "first.cadre")
        px.register("binh")
        px.make("huyen", second := tree.folder / "second.cadre")
        for words in (("verify", first), ("compare", first, second)):
            code, output, errors = tree.cadre("huyen", "bundle", *map(str, words))
            assert code == 0, output + errors
        code, output, _ = tree.cadre("huyen", "bundle", "show", str(second), "--json")
        assert (code, json.loads(output)["signature"]) == (0, "valid")
        assert huyen.replica.tree.present_keys()["px"] == (old,), "nothing is kept"
        assert huyen.persons() == []
        code, output, errors = tree.cadre("huyen", "bundle", "apply", str(second))
        assert code == 0, output + errors
        assert huyen.persons() == ["an", "binh"]


def test_what_a_thief_introduces_is_not_verified(tmp_path: Path) -> None:
    """Sync case 45: he shows his own replacement of the key together with the one that took it from the site."""
    with live_tree(tmp_path) as tree:
        px, huyen, tinh = (tree.sites[name] for name in ("px", "huyen", "tinh"))
        tree.round()
        heads = write_heads(tree, "px")
        taken = Signer("px", hash_leaf(b"thief"))
        with closing(px.copy(tmp_path / "thief")) as thief:
            box_key = load_box_key(thief.home)
            fact = SiteKeyReplaced(key=str(taken.verifier), box_key=box_key, reason="k", effective_from=DAY)
            thief.ledger.apps["sites"].handle("px", fact, Origin(actor="user:lan"))
            thief.replica.reload_tree()
            request = ask_for_new_key(tree, "px")
            revoke_key(tree, "huyen", "px", request, heads)
            join_again(tree, "huyen", "px", request)
            tree.carry(huyen, px)
            shown = [*introduce(thief.replica, ()), *introduce(px.replica, ())]
            assert len(shown) == 2
            thief.replica.signer = taken
            contents = BundleContents(thief.replica, "tinh")
            vars(contents)["introductions"] = partial(list, shown)
            with (stick := tree.folder / "stick.cadre").open("wb") as out:
                make_bundle(thief.replica, contents, "tinh", 1, out)
        for words in ("verify", "apply"):
            code, output, errors = tree.cadre("tinh", "bundle", words, str(stick))
            assert (code, "UnknownKey" in errors) == (2, True), output + errors
        assert tinh.persons() == []
