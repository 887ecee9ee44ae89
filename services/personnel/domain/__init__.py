"""A cadre on file, from registration to the end of service. Pure functions over proposed facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.personnel.domain.merging import check_merger
from services.personnel.domain.rejected import (
    AlreadyMerged,
    AlreadyRegistered,
    BornInTheFuture,
    EndsBeforeStart,
    FormNotInForce,
    IdTaken,
    InService,
    MergedAway,
    NothingAmended,
    NotOnFile,
    OutOfService,
    OwnRelative,
    SamePerson,
    StatusMovesBack,
    UnknownReference,
    UnknownRelation,
)
from services.personnel.events import (
    Disciplined,
    DisciplineForm,
    KinshipDeclared,
    PersonnelFact,
    ProfileAmended,
    RecordsMerged,
    Registered,
    Relation,
    ServiceEnded,
    ServiceResumed,
    Side,
    Trained,
    TrainingStatus,
)
from shared.core.decider import Decider, ReadModel
from shared.core.normalization import BadDate, require_fields
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, UNKNOWN, Day, PDate, earliest, latest, partial_date


@dataclass(frozen=True, slots=True)
class File:
    """What is on file of one cadre. `out_since` is set while out of service; `trainings` by id and how far they got."""

    opened: PDate | None = None
    out_since: PDate | None = None
    trainings: Mapping[str, TrainingStatus] = field(default_factory=dict)
    ids: frozenset[str] = frozenset()
    """Of kinships and disciplinary cases."""
    merged: frozenset[str] = frozenset()


ORDER = {TrainingStatus.REGISTERED: 0, TrainingStatus.SENT: 1}
"""All other statuses come last."""
ALWAYS = (FIRST_DAY, LAST_DAY)
LAW_2008, LAW_2025 = Day(PDate("2010-01-01")), Day(PDate("2025-07-01"))
FORMS: dict[tuple[Side, DisciplineForm], tuple[Day, Day]] = {
    (Side.PARTY, DisciplineForm.REPRIMAND): ALWAYS,
    (Side.PARTY, DisciplineForm.WARNING): ALWAYS,
    (Side.PARTY, DisciplineForm.REMOVAL): ALWAYS,
    (Side.PARTY, DisciplineForm.EXPULSION): ALWAYS,
    (Side.STATE, DisciplineForm.REPRIMAND): ALWAYS,
    (Side.STATE, DisciplineForm.WARNING): ALWAYS,
    (Side.STATE, DisciplineForm.REMOVAL): ALWAYS,
    (Side.STATE, DisciplineForm.DISCHARGE): ALWAYS,
    (Side.STATE, DisciplineForm.DISMISSAL): (LAW_2008, LAST_DAY),
    (Side.STATE, DisciplineForm.RANK_CUT): (FIRST_DAY, LAW_2008),
    (Side.STATE, DisciplineForm.DEMOTION): (LAW_2008, LAW_2025),
    (Side.STATE, DisciplineForm.PAY_CUT): (FIRST_DAY, LAW_2025),
}
"""[first day, first day after] on which a form may be decided (Laws on cadres and civil servants of 2008 and 2025)."""


def decide(state: File, proposed: PersonnelFact) -> tuple[PersonnelFact, ...]:
    if isinstance(proposed, Registered):
        register(state, proposed)
        return (proposed,)
    if state.opened is None:
        raise NotOnFile
    match proposed:
        case ProfileAmended():
            amend(proposed)
        case KinshipDeclared():
            declare(state, proposed)
        case RecordsMerged():
            require_fields(merged=proposed.merged, reason=proposed.reason)
            if proposed.merged in state.merged:
                raise AlreadyMerged(field="merged", merged=proposed.merged)
        case Trained():
            train(state, proposed)
        case Disciplined():
            discipline(state, proposed)
        case ServiceEnded():
            if state.out_since is not None:
                raise OutOfService(since=state.out_since)
        case ServiceResumed():
            if state.out_since is None:
                raise InService
            if latest(proposed.effective_from) < earliest(state.out_since):
                raise EndsBeforeStart(field="effective_from", ended=state.out_since)
    return (proposed,)


def register(state: File, proposed: Registered) -> None:
    if state.opened is not None:
        raise AlreadyRegistered
    require_fields(name=proposed.name)
    if earliest(born(proposed.birth)) > latest(proposed.effective_from):
        raise BornInTheFuture(field="birth")


def born(birth: str) -> PDate:
    try:
        return partial_date(birth)
    except ValueError as error:
        raise BadDate(field="birth", reason=str(error)) from error


def amend(proposed: ProfileAmended) -> None:
    said = [name for name in ProfileAmended.__struct_fields__ if name in AMENDED and getattr(proposed, name)]
    if not said:
        raise NothingAmended(allowed=sorted(AMENDED))
    born(proposed.birth)


AMENDED = frozenset(ProfileAmended.__struct_fields__) & frozenset(Registered.__struct_fields__) - frozenset(
    PersonnelFact.__struct_fields__
)
"""The fields of the file."""


def declare(state: File, proposed: KinshipDeclared) -> None:
    require_fields(kinship=proposed.kinship, relative=proposed.relative or proposed.relative_name)
    if proposed.relation not in Relation.__members__:
        raise UnknownRelation(field="relation", allowed=list(Relation.__members__))
    new_id(state, "kinship", proposed.kinship)
    in_order(proposed.effective_from, "until", proposed.until)


def train(state: File, proposed: Trained) -> None:
    require_fields(training=proposed.training)
    before = state.trainings.get(proposed.training)
    if before is not None and ORDER.get(proposed.status, 2) <= ORDER.get(before, 2):
        raise StatusMovesBack(field="status", before=before.value)
    if proposed.ended and latest(proposed.ended) < earliest(proposed.started):
        raise EndsBeforeStart(field="ended", started=proposed.started, ended=proposed.ended)


def discipline(state: File, proposed: Disciplined) -> None:
    require_fields(case=proposed.case)
    new_id(state, "case", proposed.case)
    when = proposed.decided_on or proposed.effective_from
    since, until = FORMS.get((proposed.side, proposed.form), (LAST_DAY, FIRST_DAY))
    if latest(when) < since or earliest(when) >= until:
        known = [
            form
            for (side, form), (first, after) in FORMS.items()
            if side is proposed.side and (first <= latest(when) and earliest(when) < after)
        ]
        raise FormNotInForce(
            field="form",
            form=proposed.form.value,
            side=proposed.side.value,
            when=when,
            allowed=[form.value for form in known],
        )
    in_order(proposed.effective_from, "expires_on", proposed.expires_on)


def new_id(state: File, name: str, id_: str) -> None:
    if id_ in state.ids:
        raise IdTaken(field=name, id=id_)


def in_order(start: PDate, name: str, end: Day | None) -> None:
    if end is not None and end <= earliest(start) and start != UNKNOWN:
        raise EndsBeforeStart(field=name, start=start, end=end)


def check(stream: str, proposed: PersonnelFact, known: ReadModel) -> None:
    """One file per national id; relatives and merged files are on file; a merged file is told nothing any more."""
    if away := known.rows("merged_records", merged_id=stream):
        raise MergedAway(kept=away[0].cadre_id)
    identity = proposed.identity if isinstance(proposed, Registered | ProfileAmended) else ""
    if identity:
        others = [row.cadre_id for row in known.rows("cadres", identity=identity) if row.cadre_id != stream]
        if others:
            raise SamePerson(field="national_id", cadre=others[0])
    if isinstance(proposed, KinshipDeclared) and proposed.relative:
        if proposed.relative == stream:
            raise OwnRelative(field="relative")
        if not known.rows("cadres", cadre_id=proposed.relative):
            raise UnknownReference(field="relative", id=proposed.relative)
    if isinstance(proposed, RecordsMerged):
        check_merger(stream, proposed, known)


def evolve(state: File, fact: PersonnelFact) -> File:
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
    return state


personnel = Decider[File, PersonnelFact](initial=File(), decide=decide, evolve=evolve)
