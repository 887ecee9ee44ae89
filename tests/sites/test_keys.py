"""A site replaces its keys; whenever it is cut short, the next command brings it to its end."""

import base64
import json
import os
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

import services.cli.site_keys as site_keys
from services.__main__ import application
from services.audit.sealing import keys as signing_keys
from services.audit.sealing import load_signing_key, load_trusted_keys
from services.bootstrap.services import open_embedded_ledger
from services.cli import site_changes
from services.sites import box_keys
from services.sites.box_keys import destroy_old_box_keys, load_box_key, load_box_keys, public_text
from services.sites.domain.trust import signing_keys as keys_of
from services.sites.events import SiteKeyReplaced
from services.sites.membership import load_registry
from shared.core.partial_dates import civil_day
from shared.eventlog.signed_notes import UnknownKey
from shared.operations.settings import load
from shared.replica.checkpoints import open_checkpoint
from tests.sites.office import ENV, Office


@pytest.fixture
def px(joined: tuple[Office, Office]) -> Office:
    return joined[1]


def registered_key(office: Office, site: str) -> str:
    return str(json.loads(office.well("show", site, "--json"))["key"])


def replacements(office: Office) -> int:
    with closing(open_embedded_ledger(load(office.home))) as ledger:
        events = [event for _, event in ledger.logs["sites"].read(0, 1000)]
    return sum(isinstance(event.fact, SiteKeyReplaced) for event in events)


