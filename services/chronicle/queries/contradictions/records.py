"""NATIONAL_ID_TWICE, CODE_TWICE, ENTRY_WITHOUT_PERSON and MERGED_RECORD_IN_USE: whose record it is."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from services.chronicle.queries.common.responses import link
from services.chronicle.queries.contradictions.candidates import Concern, Contradiction
from services.chronicle.queries.contradictions.kinds import ContradictionKind
from services.chronicle.queries.people.merged_files import MergedFiles, first_known
from shared.core.partial_dates import LAST_DAY, Instant
from shared.database.sql import BatchQuery, Query, known_condition


class _FileRow(NamedTuple):
    cadre_id: str
    shared: str
    valid_from: str
    opened_by: str


class _CodeRow(NamedTuple):
    scheme: str
    value: str
    what: str
    one: str
    other: str
    since: str
    other_since: str
    until: str
    other_until: str
    one_key: str
    other_key: str


class _EntryRow(NamedTuple):
    list_id: str
    entry_id: str
    cadre_id: str
    owner_id: str | None
    valid_from: str
    valid_to: str
    opened_by: str


class _UsedRow(NamedTuple):
    """Something that begins in a merged file; `what` is tenure, entry or rotation."""

    what: str
    topic: str
    stream: str
    key: str
    cadre_id: str
    valid_from: str
    opened_by: str
    first_known: str


SAME_IDENTITY = Query(
    _FileRow,
    f"""
SELECT c.cadre_id, c.identity AS shared, c.valid_from, c.opened_by FROM cadres c WHERE c.identity IN (
  SELECT d.identity FROM cadres d WHERE d.identity <> '' AND {known_condition("d")}
  GROUP BY d.identity HAVING min(d.cadre_id) < max(d.cadre_id))
AND {known_condition("c")} ORDER BY c.identity, c.cadre_id""",
)


def _shared(table: str) -> Query[_CodeRow]:
    """Pairs of things of one kind that certainly have one code of a scheme on the same day. Where neither code ends,
    they have one in the end, whenever each of them got it."""
    since = f"CASE WHEN {{0}}.certain_from < '{LAST_DAY}' THEN {{0}}.certain_from ELSE {{0}}.valid_from END"
    return Query(
        _CodeRow,
        f"""
SELECT a.scheme, a.value, a.what, a.subject AS one, b.subject AS other, {since.format("a")} AS since,
  {since.format("b")} AS other_since, a.certain_to AS until, b.certain_to AS other_until, a.key AS one_key,
  b.key AS other_key
FROM {table} a JOIN {table} b ON b.scheme = a.scheme AND b.value = a.value AND b.what = a.what
  AND b.subject > a.subject AND {known_condition("b")}
  AND ((b.certain_from < a.certain_to AND a.certain_from < b.certain_to AND b.certain_from < b.certain_to
      AND a.certain_from < a.certain_to)
    OR (a.certain_to = '{LAST_DAY}' AND b.certain_to = '{LAST_DAY}'))
WHERE substr(a.scheme, length(a.scheme) - 5) <> 'parent' AND {known_condition("a")}""",
    )


SHARED_CODES = {"organization": _shared("unit_codes"), "personnel": _shared("person_codes")}
"""By topic. A scheme `…:parent` names the unit above one by its code in the source, so that many units share it."""
ENTRIES_OF_NOBODY = Query(
    _EntryRow,
    f"""
SELECT e.list_id, e.entry_id, e.cadre_id, (SELECT min(l.owner_id) FROM planning_lists l WHERE l.list_id = e.list_id
  AND {known_condition("l")}) AS owner_id, e.valid_from, e.valid_to, e.opened_by
FROM planning_entries e WHERE {known_condition("e")} AND NOT EXISTS (
  SELECT 1 FROM cadres c WHERE c.cadre_id = e.cadre_id AND {known_condition("c")})""",
)


def _begun(table: str, what: str, topic: str, stream: str, id_: str) -> BatchQuery[_UsedRow]:
    stretch = " AND r.stretch = 0" if what == "tenure" else ""
    return BatchQuery(
        _UsedRow,
        f"""
SELECT '{what}' AS what, '{topic}' AS topic, r.{stream} AS stream, r.{id_} AS key, r.cadre_id, r.valid_from, r.opened_by,
  {first_known(table, topic, "r")} AS first_known FROM {table} r WHERE r.cadre_id IN :ids AND {known_condition("r")}{stretch}
