"""A closed site records nothing any more; it goes on sealing its logs, replaying them and exchanging."""

from pathlib import Path
from typing import get_args

from services.audit.events import LogCheckpointed, ReplayCertified
from services.audit.sealing import KeyExposed, load_signing_key
from services.bootstrap.known_registry import load_known_registry
from services.bootstrap.services import LOCAL_TOPICS, SERVICES
from services.sites.domain.tree import Registry
from services.sites.enrolment import BadTicket
from services.sites.events import SiteClosed as SiteClosedFact
from services.sites.membership import NotInTree
from services.sync.events import SyncFact
from shared.core.errors import SiteClosed
from shared.core.facts import Corrected
from shared.eventlog.union import UnionReader
from shared.operations.settings import Settings
from shared.runtime.embedded import EmbeddedLedger
from shared.runtime.ledger import SiteLedger

STATEMENTS = (
    LogCheckpointed,
    ReplayCertified,
    *get_args(SyncFact),
    *(
        kind
        for name in sorted(LOCAL_TOPICS)
        for kind in SERVICES[name].topic.kinds.values()
        if kind is not Corrected
    ),
)
"""What a closed site still states: about its logs, about exchanging them, and who may read it."""


def close_logs(ledger: SiteLedger, registry: Registry, site: str) -> None:
    """Refuse what the registry does not let a site record any more; open them where it is not closed."""
    is_closed = site in registry.sites and bool(registry.sites[site].closings)
    closed = SiteClosed(site, registry.custodian_of(site)) if is_closed else None
    ledger.close_site(closed, STATEMENTS)


def close_logs_as_known(ledger: EmbeddedLedger, settings: Settings) -> None:
    """The same for a ledger that was just opened, by what has come of the registry. Most sites were never closed, and
    for them only the facts about themselves are read."""
    site, home = settings.site, Path(settings.home)
    union = UnionReader(ledger.logs["sites"], ledger.foreign)
    if not any(isinstance(event.fact, SiteClosedFact) for event in union.load_stream(site)):
        return
    try:
        signer = load_signing_key(home, site, settings.signing_key)
        known = load_known_registry(ledger, home, site, signer)
    except (NotInTree, BadTicket, KeyExposed):
        return  # every command that needs the tree says so
    close_logs(ledger, known.registry, site)
