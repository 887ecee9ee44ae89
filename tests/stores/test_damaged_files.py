"""Bytes that change in a file are named by the start or by `verify`, with the file and, where it can be, the event."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.services import open_embedded_ledger
from services.cli.errors import fail_of_store
from services.cli.language import set_language
from services.personnel.events import Registered
from shared.commands.command_handler import Origin
from shared.core.errors import DamagedStore
from shared.database.store_files import MARKER
from shared.eventlog.group_commit import AppendRequest
from shared.operations.settings import load
from tests.audit.office import opened, tell
from tests.importing_law import write_source

SEEDS = range(20)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("office") / "home"
    tell(home)
    return home


@pytest.fixture(scope="module")
def used(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office after an import, a seal and a look at its clock: it has every file that a home can have."""
    folder = tmp_path_factory.mktemp("used")
    home, source = Path(shutil.copytree(recorded, folder / "home")), folder / "in"
    persons = [{"person_id": "p1", "name": "Nguyễn Văn An"}]
    term = {"term_id": "t1", "post_id": "a", "start": "2001-01-01", "end_status": "ongoing"}
    terms = [term | {"person_id": "p1"}, term | {"term_id": "t2", "person_id": "nobody"}]
    write_source(
        source,
        {"persons.csv": persons, "posts.csv": [{"post_id": "a", "title": "Chủ tịch"}], "terms.csv": terms},
    )
    for words in (
        ("clock", "accept"),
        ("import", "terms", str(source), "--scheme", "x", "--yes"),
        ("audit", "seal"),
        ("verify",),
    ):
        assert cadre(home, *words)[0] == 0
    return home


@pytest.fixture
def home(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "home"))


def cadre(home: Path, *words: str) -> tuple[int, str]:
    done = CliRunner(env={"CADRE_SITE": "quận"}).invoke(
        application(), ["--home", str(home), "--lang", "en", *words]
    )
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stderr


def flip(file: Path, at: int, mask: int = 0x5A, keep_time: bool = False) -> None:
    times = file.stat()
    with file.open("r+b") as content:
        content.seek(at)
        (byte,) = content.read(1)
        content.seek(at)
        content.write(bytes([byte ^ mask]))
    if keep_time:
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_byte_that_changes_is_seen(home: Path, seed: int) -> None:
    """Repro corrupt: 20 random flips, 20 seen; also where the time of the file does not change."""
    chance = random.Random(seed)
    file = chance.choice(sorted(home.glob("*.db")))
    at = chance.randrange(file.stat().st_size)
    flip(file, at, chance.randrange(1, 256), keep_time=seed % 2 == 1)
    code, said = cadre(home, "verify")
    where = f"seed {seed}, byte {at} of {file.name}"
    assert code == 1, where
    assert file.stem in said, where
    if seed % 5 == 0:  # none of them ends with a traceback
        for words in (["audit", "replay"], ["audit", "export", str(home.parent / "archive")], ["rebuild"]):
            cadre(home, *words)


SMALL = (
    "clean-stop.json",
    "closed.json",
    "clock.json",
    "imports.db",
    "site.json",
    "signing.key",
    "trees/*.tree",
)
COMMANDS = (
    ("show", "search", "an"),
    ("find", "An"),
    ("import", "terms", "IN", "--scheme", "x", "--yes"),
    ("correct", "personnel/c1/x", "--reason", "x", "--amend", "{}"),
    ("audit", "seal"),
    ("audit", "replay", "--processes", "1"),
    ("audit", "export", "OUT"),
)


