"""Files that were merged: who the person is, and what was recorded of the same person twice."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf
from services.chronicle.rows import list_from_text
from shared.core.partial_dates import Instant
from shared.database.sql import BatchQuery, Query, known_condition


class MergerRow(NamedTuple):
    merged_id: str
    cadre_id: str
    duplicates: str
    opened_by: str
    valid_from: str
    certain_from: str
    first_known: str


def first_known(table: str, topic: str, alias: str) -> str:
    """SQL: when the fact that opened a row became known. It may have been without effect at first, because of another
    that was voided since."""
    same = f"n.stream = {alias}.stream AND n.key = {alias}.key AND n.opened_by = {alias}.opened_by"
    return f"""(SELECT min(f.known_from) FROM (SELECT n.known_from FROM {table} n WHERE {same}
    UNION ALL SELECT i.known_from FROM ignored_{topic} i
    WHERE i.stream = {alias}.stream AND i.key = {alias}.opened_by) f)"""


MERGERS = Query(
    MergerRow,
    f"""
SELECT m.merged_id, m.cadre_id, m.duplicates, m.opened_by, m.valid_from, m.certain_from,
  {first_known("merged_records", "personnel", "m")} AS first_known
FROM merged_records m WHERE {known_condition("m")} ORDER BY m.merged_id, first_known, m.cadre_id""",
)


class MergedFiles:
    """Which files are of one person, as known at an instant."""

    def __init__(self, connection: Connection, known: Instant) -> None:
        self.mergers: Sequence[MergerRow] = MERGERS(connection, known=known)
        self._kept: dict[str, str] = {}
        for row in self.mergers:
            self._kept.setdefault(row.merged_id, row.cadre_id)
        self.duplicates = {
            (row.merged_id, tenure) for row in self.mergers for tenure in list_from_text(row.duplicates, str)
        }
        self.groups: dict[str, list[str]] = {}
        for file in dict.fromkeys((*self._kept, *self._kept.values())):
            self.groups.setdefault(self.person(file), []).append(file)

    def person(self, file: str) -> str:
        """The file that is kept of this person; the file itself where nothing was merged."""
        seen = [file]
        while (kept := self._kept.get(seen[-1])) is not None:
            if kept in seen:
                return min(seen[seen.index(kept) :])
            seen.append(kept)
        return seen[-1]

    def files(self, file: str) -> list[str]:
        """All files of the person that this file is of."""
        return self.groups.get(self.person(file), [file])

    def is_duplicate(self, file: str, tenure: str) -> bool:
        """Whether a merger said that this tenure of a merged file is recorded in the kept one too."""
        return (file, tenure) in self.duplicates

    @property
    def merged_files(self) -> list[str]:
        """Every file that a merger concerns."""
        return [file for files in self.groups.values() for file in files]


class _NameRow(NamedTuple):
    cadre_id: str
    name: str


_NAMES = BatchQuery(
    _NameRow,
    f"SELECT c.cadre_id, c.name FROM cadres c WHERE c.cadre_id IN :ids AND {known_condition('c')}",
)


class HeldRow(Protocol):
    """A row of a tenure: of which file, and its id."""

    @property
    def cadre_id(self) -> str: ...
    @property
    def tenure_id(self) -> str: ...


Held = TypeVar("Held", bound=HeldRow)


class Holders:
    """Shows the tenures of all files of a person as held by the person: under the id and the name of the kept file."""

    def __init__(self, connection: Connection, when: AsOf) -> None:
        self.files = MergedFiles(connection, when.known_at)
        kept = sorted(self.files.groups)
        self._names = {row.cadre_id: row.name for row in _NAMES(connection, ids=kept, known=when.known_at)}

    def without_duplicates(self, rows: Iterable[Held]) -> list[Held]:
        """The rows without the tenures that are recorded in the kept file too."""
        return [row for row in rows if (row.cadre_id, row.tenure_id) not in self.files.duplicates]

    def person(self, file: str) -> str:
        return self.files.person(file)

    def name(self, file: str, own: str | None) -> str:
        """The name in the kept file; `own` is that in the file itself."""
        return self._names.get(self.files.person(file), own or "")
