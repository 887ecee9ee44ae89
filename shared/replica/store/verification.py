"""Checks a stored replica against itself: every hash, every root, every run."""

from collections.abc import Iterator

from shared.eventlog.compact_ranges import CompactRange
from shared.eventlog.merkle import HASH_SIZE, hash_leaf
from shared.eventlog.signed_notes import MalformedNote, split_note
from shared.replica.checkpoints import parse_checkpoint
from shared.replica.runs import LogRuns
from shared.replica.store.database import Select
from shared.replica.store.entry_nodes import complete_subtrees, split_hashes
from shared.replica.store.segments import REMEDY, Segment, load_segments, stored_pieces
from shared.replica.union import add_run

ROWS_AT_ONCE = 1000


def find_damage(select: Select, stored: LogRuns) -> Iterator[str]:
    """What is wrong with what is stored of a log, each in one sentence with a remedy; `stored`: its runs."""
    log = stored.id
    found, pieces = LogRuns(log), stored_pieces(select, log)
    segments = load_segments(select, log)
    for segment in segments:
        if wrong := check_segment(select, segment):
            yield f"{log.origin}/{log.topic}: {wrong}. {REMEDY}"
            return
        found = add_run(found, segment.run, pieces.read_root).log
    if found != stored:
        yield f"{log.origin}/{log.topic}: its runs are not those of its entries. {REMEDY}"


def check_segment(select: Select, segment: Segment) -> str:
    """What is wrong with a segment, in words; empty where it is whole."""
    row, left = segment.row, segment.left
    if not left.is_well_formed() or left.root() != row.before:
        return f"what is before entry {row.first} of {row.epoch} is damaged"
    peaks, size, seq = list(left.hashes), row.position, row.first
    while seq <= row.last:
        sql = "SELECT seq, height, hashes, state FROM entries WHERE segment = ? AND seq >= ? ORDER BY seq LIMIT ?"
        page = select(sql, (row.id, seq, ROWS_AT_ONCE))
        for last, height, hashes, state in page:
            nodes = bytes(hashes)
            whole = last - (1 << height) + 1 == seq and complete_subtrees(
                peaks, size, height, nodes[:HASH_SIZE]
            )
            if whole != nodes or (state is not None and hash_leaf(bytes(state)) != nodes[:HASH_SIZE]):
                return f"entry {seq} of {row.epoch} is damaged"
            seq, size = last + 1, size + (1 << height)
        if not page:
            return f"entry {seq} of {row.epoch} is not there"
    if CompactRange(0, size, tuple(peaks)).root() != row.root or seq != row.last + 1:
        return f"entry {row.last} of {row.epoch} does not have the root that was stored"
    covering = segment.read_covering()
    try:
        checkpoint = parse_checkpoint(split_note(covering.note)[0])
    except MalformedNote:
        return f"the checkpoint that covers entry {row.last} of {row.epoch} is damaged"
    right = CompactRange(size, row.proof_size, split_hashes(row.rights))
    if (
        not right.is_well_formed()
        or CompactRange(0, size, tuple(peaks)).merge(right).root() != checkpoint.root
    ):
        return f"no checkpoint covers entry {row.last} of {row.epoch}"
    return ""
