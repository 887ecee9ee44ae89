"""A process that dies in the middle of an import leaves a store that is whole: all of a chunk is there, or nothing."""

import random
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from shared.replica.chunks import decode_chunk, encode_chunk
from shared.replica.runs import LogRuns
from shared.replica.store.replica_store import ReplicaStore
from shared.replica.union import add_run
from tests.conftest import TALLIES
from tests.faults.counting import ROUNDS
from tests.replica.signed_lines import KEYS, SignedLine
from tests.replica.store.own_sites import ARRIVAL, TOPICS

KILLED = -9


def write_chunks(folder: Path) -> tuple[SignedLine, list[Path]]:
    """A line in several chunks: in order, early, a fork, a duplicate, stubs and their payloads."""
    line = SignedLine([("e1", 40), ("e2", 60)])
    fork = SignedLine([("e2", 20)], after=line, shared=50, salt=1000)
    hidden = set(range(40, 60)) - {50}  # the fork begins there
    chunks = [
        line.chunk(0, 20),
        line.chunk(20, 40),
        line.chunk(40, 60, withheld=hidden),
        line.chunk(80, 100),
        fork.chunk(50, 70),
        line.chunk(0, 20),
        line.chunk(40, 60),
        line.chunk(60, 80),
    ]
    files = []
    for number, chunk in enumerate(chunks):
        files.append(folder / f"{number}.chunk")
        files[-1].write_bytes(encode_chunk(chunk))
    return line, files


def run_importer(where: Path | str, kill_at: int, files: list[Path]) -> tuple[int, list[str]]:
    """The exit code, and the files that were imported before the end."""
    command = [sys.executable, "-m", "tests.replica.store.killed", str(where), str(kill_at), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, KILLED), done.stderr
    return done.returncode, done.stdout.splitlines()


def held_after(files: list[Path]) -> tuple[LogRuns, list[bytes]]:
    """The log and the payloads after these chunks, by a store that nobody killed."""
    folder = files[0].parent
    file = folder / "whole.db"
    for each in folder.glob("whole.db*"):
        each.unlink()
    with closing(ReplicaStore(file, TOPICS)) as store:
        for each in files:
            store.import_chunk(decode_chunk(each.read_bytes()), KEYS, ARRIVAL)
        return read_all(store, SignedLine([("e1", 1)]))


def read_all(store: ReplicaStore, line: SignedLine) -> tuple[LogRuns, list[bytes]]:
    log = store.load_log(line.log)
    entries = (store.read_entries(line.log, (run, run.first, run.last)) for run in log.runs)
    return log, [entry for each in entries for entry in each if isinstance(entry, bytes)]


@pytest.mark.timeout(600)
def test_a_kill_before_any_write_of_an_import_leaves_all_of_a_chunk_or_nothing(
    where: Path | str, another: Path | str, tmp_path: Path
) -> None:
    line, files = write_chunks(tmp_path)
    # how many writes each chunk takes, by a process that is left alive
    code, lines = run_importer(another, 0, files)
    assert code == 0
    ends = [int(each.split(" ")[1]) for each in lines]
    places = list(range(1, ends[-1] + 1))
    killed = at = 0
    for kill_at in places[:: max(1, len(places) // ((10 if isinstance(where, Path) else 5) * ROUNDS))]:
        done = sum(1 for end in ends if end < kill_at)
        # what is imported already is imported again: duplicates need as many writes as they did
        code, lines = run_importer(where, kill_at - (ends[at - 1] if at else 0), files[at:])
        assert code == KILLED
        killed += 1
        assert len(lines) == done - at
        at = done
        with closing(ReplicaStore(where, TOPICS)) as store:
            assert list(store.find_damage()) == []
            if at:
                assert read_all(store, line) == held_after(files[:at])
    assert killed >= 5
    code, _ = run_importer(where, 0, files)
    assert code == 0
    with closing(ReplicaStore(where, TOPICS)) as store:
        assert list(store.find_damage()) == []
        assert read_all(store, line) == held_after(files)
    TALLIES["stores after a kill"]["killed before a write"] += killed


@pytest.mark.timeout(600)
def test_a_kill_at_any_moment_leaves_a_whole_store(tmp_path: Path) -> None:
    """By SIGKILL from outside, which also meets commits and the write-ahead log."""
    long = SignedLine([("f1", 4000)])
    many = []
    for number in range(0, 4000, 50):
        many.append(tmp_path / f"long-{number}.chunk")
        many[-1].write_bytes(encode_chunk(long.chunk(number, number + 50)))
    where, chance, hit = tmp_path / "replica.db", random.Random(1), 0
    command = [sys.executable, "-m", "tests.replica.store.killed", str(where), "0", *map(str, many)]
    for _ in range(4 * ROUNDS):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout
        process.stdout.readline()
        time.sleep(chance.random() * 0.2)
        process.kill()
        told = process.stdout.read().count("\n") + 1
        process.stdout.close()
        hit += process.wait() == KILLED
        with closing(ReplicaStore(where, TOPICS)) as store:
            assert list(store.find_damage()) == []
            [run] = store.load_log(long.log).runs
            assert run.last % 50 == 0
            assert run.last >= told * 50
            assert run.root == long.root(run.last)
    assert hit
    TALLIES["stores after a kill"]["killed at any moment"] += hit


def test_the_runs_of_a_store_follow_from_its_segments() -> None:
    """What `find_damage` rests on: adding whole segments in any order makes the same runs."""
    line = SignedLine([("e1", 9)])
    parts = [line.run(0, 3), line.run(3, 5), line.run(5, 9)]
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        log = LogRuns(line.log)
        for number in order:
            log = add_run(log, parts[number], lambda run, seq: line.root(run.offset + seq + 1)).log
        assert [(run.first, run.last) for run in log.runs] == [(1, 9)]
