"""How a site stands with all others: what of its own has arrived, how much of each other one is here, what is wrong."""

from collections.abc import Iterator

import msgspec

from services.sync.domain.delivery import OwnEntries, count_own_entries, sent_by_bundle
from services.sync.domain.origin_state import HeardOrigin, OriginFlag, judge_origin
from services.sync.domain.receipts import read_note
from services.sync.events import HeldRange
from services.sync.exchange.clocks import has_wrong_times, is_own_clock_doubted
from services.sync.exchange.heard import heard_until, newest_checkpoint
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.site_tree import RECEIPTS
from shared.core.partial_dates import Instant
from shared.replica.checkpoints import LogCheckpoint
from shared.replica.counting import HeldWhy, find_held_parts
from shared.replica.coverage import RunPart, solid_coverage
from shared.replica.envelopes import read_envelope
from shared.replica.parted_lines import find_gaps, find_two_writers
from shared.replica.runs import LogId, LogRuns, RootReader, Run

ALARMS = frozenset({OriginFlag.FORK, OriginFlag.TWO_WRITERS, OriginFlag.SILENT, OriginFlag.CLOCK})
"""What somebody must look into; the rest ends by itself, or is somebody's decision."""

OWN_CLOCK = "own clock"
"""An alarm of this site about itself: several neighbours, or its own logs, say that its clock is wrong."""


class NamedGap(msgspec.Struct, frozen=True):
    """Entries that must exist and are not here."""

    topic: str
    epoch: str
    """Empty: it is not known, and the numbers count the entries of the line from 1."""
    first: int
    last: int


class OriginLine(msgspec.Struct, frozen=True, kw_only=True):
    """How this site stands with another."""

    origin: str
    states: list[str]
    heard_until: Instant
    """All that it recorded until then is here; empty: that is not known."""
    behind: int
    """Entries that its newest checkpoints cover and that are not here."""
    gaps: list[NamedGap]
    quarantined: int
    parked: int
    held: list[HeldRange]
    """What is here and does not count."""


class Alarm(msgspec.Struct, frozen=True):
    """Something that somebody must look into."""

    origin: str
    what: str


class SyncStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of it."""

    site: str
    parent: str
    own: OwnEntries
    origins: list[OriginLine]
    alarms: list[Alarm]


def read_status(replica: SiteReplica) -> SyncStatus:
    """How things stand now."""
    waiting = replica.store.count_waiting()
    logs: dict[str, list[LogRuns]] = {}
    for log in replica.store.logs():
        logs.setdefault(log.origin, []).append(replica.store.load_log(log))
    origins = sorted(({*replica.tree.signing_keys(), *waiting, *logs}) - {replica.site})
    lines, alarms = list[OriginLine](), list[Alarm]()
    contacts = {peer.site: peer.last_contact for peer in replica.store.exchange.peers()}
    for origin in origins:
        line, flags = _origin(
            replica, origin, logs.get(origin, []), waiting.get(origin, 0), contacts.get(origin)
        )
        lines.append(line)
        alarms += [Alarm(origin, str(flag)) for flag in sorted(flags & ALARMS)]
    if is_own_clock_doubted(replica.store.exchange.peers()) or replica.ledger.logs_ahead():
        alarms.append(Alarm(replica.site, OWN_CLOCK))
    return SyncStatus(
        site=replica.site,
        parent=replica.tree.parent(replica.site),
        own=_count_own(replica, logs.get(replica.site, [])),
        origins=lines,
        alarms=alarms,
    )


def _count_own(replica: SiteReplica, logs: list[LogRuns]) -> OwnEntries:
    parent, counted = replica.tree.parent(replica.site), OwnEntries()
    sent = sent_by_bundle(replica.read_statements(), replica.site, parent)
    note = replica.read_note_of(parent)
    signed = {parent: read_note(note)} if note else {}
    for log in logs:
        if log.id.topic != RECEIPTS:
            roots = replica.store.root_reader(log.id)
            counted += count_own_entries(log, parent, signed, sent, replica.judge(log.id), roots)
    return counted


def _origin(
    replica: SiteReplica, origin: str, logs: list[LogRuns], waiting: int, contact: Instant | None
) -> tuple[OriginLine, frozenset[OriginFlag]]:
    targets, tree = replica.store.exchange.targets(), replica.tree
    heard = HeardOrigin(
        origin=origin,
        registered=origin in tree.signing_keys(),
        logs=tuple(logs),
        waiting=waiting,
        two_writers=any(find_two_writers(log, _recorded(replica, log)) for log in logs),
        clock=replica.peer(origin).clock_skew != 0 or has_wrong_times(replica, origin),
        last_message=contact or None,
        silent_days=tree.silent_days(origin),
        closings=tuple(each for each in tree.closings() if each.origin == origin),
        settled=tuple((log.id, each) for log in logs for each in replica.judge(log.id).settled),
    )
    status = judge_origin(heard, targets, replica.clock(), _roots(replica, logs))
    held = [
        (log.id, part, why)
        for log in logs
        for part, why in find_held_parts(
            log, replica.judge(log.id), targets, replica.store.root_reader(log.id)
        )
    ]
    newest = {log.id: newest_checkpoint(replica, log.id) for log in logs}
    line = OriginLine(
        origin=origin,
        states=status.words(),
        heard_until=heard_until(replica, newest),
        behind=sum(_behind(log, newest[log.id]) for log in logs),
        gaps=[
            NamedGap(log.id.topic, gap.epoch, gap.first, gap.last)
            for log in logs
            for gap in sorted(find_gaps(log))
        ],
        quarantined=sum(_size(part) for _, part, why in held if why is HeldWhy.FORK),
        parked=sum(_size(part) for _, part, why in held if why is HeldWhy.PARKED),
        held=[
            HeldRange(log.origin, log.topic, run.epoch, first, last, str(why))
            for log, (run, first, last), why in held
        ],
    )
    return line, status.flags


def _roots(replica: SiteReplica, logs: list[LogRuns]) -> RootReader:
    """Reads the roots of all logs of an origin."""

    def read(run: Run, seq: int) -> bytes:
        log = next(each for each in logs if run in each.runs)
        return replica.store.root_reader(log.id)(run, seq)

    return read


def _size(part: RunPart) -> int:
    _, first, last = part
    return last - first + 1


def _behind(log: LogRuns, checkpoint: LogCheckpoint | None) -> int:
    held = max((run.offset + last + 1 for run, last in solid_coverage(log).items()), default=0)
    return max(checkpoint.size - held, 0) if checkpoint else 0


def _recorded(replica: SiteReplica, log: LogRuns) -> dict[Run, tuple[Instant, Instant]]:
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
