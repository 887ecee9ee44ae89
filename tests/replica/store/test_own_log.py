"""A site's own event log is read as a log of runs, sent with signed checkpoints, and takes back what a backup lacks."""

from pathlib import Path
from shutil import copytree, rmtree

from shared.core.partial_dates import Instant
from shared.eventlog.compact_ranges import range_of_leaves
from shared.eventlog.merkle import hash_leaf
from shared.replica.checkpoints import open_checkpoint
from shared.replica.counting import LogJudgement
from shared.replica.parted_lines import Settlement, find_branches
from tests.replica.store.own_sites import ARRIVAL, KEYS, PX, OwnSite, open_site


def stored(site: OwnSite) -> list[bytes]:
    return [row[3] for row in site.log.read_stored(0, 10**6)]


def test_epochs_of_the_own_log_are_runs_with_the_roots_of_its_entries(tmp_path: Path) -> None:
    for count in (3, 1, 5):
        with open_site(tmp_path, "px") as px:
            px.record(count)
    with open_site(tmp_path, "px") as px:
        leaves = [hash_leaf(state) for state in stored(px)]
        log, reader = px.store.load_log(PX), px.store.root_reader(PX)
        assert [(run.first, run.last, run.position) for run in log.runs] == [(1, 3, 0), (1, 1, 3), (1, 5, 4)]
        assert all(run.solid for run in log.runs)
        for run in log.runs:
            for seq in range(run.first, run.last + 1):
                assert reader(run, seq) == range_of_leaves(0, leaves[: run.offset + seq + 1]).root()
            entries = px.store.read_entries(PX, (run, run.first, run.last))
            assert list(entries) == stored(px)[run.position : run.end]


def test_what_is_recorded_is_read_without_reading_the_log_again(tmp_path: Path) -> None:
    """The tree grows by what is new; the roots of earlier epochs are kept."""
    with open_site(tmp_path, "px") as px:
        px.record(700)
        assert px.vector()
        reads: list[int] = []
        read_chained = px.log.read_chained

        def counted(after: int, limit: int) -> list[tuple[int, bytes, bytes]]:
            page = read_chained(after, limit)
            reads.append(len(page))
            return page

        px.log.read_chained = counted  # type: ignore[method-assign]
        px.record(2)
        before = px.vector()
        assert sum(reads) == 2
        assert px.vector() == before
        assert sum(reads) == 2


def test_an_own_log_is_sent_with_a_checkpoint_over_all_of_it(tmp_path: Path) -> None:
    with open_site(tmp_path / "px", "px") as px, open_site(tmp_path / "huyen", "huyen") as huyen:
        px.record(1203)
        chunks = list(px.store.chunks_to_send(PX, ()))
        assert [len(chunk.payloads) for chunk in chunks] == [500, 500, 203]
        checkpoint = open_checkpoint(chunks[0].header.checkpoint, KEYS["px"])
        last = px.log.read(1202)[0][1]
        assert (checkpoint.size, checkpoint.seq, checkpoint.origin_line) == (1203, 1203, "px/toy")
        assert checkpoint.closed_until == last.recorded_at
        assert px.send(huyen) == 3
        assert huyen.vector() == px.vector()
        assert px.send(huyen) == 0
        px.record(1)
        assert px.send(huyen) == 1
        huyen.mark(1)
        assert huyen.foreign() == stored(px)
        assert huyen.store.highest_lamport() == 1204
        assert px.store.read_checkpoints(PX) == huyen.store.read_checkpoints(PX)


def test_a_site_in_the_middle_passes_on_what_its_origin_signed(tmp_path: Path) -> None:
    with (
        open_site(tmp_path / "px", "px") as px,
        open_site(tmp_path / "huyen", "huyen") as huyen,
        open_site(tmp_path / "tinh", "tinh") as tinh,
    ):
        for number in range(1, 4):
            px.record(number)
            huyen.record(1)
            px.send(huyen)
            huyen.send(tinh)
        assert {head.origin for head in tinh.vector()} == {"px", "huyen"}
        assert tinh.vector() == huyen.vector()
        huyen.send(px)
        assert px.vector() == tinh.vector()


def test_a_site_restored_from_a_backup_takes_its_lost_tail_back(tmp_path: Path) -> None:
    """Case "restore": both lines count, the own log is not doubled, and further checkpoints name the branch."""
    px_home, backup = tmp_path / "px", tmp_path / "backup"
    with open_site(tmp_path / "huyen", "huyen") as huyen:
        with open_site(px_home, "px") as px:
            px.record(4)
        copytree(px_home, backup)
        with open_site(px_home, "px") as px:
            px.record(3)
            px.send(huyen)
            before = stored(px)
        rmtree(px_home)
        copytree(backup, px_home)
        with open_site(px_home, "px") as px:
            px.record(2)
            lost = px.lacks(huyen.vector())
            assert [(head.origin, head.seq) for head in lost] == [("px", 3)]
            huyen.send(px)
            assert px.lacks(huyen.vector()) == frozenset()
            px.mark(1)
            assert px.foreign() == before[4:]
            assert px.store.stream_versions("toy", ("S",)) == {"S": 3}
            log = px.store.load_log(PX)
            assert len(find_branches(log)) == 2
            checkpoint = px.store.read_checkpoints(PX)[-1]
            own = log.runs[-1].epoch if len(log.runs) == 2 else px.log.read_epochs()[-1][1]
            assert open_checkpoint(checkpoint, KEYS["px"]).origin_line == f"px/toy/{own}"
            px.send(huyen)
            assert huyen.vector() >= px.vector()
            huyen.mark(2)
            assert sorted(huyen.foreign()) == sorted(before + stored(px)[4:])
        with open_site(px_home, "px") as px:
            assert px.foreign() == before[4:]
            assert px.vector() == huyen.vector()


