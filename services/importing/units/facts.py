"""The dated history of units as proposed facts: what establishes each unit, and how its versions differ."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from services.importing.batches import Proposal, ProposalsByStream
from services.importing.units.history import UnitHistory, UnitKey, UnitVersion
from services.importing.units.kinds import build_parent_code, build_unit_code, find_kind, find_level
from services.organization.events import (
    Bloc,
    DissolutionReason,
    Kind,
    OrganizationFact,
    UnitDissolved,
    UnitEstablished,
    UnitReclassified,
    UnitRenamed,
    UnitReparented,
)
from shared.core.facts import PENDING, Code
from shared.core.partial_dates import LAST_DAY, Day, PDate

DecisionIds = dict[tuple[str, str], str]
"""The document in the register, by decree and the day from which it has effect."""


@dataclass(slots=True)
class UnitState:
    """The properties of a unit from a day on."""

    since: PDate
    parent: str
    name: str
    kind: Kind
    level: str
    label: str
    codes: tuple[Code, ...]
    decision: str
    note: str
    baseline: bool
    version: UnitVersion


def propose_history(history: UnitHistory, decided: DecisionIds) -> ProposalsByStream:
    """Proposals by unit, parents before children."""
    streams: ProposalsByStream = {}
    for unit_key in sorted(history.versions):
        for states in _lives(history, unit_key, decided):
            proposals = [_proposal(fact, state.version) for state, fact in _facts(states)]
            last = states[-1].version
            if last.until != LAST_DAY:  # also where the next line was set aside: nothing says what it became
                gone = UnitDissolved(effective_from=PDate(last.until), reason=DissolutionReason.ENDED)
                proposals.append(_proposal(gone, last))
            streams[history.id_of(unit_key, states[0].version.since)] = proposals
    return streams


def _lives(history: UnitHistory, unit_key: UnitKey, decided: DecisionIds) -> Iterator[list[UnitState]]:
    lives: dict[int, list[UnitState]] = defaultdict(list)
    for version in history.versions[unit_key]:
        days = {version.since}
        if version.above:  # the parent's code may pass to another unit while this version lasts
            others = history.versions.get(version.above, ())
            days |= {other.since for other in others if version.since < other.since < version.until}
        lives[version.life] += [_state_on(history, version, day, decided) for day in sorted(days)]
    yield from lives.values()


def _state_on(history: UnitHistory, version: UnitVersion, day: Day, decided: DecisionIds) -> UnitState:
    line, (level, code), above = version.line, version.unit_key, version.above
    over = [each for each in history.versions.get(above, ()) if each.covers(day)] if above else []
    city = any(find_kind("1", each.line.get("type"), False) is Kind.MUNICIPALITY for each in over)
    kind = find_kind(level, line.get("type"), city)
    codes = [build_unit_code(history.scheme, level, code)]
    if above and above not in history.versions:
        codes.append(build_parent_code(history.scheme, *above))
    return UnitState(
        since=PDate(day),
        parent=history.id_of(above, day) if above else "",
        name=line.get("name"),
        kind=kind,
        level=find_level(level, kind),
        label=line.get("type"),
        codes=tuple(codes),
        decision=decided.get((line.get("decrees_in"), day), PENDING),
        note=line.get("decrees_in"),
        baseline=line.get("change_in") == "baseline",
        version=version,
    )


def _facts(states: list[UnitState]) -> Iterator[tuple[UnitState, OrganizationFact]]:
    yield states[0], _build_established(states[0])
    for before, after in pairwise(states):
        for fact in _build_changes(before, after):
            yield after, fact


def _build_established(state: UnitState) -> UnitEstablished:
    return UnitEstablished(
        effective_from=state.since,
        name=state.name,
        kind=state.kind,
        kind_label=state.label,
        level=state.level,
        bloc=Bloc.TERRITORY,
        parent=state.parent,
        codes=state.codes,
        baseline=state.baseline,
        decision=state.decision,
        note=state.note,
    )


def _build_changes(before: UnitState, after: UnitState) -> list[OrganizationFact]:
    """The differences between two versions of a unit, as facts of one day."""
    facts: list[OrganizationFact] = []
    since, decision, note = after.since, after.decision, after.note
    codes = after.codes if after.codes != before.codes else None
    if after.parent != before.parent:
        facts.append(
            UnitReparented(
                effective_from=since, parent=after.parent, codes=codes, decision=decision, note=note
            )
        )
    if after.name != before.name:
        facts.append(UnitRenamed(effective_from=since, name=after.name, decision=decision, note=note))
    if (after.kind, after.level, after.label) != (before.kind, before.level, before.label):
        facts.append(
            UnitReclassified(
                effective_from=since,
                kind=after.kind,
                level=after.level,
                kind_label=after.label,
                decision=decision,
                note=note,
            )
        )
    return facts


def _proposal(fact: OrganizationFact, version: UnitVersion) -> Proposal:
    return Proposal(fact, version.line.file, version.line.number, "valid_from", "/".join(version.unit_key))
