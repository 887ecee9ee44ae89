"""What may be stated about an exchange."""

import base64
from functools import reduce

import pytest

from services.sync.domain.decider import (
    BadDigest,
    BadHead,
    BadRange,
    BadSource,
    BundleNumberTaken,
    NegativeCount,
    NobodyOpensIt,
    NothingMissing,
    NothingReceived,
    NotTwoSides,
    ReceiptOfReceipts,
    sync,
)
from services.sync.domain.heads import digest_heads, to_head, to_stored
from services.sync.events import (
    BundleMade,
    ErasureConfirmed,
    FirstSyncAccepted,
    HeldRange,
    OriginHead,
    Quarantined,
    Received,
    SyncFact,
)
from shared.core.decider import Rejected
from shared.core.normalization import Missing
from shared.eventlog.merkle import hash_leaf
from tests.replica.signed_lines import SignedLine
from tests.sync.statements import receipt, state

ROOT, OTHER = (base64.b64encode(hash_leaf(raw)).decode() for raw in (b"one", b"other"))
HEAD = OriginHead("px", "appointment", "e2", 20, ROOT)
RECEIVED = Received(source="line:px", heads=(HEAD,), held=(HeldRange("px", "planning", "e1", 3, 3, "early"),))
FORK = Quarantined(
    origin="px", topic="appointment", epoch="e2", seq=21, roots=(ROOT, OTHER), evidence=("note", "note")
)
ACCEPTED = FirstSyncAccepted(origin="px", missing=(HEAD,), reason="burnt down")
BUNDLE = BundleMade(number=41, recipients=("huyen",), sha256="0f" * 32, heads=(HEAD,))
ERASED = ErasureConfirmed(subject="c1", event="e-9", keys=2)


def judge(*facts: SyncFact) -> tuple[SyncFact, ...]:
    return sync.decide(reduce(sync.evolve, facts[:-1], sync.initial), facts[-1])


@pytest.mark.parametrize(
    "fact", [RECEIVED, FORK, ACCEPTED, BUNDLE, ERASED], ids=lambda fact: type(fact).__name__
)
def test_what_is_right_is_recorded_as_it_is(fact: SyncFact) -> None:
    assert judge(fact) == (fact,)


def received(**changed: object) -> Received:
    return Received(**({"source": "line:px", "heads": (HEAD,)} | changed))  # type: ignore[arg-type]


def bundle(**changed: object) -> BundleMade:
    fields = {"number": 1, "recipients": ("huyen",), "sha256": "0f" * 32, "heads": (HEAD,)}
    return BundleMade(**(fields | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ((received(source="px"),), BadSource),
        ((received(source="bundle:px"),), BadSource),
        ((received(source="bundle:px/041"),), BadSource),
        ((received(source="line:px\n"),), BadSource),
        ((received(heads=()),), NothingReceived),
        ((received(heads=(OriginHead("px", "sync", "e1", 4, ROOT),)),), ReceiptOfReceipts),
        ((received(held=(HeldRange("px", "sync", "e1", 4, 5, "fork"),)),), ReceiptOfReceipts),
        ((received(held=(HeldRange("px", "planning", "e1", 5, 4, "fork"),)),), BadRange),
        ((received(held=(HeldRange("px", "planning", "e1", 0, 4, "fork"),)),), BadRange),
        ((received(held=(HeldRange("px", "planning", "e1", 1, 4, ""),)),), Missing),
        ((received(heads=(OriginHead("px", "planning", "e1", 0, ROOT),)),), BadHead),
        ((received(heads=(OriginHead("px", "planning", "e1", 1, "AA=="),)),), BadHead),
        ((received(heads=(OriginHead("", "planning", "e1", 1, ROOT),)),), BadHead),
        (
            (Quarantined(origin="px", topic="a", epoch="e", seq=1, roots=(ROOT, ROOT), evidence=()),),
            NotTwoSides,
        ),
        ((Quarantined(origin="px", topic="a", epoch="e", seq=1, roots=(ROOT, "?"), evidence=()),), BadHead),
        (
            (Quarantined(origin="px", topic="a", epoch="e", seq=0, roots=(ROOT, OTHER), evidence=()),),
            BadRange,
        ),
        ((Quarantined(origin="", topic="a", epoch="e", seq=1, roots=(ROOT, OTHER), evidence=()),), Missing),
        ((FirstSyncAccepted(origin="px", missing=(), reason="r"),), NothingMissing),
        ((FirstSyncAccepted(origin="px", missing=(HEAD,), reason=" "),), Missing),
        ((ErasureConfirmed(subject="c1", event="", keys=0),), Missing),
        ((ErasureConfirmed(subject="c1", event="e", keys=-1),), NegativeCount),
        ((bundle(number=0),), BundleNumberTaken),
        ((BUNDLE, bundle(number=41)), BundleNumberTaken),
        ((BUNDLE, bundle(number=40)), BundleNumberTaken),
        ((bundle(recipients=()),), NobodyOpensIt),
        ((bundle(sha256="0F" * 32),), BadDigest),
        ((bundle(heads=(OriginHead("px", "a", "e", 0, ROOT),)),), BadHead),
    ],
)
def test_what_is_wrong_is_refused_by_name(facts: tuple[SyncFact, ...], rule: type[Rejected]) -> None:
    with pytest.raises(rule):
        judge(*facts)


def test_bundles_are_numbered_upwards() -> None:
    assert judge(BUNDLE, bundle(number=42)) == (bundle(number=42),)


def test_the_same_heads_are_receipted_again_after_others() -> None:
    """A fork takes entries out of a receipt, its settlement brings the same entries back."""
    line = SignedLine([("e1", 5)])
    all_of_it, less = receipt({line.head(4)}), receipt({line.head(2)})
    history = [state("huyen", 1, all_of_it), state("huyen", 2, less)]
    assert sync.judge(history, all_of_it) == (all_of_it,)
    erased = state("huyen", 3, ERASED)
    assert sync.judge([erased], ERASED) == (), "a confirmation is one, however often it is given"


def test_heads_are_stored_sorted_and_read_as_they_were() -> None:
    line = SignedLine([("e1", 3), ("e2", 2)])
    heads = [line.head(4), line.head(0), line.head(2)]
    assert [to_head(each) for each in to_stored(heads)] == sorted(heads)
    assert digest_heads(heads) == digest_heads(reversed(heads)) != digest_heads(heads[:2])
