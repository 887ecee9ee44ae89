"""A province that holds the logs of many communes: registered, imported and receipted without a process of each."""

import base64
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from services.bootstrap.replicas import create_replica, open_site_replica
from services.bootstrap.services import open_embedded_ledger
from services.sites.events import SiteLevel, SiteRegistered
from services.sync.exchange.receiving import record_receipt
from services.sync.exchange.site_replica import SiteReplica
from shared.commands.command_handler import Origin
from shared.core.clock import system_clock
from shared.core.partial_dates import Instant, PDate
from shared.eventlog.compact_ranges import range_of_leaves
from shared.eventlog.merkle import hash_leaf
from shared.eventlog.signed_notes import Signer
from shared.operations.settings import Settings
from shared.replica.checkpoints import LogCheckpoint, sign_checkpoint
from shared.replica.chunks import Chunk, ChunkHeader
from shared.replica.runs import LogId
from tests.sites.office import Office

BY = Origin(actor="user:lan")
BOX = base64.b64encode(hash_leaf(b"box")).decode()
RECORDED = Instant("2026-03-01T00:00:00.000000Z")
LOGS = ("organization", "evaluation", "regulation")


def make_province(folder: Path) -> Path:
    """A home with nobody below it."""
    office = Office(folder, "tinh")
    office.well("init", "--name", "Tỉnh", "--level", "PROVINCE", "--root")
    create_replica(office.home)
    return office.home


@contextmanager
def open_province(home: Path) -> Iterator[SiteReplica]:
    settings = Settings(home=home, site="tinh")
    with ExitStack() as opened:
        ledger = open_embedded_ledger(settings)
        opened.callback(ledger.close)
        yield opened.enter_context(open_site_replica(settings, ledger, system_clock))


def add_communes(home: Path, first: int, count: int) -> None:
    """Register communes, and take one fact of each of their logs, with one receipt for all."""
    signers = [_signer(number) for number in range(first, first + count)]
    with open_province(home) as replica:
        for signer in signers:
            fact = SiteRegistered(
                name=signer.name,
                level=SiteLevel.COMMUNE,
                parent="tinh",
                key=str(signer.verifier),
                box_key=BOX,
                effective_from=PDate("2026-01-01"),
            )
            replica.ledger.apps["sites"].handle(signer.name, fact, BY)
        replica.ledger.project_pending()
    with open_province(home) as replica:
        keys, arrival = replica.tree.signing_keys(), replica.arrival()
        for signer in signers:
            for topic in LOGS:
                imported = replica.store.import_chunk(_chunk(signer, topic), keys, arrival)
                assert not imported.rule, imported.rule
        record_receipt(replica, "xa-0001", "line:xa-0001")


def _signer(number: int) -> Signer:
    return Signer(f"xa-{number:04d}", hash_leaf(b"%d" % number))


def _chunk(signer: Signer, topic: str) -> Chunk:
    """One entry of a kind that is not folded into rows: only what is held is asked for."""
    state = msgspec.json.encode(
        {
            "event_id": f"{signer.name}-{topic}",
            "site": signer.name,
            "epoch": "e1",
            "seq": 1,
            "stream": signer.name,
            "recorded_at": RECORDED,
            "lamport": 1,
            "fact": {"type": f"{topic}.of-a-later-version"},
        }
    )
    leaf, log = hash_leaf(state), LogId(signer.name, topic)
    checkpoint = LogCheckpoint(log, 1, range_of_leaves(0, [leaf]).root(), "e1", 1, RECORDED)
    header = ChunkHeader(
        origin=signer.name,
        topic=topic,
        epoch="e1",
        previous=None,
        first=1,
        start=0,
        items=(len(state),),
        left=(),
        right=(),
        checkpoint=sign_checkpoint(checkpoint, signer),
    )
    return Chunk(header, (state,))
