"""A rotation down and back in a few facts, told by several tests."""

from services.rotation.events import (
    Direction,
    MoveKind,
    PlanApproved,
    PlanItem,
    Rotated,
    RotationEnded,
    RotationOutcome,
    Transferred,
)
from shared.testing import on

MAY, IN_A_YEAR, IN_THREE_YEARS = on("2018-05-01"), on("2019-05-01"), on("2021-05-01")

rotated = Rotated(
    rotation="r1",
    to_post="ward-secretary",
    from_tenure="t1",
    direction=Direction.DOWN,
    effective_from=MAY,
    decision="d1",
)
returned = RotationEnded(
    rotation="r1",
    outcome=RotationOutcome.RETURNED,
    next_post="city-deputy",
    approach=True,
    effective_from=IN_THREE_YEARS,
    decision="d2",
)
recalled = RotationEnded(rotation="r1", outcome=RotationOutcome.RECALLED, effective_from=IN_A_YEAR)
transferred = Transferred(
    move="m1", kind=MoveKind.TRANSFER, to_post="ward-secretary", from_tenure="t1", effective_from=MAY
)
seconded = Transferred(
    move="s1", kind=MoveKind.SECONDMENT, to_post="ward-secretary", until=IN_A_YEAR, effective_from=MAY
)
plan = PlanApproved(
    owner="city",
    term="2015-2020",
    items=(
        PlanItem(item="down", count=19, direction=Direction.DOWN),
        PlanItem(item="an", cadre="an", direction=Direction.LATERAL),
    ),
    effective_from=MAY,
)
