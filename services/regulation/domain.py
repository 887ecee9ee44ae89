"""A decision document in the register: a document is its number, issuer and day of signing together."""

from dataclasses import dataclass

from services.regulation.events import DecisionRegistered, DecisionRevoked, RegulationFact
from shared.checks import required
from shared.dates import PDate, may_precede
from shared.decider import Decider, Rejected


@dataclass(frozen=True, slots=True)
class Unknown: ...


@dataclass(frozen=True, slots=True)
class InRegister:
    effective_from: PDate
    revoked: bool = False


State = Unknown | InRegister


class AlreadyRegistered(Rejected):
    """A document with this number, issuer and day of signing is in the register, with other particulars."""

    title_vi = "Văn bản cùng số, cơ quan ban hành và ngày ký đã có trong sổ"


class NotInRegister(Rejected):
    """This document is not in the register."""

    title_vi = "Văn bản không có trong sổ"


class AlreadyRevoked(Rejected):
    """This document has been revoked already."""

    title_vi = "Văn bản đã bị thu hồi"


class RevokedBeforeInForce(Rejected):
    """A document cannot be revoked before it takes effect."""

    title_vi = "Văn bản không thể bị thu hồi trước khi có hiệu lực"


def decide(state: State, proposed: RegulationFact) -> tuple[RegulationFact, ...]:
    match proposed, state:
        case DecisionRegistered(), Unknown():
            required(number=proposed.number, issuer=proposed.issuer, title=proposed.title)
        case DecisionRegistered(), _:
            raise AlreadyRegistered(number=proposed.number)
        case DecisionRevoked(), InRegister(revoked=False):
            if not may_precede(state.effective_from, proposed.effective_from):
                raise RevokedBeforeInForce(field="effective_from", in_force=state.effective_from)
        case DecisionRevoked(), InRegister():
            raise AlreadyRevoked
        case _:
            raise NotInRegister
    return (proposed,)


def evolve(state: State, fact: RegulationFact) -> State:
    match fact, state:
        case DecisionRegistered(), _:
            return InRegister(fact.effective_from)
        case DecisionRevoked(), InRegister():
            return InRegister(state.effective_from, revoked=True)
    return state


regulation = Decider[State, RegulationFact](initial=Unknown(), decide=decide, evolve=evolve)
