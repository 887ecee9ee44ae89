"""What plans of reorganisations want, version after version."""

from msgspec.structs import replace

from services.chronicle.projections.programmes import reorganisation_targets
from services.chronicle.rows import TargetRow
from services.organization.events import Kind, ReorganisationApproved, Target
from shared.core.partial_dates import LAST_DAY
from shared.testing import on
from tests.chronicle.shown import rows

plan = ReorganisationApproved(
    title="54 wards into 12",
    scope="the city",
    targets=(
        Target(kind=Kind.WARD, from_count=54, to_count=12, due_on=on("2025-09-15")),
        Target(kind=Kind.COMMUNE, from_count=9, to_count=3),
    ),
    decision="d1",
    effective_from=on("2025-05"),
)
second = replace(
    plan, plan_version=2, targets=plan.targets[:1], decision="d2", effective_from=on("2025-06-10")
)


def test_every_kind_that_a_plan_names_is_shown_with_its_counts() -> None:
    ward, commune = rows(reorganisation_targets, plan, stream="r1")
    assert ward == TargetRow(
        reorganisation="r1",
        title="54 wards into 12",
        scope="the city",
        plan_version=1,
        kind="WARD",
        from_count=54,
        to_count=12,
        due_on="2025-09-15",
        opened_by="here/1",
        decision="d1",
        valid_from=on("2025-05-01"),
        certain_from=on("2025-05-31"),
    )
    assert (commune.kind, commune.from_count, commune.to_count, commune.due_on) == ("COMMUNE", 9, 3, "")


def test_a_later_version_takes_the_place_of_the_one_before() -> None:
    third = replace(second, plan_version=3, effective_from=on("2025-07-01"))
    found = rows(reorganisation_targets, plan, second, third)
    assert [(row.plan_version, row.kind, row.valid_to, row.certain_to) for row in found] == [
        (1, "WARD", "2025-06-10", "2025-06-10"),
        (1, "COMMUNE", "2025-06-10", "2025-06-10"),
        (2, "WARD", "2025-07-01", "2025-07-01"),
        (3, "WARD", LAST_DAY, LAST_DAY),
    ]


def test_a_version_that_is_not_later_changes_nothing() -> None:
    for number in (1, 2):
        late = replace(plan, plan_version=number, title="other", effective_from=on("2026-01-01"))
        assert len(rows(reorganisation_targets, second, late)) == 1
