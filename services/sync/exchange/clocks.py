"""Clocks that are wrong: of neighbours, of this site, and of whoever recorded what is here."""

from collections.abc import Iterable, Iterator, Sequence

from services.sync.exchange.heard import newest_checkpoint
from services.sync.exchange.known_axes import Covered
from services.sync.exchange.site_replica import SiteReplica
from shared.core.partial_dates import Instant, later, to_microseconds
from shared.replica.checkpoints import LogCheckpoint
from shared.replica.envelopes import MAX_CLOCK_AHEAD, EntryFlag, read_envelope
from shared.replica.runs import LogId
from shared.replica.store.exchange_state import Peer

UNSURE = "unsure"
"""What a receipt says about the clock of a site that is told that it is wrong."""
AGREES, DIFFERS = "agrees", "differs"
"""How the clock of this site stood beside that of the site above."""
_DOUBTING = 2
"""So many neighbours must say that a clock is behind before it is the clock of this site that is doubted."""


def measure_skew(
    replica: SiteReplica,
    sender: str,
    said: Instant,
    received_at: Instant,
    checkpoints: Iterable[LogCheckpoint],
) -> int:
    """Microseconds by which the clock of a sender is ahead, or, negative, was put back: a message may come late, and
    never before it was made; and none is made before what it says to be closed. What was closed far ahead of that does
    not count: the sender was restored since, or its clock is right again. `checkpoints`: those of the sender's logs in
    the message, or that came before it where it has just been made."""
    ahead = to_microseconds(said) - to_microseconds(received_at)
    if ahead > MAX_CLOCK_AHEAD:
        return ahead
    corrected = {head for _, heads in replica.tree.clock_corrections().get(sender, ()) for head in heads}
    latest = later(received_at, MAX_CLOCK_AHEAD)
    closed = [
        each.closed_until
        for each in checkpoints
        if each.head not in corrected and each.closed_until <= latest
    ]
    behind = to_microseconds(said) - to_microseconds(max([said, *closed]))
    return behind if behind < -MAX_CLOCK_AHEAD else 0


def newest_checkpoints(replica: SiteReplica, site: str) -> Iterator[LogCheckpoint]:
    """The newest of each log of a site that are here."""
    for log in replica.store.logs():
        if log.origin == site and (newest := newest_checkpoint(replica, log)):
            yield newest


def compare_clock(replica: SiteReplica, sender: str, said: Instant, received_at: Instant) -> None:
    """Remember whether the site above and this one have the same time, where logs of this site are ahead of its clock:
    that was wrong, and may have been mended. Nothing is remembered of others."""
    if sender == replica.tree.parent(replica.site) and replica.ledger.logs_ahead():
        apart = abs(to_microseconds(said) - to_microseconds(received_at))
        found = AGREES if apart <= MAX_CLOCK_AHEAD else DIFFERS
        replica.store.exchange.keep_compared_clock(sender, received_at, found)


def is_clock_mended(replica: SiteReplica) -> bool:
    """Whether the logs of this site are ahead of its clock, and that agreed with the site above when it was heard of
    last: then somebody can state that the clock was wrong and is right now."""
    ahead = replica.ledger.logs_ahead()
    compared = replica.store.exchange.compared_clock(replica.tree.parent(replica.site)) if ahead else None
    return compared is not None and compared.state == AGREES and compared.at <= replica.clock()


def has_wrong_times(replica: SiteReplica, origin: str, was_restored: bool) -> bool:
    """Whether something that a site recorded says a time that cannot be, and has not been corrected. Of a site that was
    restored what another life of it had closed says nothing, only what is in the future."""
    corrections = replica.tree.clock_corrections().get(origin, ())
    for head_log, epoch, last in replica.store.find_flagged(origin, EntryFlag.CLOCK):
        if was_restored and not _is_ahead(replica, head_log, epoch, last):
            continue
        corrected = [Covered(replica.store, head_log, heads) for _, heads in corrections]
        if not any(each.has(epoch, last) for each in corrected):
            return True
    return False


def _is_ahead(replica: SiteReplica, log: LogId, epoch: str, seq: int) -> bool:
    """Whether an entry was recorded in the future."""
    now = to_microseconds(replica.clock())
    for run in replica.store.load_log(log).runs:
        if run.epoch == epoch and run.first <= seq <= run.last:
            for item in replica.store.read_entries(log, (run, seq, seq)):
                envelope = read_envelope(item) if isinstance(item, bytes) else None
                if envelope and to_microseconds(envelope.recorded_at) - now > MAX_CLOCK_AHEAD:
                    return True
    return False


def is_own_clock_doubted(peers: Sequence[Peer]) -> bool:
    """Whether several neighbours, and all that were heard of, say that this site's clock is behind."""
    heard = [peer for peer in peers if peer.last_contact]
    ahead = [peer for peer in heard if peer.clock_skew > MAX_CLOCK_AHEAD]
    return len(ahead) >= _DOUBTING and len(ahead) == len(heard)
