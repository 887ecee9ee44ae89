"""How far other sites are heard: kept with the instant since which that is known here, so that an answer that says it
stays as it is."""

from collections.abc import Iterable

from services.sync.exchange.site_replica import SiteReplica
from shared.core.partial_dates import Instant, later
from shared.eventlog.signed_notes import BadSignature, MalformedNote, UnknownKey
from shared.replica.checkpoints import LogCheckpoint, open_checkpoint
from shared.replica.counting import is_complete
from shared.replica.envelopes import MAX_CLOCK_AHEAD
from shared.replica.runs import LogId
from shared.replica.store.exchange_state import Hearing

_HOUR = 3_600_000_000
"""Microseconds."""


def find_hearings(replica: SiteReplica, sites: Iterable[str]) -> list[Hearing]:
    """How far these sites are heard now, this one left out."""
    contacts = {peer.site: peer.last_contact for peer in replica.store.exchange.peers()}
    logs: dict[str, list[LogId]] = {}
    for log in replica.store.logs():
        logs.setdefault(log.origin, []).append(log)
    targets, waiting = replica.store.exchange.targets(), replica.store.count_waiting()
    found = list[Hearing]()
    for site in sorted({*sites} - {replica.site}):
        until = heard_until(replica, {log: newest_checkpoint(replica, log) for log in logs.get(site, ())})
        if site not in replica.tree.signing_keys():
            state = "waiting" if site in waiting else "unknown"
        elif not is_complete(targets, site):
            state = "filling"
        else:
            state = "following" if site in logs else "unknown"
        found.append(Hearing(site, until, max(contacts.get(site, Instant("")), until), state))
    return found


def note_contact(replica: SiteReplica, site: str) -> None:
    """Keep that a site was heard of, although it had nothing new; once an hour."""
    [hearing] = find_hearings(replica, [site])
    last = replica.store.exchange.hearings(hearing.contact).get(site)
    if last and last.state == hearing.state and hearing.contact < later(last.contact, _HOUR):
        return
    with replica.ledger.count_foreign_events() as known:
        replica.store.exchange.note_hearings(known, [hearing])


def newest_checkpoint(replica: SiteReplica, log: LogId) -> LogCheckpoint | None:
    """The longest that its origin has signed, of those that are here; with a key that nobody took from it. Of several
    over the same entries the last that a clock closed which was not far ahead."""
    latest = _latest(replica)
    found, keys = list[LogCheckpoint](), replica.tree.unrevoked_keys().get(log.origin, ())
    for note in (*replica.store.read_vouched(log), *replica.store.read_checkpoints(log)):
        try:
            found.append(open_checkpoint(note, keys))
        except (UnknownKey, BadSignature, MalformedNote):
            continue
    return max(
        found, key=lambda each: (each.size, each.closed_until <= latest, each.closed_until), default=None
    )


def heard_until(replica: SiteReplica, newest: dict[LogId, LogCheckpoint | None]) -> Instant:
    """The earliest instant up to which the logs are closed, where all that they cover is here. What a clock far ahead
    has closed says nothing: its site may have been restored since, and record before that."""
    latest = _latest(replica)
    until = [
        each.closed_until if each and each.closed_until <= latest and replica.is_here(each.head) else ""
        for each in newest.values()
    ]
    return Instant(min(until, default=""))


def _latest(replica: SiteReplica) -> Instant:
    return later(replica.clock(), MAX_CLOCK_AHEAD)
