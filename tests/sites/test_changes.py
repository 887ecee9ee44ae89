"""`cadre site scope`, `close`, `heads` and `restored`, and files that cannot be written or read."""

import json
import os
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.services import open_embedded_ledger
from services.cli.site_heads import find_held_heads
from services.sites.domain.trust import to_heads
from services.sites.events import LogHead
from shared.eventlog.compact_ranges import range_of_leaves
from shared.eventlog.merkle import hash_leaf
from shared.eventlog.signed_notes import encode_base64
from shared.operations.settings import load
from shared.replica.runs import LogId, LogRuns, RootReader
from tests.importing.files import folder, take
from tests.replica.signed_lines import SignedLine
from tests.sites.office import ENV, Office
from tests.sites.tree import ROOT
from tests.sync.statements import HeldLog


@pytest.fixture
def px(joined: tuple[Office, Office]) -> Office:
    return joined[1]


@pytest.fixture
def tinh(joined: tuple[Office, Office]) -> Office:
    return joined[0]


def shown(office: Office, site: str) -> dict[str, object]:
    return dict(json.loads(office.well("show", site, "--json")))


def facts(office: Office) -> int:
    with closing(open_embedded_ledger(load(office.home))) as ledger:
        return ledger.logs["sites"].position()


def test_a_scope_replaces_the_one_before(tinh: Office, px: Office) -> None:
    code, _, errors = tinh.cadre("scope", "px", "--unit", "U-X", "--unit", "U-Y", "--unit", "U-X")
    assert (code, "nothing is recorded here about the units U-X, U-Y" in errors) == (0, True)
    assert shown(tinh, "px")["scope"] == {"units": ["U-X", "U-Y"], "clearance": "INTERNAL", "revision": 1}
    tinh.well(
        "scope", "px", "--unit", "U-Z", "--clearance", "CONFIDENTIAL", "--on", "1/7/2025", "--decision", "D1"
    )
    assert shown(tinh, "px")["scope"] == {"units": ["U-Z"], "clearance": "CONFIDENTIAL", "revision": 2}
    tinh.well("scope", "px", "--nothing")
    assert shown(tinh, "px")["scope"] == {"units": [], "clearance": "INTERNAL", "revision": 3}
    before = facts(tinh)
    for words, said in (
        ((), "name the units"),
        (("--unit", "U", "--nothing"), "name the units"),
        (("--unit", "U", "--clearance", "TOP"), "TOP is no class of facts"),
        (("--unit", "Đơn vị"), "BadId"),
        (("--unit", "U", "--on", "31/2/2025"), "2025"),
        (("--unit", "U", "--decision", "a b"), "BadId"),
    ):
        assert said in tinh.refused("scope", "px", *words)
    assert "no site qx" in tinh.refused("scope", "qx", "--unit", "U")
    assert "NoAuthority" in px.refused("scope", "px", "--unit", "U")
    assert facts(tinh) == before


