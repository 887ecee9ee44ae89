"""What stands on a unit or a post: facts that a correction of it would leave without ground, units that it would put
above themselves, and others that have a code which it brings back."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from services.chronicle.rows import (
    EDGES,
    PLANNING_ENTRIES,
    PLANNING_LISTS,
    POSTS,
    ROTATIONS,
    TENURES,
    UNIT_CODES,
    UNITS,
    PostRow,
    UnitRow,
    find_giver,
    find_new_others,
)
from services.organization.events import ReorganisationExecuted, UnitDissolved, UnitEstablished
from shared.core.decider import ReadModel
from shared.core.facts import Corrected
from shared.core.follow_ups import Stranded, StreamChange
from shared.core.partial_dates import Day
from shared.core.projection import Row

Exists = Callable[[Day, Day], bool]
"""Whether a thing exists on some day from the first to the last."""


def find_stranded(change: StreamChange) -> Iterator[Stranded]:
    """Posts, tenures, moves, planning lists and entries that begin where the unit or the post is no longer, child
    units, evaluations and reorganisations of a unit; and what happened by a reorganisation that is no longer."""
    stream = change.stream
    if isinstance(change.target.fact, ReorganisationExecuted | Corrected):
        yield from _by_reorganisation(change)
    yield from _without_unit(
        change, change.before.rows(UNITS, unit_id=stream), change.after.rows(UNITS, unit_id=stream)
    )
    yield from _without_post(
        change, change.before.rows(POSTS, post_id=stream), change.after.rows(POSTS, post_id=stream)
    )
    closing = find_circle(stream, change.after)
    if closing and not find_circle(stream, change.before):
        yield Stranded("organization", closing.unit_id, closing.opened_by, "")
    for code, other in find_new_others(
        change.before.rows(UNIT_CODES, subject=stream),
        change.after.rows(UNIT_CODES, subject=stream),
        lambda scheme, value: change.after.rows(UNIT_CODES, scheme=scheme, value=value),
    ):
        giver = find_giver(change.load_stream("organization", other), code)
        yield Stranded("organization", other, giver, "")


def _lost(before: Sequence[Row], after: Sequence[Row]) -> Exists:
    """Whether something that begins between two days had its ground before and has none now."""

    def lost(first: Day, last: Day) -> bool:
        return _exists(before, first, last) and not _exists(after, first, last)

    return lost


def _exists(versions: Sequence[Row], first: Day, last: Day) -> bool:
    return any(row.valid_from <= last and first < row.valid_to for row in versions)


def _without_unit(
    change: StreamChange, before: Sequence[UnitRow], after: Sequence[UnitRow]
) -> Iterator[Stranded]:
    if before == after or not before:
        return
    lost, gone, rows, unit = _lost(before, after), not after, change.after, change.stream
    for child in rows.rows(UNITS, parent_id=unit):
        begins = max(child.valid_from, min(row.valid_from for row in before))
        if gone or (lost(begins, begins) and child.opening in ("established", "reparented", "baseline")):
            yield Stranded("organization", child.unit_id, child.opened_by, "")
    posts = {post.post_id: post for post in reversed(rows.rows(POSTS, unit_id=unit))}
    for post in posts.values():
        if gone or lost(post.valid_from, post.certain_from):
            yield Stranded("organization", post.post_id, post.opened_by, "VOID" if gone else "")
        elif not gone:
            yield from _held(change, post.post_id, lost)
    for list_ in rows.rows(PLANNING_LISTS, owner_id=unit):
        if gone:
            yield Stranded("planning", list_.list_id, list_.opened_by)
    for entry in rows.rows(PLANNING_ENTRIES, title_unit=unit):
        if gone:
            yield Stranded("planning", entry.list_id, entry.opened_by)
    if gone:
        for evaluation in change.load_stream("evaluation", unit):
            yield Stranded("evaluation", unit, evaluation.event_id)
        for edge in (*rows.rows(EDGES, source_id=unit), *rows.rows(EDGES, target_id=unit)):
            yield Stranded("organization", edge.reorganisation, edge.opened_by, "")


def _by_reorganisation(change: StreamChange) -> Iterator[Stranded]:
    """The units and posts that ended by it, and the units that it made."""
    reorganisation = change.stream
    before = change.before.rows(EDGES, reorganisation=reorganisation)
    if not before or change.after.rows(EDGES, reorganisation=reorganisation):
        return
    for unit in sorted({id_ for edge in before for id_ in (edge.source_id, edge.target_id)}):
        for event in change.load_stream("organization", unit):
            fact = event.fact
            if isinstance(fact, UnitDissolved | UnitEstablished) and fact.reorganisation == reorganisation:
                yield Stranded("organization", unit, event.event_id)
        for post in change.after.rows(POSTS, unit_id=unit):
            if post.closing_reorganisation == reorganisation:
                yield Stranded("organization", post.post_id, post.closed_by)


def find_circle(unit: str, model: ReadModel) -> UnitRow | None:
    """The version of a unit that is under this one while it is certainly above it; None where there is no circle."""
    own = model.rows(UNITS, unit_id=unit)
    waiting = [(row.parent_id, row.certain_from, row.certain_to) for row in own if row.parent_id]
    seen = set(waiting)
    while waiting:
        above, since, until = waiting.pop()
        for row in model.rows(UNITS, unit_id=above):
            step = (row.parent_id, max(since, row.certain_from), min(until, row.certain_to))
            if not row.parent_id or step[1] >= step[2] or step in seen:
                continue
            if row.parent_id == unit:
                return row
            seen.add(step)
            waiting.append(step)
    return None


def _without_post(
    change: StreamChange, before: Sequence[PostRow], after: Sequence[PostRow]
) -> Iterator[Stranded]:
    if before == after or not before:
        return
    gone = not after
    yield from _held(change, change.stream, _lost(before, after), gone)
    for entry in change.after.rows(PLANNING_ENTRIES, post_id=change.stream):
        if gone:
            yield Stranded("planning", entry.list_id, entry.opened_by)


def _held(change: StreamChange, post: str, lost: Exists, gone: bool = False) -> Iterator[Stranded]:
    """Tenures in a post, and moves to it."""
    correction: Literal["VOID", ""] = "VOID" if gone else ""
    for tenure in change.after.rows(TENURES, post_id=post):
        if tenure.stretch == 0 and (gone or lost(tenure.valid_from, tenure.certain_from)):
            yield Stranded("appointment", tenure.cadre_id, tenure.opened_by, correction)
    for move in change.after.rows(ROTATIONS, to_post=post):
        if gone or lost(move.valid_from, move.certain_from):
            yield Stranded("rotation", move.cadre_id, move.opened_by, correction)
