"""Proposals for units, posts and unit links from files in the common layout."""

from collections import Counter, defaultdict

from services.importing.batches import Proposal, ProposalsByStream, derive_id
from services.importing.csv_reader import CsvLine, Sheet
from services.organization.events import (
    DissolutionReason,
    Edge,
    Kind,
    Portion,
    PostCreated,
    ReorganisationExecuted,
    UnitDissolved,
    UnitEstablished,
)
from shared.core.facts import Code
from shared.core.partial_dates import (
    FIRST_DAY,
    LAST_DAY,
    UNKNOWN,
    Day,
    PDate,
    earliest,
    latest,
    may_precede,
    partial_date,
)

Lives = dict[str, tuple[Day, Day]]
"""Of every imported unit or post: the first day it may have existed, and the first day it no longer did."""
WHOLE = {"name change", "merger", "rename", "merged"}


def units_of(sheet: Sheet, scheme: str, recorded: Lives | None = None) -> tuple[ProposalsByStream, Lives]:
    """Units, parents before children; units below themselves, or below an unknown one, are set aside.

    `recorded`: units of the scheme without a line."""
    lines = {line.get("unit_id"): line for line in sheet.lines}
    streams: ProposalsByStream = {}
    lives: Lives = dict(recorded or {})
    for code in lines:
        trail: list[str] = []
        while code and code in lines and code not in trail and derive_id(scheme, "unit", code) not in lives:
            trail.append(code)
            code = lines[code].get("parent_id")
        for step in reversed(trail):
            _unit(lines[step], scheme, sheet, streams, lives, circle=code in trail)
    return streams, lives


def _unit(
    line: CsvLine, scheme: str, sheet: Sheet, streams: ProposalsByStream, lives: Lives, circle: bool
) -> None:
    id_ = derive_id(scheme, "unit", line.get("unit_id"))
    parent = derive_id(scheme, "unit", line.get("parent_id")) if line.get("parent_id") else ""
    if id_ in lives or any(problem.line == line.number for problem in sheet.set_aside):
        return
    if circle:
        reason, remedy = (
            "the unit stands under itself or under one of its descendants",
            "correct the parent_id",
        )
        sheet.set_aside.append(line.set_aside("parent_id", "UnderItself", reason, remedy))
    elif parent and parent not in lives:
        reason, remedy = "no line that was taken has this unit_id", "add the parent or correct the id"
        sheet.set_aside.append(line.set_aside("parent_id", "UnknownReference", reason, remedy))
    elif not line.get("name"):
        sheet.set_aside.append(
            line.set_aside("name", "Missing", "the name is empty", "write the unit's name")
        )
    elif (life := _life(line, sheet)) is not None:
        start, end = life
        lives[id_] = (earliest(start), latest(end) if end else LAST_DAY)
        established = UnitEstablished(
            effective_from=start,
            name=line.get("name"),
            kind=Kind.OTHER,
            kind_label=line.get("type"),
            level=line.get("level"),
            parent=parent,
            codes=(Code(scheme, line.get("unit_id")),),
        )
        streams[id_] = [Proposal(established, line.file, line.number, "unit_id", line.get("unit_id"))]
        if end:
            dissolved = UnitDissolved(effective_from=end, reason=DissolutionReason.ENDED)
            streams[id_].append(Proposal(dissolved, line.file, line.number, "valid_to", line.get("unit_id")))


def _life(line: CsvLine, sheet: Sheet) -> tuple[PDate, PDate] | None:
    dates = {}
    for column in ("valid_from", "valid_to"):
        try:
            dates[column] = partial_date(line.get(column))
        except ValueError as error:
            sheet.set_aside.append(
                line.set_aside(column, "BadDate", str(error), "write 1995, 1995-06 or 1995-06-30")
            )
            return None
    start, end = dates["valid_from"], dates["valid_to"]
    if end and not may_precede(start, end):
        reason = f"the unit ends ({end}) before or on the day it starts ({start})"
        sheet.set_aside.append(line.set_aside("valid_to", "EndsBeforeStart", reason, "correct the dates"))
        return None
    return start, end


def posts_of(
    sheet: Sheet, scheme: str, units: Lives, recorded: Lives | None = None
) -> tuple[ProposalsByStream, Lives]:
    """Posts of imported units, and posts without a unit where the file names none. A post exists as long as its
    unit. `recorded`: posts of the scheme without a line."""
    streams: ProposalsByStream = {}
    homes: Lives = dict(recorded or {})
    for line in sheet.lines:
        code, unit = line.get("post_id"), line.get("unit_id")
        unit_id = derive_id(scheme, "unit", unit) if unit else ""
        if unit and unit_id not in units:
            reason, remedy = "no line that was taken has this unit_id", "add the unit or correct the id"
            sheet.set_aside.append(line.set_aside("unit_id", "UnknownReference", reason, remedy))
            continue
        if not line.get("title"):
            sheet.set_aside.append(
                line.set_aside("title", "Missing", "the title is empty", "write the post's title")
            )
            continue
        id_ = derive_id(scheme, "post", code)
        homes[id_] = units.get(unit_id, (FIRST_DAY, LAST_DAY))
        created = PostCreated(
            effective_from=UNKNOWN,
            unit=unit_id,
            title=line.get("title"),
            rank_group=line.get("rank") or line.get("level_hint"),
            seats=0,
            term_months=0,
            codes=(Code(scheme, code),),
        )
        streams[id_] = [Proposal(created, line.file, line.number, "title", code)]
    return streams, homes


def _link_key(line: CsvLine) -> tuple[str, ...]:
    """The order of the links of one day, whatever file they came in."""
    return tuple(line.get(column) for column in ("link_id", "predecessor_id", "successor_id", "type"))


def links_of(sheet: Sheet, scheme: str, units: Lives) -> ProposalsByStream:
    """Links between units; those of one day become one reorganisation with a clause for each."""
    by_day: dict[PDate, list[CsvLine]] = defaultdict(list)
    for line in sheet.lines:
        for column in ("predecessor_id", "successor_id"):
            if derive_id(scheme, "unit", line.get(column)) not in units:
                reason, remedy = "no line that was taken has this unit_id", "add the unit or correct the id"
                sheet.set_aside.append(line.set_aside(column, "UnknownReference", reason, remedy))
                break
        else:
            try:
                by_day[partial_date(line.get("effective_from"))].append(line)
            except ValueError as error:
                remedy = "write 1995, 1995-06 or 1995-06-30"
                sheet.set_aside.append(line.set_aside("effective_from", "BadDate", str(error), remedy))
    streams: ProposalsByStream = {}
    for day, lines in by_day.items():
        going = Counter(line.get("predecessor_id") for line in lines)
        edges = tuple(
            Edge(
                source=derive_id(scheme, "unit", line.get("predecessor_id")),
                target=derive_id(scheme, "unit", line.get("successor_id")),
                portion=Portion.WHOLE
                if going[line.get("predecessor_id")] == 1 and line.get("type").lower() in WHOLE
                else Portion.PART,
                clause_no=clause,
            )
            for clause, line in enumerate(sorted(lines, key=_link_key), start=1)
        )
        title = ", ".join(sorted({line.get("type") for line in lines}))
        fact = ReorganisationExecuted(effective_from=day, title=title, edges=edges)
        first = min(lines, key=lambda line: (line.number < 0, line.get("link_id")))
        streams[derive_id(scheme, "links", day)] = [
            Proposal(
                fact,
                first.file,
                first.number,
                "link_id",
                first.get("link_id"),
                also=tuple((line.file, line.number) for line in lines if line is not first),
            )
        ]
    return streams
