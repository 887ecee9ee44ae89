"""The codes that schemes give to units, posts and cadres."""

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
from services.personnel import events as personnel
from services.personnel.events import PersonnelFact, ProfileAmended, Registered
from shared.core.facts import Code, F, Recorded
from shared.core.partial_dates import LAST_DAY
from shared.core.projection import Changes, Projection, Rows


def code_step(rows: Rows[CodeRow], event: Recorded[OrganizationFact]) -> Changes[CodeRow]:
    """A fact with codes replaces the codes before it; the end of a unit or post ends all of them."""
    fact = event.fact
    if isinstance(fact, UnitDissolved | PostAbolished):
        new: tuple[Code, ...] | None = ()
    else:
        new = getattr(fact, "codes", None)
    if new is None:
        return {}
    what = "unit" if isinstance(fact, UnitEstablished) else "post" if isinstance(fact, PostCreated) else ""
    return _replace_codes(rows, event, new, what or next((row.what for row in rows.values()), "unit"))


def cadre_code_step(rows: Rows[CodeRow], event: Recorded[PersonnelFact]) -> Changes[CodeRow]:
    """A registration or an amendment with codes replaces the codes before it; one without leaves them."""
    fact = event.fact
    if isinstance(fact, Registered | ProfileAmended) and fact.codes:
        return _replace_codes(rows, event, fact.codes, "cadre")
    return {}


def _replace_codes(
    rows: Rows[CodeRow], event: Recorded[F], codes: tuple[Code, ...], what: str
) -> Changes[CodeRow]:
    changes: dict[str, CodeRow | None] = {}
    when = event.fact.effective_from
    kept = {(code.scheme, code.value) for code in codes}
    current = {(row.scheme, row.value): key for key, row in rows.items() if row.valid_to == LAST_DAY}
    for code, key in current.items():
        if code not in kept:
            changes[key] = replace(rows[key], **until(when))
    for scheme, value in sorted(kept - current.keys()):
        row = CodeRow(scheme=scheme, value=value, subject=event.stream, what=what, **since(when))
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
person_codes = Projection[PersonnelFact, CodeRow](
    name="person_codes",
    follows=personnel.topic,
    row=CodeRow,
    step=cadre_code_step,
    indexes=(("scheme", "value"), ("subject",)),
    handles=(Registered, ProfileAmended),
)