@pytest.mark.parametrize("pattern", SMALL)
def test_random_bytes_that_change_in_any_other_file_of_the_home_are_seen(
    used: Path, tmp_path: Path, pattern: str
) -> None:
    """20 flips over the files of each kind: each is seen and named, and no command ends with a traceback."""
    chance = random.Random(pattern)
    files = [file.relative_to(used) for file in sorted(used.glob(pattern)) if file.stat().st_size]
    names = {"IN": str(used.parent / "in"), "OUT": str(tmp_path / "out")}
    for number in range(20):
        home = Path(shutil.copytree(used, tmp_path / f"home{number}"))
        file = chance.choice(files)
        at = chance.randrange((home / file).stat().st_size)
        flip(home / file, at, chance.randrange(1, 256), keep_time=number % 2 == 1)
        if (
            number % 4 == 0
        ):  # also without a command that would find it: no other sees only bytes that are no more
            words = chance.choice(COMMANDS)
            copy = Path(shutil.copytree(home, tmp_path / f"copy{number}"))
            cadre(copy, *(names.get(word, word) for word in words))
        code, said = cadre(home, "verify")
        where = f"byte {at} of {file}: {said}"
        assert code != 0 or "something else has changed" in said, where
        assert file.name in said, where


@pytest.mark.parametrize("change", ["cut", "emptied", "gone", "of another home"])
def test_files_that_are_cut_emptied_lost_or_of_another_home_are_seen(
    used: Path, tmp_path: Path, change: str
) -> None:
    other = tmp_path / "other"
    make_other(other)
    for source in sorted(used.glob("*.db")):
        home = Path(shutil.copytree(used, tmp_path / f"home-{source.name}"))
        file = home / source.name
        match change:
            case "cut":
                os.truncate(file, file.stat().st_size * 2 // 3 // 512 * 512 + 100)
            case "emptied":
                os.truncate(file, 0)
            case "gone":
                file.unlink()
            case _:
                if not (other / source.name).exists():
                    continue
                shutil.copy(other / source.name, file)
        unused = ("planning.db", "rotation.db", "evaluation.db", "sites.db", "sync.db", "identity.db")
        empty = source.name in unused and change != "cut"
        for words in (*COMMANDS[:2], COMMANDS[4]):
            copy = Path(shutil.copytree(home, tmp_path / f"copy-{source.name}-{words[1]}"))
            cadre(copy, *words)
        code, said = cadre(home, "verify")
        if source.name == "chronicle.db" and change in ("emptied", "gone"):
            assert cadre(home, "verify") == (0, ""), "rows are made anew"
        elif empty:
            continue  # it holds nothing, in the other home too
        else:
            assert code != 0 or "something else has changed" in said, (source.name, said)
            assert source.stem in said, (source.name, said)


def make_other(home: Path) -> None:
    """Another home, with one person of another name."""
    ledger = open_embedded_ledger(load(home, {"CADRE_SITE": "huyện"}))
    ledger.apps["personnel"].handle("other", Registered(name="Trần Văn Khác"), Origin(actor="x"))
    ledger.project_pending()
    ledger.close()


def test_a_site_whose_name_is_lost_does_not_get_another(home: Path) -> None:
    (home / "site.json").unlink()
    code, said = cadre(home, "show", "search", "an")
    assert (code, "site.json is missing, and it was there when this home was last closed" in said) == (
        2,
        True,
    )


@pytest.mark.parametrize("name", ["personnel.db", "organization.db"])
def test_a_damaged_page_of_a_log_names_the_event(home: Path, name: str) -> None:
    with closing(sqlite3.connect(home / name)) as connection:
        ((page,),) = connection.execute(
            "SELECT max(rootpage) FROM sqlite_master WHERE name = 'stored_events'"
        ).fetchall()
    flip(home / name, (page - 1) * 4096)
    for words in (["verify"], ["run"], ["audit", "replay"], ["show", "search", "an"]):
        code, said = cadre(home, *words)
        assert code == 1, words
        assert f"{name} is damaged" in said
        assert "the first damaged event is at position 1 in stream " in said
        assert "restore it from a backup" in said


def test_an_event_that_cannot_be_read_is_named_with_its_position_and_stream(home: Path) -> None:
    """Every page is whole, the bytes of one event are not."""
    with closing(sqlite3.connect(home / "personnel.db")) as connection:
        connection.execute("UPDATE stored_events SET state = substr(state, 2) WHERE rowid = 4")
        connection.commit()
    code, said = cadre(home, "verify")
    assert code == 1
    assert "personnel: the chain is broken at position 4" in said
    assert "personnel: the event at position 4 cannot be read" in said
    with opened(home) as ledger, pytest.raises(DamagedStore, match="at position 4 of stream c3 is damaged"):
        ledger.logs["personnel"].read()


def test_damaged_rows_are_made_anew(home: Path) -> None:
    file = home / "chronicle.db"
    for at in range(8 * 4096, file.stat().st_size, 4096):
        flip(file, at)
    code, said = cadre(home, "verify")
    assert (code, "chronicle.db is damaged" in said, "`cadre rebuild` makes it anew" in said) == (
        1,
        True,
        True,
    )
    assert cadre(home, "rebuild")[0] == 0
    assert cadre(home, "verify") == (0, "")
    assert (home / "chronicle.db.damaged").exists(), "what was there is kept"


def test_a_whole_home_is_not_checked_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only files that changed since the clean stop are read at the start; after a crash all are."""
    checked: list[str] = []

    def check(file: Path, thorough: bool = False) -> list[str]:
        checked.append(file.name)
        return []

    monkeypatch.setattr("shared.database.store_files.find_damage", check)
    open_embedded_ledger(load(home)).close()
    assert checked == []
    dies = "import os, sys; open_embedded_ledger(load(Path(sys.argv[1]))); os._exit(9)"
    imports = "from pathlib import Path; from services.bootstrap.services import open_embedded_ledger; "
    imports += "from shared.operations.settings import load; "
    assert subprocess.run([sys.executable, "-c", imports + dies, str(home)], timeout=60).returncode == 9
    assert not (home / MARKER).exists()
    open_embedded_ledger(load(home)).close()
    assert sorted(checked) == sorted(path.name for path in home.glob("*.db"))


def test_keys_that_are_lost_or_of_another_time_are_named(home: Path) -> None:
    """Keys restored from an older copy, a key that was changed, and no keys at all."""
    with closing(sqlite3.connect(home / "keys.db")) as connection:
        connection.execute("DELETE FROM keys WHERE subject LIKE '%c9'")
        connection.execute("UPDATE keys SET key = randomblob(32) WHERE subject LIKE '%c8'")
        connection.commit()
    code, said = cadre(home, "verify")
    assert code == 1
    assert "keys: the key of personnel/c9 was never in the store of keys" in said
    assert "keys: the key of personnel/c8 does not open its facts" in said
    (home / "keys.db").unlink()
    code, said = cadre(home, "show", "search", "an")
    assert (code, "keys.db is missing" in said) == (1, True)


def test_a_fact_whose_cause_is_in_no_log_is_named(home: Path) -> None:
    """One log is older than another: what a fact follows from is not there."""
    with opened(home) as ledger:
        log = ledger.logs["appointment"]
        first = log.load_stream("c9")
        log.append(
            AppendRequest(
                stream="c9",
                expected=len(first),
                facts=[ledger.logs["appointment"].load_stream("c1")[1].fact],
                actor="reaction:test",
                cause="01900000-0000-7000-8000-000000000000",
            )
        )
        report = ledger.check_integrity()
    assert any(
        "follows from event 01900000-0000-7000-8000-000000000000, which no log has" in each
        for each in report.complaints
    )


def test_what_a_command_says_in_vietnamese(capsys: pytest.CaptureFixture[str]) -> None:
    set_language("vi")
    try:
        with pytest.raises(Exception, match="1"):
            fail_of_store(OSError(28, "No space left on device"))
    finally:
        set_language("en")
    assert "không mất gì" in capsys.readouterr().err
