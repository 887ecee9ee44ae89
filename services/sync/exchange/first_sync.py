"""A first synchronisation that cannot be completed: an operator shows what there is."""

from services.sync.domain.heads import to_stored
from services.sync.events import FirstSyncAccepted
from services.sync.exchange.receiving import record_receipt
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.site_tree import RECEIPTS
from shared.commands.command_handler import Origin
from shared.core.partial_dates import day_of


class NothingIsMissing(Exception):
    """The site is not waited for. `filling`: those that are."""

    def __init__(self, filling: list[str]) -> None:
        self.filling = filling
        super().__init__(", ".join(filling))


def accept_first_sync(replica: SiteReplica, origin: str, reason: str, actor: str) -> None:
    """Record what is missing of a site, wait for it no longer, and show what is here. Raises NothingIsMissing."""
    exchange = replica.store.exchange
    targets = exchange.targets()
    missing = frozenset(head for head in targets if head.origin == origin)
    if not missing:
        raise NothingIsMissing(sorted({head.origin for head in targets}))
    fact = FirstSyncAccepted(
        origin=origin, missing=to_stored(missing), reason=reason, effective_from=day_of(replica.clock())
    )
    replica.ledger.apps[RECEIPTS].handle(replica.site, fact, Origin(actor=actor))
    exchange.replace_targets(targets - missing)
    record_receipt(replica, replica.site, f"line:{replica.site}")
