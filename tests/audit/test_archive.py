"""An archive is checked by one file in an empty environment, and nine kinds of damage each have their own code."""

import json
import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.audit.sealing import load_signing_key
from services.personnel.events import Registered
from shared.eventlog.signed_notes import Checkpoint, Signer, key_name
from tests.audit.office import opened, say

STRANGER = Signer(key_name("quận"), bytes(32))


def cadre(home: Path, *words: str) -> str:
    done = CliRunner().invoke(application(), ["--home", str(home), "audit", *words])
    assert done.exit_code == 0, done.stderr + str(done.exception)
    return done.stdout


@pytest.fixture(scope="package")
def exported(recorded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sealed at two sizes, then exported. Its older self lies beside it."""
    home = Path(shutil.copytree(recorded_home, tmp_path_factory.mktemp("export") / "home"))
    folder = home.parent / "archive"
    cadre(home, "seal")
    cadre(home, "export", str(home.parent / "older"))
    with opened(home) as ledger:
        say(ledger, "2026-03-02", "personnel", "c10", Registered(name="Nguyễn Văn Phúc"))
    cadre(home, "seal")
    with opened(home) as ledger:
        say(ledger, "2026-03-03", "personnel", "c11", Registered(name="Nguyễn Văn Quý"))
    cadre(home, "export", str(folder))
    return folder


@pytest.fixture
def archive(exported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported, tmp_path / "archive"))


@pytest.fixture
def signer(exported: Path) -> Signer:
    return load_signing_key(exported.parent / "home", "quận")


Verify = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def verify(bare_python: Path) -> Verify:
    def run(archive: Path, *more: str) -> tuple[int, list[str]]:
        """Exit status and the codes reported."""
        command = [str(bare_python), "-I", str(archive / "verify.py"), str(archive), "--json", *more]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert not done.stderr, done.stderr
        reported = json.loads(done.stdout.splitlines()[-1])
        return done.returncode, sorted(f"{each['where']} {each['code']}" for each in reported["damage"])

    return run


def lines(archive: Path, log: str = "personnel") -> list[bytes]:
    return (archive / "logs" / f"{log}.ndjson").read_bytes().splitlines(keepends=True)


def put(archive: Path, events: list[bytes], log: str = "personnel") -> None:
    (archive / "logs" / f"{log}.ndjson").write_bytes(b"".join(events))


def test_the_environment_knows_nothing_of_the_project(bare_python: Path) -> None:
    for module, there in (("cryptography", 0), ("msgspec", 1), ("shared", 1)):
        done = subprocess.run([bare_python, "-I", "-c", f"import {module}"], capture_output=True)
        assert done.returncode == there, module


def test_a_whole_archive_is_well(archive: Path, verify: Verify, signer: Signer, tmp_path: Path) -> None:
    assert verify(archive) == (0, [])
    published = tmp_path / "published.txt"
    published.write_text(f"{signer.verifier}\n")
    earlier = next((archive.parent / "archive" / "checkpoints" / "personnel").glob("*.txt"))
    assert verify(archive, "--keys", str(published), "--seen", str(earlier)) == (0, [])
    sizes = json.loads((archive / "manifest.txt").read_text().splitlines()[0])["logs"]["personnel"][
        "checkpoints"
    ]
    assert sizes == [10, 11, 12]
    assert len(json.loads((archive / "proofs" / "personnel.json").read_text())) == 2


def test_a_changed_byte(archive: Path, verify: Verify) -> None:
    events = lines(archive)
    events[4] = events[4].replace(b'"seq":5', b'"seq":6')
    put(archive, events)
    assert verify(archive) == (11, ["personnel BYTE_CHANGED"])


def test_a_dropped_event(archive: Path, verify: Verify) -> None:
    events = lines(archive)
    put(archive, events[:4] + events[5:])
    assert verify(archive) == (12, ["personnel EVENT_DROPPED"])


@pytest.mark.parametrize("what", [b'{"forged":true}\n', None], ids=["forged", "repeated"])
def test_an_inserted_event(archive: Path, verify: Verify, what: bytes | None) -> None:
    events = lines(archive)
    put(archive, [*events[:4], what or events[2], *events[4:]])
    assert verify(archive) == (13, ["personnel EVENT_INSERTED"])


def test_reordered_events(archive: Path, verify: Verify) -> None:
    events = lines(archive)
    events[2], events[7] = events[7], events[2]
    put(archive, events)
    assert verify(archive) == (14, ["personnel EVENTS_REORDERED"])


@pytest.mark.parametrize("kept", [0, 1, 11])
def test_a_truncated_log(archive: Path, verify: Verify, kept: int) -> None:
    put(archive, lines(archive)[:kept])
    assert verify(archive) == (15, ["personnel LOG_TRUNCATED"])


@pytest.mark.parametrize(
    "parts", [("logs",), ("logs", "leaves"), ("logs", "leaves", "checkpoints", "proofs")]
)
def test_swapped_logs(archive: Path, verify: Verify, parts: tuple[str, ...]) -> None:
    for part in parts:
        one, other = (next((archive / part).glob(f"{log}*")) for log in ("personnel", "appointment"))
        kept = one.rename(one.with_name("kept"))
        other.rename(one)
        kept.rename(other)
    assert verify(archive) == (16, ["appointment LOGS_SWAPPED", "personnel LOGS_SWAPPED"])


def test_an_old_checkpoint_instead_of_the_last(archive: Path, verify: Verify) -> None:
    points = sorted((archive / "checkpoints" / "personnel").glob("*.txt"))
    shutil.copy(points[0], points[-1])
    assert verify(archive) == (17, ["personnel OLD_CHECKPOINT"])


def test_a_whole_old_archive_shown_again_to_one_who_saw_a_newer(exported: Path, verify: Verify) -> None:
    older, newest = exported.parent / "older", max((exported / "checkpoints" / "personnel").glob("*.txt"))
    assert verify(older) == (0, [])
    assert verify(older, "--seen", str(newest)) == (17, ["personnel OLD_CHECKPOINT"])


def test_an_old_manifest_over_newer_files(archive: Path, exported: Path, verify: Verify) -> None:
    shutil.copy(exported.parent / "older" / "manifest.txt", archive / "manifest.txt")
    code, codes = verify(archive)
    assert code == 17
    assert "personnel OLD_CHECKPOINT" in codes


def test_two_histories_signed(archive: Path, verify: Verify, signer: Signer, tmp_path: Path) -> None:
    other = signer.sign(str(Checkpoint(f"{key_name('quận')}/personnel", 12, bytes(32))))
    (archive / "checkpoints" / "personnel" / "other.txt").write_text(other)
    assert verify(archive) == (18, ["personnel TWO_HISTORIES"])


def test_two_histories_of_an_earlier_size(archive: Path, verify: Verify, signer: Signer) -> None:
    """What had been signed is not the beginning of what is signed now."""
    other = signer.sign(str(Checkpoint(f"{key_name('quận')}/personnel", 11, bytes(32))))
    (archive / "checkpoints" / "personnel" / f"{11:012d}.txt").write_text(other)
    assert verify(archive) == (18, ["personnel TWO_HISTORIES"])


def test_another_history_was_shown_elsewhere(
    archive: Path, verify: Verify, signer: Signer, tmp_path: Path
) -> None:
    seen = tmp_path / "seen.txt"
    seen.write_text(signer.sign(str(Checkpoint(f"{key_name('quận')}/personnel", 7, bytes(32)))))
    assert verify(archive, "--seen", str(seen)) == (18, ["personnel TWO_HISTORIES"])


def test_an_unknown_key(archive: Path, verify: Verify, tmp_path: Path) -> None:
    published = tmp_path / "published.txt"
    published.write_text(f"{STRANGER.verifier}\n")
    assert verify(archive, "--keys", str(published)) == (19, ["manifest.txt UNKNOWN_KEY"])


def test_a_checkpoint_by_an_unknown_key(archive: Path, verify: Verify) -> None:
    last = max((archive / "checkpoints" / "personnel").glob("*.txt"))
    last.write_text(STRANGER.sign(last.read_text().rpartition("\n\n")[0] + "\n"))
    assert verify(archive) == (19, ["personnel UNKNOWN_KEY"])


def test_a_changed_manifest(archive: Path, verify: Verify) -> None:
    manifest = archive / "manifest.txt"
    manifest.write_text(manifest.read_text().replace('"events":12', '"events":11'))
    assert verify(archive) == (20, ["manifest.txt BAD_SIGNATURE"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("logs/personnel.ndjson", "logs/personnel.ndjson FILE_MISSING"),
        ("leaves/audit", "leaves/audit FILE_MISSING"),
        ("registry.json", "registry.json FILE_MISSING"),
    ],
)
def test_a_missing_file(archive: Path, verify: Verify, name: str, said: str) -> None:
    (archive / name).unlink()
    assert verify(archive) == (21, [said])


@pytest.mark.parametrize("name", ["registry.json", "README.vi.md", "leaves/personnel"])
def test_a_changed_file(archive: Path, verify: Verify, name: str) -> None:
    file = archive / name
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert verify(archive)[0] == 22


def test_a_wrong_proof(archive: Path, verify: Verify) -> None:
    file = archive / "proofs" / "personnel.json"
    proofs: list[dict[str, Any]] = json.loads(file.read_text())
    proofs[0]["proof"].pop()
    file.write_text(json.dumps(proofs))
    assert verify(archive) == (23, ["personnel PROOF_WRONG"])


def test_no_archive_at_all(exported: Path, tmp_path: Path, verify: Verify) -> None:
    shutil.copy(exported / "verify.py", tmp_path)
    assert verify(tmp_path)[0] == 25


def test_one_event_is_proved_on_its_own(
    exported: Path, bare_python: Path, tmp_path: Path, signer: Signer
) -> None:
    home, file = exported.parent / "home", tmp_path / "proof.json"
    with opened(home) as ledger:
        event = ledger.logs["appointment"].load_stream("c4")[0]
    cadre(home, "prove", event.event_id, str(file))

    published = tmp_path / "published.txt"
    published.write_text(f"{signer.verifier}\n")
    whole = json.loads(file.read_text())

    def checked(*more: str, **changes: object) -> tuple[int, str]:
        file.write_text(json.dumps(whole | changes))
        command = [str(bare_python), "-I", str(exported / "verify.py"), str(file), *more]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert not done.stderr, done.stderr
        return done.returncode, done.stdout

    trusting = ("--keys", str(published))
    assert checked(*trusting) == (0, "all is well: event 5 of 13 in qu%E1%BA%ADn/appointment\n")
    assert checked()[0] == 19, "the key that a proof brings along proves nothing"
    assert checked(*trusting, event=whole["event"].replace("2024-02-01", "2024-02-02"))[0] == 23
    for index in (-9, -1, 13, 10**9, "4", True, 4.0):
        assert checked(*trusting, index=index)[0] == 23, index
    assert checked(*trusting, log="personnel")[0] == 16, "it is of another log than it says"
    forged = whole["checkpoint"].rpartition("\n\n")[0].replace("qu%E1%BA%ADn", "elsewhere") + "\n"
    assert checked(*trusting, checkpoint=STRANGER.sign(forged))[0] == 19
    published.write_text("")
    assert checked(*trusting)[0] == 19, "a file without a key trusts nobody"
    said = CliRunner().invoke(application(), ["--home", str(home), "audit", "prove", "nothing", str(file)])
    assert said.exit_code == 1


def test_one_office_cannot_sign_for_another(exported: Path, bare_python: Path, tmp_path: Path) -> None:
    """Both keys are trusted; the name of the log in the checkpoint is that of the other office."""
    proof, published = tmp_path / "proof.json", tmp_path / "published.txt"
    other = Signer("other", bytes(32))
    published.write_text(f"{other.verifier}\n")
    event = '{"forged":true}'
    point = Checkpoint("office/personnel", 1, sha256(b"\0" + event.encode()).digest())
    entry = {"log": "personnel", "index": 0, "event": event, "proof": [], "key": str(other.verifier)}
    proof.write_text(json.dumps({**entry, "checkpoint": other.sign(str(point))}))
    command = [str(bare_python), "-I", str(exported / "verify.py"), str(proof), "--keys", str(published)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 19
    assert "other signed for office/personnel" in done.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("notes.txt", (26, "notes.txt UNKNOWN_FILE")),
        ("logs/personnel.ndjson.bak", (26, "logs/personnel.ndjson.bak UNKNOWN_FILE")),
        ("checkpoints/personnel/more.bin", (26, "checkpoints/personnel/more.bin UNKNOWN_FILE")),
        ("logs/salary.ndjson", (27, "logs/salary.ndjson FOREIGN_LOG")),
        ("leaves/salary", (27, "leaves/salary FOREIGN_LOG")),
        ("checkpoints/salary/000000000001.txt", (27, "checkpoints/salary/000000000001.txt FOREIGN_LOG")),
    ],
)
def test_a_file_that_does_not_belong_to_it(
    archive: Path, verify: Verify, name: str, said: tuple[int, str]
) -> None:
    (archive / name).parent.mkdir(exist_ok=True)
    (archive / name).write_text("x")
    assert verify(archive) == (said[0], [said[1]])


def test_what_is_given_to_the_check_may_lie_in_the_folder(
    archive: Path, verify: Verify, signer: Signer
) -> None:
    (archive / "published.txt").write_text(f"{signer.verifier}\n")
    assert verify(archive, "--keys", str(archive / "published.txt")) == (0, [])
    assert verify(archive) == (26, ["published.txt UNKNOWN_FILE"])


@pytest.mark.parametrize("kept", [0, 1])
def test_a_missing_consistency_proof(archive: Path, verify: Verify, kept: int) -> None:
    file = archive / "proofs" / "personnel.json"
    file.write_text(json.dumps(json.loads(file.read_text())[:kept]))
    assert verify(archive) == (28, ["personnel PROOF_MISSING"])


def test_a_manifest_that_gives_a_log_another_name(archive: Path, verify: Verify, signer: Signer) -> None:
    manifest = json.loads((archive / "manifest.txt").read_text().splitlines()[0])
    manifest["logs"]["personnel"]["origin"] = manifest["logs"]["personnel"]["origin"].replace(
        "personnel", "appointment"
    )
    (archive / "manifest.txt").write_text(signer.sign(json.dumps(manifest) + "\n"))
    assert verify(archive) == (16, ["personnel LOGS_SWAPPED"])
