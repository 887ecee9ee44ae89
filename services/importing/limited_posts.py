"""Posts that refuse holders beyond their seats, because they or their unit say so: also imports heed it.

Which terms are refused does not depend on the order of parts: those that begin first have the seats. What was recorded
before somebody last said something about the post stays as it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.chronicle.queries.people.merged_files import MergedFiles
from services.importing.batches import SetAsideLine
from services.importing.csv_reader import CsvLine
from shared.core.partial_dates import BY_NOW, Day
from shared.database.sql import BatchQuery, known_condition
from shared.runtime.ledger import Ledger


class Stretch(NamedTuple):
    """The half-open time [since, until) in which a post has so many seats and no more holders."""

    since: Day
    until: Day
    seats: int


class Held(NamedTuple):
    """The half-open time [since, until) in which a person certainly has a seat."""

    person: str
    since: Day
    until: Day


@dataclass(slots=True)
class LimitedPost:
    """A post that refuses more holders, and who has its seats as far as is recorded."""

    stretches: list[Stretch] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    """By others than the source."""
    recorded: dict[str, tuple[Day, Day]] = field(default_factory=dict)
    """By tenure id: the days recorded of terms of the source, of which some may have been told by others since."""
    earlier: set[str] = field(default_factory=set)
    """The tenure ids of these that were recorded before somebody last said something about the post."""


@dataclass(slots=True)
class LimitedPosts:
    """All posts of a source that refuse more holders. `merged` gives the file that is kept, of merged ones."""

    posts: dict[str, LimitedPost] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)


class HeldTerm(NamedTuple):
    """A line of a term with the days that are certain of it."""

    first: Day
    code: str
    tenure: str
    person: str
    until: Day
    line: CsvLine


class _PostRow(NamedTuple):
    post_id: str
    unit_id: str
    seats: int
    valid_from: Day
    valid_to: Day


class _TenureRow(NamedTuple):
    post_id: str
    tenure_id: str
    cadre_id: str
    certain_from: Day
    certain_to: Day


_POSTS = BatchQuery(
    _PostRow,
    f"""
SELECT p.post_id, p.unit_id, p.seats,
  CASE WHEN p.refuse_excess OR u.valid_from < p.valid_from THEN p.valid_from ELSE u.valid_from END AS valid_from,
  CASE WHEN p.refuse_excess OR u.valid_to > p.valid_to THEN p.valid_to ELSE u.valid_to END AS valid_to
FROM posts p LEFT JOIN units u ON u.unit_id = p.unit_id AND u.refuse_excess AND u.valid_from < p.valid_to
  AND p.valid_from < u.valid_to AND {known_condition("u")}
