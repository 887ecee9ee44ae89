"""Finding units, posts and people by words without marks."""

from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf
from shared.core.text import fold
from shared.database.sql import Query, contains, known_condition, pattern


class Hit(msgspec.Struct, frozen=True):
    """A cadre, a unit or a post: its name, the title or unit that tells it apart, and its time."""

    kind: str
    """cadre, unit or post."""
    id: str
    """Its id."""
    name: str
    """Its name or title."""
    detail: str
    """What tells it apart: its unit or title, in words."""
    valid_from: str
    """First day."""
    valid_to: str
    """First day after."""


MAX_HITS = 2**31 - 1
"""As good as all."""


class HitRow(NamedTuple):
    kind: str
    id: str
    name: str
    detail: str
    valid_from: str
    valid_to: str


_UNITS = Query(
    HitRow,
    f"""
SELECT 'unit' AS kind, u.unit_id AS id, u.name, coalesce(max(p.name), '') AS detail, min(u.valid_from) AS valid_from,
       max(u.valid_to) AS valid_to
FROM units u LEFT JOIN units p ON p.unit_id = u.parent_id AND {known_condition("p")} AND p.valid_from <= u.valid_from
  AND p.valid_to > u.valid_from
WHERE {known_condition("u")} AND {contains("u.search", "q")} GROUP BY u.unit_id, u.name
ORDER BY min(CASE u.search WHEN :words THEN 0 ELSE 1 END), max(u.valid_to) DESC, length(u.name), u.name, u.unit_id LIMIT :limit""",
)
_CADRES = Query(
    HitRow,
    f"""
SELECT 'cadre' AS kind, c.cadre_id AS id, c.name, coalesce((SELECT max(p.title) FROM tenures t JOIN posts p
  ON p.post_id = t.post_id AND {known_condition("p")} WHERE t.cadre_id = c.cadre_id AND {known_condition("t")}
  AND t.valid_to = (SELECT max(s.valid_to) FROM tenures s WHERE s.cadre_id = c.cadre_id AND {known_condition("s")})), '')
  AS detail, c.valid_from, c.valid_to
FROM cadres c WHERE {known_condition("c")} AND {contains("c.search", "q")}
ORDER BY CASE c.search WHEN :words THEN 0 ELSE 1 END, c.name_key, c.cadre_id LIMIT :limit""",
)
_POSTS = Query(
    HitRow,
    f"""
SELECT 'post' AS kind, p.post_id AS id, p.title AS name, coalesce(max(u.name), '') AS detail,
       min(p.valid_from) AS valid_from, max(p.valid_to) AS valid_to
FROM posts p LEFT JOIN units u ON u.unit_id = p.unit_id AND {known_condition("u")} AND u.valid_from <= p.valid_from
  AND u.valid_to > p.valid_from
WHERE {known_condition("p")} AND ({contains("p.search", "q")} OR {contains("p.search || ' ' || coalesce(u.search, '')", "q")})
GROUP BY p.post_id, p.title ORDER BY min(CASE p.search WHEN :words THEN 0 ELSE 1 END), max(p.valid_to) DESC, length(p.title), p.title, p.post_id LIMIT :limit""",
)


def search(
    connection: Connection, q: str, when: AsOf, most: int | None = 20, upto: int = MAX_HITS
) -> list[Hit]:
    """People first, then units, then posts, each with exact matches first; ended ones too, with their dates. At most so
    many of each, and the first `upto` of all."""
    words, hits = fold(q), list[Hit]()
    for query in (_CADRES, _UNITS, _POSTS) if words else ():
        limit = min(most or MAX_HITS, upto - len(hits))
        if limit > 0:
            rows = query(connection, q=pattern(words), words=words, known=when.known_at, limit=limit)
            hits += [Hit(*row) for row in rows]
    return hits
