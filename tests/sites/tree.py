"""A province, two districts, wards: their registration, and facts that any of them records about any."""

import base64

from services.sites.domain.registry import SiteEvent, fold_registry
from services.sites.domain.tree import Registry
from services.sites.events import SiteFact, SiteLevel, SiteRegistered
from shared.core.facts import Corrected, Recorded
from shared.core.partial_dates import Instant
from shared.eventlog.merkle import hash_leaf
from shared.eventlog.signed_notes import Signer

BOX = base64.b64encode(bytes(32)).decode()
ROOT = base64.b64encode(hash_leaf(b"root")).decode()


def public_key(site: str, number: int = 0) -> str:
    return str(Signer(site, hash_leaf(f"{site} {number}".encode())).verifier)


class Tree:
    """Records facts; each is later than all before it."""

    def __init__(self) -> None:
        self.events: list[SiteEvent] = []
        self.register("tinh", "tinh", "", SiteLevel.PROVINCE)
        self.register("tinh", "huyen", "tinh", SiteLevel.DISTRICT)
        self.register("tinh", "quan", "tinh", SiteLevel.DISTRICT)
        self.register("huyen", "px", "huyen")
        self.register("huyen", "py", "huyen")
        self.register("tinh", "qx", "quan")

    def register(self, by: str, site: str, parent: str, level: SiteLevel = SiteLevel.COMMUNE) -> SiteEvent:
        fact = SiteRegistered(name=site, level=level, parent=parent, key=public_key(site), box_key=BOX)
        return self.record(by, site, fact)

    def record(
        self, by: str, stream: str, fact: SiteFact | Corrected, actor: str = "op", lamport: int = 0
    ) -> SiteEvent:
        number = len(self.events) + 1
        event: SiteEvent = Recorded(
            event_id=f"event-{number:03d}",
            site=by,
            epoch="e1",
            seq=number,
            stream=stream,
            version=number,
            recorded_at=Instant(f"2026-03-01T00:00:{number:02d}.000000Z"),
            actor=actor,
            command_id="",
            lamport=lamport or number,
            fact=fact,  # type: ignore[arg-type]  # a correction is a fact of every topic
        )
        self.events.append(event)
        return event

    def fold(self) -> Registry:
        return fold_registry(self.events, "tinh", {"cadre-1": "px"})

    def objections(self) -> list[tuple[str, str]]:
        return [(finding.event_id, finding.rule) for finding in self.fold().findings]
