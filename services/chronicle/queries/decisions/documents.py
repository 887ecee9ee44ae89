"""The register of decision documents."""

from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, link
from shared.core.text import fold
from shared.database.sql import Query, contains, known_condition, optional, pattern


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
FROM decisions d WHERE {known_condition("d")} AND {optional("d.decision_id", "id")}
AND {contains("d.search", "q")}
ORDER BY CASE WHEN {contains("d.search", "number")} THEN 0 ELSE 1 END, d.signed_on DESC, d.number, d.decision_id LIMIT :limit OFFSET :first""",
)


def list_decisions(
    connection: Connection, when: AsOf, *, q: str = "", id_: str = "", first: int = 0, limit: int = 200
) -> list[DecisionLine]:
    """So many from the `first`-th on, newest first, those whose number is `q` before all others. `q` matches in any case, with or without marks."""
    words = fold(q)
    rows = REGISTER(
        connection,
        known=when.known_at,
        id=id_,
        q=pattern(words),
        number=pattern(f"{words} ", start=True),
        limit=limit,
        first=first,
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
