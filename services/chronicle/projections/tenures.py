"""Who holds which post: one row per tenure, cut where it is suspended and taken up again."""

from functools import lru_cache

from msgspec.structs import replace

from services.appointment.events import (
    Appointed,
    AppointmentFact,
    AppointmentRoute,
    Designated,
    Elected,
    Reappointed,
    Reinstated,
    Suspended,
    TenureEnded,
    topic,
)
from services.chronicle.projections.row_fields import codes_text, findings_text, surely_until, until
from services.chronicle.rows import TenureRow
from shared.core.facts import Recorded
from shared.core.partial_dates import Day, PDate, add_months, earliest, latest
from shared.core.projection import Changes, Projection, Rows


def _step(rows: Rows[TenureRow], event: Recorded[AppointmentFact]) -> Changes[TenureRow]:
    """What a fact changes in the rows of one cadre's tenures."""
    match fact := event.fact:
        case Appointed() | Elected() | Designated():
            return _opened(rows, event, fact)
        case TenureEnded():
            return _ended(rows, event, fact)
        case Reappointed():
            return _reappointed(rows, event, fact)
        case Suspended() | Reinstated():
            return _suspended(rows, event, fact)
    return {}


def _opened(
    rows: Rows[TenureRow], event: Recorded[AppointmentFact], fact: Appointed | Elected | Designated
) -> Changes[TenureRow]:
    tenure, start = fact.tenure, fact.effective_from
    if tenure in rows:
        return {}
    row = TenureRow(
        tenure_id=tenure,
        cadre_id=event.stream,
        post_id=fact.post,
        holding=str(fact.holding),
        route=str(fact.route if isinstance(fact, Appointed) else _ROUTES[type(fact)]),
        start=start,
        codes=codes_text(fact.codes),
        opened_by=event.event_id,
        decision=fact.decision,
        decided_on=fact.decided_on or "",
        planned_end=_planned_end(start, fact.term_months),
        continues="" if isinstance(fact, Elected) else fact.continues,
        planned_entry=fact.planned_entry if isinstance(fact, Appointed) else "",
        findings=findings_text(event),
        valid_from=earliest(start),
        certain_from=latest(start),
    )
    return {tenure: row}


def _reappointed(
    rows: Rows[TenureRow], event: Recorded[AppointmentFact], fact: Reappointed
) -> Changes[TenureRow]:
    before = rows.get(fact.previous)
    if before is None or fact.tenure in rows:
        return {}
    start = fact.effective_from
    return {
        fact.tenure: TenureRow(
            tenure_id=fact.tenure,
            cadre_id=event.stream,
            post_id=before.post_id,
            holding=before.holding,
            route=str(AppointmentRoute.REAPPOINTED),
            start=start,
            codes="",
            opened_by=event.event_id,
            decision=fact.decision,
            decided_on=fact.decided_on or "",
            planned_end=_planned_end(start, fact.term_months),
            continues=fact.previous,
            term_no=fact.term_no,
            findings=findings_text(event),
            valid_from=earliest(start),
            certain_from=latest(start),
        )
    }


def _ended(rows: Rows[TenureRow], event: Recorded[AppointmentFact], fact: TenureEnded) -> Changes[TenureRow]:
    """The first end counts; the decider refuses a second one, or a correction resolves it."""
    row = rows.get(fact.tenure)
    if row is None or row.ended:
        return {}
    end, reason, decision = fact.effective_from, str(fact.reason), fact.decision
    changes = {}
    if f"{fact.tenure}/1" in rows:
        *earlier, (key, row) = _stretches(rows, fact.tenure).items()
        for name, stretch in earlier:
            changes[name] = replace(
                stretch, end=end, ended=reason, closed_by=event.event_id, closing_decision=decision
            )
    else:
        key = fact.tenure
    changes[key] = replace(
        row,
        end=end,
        ended=reason,
        closed_by=event.event_id,
        closing_decision=decision,
        findings=findings_text(event, row.findings),
        valid_to=latest(end),
        certain_to=surely_until(end),
    )
    return changes


def _suspended(
    rows: Rows[TenureRow], event: Recorded[AppointmentFact], fact: Suspended | Reinstated
) -> Changes[TenureRow]:
    status = "SUSPENDED" if isinstance(fact, Suspended) else "ACTIVE"
    stretches = _stretches(rows, fact.tenure)
    if not stretches:
        return {}
    key, last = list(stretches.items())[-1]
    if last.status == status or last.ended:
        return {}
    when = fact.effective_from
    return {
        key: replace(last, **until(when)),
        f"{fact.tenure}/{len(stretches)}": replace(
            last, status=status, stretch=len(stretches), valid_from=earliest(when), certain_from=latest(when)
        ),
    }


def _stretches(rows: Rows[TenureRow], tenure: str) -> dict[str, TenureRow]:
    keys = [tenure] if tenure in rows else []
    while keys and (key := f"{tenure}/{len(keys)}") in rows:
        keys.append(key)
    return {key: rows[key] for key in keys}


@lru_cache(maxsize=20_000)
def _planned_end(start: PDate, months: int) -> str:
    return add_months(Day(start), months) if months > 0 and len(start) == 10 else ""


_ROUTES = {Elected: AppointmentRoute.ELECTED, Designated: AppointmentRoute.DESIGNATED}

_CHART_COLUMNS = (
    *("post_id", "valid_from", "valid_to", "known_from", "known_to", "certain_from", "certain_to"),
    *("cadre_id", "tenure_id", "+holding", "+status", "+start", "+planned_end", "+term_no"),
    *("+opened_by", "+decision", "+closed_by", "+closing_decision"),
)
"""What an org chart reads of a tenure: with these columns the index alone serves it."""

tenures = Projection[AppointmentFact, TenureRow](
    name="tenures",
    version=3,
    follows=topic,
    row=TenureRow,
    step=_step,
    indexes=(_CHART_COLUMNS, ("cadre_id",), ("!findings",), ("tenure_id", "+cadre_id")),
    handles=(Appointed, Elected, Designated, Reappointed, TenureEnded, Suspended, Reinstated),
)
