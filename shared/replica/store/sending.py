"""Cuts stored entries into chunks that prove themselves."""

from collections.abc import Iterable, Iterator

from shared.core.errors import DamagedStore
from shared.eventlog.compact_ranges import CompactRange
from shared.replica.chunks import MAX_ENTRIES, Chunk, ChunkHeader, Stubs, cut_into_chunks
from shared.replica.runs import LogId
from shared.replica.store.entry_nodes import EntryNodes, range_of, split_hashes
from shared.replica.store.pieces import Piece, range_after, range_before

Coordinates = tuple[str, int]
"""(epoch, seq) of an entry."""


def make_chunks(
    log: LogId, piece: Piece, first: int, last: int, previous: Coordinates | None
) -> Iterator[Chunk]:
    """Entries of a piece as chunks. `previous`: the entry before the first of them; None: they begin the log."""
    while first <= last:
        sizes = piece.read_sizes(first, last, MAX_ENTRIES)
        if not sizes:
            raise DamagedStore(
                f"{log.origin}/{log.topic}: entries {first} to {last} of {piece.run.epoch} are gone"
            )
        count = next(cut_into_chunks(size for _, size in sizes))[1]
        end = sizes[count - 1][0]
        yield make_chunk(log, piece, first, end, previous)
        first, previous = end + 1, (piece.run.epoch, end)


def make_chunk(log: LogId, piece: Piece, first: int, last: int, previous: Coordinates | None) -> Chunk:
    """Entries `first` to `last` of a piece as one chunk."""
    rows, run = piece.read_rows(first, last), piece.run
    note, right = range_after(piece, last)
    header = ChunkHeader(
        origin=log.origin,
        topic=log.topic,
        epoch=run.epoch,
        previous=previous,
        first=first,
        start=run.offset + first,
        items=tuple(make_items(rows, run.offset)),
        left=range_before(piece, first).hashes,
        right=right.hashes,
        checkpoint=note,
    )
    return Chunk(header, tuple(row.state for row in rows if row.state is not None))


def make_items(rows: Iterable[EntryNodes], offset: int) -> Iterator[int | Stubs]:
    """What a chunk says of its entries: neighbouring stubs become one item, those with a named stream alone."""
    run: CompactRange | None = None
    for row in rows:
        if row.state is None and not row.stream:
            begin, end = offset + row.first, offset + row.seq + 1
            each = range_of(begin, end, split_hashes(row.hashes)[:1])
            run = run.merge(each) if run else each
            continue
        if run:
            yield Stubs(run.end - run.begin, run.hashes)
            run = None
        if row.state is not None:
            yield len(row.state)
        else:
            yield Stubs(
                leaf=split_hashes(row.hashes)[0], stream=row.stream, confidentiality=row.confidentiality
            )
    if run:
        yield Stubs(run.end - run.begin, run.hashes)
