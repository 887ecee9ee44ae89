"""`cadre site hand-over` and `take-over`: where the logs of a site end, and its keys, for the one that keeps them."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from services.bootstrap.services import open_embedded_ledger
from shared.eventlog.key_store import KeyStore
from shared.operations.settings import load
from tests.importing.files import folder, take
from tests.sites.office import Office


@pytest.fixture
def px(joined: tuple[Office, Office]) -> Office:
    """A site with persons on file."""
    take(
        joined[1].home,
        folder(joined[1].folder / "in", persons="person_id,name\np1,Person Uno\np2,Person Dos\n"),
    )
    return joined[1]


@pytest.fixture
def tinh(joined: tuple[Office, Office]) -> Office:
    return joined[0]


def persons(office: Office) -> dict[str, bytes]:
    """By cadre, the key that a site made itself."""
    with closing(open_embedded_ledger(load(office.home))) as ledger:
        streams = {stream for _, stream, _, _ in ledger.logs["personnel"].read_stored(0, 1000)}
        found = ledger.keys.find_keys((stream, office.site) for stream in streams)
        return {subject: key for (subject, _), key in found.items() if key}


def kept(office: Office, maker: str, subjects: dict[str, bytes]) -> dict[str, bytes]:
    """What a site has of another's keys."""
    with closing(KeyStore(office.home / "keys.db", office.site)) as keys:
        found = keys.find_keys((subject, maker) for subject in subjects)
        return {subject: key for (subject, _), key in found.items() if key}


def handed(px: Office, to: str) -> Path:
    file = px.folder / "px.handover"
    px.well("hand-over", "--to", to, "--out", str(file))
    return file


def test_the_custodian_gets_the_keys_and_the_last_entries(tinh: Office, px: Office) -> None:
    made = persons(px)
    assert len(made) == 2
    file = handed(px, "tinh")
    assert not any(str(key) in file.read_text(encoding="utf-8") for key in made)
    code, _, errors = tinh.cadre(
        "close", "px", "--custodian", "tinh", "--last", str(file), "--reason", "merged", "--on", "2025-07-01"
    )
    assert code == 0, errors
    assert "keys of 2 persons kept for px" in errors
    assert kept(tinh, "px", made) == made
    [closed] = json.loads(tinh.well("show", "px", "--json"))["closings"]
    assert closed["last"] == json.loads(px.well("heads"))


def test_a_custodian_that_does_not_close_the_site_itself_takes_the_file_over(
    tinh: Office, px: Office
) -> None:
    py = Office(tinh.folder, "py")
    py.join_below(tinh)  # after px, so that it knows its key
    px.join_below(tinh)  # again, and now it knows py
    made = persons(px)
    file = handed(px, "py")
    errors = tinh.cadre("close", "px", "--custodian", "py", "--last", str(file), "--reason", "merged")[2]
    assert "hand it on" in errors
    assert kept(tinh, "px", made) == {}
    assert f"{file} is for py, and this is tinh" in tinh.refused("take-over", str(file)).replace("\n", "")
    for _ in range(2):
        py.well("take-over", str(file))
        assert kept(py, "px", made) == made


def _signed_by_another(tinh: Office, file: Path) -> str:
    text = file.read_text(encoding="utf-8").split("\n\n")[0] + "\n"
    return tinh.signer().sign(text)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda tinh, file: file.read_text(encoding="utf-8").replace('"seq":', '"seq": '),
            "is not what a site hands",
        ),
        (_signed_by_another, "is not what a site hands"),
        (lambda tinh, file: "[]]", "is no list of log heads"),
    ],
)
def test_a_file_that_the_site_did_not_write_is_refused(
    tinh: Office, px: Office, change: Callable[[Office, Path], str], said: str
) -> None:
    file = handed(px, "tinh")
    file.write_text(change(tinh, file), encoding="utf-8")
    words = ("close", "px", "--custodian", "tinh", "--last", str(file), "--reason", "merged")
    assert said in tinh.refused(*words).replace("\n", " ")
    assert json.loads(tinh.well("show", "px", "--json"))["closings"] == []


def test_who_hands_over_to_whom_is_checked(tinh: Office, px: Office) -> None:
    assert "OwnCustodian" in px.refused("hand-over", "--to", "px")
    assert "no site qx is registered" in px.refused("hand-over", "--to", "qx")
    Office(tinh.folder, "py").join_below(tinh)
    file = handed(px, "tinh")
    words = ("close", "py", "--custodian", "tinh", "--last", str(file), "--reason", "merged")
    assert "is of px, not of py" in tinh.refused(*words).replace("\n", " ")
