"""What is known of one cadre's file from the earlier facts of its stream."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from services.personnel.events import (
    Disciplined,
    KinshipDeclared,
    PersonnelFact,
    ProfileAmended,
    RecordsMerged,
    Registered,
    ServiceEnded,
    ServiceResumed,
    Trained,
    TrainingStatus,
)
from shared.core.partial_dates import PDate


@dataclass(frozen=True, slots=True)
class File:
    """A cadre's file. `opened` is None until the cadre is registered; `out_since` is set while out of service."""

    opened: PDate | None = None
    out_since: PDate | None = None
    trainings: Mapping[str, TrainingStatus] = field(default_factory=dict)
    """How far each training has got, by its id."""
    ids: frozenset[str] = frozenset()
    """The ids of kinships and disciplinary cases, each used once."""
    merged: frozenset[str] = frozenset()
    """The files that were merged into this one."""


def evolve(state: File, fact: PersonnelFact) -> File:
    """The state after one more fact."""
    match fact:
        case Registered():
            return replace(state, opened=fact.effective_from)
        case KinshipDeclared():
            return replace(state, ids=state.ids | {fact.kinship})
        case Disciplined():
            return replace(state, ids=state.ids | {fact.case})
        case RecordsMerged():
            return replace(state, merged=state.merged | {fact.merged})
        case Trained():
            return replace(state, trainings={**state.trainings, fact.training: fact.status})
        case ServiceEnded():
            return replace(state, out_since=fact.effective_from)
        case ServiceResumed():
            return replace(state, out_since=None)
        case ProfileAmended():
            return state
        case _:
            assert_never(fact)
