"""The lines of an import together with those kept of earlier imports of the same scheme, so that parts make a whole."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from services.importing.batches import SetAsideLine
from services.importing.csv_reader import CsvLine, Sheet
from services.importing.line_store import KeptLine, KeptProblem, KeptScheme, LineKey
from services.importing.merged_dates import UNREAD, read_dates, split_kept_values, with_raw_cells
from services.importing.reading.layouts import Layout
from services.importing.reading.readings import How, Readings

NO_LAYOUT = Layout(required=())
CONTRADICTED = "TermOfTwoPersons"
"""The rule of lines that are set aside because lines of other owners have the same id."""


@dataclass(frozen=True, slots=True)
class LineKind:
    """What is kept of the lines of one kind of file: `key` tells a line apart, `columns` are all that are read.

    Of a personal file only the keys are kept; all values, sealed, only of lines that may be read otherwise later: those
    that were set aside, and those with a date whose order other lines prove.
    """

    file: str
    key: Callable[[CsvLine], str]
    id_column: str
    columns: tuple[str, ...]
    personal: bool = False
    has_unique_ids: bool = True
    """Whether no two lines have the same value in the id column."""
    key_column: str = ""
    """The column to be mended where two lines with the same key differ; empty: the id column."""
    dated_by_name: bool = False
    """Whether the name of its file says of what day a line is."""
    may_repeat: bool = False
    """Whether lines of one key may differ in what is not used; the first is taken."""
    owner_column: str = ""
    """The column of whose line it is, where the key has it beside the id: lines of one id and two owners contradict
    each other, and none of them replaces another."""
    layout: Layout = NO_LAYOUT


@dataclass(slots=True)
class MergedFile:
    """The candidates of one kind of file: the given lines, then those that are only kept."""

    kind: LineKind
    given: dict[str, CsvLine] = field(default_factory=dict)
    retried: dict[str, CsvLine] = field(default_factory=dict)
    """Lines that an earlier import set aside."""
    kept: dict[str, CsvLine] = field(default_factory=dict)
    """Lines that were taken before, also where a newer version is given."""
    repeated: list[KeptProblem] = field(default_factory=list)
    """Problems of earlier imports with lines that cannot be judged again."""
    removed: set[str] = field(default_factory=set)
    before: dict[str, CsvLine] = field(default_factory=dict)
    """All lines as they were judged before, taken or set aside, also those that this import has."""
    refused: set[str] = field(default_factory=set)
    """Keys whose newest version was set aside; the kept version counts instead, where there is one."""
    size: int = 0

    def lines(self) -> list[CsvLine]:
        """One line for each key: the newest version that was not refused; none whose dates cannot be read."""
        return [line for line in self.chosen_lines() if not line.unread]

    def chosen_lines(self) -> list[CsvLine]:
        """One line for each key: the newest version that was not refused."""
        given = [line for key, line in self.given.items() if key not in self.refused or key not in self.kept]
        chosen = {self.kind.key(line) for line in given}
        others: dict[str, CsvLine] = {}
        for key in self.retried.keys() | self.kept.keys():
            if key in chosen:
                continue
            refused = key in self.refused and key in self.kept
            others[key] = self.retried[key] if key in self.retried and not refused else self.kept[key]
        return given + [others[key] for key in sorted(others) if self._has_values(others[key])]

    def _has_values(self, line: CsvLine) -> bool:
        """Whether more is kept of a line than its key."""
        return not self.kind.personal or len(line.values) > 1

    def earlier_lines(self) -> list[CsvLine]:
        """The lines as they were judged before this import: those that were taken, and those that were set aside."""
        lines = {key: line for key, line in self.before.items() if not line.unread and self._has_values(line)}
        return [lines[key] for key in sorted(lines)]

    def all_lines(self) -> list[CsvLine]:
        """All versions of all lines."""
        return [*self.given.values(), *self.retried.values(), *self.kept.values()]


class MergedSource:
    """All files of an import, merged. Lines that are only kept have negative numbers, so that each number is unique.

    `whole` are the kinds of file that have all lines of the source; what is kept and not in them is removed."""

    def __init__(
        self,
        kinds: Mapping[str, LineKind],
        sheets: Mapping[str, Sheet],
        kept: KeptScheme,
        whole: Collection[str] = (),
    ) -> None:
        self.earlier, self.whole = kept, whole
        self._places: dict[int, tuple[str, int]] = {}
        self._batches: dict[int, str] = {}
        self.files = {name: MergedFile(kind) for name, kind in kinds.items()}
        self.set_aside: list[SetAsideLine] = []
        """What the reader set aside."""
        self.readings = Readings()
        """How dates were read."""
        self._by_number: dict[tuple[str, int], tuple[str, str]] = {}
        for name, sheet in sheets.items():
            self._give(self.files[name], sheet)
        unreadable = {(name, problem.id) for name, sheet in sheets.items() for problem in sheet.set_aside}
        for line in kept.lines.values():
            if line.file in self.files:
                merged = self.files[line.file]
                missing = line.file in whole and line.key not in merged.given
                merged.kept[line.key] = self._kept_line(merged, line.source, line.number, line.values)
                merged.kept[line.key].taken_before = True
                self._batches[merged.kept[line.key].number] = line.batch
                self._remember(merged, line.source, line.number, line.values)
                if missing and (line.file, line.values.get(merged.kind.id_column)) not in unreadable:
                    merged.removed.add(line.key)
        ids = {
            (name, line.get(merged.kind.id_column))
            for name, merged in self.files.items()
            for line in merged.given.values()
        }
        for problem in kept.problems:
            merged_file = self.files.get(problem.file)
            if merged_file is None:
                continue
            if problem.key and problem.values and problem.key not in merged_file.kept:
                self._remember(merged_file, problem.problem.file, problem.problem.line, problem.values)
            if problem.key in merged_file.given:
                continue
            named = (problem.file, problem.problem.id or None)
            has_unique_id = merged_file.kind.has_unique_ids and not (
                problem.key and merged_file.kind.owner_column
            )
            if not has_unique_id or (named not in ids and named not in unreadable):
                self._retry(merged_file, problem)
        self._removed_kept = {
            (name, key): merged.kept.pop(key)
            for name, merged in self.files.items()
            for key in sorted(merged.removed)
        }

    def _give(self, merged: MergedFile, sheet: Sheet) -> None:
        merged.size = sheet.size
        self.set_aside += sheet.set_aside
        for line in sheet.lines:
            key = merged.kind.key(line)
            line.key = merged.kind.id_column
            first = merged.given.setdefault(key, line)
            if first is line:
                pass
            elif merged.kind.may_repeat or (not merged.kind.key_column and first.values == line.values):
                column = line.own_names.get(line.key, line.key)
                self.readings.add(line.file, column, How.REPEATED_LINE, line.number, line.get(line.key))
            else:
                column = merged.kind.key_column or line.key
                where = "" if first.file == line.file else f" of {first.file}"
                reason = f"this {column} of {line.get(line.key)} stands already on line {first.number}{where}"
                remedy = "remove one of the two, or number them apart"
                self.set_aside.append(line.set_aside(column, "Duplicate", reason, remedy))
            self._by_number[line.file, line.number] = (merged.kind.file, key)

    def _kept_line(self, merged: MergedFile, source: str, number: int, values: dict[str, str]) -> CsvLine:
        """A line of an earlier import, its dates to be read anew where other lines may change how."""
        plain, raw, options = split_kept_values(values)
        line = self._numbered_line(merged.kind, source, number, plain | raw)
        line.options, line.pending = options, bool(raw)
        return line

    def _remember(self, merged: MergedFile, source: str, number: int, values: dict[str, str]) -> None:
        """Note a line as it was judged before."""
        plain, _, _ = split_kept_values(values)
        line = self._numbered_line(merged.kind, source, number, dict(plain))
        line.unread = UNREAD in values
        if key := merged.kind.key(line) if values else "":
            merged.before[key] = line

    def _numbered_line(self, kind: LineKind, source: str, number: int, values: dict[str, str]) -> CsvLine:
        unique = -(len(self._places) + 1)
        self._places[unique] = (source, number)
        line = CsvLine(source, unique, values, kind.id_column, place=number)
        self._by_number[source, unique] = (kind.file, kind.key(line) if values else "")
        return line

    def read_dates(self) -> list[SetAsideLine]:
        """Read the dates of all lines that are new, or whose dates other lines may change; the lines to set aside."""
        problems = []
        for merged in self.files.values():
            chosen = merged.chosen_lines()
            problems += read_dates(merged.kind.layout, chosen, merged.all_lines(), self.readings)
        self.refuse(problems)
        return problems

    def _retry(self, merged: MergedFile, kept: KeptProblem) -> None:
        """A line that was set aside is judged again, unless this import has it, in this version or another."""
        problem = kept.problem
        if kept.file in self.whole:
            return
        if any(_is_same_problem(problem, each) for each in self.set_aside):
            return
        if not kept.key or not kept.values:
            merged.repeated.append(kept)
        elif kept.key not in merged.given:
            line = self._kept_line(merged, problem.file, problem.line, kept.values)
            merged.retried[kept.key] = line
            self._batches[line.number] = kept.batch

    def key_of(self, problem: SetAsideLine) -> LineKey:
        """The kind of file and the key of a line that was set aside; empty where it could not be read."""
        return self._by_number.get((problem.file, problem.line), ("", ""))

    def locate(self, problem: SetAsideLine) -> SetAsideLine:
        """The problem with the number that the line has in its file."""
        if problem.line >= 0:
            return problem
        source, number = self._places[problem.line]
        return replace(problem, file=source, line=number, earlier=True)

    def find_place(self, line: int) -> int:
        """The number of a line in its file."""
        return self._places[line][1] if line < 0 else line

    def retried_numbers(self) -> set[int]:
        return {line.number for merged in self.files.values() for line in merged.retried.values()}

    def removed_lines(self) -> dict[LineKey, CsvLine]:
        """Lines that the source no longer has, as they were."""
        return self._removed_kept

    def refuse(self, problems: list[SetAsideLine]) -> list[SetAsideLine]:
        """Use the kept version of the lines that were set aside; returns the problems of those that have one."""
        refused = []
        for problem in problems:
            file, key = self.key_of(problem)
            if not file or key in self.files[file].refused or key not in self.files[file].kept:
                continue
            if problem.rule == CONTRADICTED:
                continue  # an earlier version would contradict the same lines
            if problem.line != self.files[file].kept[key].number:
                self.files[file].refused.add(key)
                refused.append(problem)
        return refused

    def given_numbers(self) -> set[int]:
        """The numbers of the lines that are part of this import, or that it judges again."""
        given = {line.number for merged in self.files.values() for line in merged.given.values()}
        return given | self.retried_numbers()

    def repeated_problems(self) -> list[SetAsideLine]:
        """What earlier imports set aside and nothing has mended."""
        return [
            replace(kept.problem, earlier=True) for merged in self.files.values() for kept in merged.repeated
        ]

    def without_replaced(self, problems: list[SetAsideLine]) -> list[SetAsideLine]:
        """The problems without those of earlier lines whose id a line of another owner has now, which is taken. They
        are kept: what they refer to may come, and then the two contradict each other."""
        lost = {(problem.file, problem.line) for problem in problems}
        replaced: set[int] = set()
        for merged in self.files.values():
            if merged.kind.owner_column and merged.retried:
                lines = [line for line in merged.lines() if (line.file, line.number) not in lost]
                taken = {line.get(merged.kind.id_column) for line in lines}
                replaced |= {
                    line.number
                    for line in merged.retried.values()
                    if (line.file, line.number) in lost and line.get(merged.kind.id_column) in taken
                }
        return [problem for problem in problems if problem.line not in replaced]

    def count_retaken(self, problems: list[SetAsideLine]) -> dict[str, int]:
        """By table: the lines that earlier imports set aside and this one takes."""
        lost = {(problem.file, problem.line) for problem in problems}
        return {
            name.removesuffix(".csv"): count
            for name, merged in self.files.items()
            if (count := sum((line.file, line.number) not in lost for line in merged.retried.values()))
        }

    def kept_after(self, batch: str, problems: list[SetAsideLine]) -> tuple[list[KeptLine], list[LineKey]]:
        """What changes in the kept lines: those to be added, and the keys that are removed or replaced."""
        lost = {(problem.file, problem.line) for problem in problems}
        added: list[KeptLine] = []
        gone: list[LineKey] = [*self._removed_kept]
        for name, merged in self.files.items():
            for line in merged.lines():
                key = merged.kind.key(line)
                before = self.earlier.lines.get((name, key))
                if (line.file, line.number) in lost:
                    if before is not None and (name, key) not in self._removed_kept:
                        gone.append((name, key))
                    continue
                values = self.kept_values(merged.kind, line)
                source, number = self._places.get(line.number, (line.file, line.number))
                is_of_day = not merged.kind.dated_by_name or (before is not None and before.source == source)
                if before is not None and before.values == values and is_of_day:
                    continue
                added.append(KeptLine(name, key, source, number, values, batch))
                if before is not None and (name, key) not in self._removed_kept:
                    gone.append((name, key))
            gone += [(name, key) for key in self.vanished_lines(name)]
        return added, gone

    def vanished_lines(self, file: str) -> list[str]:
        """The keys of kept lines whose dates can no longer be read, and that no newer version replaces."""
        merged = self.files[file]
        return [key for key, line in merged.kept.items() if line.unread and not self._is_newer(merged, key)]

    @staticmethod
    def _is_newer(merged: MergedFile, key: str) -> bool:
        """Whether there is a newer version of a kept line, which counts."""
        newer = merged.given.get(key) or merged.retried.get(key)
        return newer is not None and not newer.unread and key not in merged.refused

    @staticmethod
    def kept_values(kind: LineKind, line: CsvLine) -> dict[str, str]:
        if kind.personal:
            stated = {column: line.get(column) for column in kind.columns if column in line.values}
            return with_raw_cells(line, stated) if line.raw else {kind.id_column: line.get(kind.id_column)}
        return with_raw_cells(line, {column: value for column in kind.columns if (value := line.get(column))})

    def keep_problems(self, problems: list[SetAsideLine], batch: str) -> list[KeptProblem]:
        """The set-aside lines as they are kept: with their values, where these can be judged again."""
        wanted = {(problem.file, problem.line) for problem in problems}
        by_number = {
            (line.file, line.number): (merged.kind, line)
            for merged in self.files.values()
            for lines in (merged.given, merged.retried, merged.kept)
            for line in lines.values()
            if (line.file, line.number) in wanted
        }
        kept = []
        for problem in problems:
            kind, line = by_number.get((problem.file, problem.line), (None, None))
            since = self._batches.get(problem.line, batch)
            located = self.locate(problem)
            if kind is None or line is None:
                file = next((name for name in self.files if _is_of(name, problem.file)), problem.file)
                personal = file in self.files and self.files[file].kind.personal
                located = _without_person(located) if personal else located
                kept.append(KeptProblem(file, located, batch=since))
            elif kind.personal:
                stated = {column: line.get(column) for column in kind.columns if column in line.values}
                values = with_raw_cells(line, stated)
                kept.append(KeptProblem(kind.file, _without_person(located), kind.key(line), values, since))
            else:
                values = self.kept_values(kind, line)
                kept.append(KeptProblem(kind.file, located, kind.key(line), values, since))
        kept += [each for merged in self.files.values() for each in merged.repeated]
        return kept + [each for each in self.earlier.problems if each.file not in self.files]


def _is_of(kind: str, file: str) -> bool:
    """Whether the file, or the sheet `book.xlsx[persons]` of a workbook, is one of a kind such as `persons.csv`."""
    table, name = kind.removesuffix(".csv"), file.lower()
    return name.startswith(f"{table}.") or name.endswith(f"[{table}]")


def _is_same_problem(one: SetAsideLine, other: SetAsideLine) -> bool:
    fields = ("file", "column", "rule", "id")
    same = all(getattr(one, name) == getattr(other, name) for name in fields)
    return same and bool(one.id or (one.line == other.line))


def _without_person(problem: SetAsideLine) -> SetAsideLine:
    """Nothing of a person but the id is kept outside the log."""
    reason = "this line was set aside in an earlier import"
    reason_vi = "dòng này đã bị gác lại ở một lần nhập trước"
    value = problem.id if problem.value == problem.id else ""
    remedy, remedy_vi = "correct the line and import it again", "hãy sửa dòng này rồi nhập lại"
    return replace(
        problem, value=value, reason=reason, reason_vi=reason_vi, remedy=remedy, remedy_vi=remedy_vi
    )
