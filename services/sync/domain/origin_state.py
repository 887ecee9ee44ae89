"""How a site stands with an origin: how much of it is here, and what is wrong with it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from services.sync.events import topic
from shared.core.partial_dates import Instant
from shared.replica.counting import Closing, is_complete, parked_parts
from shared.replica.coverage import Coverage, keep_runs
from shared.replica.parted_lines import Settlement, find_branches, find_forks, find_gaps
from shared.replica.runs import Head, LogId, LogRuns, RootReader


class OriginState(StrEnum):
    """How much of an origin is here."""

    UNKNOWN = "unknown"
    """Nothing of it has come yet."""
    WAITING = "waiting"
    """It is not registered here yet; what came of it stands aside."""
    FILLING = "filling"
    """Its first synchronisation is not complete, so nothing of it is shown."""
    FOLLOWING = "following"
    """All that was announced at the first contact is here; what comes counts at once."""


class OriginFlag(StrEnum):
    """What is wrong with an origin, beside its state."""

    GAP = "gap"
    BRANCH = "branch"
    FORK = "fork"
    TWO_WRITERS = "two-writers"
    CLOCK = "clock"
    SILENT = "silent"
    PARKED = "parked"
    KEY = "key"
    """Something of it is signed with a key that was taken from it, beyond what that is trusted for."""
    PARTIAL = "partial"
    """Somebody here decided to show what there is, before all that was announced had come."""


class HeardOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about an origin here and now."""

    origin: str
    registered: bool
    logs: tuple[LogRuns, ...] = ()
    """What is held of its logs."""
    waiting: int = 0
    """Chunks of it that stand aside."""
    two_writers: bool = False
    """Whether both lines of a branch go on."""
    clock: bool = False
    """Whether entries of it carry a time that cannot be."""
    last_message: Instant | None = None
    """When it was heard of last, by anybody's hand; None: never."""
    silent_days: int = 3
    split_view: bool = False
    """Whether a signed checkpoint of it contradicts what is held, and the entries that it covers are not here."""
    partial: bool = False
    """Whether something of its first synchronisation is missing that somebody here accepted to do without."""
    closings: tuple[Closing, ...] = ()
    settled: tuple[tuple[LogId, Settlement], ...] = ()
    trusted: Mapping[LogId, Coverage] = {}
    """Of logs of which a key was taken from it, what it signed with another one: no other lines are its own."""
    distrusted: bool = False
    """Whether something is signed with a key that was taken from it, beyond what that is trusted for."""


class OriginStatus(msgspec.Struct, frozen=True):
    """The state of an origin, and what is wrong with it."""

    state: OriginState
    flags: frozenset[OriginFlag] = frozenset()
    custodian: str = ""
    """Who answers for its logs; empty: itself."""

    def words(self) -> list[str]:
        """All of it as status answers say it: `following`, `gap`, `closed(huyen)` …"""
        closed = [f"closed({self.custodian})"] if self.custodian else []
        return [str(self.state), *sorted(map(str, self.flags)), *closed]


def judge_origin(
    heard: HeardOrigin, targets: Collection[Head], now: Instant, roots: RootReader
) -> OriginStatus:
    """How a site stands with an origin. `targets`: what first synchronisations must reach yet. `roots` reads the roots
    of the origin's logs."""
    closing = next((each for each in heard.closings if each.origin == heard.origin), None)
    return OriginStatus(
        _find_state(heard, targets),
        frozenset(_find_flags(heard, now, roots)),
        closing.custodian if closing else "",
    )


def _find_state(heard: HeardOrigin, targets: Collection[Head]) -> OriginState:
    if not heard.registered:
        return OriginState.WAITING if heard.waiting else OriginState.UNKNOWN
    if not is_complete(targets, heard.origin):
        return OriginState.FILLING
    return OriginState.FOLLOWING if any(log.runs for log in heard.logs) else OriginState.UNKNOWN


def _find_flags(heard: HeardOrigin, now: Instant, roots: RootReader) -> Iterable[OriginFlag]:
    if any(map(find_gaps, heard.logs)):
        yield OriginFlag.GAP
    if any(find_branches(_own_lines(heard, log)) for log in heard.logs):
        yield OriginFlag.BRANCH
    if heard.split_view or any(
        find_forks(log, _settled(heard, log.id), heard.trusted.get(log.id)) for log in heard.logs
    ):
        yield OriginFlag.FORK
    if heard.distrusted:
        yield OriginFlag.KEY
    if heard.two_writers:
        yield OriginFlag.TWO_WRITERS
    if heard.clock:
        yield OriginFlag.CLOCK
    if any(parked_parts(log, heard.closings, roots) for log in heard.logs if log.id.topic != topic.name):
        yield OriginFlag.PARKED
    if heard.partial:
        yield OriginFlag.PARTIAL
    if heard.registered and not heard.closings and _is_silent(heard, now):
        yield OriginFlag.SILENT


def _own_lines(heard: HeardOrigin, log: LogRuns) -> LogRuns:
    trusted = heard.trusted.get(log.id)
    return log if trusted is None else keep_runs(log, trusted)


def _settled(heard: HeardOrigin, log: LogId) -> list[Settlement]:
    return [settlement for of, settlement in heard.settled if of == log]


def _is_silent(heard: HeardOrigin, now: Instant) -> bool:
    """Whether nothing was heard for more days than agreed. Of whom nothing was ever heard, nothing can have stopped."""
    if heard.last_message is None:
        return False
    quiet = datetime.fromisoformat(now) - datetime.fromisoformat(heard.last_message)
    return quiet > timedelta(days=heard.silent_days)
