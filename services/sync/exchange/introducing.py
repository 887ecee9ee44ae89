"""A site that signs with another key than before shows that it is its own: entries of the registry say so, and each is
proven by the key of who recorded it. Whoever hears of nobody else, such as a site behind NAT of its parent, would
refuse all that is signed with a key that it does not know, and never learn it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO

from services.sites.events import SiteKeyReplaced
from services.sites.events import topic as registry_topic
from services.sync.bundles.faults import BadBundle, BundleRule
from services.sync.bundles.header import MAX_INTRODUCED, read_header
from services.sync.bundles.reading import Bundle
from services.sync.exchange.registry_judge import MAX_CHUNK, decode_introduced
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.site_tree import REGISTRY
from shared.contract.cloudevents import DECODE_ERRORS
from shared.eventlog.signed_notes import split_note
from shared.replica.checkpoints import parse_checkpoint
from shared.replica.chunks import Chunk, encode_chunk
from shared.replica.coverage import coverage_of
from shared.replica.runs import Head, LogId, Run
from shared.replica.store.importer import is_handover


def introduce(replica: SiteReplica, known: Iterable[Head]) -> list[bytes]:
    """The chunks that state the keys of this site, in the order in which they were stated, but for those in `known`:
    what the recipient has."""
    if not replica.tree.replaced_keys().get(replica.site):
        return []
    known = frozenset(known)
    found = [
        (lamport, encode_chunk(chunk))
        for log in replica.store.logs()
        if log.topic == REGISTRY
        for lamport, chunk in _prove_statements(replica, log, known, replica.site)
    ]
    return [raw for _, raw in sorted(found) if len(raw) <= MAX_CHUNK][-MAX_INTRODUCED:]


def hand_over(replica: SiteReplica, log: LogId, known: frozenset[Head]) -> list[Chunk]:
    """Of a log of the registry the entries with which its own site replaced its key, each proven by the key before it:
    whoever takes them first can prove the rest. `known`: what the recipient has."""
    if log.topic != REGISTRY or not replica.tree.replaced_keys().get(log.origin):
        return []
    found = _prove_statements(replica, log, known, log.origin)
    return [chunk for _, chunk in sorted(found, key=lambda each: each[0])]


def _prove_statements(
    replica: SiteReplica, log: LogId, known: frozenset[Head], site: str
) -> Iterator[tuple[int, Chunk]]:
    """(lamport, chunk) of the entries of a log that state a key of a site, but for what is known."""
    runs, roots = replica.store.load_log(log), replica.store.root_reader(log)
    covered = coverage_of(runs, known, roots)
    for run in runs.runs:
        first = covered.get(run, run.first - 1) + 1
        for lamport, seq in _find_statements(replica, log, run, first, site):
            chunk = replica.store.make_chunk(log, run, seq, _handover(replica, log, run.offset + seq))
            if chunk:
                yield lamport, chunk


def _find_statements(
    replica: SiteReplica, log: LogId, run: Run, first: int, site: str
) -> list[tuple[int, int]]:
    """(lamport, seq) of the entries of a run that state a key of a site."""
    found = []
    for seq, item in enumerate(replica.store.read_entries(log, (run, first, run.last)), start=first):
        if isinstance(item, bytes) and b"key-replaced" in item:
            try:
                event = registry_topic.decode(item)
            except DECODE_ERRORS:
                continue
            if isinstance(event.fact, SiteKeyReplaced) and event.stream == site:
                found.append((event.lamport, seq))
    return found


def _handover(replica: SiteReplica, log: LogId, position: int) -> str:
    """The note over an entry that its site signed with the key before and with the next one; empty: there is none."""
    if log.origin == replica.site:
        handovers = replica.read_handovers()
    else:
        handovers = [note for note in replica.store.read_vouched(log) if is_handover(note, log.origin)]
    notes = [(parse_checkpoint(split_note(note)[0]).size, note) for note in handovers]
    return min(((size, note) for size, note in notes if size > position), default=(0, ""))[1]


def open_introduced(
    replica: SiteReplica,
    file: BinaryIO,
    open_it: Callable[[], Bundle],
    alone: AbstractContextManager[object],
) -> Bundle:
    """What `open_it` gives; where its sender signs with a key that is not known here and shows that it is its own, the
    registry is taken first. `alone`: held meanwhile. Raises BadBundle."""
    try:
        return open_it()
    except BadBundle as error:
        if error.rule != BundleRule.UNKNOWN_KEY:
            raise
        file.seek(0)
        introduces = read_header(file).header.introduces or ()
        with alone:
            if not _take(replica, introduces):
                raise
    return open_it()


def _take(replica: SiteReplica, introduces: Iterable[bytes]) -> bool:
    """Import the chunks, which prove themselves whoever brings them. Whether there was any."""
    has_taken = False
    for raw in introduces:
        chunk = decode_introduced(raw)
        if chunk and chunk.header.origin in replica.tree.signing_keys():
            imported = replica.store.import_chunk(chunk, replica.tree.signing_keys(), replica.arrival())
            if imported.proven is not None:
                has_taken = True
                replica.reload_tree()
    return has_taken
