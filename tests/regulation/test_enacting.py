"""A rule is enacted version by version in a stream of its own; items of a programme belong to a document."""

from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from services.chronicle.projections import PROJECTIONS
from services.chronicle.projections.rules import rules
from services.regulation.domain.cross_stream import check
from services.regulation.domain.decider import regulation
from services.regulation.domain.rejections import (
    NotInRegister,
    ParametersDoNotFit,
    RuleElsewhere,
    RuleEndsBeforeStart,
    VersionsOverlap,
    VersionTaken,
)
from services.regulation.domain.rule_findings import check_parameters
from services.regulation.events import ItemStatus, ProgrammeItemStatusSet, RuleEnacted
from shared.core.decider import EmptyReadModel
from shared.core.normalization import Missing
from shared.core.rulebook import Rulebook, RuleVersion
from shared.testing import FakeReadModel, Given, history, on, rejects
from tests.regulation.test_domain import decision, revoked

given = partial(Given, regulation)

first = RuleEnacted(rule="BAR", number=1, effective_from=on("2025-01-01"), until=on("2026-01-01"))
second = replace(first, number=2, effective_from=on("2026-01-01"), until=None)
status = ProgrammeItemStatusSet(item="i1", status=ItemStatus.DONE, effective_from=on("2025-06-01"))


def test_versions_of_a_rule_follow_one_another() -> None:
    given().when(first).then(first)
    given(first).when(second).then(second)
    given(second).when(first).then(first)
    third = replace(second, number=3, effective_from=on("2026-02-01"))
    given(first, replace(second, until=on("2026-02-01"))).when(third).then(third)


def test_versions_of_one_scope_do_not_overlap() -> None:
    early = replace(second, effective_from=on("2025-12-31"))
    given(first).when(early).rejected(
        VersionsOverlap, field="effective_from", rule="BAR", number=1, since="2025-01-01", until="2026-01-01"
    )
    given(first, second).when(replace(first, number=3, effective_from=on("2030-01-01"), until=None)).rejected(
        VersionsOverlap, number=2, until="9999-12-31"
    )
    around = replace(first, number=3, effective_from=on("2024-01-01"), until=on("2027-01-01"))
    given(first).when(around).rejected(VersionsOverlap, number=1)
    narrower = replace(first, number=3, scope={"level": "COMMUNE", "bloc": "PARTY"})
    given(first).when(narrower).then(narrower)
    same_scope = replace(narrower, number=4, scope={"bloc": "PARTY", "level": "COMMUNE"})
    given(first, narrower).when(same_scope).rejected(VersionsOverlap, number=3)


def test_a_version_has_a_number_of_its_own() -> None:
    given(first).when(replace(second, number=1)).rejected(
        VersionTaken, field="number", number=1, since="2025-01-01"
    )


@pytest.mark.parametrize("until", ["2025-01-01", "2024-12-31"])
def test_a_version_is_in_force_for_a_day_at_least(until: str) -> None:
    given().when(replace(first, until=on(until))).rejected(
        RuleEndsBeforeStart, field="until", start="2025-01-01", end=until
    )
    a_day = replace(first, until=on("2025-01-02"))
    given().when(a_day).then(a_day)


def test_a_rule_has_a_name_and_a_stream_without_any_other() -> None:
    given().when(replace(first, rule=" ")).rejected(Missing, field="rule")
    given(first).when(replace(second, rule="OTHER")).rejected(
        RuleElsewhere, field="rule", rule="OTHER", here="BAR"
    )
    given(first, second).when(replace(second, rule="OTHER", number=3, scope={"level": "WARD"})).rejected(
        RuleElsewhere, here="BAR"
    )
    given(decision).when(first).rejected(NotInRegister)
    given(first).when(revoked).rejected(NotInRegister)
    given(decision, first).when(revoked).then(revoked)


def test_no_version_of_a_rule_is_in_another_stream() -> None:
    other = replace(first, rule="OTHER")
    rows = [
        *rules.fold(history(first, stream="bar")).values(),
        *rules.fold(history(other, stream="other")).values(),
    ]
    known = FakeReadModel(PROJECTIONS, rules=rows)
    check("bar", second, known)
    with rejects(RuleElsewhere, field="rule", rule="BAR", stream="bar"):
        check("bar-2", second, known)
    check("anywhere", decision, EmptyReadModel())


def test_a_status_is_of_an_item_of_a_document_in_the_register() -> None:
    given(decision).when(status).then(status)
    given().when(status).rejected(NotInRegister)
    given(first).when(status).rejected(NotInRegister)
    given(decision).when(replace(status, item=" ")).rejected(Missing, field="item")
    given(decision, status).when(revoked).then(revoked)


SHIPPED = Rulebook(
    [
        RuleVersion(
            rule="BAR",
            number=1,
            since=on("2020-01-01"),
            until=on("2022-01-01"),
            parameters={"months": 12, "old": 1},
        ),
        RuleVersion(
            rule="BAR", number=2, since=on("2022-01-01"), parameters={"months": 24, "share": 0.5, "new": True}
        ),
        RuleVersion(
            rule="SHARE",
            number=1,
            since=on("2022-01-01"),
            parameters={"share": 0.5, "of": ("GOOD", "EXCELLENT")},
        ),
    ]
)


@pytest.mark.parametrize(
    ("rule", "parameters"),
    [
        ("BAR", {"months": 36}),
        ("BAR", {"months": 36, "more": "x"}),
        ("SHARE", {"share": 0.25, "of": ("GOOD",)}),
        ("SHARE", {"share": 1, "of": ()}),
        ("OURS", {}),
    ],
)
def test_a_version_has_what_every_shipped_one_has(rule: str, parameters: dict[str, Any]) -> None:
    check_parameters(SHIPPED, replace(first, rule=rule, parameters=parameters))


@pytest.mark.parametrize(
    ("rule", "parameters", "name", "needed"),
    [
        ("BAR", {}, "months", "int"),
        ("BAR", {"months": "36"}, "months", "int"),
        ("BAR", {"months": 36.5}, "months", "int"),
        ("BAR", {"months": True}, "months", "int"),
        ("SHARE", {"share": "half", "of": ("GOOD",)}, "share", "float"),
        ("SHARE", {"share": 0.25}, "of", "tuple"),
        ("SHARE", {"share": 0.25, "of": "GOOD"}, "of", "tuple"),
    ],
)
def test_a_version_that_could_not_be_judged_by_is_refused(
    rule: str, parameters: dict[str, Any], name: str, needed: str
) -> None:
    with rejects(ParametersDoNotFit, field="parameters", name=name, needed=needed):
        check_parameters(SHIPPED, replace(first, rule=rule, parameters=parameters))