def test_a_restored_site_that_has_not_written_yet_takes_its_tail_back(tmp_path: Path) -> None:
    """Case "restore": the tail continues the own epoch, so own log and store hold parts of one run."""
    px_home, backup = tmp_path / "px", tmp_path / "backup"
    with open_site(tmp_path / "huyen", "huyen") as huyen:
        with open_site(px_home, "px") as px:
            px.record(4)
            copytree(px_home, backup)
            px.record(3)
            px.send(huyen)
            states = stored(px)
        rmtree(px_home)
        copytree(backup, px_home)
        with open_site(px_home, "px") as px, open_site(tmp_path / "tinh", "tinh") as tinh:
            huyen.send(px)
            [run] = px.store.load_log(PX).runs
            assert (run.first, run.last) == (1, 7)
            assert list(px.store.read_entries(PX, (run, 1, 7))) == states
            assert px.vector() == huyen.vector()
            px.send(tinh)
            assert tinh.vector() == px.vector()
            px.record(1)
            px.send(tinh)
            px.send(huyen)
            assert tinh.vector() == px.vector() == huyen.vector()


def test_what_the_own_log_has_is_not_stored_again(tmp_path: Path) -> None:
    with open_site(tmp_path / "px", "px") as px:
        px.record(5)
        for chunk in px.store.chunks_to_send(PX, ()):
            imported = px.store.import_chunk(chunk, KEYS, ARRIVAL)
            assert [str(outcome) for _, _, outcome in imported.outcomes] == ["duplicate"]
        px.mark(1)
        assert px.foreign() == []


def test_closed_until_may_be_later_than_the_last_fact(tmp_path: Path) -> None:
    later = Instant("2100-01-01T00:00:00.000000Z")
    with open_site(tmp_path / "px", "px", closed_until=lambda: later) as px:
        px.record(1)
        [note] = px.store.read_checkpoints(PX)
        assert open_checkpoint(note, KEYS["px"]).closed_until == later


def test_the_own_log_ceases_to_count_from_a_fork_on_and_counts_again(
    tmp_path: Path, where: Path | str
) -> None:
    """A machine image that is resumed twice: what the site itself recorded is judged as everywhere else, its log stays
    as it is, and every span in which an entry counted is kept."""
    with open_site(tmp_path / "px", "px", where) as px:
        px.record(3)
        copytree(tmp_path / "px", tmp_path / "twin")
        with open_site(tmp_path / "twin", "px") as twin:
            memory, resumed = px.log._writer, twin.log._writer
            resumed._connection = resumed._storage.open_write_connection()
            resumed._head, resumed._versions = memory._head, dict(memory._versions)
            px.record(1)
            twin.record(1, "T")
            px.record(1)
            own, epoch = stored(px), px.log.read_epochs()[-1][1]
            twin.send(px)
            other = stored(twin)[3]
        px.mark(1)
        px.mark(2)
        assert spans(px, "S") == [(own[3], "own", "01"), (own[4], "own", "01")]
        assert spans(px, "T") == []
        sides = px.store.read_sides(PX, epoch, 4)
        assert {(side.state, side.entries) for side in sides} == {(own[3], 2), (other, 1)}
        assert {open_checkpoint(side.note, KEYS["px"]).log for side in sides} == {PX}
        both = LogJudgement((Settlement(epoch, 4, frozenset(side.root for side in sides)),))
        px.record(1)
        for minute in (3, 4):
            px.mark(minute, both)
        assert spans(px, "S") == [
            (own[3], "own", "01"),
            (own[3], "03", ""),
            (own[4], "own", "01"),
            (own[4], "03", ""),
        ]
        assert spans(px, "T") == [(other, "03", "")]
        assert px.store.stream_versions("toy", ("S", "T")) == {"T": 1}, (
            "own entries are not counted as others'"
        )
        px.mark(5)
        last = stored(px)[5]
        assert spans(px, "S")[-2:] == [(own[4], "03", "05"), (last, "own", "05")]
        assert stored(px)[:5] == own
    with open_site(tmp_path / "px", "px", where) as px:
        assert len(spans(px, "S")) == 5


def spans(site: OwnSite, stream: str) -> list[tuple[bytes, str, str]]:
    """What the store says of a stream: (stored bytes, since when it counts, until when), in minutes; `own`: since it
    was recorded."""
    found = site.store.load_streams("toy", (stream,)).get(stream, ())
    return [
        (each.state, each.known[14:16] if each.known > "2100" else "own", each.known_until[14:16])
        for each in found
    ]
