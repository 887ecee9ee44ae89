"""The signing key of a ward was stolen, and facts were forged with it (sync case 45): at real sites, by files."""

import json
import secrets
from contextlib import closing
from pathlib import Path

from services.sites.box_keys import load_box_key
from services.sites.events import SiteKeyReplaced
from shared.commands.command_handler import Origin
from shared.eventlog.signed_notes import Signer, encode_base64
from tests.sync.cloned_sites import LiveTree, alarms, live_tree, status
from tests.sync.stolen_keys import ask_for_new_key, join_again, read_heads, revoke_key, write_heads
from tests.sync.test_random_exchanges import DAY, LiveSite


def held_for_key(site: LiveSite) -> list[tuple[str, int, int]]:
    """What a site has of px and does not count because of its key: (topic, first, last)."""
    [line] = [each for each in status(site).origins if each.origin == "px"]
    return [(each.topic, each.first, each.last) for each in line.held if each.why == "key"]


def check_well(tree: LiveTree, *sites: str) -> None:
    for site in sites:
        assert tree.sites[site].ledger.check_integrity().complaints == [], site
        for words in (("verify",), ("audit", "replay")):
            code, output, errors = tree.cadre(site, *words)
            assert code == 0, f"{site}: {output}{errors}"


def test_forged_facts_are_held_and_the_ward_goes_on_with_a_new_key(tmp_path: Path) -> None:
    """Sync case 45: what came before the key was taken away ceases to count, everywhere alike."""
    with live_tree(tmp_path) as tree:
        px, huyen, tinh = (tree.sites[name] for name in ("px", "huyen", "tinh"))
        for number in range(20):
            px.register(f"c{number:02}")
        tree.round()
        honest = px.persons()
        [event] = px.ledger.logs["personnel"].load_stream("c19")
        assert event.seq == 20
        with closing(px.resume_twice(tmp_path / "thief")) as thief:
            heads = write_heads(tree, "px")
            thief.register("forged-1")
            thief.register("forged-2")
            tree.carry(thief, tinh)  # on a stick, before anybody knows
            assert tinh.persons() == [*honest, "forged-1", "forged-2"]
            stick = tree.folder / "stick.cadre"
            thief.make("huyen", stick)
        request = ask_for_new_key(tree, "px")
        assert revoke_key(tree, "huyen", "px", request, heads) == ""
        code, _, errors = tree.cadre("huyen", "bundle", "apply", str(stick))
        assert (code, "RevokedKey" in errors) == (2, True), errors
        tree.carry(huyen, tinh)
        assert tinh.persons() == honest
        tree.carry(tinh, huyen)
        assert huyen.persons() == honest
        for site in (huyen, tinh):
            assert held_for_key(site) == [("personnel", 21, 22)], site.site
            assert f"RevokedKey px personnel {event.epoch} 21" in alarms(site), site.site

        join_again(tree, "huyen", "px", request)
        px.register("after")
        [after] = px.ledger.logs["personnel"].load_stream("after")
        assert (after.seq, after.epoch != event.epoch) == (1, True)
        tree.round()
        tree.round()
        for site in (px, huyen, tinh):
            assert site.persons() == ["after", *honest], site.site
            assert alarms(site) == [], "neither cloned nor restored nor forked: robbed, and over"
        assert held_for_key(huyen) == held_for_key(tinh) == [("personnel", 21, 22)]
        [line] = [each for each in status(tinh).origins if each.origin == "px"]
        assert "key" in line.states, "what was forged is still named"
        assert len({str(site.digests()) for site in (px, huyen, tinh)}) == 1
        assert status(px).own.delivered == status(px).own.recorded - 2, "the forged ones never"
        check_well(tree, "px", "huyen")


