"""Two trees of units and the map between them, of files: `units_until_DAY`, `units_from_DAY`, `map_*`.

All lines of the scheme are judged together, those given now and those that earlier imports took or set aside.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.importing.batches import ProposalsByStream, SetAsideLine, derive_id
from services.importing.csv_reader import BadFile, CsvLine, Sheet
from services.importing.merged_lines import LineKind, MergedSource
from services.importing.reading.layouts import MAP_LAYOUT, TREE_LAYOUT
from services.importing.scheme_import import Proposed, RecordedIds
from services.importing.units.kinds import LIST_LEVELS
from services.importing.units.reform import Link, Reform, TreeUnit, UnitKey
from services.importing.units.reform_facts import merge_streams, propose_old_tree, propose_reform
from services.importing.updates import Words
from shared.core.partial_dates import Day, PDate, civil_day
from shared.runtime.ledger import Ledger

TREE_TABLES = ("units_until_", "units_from_", "map_")
"""How the names of these tables begin."""
UNTIL_FILE, FROM_FILE, MAP_FILE = "units_until.csv", "units_from.csv", "map.csv"
_DAY = re.compile(r"units_(?:until|from)_.*?(\d{4})-?(\d\d)-?(\d\d)", re.IGNORECASE)


def _unit_key(line: CsvLine) -> str:
    level, code = line.get("level"), line.get("code")
    return f"{level}/{code}" if code else "|".join(map(line.get, TREE_LAYOUT.columns))


def _link_key(line: CsvLine) -> str:
    return f"{line.get('old_code')}>{line.get('new_code')}"


KINDS = {
    file: LineKind(
        file,
        _unit_key,
        "code",
        TREE_LAYOUT.columns,
        has_unique_ids=False,
        key_column="code",
        dated_by_name=True,
    )
    for file in (UNTIL_FILE, FROM_FILE)
} | {MAP_FILE: LineKind(MAP_FILE, _link_key, "old_code", MAP_LAYOUT.columns, has_unique_ids=False)}
"""What is kept of the lines of each file."""
TOPICS = {"units": "organization"}
UNTAKEN = "untaken"
"""Among the proposals: the files of a new tree that is not taken, without any."""
UNSHOWN = frozenset(
    {"kind", "level", "bloc", "codes", "decision", "note", "baseline", "same_day_order", "findings"}
    | {"reason", "reorganisation", "title"}
)


def make_words(files: Mapping[str, str]) -> Words:
    """How a report names the fields of facts; `files` are the names of the files of each kind."""
    by_fact = {
        "UnitEstablished": files[UNTIL_FILE],
        "UnitDissolved": files[UNTIL_FILE],
        "UnitReparented": files[FROM_FILE],
        "UnitRenamed": files[FROM_FILE],
        "UnitReclassified": files[FROM_FILE],
        "ReorganisationExecuted": files[MAP_FILE],
    }
    columns = {"parent": "parent_code", "kind": "type", "kind_label": "type", "edges": "new_code"}
    dates = {"ReorganisationExecuted": "new_code", "UnitDissolved": "code"}
    return Words(columns, UNSHOWN, by_fact, dates, "day")


@dataclass(slots=True)
class TreesSource:
    """The trees of a scheme: the days of both, and what `SchemeImport` asks of its source.

    `names` are the names of the files that are given, by kind; all files of a kind are of one day."""

    names: Mapping[str, str]

    def find_recorded(self, ledger: Ledger, scheme: str, source: MergedSource) -> RecordedIds:
        """The days in the names of all files. Raises BadFile where files of a kind are of several days, or of none."""
        trees = (UNTIL_FILE, FROM_FILE)
        days = {kind: self._find_day(kind, source) for kind in trees}
        problems = [*source.set_aside, *source.repeated_problems()]
        names = {line.file for kind in trees for line in source.files[kind].lines()}
        names |= {self.names[kind] for kind in trees if kind in self.names}
        gaps = any(problem.file in names for problem in problems)
        earlier_days = {
            kind: next((find_day(line.file) for line in source.files[kind].earlier_lines()), None)
            for kind in trees
        }
        had_gaps = any(problem.file in trees and not problem.values for problem in source.earlier.problems)
        before = RecordedIds(has_gaps=had_gaps, days=earlier_days)
        return RecordedIds(has_gaps=gaps, days=days, before=before)

    def _find_day(self, kind: str, source: MergedSource) -> Day | None:
        names = {line.file for line in source.files[kind].lines()}
        names |= {self.names[kind]} if kind in self.names else set()
        days = {find_day(name): name for name in sorted(names)}
        if None in days:
            raise BadFile(
                report_missing(days[None], "there is no day like 20250630 in the name of the file", _NO_DAY)
            )
        if len(days) > 1:
            given = self.names.get(kind, "")
            raise BadFile(_other_day(given or names.pop(), sorted(str(day) for day in days)))
        return next(iter(days), None)

    def propose(self, sheets: dict[str, Sheet], scheme: str, recorded: RecordedIds) -> Proposed:
        """The old tree first, then the reform. Without a readable old tree and map the new tree is not taken, because
        nobody could tell which units continue."""
        old, new = (_read_tree(sheets[file]) for file in (UNTIL_FILE, FROM_FILE))
        holes = recorded.has_gaps or any(sheets[file].set_aside for file in (UNTIL_FILE, FROM_FILE))
        links, unsure = _read_links(sheets[MAP_FILE], old, new, holes)
        last, first = (recorded.days.get(kind) for kind in (UNTIL_FILE, FROM_FILE))
        follows = bool(old and links) or last is None
        day = first or last
        if day is None:
            return {"units": {}, UNTAKEN: {}}
        taken = new.values() if follows else ()
        reform = Reform(scheme, last or day, day, old.values(), taken, links, unsure=unsure)
        map_file = next((line.file for line in sheets[MAP_FILE].lines), "")
        streams = propose_old_tree(reform)
        if taken:
            streams = merge_streams(streams, _in_file(propose_reform(reform), map_file))
        untaken: ProposalsByStream = {} if follows else {unit.file: [] for unit in new.values()}
        return {"units": streams, UNTAKEN: untaken}

    def name_ids(self, source: MergedSource, scheme: str) -> dict[str, str]:
        """`LEVEL/CODE` by our id, and the code of the province by the id of a reorganisation."""
        names: dict[str, str] = {}
        for file in (UNTIL_FILE, FROM_FILE):
            merged = source.files[file]
            removed = [line for (kind, _), line in source.removed_lines().items() if kind == file]
            for lines in (merged.given.values(), merged.retried.values(), merged.kept.values(), removed):
                for line in lines:
                    key = f"{line.get('level')}/{line.get('code')}"
                    names |= {derive_id(scheme, "unit", f"{key}#{life}"): key for life in (1, 2)}
                    day = find_day(line.file)
                    names[derive_id(scheme, "reorganisation", f"{day}/provinces")] = "1"
                    if line.get("level") == "1":
                        names[derive_id(scheme, "reorganisation", f"{day}/{line.get('code')}")] = key
        return names


_NO_DAY = "tên tệp không có ngày như 20250630"


def _in_file(streams: ProposalsByStream, file: str) -> ProposalsByStream:
    """The proposals, those without a line as of the map: it says what becomes of what."""
    for proposals in streams.values():
        for proposal in proposals:
            proposal.file = proposal.file or file
    return streams


def report_missing(file: str, reason: str, reason_vi: str = "") -> SetAsideLine:
    remedy = "the folder needs units_until_DAY.csv, units_from_DAY.csv and map_*.csv, or unit_history*.csv"
    remedy_vi = (
        "thư mục cần có units_until_NGÀY.csv, units_from_NGÀY.csv và map_*.csv, hoặc unit_history*.csv"
    )
    return SetAsideLine(
        file=file,
        line=0,
        column="",
        value="",
        rule="MissingFile",
        reason=reason,
        remedy=remedy,
        reason_vi=reason_vi,
        remedy_vi=remedy_vi,
    )


def _other_day(file: str, days: list[str]) -> SetAsideLine:
    return SetAsideLine(
        file=file,
        line=0,
        column="",
        value=", ".join(days),
        rule="OtherDay",
        reason=f"the lines of this tree are of several days: {', '.join(days)}",
        remedy="give all its files the same day; if the day is corrected, import the whole tree with --remove-missing",
        reason_vi=f"các dòng của danh mục này thuộc nhiều ngày: {', '.join(days)}",
        remedy_vi="hãy để mọi tệp cùng một ngày; nếu sửa ngày, hãy nhập trọn danh mục với --remove-missing",
    )


def find_day(file: str) -> Day | None:
    """The day in the name of a file or a sheet like `units_from_20250701.csv`; None where there is none."""
    found = _DAY.search(file)
    try:
        return civil_day("-".join(found.groups())) if found else None
    except ValueError:
        return None


def _read_tree(sheet: Sheet) -> dict[UnitKey, TreeUnit]:
    """The units of the lines; those that cannot be, or whose parent is missing, are set aside."""
    tree: dict[UnitKey, TreeUnit] = {}
    lines: dict[UnitKey, CsvLine] = {}
    for line in sheet.lines:
        if problem := _find_fault(line):
            sheet.set_aside.append(line.set_aside(*problem, "correct the line"))
            continue
        level, code, parent, name, type_ = map(line.get, ("level", "code", "parent_code", "name", "type"))
        unit = TreeUnit(level, code, parent, name, type_, PDate(""), line.file, line.number)
        tree[unit.unit_key], lines[unit.unit_key] = unit, line
    for unit_key in sorted(tree):
        unit = tree[unit_key]
        if unit.parent and unit.above not in tree:
            reason = "no line that was taken has this code at the level above"
            remedy = "add the parent or correct the code"
            sheet.set_aside.append(
                lines[unit_key].set_aside("parent_code", "UnknownReference", reason, remedy)
            )
            del tree[unit_key]
    return tree


def _find_fault(line: CsvLine) -> tuple[str, str, str] | None:
    """Column, rule and reason of what is wrong with a line by itself."""
    level, code, name, parent = map(line.get, ("level", "code", "name", "parent_code"))
    if level not in LIST_LEVELS:
        return "level", "UnknownLevel", "the level is none of 1, 2, 3"
    if not code or not name:
        return "name" if code else "code", "Missing", "the field is empty"
    if (level == "1") is bool(parent):
        return "parent_code", "ParentNotAbove", "a unit of level 1 has no parent, every other unit has one"
    return None


def _read_links(
    sheet: Sheet, old: Mapping[UnitKey, TreeUnit], new: Mapping[UnitKey, TreeUnit], holes: bool
) -> tuple[set[Link], set[str]]:
    """Links that at least two of three sources have, and the new codes of which a source may be missing because lines
    of the old tree were set aside (`holes`)."""
    links: set[Link] = set()
    unsure: set[str] = set()
    for line in sheet.lines:
        link = Link(line.get("old_code"), line.get("new_code"))
        if problem := _find_fault_of_link(line, link, old, new):
            sheet.set_aside.append(line.set_aside(*problem))
            if holes and problem[1] == "UnknownReference":
                unsure.add(link.new)
        else:
            links.add(link)
    return links, unsure


def _find_fault_of_link(
    line: CsvLine, link: Link, old: Iterable[UnitKey], new: Iterable[UnitKey]
) -> tuple[str, str, str, str] | None:
    """Column, rule, reason and remedy of what is wrong with a line of the map."""
    agree, _, sources = line.get("sources_agree").partition("/")
    if agree.isdigit() and sources.isdigit() and 3 * int(agree) < 2 * int(sources):
        reason = "fewer than two thirds of the sources know this link"
        return "sources_agree", "SourcesDisagree", reason, "check the resolution"
    if link.source not in old or link.target not in new:
        column = "new_code" if link.source in old else "old_code"
        reason, remedy = "no line that was taken has this code", "add the unit or correct the code"
        return column, "UnknownReference", reason, remedy
    return None
