"""What the chronicle answers with: every line carries its validity, its facts and its decision document."""

from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec
from sqlalchemy import Connection

from shared.core.partial_dates import Day, Instant
from shared.database.sql import Lookup, known_condition


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
    closed: str = ""
    """The fact that closed it, likewise; empty: it is open."""
    closing_decision: Document | None = None
    """The document of the fact that closed it."""


_DOCUMENTS = Lookup(f"""
SELECT decision_id, number, issuer, signed_on, title FROM decisions d WHERE d.stream IN :ids AND {known_condition("d")}""")


class Documents:
    """Decision documents as the register knew them then: each read once, many at a time where they are `expected`."""

    def __init__(self, connection: Connection, when: AsOf, expected: Iterable[str] = ()) -> None:
        self._connection, self._when = connection, when
        self._found: dict[str, Document | None] = {"": None}
        self.read(expected)

    def get(self, decision: str) -> Document | None:
        if decision not in self._found:
            self.read((decision,))
        return self._found[decision]

    def read(self, decisions: Iterable[str]) -> None:
        """Those that were not read yet, in one question."""
        new = [each for each in dict.fromkeys(decisions) if each not in self._found]
        self._found.update(dict.fromkeys(new))
        for row in _DOCUMENTS(self._connection, ids=new, known=self._when.known_at):
            self._found[row[0]] = Document(*row)


def link(topic: str, stream: str, event_id: str) -> str:
    """The address of a fact: `/facts/{topic}/{stream}/{event_id}`."""
    return f"{topic}/{stream}/{event_id}" if event_id else ""


def code_of(codes: str, scheme: str) -> str:
    """The value a scheme gives, from the text kept in a row."""
    for line in codes.split("\n"):
        name, _, value = line.partition("\t")
        if name == scheme:
            return value
    return ""