def test_a_site_names_the_last_entries_of_its_logs(px: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The root is that of the stored bytes, and seq counts in the epoch."""
    take(px.home, folder(px.folder / "in"))
    take(px.home, folder(px.folder / "in", persons="person_id,name\np1,Person Uno\n"))
    heads = json.loads(px.well("heads"))
    assert {head["topic"] for head in heads} >= {"organization", "personnel"}
    with closing(open_embedded_ledger(load(px.home))) as ledger:
        for head in heads:
            stored = ledger.logs[head["topic"]].read_stored(0, 100_000)
            leaves = [hash_leaf(bytes(row[3])) for row in stored]
            assert head["root"] == encode_base64(range_of_leaves(0, leaves).root())
            [(_, last)] = ledger.logs[head["topic"]].read(len(stored) - 1, 1)
            assert (head["epoch"], head["seq"]) == (last.epoch, last.seq)
        assert {name for name, log in ledger.logs.items() if log.position()} == {
            head["topic"] for head in heads
        }


def test_a_site_is_closed_with_the_entries_that_it_named_itself(tinh: Office, px: Office) -> None:
    heads = px.folder / "px.heads"
    px.well("heads", "--out", str(heads))
    tinh.well("close", "px", "--custodian", "tinh", "--last", str(heads), "--reason", "merged")
    last = json.loads(heads.read_text(encoding="utf-8"))
    assert shown(tinh, "px")["closings"] == [{"custodian": "tinh", "last": last}]


def test_without_its_last_entries_a_site_is_closed_as_known_only(tinh: Office) -> None:
    close = ("close", "px", "--custodian", "tinh", "--reason", "burnt down")
    assert "say --as-known" in tinh.refused(*close)
    assert shown(tinh, "px")["closings"] == []
    code, _, errors = tinh.cadre(*close, "--as-known")
    assert (code, "nothing of the logs of px is here" in errors) == (0, True)
    assert shown(tinh, "px")["closings"] == [{"custodian": "tinh", "last": []}]


def test_what_is_wrong_with_a_closing_is_said_and_nothing_recorded(tinh: Office, px: Office) -> None:
    heads = px.folder / "heads.json"
    close = ("close", "px", "--custodian", "tinh", "--reason", "merged", "--last", str(heads))
    before = facts(tinh)
    assert "cannot be read: No such file" in tinh.refused(*close)
    assert "exclude each other" in tinh.refused(*close, "--as-known")
    heads.write_bytes(b"\xff\xfe")
    assert "is no text in UTF-8" in tinh.refused(*close)
    head = {"topic": "appointment", "epoch": "e1", "seq": 3, "root": ROOT}
    for wrong, said in (
        ({"seq": "3"}, "is no list of log heads"),
        ({"root": "AAAA"}, "BadRoot"),
        ({"topic": ""}, "Missing"),
        ({"seq": 0}, "BadSeq"),
    ):
        heads.write_text(json.dumps([head | wrong]), encoding="utf-8")
        assert said in tinh.refused(*close)
    heads.write_text(json.dumps([head]), encoding="utf-8")
    assert "RootStays" in tinh.refused("close", "tinh", "--custodian", "px", "--reason", "x")
    assert "UnknownSite" in tinh.refused(*close[:3], "qx", *close[4:])
    assert "NoAuthority" in px.refused(*close)
    assert facts(tinh) == before


def test_the_heads_of_another_site_are_those_that_are_held_without_a_gap() -> None:
    line, other = SignedLine([("e1", 6), ("e2", 4)]), SignedLine([("e1", 3)], topic="other", salt=50)

    class Held:
        """Two logs of `px`."""

        def __init__(self) -> None:
            self.by_log = {each.log.id: each for each in (HeldLog(line), HeldLog(other))}

        def logs(self) -> list[LogId]:
            return [*self.by_log, LogId("py", "toy")]

        def load_log(self, log: LogId, /) -> LogRuns:
            return self.by_log[log].log

        def root_reader(self, log: LogId, /) -> RootReader:
            return self.by_log[log].roots

    heads = find_held_heads(Held(), "px")
    assert to_heads("px", heads) == {line.head(9), other.head(2)}
    assert find_held_heads(None, "px") == ()


def test_a_site_says_itself_that_it_was_restored(tinh: Office, px: Office) -> None:
    lost = px.folder / "lost.json"
    head = LogHead("appointment", "e1", 3, ROOT)
    lost.write_text(json.dumps([{"topic": "appointment", "epoch": "e1", "seq": 3, "root": ROOT}]))
    px.well("restored", "--reason", "disk", "--lost", str(lost))
    px.well("restored", "--reason", "disk again")
    after = shown(px, "px")
    assert (after["restorations"], after["lost"]) == (
        2,
        [{"topic": head.topic, "epoch": head.epoch, "seq": head.seq, "root": head.root}],
    )
    assert "--reason" in px.refused("restored")
    lost.write_text("{}")
    assert "is no list of log heads" in px.refused("restored", "--reason", "disk", "--lost", str(lost))


@pytest.mark.parametrize("words", [("heads",), ("admit",), ("init", "--name", "P", "--level", "COMMUNE")])
def test_a_file_that_cannot_be_written_is_named_and_nothing_is_recorded(
    tinh: Office, words: tuple[str, ...]
) -> None:
    new = Office(tinh.folder, "new")
    more = (new.request(),) if words == ("admit",) else ()
    office = new if words[0] == "init" else tinh
    before = facts(office)
    for out, said in (
        (tinh.folder / "nowhere" / "file", "make the folder first"),
        (tinh.folder, "Is a directory"),
        (tinh.home / "signing.key" / "file", "Not a directory"),
        (Path("/proc/file"), "cannot be written"),
    ):
        errors = office.refused(*words, *more, "--out", str(out))
        assert f"{out} cannot be written" in errors.replace("\n", "")
        assert said in errors
    assert facts(office) == before


def test_a_file_that_was_there_stays_whole_where_the_command_fails(tinh: Office) -> None:
    ticket = tinh.folder / "ticket"
    ticket.write_text("before", encoding="utf-8")
    assert "cannot be read" in tinh.refused("admit", "nothing", "--out", str(ticket))
    assert "no ledger" in Office(tinh.folder, "alone").refused("heads", "--out", str(ticket))
    assert ticket.read_text(encoding="utf-8") == "before"
    assert [file.name for file in tinh.folder.glob(".*")] == []
    tinh.well("heads", "--out", str(ticket))
    assert json.loads(ticket.read_text(encoding="utf-8"))
    assert tinh.well("heads", "--out", os.devnull) == ""


def test_errors_are_there_in_vietnamese(tinh: Office, px: Office) -> None:
    def said(*words: str) -> str:
        line = ["--home", str(px.home), "--lang", "vi", "site", *words]
        return CliRunner().invoke(application(), line, env=ENV).stderr

    assert "không ghi được" in said("heads", "--out", str(px.folder / "nowhere" / "file"))
    assert "không có thẩm quyền" in said("scope", "px", "--unit", "U")
    assert "không đọc được" in said("restored", "--reason", "x", "--lost", "nothing")
    assert "BadId: Mã gồm" in said("restored", "--reason", "x", "--decision", "a b")
    assert "chưa có điểm nào" not in said("restored", "--reason", "disk")
