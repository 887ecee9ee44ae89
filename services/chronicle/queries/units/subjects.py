"""The streams of a unit and all below it: units, posts, their holders, planning lists."""

from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.common.subtree import SUBTREE_ON_DAY
from shared.database.sql import Query, as_of_condition

BELOW = f"""{SUBTREE_ON_DAY}, sub_posts(post_id) AS (
  SELECT p.post_id FROM sub CROSS JOIN posts p WHERE p.unit_id = sub.unit_id AND {as_of_condition("p")}
)"""
"""The unit and all below it on a day, and their posts."""


class StreamRow(NamedTuple):
    stream: str


CONCERNED = Query(
    StreamRow,
    f"""{BELOW}
SELECT unit_id AS stream FROM sub UNION SELECT post_id FROM sub_posts
UNION SELECT t.cadre_id FROM sub_posts CROSS JOIN tenures t WHERE t.post_id = sub_posts.post_id AND {as_of_condition("t")}
UNION SELECT l.list_id FROM sub CROSS JOIN planning_lists l WHERE l.owner_id = sub.unit_id AND {as_of_condition("l")}""",
)

_BELOW_OF = Query(StreamRow, f"{SUBTREE_ON_DAY} SELECT unit_id AS stream FROM sub")


def list_units_below(connection: Connection, unit: str, when: AsOf) -> set[str]:
    """Ids of a unit and of all below it on a day, as known at an instant; the unit itself in any case."""
    return {
        unit,
        *(row.stream for row in _BELOW_OF(connection, unit=unit, day=when.as_of, known=when.known_at)),
    }


def list_streams_of_unit(connection: Connection, unit: str, when: AsOf) -> set[str]:
    """The streams of all of them. Empty: there was no such unit."""
    rows = CONCERNED(connection, unit=unit, day=when.as_of, known=when.known_at)
    return {row.stream for row in rows}