def test_a_forged_side_makes_no_fork_and_what_the_ward_vouches_for_counts(tmp_path: Path) -> None:
    """Sync case 45: forged at a place that is trusted, beside what the ward recorded before it knew; at a sibling too,
    to which no receipts flow."""
    with live_tree(tmp_path) as tree:
        py, (px, huyen, tinh) = tree.open("py"), (tree.sites[name] for name in ("px", "huyen", "tinh"))
        px.register("an")
        px.register("binh")
        tree.round()
        with closing(px.resume_twice(tmp_path / "thief")) as thief:
            px.register("chi")
            px.register("dung")
            px.make("huyen", tree.folder / "dung.cadre")
            for name in ("forged-1", "forged-2", "forged-3"):
                thief.register(name)
            tree.carry(thief, huyen)
        heads = json.loads(write_heads(tree, "px").read_text(encoding="utf-8"))
        huyen.apply(tree.folder / "dung.cadre")
        tree.carry(huyen, tinh)
        assert [site.persons() for site in (huyen, tinh)] == [["an", "binh"]] * 2, "a fork, so far"
        [chi] = px.ledger.logs["personnel"].load_stream("chi")
        for site in (huyen, tinh):
            assert f"Fork px personnel {chi.epoch} {chi.seq}" in alarms(site), site.site

        trusted = tree.folder / "to chi.heads"
        log = next(
            each for each in px.replica.store.logs() if (each.origin, each.topic) == ("px", "personnel")
        )
        [side] = px.replica.store.read_sides(log, chi.epoch, chi.seq)
        [last] = [each for each in heads if each["topic"] == "personnel"]
        last |= {"seq": chi.seq, "root": encode_base64(side.root)}
        trusted.write_text(json.dumps(heads), encoding="utf-8")
        request = ask_for_new_key(tree, "px")
        revoke_key(tree, "huyen", "px", request, trusted)
        assert huyen.persons() == ["an", "binh", "chi"], "at once where it is stated"
        tree.carry(huyen, py)
        tree.carry(huyen, tinh)
        for site in (huyen, tinh, py):
            assert site.persons() == ["an", "binh", "chi"], site.site
            assert not [text for text in alarms(site) if text.startswith(("Fork", "TwoWriters"))], site.site
            assert len(held_for_key(site)) == 2, "dung, and what was forged"

        join_again(tree, "huyen", "px", request)
        tree.round()
        tree.carry(huyen, py)
        for site in (px, huyen, tinh, py):
            assert site.persons() == ["an", "binh", "chi", "dung"], site.site
            assert not [text for text in alarms(site) if text.startswith(("Fork", "TwoWriters"))], site.site
        assert len({str(site.digests()) for site in (px, huyen, tinh, py)}) == 1
        for site in (huyen, tinh, py):
            assert site.ledger.check_integrity().complaints == []


def test_whoever_stole_a_key_does_not_keep_it_by_replacing_it(tmp_path: Path) -> None:
    """Sync case 45: what the thief states in the registry says nothing, although it sorts after the revocation; without
    `--trusted` the old key is believed as far as the district has receipted."""
    with live_tree(tmp_path) as tree:
        px, huyen, tinh = (tree.sites[name] for name in ("px", "huyen", "tinh"))
        px.register("an")
        tree.round()
        heads = read_heads(write_heads(tree, "px"))
        taken = Signer("px", secrets.token_bytes(32)).verifier
        with closing(px.copy(tmp_path / "thief")) as thief:
            for number in range(30):
                thief.register(f"forged-{number}")
            box_key = load_box_key(thief.home)
            fact = SiteKeyReplaced(key=str(taken), box_key=box_key, reason="đổi khóa", effective_from=DAY)
            thief.ledger.apps["sites"].handle("px", fact, Origin(actor="user:lan"))
            tree.carry(thief, tinh)
        assert tinh.replica.tree.present_keys()["px"] == (taken,)
        request = ask_for_new_key(tree, "px")
        assert revoke_key(tree, "huyen", "px", request) == ""
        stated = huyen.replica.tree.present_keys()["px"]
        tree.carry(huyen, tinh)
        tree.carry(tinh, huyen)
        for site in (huyen, tinh):
            assert site.replica.tree.present_keys()["px"] == stated, site.site
            assert site.persons() == ["an"], site.site
        registered = json.loads(tree.cadre("huyen", "site", "show", "px", "--json")[1])
        named = {each["topic"]: each["seq"] for each in registered["replaced"][-1]["trusted"]}
        assert named["personnel"] == next(each.seq for each in heads if each.topic == "personnel")
        join_again(tree, "huyen", "px", request)
        px.register("binh")
        tree.round()
        assert [site.persons() for site in (px, huyen, tinh)] == [["an", "binh"]] * 3


