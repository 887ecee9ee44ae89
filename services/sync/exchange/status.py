"""How a site stands with all others: what of its own has arrived, how much of each other one is here, what is wrong."""

from collections import defaultdict
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from services.sync.domain.delivery import OwnEntries, count_own_entries, sent_by_bundle
from services.sync.domain.origin_state import HeardOrigin, OriginFlag, judge_origin
from services.sync.domain.receipts import read_note
from services.sync.events import HeldRange
from services.sync.exchange.clocks import has_wrong_times, is_clock_mended, is_own_clock_doubted
from services.sync.exchange.forks import (
    find_distrusted,
    find_open_forks,
    find_split_views,
    recorded_spans,
    trusted_runs,
)
from services.sync.exchange.heard import heard_until, newest_checkpoint
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.site_tree import RECEIPTS
from shared.core.partial_dates import Instant, later
from shared.replica.checkpoints import LogCheckpoint
from shared.replica.counting import Closing, HeldWhy, find_held_parts, open_forks, trusted_coverage
from shared.replica.coverage import RunPart, solid_coverage
from shared.replica.envelopes import MAX_CLOCK_AHEAD
from shared.replica.parted_lines import find_branches, find_gaps, find_two_writers
from shared.replica.receipts import parts_lost_by
from shared.replica.runs import LogRuns, RootReader, Run
from shared.replica.store.exchange_state import CALL
from shared.replica.store.replica_store import DeadLetter

ALARMS = frozenset(
    {OriginFlag.FORK, OriginFlag.TWO_WRITERS, OriginFlag.SILENT, OriginFlag.CLOCK, OriginFlag.KEY}
)
"""What somebody must look into; the rest ends by itself, or is somebody's decision."""

CLOCK_COMMAND = 'cadre site clock --reason "the clock was ahead and is right now"'
"""Ends a time in which the clock of this site was ahead."""
OWN_CLOCK = "own clock"
"""An alarm of this site about itself: several neighbours, or its own logs, say that its clock is wrong."""


class NamedGap(msgspec.Struct, frozen=True):
    """Entries that must exist and are not here."""

    topic: str
    """Name of the service whose log it is."""
    epoch: str
    """Empty: it is not known, and the numbers count the entries of the line from 1."""
    first: int
    """Number of the first in its epoch."""
    last: int
    """Number of the last in its epoch."""


class OriginLine(msgspec.Struct, frozen=True, kw_only=True):
    """How this site stands with another."""

    origin: str
    """Id of the other site."""
    states: list[str]
    """How much of it is here: unknown, waiting, filling or following; then what is wrong, such as gap or fork."""
    heard_until: Instant
    """All that it recorded until then is here; empty: that is not known."""
    behind: int
    """Entries that its newest checkpoints cover and that are not here."""
    gaps: list[NamedGap]
    quarantined: int
    """Entries that are here and do not count because of a fork."""
    parked: int
    """Entries that are here and do not count because it was closed before them."""
    held: list[HeldRange]
    """What is here and does not count."""
    dead_letters: list[DeadLetter]
    """Entries that are here and that this program cannot read: their streams wait."""


class Alarm(msgspec.Struct, frozen=True):
    """Something that somebody must look into."""

    origin: str
    """Id of the site that it is about."""
    what: str
    """What: fork, key, two-writers, silent, clock, parent-went-back or own clock."""
    text: str
    """The alarm in one line: `Fork px appointment e2 21`, `RevokedKey px appointment e2 21`, `TwoWriters px` …"""


class Proposed(msgspec.Struct, frozen=True):
    """Something that would mend what is wrong, and that nobody but a person does."""

    what: str
    """What: clock."""
    command: str
    """The command that states it."""


class LineState(msgspec.Struct, frozen=True):
    """How this site stands with a neighbour that it exchanges with."""

    site: str
    """Id of the neighbour."""
    last_contact: Instant
    """When it was heard of last; empty: never."""
    failed_at: Instant
    """When the last call to it failed; empty: it did not."""
    failure: str
    """Why."""


class SyncStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of it."""

    site: str
    """Id of this site."""
    parent: str
    """Id of the site above; empty: it is the top of the tree."""
    states: list[str]
    """What is wrong with the own logs: branch, fork, two-writers."""
    own: OwnEntries
    origins: list[OriginLine]
    alarms: list[Alarm]
    lines: list[LineState]
    proposed: list[Proposed]
    """What somebody here can state to end an alarm."""


def read_status(replica: SiteReplica) -> SyncStatus:
    """How things stand now."""
    waiting = replica.store.count_waiting()
    logs: dict[str, list[LogRuns]] = {}
    for log in replica.store.logs():
        logs.setdefault(log.origin, []).append(replica.store.load_log(log))
    origins = sorted(({*replica.tree.signing_keys(), *waiting, *logs}) - {replica.site})
    lines, alarms = list[OriginLine](), list[Alarm]()
    contacts, closings = replica.last_contacts(), defaultdict[str, list[Closing]](list)
    for closing in replica.tree.closings():  # once for all of some thousand sites
        closings[closing.origin].append(closing)
    partial = {head.origin for head in replica.missing_accepted()}
    split_views = {fork.log.origin for fork, _ in find_split_views(replica)}
    dead_letters = defaultdict[str, list[DeadLetter]](list)
    for letter in replica.store.find_dead_letters():
        dead_letters[letter.origin].append(letter)
    for origin in origins:
        line, flags = _origin(
            replica,
            origin,
            logs.get(origin, []),
            waiting.get(origin, 0),
            contacts.get(origin),
            closings[origin],
            origin in partial,
            origin in split_views,
        )
        lines.append(replace(line, dead_letters=dead_letters[origin]))
        alarms += _alarms(replica, origin, logs.get(origin, []), flags & ALARMS)
    own = logs.get(replica.site, [])
    flags, parent = _own_flags(replica, own), replica.tree.parent(replica.site)
    if lost := _count_lost_by(replica, parent, own):
        alarms.append(Alarm(parent, "parent-went-back", f"ParentWentBack {parent} {lost}"))
    if is_own_clock_doubted(replica.store.exchange.peers()) or replica.ledger.logs_ahead():
        alarms.append(Alarm(replica.site, OWN_CLOCK, f"OwnClock {replica.site}"))
    return SyncStatus(
        site=replica.site,
        parent=parent,
        states=sorted(map(str, flags)),
        own=_count_own(replica, own, lost),
        origins=lines,
        alarms=_alarms(replica, replica.site, own, flags & ALARMS) + alarms,
        lines=list(_lines(replica)),
        proposed=[Proposed("clock", CLOCK_COMMAND)] if is_clock_mended(replica) else [],
    )


def _own_flags(replica: SiteReplica, logs: list[LogRuns]) -> frozenset[OriginFlag]:
    """What is wrong with the logs of this site, of which others may have given back lines that it did not know."""
    flags = set[OriginFlag]()
    for log in logs:
        says, roots = replica.judge(log.id), replica.store.root_reader(log.id)
        own = trusted_runs(log, says, roots)
        for flag, found in (
            (OriginFlag.BRANCH, find_branches(own)),
            (OriginFlag.FORK, open_forks(log, says, roots)),
            (OriginFlag.TWO_WRITERS, find_two_writers(own, recorded_spans(replica, own))),
        ):
            if found:
                flags.add(flag)
    return frozenset(flags)


def _alarms(
    replica: SiteReplica, origin: str, logs: list[LogRuns], flags: frozenset[OriginFlag]
) -> list[Alarm]:
    """One alarm for each fork, and one for each other thing that is wrong with an origin."""
    alarms = []
    for flag in sorted(flags):
        if flag is OriginFlag.FORK:
            forks = find_open_forks(replica, [log.id for log in logs])
            parted = replica.store.exchange.parted()
            forks += [
                fork._replace(seq=parted.get((fork.log, fork.epoch, fork.seq), fork.seq))
                for fork, _ in find_split_views(replica)
                if fork.log.origin == origin
            ]
            places = [f"Fork {origin} {log.topic} {epoch} {seq}" for log, epoch, seq in forks]
        elif flag is OriginFlag.KEY:
            if replica.has_signed_anew(log.id for log in logs):
                continue  # what the site did not sign again is not its own: nobody has to do anything
            beyond = ((log.id.topic, part) for log in logs for part in find_distrusted(replica, log))
            places = [f"RevokedKey {origin} {topic} {run.epoch} {seq}" for topic, (run, seq, _) in beyond]
        else:
            name = "".join(word.capitalize() for word in flag.split("-"))
            places = [f"{name} {origin}"]
        alarms += [Alarm(origin, str(flag), place) for place in places]
    return alarms


def _lines(replica: SiteReplica) -> Iterator[LineState]:
    exchange, contacts = replica.store.exchange, replica.last_contacts()
    failed = {each.site: each for each in exchange.bundles(CALL)}
    for site in sorted({*contacts, *failed}):
        call = failed.get(site)
        yield LineState(
            site,
            contacts.get(site, Instant("")),
            call.at if call else Instant(""),
            call.state if call else "",
        )


def _count_own(replica: SiteReplica, logs: list[LogRuns], lost: int) -> OwnEntries:
    """`lost`: entries that the parent had signed for and no longer has."""
    parent, counted = replica.tree.parent(replica.site), OwnEntries()
    sent = sent_by_bundle(replica.read_statements(), replica.site, parent)
    sent |= replica.store.exchange.sent(parent)
    note = replica.read_note_of(parent)
    signed = {parent: read_note(note)} if note else {}
    for log in logs:
        if log.id.topic != RECEIPTS:
            roots = replica.store.root_reader(log.id)
            counted += count_own_entries(log, parent, signed, sent, replica.judge(log.id), roots)
    return replace(counted, delivered=max(counted.delivered - lost, 0))


def _count_lost_by(replica: SiteReplica, parent: str, logs: list[LogRuns]) -> int:
    """How many own entries the site above had signed for and, as its last message says, has no longer: it was restored
    from a backup. They are sent again without being asked for."""
    note = replica.read_note_of(parent)
    if note is None or _is_later(replica, note.issued_at, replica.last_message_at(parent)):
        return 0
    vector = replica.peer(parent).vector
    parts = (
        part
        for log in logs
        for part in parts_lost_by(log, [note], parent, vector, replica.store.root_reader(log.id))
    )
    return sum(map(_size, parts))


def _is_later(replica: SiteReplica, issued_at: Instant, said_at: Instant) -> bool:
    """Whether a site issued a receipt after what it said last, by its own clock; not where that was far ahead then and
    is not any more: the site was restored since."""
    return issued_at > said_at and not issued_at > later(replica.clock(), MAX_CLOCK_AHEAD) >= said_at


def _origin(
    replica: SiteReplica,
    origin: str,
    logs: list[LogRuns],
    waiting: int,
    contact: Instant | None,
    closings: list[Closing],
    partial: bool,
    split_view: bool,
) -> tuple[OriginLine, frozenset[OriginFlag]]:
    targets, tree = replica.store.exchange.targets(), replica.tree
    parent = tree.parent(replica.site)
    heard = HeardOrigin(
        origin=origin,
        registered=origin in tree.signing_keys(),
        logs=tuple(logs),
        waiting=waiting,
        two_writers=any(
            find_two_writers(own, recorded_spans(replica, own))
            for log in logs
            for own in [trusted_runs(log, replica.judge(log.id), replica.store.root_reader(log.id))]
        ),
        clock=replica.peer(origin).clock_skew != 0
        or has_wrong_times(replica, origin, tree.was_restored(origin) or any(map(find_branches, logs))),
        last_message=(contact or None) if tree.parent(origin) == replica.site or origin == parent else None,
        silent_days=tree.silent_days(origin),
        split_view=split_view,
        partial=partial,
        closings=tuple(closings),
        settled=tuple((log.id, each) for log in logs for each in replica.judge(log.id).settled),
        trusted={
            log.id: trusted
            for log in logs
            if (trusted := trusted_coverage(log, replica.judge(log.id), replica.store.root_reader(log.id)))
            is not None
        },
        distrusted=any(find_distrusted(replica, log) for log in logs),
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
        dead_letters=[],
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
