"""The terms by the one fold of the product."""

from collections.abc import Iterable
from typing import Any

from services.chronicle.projections.tenures import tenures
from services.chronicle.rows import TenureRow
from shared.core.facts import Recorded
from shared.core.timeline import timeline
from tests.oracles import Term


def terms(streams: Iterable[list[Recorded[Any]]]) -> list[Term]:
    """Unsorted."""
    return [term for events in streams for term in joined(tenures.fold(timeline(events)).values())]


def joined(rows: Iterable[TenureRow]) -> list[Term]:
    """Rows of one stream as terms: the stretches of a tenure that was suspended are one."""
    found: dict[str, Term] = {}
    for row in sorted(rows, key=lambda each: each.stretch):
        first = found.get(row.tenure_id)
        found[row.tenure_id] = Term(
            row.tenure_id, row.cadre_id, row.post_id, row.start, row.end,
            first.valid_from if first else row.valid_from, row.valid_to,
        )  # fmt: skip
    return list(found.values())
