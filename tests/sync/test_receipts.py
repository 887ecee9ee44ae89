"""Receipts, quarantines and confirmations: the newest of each site, the same in whatever order they came."""

from random import Random

from msgspec.structs import replace

from services.sync.domain.delivery import OwnEntries, count_own_entries, sent_by_bundle
from services.sync.domain.heads import to_stored
from services.sync.domain.receipts import (
    accepted_targets,
    fold_confirmations,
    fold_quarantines,
    fold_receipts,
    receipt_key,
)
from services.sync.events import BundleMade, ErasureConfirmed, FirstSyncAccepted, HeldRange, Quarantined
from shared.replica.counting import LogJudgement
from shared.replica.runs import LogId
from tests.replica.signed_lines import SignedLine
from tests.sync.statements import HeldLog, receipt, state

TOY, OTHER = SignedLine([("e1", 6), ("e2", 4)]), SignedLine([("e1", 3)], topic="other", salt=50)
LOG, SAYS = HeldLog(TOY), LogJudgement()
HELD = HeldRange("px", "toy", "e2", 2, 4, "fork")
STATEMENTS = [
    state("huyen", 1, receipt({TOY.head(2), OTHER.head(0)})),
    state("huyen", 5, receipt({TOY.head(6)}, held=(HELD,), source="bundle:px/2")),
    state("huyen", 3, receipt({TOY.head(4), OTHER.head(2)})),
    state("tinh", 2, receipt({TOY.head(9)}, source="line:huyen")),
    state("huyen", 6, Quarantined(origin="px", topic="toy", epoch="e2", seq=2, roots=(), evidence=())),
    state("huyen", 7, ErasureConfirmed(subject="c1", event="x", keys=1)),
    state("tinh", 8, ErasureConfirmed(subject="c1", event="x", keys=0)),
]


def test_the_newest_receipt_of_each_site_counts_log_by_log() -> None:
    found = fold_receipts(STATEMENTS)
    assert set(found) == {"huyen", "tinh"}
    assert found["huyen"].receipt.heads == {TOY.head(6), OTHER.head(2)}
    assert found["huyen"].receipt.issued_at.startswith("2026-03-02T00:00:05")
    assert found["huyen"].last == "huyen-005-0"
    assert found["huyen"].held_of(LogId("px", "toy")) == {HELD}
    assert found["huyen"].held_of(LogId("px", "nothing")) == frozenset()
    assert found["tinh"].receipt.heads == {TOY.head(9)}


def test_the_order_in_which_statements_came_changes_nothing() -> None:
    chance = Random(11)
    expected = fold_receipts(STATEMENTS), fold_quarantines(STATEMENTS), fold_confirmations(STATEMENTS)
    for _ in range(30):
        events = [*STATEMENTS, *chance.choices(STATEMENTS, k=3)]
        chance.shuffle(events)
        assert (fold_receipts(events), fold_quarantines(events), fold_confirmations(events)) == expected


def test_two_receipts_of_one_instant_count_together() -> None:
    """Only a cloned site signs two; which of them came first must not matter."""
    one, other = (state("huyen", 1, receipt({TOY.head(at)}), at) for at in (2, 4))
    assert fold_receipts([one, other]) == fold_receipts([other, one])
    assert fold_receipts([one, other])["huyen"].receipt.heads == {TOY.head(2), TOY.head(4)}


def test_a_receipt_by_a_clock_that_was_ahead_is_not_the_newest() -> None:
    """Its site was restored since, and its clock is right."""
    ahead = state("huyen", 50, receipt({TOY.head(4)}))
    now = replace(state("huyen", 5, receipt({TOY.head(2)})), lamport=ahead.lamport + 1)
    for events in ([ahead, now], [now, ahead]):
        found = fold_receipts(events)["huyen"]
        assert found.receipt.heads == {TOY.head(2)}
        assert found.receipt.issued_at == found.last_at == now.recorded_at
        assert found.last == now.event_id


def test_delivered_only_by_a_receipt_of_the_present_parent() -> None:
    """sync case 1: recorded, then sent, then delivered."""

    def count(parent: str, statements: int, sent: int = 0) -> OwnEntries:
        heads = [TOY.head(sent - 1)] if sent else []
        return count_own_entries(
            LOG.log, parent, fold_receipts(STATEMENTS[:statements]), heads, SAYS, LOG.roots
        )

    assert count("huyen", 0) == OwnEntries(10, 0, 0)
    assert count("huyen", 0, sent=10) == OwnEntries(10, 10, 0)
    assert count("huyen", 1, sent=10) == OwnEntries(10, 10, 3)
    assert count("huyen", 4, sent=10) == OwnEntries(10, 10, 7, (HELD,))
    assert count("huyen", 4) == OwnEntries(10, 7, 7, (HELD,)), "what is there was sent, whoever carried it"
    assert count("tinh", 4, sent=10) == OwnEntries(10, 10, 10), "re-homed: another parent, another receipt"
    assert count("", 4) == OwnEntries(10, 0, 0)
    assert count("huyen", 1) + count("huyen", 4) == OwnEntries(20, 10, 10, (HELD,))


def test_a_receipt_of_another_line_delivers_nothing() -> None:
    """The parent has what a clone wrote at the same places."""
    clone = SignedLine([("e2", 4)], after=TOY, shared=6, salt=500)
    receipts = fold_receipts([state("huyen", 1, receipt({clone.head(9)}))])
    assert count_own_entries(LOG.log, "huyen", receipts, (), SAYS, LOG.roots) == OwnEntries(10, 0, 0)


def test_bundles_say_what_was_sent_to_whom() -> None:
    made = BundleMade(number=1, recipients=("huyen", "tinh"), sha256="", heads=to_stored({TOY.head(5)}))
    events = [state("px", 1, made), state("py", 2, made)]
    assert sent_by_bundle(events, "px", "huyen") == {TOY.head(5)}
    assert sent_by_bundle(events, "px", "quan") == frozenset()
    assert sent_by_bundle(events[1:], "px", "huyen") == frozenset()


def test_a_quarantine_and_a_confirmation_stand_since_they_were_first_stated() -> None:
    again = [*STATEMENTS, *(state("huyen", 9, each.fact) for each in STATEMENTS[4:6])]
    assert fold_quarantines(again) == {"huyen": {(LogId("px", "toy"), "e2", 2): STATEMENTS[4].recorded_at}}
    assert fold_confirmations(again) == {
        "x": {"huyen": STATEMENTS[5].recorded_at, "tinh": STATEMENTS[6].recorded_at}
    }


def test_what_a_person_accepted_is_not_waited_for_by_that_site() -> None:
    accepted = FirstSyncAccepted(origin="px", missing=to_stored({TOY.head(9)}), reason="burnt down")
    events = [state("huyen", 1, accepted)]
    assert accepted_targets(events, "huyen") == {TOY.head(9)}
    assert accepted_targets(events, "tinh") == frozenset()


def test_a_receipt_that_was_begun_is_recorded_once_and_may_come_again_later() -> None:
    heads = {TOY.head(2), OTHER.head(0)}
    assert receipt_key(heads, "r1", "px") == receipt_key(sorted(heads), "r1", "px")
    assert receipt_key(heads, "r1", "px") != receipt_key(heads, "r2", "px")
    assert receipt_key(heads, "r1", "px") != receipt_key(heads, "r1", "tinh")
