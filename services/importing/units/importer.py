"""Imports units in the layout of the official list: a dated history, or two trees and the map between them."""

import re
from collections import Counter
from pathlib import Path

from services.importing.batches import (
    Proposal,
    ProposalsByStream,
    SetAsideLine,
    derive_id,
    is_ledger_empty,
    project_imported,
)
from services.importing.csv_reader import BadFile, CsvLine, Sheet
from services.importing.line_store import open_line_store
from services.importing.merged_lines import LineKind, MergedSource
from services.importing.reading.layouts import DECREE_LAYOUT, HISTORY_LAYOUT, MAP_LAYOUT, TREE_LAYOUT, Layout
from services.importing.reading.options import DEFAULT_OPTIONS, ReadingOptions
from services.importing.reading.sources import TableSource, find_tables, unused_files
from services.importing.reading.tables import read_table
from services.importing.result import ImportReport
from services.importing.scheme_import import Proposed, RecordedIds, SchemeImport
from services.importing.units.facts import DecisionIds, propose_history
from services.importing.units.history import UnitHistory
from services.importing.units.trees import (
    FROM_FILE,
    MAP_FILE,
    TREE_TABLES,
    UNTAKEN,
    UNTIL_FILE,
    TreesSource,
    make_words,
    report_missing,
)
from services.importing.units.trees import KINDS as TREE_KINDS
from services.importing.units.trees import TOPICS as TREE_TOPICS
from services.importing.updates import Words
from services.regulation.events import DecisionRegistered, DocumentKind
from shared.commands.command_handler import Origin
from shared.core.facts import Finding
from shared.core.partial_dates import PDate, civil_day
from shared.runtime.ledger import Ledger, Progress, no_progress

HISTORY_TABLES = "unit_history"
"""How the names of the tables of a dated history begin."""
HISTORY_FILE, DECREE_FILE = "unit_history.csv", "decrees.csv"
KINDS = {
    HISTORY_FILE: LineKind(
        HISTORY_FILE,
        lambda line: "/".join(map(line.get, ("level", "code", "version"))),
        "code",
        HISTORY_LAYOUT.columns,
        has_unique_ids=False,
        key_column="version",
        layout=HISTORY_LAYOUT,
    ),
    DECREE_FILE: LineKind(
        DECREE_FILE,
        lambda line: "@".join(map(line.get, ("decree", "effective_date"))),
        "decree",
        DECREE_LAYOUT.columns,
        has_unique_ids=False,
        layout=DECREE_LAYOUT,
        may_repeat=True,
    ),
}
"""What is kept of the lines of each file."""
TOPICS = {"decisions": "regulation", "units": "organization"}
"""By kind of line, in the order in which they are recorded: the service whose facts they are."""
WORDS = Words(
    columns={"parent": "parent_code", "kind": "type", "kind_label": "type"},
    unshown=frozenset(
        {"kind", "level", "bloc", "codes", "decision", "note", "baseline", "same_day_order", "findings"}
    ),
    files={
        "UnitEstablished": HISTORY_FILE,
        "UnitDissolved": HISTORY_FILE,
        "UnitReparented": HISTORY_FILE,
        "UnitRenamed": HISTORY_FILE,
        "UnitReclassified": HISTORY_FILE,
        "DecisionRegistered": DECREE_FILE,
    },
    dates={
        "UnitEstablished": "valid_from",
        "UnitDissolved": "valid_to",
        "DecisionRegistered": "effective_date",
    },
)
"""How a report names the fields of facts."""
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
    remove_missing: bool = False,
    remove_at_most: float = 1.0,
) -> ImportReport:
    """Import the dated history of a folder; the two trees where there is none, or with `trees`.

    `write=False` is the dry run. `remove_missing`: the files are whole, so what only earlier imports had is void, up to
    the share `remove_at_most` of the lines of each; never that of a file that cannot be read.
    A file that cannot be read as a whole is reported and nothing of it imported.
    """
    was_empty = is_ledger_empty(ledger)
    report = ImportReport(batch=origin.correlation, scheme=scheme, dry_run=not write)
    try:
        tables = find_tables(folder, _is_wanted)
    except BadFile as bad:
        report.set_aside.append(bad.problem)
        return report
    files = [tables[name] for name in sorted(tables) if name.startswith(HISTORY_TABLES)]
    if files and not trees:
        if ledger.logs["organization"].version(derive_reform_id(scheme)) or _has_trees(ledger, scheme):
            report.set_aside.append(report_scheme_in_use(files[0].name, scheme))
            return report
        used = {*files, *([tables["decrees"]] if "decrees" in tables else [])}
        sheets = {
            HISTORY_FILE: _read_sheet(files, HISTORY_LAYOUT, options, report),
            DECREE_FILE: _read_sheet(
                [tables["decrees"]] if "decrees" in tables else [], DECREE_LAYOUT, options, report
            ),
        }
        whole = [file for file, sheet in sheets.items() if remove_missing and _is_complete(sheet)]
        _import_history(ledger, scheme, sheets, report, write, origin, progress, whole, remove_at_most)
    else:
        used = _import_trees(
            ledger,
            folder.name,
            scheme,
            tables,
            report,
            write,
            origin,
            progress,
            options,
            remove_missing,
            remove_at_most,
        )
    report.ignored_files = unused_files(folder, used)
    if write:
        project_imported(ledger, was_empty, progress)
    return report


