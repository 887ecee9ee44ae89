"""Judges each proposed fact about a cadre's file by the earlier facts of the file."""

from typing import assert_never

from services.personnel.domain.discipline_forms import require_form_in_force
from services.personnel.domain.rejections import (
    AlreadyMerged,
    AlreadyRegistered,
    BornInTheFuture,
    EndsBeforeStart,
    IdTaken,
    InService,
    NothingAmended,
    NotOnFile,
    OutOfService,
    StatusMovesBack,
    UnknownRelation,
)
from services.personnel.domain.state import File, evolve
from services.personnel.events import (
    Disciplined,
    KinshipDeclared,
    PersonnelFact,
    ProfileAmended,
    RecordsMerged,
    Registered,
    Relation,
    ServiceEnded,
    ServiceResumed,
    Trained,
    TrainingStatus,
)
from shared.core.decider import Decider
from shared.core.facts import Fact
from shared.core.normalization import BadDate, require_fields
from shared.core.partial_dates import UNKNOWN, Day, PDate, earliest, latest, partial_date

Facts = tuple[PersonnelFact, ...]
"""What is stored for a proposed fact."""


def decide(state: File, proposed: PersonnelFact) -> Facts:
    if isinstance(proposed, Registered):
        return register_cadre(state, proposed)
    if state.opened is None:
        raise NotOnFile
    match proposed:
        case ProfileAmended():
            return amend_profile(proposed)
        case KinshipDeclared():
            return declare_kinship(state, proposed)
        case RecordsMerged():
            return merge_records(state, proposed)
        case Trained():
            return record_training(state, proposed)
        case Disciplined():
            return discipline_cadre(state, proposed)
        case ServiceEnded():
            return end_service(state, proposed)
        case ServiceResumed():
            return resume_service(state, proposed)
        case _:
            assert_never(proposed)


def register_cadre(state: File, proposed: Registered) -> Facts:
    if state.opened is not None:
        raise AlreadyRegistered
    require_fields(name=proposed.name)
    if earliest(parse_birth(proposed.birth)) > latest(proposed.effective_from):
        raise BornInTheFuture(field="birth")
    return (proposed,)


AMENDABLE = frozenset(ProfileAmended.__struct_fields__) & frozenset(Registered.__struct_fields__) - frozenset(
    Fact.__struct_fields__
)
"""The fields of the file that an amendment may change."""


def amend_profile(proposed: ProfileAmended) -> Facts:
    if not any(getattr(proposed, name) for name in AMENDABLE):
        raise NothingAmended(allowed=sorted(AMENDABLE))
    parse_birth(proposed.birth)
    return (proposed,)


def declare_kinship(state: File, proposed: KinshipDeclared) -> Facts:
    require_fields(kinship=proposed.kinship, relative=proposed.relative or proposed.relative_name)
    if proposed.relation not in Relation.__members__:
        raise UnknownRelation(field="relation", allowed=list(Relation.__members__))
    require_new_id(state, "kinship", proposed.kinship)
    require_end_after_start(proposed.effective_from, "until", proposed.until)
    return (proposed,)


def merge_records(state: File, proposed: RecordsMerged) -> Facts:
    require_fields(merged=proposed.merged, reason=proposed.reason)
    if proposed.merged in state.merged:
        raise AlreadyMerged(field="merged", merged=proposed.merged)
    return (proposed,)


STATUS_ORDER = {TrainingStatus.REGISTERED: 0, TrainingStatus.SENT: 1}
"""All other statuses come last."""
LAST_STATUS = 2


def record_training(state: File, proposed: Trained) -> Facts:
    require_fields(training=proposed.training)
    before = state.trainings.get(proposed.training)
    if before is not None and status_order(proposed.status) <= status_order(before):
        raise StatusMovesBack(field="status", before=before.value)
    if proposed.ended and latest(proposed.ended) < earliest(proposed.started):
        raise EndsBeforeStart(field="ended", started=proposed.started, ended=proposed.ended)
    return (proposed,)


def discipline_cadre(state: File, proposed: Disciplined) -> Facts:
    require_fields(case=proposed.case)
    require_new_id(state, "case", proposed.case)
    require_form_in_force(proposed)
    require_end_after_start(proposed.effective_from, "expires_on", proposed.expires_on)
    return (proposed,)


def end_service(state: File, proposed: ServiceEnded) -> Facts:
    if state.out_since is not None:
        raise OutOfService(since=state.out_since)
    return (proposed,)


def resume_service(state: File, proposed: ServiceResumed) -> Facts:
    if state.out_since is None:
        raise InService
    if latest(proposed.effective_from) < earliest(state.out_since):
        raise EndsBeforeStart(field="effective_from", ended=state.out_since)
    return (proposed,)


def parse_birth(birth: str) -> PDate:
    """The date of birth as a partial date; BadDate where it is none."""
    try:
        return partial_date(birth)
    except ValueError as error:
        raise BadDate(field="birth", reason=str(error)) from error


def status_order(status: TrainingStatus) -> int:
    return STATUS_ORDER.get(status, LAST_STATUS)


def require_new_id(state: File, field: str, id_: str) -> None:
    if id_ in state.ids:
        raise IdTaken(field=field, id=id_)


def require_end_after_start(start: PDate, field: str, end: Day | None) -> None:
    """An end that is stated lies after the first day that the start can mean."""
    if end is not None and end <= earliest(start) and start != UNKNOWN:
        raise EndsBeforeStart(field=field, start=start, end=end)


personnel = Decider[File, PersonnelFact](initial=File(), decide=decide, evolve=evolve)