ORDER BY r.cadre_id, r.{id_}""",
    )


BEGUN = [
    _begun("tenures", "tenure", "appointment", "cadre_id", "tenure_id"),
    _begun("planning_entries", "entry", "planning", "list_id", "entry_id"),
    _begun("rotations", "rotation", "rotation", "cadre_id", "move_id"),
]


def find_shared_identities(
    connection: Connection, known: Instant, files: MergedFiles
) -> Iterator[Contradiction]:
    """One national id in the files of several people."""
    by_identity: dict[str, list[_FileRow]] = defaultdict(list)
    for row in SAME_IDENTITY(connection, known=known):
        by_identity[row.shared].append(row)
    for rows in by_identity.values():
        people = dict.fromkeys(files.person(row.cadre_id) for row in rows)
        if len(people) > 1:
            yield Contradiction(
                ContradictionKind.NATIONAL_ID_TWICE,
                sorted(row.valid_from for row in rows)[1],
                LAST_DAY,
                tuple(Concern("cadre", person) for person in people),
                tuple(link("personnel", row.cadre_id, row.opened_by) for row in rows),
            )


def find_shared_codes(connection: Connection, known: Instant, files: MergedFiles) -> Iterator[Contradiction]:
    """One code of a scheme for two units, posts or cadres at the same time."""
    for topic, query in SHARED_CODES.items():
        for pair in query(connection, known=known):
            is_cadre = pair.what == "cadre"
            one, other = (files.person(each) if is_cadre else each for each in (pair.one, pair.other))
            if one == other:
                continue
            yield Contradiction(
                ContradictionKind.CODE_TWICE,
                max(pair.since, pair.other_since),
                min(pair.until, pair.other_until),
                (
                    Concern("code", f"{pair.scheme}:{pair.value}"),
                    Concern(pair.what, one),
                    Concern(pair.what, other),
                ),
                tuple(
                    link(topic, subject, key.rpartition("\t")[2])
                    for subject, key in ((pair.one, pair.one_key), (pair.other, pair.other_key))
                ),
                (one, other) if pair.what == "unit" else (),
            )


def find_entries_of_nobody(connection: Connection, known: Instant, _: MergedFiles) -> Iterator[Contradiction]:
    """A planning entry of a cadre who is not on file."""
    for row in ENTRIES_OF_NOBODY(connection, known=known):
        yield Contradiction(
            ContradictionKind.ENTRY_WITHOUT_PERSON,
            row.valid_from,
            row.valid_to,
            (Concern("cadre", row.cadre_id), Concern("entry", row.entry_id)),
            (link("planning", row.list_id, row.opened_by),),
            (row.owner_id,) if row.owner_id else (),
        )


def find_used_merged_files(
    connection: Connection, known: Instant, files: MergedFiles
) -> Iterator[Contradiction]:
    """What certainly begins in a file on or after the day it was merged, and was recorded after the merger; and a file
    that was merged into two. What was recorded before the merger is read through the file that is kept."""
    mergers: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
    for row in files.mergers:
        mergers[row.merged_id].append((row.cadre_id, row.opened_by, row.certain_from, row.first_known))
    for merged, into in mergers.items():
        kept = dict.fromkeys(each[0] for each in into)
        if len(kept) > 1:
            yield Contradiction(
                ContradictionKind.MERGED_RECORD_IN_USE,
                max(each[2] for each in into),
                LAST_DAY,
                (Concern("cadre", merged), *(Concern("cadre", file) for file in kept)),
                tuple(link("personnel", file, event) for file, event, _, _ in into),
            )
    yield from _find_circles_of_mergers(mergers)
    for query in BEGUN:
        for used in query(connection, ids=list(mergers), known=known):
            kept_file, event, merged_on, merged_known = mergers[used.cadre_id][0]
            if used.valid_from >= merged_on and used.first_known > merged_known:
                yield Contradiction(
                    ContradictionKind.MERGED_RECORD_IN_USE,
                    used.valid_from,
                    LAST_DAY,
                    (
                        Concern("cadre", used.cadre_id),
                        Concern("cadre", kept_file),
                        Concern(used.what, used.key),
                    ),
                    (
                        link(used.topic, used.stream, used.opened_by),
                        link("personnel", kept_file, event),
                    ),
                )


def _find_circles_of_mergers(
    mergers: Mapping[str, list[tuple[str, str, str, str]]],
) -> Iterator[Contradiction]:
    """Files of which each was merged into the next, and the last into the first: none of them is kept."""
    done: set[str] = set()
    for start in sorted(mergers):
        path = [start]
        while path[-1] in mergers and (kept := mergers[path[-1]][0][0]) not in path and kept not in done:
            path.append(kept)
        done.update(path)
        last = mergers[path[-1]][0][0] if path[-1] in mergers else ""
        if last not in path:
            continue
        circle = path[path.index(last) :]
        first = circle.index(min(circle))
        circle = circle[first:] + circle[:first]
        yield Contradiction(
            ContradictionKind.MERGED_RECORD_IN_USE,
            max(mergers[file][0][2] for file in circle),
            LAST_DAY,
            tuple(Concern("cadre", file) for file in circle),
            tuple(link("personnel", *mergers[file][0][:2]) for file in circle),
        )