def audit(office: Office, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(application(), ["--home", str(office.home), "audit", *words], env=ENV)
    return done.exit_code, done.stdout + done.stderr


def test_a_site_signs_with_its_new_key_at_once_and_the_old_one_stays_believed(px: Office) -> None:
    assert audit(px, "seal")[0] == 0
    old, old_box = px.signer(), load_box_key(px.home)
    printed = px.well("key", "--reason", "yearly")
    new = px.signer()
    assert printed == f"{new.verifier}\n"
    assert (new != old, registered_key(px, "px")) == (True, str(new.verifier))
    assert load_trusted_keys(px.home, load_signing_key(px.home, "px")) == [new.verifier, old.verifier]
    assert [public_text(key) for key in load_box_keys(px.home)] == [load_box_key(px.home), old_box]
    assert load_box_key(px.home) != old_box
    for words in (("seal",), ("export", str(px.folder / "archive"))):
        code, said = audit(px, *words)
        assert code == 0, said
    for file in ("signing.key", "box.key", "earlier-box.keys"):
        assert (px.home / file).stat().st_mode & 0o077 == 0
    assert not list(px.home.glob("*.next"))
    assert not list(px.home.glob("*.new"))
    assert px.tree()["px"] == ("tinh", "member"), "its ticket names the old key"


def test_the_handover_shows_the_new_key_to_whoever_knows_the_old_one(px: Office) -> None:
    old = px.signer()
    px.well("key", "--reason", "yearly")
    new = px.signer()
    [note] = (px.home / "handovers").glob("*.note")
    text = note.read_text(encoding="utf-8")
    checkpoint = open_checkpoint(text, [old.verifier])
    assert checkpoint == open_checkpoint(text, [new.verifier])
    with closing(open_embedded_ledger(load(px.home))) as ledger:
        log = ledger.logs["sites"]
        [(_, last)] = log.read(checkpoint.size - 1, 1)
        assert isinstance(last.fact, SiteKeyReplaced)
        assert (last.fact.key, last.epoch, last.seq) == (str(new.verifier), checkpoint.epoch, checkpoint.seq)
        registry = load_registry(px.home, "px", new, log, [str(old.verifier)]).registry
    assert keys_of(registry)["px"] == (new.verifier, old.verifier)
    with pytest.raises(UnknownKey):
        open_checkpoint(text, [load_signing_key(px.folder / "elsewhere", "px").verifier])


def test_the_top_replaces_its_key_and_tickets_go_on(joined: tuple[Office, Office]) -> None:
    tinh, px = joined
    pinned = tinh.public_key()
    tinh.well("key", "--reason", "yearly")
    assert tinh.public_key() != pinned
    py = Office(tinh.folder, "py")
    py.join_below(tinh)
    assert registered_key(py, "tinh") == tinh.public_key()
    assert px.tree() == {"tinh": ("", "root"), "px": ("tinh", "member")}


def test_keys_are_replaced_again_and_old_box_keys_are_destroyed_after_90_days(px: Office) -> None:
    signers = [px.signer()]
    for _ in range(3):
        px.well("key", "--reason", "again")
        signers.append(px.signer())
    assert len({each.seed for each in signers}) == 4
    assert len(load_box_keys(px.home)) == 4
    assert len(load_trusted_keys(px.home, signers[-1])) == 4
    today = date.fromisoformat((px.home / "earlier-box.keys").read_text(encoding="ascii")[:10])
    for days, kept in ((0, 4), (90, 4), (91, 1)):
        destroy_old_box_keys(px.home, civil_day((today + timedelta(days=days)).isoformat()))
        assert len(load_box_keys(px.home)) == kept
    assert public_text(load_box_keys(px.home)[0]) == load_box_key(px.home)


class Killed(BaseException):
    """The process ended here."""


def kill(*_: object, **__: object) -> None:
    raise Killed


def killed_before(function: object) -> Callable[..., None]:
    return kill


def killed_after(function: Callable[..., object]) -> Callable[..., None]:
    def call(*args: object, **named: object) -> None:
        function(*args, **named)
        raise Killed

    return call


PLACES = [
    (site_keys, "prepare_next_key", killed_before),
    (site_keys, "prepare_next_box_key", killed_before),
    (site_changes, "record_with_authority", killed_before),
    (site_changes, "record_with_authority", killed_after),
    (site_keys, "use_next_box_key", killed_before),
    (box_keys, "_write_earlier", killed_after),
    (site_keys, "use_next_key", killed_before),
    (signing_keys, "write_own_file", killed_after),
    (site_keys, "use_next_key", killed_after),
]


@pytest.mark.parametrize(
    ("where", "name", "when"), PLACES, ids=[f"{when.__name__}-{name}" for _, name, when in PLACES]
)
def test_killed_at_any_point_the_next_command_ends_it(
    px: Office,
    monkeypatch: pytest.MonkeyPatch,
    where: object,
    name: str,
    when: Callable[[Callable[..., object]], Callable[..., None]],
) -> None:
    old, old_box = px.signer(), load_box_key(px.home)
    monkeypatch.setattr(where, name, when(getattr(where, name)))
    with pytest.raises(Killed):
        CliRunner().invoke(application(), ["--home", str(px.home), "site", "key", "--reason", "x"], env=ENV)
    monkeypatch.undo()
    assert audit(px, "seal")[0] == 0, "whatever key it signs with is believed"
    stated = registered_key(px, "px") != str(old.verifier)
    _, _, errors = px.cadre("list")
    assert ("was cut short" in errors) is (stated and px.signer() == old)
    px.well("key", "--reason", "x")
    assert px.cadre("list")[2] == ""
    assert registered_key(px, "px") == px.public_key() != str(old.verifier)
    opened = [public_text(key) for key in load_box_keys(px.home)]
    assert (opened[0], old_box in opened[1:]) == (load_box_key(px.home), True)
    assert len(set(opened)) == len(opened)
    assert len(opened) == replacements(px) + 1
    assert old.verifier in load_trusted_keys(px.home, px.signer())
    assert not list(px.home.glob("*.next"))


def test_run_again_after_it_was_cut_short_it_replaces_the_key_once(
    px: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_keys, "use_next_key", kill)
    with pytest.raises(Killed):
        CliRunner().invoke(application(), ["--home", str(px.home), "site", "key", "--reason", "x"], env=ENV)
    monkeypatch.undo()
    assert px.well("key", "--reason", "x") == f"{px.public_key()}\n"
    assert replacements(px) == 1


def test_an_authority_states_the_new_keys_of_a_site_whose_old_ones_were_stolen(
    joined: tuple[Office, Office],
) -> None:
    """sync case 45: believed up to the entries that it names, and no further."""
    tinh, px = joined
    heads = px.folder / "px.heads"
    px.well("heads", "--out", str(heads))
    old = px.public_key()
    request = tinh.folder / "px.again"
    same = Path(px.request())
    assert "has that key already" in tinh.refused("key", "px", "--request", str(same), "--reason", "?")
    (px.home / "signing.key").unlink()
    (px.home / "box.key").unlink()
    px.well("init", "--name", "Site px", "--level", "COMMUNE", "--out", str(request))
    assert "cadre site key px --request" in tinh.refused("admit", str(request))
    key = ("key", "px", "--request", str(request), "--trusted", str(heads), "--reason", "stolen")
    Office(tinh.folder, "py").join_below(tinh)
    other = ("key", "py", "--request", str(request), "--reason", "?")
    assert "is the request of px, not of py" in tinh.refused(*other)
    tinh.well(*key, "--on", "2026-03-04")
    shown = json.loads(tinh.well("show", "px", "--json"))
    assert shown["key"] == px.public_key() != old
    [replaced] = shown["replaced"]
    assert (replaced["key"], replaced["by_itself"]) == (old, False)
    assert replaced["trusted"] == json.loads(heads.read_text(encoding="utf-8"))
    ticket = tinh.folder / "px.second"
    tinh.well("admit", str(request), "--out", str(ticket))
    px.well("join", str(ticket))
    assert px.tree()["px"] == ("tinh", "member")


def test_who_may_not_replace_a_key_is_told_why(joined: tuple[Office, Office]) -> None:
    tinh, px = joined
    py = Office(tinh.folder, "py")
    request = tinh.folder / "py.request"
    py.join_below(tinh)
    (py.home / "signing.key").rename(py.home / "signing.key.lost")
    py.well("init", "--name", "Site py", "--level", "COMMUNE", "--out", str(request))
    assert "not the one that is registered" in py.refused("key", "--reason", "lost")
    Office(tinh.folder, "pz").join_below(tinh)
    before = replacements(px)
    assert "no site py is registered" in px.refused("key", "py", "--request", str(request), "--reason", "?")
    assert "in its request" in tinh.refused("key", "py", "--reason", "?")
    assert "is no request" in tinh.refused(
        "key", "py", "--request", str(py.home / "signing.key"), "--reason", "?"
    )
    assert "cannot be read" in tinh.refused("key", "py", "--request", "nothing", "--reason", "?")
    assert "makes its new keys itself" in px.refused("key", "--request", str(request), "--reason", "?")
    assert "reason" in px.refused("key", "--reason", " ")
    assert "belongs to no tree" in Office(tinh.folder, "alone").refused("key", "--reason", "?")
    assert replacements(px) == before
    assert registered_key(px, "px") == px.public_key()


def test_where_the_new_keys_cannot_be_written_nothing_is_stated(
    px: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(signing_keys, "write_own_file", refuse)
    errors = px.refused("key", "--reason", "yearly")
    assert "cannot be written: Permission denied" in errors
    monkeypatch.undo()
    assert (replacements(px), registered_key(px, "px")) == (0, px.public_key())


def test_a_prepared_key_that_is_damaged_is_named(px: Office) -> None:
    (px.home / "signing.key.next").write_text("PRIVATE+KEY+px+00000000+AAAA\n")
    (px.home / "signing.key.next").chmod(0o600)
    errors = px.refused("key", "--reason", "yearly")
    assert "a key that was prepared is damaged" in errors
    (px.home / "signing.key.next").unlink()
    (px.home / "box.key.next").write_text(base64.b64encode(b"short").decode())
    assert "box.key.next is damaged" in px.refused("key", "--reason", "yearly")
    (px.home / "box.key.next").unlink()
    px.well("key", "--reason", "yearly")
