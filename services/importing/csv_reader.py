"""The lines of a file made by people: every problem has a file, a line and a column, and costs only its own line."""

from dataclasses import dataclass, field

from services.importing.batches import SetAsideLine
from services.importing.reading.characters import make_visible
from services.importing.reading.options import DEFAULT_OPTIONS, ReadingOptions
from services.importing.reading.readings import Reading
from services.importing.reading.reasons import in_vietnamese

SHOWN = 80
"""Characters of a value that a report shows."""


class BadFile(Exception):
    """The file as a whole cannot be read; `problem` says what is missing and how to correct it."""

    def __init__(self, problem: SetAsideLine) -> None:
        super().__init__(f"{problem.file}: {problem.reason}")
        self.problem = problem


@dataclass(slots=True)
class CsvLine:
    """One line of a table. `get` gives NFC text without outer blanks, empty for a column that the file does not
    have; a date in the shape that is stored."""

    file: str
    number: int
    values: dict[str, str]
    key: str = ""
    written: dict[str, str] = field(default_factory=dict)
    """What stands in the file, by column, where it is not what `get` gives."""
    own_names: dict[str, str] = field(default_factory=dict)
    """The file's own name of a column, where it has another one."""
    options: ReadingOptions = DEFAULT_OPTIONS
    """How the caller told to read it."""
    pending: bool = False
    """Whether its dates are not read yet."""
    unread: bool = False
    """Whether a date of it could not be read: the line is set aside."""
    raw: dict[str, str] = field(default_factory=dict)
    """The cells of dates as they are written, where other lines may change how they are read."""
    taken_before: bool = False
    """Whether an earlier import took it, and said how it was read."""
    place: int = 0
    """The line of its file on which it stands; `number` may be another one, which no other line has."""

    def __post_init__(self) -> None:
        self.place = self.place or self.number

    def get(self, column: str) -> str:
        return self.values.get(column, "")

    def set(self, column: str, value: str) -> None:
        """Give the column another value than the one written."""
        if value != self.get(column):
            self.written.setdefault(column, self.get(column))
            self.values[column] = value

    def get_written(self, column: str) -> str:
        """The value as it stands in the file."""
        return self.written.get(column, self.get(column))

    def set_aside(
        self, column: str, rule: str, reason: str, remedy: str, reason_vi: str = "", remedy_vi: str = ""
    ) -> SetAsideLine:
        """This line as one that is set aside."""
        return SetAsideLine(
            file=self.file,
            line=self.number,
            column=self.own_names.get(column, column),
            value=make_visible(self.get_written(column)[:SHOWN]),
            rule=rule,
            reason=reason,
            remedy=remedy,
            id=make_visible(self.get_written(self.key)[:SHOWN]),
            reason_vi=reason_vi or in_vietnamese(reason),
            remedy_vi=remedy_vi or in_vietnamese(remedy),
        )


@dataclass(slots=True)
class Sheet:
    """The good lines of a table, those that were set aside, and how its cells were read."""

    lines: list[CsvLine] = field(default_factory=list)
    set_aside: list[SetAsideLine] = field(default_factory=list)
    size: int = 0
    """Lines that are not blank, good or bad."""
    file: str = ""
    readings: list[Reading] = field(default_factory=list)
    unread: bool = False
    """Whether there is a table of the kind that cannot be read as a whole."""