def test_what_a_thief_has_receipted_is_not_delivered(tmp_path: Path) -> None:
    """Sync case 45, of a site in the middle: nobody is told that a fact arrived which nobody has."""
    with live_tree(tmp_path) as tree:
        px, huyen, tinh = (tree.sites[name] for name in ("px", "huyen", "tinh"))
        px.register("an")
        tree.round()
        tree.round()
        assert status(px).own.delivered == 1
        px.register("binh")
        heads = write_heads(tree, "huyen")
        with closing(huyen.copy(tmp_path / "thief")) as thief:
            tree.carry(px, thief)
            tree.carry(thief, px)
            tree.carry(thief, tinh)
        assert status(px).own.delivered == 2, "so it is said, by a key that is believed"
        [binh] = [head for head in px.replica.all_heads() if (head.origin, head.topic) == ("px", "personnel")]

        def is_receipted() -> bool:
            issued = tinh.replica.issued_by("huyen")
            return issued is not None and binh in issued.receipt.heads

        assert is_receipted()
        revoke_key(tree, "tinh", "huyen", ask_for_new_key(tree, "huyen"), heads)
        assert not is_receipted()
        tree.carry(tinh, px)
        assert status(px).own.delivered == 0, "until the district has signed with its new key"
        join_again(tree, "tinh", "huyen", tree.folder / "huyen.request")
        tree.round()
        tree.round()
        assert status(px).own.delivered == status(px).own.recorded == 2


def test_commands_that_only_read_the_registry_read_nothing_forged(tmp_path: Path) -> None:
    """Sync case 45: what the thief stated came before the key was taken away, and counted until then."""
    with live_tree(tmp_path) as tree:
        px, huyen = tree.sites["px"], tree.sites["huyen"]
        px.register("an")
        tree.round()
        taken = Signer("px", secrets.token_bytes(32)).verifier
        with closing(px.copy(tmp_path / "thief")) as thief:
            fact = SiteKeyReplaced(
                key=str(taken), box_key=load_box_key(thief.home), reason="đổi khóa", effective_from=DAY
            )
            thief.ledger.apps["sites"].handle("px", fact, Origin(actor="user:lan"))
            tree.carry(thief, huyen)
        assert _registered_key(tree, "huyen", "px") == str(taken), "so it is said, by a key that is believed"
        request = ask_for_new_key(tree, "px")
        assert revoke_key(tree, "huyen", "px", request) == ""
        [stated] = huyen.replica.tree.present_keys()["px"]
        assert _registered_key(tree, "huyen", "px") == str(stated)
        [listed] = [each for each in _listed(tree, "huyen") if each["site"] == "px"]
        assert listed["key"] == str(stated)
        join_again(tree, "huyen", "px", request)  # the ticket has nothing of it either
        px.register("binh")
        px.make("huyen", stick := tree.folder / "stick.cadre")
        for words in (("verify", str(stick)), ("apply", str(stick))):
            code, output, errors = tree.cadre("huyen", "bundle", *words)
            assert code == 0, output + errors
        assert huyen.persons() == ["an", "binh"]


def _registered_key(tree: LiveTree, at: str, site: str) -> object:
    return json.loads(tree.cadre(at, "site", "show", site, "--json")[1])["key"]


def _listed(tree: LiveTree, at: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(tree.cadre(at, "site", "list", "--json")[1])["sites"]
    return found
