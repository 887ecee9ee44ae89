"""Everything that contradicts itself as known at an instant, over all days."""

from collections.abc import Callable, Iterable
from operator import attrgetter

from sqlalchemy import Connection

from services.chronicle.queries.contradictions.candidates import Found
from services.chronicle.queries.contradictions.holders import (
    find_holders_of_ended,
    find_holders_of_missing,
    find_holders_out_of_service,
)
from services.chronicle.queries.contradictions.ignored import find_facts_without_effect
from services.chronicle.queries.contradictions.kinds import ContradictionKind as Kind
from services.chronicle.queries.contradictions.moves import (
    find_moves_without_tenure,
    find_tenures_without_move,
)
from services.chronicle.queries.contradictions.overlaps import find_tenure_overlaps
from services.chronicle.queries.contradictions.records import (
    find_entries_of_nobody,
    find_shared_codes,
    find_shared_identities,
    find_used_merged_files,
)
from services.chronicle.queries.contradictions.tenures import (
    find_exceeded_seats,
    find_shared_tenure_ids,
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
DETECTORS: dict[Kind, Detector] = {
    Kind.TWO_PRIMARY: find_tenure_overlaps,
    Kind.SAME_POST_TWICE: find_tenure_overlaps,
    Kind.SEATS_EXCEEDED: find_exceeded_seats,
    Kind.TENURE_ID_TWICE: find_shared_tenure_ids,
    Kind.HOLDER_IN_DISSOLVED_UNIT: find_holders_of_ended,
    Kind.HOLDER_IN_ABOLISHED_POST: find_holders_of_ended,
    Kind.HOLDER_AFTER_SERVICE: find_holders_out_of_service,
    Kind.HOLDER_OF_VOIDED: find_holders_of_missing,
    Kind.UNIT_CIRCLE: find_unit_circles,
    Kind.PARENT_NOT_THERE: find_missing_parents,
    Kind.POST_WITHOUT_UNIT: find_posts_without_unit,
    Kind.LINEAGE_AGAINST_TIME: find_impossible_lineage,
    Kind.NATIONAL_ID_TWICE: find_shared_identities,
    Kind.CODE_TWICE: find_shared_codes,
    Kind.ENTRY_WITHOUT_PERSON: find_entries_of_nobody,
    Kind.MERGED_RECORD_IN_USE: find_used_merged_files,
    Kind.ROTATION_WITHOUT_TENURE: find_moves_without_tenure,
    Kind.TENURE_WITHOUT_ROTATION: find_tenures_without_move,
    Kind.FACT_WITHOUT_EFFECT: find_facts_without_effect,
}
"""Which function finds each kind; some find two."""


def find_contradictions(
    connection: Connection, known: Instant, kinds: Iterable[Kind] = tuple(Kind)
) -> list[Found]:
    """All contradictions of these kinds as known at an instant, over all days, by kind and beginning."""
    wanted, files = frozenset(kinds), MergedFiles(connection, known)
    detectors = dict.fromkeys(DETECTORS[kind] for kind in Kind if kind in wanted)
    found = [each for detect in detectors for each in detect(connection, known, files) if each.kind in wanted]
    return sorted(found, key=attrgetter("order"))


def count_contradictions(connection: Connection, known: Instant) -> dict[Kind, int]:
    """How many there are of each kind, zero included."""
    counts = dict.fromkeys(Kind, 0)
    for each in find_contradictions(connection, known):
        counts[each.kind] += 1
    return counts