def _import_history(
    ledger: Ledger,
    scheme: str,
    sheets: dict[str, Sheet],
    report: ImportReport,
    write: bool,
    origin: Origin,
    progress: Progress,
    whole: list[str],
    remove_at_most: float,
) -> None:
    """Record a dated history together with the parts of it that were imported before."""
    store = open_line_store(ledger.tables)
    try:
        run = SchemeImport(ledger, store, scheme, KINDS, TOPICS, propose_units_source)
        run.name_ids, run.words = name_unit_ids, WORDS
        proposed = run.record(
            sheets,
            report,
            write=write,
            origin=origin,
            progress=progress,
            whole=whole,
            remove_at_most=remove_at_most,
        )
    finally:
        store.close()
    counts = {
        what: sum(any(proposal.line > 0 for proposal in proposals) for proposals in streams.values())
        for what, streams in proposed.items()
    }
    lost = {(problem.file, problem.line) for problem in report.set_aside if not problem.earlier}
    taken = [line for line in sheets[HISTORY_FILE].lines if (line.file, line.number) not in lost]
    report.taken = {"units": counts["units"], "versions": len(taken), "decisions": counts["decisions"]}


def propose_units_source(sheets: dict[str, Sheet], scheme: str, recorded: RecordedIds) -> Proposed:
    """The proposals of a dated history and of the decrees behind it."""
    documents: ProposalsByStream = {}
    decided: DecisionIds = {}
    for line in sheets[DECREE_FILE].lines:
        _register(line, scheme, sheets[DECREE_FILE], documents, decided)
    history = UnitHistory(scheme, sheets[HISTORY_FILE])
    return {"decisions": documents, "units": propose_history(history, decided)}


def name_unit_ids(source: MergedSource, scheme: str) -> dict[str, str]:
    """`LEVEL/CODE` by our id, for every life that a unit may have had."""
    keys: Counter[str] = Counter()
    merged = source.files[HISTORY_FILE]
    removed = [line for (file, _), line in source.removed_lines().items() if file == HISTORY_FILE]
    for line in (*merged.given.values(), *merged.retried.values(), *merged.kept.values(), *removed):
        keys[f"{line.get('level')}/{line.get('code')}"] += 1
    return {
        derive_id(scheme, "unit", f"{key}#{life}"): key
        for key, count in keys.items()
        for life in range(1, count + 1)
    }


