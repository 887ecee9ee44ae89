"""Judges each proposed fact about a document, its programme items or a rule by the earlier facts of its stream."""

from typing import assert_never

from services.regulation.domain.rejections import (
    AlreadyRegistered,
    AlreadyRevoked,
    NotInRegister,
    RevokedBeforeInForce,
    RuleElsewhere,
    RuleEndsBeforeStart,
    VersionsOverlap,
    VersionTaken,
)
from services.regulation.domain.state import InRegister, Rule, State, Unknown, evolve, version_of
from services.regulation.events import (
    DecisionRegistered,
    DecisionRevoked,
    ProgrammeItemStatusSet,
    RegulationFact,
    RuleEnacted,
)
from shared.core.decider import Decider
from shared.core.normalization import require_fields
from shared.core.partial_dates import may_precede

Facts = tuple[RegulationFact, ...]
"""What is stored for a proposed fact."""


def decide(state: State, proposed: RegulationFact) -> Facts:
    match proposed:
        case DecisionRegistered():
            return register_decision(state, proposed)
        case DecisionRevoked():
            return revoke_decision(state, proposed)
        case ProgrammeItemStatusSet():
            return set_item_status(state, proposed)
        case RuleEnacted():
            return enact_rule(state, proposed)
        case _:
            assert_never(proposed)


def register_decision(state: State, proposed: DecisionRegistered) -> Facts:
    """A document is its number, issuer and day of signing together, and is registered once."""
    if not isinstance(state, Unknown):
        raise AlreadyRegistered(number=proposed.number)
    require_fields(number=proposed.number, issuer=proposed.issuer, title=proposed.title)
    return (proposed,)


def revoke_decision(state: State, proposed: DecisionRevoked) -> Facts:
    document = require_in_register(state)
    if document.revoked:
        raise AlreadyRevoked
    if not may_precede(document.effective_from, proposed.effective_from):
        raise RevokedBeforeInForce(field="effective_from", in_force=document.effective_from)
    return (proposed,)


def set_item_status(state: State, proposed: ProgrammeItemStatusSet) -> Facts:
    require_in_register(state)
    require_fields(item=proposed.item)
    return (proposed,)


def enact_rule(state: State, proposed: RuleEnacted) -> Facts:
    """Versions of one rule and scope never overlap, and each has a number of its own."""
    if isinstance(state, InRegister):
        raise NotInRegister
    require_fields(rule=proposed.rule)
    new = version_of(proposed)
    if new.until <= new.since:
        raise RuleEndsBeforeStart(field="until", start=new.since, end=new.until)
    for old in state.versions if isinstance(state, Rule) else ():
        if old.number == new.number:
            raise VersionTaken(field="number", number=new.number, since=old.since)
        if old.scope == new.scope and max(old.since, new.since) < min(old.until, new.until):
            raise VersionsOverlap(
                field="effective_from",
                rule=proposed.rule,
                number=old.number,
                since=old.since,
                until=old.until,
            )
    if isinstance(state, Rule) and state.rule != proposed.rule:
        raise RuleElsewhere(field="rule", rule=proposed.rule, here=state.rule)
    return (proposed,)


def require_in_register(state: State) -> InRegister:
    if not isinstance(state, InRegister):
        raise NotInRegister
    return state


regulation = Decider[State, RegulationFact](initial=Unknown(), decide=decide, evolve=evolve)
