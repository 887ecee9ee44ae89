"""A correction of a fact that is nowhere, as from another site, is shown while it counts and changes nothing."""

from pathlib import Path
from typing import Any

import pytest

from services.chronicle.projections import PROJECTIONS
from services.chronicle.queries.contradictions.detection import find_contradictions
from services.organization.events import UnitRenamed
from shared.core.bitemporal import fold_periods, fold_periods_by_definition
from shared.core.facts import Corrected
from shared.core.partial_dates import BY_NOW, FOREVER
from shared.testing.given import amend, history, on, void
from tests.contradictions.stored import Told, cadre, post, tenure, unit
from tests.contradictions.test_latest import opened, take_over

NOWHERE = "0197c3a1-7b1e-7c44-8d0a-3f5b2c6d7e8f"
[ORGANIZATION] = [each for each in PROJECTIONS if each.name == "ignored_organization"]
U, RENAMED = unit("u")[2], UnitRenamed(effective_from=on("2010-01-01"), name="N")


FIRST, SECOND, THIRD = "here/1", "here/2", "here/3"


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ((U, void(NOWHERE)), {(SECOND, "WITHOUT", True)}),
        ((U, amend(NOWHERE, name="X")), {(SECOND, "WITHOUT", True)}),
        ((U, amend(FIRST, effective_from=7)), {(SECOND, "UNFIT", True)}),
        ((U, void(NOWHERE), void(SECOND)), {(SECOND, "WITHOUT", False)}),
        (
            (U, void(NOWHERE), void(SECOND), void(THIRD)),
            {(SECOND, "WITHOUT", False), (SECOND, "WITHOUT", True)},
        ),
        ((U, void(THIRD), RENAMED), {(SECOND, "WITHOUT", False)}),
        ((U, RENAMED, void(SECOND), amend(THIRD, target=NOWHERE)), {(THIRD, "WITHOUT", True)}),
        ((U, RENAMED, void(SECOND), amend(FIRST, name="X")), set()),
    ],
)
def test_rows_on_both_time_axes(facts: tuple[Any, ...], shown: set[tuple[str, str, bool]]) -> None:
    """(correction, why, whether it is still so): void, or its target arrives, and it is no more."""
    events = history(*facts)
    periods = fold_periods(ORGANIZATION, events)
    assert {(each.row.fact, each.row.because, each.known_to == FOREVER) for each in periods} == shown
    key = lambda each: (each.key, each.known_from)  # noqa: E731 - two uses
    assert sorted(periods, key=key) == sorted(fold_periods_by_definition(ORGANIZATION, events), key=key)
    assert sorted(fold_periods(ORGANIZATION, events[::-1]), key=key) == sorted(periods, key=key)


@pytest.mark.parametrize(
    ("told", "concerns"),
    [
        (("organization", "u"), [("unit", "u")]),
        (("organization", "p"), [("post", "p")]),
        (("personnel", "an"), [("cadre", "an")]),
        (("appointment", "an"), [("cadre", "an")]),
        (("rotation", "nobody"), [("cadre", "nobody")]),
        (("planning", "plan"), [("list", "plan")]),
        (("regulation", "decision"), [("decision", "decision")]),
    ],
)
def test_it_is_a_fact_without_effect(
    tmp_path: Path, told: tuple[str, str], concerns: list[tuple[str, str]]
) -> None:
    facts: list[Told] = [unit("u"), post("p", "u"), cadre("an"), *tenure("an", "p", "2010-01-01", id_="a")]
    with opened(tmp_path) as ledger:
        take_over(ledger, *facts)
        [event] = take_over(ledger, (*told, Corrected(target=NOWHERE, mode="VOID", reason="r")))
        with ledger.tables.engine.connect() as connection:
            [found] = find_contradictions(connection, BY_NOW)
        topic, stream = told
        assert (found.kind, [tuple(each) for each in found.concerns]) == ("FACT_WITHOUT_EFFECT", concerns)
        assert found.facts == (f"{topic}/{stream}/{event.event_id}",)
        take_over(ledger, (*told, Corrected(target=event.event_id, mode="VOID", reason="r")))
        with ledger.tables.engine.connect() as connection:
            assert find_contradictions(connection, BY_NOW) == []
