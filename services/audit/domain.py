"""Rules about a log's checkpoints: a log only grows, and no size of it has two roots."""

from dataclasses import dataclass

from services.audit.events import AuditFact, LogCheckpointed, SubjectErased
from shared.core.decider import Decider, Rejected
from shared.core.normalization import require_fields


class LogIsShorter(Rejected):
    """A log that was sealed at a greater size has lost events since."""

    title_vi = "Nhật ký đã được niêm phong ở độ dài lớn hơn, nay thiếu sự kiện"


class TwoRoots(Rejected):
    """A log was sealed at this size with another root: its past was rewritten."""

    title_vi = "Nhật ký ở độ dài này đã được niêm phong với gốc khác: quá khứ bị viết lại"


@dataclass(frozen=True, slots=True)
class SealState:
    """How far a log is sealed and with which root, and whether a subject is erased."""

    size: int = 0
    root: str = ""
    erased: bool = False


def decide(state: SealState, proposed: AuditFact) -> tuple[AuditFact, ...]:
    match proposed:
        case LogCheckpointed():
            require_fields(log=proposed.log, root=proposed.root, signed=proposed.signed)
            if proposed.size < state.size:
                raise LogIsShorter(field="size", size=proposed.size, sealed=state.size)
            if proposed.size == state.size and state.root:
                if proposed.root != state.root:
                    raise TwoRoots(field="root", size=state.size, sealed=state.root)
                return ()
        case SubjectErased() if state.erased:
            return ()
    return (proposed,)


def evolve(state: SealState, fact: AuditFact) -> SealState:
    match fact:
        case LogCheckpointed() if fact.size >= state.size:
            return SealState(fact.size, fact.root, state.erased)
        case SubjectErased():
            return SealState(state.size, state.root, erased=True)
    return state


audit = Decider[SealState, AuditFact](initial=SealState(), decide=decide, evolve=evolve)
