"""Imports the units of the whole country, before and after 1 July 2025, from the data in this package."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from services.importing.batches import Proposal, Streams, id_for, record
from services.importing.result import Report
from services.importing.row_updates import is_empty, update_rows
from services.importing.units.reform import Link, Papers, Reform, TreeUnit
from services.importing.units.reform_facts import after, before, joined
from services.regulation.events import DecisionRegistered, DocumentKind
from shared.commands.command_handler import Origin
from shared.core.partial_dates import Day, PDate, civil_day
from shared.runtime.ledger import Ledger, Progress, no_progress

SCHEME = "gso"
DATA = Path(__file__).with_name("data") / "vietnam.json.gz"
ASSEMBLY, COMMITTEE = "Quốc hội", "Ủy ban Thường vụ Quốc hội"
PROVINCES = ("202/2025/QH15", ASSEMBLY, "2025-06-12", "Sắp xếp đơn vị hành chính cấp tỉnh")
LEVEL = (
    "203/2025/QH15",
    ASSEMBLY,
    "2025-06-16",
    "Sửa đổi, bổ sung một số điều của Hiến pháp nước CHXHCN Việt Nam",
)
COMMUNES = {
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
) -> Report:
    """Import both trees and the reform between them; a simulation may record the old tree long before the reform."""
    was_empty = is_empty(ledger)
    reform = vietnam()
    report = Report(batch=origin.correlation, scheme=SCHEME, dry_run=not write)
    streams = joined(before(reform) if "before" in parts else {}, after(reform) if "after" in parts else {})
    documents = papers() if "after" in parts else {}
    for what, topic, proposals in (
        ("decisions", "regulation", documents),
        ("units", "organization", streams),
    ):
        for outcome in record(ledger.apps[topic], proposals.items(), origin, write):
            report.add(what, outcome)
            progress(what, outcome.done, len(proposals))
    report.taken = {
        "decisions": len(documents),
        "units_until": len(reform.old),
        "units_from": len(reform.new),
    }
    report.taken["links"] = sum(len(ways) for (level, _), ways in reform.goes_to.items() if level != "1")
    if write and project_pending:
        update_rows(ledger, was_empty, progress)
    return report


@cache
def vietnam() -> Reform:
    """Both trees and the links between them, read once."""
    data: dict[str, Any] = json.loads(gzip.decompress(DATA.read_bytes()))
    old = [TreeUnit(*unit) for unit in data["old"]]
    new = [TreeUnit(*unit) for unit in data["new"]]
    links = [Link(*link) for link in data["links"]]
    papers_ = Papers(
        provinces=paper_id(PROVINCES[0]),
        level=paper_id(LEVEL[0]),
        communes={province: paper_id(number) for province, (number, _) in COMMUNES.items()},
    )
    return Reform(SCHEME, civil_day(data["last"]), civil_day(data["day"]), old, new, links, papers_)


def paper_id(number: str) -> str:
    return id_for(SCHEME, "decision", number)


def papers() -> Streams:
    """The resolutions, for the register. Those of 2025 took effect when they were passed."""
    communes = [
        (number, COMMITTEE, "2025-06-16", f"Sắp xếp các đơn vị hành chính cấp xã của {name} năm 2025")
        for number, name in COMMUNES.values()
    ]
    return {
        paper_id(number): [
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
        for number, issuer, signed, title in (PROVINCES, LEVEL, *communes)
    }
