"""Who was taken out of a post before the time, and why."""

import pytest
from msgspec.structs import replace

from services.appointment.events import EndReason, TenureEnded
from services.chronicle.projections.contests import reliefs
from services.chronicle.rows import ReliefRow
from shared.testing import on
from tests.chronicle.shown import rows

relieved = TenureEnded(
    tenure="t1",
    reason=EndReason.RELIEVED,
    ground="weak results",
    decision="d1",
    effective_from=on("2025-06"),
)


def test_whoever_is_relieved_is_shown_with_the_words_of_the_decision() -> None:
    assert rows(reliefs, relieved, stream="an") == [
        ReliefRow(
            cadre_id="an",
            tenure_id="t1",
            reason="RELIEVED",
            ground="weak results",
            opened_by="here/1",
            decision="d1",
            valid_from=on("2025-06-01"),
            certain_from=on("2025-06-30"),
        )
    ]


@pytest.mark.parametrize("reason", EndReason)
def test_only_who_is_taken_out_is_shown(reason: EndReason) -> None:
    taken_out = {"RELIEVED", "DISMISSED", "RESIGNED", "REMOVED_DISCIPLINE"}
    assert [row.reason for row in rows(reliefs, replace(relieved, reason=reason))] == [
        name for name in taken_out if name == reason.value
    ]


def test_the_first_end_of_a_tenure_stands() -> None:
    again = replace(relieved, ground="other", effective_from=on("2025-09-01"))
    other = replace(again, tenure="t2")
    found = rows(reliefs, relieved, again, other)
    assert [(row.tenure_id, row.ground) for row in found] == [("t1", "weak results"), ("t2", "other")]
