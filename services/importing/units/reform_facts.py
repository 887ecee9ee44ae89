"""A reform of the tree of units as proposed facts: the old tree, the change of every unit, and the clauses."""

from collections.abc import Mapping

from services.importing.batches import Proposal, ProposalsByStream
from services.importing.units.kinds import build_unit_code, find_kind, find_level
from services.importing.units.reform import Reform, TreeUnit, UnitKey
from services.organization.events import (
    Bloc,
    DissolutionReason,
    Edge,
    Kind,
    OrganizationFact,
    Portion,
    ReorganisationExecuted,
    UnitDissolved,
    UnitEstablished,
    UnitReclassified,
    UnitRenamed,
    UnitReparented,
)
from shared.core.facts import PENDING
from shared.core.partial_dates import PDate


def propose_old_tree(reform: Reform) -> ProposalsByStream:
    """The old tree, parents first."""
    streams: ProposalsByStream = {}
    for unit_key, unit in reform.old.items():
        kind = _kind(unit, reform.old)
        fact = UnitEstablished(
            effective_from=unit.since or PDate(f"..{reform.last}"),
            name=unit.name,
            kind=kind,
            kind_label=unit.type,
            level=find_level(unit.level, kind),
            bloc=Bloc.TERRITORY,
            parent=reform.old_id(unit.above) if unit.parent else "",
            codes=(build_unit_code(reform.scheme, *unit_key),),
            baseline=len(unit.since) != 10,
        )
        streams[reform.old_id(unit_key)] = [_proposal(fact, unit)]
    return streams


def propose_reform(reform: Reform) -> ProposalsByStream:
    """What the reform does to every unit, and the resolutions behind it."""
    survivors = set(reform.continues_from.values())
    streams: ProposalsByStream = {}
    for unit_key, unit in reform.new.items():
        facts = (
            _build_changes(reform, unit)
            if unit_key in reform.continues_from
            else [_build_established(reform, unit)]
        )
        streams[reform.new_id(unit_key)] = [_proposal(fact, unit) for fact in facts]
    for unit_key, unit in reform.old.items():
        if unit_key not in survivors:
            streams[reform.old_id(unit_key)] = [_proposal(build_dissolved(reform, unit), unit)]
    streams |= _executed(reform, "", f"Sắp xếp các đơn vị hành chính cấp tỉnh năm {reform.day[:4]}", "1")
    for level, code in reform.new:
        if level == "1":
            name = reform.new[level, code].name
            title = (
                f"Sắp xếp các đơn vị hành chính cấp xã của {name[0].lower()}{name[1:]} năm {reform.day[:4]}"
            )
            streams |= _executed(reform, code, title, "2")
    return streams


def merge_streams(first: ProposalsByStream, then: ProposalsByStream) -> ProposalsByStream:
    """The proposals of both, per stream first those of `first`, then those of `then`."""
    return {**first, **{stream: [*first.get(stream, ()), *proposals] for stream, proposals in then.items()}}


def _build_established(reform: Reform, unit: TreeUnit) -> UnitEstablished:
    kind = _kind(unit, reform.new)
    return UnitEstablished(
        effective_from=PDate(reform.day),
        name=unit.name,
        kind=kind,
        kind_label=unit.type,
        level=find_level(unit.level, kind),
        bloc=Bloc.TERRITORY,
        parent=reform.new_id(unit.above) if unit.parent else "",
        codes=(build_unit_code(reform.scheme, *unit.unit_key),),
        reorganisation=reform.reorganisation(unit.parent),
        decision=_decision_of(reform, unit.parent),
    )


def _build_changes(reform: Reform, unit: TreeUnit) -> list[OrganizationFact]:
    """New parent, name and type, each only if it differs. The new code goes with them."""
    was, day, decision = (
        reform.old[reform.continues_from[unit.unit_key]],
        PDate(reform.day),
        _decision_of(reform, unit.parent),
    )
    kind = _kind(unit, reform.new)
    codes = (build_unit_code(reform.scheme, *unit.unit_key),)
    facts: list[OrganizationFact] = []
    if unit.parent:
        parent = reform.new_id(unit.above)
        facts.append(UnitReparented(effective_from=day, parent=parent, codes=codes, decision=decision))
    if unit.name != was.name:
        facts.append(UnitRenamed(effective_from=day, name=unit.name, codes=codes, decision=decision))
    if (unit.type, kind) != (was.type, _kind(was, reform.old)):
        level = find_level(unit.level, kind)
        facts.append(
            UnitReclassified(
                effective_from=day,
                kind=kind,
                level=level,
                kind_label=unit.type,
                codes=codes,
                decision=decision,
            )
        )
    return facts


def build_dissolved(reform: Reform, unit: TreeUnit) -> UnitDissolved:
    province = reform.goes_to.get(reform.province(unit.unit_key), [("1", "")])[0][1]
    if unit.level == "1":
        reason, decision, province = DissolutionReason.CONSOLIDATED, reform.decisions.provinces, ""
    elif unit.level == "2":
        reason, decision = DissolutionReason.LEVEL_ABOLISHED, reform.decisions.level
    else:
        ways = len(reform.goes_to.get(unit.unit_key, ()))
        reason = DissolutionReason.DIVIDED if ways > 1 else DissolutionReason.CONSOLIDATED
        decision = _decision_of(reform, province)
    return UnitDissolved(
        effective_from=PDate(reform.day),
        reason=reason,
        reorganisation=reform.reorganisation(province),
        decision=decision,
    )


def _executed(reform: Reform, province: str, title: str, level: str) -> ProposalsByStream:
    """The clauses of a resolution, one for each new unit in the order of codes: the whole or a part of each source."""
    targets = [
        unit_key for unit_key, unit in reform.new.items() if unit_key[0] == level and unit.parent == province
    ]
    edges = tuple(
        Edge(
            source=reform.old_id(source),
            target=reform.new_id(target),
            portion=Portion.PART if len(reform.goes_to[source]) > 1 else Portion.WHOLE,
            clause_no=clause,
        )
        for clause, target in enumerate(targets, start=1)
        if target not in reform.continues_from
        for source in reform.comes_from.get(target, ())
    )
    if not edges:
        return {}
    fact = ReorganisationExecuted(
        effective_from=PDate(reform.day), title=title, edges=edges, decision=_decision_of(reform, province)
    )
    return {reform.reorganisation(province): [Proposal(fact)]}


def _decision_of(reform: Reform, province: str) -> str:
    """The document on a new province's communes; without a province: on the provinces."""
    return reform.decisions.communes.get(province, PENDING) if province else reform.decisions.provinces


def _kind(unit: TreeUnit, tree: Mapping[UnitKey, TreeUnit]) -> Kind:
    above = tree.get(unit.above)
    city = above is not None and find_kind("1", above.type, False) is Kind.MUNICIPALITY
    return find_kind(unit.level, unit.type, city)


def _proposal(fact: OrganizationFact, unit: TreeUnit) -> Proposal:
    return Proposal(fact, unit.file, unit.line, "code", "/".join(unit.unit_key))
