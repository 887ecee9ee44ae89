"""Imports the units of the whole country, before and after 1 July 2025, from the data in this package."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from services.importing.batches import (
    Proposal,
    ProposalsByStream,
    derive_id,
    is_ledger_empty,
    project_imported,
    record_proposals,
)
from services.importing.result import ImportReport
from services.importing.units.reform import Link, Reform, ReformDecisions, TreeUnit
from services.importing.units.reform_facts import merge_streams, propose_old_tree, propose_reform
from services.regulation.events import DecisionRegistered, DocumentKind
from shared.commands.command_handler import Origin
from shared.core.partial_dates import Day, PDate, civil_day
from shared.runtime.ledger import Ledger, Progress, no_progress

GSO_SCHEME = "gso"
DATA = Path(__file__).with_name("data") / "vietnam.json.gz"
ASSEMBLY, COMMITTEE = "Quốc hội", "Ủy ban Thường vụ Quốc hội"
PROVINCE_RESOLUTION = ("202/2025/QH15", ASSEMBLY, "2025-06-12", "Sắp xếp đơn vị hành chính cấp tỉnh")
LEVEL_RESOLUTION = (
    "203/2025/QH15",
    ASSEMBLY,
    "2025-06-16",
    "Sửa đổi, bổ sung một số điều của Hiến pháp nước CHXHCN Việt Nam",
)
COMMUNE_RESOLUTIONS = {
    "01": ("1656/NQ-UBTVQH15", "thành phố Hà Nội"),
    "31": ("1669/NQ-UBTVQH15", "thành phố Hải Phòng"),
    "79": ("1685/NQ-UBTVQH15", "Thành phố Hồ Chí Minh"),
}
"""By code of new province: the resolutions of 16 June 2025 whose numbers are known. The others are pending."""


def import_vietnam(
    ledger: Ledger,
    *,
    write: bool,
    origin: Origin,
    progress: Progress = no_progress,
    parts: tuple[str, ...] = ("before", "after"),
    project_pending: bool = True,
) -> ImportReport:
    """Import both trees and the reform between them; a simulation may record the old tree long before the reform."""
    was_empty = is_ledger_empty(ledger)
    reform = load_reform()
    report = ImportReport(batch=origin.correlation, scheme=GSO_SCHEME, dry_run=not write)
    streams = merge_streams(
        propose_old_tree(reform) if "before" in parts else {},
        propose_reform(reform) if "after" in parts else {},
    )
    documents = propose_resolutions() if "after" in parts else {}
    for what, topic, proposals in (
        ("decisions", "regulation", documents),
        ("units", "organization", streams),
    ):
        for outcome in record_proposals(ledger.apps[topic], proposals.items(), origin, write):
            report.add(what, outcome)
            progress(what, outcome.done, len(proposals))
    report.taken = {
        "decisions": len(documents),
        "units_until": len(reform.old),
        "units_from": len(reform.new),
    }
    report.taken["links"] = sum(len(ways) for (level, _), ways in reform.goes_to.items() if level != "1")
    if write and project_pending:
        project_imported(ledger, was_empty, progress)
    return report


@cache
def load_reform() -> Reform:
    """Both trees and the links between them, read once."""
    data: dict[str, Any] = json.loads(gzip.decompress(DATA.read_bytes()))
    old = [TreeUnit(*unit) for unit in data["old"]]
    new = [TreeUnit(*unit) for unit in data["new"]]
    links = [Link(*link) for link in data["links"]]
    decisions = ReformDecisions(
        provinces=derive_resolution_id(PROVINCE_RESOLUTION[0]),
        level=derive_resolution_id(LEVEL_RESOLUTION[0]),
        communes={
            province: derive_resolution_id(number) for province, (number, _) in COMMUNE_RESOLUTIONS.items()
        },
    )
    return Reform(GSO_SCHEME, civil_day(data["last"]), civil_day(data["day"]), old, new, links, decisions)


def derive_resolution_id(number: str) -> str:
    return derive_id(GSO_SCHEME, "decision", number)


def propose_resolutions() -> ProposalsByStream:
    """The resolutions, for the register. Those of 2025 took effect when they were passed."""
    communes = [
        (number, COMMITTEE, "2025-06-16", f"Sắp xếp các đơn vị hành chính cấp xã của {name} năm 2025")
        for number, name in COMMUNE_RESOLUTIONS.values()
    ]
    return {
        derive_resolution_id(number): [
            Proposal(
                DecisionRegistered(
                    effective_from=PDate(signed),
                    number=number,
                    issuer=issuer,
                    signed_on=Day(PDate(signed)),
                    kind=DocumentKind.RESOLUTION,
                    title=title,
                )
            )
        ]
        for number, issuer, signed, title in (PROVINCE_RESOLUTION, LEVEL_RESOLUTION, *communes)
    }
