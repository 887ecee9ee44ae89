"""Units through time: every change of name, kind or parent closes a version and opens the next."""

from collections import deque
from collections.abc import Iterable

from msgspec.structs import replace

from services.chronicle.projections.row_fields import codes_text, since, until
from services.chronicle.rows import UnitRow
from services.organization.events import (
    OrganizationFact,
    UnitDissolved,
    UnitEstablished,
    UnitReclassified,
    UnitRenamed,
    UnitReparented,
    topic,
)
from shared.core.facts import Recorded
from shared.core.projection import Changes, Projection, Rows
from shared.core.text import fold


def step(rows: Rows[UnitRow], event: Recorded[OrganizationFact]) -> Changes[UnitRow]:
    """Establishing opens the first version of a unit; a change opens another, and dissolving ends the last."""
    fact = event.fact
    if isinstance(fact, UnitEstablished):
        return {} if rows else {event.event_id: _established(event.stream, event.event_id, fact)}
    last = _current_version(rows.values())
    if last is None:
        return {}
    match fact:
        case UnitRenamed(change="SPELLING", name=name):
            return {
                key: replace(row, name=name, search=fold(name))
                for key, row in rows.items()
                if row.name == last.name
            }
        case UnitRenamed(name=name):
            changed = replace(last, name=name, search=fold(name), opening="renamed")
        case UnitReparented():
            changed = replace(last, parent_id=fact.parent, opening="reparented")
        case UnitReclassified():
            changed = replace(
                last,
                kind=fact.kind.value,
                kind_label=fact.kind_label,
                level=fact.level,
                opening="reclassified",
            )
            if fact.refuse_excess is not None:
                changed = replace(changed, refuse_excess=fact.refuse_excess)
        case UnitDissolved():
            end = until(fact.effective_from)
            closing = {
                "closing": fact.reason.value,
                "closed_by": event.event_id,
                "closing_decision": fact.decision,
                "closing_decided_on": fact.decided_on or "",
            }
            return {last.opened_by: replace(last, **closing, **end)}
        case _:
            return {}
    if fact.codes is not None:
        changed = replace(changed, codes=codes_text(fact.codes))
    start = since(fact.effective_from)
    if (last.valid_from, last.certain_from) == (start["valid_from"], start["certain_from"]):
        both = f"{last.opening}+{changed.opening}"
        return {last.opened_by: replace(changed, opening=both)}
    return {
        last.opened_by: replace(last, **until(fact.effective_from)),
        event.event_id: replace(changed, opened_by=event.event_id, decision=fact.decision, **start),
    }


def _established(unit: str, event_id: str, fact: UnitEstablished) -> UnitRow:
    return UnitRow(
        unit_id=unit,
        parent_id=fact.parent,
        name=fact.name,
        search=fold(fact.name),
        kind=fact.kind.value,
        kind_label=fact.kind_label,
        level=fact.level,
        bloc=fact.bloc.value,
        codes=codes_text(fact.codes),
        opening="baseline" if fact.baseline else "established",
        opened_by=event_id,
        decision=fact.decision,
        refuse_excess=fact.refuse_excess,
        **since(fact.effective_from),
    )


def _current_version(rows: Iterable[UnitRow]) -> UnitRow | None:
    """The last version, unless the unit has ended."""
    last = next(iter(deque(rows, maxlen=1)), None)
    return None if last is None or last.closing else last


units = Projection[OrganizationFact, UnitRow](
    name="units",
    version=3,
    follows=topic,
    row=UnitRow,
    step=step,
    indexes=(
        ("unit_id", "valid_from"),
        ("parent_id", "valid_from", "valid_to", "known_from", "known_to", "unit_id"),
    ),
    handles=(UnitEstablished, UnitRenamed, UnitReparented, UnitReclassified, UnitDissolved),
)
