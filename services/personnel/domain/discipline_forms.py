"""Which forms of discipline may be decided on which day, for the Party and for the state."""

from services.personnel.domain.rejections import FormNotInForce
from services.personnel.events import Disciplined, DisciplineForm, Side
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, Day, PDate, earliest, latest

ALWAYS = (FIRST_DAY, LAST_DAY)
NEVER = (LAST_DAY, FIRST_DAY)
LAW_2008, LAW_2025 = Day(PDate("2010-01-01")), Day(PDate("2025-07-01"))
FORM_PERIODS: dict[tuple[Side, DisciplineForm], tuple[Day, Day]] = {
    (Side.PARTY, DisciplineForm.REPRIMAND): ALWAYS,
    (Side.PARTY, DisciplineForm.WARNING): ALWAYS,
    (Side.PARTY, DisciplineForm.REMOVAL): ALWAYS,
    (Side.PARTY, DisciplineForm.EXPULSION): ALWAYS,
    (Side.STATE, DisciplineForm.REPRIMAND): ALWAYS,
    (Side.STATE, DisciplineForm.WARNING): ALWAYS,
    (Side.STATE, DisciplineForm.REMOVAL): ALWAYS,
    (Side.STATE, DisciplineForm.DISCHARGE): ALWAYS,
    (Side.STATE, DisciplineForm.DISMISSAL): (LAW_2008, LAST_DAY),
    (Side.STATE, DisciplineForm.RANK_CUT): (FIRST_DAY, LAW_2008),
    (Side.STATE, DisciplineForm.DEMOTION): (LAW_2008, LAW_2025),
    (Side.STATE, DisciplineForm.PAY_CUT): (FIRST_DAY, LAW_2025),
}
"""[first day, first day after] on which a form may be decided (Laws on cadres and civil servants of 2008 and 2025)."""


def require_form_in_force(proposed: Disciplined) -> None:
    """Raises FormNotInForce, with the forms that exist on the day of decision, else on the day of effect."""
    when = proposed.decided_on or proposed.effective_from
    if may_be_decided(proposed.side, proposed.form, when):
        return
    allowed = [
        form.value
        for side, form in FORM_PERIODS
        if side is proposed.side and may_be_decided(side, form, when)
    ]
    raise FormNotInForce(
        field="form", form=proposed.form.value, side=proposed.side.value, when=when, allowed=allowed
    )


def may_be_decided(side: Side, form: DisciplineForm, when: PDate) -> bool:
    """Whether the form exists on some day that the date can mean."""
    since, until = FORM_PERIODS.get((side, form), NEVER)
    return since <= latest(when) and earliest(when) < until
