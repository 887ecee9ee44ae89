"""Everything that contradicts itself as known at an instant, over all days."""

from collections.abc import Callable, Iterable

from sqlalchemy import Connection

from services.chronicle.queries.contradictions.candidates import Found
from services.chronicle.queries.contradictions.holders import (
    find_holders_of_ended,
    find_holders_of_missing,
    find_holders_out_of_service,
)
from services.chronicle.queries.contradictions.kinds import ContradictionKind as Kind
from services.chronicle.queries.contradictions.moves import (
    find_moves_without_tenure,
    find_tenures_without_move,
)
from services.chronicle.queries.contradictions.records import (
    find_entries_of_nobody,
    find_shared_codes,
    find_shared_identities,
    find_used_merged_files,
)
from services.chronicle.queries.contradictions.tenures import (
    find_exceeded_seats,
    find_shared_tenure_ids,
    find_tenure_overlaps,
)
from services.chronicle.queries.contradictions.units import (
    find_impossible_lineage,
    find_missing_parents,
    find_posts_without_unit,
    find_unit_circles,
)
from services.chronicle.queries.people.merged_files import MergedFiles
from shared.core.partial_dates import Instant

Detector = Callable[[Connection, Instant, MergedFiles], Iterable[Found]]
DETECTORS: tuple[tuple[frozenset[Kind], Detector], ...] = (
    (frozenset({Kind.TWO_PRIMARY, Kind.SAME_POST_TWICE}), find_tenure_overlaps),
    (frozenset({Kind.SEATS_EXCEEDED}), find_exceeded_seats),
    (frozenset({Kind.TENURE_ID_TWICE}), find_shared_tenure_ids),
    (frozenset({Kind.HOLDER_IN_DISSOLVED_UNIT, Kind.HOLDER_IN_ABOLISHED_POST}), find_holders_of_ended),
    (frozenset({Kind.HOLDER_AFTER_SERVICE}), find_holders_out_of_service),
    (frozenset({Kind.HOLDER_OF_VOIDED}), find_holders_of_missing),
    (frozenset({Kind.UNIT_CIRCLE}), find_unit_circles),
    (frozenset({Kind.PARENT_NOT_THERE}), find_missing_parents),
    (frozenset({Kind.POST_WITHOUT_UNIT}), find_posts_without_unit),
    (frozenset({Kind.LINEAGE_AGAINST_TIME}), find_impossible_lineage),
    (frozenset({Kind.NATIONAL_ID_TWICE}), find_shared_identities),
    (frozenset({Kind.CODE_TWICE}), find_shared_codes),
    (frozenset({Kind.ENTRY_WITHOUT_PERSON}), find_entries_of_nobody),
    (frozenset({Kind.MERGED_RECORD_IN_USE}), find_used_merged_files),
    (frozenset({Kind.ROTATION_WITHOUT_TENURE}), find_moves_without_tenure),
    (frozenset({Kind.TENURE_WITHOUT_ROTATION}), find_tenures_without_move),
)
"""Which kinds each function finds."""


def find_contradictions(
    connection: Connection, known: Instant, kinds: Iterable[Kind] = tuple(Kind)
) -> list[Found]:
    """All contradictions of these kinds as known at an instant, over all days, by kind and beginning."""
    wanted, files = frozenset(kinds), MergedFiles(connection, known)
    found = [
        each
        for of_kinds, detect in DETECTORS
        if of_kinds & wanted
        for each in detect(connection, known, files)
        if each.kind in wanted
    ]
    return sorted(found, key=lambda each: each.order)


def count_contradictions(connection: Connection, known: Instant) -> dict[Kind, int]:
    """How many there are of each kind, zero included."""
    counts = dict.fromkeys(Kind, 0)
    for each in find_contradictions(connection, known):
        counts[each.kind] += 1
    return counts
