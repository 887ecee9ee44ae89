"""What stands on a cadre's file: facts that a correction of it would leave without a person, or out of service, and the
other files that have a code or a national id which it brings back."""

from collections.abc import Iterator

from services.chronicle.rows import (
    AWAY,
    CADRES,
    KINSHIP,
    MERGED_RECORDS,
    PERSON_CODES,
    PLANNING_ENTRIES,
    ROTATIONS,
    TENURES,
    AwayRow,
    find_giver,
    find_new_others,
)
from shared.core.follow_ups import Stranded, StreamChange


def find_stranded(change: StreamChange) -> Iterator[Stranded]:
    """What is recorded about a cadre who is no longer on file: tenures, moves, planning entries, evaluations, mergers
    with other files. Tenures that begin out of service."""
    cadre, rows = change.stream, change.after
    if change.before.rows(CADRES, cadre_id=cadre) and not rows.rows(CADRES, cadre_id=cadre):
        for tenure in rows.rows(TENURES, cadre_id=cadre):
            if tenure.stretch == 0:
                yield Stranded("appointment", cadre, tenure.opened_by)
        for move in rows.rows(ROTATIONS, cadre_id=cadre):
            yield Stranded("rotation", cadre, move.opened_by)
        for entry in rows.rows(PLANNING_ENTRIES, cadre_id=cadre):
            yield Stranded("planning", entry.list_id, entry.opened_by)
        for evaluation in change.load_stream("evaluation", cadre):
            yield Stranded("evaluation", cadre, evaluation.event_id)
        for merger in rows.rows(MERGED_RECORDS, merged_id=cadre):
            yield Stranded("personnel", merger.cadre_id, merger.opened_by)
        for relative in rows.rows(KINSHIP, relative_id=cadre):
            yield Stranded("personnel", relative.cadre_id, relative.opened_by, "")
        return
    yield from _of_another(change)
    before, after = change.before.rows(AWAY, cadre_id=cadre), rows.rows(AWAY, cadre_id=cadre)
    if before == after:
        return
    for tenure in rows.rows(TENURES, cadre_id=cadre):
        first, last = tenure.valid_from, tenure.certain_from
        if tenure.stretch == 0 and _away(after, first, last) and not _away(before, first, last):
            yield Stranded("appointment", cadre, tenure.opened_by, "")


def _of_another(change: StreamChange) -> Iterator[Stranded]:
    """The facts that gave another cadre the national id or a code which this one would have again."""
    cadre, rows = change.stream, change.after
    merged = {row.merged_id for row in rows.rows(MERGED_RECORDS, cadre_id=cadre)}
    own = {row.identity for row in rows.rows(CADRES, cadre_id=cadre)}
    for identity in sorted(own - {"", *(row.identity for row in change.before.rows(CADRES, cadre_id=cadre))}):
        for row in rows.rows(CADRES, identity=identity):
            if row.cadre_id not in (cadre, *merged):
                yield Stranded("personnel", row.cadre_id, row.opened_by, "")
    for code, other in find_new_others(
        change.before.rows(PERSON_CODES, subject=cadre),
        rows.rows(PERSON_CODES, subject=cadre),
        lambda scheme, value: rows.rows(PERSON_CODES, scheme=scheme, value=value),
    ):
        if other not in merged:
            giver = find_giver(change.load_stream("personnel", other), code)
            yield Stranded("personnel", other, giver, "")


def _away(periods: list[AwayRow], first: str, last: str) -> bool:
    """Whether the cadre is out of service on every day from the first to the last."""
    return any(row.certain_from <= first and last < row.valid_to for row in periods)
