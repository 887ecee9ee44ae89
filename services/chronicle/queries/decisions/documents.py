"""The register of decision documents."""

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, link
from shared.database.sql import Statement, known_condition


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


REGISTER = Statement(f"""
SELECT d.decision_id, d.number, d.issuer, d.signed_on, d.kind, d.title, d.signer, d.valid_from, d.valid_to, d.revoked,
       d.opened_by
FROM decisions d WHERE {known_condition("d")} AND d.decision_id LIKE :id
AND (lower(d.number || ' ' || d.issuer || ' ' || d.title) LIKE :q
  OR d.number || ' ' || d.issuer || ' ' || d.title LIKE :written)
ORDER BY d.signed_on DESC, d.number, d.decision_id LIMIT :limit""")


def register(
    connection: Connection, when: AsOf, *, q: str = "", id_: str = "", limit: int = 200
) -> list[DecisionLine]:
    """Newest first; found as it is written, or whatever the case (SQLite knows that of ASCII letters only)."""
    rows = REGISTER(
        connection, known=when.known_at, id=id_ or "%", q=f"%{q.lower()}%", written=f"%{q}%", limit=limit
    )
    names = DecisionLine.__struct_fields__
    return [
        DecisionLine(
            **{**dict(zip(names, row[:9], strict=False)), "revoked": bool(row[9])},
            opened=link("regulation", row[0], row[10]),
        )
        for row in rows
    ]
