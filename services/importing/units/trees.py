"""Reads two trees of units and a map from files: `units_until_DAY.csv`, `units_from_DAY.csv`, `map_*.csv`."""

from services.importing.batches import ProposalsByStream, SetAsideLine
from services.importing.csv_reader import BadFile, CsvLine, Sheet
from services.importing.reading.layouts import MAP_LAYOUT, TREE_LAYOUT, Layout
from services.importing.reading.options import ReadingOptions
from services.importing.reading.sources import TableSource
from services.importing.reading.tables import read_table
from services.importing.result import ImportReport
from services.importing.units.kinds import LIST_LEVELS
from services.importing.units.reform import Link, Reform, TreeUnit, UnitKey
from services.importing.units.reform_facts import merge_streams, propose_old_tree, propose_reform
from shared.core.partial_dates import Day, PDate, civil_day

TREE_TABLES = ("units_until_", "units_from_", "map_")
"""How the names of these tables begin."""


def read_trees(
    tables: dict[str, TableSource], scheme: str, options: ReadingOptions, report: ImportReport
) -> tuple[set[TableSource], ProposalsByStream]:
    """The tables used, and the proposals: first those of the old tree, then those of the reform.

    Without a readable old tree and map the new tree is not imported, because nobody could tell which units continue.
    """
    files = {
        what: [tables[name] for name in sorted(tables) if name.startswith(what)][:1] for what in TREE_TABLES
    }
    used = {source for sources in files.values() for source in sources}
    old, new = (read_tree(files[what], options, report) for what in ("units_until_", "units_from_"))
    links, unsure = read_links(files["map_"], old, new, options, report)
    first, last = find_day(files["units_from_"]), find_day(files["units_until_"])
    follows = bool(old and links) or not files["units_until_"]
    if new and not follows:
        problem = "the new tree is not taken without the old one and the map between them"
        report.set_aside.append(report_missing(files["units_from_"][0].name, problem))
    if (old and not last) or (new and not first) or not used:
        name = min((source.name for source in used), default="units_until_DAY.csv")
        report.set_aside.append(
            report_missing(name, "there is no tree, or no day like 20250630 in the name of its file")
        )
        return used, {}
    new = new if follows else {}
    report.taken = {"units_until": len(old), "units_from": len(new), "links": len(links)}
    day = first or last
    if day is None:
        return used, {}
    reform = Reform(scheme, last or day, day, old.values(), new.values(), links, unsure=unsure)
    return used, merge_streams(propose_old_tree(reform), propose_reform(reform) if new else {})


def report_missing(file: str, reason: str) -> SetAsideLine:
    remedy = "the folder needs units_until_DAY.csv, units_from_DAY.csv and map_*.csv, or unit_history*.csv"
    return SetAsideLine(
        file=file, line=0, column="", value="", rule="MissingFile", reason=reason, remedy=remedy
    )


def find_day(files: list[TableSource]) -> Day | None:
    """The day in a file name like `units_from_20250701.csv`; None where there is none."""
    digits = "".join(letter for source in files[:1] for letter in source.table if letter.isdigit())
    try:
        return civil_day(f"{digits[:4]}-{digits[4:6]}-{digits[6:]}")
    except ValueError:
        return None


def read_tree(
    files: list[TableSource], options: ReadingOptions, report: ImportReport
) -> dict[UnitKey, TreeUnit]:
    def unit_of(line: CsvLine, tree: dict[UnitKey, TreeUnit]) -> TreeUnit | tuple[str, str, str]:
        level, code, name = (line.get(column) for column in ("level", "code", "name"))
        if level not in LIST_LEVELS:
            return "level", "UnknownLevel", "the level is none of 1, 2, 3"
        if not code or not name:
            return "name" if code else "code", "Missing", "the field is empty"
        if (level, code) in tree:
            return "code", "Duplicate", f"this unit stands already on line {tree[level, code].line}"
        parent = line.get("parent_code")
        if (level == "1") is bool(parent):
            return (
                "parent_code",
                "ParentNotAbove",
                "a unit of level 1 has no parent, every other unit has one",
            )
        return TreeUnit(level, code, parent, name, line.get("type"), PDate(""), line.file, line.number)

    tree: dict[UnitKey, TreeUnit] = {}
    sheet = read_first(files, TREE_LAYOUT, options, report)
    lines = {line.number: line for line in sheet.lines}
    for line in sheet.lines:
        unit = unit_of(line, tree)
        if isinstance(unit, TreeUnit):
            tree[unit.unit_key] = unit
        else:
            report.set_aside.append(line.set_aside(*unit, "correct the line"))
    for unit_key in sorted(tree):
        unit = tree[unit_key]
        if unit.parent and unit.above not in tree:
            problem = (
                "parent_code",
                "UnknownReference",
                "no line that was taken has this code at the level above",
            )
            report.set_aside.append(
                lines[unit.line].set_aside(*problem, "add the parent or correct the code")
            )
            del tree[unit_key]
    return tree


def read_links(
    files: list[TableSource],
    old: dict[UnitKey, TreeUnit],
    new: dict[UnitKey, TreeUnit],
    options: ReadingOptions,
    report: ImportReport,
) -> tuple[set[Link], set[str]]:
    """Links that at least two of three sources have, and the new codes of which a source may be missing because lines
    of the old tree were set aside."""
    links: set[Link] = set()
    unsure: set[str] = set()
    holes = bool(report.set_aside)
    for line in read_first(files, MAP_LAYOUT, options, report).lines:
        link = Link(line.get("old_code"), line.get("new_code"))
        agree, _, sources = line.get("sources_agree").partition("/")
        if agree.isdigit() and sources.isdigit() and 3 * int(agree) < 2 * int(sources):
            reason = "fewer than two thirds of the sources know this link"
            report.set_aside.append(
                line.set_aside("sources_agree", "SourcesDisagree", reason, "check the resolution")
            )
        elif link.source not in old or link.target not in new:
            column = "new_code" if link.source in old else "old_code"
            reason, remedy = "no line that was taken has this code", "add the unit or correct the code"
            report.set_aside.append(line.set_aside(column, "UnknownReference", reason, remedy))
            unsure |= {link.new} if holes else set()
        else:
            links.add(link)
    return links, unsure


def read_first(
    files: list[TableSource], layout: Layout, options: ReadingOptions, report: ImportReport
) -> Sheet:
    """The lines of the first table; empty without one, or where it cannot be read."""
    try:
        sheet = read_table(files[0], layout, options) if files else Sheet()
    except BadFile as bad:
        report.set_aside.append(bad.problem)
        return Sheet()
    report.set_aside += sheet.set_aside
    report.readings += sheet.readings
    return sheet
