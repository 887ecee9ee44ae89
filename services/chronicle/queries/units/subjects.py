"""Whom and what a unit and all below it are about: units, posts, those who hold them, planning lists."""

from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf
from shared.database.sql import Statement, as_of_condition

BELOW = f"""
WITH RECURSIVE sub(unit_id) AS (
  SELECT r.unit_id FROM units r WHERE r.unit_id = :unit AND {as_of_condition("r")}
  UNION SELECT u.unit_id FROM sub JOIN units u ON u.parent_id = sub.unit_id WHERE {as_of_condition("u")}
), seat(post_id) AS (
  SELECT p.post_id FROM sub CROSS JOIN posts p WHERE p.unit_id = sub.unit_id AND {as_of_condition("p")}
)"""
"""The unit and all below it on a day, and their posts."""

_CONCERNED = Statement(f"""{BELOW}
SELECT unit_id FROM sub UNION SELECT post_id FROM seat
UNION SELECT t.cadre_id FROM seat CROSS JOIN tenures t WHERE t.post_id = seat.post_id AND {as_of_condition("t")}
UNION SELECT l.list_id FROM sub CROSS JOIN planning_lists l WHERE l.owner_id = sub.unit_id AND {as_of_condition("l")}""")


def concerned(connection: Connection, unit: str, when: AsOf) -> set[str]:
    """The streams of all of them. Empty: there was no such unit."""
    rows = _CONCERNED(connection, unit=unit, day=when.as_of, known=when.known_at)
    return {row[0] for row in rows}
