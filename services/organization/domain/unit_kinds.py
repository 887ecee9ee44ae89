"""The days on which each kind of unit may exist."""

from services.organization.domain.rejections import KindNotInForce
from services.organization.events import Kind
from shared.core.partial_dates import FIRST_DAY, LAST_DAY, UNKNOWN, Day, PDate, earliest, latest

REFORM = Day(PDate("2025-07-01"))
KIND_PERIODS: dict[Kind, tuple[Day, Day]] = {
    **dict.fromkeys(
        (
            Kind.URBAN_DISTRICT,
            Kind.RURAL_DISTRICT,
            Kind.DISTRICT_TOWN,
            Kind.PROVINCIAL_CITY,
            Kind.SUB_CITY,
            Kind.TOWNSHIP,
        ),
        (FIRST_DAY, REFORM),
    ),
    Kind.SPECIAL_ZONE: (REFORM, LAST_DAY),
}
"""[first day, first day after] on which a kind of unit may exist; all others always (Law 72/2025/QH15)."""


def require_kind_in_force(kind: Kind, when: PDate) -> None:
    """Raises KindNotInForce where no day that the date can mean is one on which the kind may exist."""
    first, after = KIND_PERIODS.get(kind, (FIRST_DAY, LAST_DAY))
    if latest(when) < first or (when != UNKNOWN and earliest(when) >= after):
        raise KindNotInForce(field="kind", kind=kind.value, vi=kind.vi, from_=first, until=after)
