"""The days on which each kind of unit may begin to exist."""

from services.organization.domain.rejections import KindNotInForce
from services.organization.events import Kind
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, UNKNOWN, Day, PDate, earliest, latest

REFORM = Day(PDate("2025-07-01"))
LAST_ZONE_ENDED = Day(PDate("1991-08-12"))
"""The day on which the special zone of Vũng Tàu - Côn Đảo, the last of the early ones, became a province."""
KIND_PERIODS: dict[Kind, tuple[tuple[Day, Day], ...]] = {
    **dict.fromkeys(
        (
            Kind.URBAN_DISTRICT,
            Kind.RURAL_DISTRICT,
            Kind.DISTRICT_TOWN,
            Kind.PROVINCIAL_CITY,
            Kind.SUB_CITY,
            Kind.TOWNSHIP,
        ),
        ((FIRST_DAY, REFORM),),
    ),
    Kind.SPECIAL_ZONE: ((FIRST_DAY, LAST_ZONE_ENDED), (REFORM, LAST_DAY)),
}
"""[first day, first day after] on which a kind of unit may begin; all others always (Law 72/2025/QH15).

Special zones were units of the province level until 1991, and are units of the commune level since the reform."""


def require_kind_in_force(kind: Kind, when: PDate) -> None:
    """Raises KindNotInForce where no day that the date can mean is one on which the kind may begin."""
    periods = KIND_PERIODS.get(kind)
    if periods is None or any(_may_begin(when, first, after) for first, after in periods):
        return
    first, after = periods[-1]
    raise KindNotInForce(field="kind", kind=kind.value, vi=kind.vi, from_=first, until=after)


def _may_begin(when: PDate, first: Day, after: Day) -> bool:
    return latest(when) >= first and (when == UNKNOWN or earliest(when) < after)
