"""The units, posts and tenures that are secret now: whoever may not see them shall not learn that they are there."""

from typing import NamedTuple

from sqlalchemy import Connection

from shared.core.partial_dates import FOREVER
from shared.database.sql import BatchQuery, Query


class _IdRow(NamedTuple):
    id: str


_SECRET = Query(_IdRow, "SELECT DISTINCT s.subject AS id FROM secret_subjects s WHERE s.known_to = :now")
_UNITS_BELOW = BatchQuery(
    _IdRow, "SELECT DISTINCT u.unit_id AS id FROM units u WHERE u.parent_id IN :ids AND u.known_to = :now"
)
_POSTS_OF = BatchQuery(
    _IdRow, "SELECT DISTINCT p.post_id AS id FROM posts p WHERE p.unit_id IN :ids AND p.known_to = :now"
)
_TENURES_OF = BatchQuery(
    _IdRow, "SELECT DISTINCT t.tenure_id AS id FROM tenures t WHERE t.post_id IN :ids AND t.known_to = :now"
)


def find_secret_ids(connection: Connection) -> frozenset[str]:
    """Ids of what is secret as far as is known now, whenever the question is about: units with all that was ever below
    them, their posts, and the tenures in those."""
    found = {row.id for row in _SECRET(connection, now=FOREVER)}
    new = set(found)
    while new:
        below = {row.id for row in _UNITS_BELOW(connection, ids=sorted(new), now=FOREVER)}
        new = below - found
        found |= new
    found |= {row.id for row in _POSTS_OF(connection, ids=sorted(found), now=FOREVER)}
    return frozenset(found | {row.id for row in _TENURES_OF(connection, ids=sorted(found), now=FOREVER)})
