"""`cadre correct --batch`: many corrections count together, and are judged with all that stands on them (integrity.md,
section 2)."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.appointment.events import Appointed, TenureEnded
from services.bootstrap.services import open_embedded_ledger
from services.chronicle.rows import CADRES, TENURES, UNITS
from services.organization.events import Kind, PostCreated, UnitEstablished
from services.personnel.events import Registered
from shared.commands.command_handler import Application, Origin
from shared.core.clock import new_id
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from shared.testing import on
from tests.corrections.test_command_line import cadre
from tests.corrections.test_order import BY

IMPORTED = Origin(actor="import:x", correlation="first-import")


class Office:
    """A ledger in a home that commands open too, with a unit, a post, a cadre and a tenure of an import."""

    def __init__(self, home: Path) -> None:
        self.home, self.unit, self.post, self.an = home, new_id(), new_id(), new_id()
        with self.open() as ledger:
            self.record(ledger, "organization", self.unit, unit("2000-01-01"), IMPORTED)
            self.record(
                ledger,
                "organization",
                self.post,
                PostCreated(unit=self.unit, title="Chủ tịch", effective_from=on("2000-01-01")),
                IMPORTED,
            )
            registered = Registered(name="An", effective_from=on("1990-01-01"))
            self.record(ledger, "personnel", self.an, registered, IMPORTED)
            self.record(ledger, "appointment", self.an, appointed("imported", self.post), IMPORTED)

    @contextmanager
    def open(self) -> Iterator[EmbeddedLedger]:
        ledger = open_embedded_ledger(load(self.home))
        try:
            yield ledger
            ledger.project_pending()
        finally:
            ledger.close()

    def record(self, ledger: EmbeddedLedger, topic: str, stream: str, fact: Any, origin: Origin = BY) -> str:
        """The address of what is recorded."""
        result = ledger.apps[topic].handle(stream, fact, origin)
        ledger.project_pending()
        return f"{topic}/{stream}/{result.events[-1].event_id}"

    def say(self, topic: str, stream: str, fact: Any, origin: Origin = BY) -> str:
        with self.open() as ledger:
            return self.record(ledger, topic, stream, fact, origin)

    def address(self, topic: str, stream: str) -> str:
        """Of the first fact of a stream."""
        with self.open() as ledger:
            return f"{topic}/{stream}/{ledger.logs[topic].load_stream(stream)[0].event_id}"

    def positions(self) -> dict[str, int]:
        with self.open() as ledger:
            return {topic: log.position() for topic, log in ledger.logs.items()}

    def count(self, view: Any) -> int:
        with self.open() as ledger:
            return len(ledger.tables.rows(view))

    def correct(self, batch: str, *words: str, locale: str = "C.UTF-8") -> tuple[int, str, str]:
        return cadre(self.home, "correct", "--batch", batch, "--reason", "r", *words, locale=locale)

    def file(self, *lines: Any, name: str = "batch.jsonl") -> str:
        path = self.home.parent / name
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return str(path)


def unit(day: str, **fields: Any) -> UnitEstablished:
    return UnitEstablished(name="Xã", kind=Kind.COMMUNE, effective_from=on(day), **fields)


def appointed(tenure: str, post: str, day: str = "2010-01-01") -> Appointed:
    return Appointed(tenure=tenure, post=post, effective_from=on(day))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "home")


def test_an_import_is_void_as_a_whole(office: Office) -> None:
    code, out, err = office.correct("first-import")
    assert (code, err) == (0, "")
    assert json.loads(out) == {"appointment": 1, "personnel": 1, "organization": 2}
    assert (office.count(UNITS), office.count(CADRES), office.count(TENURES)) == (0, 0, 0)
    code, out, _ = office.correct("first-import")
    assert (code, json.loads(out)) == (0, {"appointment": 0, "personnel": 0, "organization": 0})


def test_facts_outside_the_import_that_need_it_are_listed(office: Office) -> None:
    binh = new_id()
    office.say("personnel", binh, Registered(name="Bình", effective_from=on("1990-01-01")))
    held = office.say("appointment", binh, appointed("by-hand", office.post, "2015-01-01"))
    before = office.positions()
    code, out, err = office.correct("first-import")
    assert (code, out) == (1, "")
    assert f"would be void: appointment.appointed {held}" in err
    assert "add --consequences apply" in err
    assert office.positions() == before, "nothing was recorded"
    code, out, _ = office.correct("first-import", "--consequences", "apply")
    assert (code, json.loads(out)) == (0, {"appointment": 2, "personnel": 1, "organization": 2})
    assert (office.count(UNITS), office.count(TENURES), office.count(CADRES)) == (0, 0, 1)


def test_facts_in_the_way_of_an_import_are_listed(office: Office) -> None:
    child = office.say("organization", new_id(), unit("2005-01-01", parent=office.unit))
    before = office.positions()
    code, _, err = office.correct("first-import", "--consequences", "apply")
    assert (code, office.positions()) == (1, before)
    assert f"in the way: {child}" in err


def test_the_timeline_is_decided_again_without_the_import(office: Office) -> None:
    """The import said that the first post ended, and another main post followed by hand."""
    ended = TenureEnded(tenure="by-hand", effective_from=on("2014-01-01"))
    binh, other = new_id(), new_id()
    office.say(
        "organization", other, PostCreated(unit=office.unit, title="b", effective_from=on("2000-01-01"))
    )
    office.say("personnel", binh, Registered(name="Bình", effective_from=on("1990-01-01")))
    office.say("appointment", binh, appointed("by-hand", office.post, "2011-01-01"))
    office.say("appointment", binh, ended, Origin(actor="import:x", correlation="second"))
    later = office.say("appointment", binh, appointed("later", other, "2014-01-01"))
    code, _, err = office.correct("second", "--consequences", "apply")
    assert code == 1
    assert f"in the way: {later}" in err


def amend(address: str, **values: Any) -> dict[str, Any]:
    return {"fact": address, "amend": values}


def test_corrections_of_a_file_count_together(office: Office) -> None:
    """Neither the post nor the unit could be moved alone: each would stand on the other."""
    established, created = (office.address("organization", each) for each in (office.unit, office.post))
    lines = [
        amend(created, effective_from="1995-01-01"),
        {**amend(established, effective_from="1995-01-01"), "reason": "own"},
    ]
    alone = office.correct(office.file(lines[0], name="alone.jsonl"))
    assert (alone[0], "alone.jsonl, line 1: cannot be corrected so" in alone[2]) == (1, True)
    before = office.positions()
    code, out, err = office.correct(office.file(*lines))
    assert (code, err, json.loads(out)) == (0, "", {"organization": 2})
    assert office.positions() == {**before, "organization": before["organization"] + 2}
    with office.open() as ledger:
        events = [event for _, event in ledger.logs["organization"].read(before["organization"])]
    assert len({event.recorded_at for event in events}) == len({event.correlation for event in events}) == 1
    assert [event.fact.reason for event in events] == ["r", "own"]
    assert json.loads(office.correct(office.file(*lines))[1]) == {"organization": 0}, "recorded once"


def test_a_file_may_be_csv(office: Office) -> None:
    path = office.home.parent / "batch.csv"
    created = office.address("organization", office.post)
    path.write_text(f'fact,amend,reason\n{created},"{{""title"": ""Bí thư""}}",\n', encoding="utf-8-sig")
    assert json.loads(office.correct(str(path))[1]) == {"organization": 1}
    path.write_text("code,x\n1,2\n", encoding="utf-8")
    code, _, err = office.correct(str(path))
    assert (code, "batch.csv, line 1: it has no column fact" in err) == (2, True)


@pytest.mark.parametrize("locale", ["C.UTF-8", "vi_VN.UTF-8"])
def test_every_bad_line_is_named_and_nothing_is_recorded(office: Office, locale: str) -> None:
    established = office.address("organization", office.unit)
    before = office.positions()
    batch = office.file(
        amend(established, name="Mới"),
        {"fact": "nowhere/1/2"},
        {"fact": f"organization/{office.unit}/none"},
        {"fact": established},
        amend(office.address("organization", office.post), nothing="x"),
        {"fakt": established},
    )
    code, out, err = office.correct(batch, locale=locale)
    assert (code, out, office.positions()) == (2, "", before)
    line = "batch.jsonl, line" if locale == "C.UTF-8" else "batch.jsonl, dòng"
    assert [f"{line} {number}:" in err for number in range(1, 7)] == [False, True, True, True, True, True]
    expected = {
        "C.UTF-8": ["copy it from an answer", "No fact with this id", "same fact as line 1", "allowed"],
        "vi_VN.UTF-8": ["hãy chép từ một câu trả lời", "Không có sự kiện nào", "cùng một sự kiện với dòng 1"],
    }
    assert all(text in err for text in expected[locale]), err


def test_a_line_in_the_way_is_named(office: Office) -> None:
    child = office.say("organization", new_id(), unit("2005-01-01", parent=office.unit))
    batch = office.file(
        amend(office.address("personnel", office.an), name="Ân"),
        {"fact": office.address("organization", office.unit)},
    )
    code, _, err = office.correct(batch, "--consequences", "apply")
    assert code == 1
    assert "batch.jsonl, line 2: cannot be corrected so" in err
    assert "line 1" not in err
    assert f"in the way: {child}" in err


def test_a_file_interrupted_between_logs_is_completed_by_giving_it_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = office.file(
        {"fact": office.address("organization", office.post)},
        {"fact": office.address("appointment", office.an)},
        amend(office.address("personnel", office.an), name="Ân"),
    )
    whole: Callable[..., Any] = Application.record_batch

    def fail_for_organization(app: Application[Any, Any], *args: Any) -> Any:
        if app.log.topic.name == "organization":
            raise OSError("the disk is full")
        return whole(app, *args)

    monkeypatch.setattr(Application, "record_batch", fail_for_organization)
    code, _, err = office.correct(batch)
    monkeypatch.undo()
    assert code == 1
    assert "recorded in appointment, personnel, not yet in organization" in err
    assert "run the same command again" in err
    code, out, err = office.correct(batch)
    assert (code, err, json.loads(out)) == (0, "", {"organization": 1})
    assert (office.count(TENURES), office.count(UNITS)) == (0, 1)
    with office.open() as ledger:
        assert [row.name for row in ledger.tables.rows(CADRES)] == ["Ân"]
        assert len(ledger.logs["personnel"].load_stream(office.an)) == 2


def test_a_batch_that_was_cut_short_is_told_until_it_is_given_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between two logs: nobody was told, so the next command says so."""
    batch = office.file(
        {"fact": office.address("organization", office.post)},
        {"fact": office.address("appointment", office.an)},
    )
    whole: Callable[..., Any] = Application.record_batch

    def die_for_organization(app: Application[Any, Any], *args: Any) -> Any:
        if app.log.topic.name == "organization":
            raise SystemExit(9)
        return whole(app, *args)

    monkeypatch.setattr(Application, "record_batch", die_for_organization)
    assert office.correct(batch)[0] == 9
    monkeypatch.undo()
    note = office.home / "unfinished-corrections.json"
    assert note.stat().st_mode & 0o077 == 0
    other = office.address("personnel", office.an)
    words = ("--amend", json.dumps({"name": "Ân"}))
    code, _, err = cadre(office.home, "correct", other, "--reason", "r", *words)
    assert (code, "batch.jsonl were cut short" in err) == (0, True)
    assert "organization, appointment" in err
    code, out, err = office.correct(batch)
    assert (code, err, json.loads(out)) == (0, "", {"organization": 1})
    assert not note.exists()
    code, _, err = cadre(
        office.home, "correct", other, "--reason", "r", "--amend", json.dumps({"name": "An"})
    )
    assert (code, err) == (0, "")


def test_progress_of_a_correction_is_shown(office: Office) -> None:
    established = office.address("organization", office.unit)
    code, out, _ = cadre(office.home, "correct", established, "--reason", "r", "--consequences", "apply")
    assert code == 0
    correction = f"organization/{office.unit}/{json.loads(out)['correction']}"
    code, out, _ = cadre(office.home, "correct", correction, "--progress")
    assert (code, json.loads(out)) == (0, {"asked": 2, "done": 2, "waiting": []})
    code, _, err = cadre(office.home, "correct", established, "--progress")
    assert (code, "is no correction" in err) == (1, True)
