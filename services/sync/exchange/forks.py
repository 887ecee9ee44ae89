"""Forks of logs: where a site signed two entries at one place, what is on each side, and the statement about it."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from services.sync.domain.receipts import fold_quarantines
from services.sync.events import Quarantined
from services.sync.exchange.site_replica import SiteReplica
from shared.contract.cloudevents import DECODE_ERRORS
from shared.core.partial_dates import Instant, day_of
from shared.eventlog.key_store import decrypt_fields
from shared.eventlog.signed_notes import encode_base64, is_signed_by, split_note
from shared.replica.checkpoints import parse_checkpoint
from shared.replica.counting import HeldWhy, LogJudgement, find_held_parts, open_forks, trusted_coverage
from shared.replica.coverage import RunPart, coverage_of, keep_runs
from shared.replica.envelopes import read_envelope
from shared.replica.parted_lines import find_forks
from shared.replica.runs import Head, LogId, LogRuns, RootReader, Run
from shared.replica.store.replica_store import Side


class Fork(NamedTuple):
    """A fork that no authority has settled."""

    log: LogId
    epoch: str
    seq: int
    """The first place in its epoch with two entries."""


class ShownSide(msgspec.Struct, frozen=True):
    """One of the entries at the place of a fork."""

    root: str
    """In base64: names it when the fork is settled."""
    entries: int
    """How many entries are held from it on."""
    counts: bool
    stream: str
    recorded_at: Instant
    actor: str
    fact: dict[str, Any] | None
    """What it says; None where it is withheld or cannot be read."""
    note: str
    """The signed checkpoint that proves it."""


class ShownFork(msgspec.Struct, frozen=True):
    """A fork as somebody looks at it."""

    origin: str
    topic: str
    epoch: str
    seq: int
    state: str
    """open or settled."""
    since: Instant
    """Since when this site keeps what follows in quarantine; empty: it has not said so."""
    sides: list[ShownSide]


def show_fork(replica: SiteReplica, fork: Fork) -> ShownFork:
    """A fork with what its sides say."""
    settled = {(each.epoch, each.seq): each.keep for each in replica.judge(fork.log).settled}
    keep = settled.get((fork.epoch, fork.seq))
    stated = fold_quarantines(replica.read_statements()).get(replica.site, {})
    sides = [_show_side(replica, fork.log, side, keep or frozenset()) for side in read_sides(replica, fork)]
    state = "open" if keep is None else "settled"
    since = stated.get((fork.log, fork.epoch, fork.seq), Instant(""))
    return ShownFork(fork.log.origin, fork.log.topic, fork.epoch, fork.seq, state, since, sides)


def _show_side(replica: SiteReplica, log: LogId, side: Side, keep: Collection[bytes]) -> ShownSide:
    stream, recorded_at, actor, fact = "", Instant(""), "", None
    source = replica.ledger.logs.get(log.topic)
    if source and side.state is not None:
        with suppress(*DECODE_ERRORS):
            event = decrypt_fields(source.topic, source.topic.decode(side.state), source.keys)
            stream, recorded_at, actor = event.stream, event.recorded_at, event.actor
            fact = msgspec.to_builtins(event.fact)
    root = encode_base64(side.root)
    return ShownSide(root, side.entries, side.root in keep, stream, recorded_at, actor, fact, side.note)


def find_open_forks(replica: SiteReplica, logs: Iterable[LogId]) -> list[Fork]:
    """The forks of these logs that nobody has settled."""
    return [
        Fork(log, epoch, seq)
        for log in logs
        for epoch, seq in sorted(
            open_forks(
                replica.store.load_log(log), replica.judge(log), replica.store.root_reader(log)
            ).items()
        )
    ]


def find_all_forks(replica: SiteReplica) -> list[Fork]:
    """The forks of all logs, the settled ones too."""
    return [
        fork
        for log in replica.store.logs()
        for fork in sorted({*find_open_forks(replica, [log]), *_settled_forks(replica, log)})
    ]


def _settled_forks(replica: SiteReplica, log: LogId) -> list[Fork]:
    settled = (Fork(log, each.epoch, each.seq) for each in replica.judge(log).settled)
    return [fork for fork in settled if len(read_sides(replica, fork)) > 1]


def read_sides(replica: SiteReplica, fork: Fork) -> list[Side]:
    """The entries at the place of a fork."""
    return replica.store.read_sides(fork.log, fork.epoch, fork.seq)


def own_forked_logs(replica: SiteReplica) -> list[LogId]:
    """The logs of this site that have more than one line inside an epoch, settled or not: it was cloned."""
    return [log for log in replica.given_back_logs() if find_forks(replica.store.load_log(log))]


def find_split_views(replica: SiteReplica) -> list[tuple[Fork, str]]:
    """Places at which a signed checkpoint contradicts what is held, and whose other entries are not here, each with the
    note: what follows still counts, for nobody can say yet where the lines part."""
    return [
        (Fork(head.log, head.epoch, head.seq), note)
        for head, note in replica.store.exchange.split_views()
        if len(sides := replica.store.read_sides(head.log, head.epoch, head.seq)) == 1
        and sides[0].root != head.root
        and not _is_forged(replica, head, note)
    ]


def _is_forged(replica: SiteReplica, head: Head, note: str) -> bool:
    """Whether a site did not sign one of two histories itself: its key was taken from it, and it is trusted for neither
    the checkpoint nor what is held at its end."""
    says = replica.judge(head.log)
    if says.trusted is None:
        return False
    log, roots = replica.store.load_log(head.log), replica.store.root_reader(head.log)
    covered = coverage_of(log, says.trusted, roots)
    is_held_trusted = any(run.epoch == head.epoch and last >= head.seq for run, last in covered.items())
    return not (is_held_trusted and is_signed_by(note, replica.tree.unrevoked_keys()[head.origin]))


def find_distrusted(replica: SiteReplica, log: LogRuns) -> list[RunPart]:
    """What is here of a log and signed with a key that was taken from its site, beyond what that is trusted for."""
    says, roots = replica.judge(log.id), replica.store.root_reader(log.id)
    if says.trusted is None:
        return []
    held = find_held_parts(log, says, (), roots)
    return [part for part, why in held if why is HeldWhy.KEY]


def trusted_runs(log: LogRuns, says: LogJudgement, roots: RootReader) -> LogRuns:
    """A log without runs that its origin did not sign itself: its key was taken from it."""
    trusted = trusted_coverage(log, says, roots)
    return log if trusted is None else keep_runs(log, trusted)


def make_quarantines(replica: SiteReplica, logs: Iterable[LogId]) -> list[Quarantined]:
    """The statements of this site about forks of these logs that it has not made yet."""
    logs = set(logs)
    forks = {fork: [*_evidence(read_sides(replica, fork))] for fork in find_open_forks(replica, logs)}
    for fork, note in find_split_views(replica):
        if fork.log in logs:
            other = parse_checkpoint(split_note(note)[0])
            forks[fork] = [*_evidence(read_sides(replica, fork)), (encode_base64(other.root), note)]
    if not forks:
        return []
    stated = fold_quarantines(replica.read_statements()).get(replica.site, {})
    return [
        Quarantined(
            origin=fork.log.origin,
            topic=fork.log.topic,
            epoch=fork.epoch,
            seq=fork.seq,
            roots=tuple(root for root, _ in evidence),
            evidence=tuple(note for _, note in evidence),
            effective_from=day_of(replica.clock()),
        )
        for fork, evidence in sorted(forks.items())
        if (fork.log, fork.epoch, fork.seq) not in stated
    ]


def _evidence(sides: Iterable[Side]) -> Iterator[tuple[str, str]]:
    return ((encode_base64(side.root), side.note) for side in sides)


def recorded_spans(replica: SiteReplica, log: LogRuns) -> dict[Run, tuple[Instant, Instant]]:
    """When the first and the last entry of each run were recorded; asked only where lines part."""
    if len({run.before for run in log.runs}) == len(log.runs):
        return {}
    found = {}
    for run in log.runs:
        instants = [*_instant(replica, log.id, run, run.first), *_instant(replica, log.id, run, run.last)]
        if len(instants) == 2:
            found[run] = (instants[0], instants[1])
    return found


def _instant(replica: SiteReplica, log: LogId, run: Run, seq: int) -> Iterator[Instant]:
    for item in replica.store.read_entries(log, (run, seq, seq)):
        if isinstance(item, bytes) and (envelope := read_envelope(item)):
            yield envelope.recorded_at
