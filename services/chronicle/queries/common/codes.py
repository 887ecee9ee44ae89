"""What schemes call people, units and posts: the codes of a thing, and the things of a code."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf
from services.chronicle.queries.common.search import Hit, HitRow
from shared.database.sql import BatchQuery, Query, known_condition


class SchemeCodeRow(NamedTuple):
    id: str
    scheme: str
    value: str


_CODES = [
    BatchQuery(
        SchemeCodeRow,
        f"""
SELECT DISTINCT k.subject AS id, k.scheme, k.value FROM {table} k WHERE k.subject IN :ids AND {known_condition("k")}
ORDER BY k.subject, k.scheme, k.value""",
    )
    for table in ("person_codes", "unit_codes")
]


def _by_code(kind: str, rows: str, id_column: str, name: str, codes: str) -> Query[HitRow]:
    return Query(
        HitRow,
        f"""
SELECT '{kind}' AS kind, r.{id_column} AS id, max(r.{name}) AS name, '' AS detail, min(r.valid_from) AS valid_from,
       max(r.valid_to) AS valid_to
FROM {rows} r WHERE {known_condition("r")} AND (r.{id_column} = :text OR r.{id_column} IN (
  SELECT k.subject FROM {codes} k WHERE k.value = :text AND {known_condition("k")}))
GROUP BY r.{id_column} ORDER BY r.{id_column} LIMIT :limit""",
    )


_BY_CODE = (
    _by_code("cadre", "cadres", "cadre_id", "name", "person_codes"),
    _by_code("unit", "units", "unit_id", "name", "unit_codes"),
    _by_code("post", "posts", "post_id", "title", "unit_codes"),
)


def list_codes(connection: Connection, ids: Sequence[str], when: AsOf) -> dict[str, list[tuple[str, str]]]:
    """(scheme, code) of each of these things, as known at an instant."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for query in _CODES:
        for row in query(connection, ids=list(ids), known=when.known_at):
            found[row.id].append((row.scheme, row.value))
    return found


def find_by_code(connection: Connection, text: str, when: AsOf, limit: int) -> list[Hit]:
    """People, units and posts with exactly this code in any scheme, or with this id."""
    if not text:
        return []
    return [
        Hit(*row)
        for query in _BY_CODE
        for row in query(connection, text=text, known=when.known_at, limit=limit)
    ]
