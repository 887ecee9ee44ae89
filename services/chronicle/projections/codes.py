"""The codes that schemes give to units and posts."""

from msgspec.structs import replace

from services.chronicle.projections.row_fields import since, until
from services.chronicle.rows import CodeRow
from services.organization.events import (
    OrganizationFact,
    PostAbolished,
    PostCreated,
    UnitDissolved,
    UnitEstablished,
    UnitReclassified,
    UnitRenamed,
    UnitReparented,
    topic,
)
from shared.core.facts import Code, Recorded
from shared.core.partial_dates import LAST_DAY
from shared.core.projection import Changes, Projection, Rows


def code_step(rows: Rows[CodeRow], event: Recorded[OrganizationFact]) -> Changes[CodeRow]:
    """A fact with codes replaces the codes before it; the end of a unit or post ends all of them."""
    fact = event.fact
    changes: dict[str, CodeRow | None] = {}
    if isinstance(fact, UnitDissolved | PostAbolished):
        new: tuple[Code, ...] | None = ()
    else:
        new = getattr(fact, "codes", None)
    if new is None:
        return {}
    kept = {(code.scheme, code.value) for code in new}
    current = {(row.scheme, row.value): key for key, row in rows.items() if row.valid_to == LAST_DAY}
    for code, key in current.items():
        if code not in kept:
            changes[key] = replace(rows[key], **until(fact.effective_from))
    what = "unit" if isinstance(fact, UnitEstablished) else "post" if isinstance(fact, PostCreated) else ""
    what = what or next((row.what for row in rows.values()), "unit")
    for scheme, value in sorted(kept - current.keys()):
        row = CodeRow(
            scheme=scheme, value=value, subject=event.stream, what=what, **since(fact.effective_from)
        )
        changes[f"{scheme}\t{value}\t{event.event_id}"] = row
    return changes


_WITH_CODES = (
    *(UnitEstablished, UnitRenamed, UnitReparented, UnitReclassified, UnitDissolved),
    *(PostCreated, PostAbolished),
)

unit_codes = Projection[OrganizationFact, CodeRow](
    name="unit_codes",
    follows=topic,
    row=CodeRow,
    step=code_step,
    indexes=(("scheme", "value"), ("subject",)),
    handles=_WITH_CODES,
)
