"""Imports units in the layout of the official list: a dated history, or two trees and the map between them."""

import re
from pathlib import Path

from services.importing.batches import (
    Proposal,
    ProposalsByStream,
    SetAsideLine,
    derive_id,
    is_ledger_empty,
    project_imported,
    record_proposals,
)
from services.importing.csv_reader import BadFile, CsvLine, Sheet
from services.importing.reading.layouts import DECREE_LAYOUT, HISTORY_LAYOUT
from services.importing.reading.options import DEFAULT_OPTIONS, ReadingOptions
from services.importing.reading.sources import TableSource, find_tables, unused_files
from services.importing.result import ImportReport
from services.importing.units.facts import DecisionIds, propose_history
from services.importing.units.history import UnitHistory
from services.importing.units.trees import TREE_TABLES, read_first, read_trees
from services.regulation.events import DecisionRegistered, DocumentKind
from shared.commands.command_handler import Origin
from shared.core.facts import Finding
from shared.core.partial_dates import PDate, civil_day
from shared.runtime.ledger import Ledger, Progress, no_progress

HISTORY_TABLES = "unit_history"
"""How the names of the tables of a dated history begin."""
ISSUERS = {
    "NĐ-CP": ("Chính phủ", DocumentKind.DECREE),
    "NQ-CP": ("Chính phủ", DocumentKind.RESOLUTION),
    "QĐ-TTg": ("Thủ tướng Chính phủ", DocumentKind.DECISION),
    "NQ-UBTVQH": ("Ủy ban Thường vụ Quốc hội", DocumentKind.RESOLUTION),
    "QH": ("Quốc hội", DocumentKind.RESOLUTION),
}
_NUMBER = re.compile(r"\d+[a-z]?(?:/\d{4})?/(NĐ-CP|NQ-CP|QĐ-TTg|NQ-UBTVQH|QH)\d*$")
_SIGNED = re.compile(r"(\S+) (?:ngày (\d{1,2}[/-]\d{1,2}[/-]\d{4})|ngày .*|năm .*)")


def import_units(
    ledger: Ledger,
    folder: Path,
    scheme: str,
    *,
    write: bool,
    origin: Origin,
    trees: bool = False,
    progress: Progress = no_progress,
    options: ReadingOptions = DEFAULT_OPTIONS,
) -> ImportReport:
    """Import the dated history of a folder; the two trees where there is none, or with `trees`.

    `write=False` is the dry run. A file that cannot be read as a whole is reported and nothing of it imported.
    """
    was_empty = is_ledger_empty(ledger)
    report = ImportReport(batch=origin.correlation, scheme=scheme, dry_run=not write)
    try:
        tables = find_tables(folder, _is_wanted)
    except BadFile as bad:
        report.set_aside.append(bad.problem)
        return report
    files = [tables[name] for name in sorted(tables) if name.startswith(HISTORY_TABLES)]
    documents: ProposalsByStream = {}
    if files and not trees:
        if ledger.logs["organization"].version(derive_reform_id(scheme)):
            report.set_aside.append(report_scheme_in_use(files[0].name, scheme))
            return report
        used, documents, streams = _history(tables, files, scheme, options, report)
    else:
        used, streams = read_trees(tables, scheme, options, report)
    for what, topic, proposals in (
        ("decisions", "regulation", documents),
        ("units", "organization", streams),
    ):
        for outcome in record_proposals(ledger.apps[topic], proposals.items(), origin, write):
            report.add(what, outcome)
            progress(what, outcome.done, len(proposals))
    report.ignored_files = unused_files(folder, {source.path for source in used})
    if write:
        project_imported(ledger, was_empty, progress)
    return report


def derive_reform_id(scheme: str) -> str:
    """The stream that an import of two trees writes; its existence shows that they were imported."""
    return derive_id(scheme, "reorganisation", "2025-07-01/provinces")


def report_scheme_in_use(file: str, scheme: str) -> SetAsideLine:
    """The report line that rejects a history whose codes would name other units than the trees imported before."""
    return SetAsideLine(
        file=file,
        line=0,
        column="",
        value=scheme,
        rule="SchemeInUse",
        reason="units of this scheme were taken from two trees already, and the history tells them otherwise",
        remedy="import the history under another name: --scheme gso-history",
    )


def _is_wanted(table: str) -> bool:
    return table == "decrees" or table.startswith((HISTORY_TABLES, *TREE_TABLES))


def _history(
    tables: dict[str, TableSource],
    files: list[TableSource],
    scheme: str,
    options: ReadingOptions,
    report: ImportReport,
) -> tuple[set[TableSource], ProposalsByStream, ProposalsByStream]:
    sheet = Sheet()
    for source in files:
        sheet.lines += read_first([source], HISTORY_LAYOUT, options, report).lines
    holes = bool(report.set_aside)
    used = set(files)
    documents: ProposalsByStream = {}
    decided: DecisionIds = {}
    if decrees := tables.get("decrees"):
        used.add(decrees)
        for line in read_first([decrees], DECREE_LAYOUT, options, report).lines:
            _register(line, scheme, report, documents, decided)
    history = UnitHistory(scheme, sheet, holes)
    streams = propose_history(history, decided)
    report.set_aside += sheet.set_aside
    report.taken = {
        "units": len(streams),
        "versions": sum(map(len, history.versions.values())),
        "decisions": len(documents),
    }
    return used, documents, streams


def _register(
    line: CsvLine, scheme: str, report: ImportReport, documents: ProposalsByStream, decided: DecisionIds
) -> None:
    """Register a decree of the list. It gives the day of effect; whatever else is unknown becomes a finding."""
    text = line.get("decree")
    if not text:
        report.set_aside.append(
            line.set_aside("decree", "Missing", "the decree has no number", "write its number")
        )
        return
    signed = _SIGNED.fullmatch(text)
    number = signed[1] if signed else text
    known = _NUMBER.match(number)
    try:
        effective = civil_day(line.get("effective_date"))
        signed_on = civil_day(signed[2].replace("-", "/")) if signed and signed[2] else None
    except ValueError as error:
        report.set_aside.append(
            line.set_aside("effective_date", "BadDate", str(error), "write a whole day: 1995-06-30")
        )
        return
    id_ = derive_id(scheme, "decision", f"{number}@{effective}")
    decided[text, effective] = id_
    issuer, kind = ISSUERS[known[1]] if known else ("chưa rõ", DocumentKind.OTHER)
    unknown = (["IssuerUnknown"] if not known else []) + (["SigningDateUnknown"] if not signed_on else [])
    fact = DecisionRegistered(
        effective_from=PDate(effective),
        number=number,
        issuer=issuer,
        signed_on=signed_on,
        kind=kind,
        title=line.get("title") or number,
        findings=tuple(Finding(rule=rule) for rule in unknown),
    )
    documents.setdefault(id_, [Proposal(fact, line.file, line.number, "decree", text)])
