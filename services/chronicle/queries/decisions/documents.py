"""The register of decision documents."""

from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, link
from shared.database.sql import Query, known_condition


class DecisionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A document and whether it is in force on the day asked for."""

    id: str
    """Id of the document."""
    number: str
    """Its number."""
    issuer: str
    """The body that issued it."""
    signed_on: str
    """The day of signing; empty: not known."""
    kind: str
    """What kind of document it is."""
    title: str
    """What it is about."""
    signer: str
    """Who signed it."""
    valid_from: str
    """When it takes effect."""
    valid_to: str
    """The first day on which it is no longer in force."""
    revoked: bool
    """Whether it was revoked."""
    opened: str
    """The fact that registered it, as topic/stream/event_id."""


class RegisterRow(NamedTuple):
    decision_id: str
    number: str
    issuer: str
    signed_on: str
    kind: str
    title: str
    signer: str
    valid_from: str
    valid_to: str
    revoked: bool
    opened_by: str


REGISTER = Query(
    RegisterRow,
    f"""
SELECT d.decision_id, d.number, d.issuer, d.signed_on, d.kind, d.title, d.signer, d.valid_from, d.valid_to, d.revoked,
       d.opened_by
FROM decisions d WHERE {known_condition("d")} AND d.decision_id LIKE :id
AND (lower(d.number || ' ' || d.issuer || ' ' || d.title) LIKE :q
  OR d.number || ' ' || d.issuer || ' ' || d.title LIKE :written)
ORDER BY d.signed_on DESC, d.number, d.decision_id LIMIT :limit""",
)


def list_decisions(
    connection: Connection, when: AsOf, *, q: str = "", id_: str = "", limit: int = 200
) -> list[DecisionLine]:
    """Newest first. `q` matches as it is written, or in any case (on SQLite: of ASCII letters only)."""
    rows = REGISTER(
        connection, known=when.known_at, id=id_ or "%", q=f"%{q.lower()}%", written=f"%{q}%", limit=limit
    )
    return [
        DecisionLine(
            id=row.decision_id,
            number=row.number,
            issuer=row.issuer,
            signed_on=row.signed_on,
            kind=row.kind,
            title=row.title,
            signer=row.signer,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            revoked=row.revoked,
            opened=link("regulation", row.decision_id, row.opened_by),
        )
        for row in rows
    ]
