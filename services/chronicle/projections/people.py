"""Cadres on file and decision documents in the register."""

from msgspec.structs import replace

from services.chronicle.projections.row_fields import codes_text, since, until
from services.chronicle.rows import CadreRow, DecisionRow, list_to_text
from services.personnel import events as personnel
from services.personnel.events import (
    PersonnelFact,
    ProfileAmended,
    Registered,
    Trained,
    TrainingField,
    TrainingStatus,
)
from services.regulation import events as regulation
from services.regulation.events import DecisionRegistered, DecisionRevoked, RegulationFact
from shared.core.facts import Recorded
from shared.core.projection import Changes, Projection, Rows
from shared.core.text import fold, name_key


def cadre_step(rows: Rows[CadreRow], event: Recorded[PersonnelFact]) -> Changes[CadreRow]:
    """Registering makes the row of a cadre; amendments and completed trainings change it."""
    fact, row = event.fact, rows.get(event.stream)
    if isinstance(fact, Registered):
        return {} if row else {event.stream: _registered(event.stream, event.event_id, fact)}
    if row and isinstance(fact, ProfileAmended):
        return {event.stream: _amended(row, fact)}
    if row and isinstance(fact, Trained) and fact.status is TrainingStatus.COMPLETED:
        return {event.stream: _qualified(row, fact)}
    return {}


def _registered(cadre: str, event_id: str, fact: Registered) -> CadreRow:
    return CadreRow(
        cadre_id=cadre,
        name=fact.name,
        name_key=name_key(fact.name),
        search=fold(fact.name),
        sex=fact.sex,
        birth=fact.birth,
        category=fact.category.value,
        cadre_no=fact.cadre_no,
        identity=fact.identity,
        codes=codes_text(fact.codes),
        opened_by=event_id,
        **{name: getattr(fact, name) for name in LATER},
        **since(fact.effective_from),
    )


def _amended(row: CadreRow, fact: ProfileAmended) -> CadreRow:
    changes = {name: value for name in _AMENDABLE if (value := getattr(fact, name))}
    if fact.name:
        changes |= {"name_key": name_key(fact.name), "search": fold(fact.name)}
    if fact.category:
        changes["category"] = fact.category.value
    if fact.codes:
        changes["codes"] = codes_text(fact.codes)
    return replace(row, **changes)


def _qualified(row: CadreRow, fact: Trained) -> CadreRow:
    """A completed training raises the level in the file, and never lowers it."""
    column = {TrainingField.POL_THEORY: "theory", TrainingField.STATE_MGMT: "state_management"}.get(
        fact.field
    )
    if column is None or LEVELS.get(fact.level, 0) <= LEVELS.get(getattr(row, column), 0):
        return row
    return replace(row, **{column: fact.level})


LATER = (
    *("ethnicity", "home_place", "home_unit", "party_joined", "service_from"),
    *("degree", "theory", "state_management", "managed_by"),
)
_AMENDABLE = ("name", "sex", "birth", "cadre_no", "identity", *LATER)
LEVELS = {
    "ELEMENTARY": 1,
    "INTERMEDIATE": 2,
    "ADVANCED": 3,
    "BACHELOR": 4,
    "SPECIALIST": 1,
    "PRINCIPAL": 2,
    "SENIOR": 3,
}


def decision_step(rows: Rows[DecisionRow], event: Recorded[RegulationFact]) -> Changes[DecisionRow]:
    """Registering makes the row of a document, and revoking ends it."""
    fact = event.fact
    row = rows.get(event.stream)
    if isinstance(fact, DecisionRegistered) and row is None:
        row = DecisionRow(
            decision_id=event.stream,
            number=fact.number,
            issuer=fact.issuer,
            signed_on=fact.signed_on or "",
            kind=fact.kind.value,
            title=fact.title,
            signer=fact.signer,
            file_hash=fact.file_hash,
            supersedes=list_to_text(fact.supersedes),
            search=fold(f"{fact.number} {fact.issuer} {fact.title}"),
            opened_by=event.event_id,
            **since(fact.effective_from),
        )
        return {event.stream: replace(row, **until(fact.effective_to)) if fact.effective_to else row}
    if isinstance(fact, DecisionRevoked) and row is not None:
        return {
            event.stream: replace(row, revoked=True, closed_by=event.event_id, **until(fact.effective_from))
        }
    return {}


cadres = Projection[PersonnelFact, CadreRow](
    name="cadres",
    version=2,
    follows=personnel.topic,
    row=CadreRow,
    step=cadre_step,
    indexes=(("cadre_id", "known_from", "known_to", "+name"), ("identity",)),
    handles=(Registered, ProfileAmended, Trained),
)
decisions = Projection[RegulationFact, DecisionRow](
    name="decisions",
    version=2,
    follows=regulation.topic,
    row=DecisionRow,
    step=decision_step,
    indexes=(
        ("signed_on",),
        ("decision_id", "known_from", "known_to", "+number", "+issuer", "+signed_on", "+title"),
    ),
    handles=(DecisionRegistered, DecisionRevoked),
)
