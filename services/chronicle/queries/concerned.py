"""Whom and what a unit and all below it are about: units, posts, those who hold them, planning lists."""

from sqlalchemy import Connection

from services.chronicle.queries.answers import When
from shared.sql import Statement, as_of

BELOW = f"""
WITH RECURSIVE sub(unit_id) AS (
  SELECT r.unit_id FROM units r WHERE r.unit_id = :unit AND {as_of("r")}
  UNION SELECT u.unit_id FROM sub JOIN units u ON u.parent_id = sub.unit_id WHERE {as_of("u")}
), seat(post_id) AS (
  SELECT p.post_id FROM sub CROSS JOIN posts p WHERE p.unit_id = sub.unit_id AND {as_of("p")}
)"""
"""The unit and all below it on a day, and their posts."""

_CONCERNED = Statement(f"""{BELOW}
SELECT unit_id FROM sub UNION SELECT post_id FROM seat
UNION SELECT t.cadre_id FROM seat CROSS JOIN tenures t WHERE t.post_id = seat.post_id AND {as_of("t")}
UNION SELECT l.list_id FROM sub CROSS JOIN planning_lists l WHERE l.owner_id = sub.unit_id AND {as_of("l")}""")


def concerned(connection: Connection, unit: str, when: When) -> set[str]:
    """The streams of all of them. Empty: there was no such unit."""
    rows = _CONCERNED(connection, unit=unit, day=when.as_of, known=when.known_at)
    return {row[0] for row in rows}