def _import_trees(
    ledger: Ledger,
    place: str,
    scheme: str,
    tables: dict[str, TableSource],
    report: ImportReport,
    write: bool,
    origin: Origin,
    progress: Progress,
    options: ReadingOptions,
    remove_missing: bool,
    remove_at_most: float,
) -> set[TableSource]:
    """Record two trees and the map between them, together with the parts that were imported before; the tables used."""
    given = {
        kind: tables[min(names)]
        for kind, prefix in zip(TREE_KINDS, TREE_TABLES, strict=True)
        if (names := [name for name in tables if name.startswith(prefix)])
    }
    if not given:
        problem = "there is no tree, and no history of units"
        report.set_aside.append(
            report_missing(place, problem, "không có danh mục đơn vị, cũng không có lịch sử")
        )
        return set()
    layouts = {kind: MAP_LAYOUT if kind == MAP_FILE else TREE_LAYOUT for kind in TREE_KINDS}
    sheets = {
        kind: _read_sheet([given[kind]] if kind in given else [], layouts[kind], options, report)
        for kind in TREE_KINDS
    }
    source = TreesSource({kind: table.name for kind, table in given.items()})
    store = open_line_store(ledger.tables)
    try:
        if store.has_lines(scheme, HISTORY_FILE):
            report.set_aside.append(report_scheme_in_use(next(iter(given.values())).name, scheme))
            return set(given.values())
        run = SchemeImport(ledger, store, scheme, TREE_KINDS, TREE_TOPICS, source.propose)
        run.find_recorded, run.name_ids = source.find_recorded, source.name_ids
        run.words = make_words({kind: source.names.get(kind, kind) for kind in TREE_KINDS})
        whole = [kind for kind, sheet in sheets.items() if remove_missing and _is_complete(sheet)]
        proposed = run.record(
            sheets,
            report,
            write=write,
            origin=origin,
            progress=progress,
            whole=whole,
            remove_at_most=remove_at_most,
        )
    except BadFile as bad:
        report.set_aside.append(bad.problem)
        return set(given.values())
    finally:
        store.close()
    lost = {(problem.file, problem.line) for problem in report.set_aside if not problem.earlier}
    taken = {
        kind: sum((line.file, line.number) not in lost for line in sheet.lines)
        for kind, sheet in sheets.items()
    }
    for untaken in proposed[UNTAKEN]:
        problem = "the new tree is not taken without the old one and the map between them"
        vietnamese = "không nhận danh mục mới nếu thiếu danh mục cũ và bảng đối chiếu giữa hai danh mục"
        report.set_aside.append(report_missing(untaken, problem, vietnamese))
        taken[FROM_FILE] = 0
    report.taken = {
        "units_until": taken[UNTIL_FILE],
        "units_from": taken[FROM_FILE],
        "links": taken[MAP_FILE],
    }
    return set(given.values())


def _read_sheet(
    sources: list[TableSource], layout: Layout, options: ReadingOptions, report: ImportReport
) -> Sheet:
    """The lines of tables of one kind; a table that cannot be read is reported and nothing of it imported."""
    merged = Sheet()
    for source in sources:
        try:
            sheet = read_table(source, layout, options)
        except BadFile as bad:
            report.set_aside.append(bad.problem)
            merged.unread = True
            continue
        merged.lines += sheet.lines
        merged.set_aside += sheet.set_aside
        merged.size += sheet.size
        merged.file = sheet.file or source.name
        report.readings += sheet.readings
    return merged


def _is_complete(sheet: Sheet) -> bool:
    """Whether all tables of a kind were read, and there is one."""
    return bool(sheet.file) and not sheet.unread


def derive_reform_id(scheme: str) -> str:
    """The stream that an import of two trees writes; its existence shows that they were imported."""
    return derive_id(scheme, "reorganisation", "2025-07-01/provinces")


def _has_trees(ledger: Ledger, scheme: str) -> bool:
    store = open_line_store(ledger.tables)
    try:
        return store.has_lines(scheme, *TREE_KINDS)
    finally:
        store.close()


def report_scheme_in_use(file: str, scheme: str) -> SetAsideLine:
    """The report line that rejects a history whose codes would name other units than the trees imported before, or
    trees after a history."""
    return SetAsideLine(
        file=file,
        line=0,
        column="",
        value=scheme,
        rule="SchemeInUse",
        reason="units of this scheme were taken already from files of the other kind: two trees, or a dated history",
        remedy="import these under another name: --scheme gso-history",
        reason_vi="đơn vị của bộ mã này đã nhập từ loại tệp kia: hai danh mục, hoặc lịch sử theo ngày",
        remedy_vi="hãy nhập tệp này dưới tên khác: --scheme gso-history",
    )


def _is_wanted(table: str) -> bool:
    return table == "decrees" or table.startswith((HISTORY_TABLES, *TREE_TABLES))


def _register(
    line: CsvLine, scheme: str, sheet: Sheet, documents: ProposalsByStream, decided: DecisionIds
) -> None:
    """Register a decree of the list. It gives the day of effect; whatever else is unknown becomes a finding."""
    text = line.get("decree")
    if not text:
        sheet.set_aside.append(
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
        sheet.set_aside.append(
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
