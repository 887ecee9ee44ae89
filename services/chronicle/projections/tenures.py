"""Who holds which post: one row per tenure, cut where it is suspended and taken up again."""

from msgspec.structs import replace

from services.appointment.events import (
    Appointed,
    AppointmentFact,
    By,
    Designated,
    Elected,
    Holding,
    Reappointed,
    Reinstated,
    Suspended,
    TenureEnded,
    topic,
)
from services.chronicle.projections.shapes import codes_text, until
from shared.dates import Day, PDate, add_months, earliest, latest
from shared.facts import Code, Recorded
from shared.projection import Changes, Projection, Row, Rows


class TenureRow(Row, frozen=True, kw_only=True):
    """[start, end) of the whole tenure, and the valid bounds of this stretch of it (`status` ACTIVE or SUSPENDED).

    Key: the tenure, with `/n` for the stretches after the first. `ended` is empty while it lasts, else the reason.
    """

    tenure_id: str
    cadre_id: str
    post_id: str
    holding: str
    route: str
    start: str
    codes: str
    opened_by: str
    decision: str
    end: str = ""
    planned_end: str = ""
    ended: str = ""
    closed_by: str = ""
    closing_decision: str = ""
    status: str = "ACTIVE"
    stretch: int = 0
    term_no: int = 1
    continues: str = ""


def step(rows: Rows[TenureRow], event: Recorded[AppointmentFact]) -> Changes[TenureRow]:
    fact = event.fact
    match fact:
        case Appointed():
            return _opened(
                rows, event, fact.tenure, fact.post, fact.holding, fact.route, fact.continues, fact.codes
            )
        case TenureEnded():
            return _ended(rows, event, fact)
        case Reappointed():
            return _reappointed(rows, event, fact)
        case Elected():
            return _opened(rows, event, fact.tenure, fact.post, fact.holding, By.ELECTED, "", fact.codes)
        case Designated():
            by = By.DESIGNATED
            return _opened(rows, event, fact.tenure, fact.post, fact.holding, by, fact.continues, fact.codes)
        case Suspended() | Reinstated():
            return _suspended(rows, event, fact)
    return {}


def _opened(
    rows: Rows[TenureRow],
    event: Recorded[AppointmentFact],
    tenure: str,
    post: str,
    holding: Holding,
    route: By,
    continues: str,
    codes: tuple[Code, ...],
) -> Changes[TenureRow]:
    if tenure in rows:
        return {}
    fact = event.fact
    start = fact.effective_from
    return {
        tenure: TenureRow(
            tenure_id=tenure,
            cadre_id=event.stream,
            post_id=post,
            holding=holding.value,
            route=route.value,
            start=start,
            codes=codes_text(codes),
            opened_by=event.event_id,
            decision=fact.decision,
            planned_end=_planned_end(start, fact.term_months),  # type: ignore[attr-defined]
            continues=continues,
            valid_from=earliest(start),
            certain_from=latest(start),
        )
    }


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
            route=By.REAPPOINTED.value,
            start=start,
            codes="",
            opened_by=event.event_id,
            decision=fact.decision,
            planned_end=_planned_end(start, fact.term_months),
            continues=fact.previous,
            term_no=fact.term_no,
            valid_from=earliest(start),
            certain_from=latest(start),
        )
    }


def _ended(rows: Rows[TenureRow], event: Recorded[AppointmentFact], fact: TenureEnded) -> Changes[TenureRow]:
    """The first end stands; a second one is for the decider to refuse or a correction to resolve."""
    row = rows.get(fact.tenure)
    if row is None or row.ended:
        return {}
    end = fact.effective_from
    reason = fact.reason.value
    last = replace(
        row, end=end, ended=reason, closed_by=event.event_id, closing_decision=fact.decision, **until(end)
    )
    if f"{fact.tenure}/1" not in rows:
        return {fact.tenure: last}
    changes = {}
    for key, stretch in _stretches(rows, fact.tenure).items():
        changes[key] = replace(
            stretch, end=end, ended=reason, closed_by=event.event_id, closing_decision=fact.decision
        )
    changes[key] = replace(changes[key], **until(end))
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


def _planned_end(start: PDate, months: int) -> str:
    return add_months(Day(start), months) if months > 0 and len(start) == 10 else ""


tenures = Projection[AppointmentFact, TenureRow](
    name="tenures",
    follows=topic,
    row=TenureRow,
    step=step,
    indexes=(
        (
            "post_id",
            "valid_from",
            "valid_to",
            "known_from",
            "known_to",
            "certain_from",
            "certain_to",
            "cadre_id",
            "tenure_id",
            "holding",
            "status",
        ),
        ("cadre_id",),
    ),
)
