"""What is secret now: whoever may not see it shall not learn that it is there."""

from collections import Counter
from typing import NamedTuple

from sqlalchemy import Connection

from shared.core.partial_dates import FOREVER
from shared.database.sql import BatchQuery, Query
from shared.http.token_classes import SecretIds


class _IdRow(NamedTuple):
    id: str


class _FactRow(NamedTuple):
    event_id: str
    stream: str
    subject: str


_TOPICS = ("personnel", "planning", "rotation", "appointment", "evaluation", "regulation")
_SECRET = Query(_IdRow, "SELECT DISTINCT s.subject AS id FROM secret_subjects s WHERE s.known_to = :now")
_FACTS = Query(
    _FactRow,
    " UNION ALL ".join(
        f"SELECT s.event_id, s.stream, s.subject FROM secret_facts_{topic} s WHERE s.known_to = :now"
        for topic in _TOPICS
    ),
)
_BEGUN = [
    BatchQuery(
        _IdRow, f"SELECT r.{column} AS id FROM {table} r WHERE r.opened_by IN :ids AND r.known_to = :now"
    )
    for table, column in (
        ("tenures", "tenure_id"),
        ("planning_entries", "entry_id"),
        ("rotations", "move_id"),
    )
]
_UNITS_BELOW = BatchQuery(
    _IdRow, "SELECT DISTINCT u.unit_id AS id FROM units u WHERE u.parent_id IN :ids AND u.known_to = :now"
)
_POSTS_OF = BatchQuery(
    _IdRow, "SELECT DISTINCT p.post_id AS id FROM posts p WHERE p.unit_id IN :ids AND p.known_to = :now"
)
_TENURES_OF = BatchQuery(
    _IdRow, "SELECT DISTINCT t.tenure_id AS id FROM tenures t WHERE t.post_id IN :ids AND t.known_to = :now"
)


def find_secret_ids(connection: Connection) -> SecretIds:
    """Ids of what is secret as far as is known now, whenever the question is about: units with all that was ever below
    them, their posts, and the tenures in those; and facts of other services, with what they begin."""
    found = {row.id for row in _SECRET(connection, now=FOREVER)}
    new = set(found)
    while new:
        below = {row.id for row in _UNITS_BELOW(connection, ids=sorted(new), now=FOREVER)}
        new = below - found
        found |= new
    found |= {row.id for row in _POSTS_OF(connection, ids=sorted(found), now=FOREVER)}
    found |= {row.id for row in _TENURES_OF(connection, ids=sorted(found), now=FOREVER)}
    facts = _FACTS(connection, now=FOREVER)
    events = {row.event_id for row in facts}
    begun = {row.id for query in _BEGUN for row in query(connection, ids=sorted(events), now=FOREVER)}
    found |= {row.subject for row in facts if row.subject}
    withheld = Counter(row.stream for row in facts if row.stream not in found)
    return SecretIds(frozenset(found | events | begun), withheld)
