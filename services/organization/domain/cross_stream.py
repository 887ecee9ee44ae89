"""What a proposed fact needs of other units: a parent or unit that exists on the date, no circle, own codes."""

from collections.abc import Sequence

from services.chronicle.rows import UNIT_CODES, UNITS, UnitRow, names_another
from services.organization.domain.rejections import CodeTaken, NotFound, NotInExistence, UnderItself
from services.organization.events import OrganizationFact, PostCreated, UnitEstablished, UnitReparented
from shared.core.decider import ReadModel
from shared.core.facts import Code
from shared.core.partial_dates import Day, PDate, earliest, latest


def check(stream: str, proposed: OrganizationFact, read_model: ReadModel) -> None:
    """Raises NotFound, NotInExistence or UnderItself for the unit that the fact names, if it names one, and CodeTaken
    for its codes."""
    require_free_codes(stream, proposed, read_model)
    match proposed:
        case UnitEstablished(parent=parent) | UnitReparented(parent=parent) if parent:
            require_existing_on(
                read_model.rows(UNITS, unit_id=parent), parent, proposed.effective_from, field="parent"
            )
            since = earliest(proposed.effective_from)
            if parent == stream or stream in find_ancestors(parent, since, read_model):
                raise UnderItself(field="parent", parent=parent)
        case PostCreated(unit=unit) if unit:
            require_existing_on(
                read_model.rows(UNITS, unit_id=unit), unit, proposed.effective_from, field="unit"
            )


def require_free_codes(stream: str, proposed: OrganizationFact, read_model: ReadModel) -> None:
    """No other unit, or no other post, certainly has one of the codes on the first day.

    A code may be given again later, and the earlier unit be recorded after the later one."""
    first = latest(proposed.effective_from)
    what = "post" if isinstance(proposed, PostCreated) else "unit"
    codes: tuple[Code, ...] | None = getattr(proposed, "codes", None)
    for code in codes or ():
        if names_another(code.scheme):
            continue
        for row in read_model.rows(UNIT_CODES, scheme=code.scheme, value=code.value):
            if row.subject != stream and row.what == what and row.certain_from <= first < row.certain_to:
                raise CodeTaken(field="codes", scheme=code.scheme, value=code.value, id=row.subject)


def require_existing_on(versions: Sequence[UnitRow], unit: str, when: PDate, *, field: str) -> None:
    """The unit is known here and exists on some day that the date can mean. `field` is what names it in the fact."""
    if not versions:
        raise NotFound(field=field, id=unit)
    if not any(row.valid_from <= latest(when) and earliest(when) < row.valid_to for row in versions):
        raise NotInExistence(field=field, id=unit, when=when)


def find_ancestors(unit: str, since: Day, read_model: ReadModel) -> set[str]:
    """All units above this one on any day from `since` on."""
    ancestors: set[str] = set()
    waiting = [unit]
    while waiting:
        versions = read_model.rows(UNITS, unit_id=waiting.pop())
        parents = {row.parent_id for row in versions if row.valid_to > since and row.parent_id} - ancestors
        ancestors |= parents
        waiting.extend(parents)
    return ancestors
