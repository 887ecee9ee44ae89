"""Refuses messages of sites that belong elsewhere now, and tells them so with the facts of the registry that say it: a
site that hears of nobody else but its former parent would never learn where it belongs."""

from services.sync.bundles.reading import Bundle
from services.sync.bundles.vector import Vector
from services.sync.exchange.messages import Message, MessageContents, make_message
from services.sync.exchange.partners import NotMyChild, check_sender
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.site_tree import REGISTRY
from shared.core.errors import SiteClosed
from shared.replica.receipts import Receipt
from shared.replica.runs import Head, LogId


class MessageRefused(Exception):
    """Nothing of a message is taken. `cause`: NotMyChild or SiteClosed; `registry`: a message with what says so."""

    def __init__(self, cause: NotMyChild | SiteClosed, registry: Message) -> None:
        super().__init__(str(cause))
        self.cause, self.registry = cause, registry


class RegistryContents(MessageContents):
    """What of the registry the sender of a message lacks, and nothing else."""

    def __init__(self, replica: SiteReplica, request: Bundle) -> None:
        self._theirs = frozenset(request.vector.heads)
        super().__init__(replica, request.header.sender)

    def _check_recipient(self) -> None:
        """Also whoever is no neighbour any more is told."""

    def _flows(self, log: LogId) -> bool:
        return log.topic == REGISTRY

    def _find_base(self) -> tuple[str, frozenset[Head]]:
        """It names the registry alone, and not what has changed."""
        return "", frozenset()

    def _find_given_back(self) -> list[LogId]:
        return []

    def _load_known(self) -> frozenset[Head]:
        return self._theirs

    def _find_receipt(self) -> Receipt | None:
        return None

    def _vector(self) -> Vector:
        """Nothing else is announced, so that nobody waits for it."""
        return Vector(heads=tuple(sorted(self.heads)))


def check_message(replica: SiteReplica, request: Bundle, digest: str) -> None:
    """Raise MessageRefused where a message is from a site that belongs elsewhere now. `digest`: SHA-256 of all of
    it."""
    sender = request.header.sender
    try:
        check_sender(replica.tree, replica.site, sender)
    except (NotMyChild, SiteClosed) as cause:
        registry = make_message(replica, RegistryContents(replica, request), sender, digest)
        raise MessageRefused(cause, registry) from None