WHERE p.post_id IN :ids AND p.seats > 0 AND (p.refuse_excess OR u.unit_id IS NOT NULL) AND {known_condition("p")}""",  # noqa: S608
)
_TENURES = BatchQuery(
    _TenureRow,
    f"SELECT t.post_id, t.tenure_id, t.cadre_id, t.certain_from, t.certain_to FROM tenures t "  # noqa: S608
    f"WHERE t.post_id IN :ids AND t.certain_from < t.certain_to AND {known_condition('t')}",
)


def find_limited_posts(
    ledger: Ledger, actor: str, posts: Iterable[str], tenures: Mapping[str, bool]
) -> LimitedPosts:
    """Those of the posts that refuse more holders. `tenures`: all ids of the source, and whether its line is the same
    as when it was recorded."""
    found = LimitedPosts()
    with ledger.tables.engine.connect() as connection:
        rows = _POSTS(connection, ids=sorted(posts), known=BY_NOW)
        if not rows:
            return found
        held = _TENURES(connection, ids=sorted({row.post_id for row in rows}), known=BY_NOW)
        files = MergedFiles(connection, BY_NOW)
    found.merged = {file: files.person(file) for file in files.merged_files}
    units: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        post = found.posts.setdefault(row.post_id, LimitedPost())
        post.stretches.append(Stretch(row.valid_from, row.valid_to, row.seats))
        units[row.post_id].add(row.unit_id)
    own: dict[str, list[_TenureRow]] = defaultdict(list)
    for tenure in held:
        days = tenure.certain_from, tenure.certain_to
        if tenure.tenure_id not in tenures:
            person = found.merged.get(tenure.cadre_id, tenure.cadre_id)
            found.posts[tenure.post_id].held.append(Held(person, *days))
        elif tenures[tenure.tenure_id]:
            found.posts[tenure.post_id].recorded[tenure.tenure_id] = days
            own[tenure.post_id].append(tenure)
    for post_id, of_post in own.items():
        last = _last_word(ledger, actor, (post_id, *units[post_id]))
        first = _first_words(ledger, {tenure.cadre_id for tenure in of_post})
        found.posts[post_id].earlier = {
            tenure.tenure_id for tenure in of_post if first.get(tenure.tenure_id, last) < last
        }
    return found


def _last_word(ledger: Ledger, actor: str, streams: Iterable[str]) -> str:
    """When somebody else than the import recorded the last fact of these posts and units; empty: never."""
    histories = ledger.logs["organization"].load_streams(sorted(set(filter(None, streams))))
    return max(
        (e.recorded_at for events in histories.values() for e in events if e.actor != actor), default=""
    )


def _first_words(ledger: Ledger, cadres: Iterable[str]) -> dict[str, str]:
    """By tenure id: when its first fact was recorded."""
    first: dict[str, str] = {}
    for events in ledger.logs["appointment"].load_streams(sorted(cadres)).values():
        for event in events:
            if tenure := getattr(event.fact, "tenure", ""):
                first[tenure] = min(first.get(tenure, event.recorded_at), event.recorded_at)
    return first


def refuse_excess(limited: LimitedPosts, post_id: str, terms: Sequence[HeldTerm]) -> list[SetAsideLine]:
    """The lines of terms for which a post has no free seat: those that begin first have it."""
    post = limited.posts[post_id]
    refused, taken = [], list[Held]()
    for term in sorted(terms, key=lambda term: (term.tenure not in post.earlier, term[:2])):
        since, until = post.recorded.get(term.tenure, (term.first, term.until))
        own = Held(
            limited.merged.get(term.person, term.person), max(since, term.first), min(until, term.until)
        )
        if own.since >= own.until:
            continue
        others = taken if term.tenure in post.recorded else [*taken, *post.held]
        full = None if term.tenure in post.earlier else _find_full(post.stretches, own, others)
        if full is None:
            taken.append(own)
        else:
            refused.append(_refuse(term.line, *full))
    return refused


def _find_full(stretches: Iterable[Stretch], own: Held, others: Sequence[Held]) -> tuple[Day, int] | None:
    """A day on which all seats are taken by others, and how many there are."""
    for stretch in stretches:
        first, end = max(own.since, stretch.since), min(own.until, stretch.until)
        beside = [each for each in others if each.person != own.person and each.until > first]
        for day in sorted({first, *(each.since for each in beside if first < each.since)}):
            if day >= end:
                break
            holders = {each.person for each in beside if each.since <= day < each.until}
            if len(holders) >= stretch.seats:
                return day, stretch.seats
    return None


def _refuse(line: CsvLine, day: Day, seats: int) -> SetAsideLine:
    post = line.get("post_id")
    return line.set_aside(
        "post_id",
        "SeatsTaken",
        f"others hold all {seats} seats of {post} on {day}, and it refuses more holders",
        "correct the dates or the post; or let the post or its unit have more seats, or no longer refuse",
        f"ngày {day} người khác đã giữ đủ {seats} ghế của {post}, và chức vụ này không nhận thêm",
        "hãy sửa ngày hoặc chức vụ; hoặc cho chức vụ thêm ghế, hoặc cho phép vượt số ghế",
    )
