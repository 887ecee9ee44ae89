"""The dated history of units as proposed facts: what establishes each unit, and how its versions differ."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from services.importing.batches import Proposal, Streams
from services.importing.units.history import History, Place, Version
from services.importing.units.kinds import kind_of, level_of, parent_code, unit_code
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

Decided = dict[tuple[str, str], str]
"""The document in the register, by decree and the day from which it has effect."""


@dataclass(slots=True)
class Look:
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
    version: Version


def streams_of(history: History, decided: Decided) -> Streams:
    """Proposals by unit, parents before children."""
    streams: Streams = {}
    for place in sorted(history.versions):
        for looks in _lives(history, place, decided):
            proposals = [_proposal(fact, look.version) for look, fact in _facts(looks)]
            last = looks[-1].version
            if last.until != LAST_DAY and not history.goes_on(last):
                gone = UnitDissolved(effective_from=PDate(last.until), reason=DissolutionReason.ENDED)
                proposals.append(_proposal(gone, last))
            streams[history.id_of(place, looks[0].version.since)] = proposals
    return streams


def _lives(history: History, place: Place, decided: Decided) -> Iterator[list[Look]]:
    lives: dict[int, list[Look]] = defaultdict(list)
    for version in history.versions[place]:
        days = {version.since}
        if version.above:  # the parent's code may pass to another unit while this version lasts
            others = history.versions.get(version.above, ())
            days |= {other.since for other in others if version.since < other.since < version.until}
        lives[version.life] += [_look(history, version, day, decided) for day in sorted(days)]
    yield from lives.values()


def _look(history: History, version: Version, day: Day, decided: Decided) -> Look:
    line, (level, code), above = version.line, version.place, version.above
    over = [each for each in history.versions.get(above, ()) if each.covers(day)] if above else []
    city = any(kind_of("1", each.line.get("type"), False) is Kind.MUNICIPALITY for each in over)
    kind = kind_of(level, line.get("type"), city)
    codes = [unit_code(history.scheme, level, code)]
    if above and above not in history.versions:
        codes.append(parent_code(history.scheme, *above))
    return Look(
        since=PDate(day),
        parent=history.id_of(above, day) if above else "",
        name=line.get("name"),
        kind=kind,
        level=level_of(level, kind),
        label=line.get("type"),
        codes=tuple(codes),
        decision=decided.get((line.get("decrees_in"), day), PENDING),
        note=line.get("decrees_in"),
        baseline=line.get("change_in") == "baseline",
        version=version,
    )


def _facts(looks: list[Look]) -> Iterator[tuple[Look, OrganizationFact]]:
    yield looks[0], established(looks[0])
    for before, after in pairwise(looks):
        for fact in changes(before, after):
            yield after, fact


def established(look: Look) -> UnitEstablished:
    return UnitEstablished(
        effective_from=look.since,
        name=look.name,
        kind=look.kind,
        kind_label=look.label,
        level=look.level,
        bloc=Bloc.TERRITORY,
        parent=look.parent,
        codes=look.codes,
        baseline=look.baseline,
        decision=look.decision,
        note=look.note,
    )


def changes(before: Look, after: Look) -> list[OrganizationFact]:
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


def _proposal(fact: OrganizationFact, version: Version) -> Proposal:
    return Proposal(fact, version.line.file, version.line.number, "valid_from", "/".join(version.place))
