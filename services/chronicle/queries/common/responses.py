"""What the responses of queries share: the two times, pages, decision documents, and the proof of a line."""

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.names import find_names
from services.chronicle.rows import list_from_text
from shared.core.facts import Code
from shared.core.partial_dates import Day, Instant
from shared.database.sql import BatchQuery, known_condition


class AsOf(msgspec.Struct, frozen=True):
    """As of a day in the world, as known at an instant."""

    as_of: Day
    known_at: Instant


T = TypeVar("T")


class Answer(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A list with the two times it was asked for. `next` is the cursor of the next page, if there is one."""

    as_of: str
    """The day that the answer is about."""
    known_at: str
    """The moment up to which facts count."""
    items: list[T]
    """The lines of the answer."""
    next: str = ""
    """What `cursor` takes for the next page; empty: there is none."""


class Document(msgspec.Struct, frozen=True, gc=False):
    """The paper behind a line."""

    id: str
    """Id of the document."""
    number: str
    """Its number."""
    issuer: str
    """The body that issued it."""
    signed_on: str
    """The day of signing; empty: not known."""
    title: str
    """What it is about."""


class Proof(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Where a line comes from: links to the facts that opened and closed it, and their documents (None: pending)."""

    opened: str
    """The fact that opened it, as topic/stream/event_id."""
    decision: Document | None = None
    """The decision document; null: pending."""
    closed: str = ""
    """The fact that closed it, likewise; empty: it is open."""
    closing_decision: Document | None = None
    """The document of the fact that closed it."""


class DocumentRow(NamedTuple):
    id: str
    number: str
    issuer: str
    signed_on: str
    title: str


_DOCUMENTS = BatchQuery(
    DocumentRow,
    f"""
SELECT d.decision_id AS id, d.number, d.issuer, d.signed_on, d.title FROM decisions d
WHERE d.stream IN :ids AND {known_condition("d")}""",
)


class Documents:
    """Decision documents as they were known at an instant: each is read once, those `expected` in one query."""

    def __init__(self, connection: Connection, when: AsOf, expected: Iterable[str] = ()) -> None:
        self._connection, self._when = connection, when
        self._documents: dict[str, Document | None] = {"": None}
        self.read(expected)

    def get(self, decision: str) -> Document | None:
        if decision not in self._documents:
            self.read((decision,))
        return self._documents[decision]

    def find_names(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of the cadres, units, posts and documents with these ids, on the day that is asked about."""
        found = find_names(self._connection, ids, self._when.as_of, self._when.known_at)
        return {id_: each.name for id_, each in found.items()}

    def read(self, decisions: Iterable[str]) -> None:
        """Those that were not read yet, in one query."""
        new = [id_ for id_ in dict.fromkeys(decisions) if id_ not in self._documents]
        self._documents.update(dict.fromkeys(new))
        for row in _DOCUMENTS(self._connection, ids=new, known=self._when.known_at):
            self._documents[row.id] = Document(*row)


def link(topic: str, stream: str, event_id: str) -> str:
    """The address of a fact: `/facts/{topic}/{stream}/{event_id}`."""
    return f"{topic}/{stream}/{event_id}" if event_id else ""


def code_of(codes: Iterable[Code], scheme: str) -> str:
    """The code in one scheme; empty if there is none."""
    return next((code.value for code in codes if code.scheme == scheme), "")


def read_codes(text: str | None) -> list[Code]:
    """The codes that a row keeps in a column; none where there is no row."""
    return list_from_text(text or "", Code)
