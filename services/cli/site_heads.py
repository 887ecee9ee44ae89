"""The last entries of the logs of a site, as this one has them."""

from typing import Any, Protocol

from services.bootstrap.services import LOCAL_TOPICS
from services.cli.audit.options import open_seals
from services.cli.context import Context
from services.sites.events import LogHead
from shared.core.facts import Recorded
from shared.eventlog.event_log import EventLog
from shared.eventlog.signed_notes import encode_base64
from shared.replica.exchange import vector_of
from shared.replica.runs import LogId, LogRuns, RootReader
from shared.runtime.ledger import Ledger


class HeldLogs(Protocol):
    """What a site holds of the logs of other sites."""

    def logs(self) -> list[LogId]: ...

    def load_log(self, log: LogId, /) -> LogRuns: ...

    def root_reader(self, log: LogId, /) -> RootReader: ...


def find_own_heads(context: Context, ledger: Ledger) -> tuple[LogHead, ...]:
    """The last entry of each own log that has one, with the root that its Merkle tree gives. Ends the command where a
    log is not what was sealed."""
    heads = list[LogHead]()
    with open_seals(context, ledger) as seals:
        for name, log in sorted(ledger.logs.items()):
            if name in LOCAL_TOPICS:
                continue
            tree = seals.update_tree(name)
            if size := tree.size:
                last = find_last_entry(log, size)
                heads.append(LogHead(name, last.epoch, last.seq, encode_base64(tree.root(size))))
    return tuple(heads)


def find_held_heads(held: HeldLogs | None, site: str) -> tuple[LogHead, ...]:
    """The last entries of every line of the logs of another site, with everything before them here. `held`: what this
    site holds of others; None: it has exchanged nothing yet."""
    if held is None:
        return ()
    heads = (
        head
        for id_ in sorted(held.logs())
        if id_.origin == site
        for head in sorted(vector_of(held.load_log(id_), held.root_reader(id_)))
    )
    return tuple(LogHead(head.topic, head.epoch, head.seq, encode_base64(head.root)) for head in heads)


def find_last_entry(log: EventLog[Any], size: int) -> Recorded[Any]:
    """The entry with which the first `size` entries of a log end."""
    [(_, event)] = log.read(size - 1, 1)
    return event
