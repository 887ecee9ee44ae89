"""What the registry says is what the replica counts by."""

import base64

from services.sites.domain.trust import judge_log, signing_keys, stamp_judgements, unrevoked_keys
from services.sites.events import ClosingExtended, ForkSettled, LogHead, SiteClosed, SiteKeyReplaced
from shared.eventlog.signed_notes import Verifier
from shared.replica.counting import Closing, LogJudgement
from shared.replica.parted_lines import Settlement
from shared.replica.runs import Head, LogId
from tests.sites.tree import BOX, ROOT, Tree, public_key

LOG = LogId("px", "appointment")
RAW = base64.b64decode(ROOT)


def head(seq: int, topic: str = "appointment") -> LogHead:
    return LogHead(topic, "e2", seq, ROOT)


def replica_head(seq: int, topic: str = "appointment") -> Head:
    return Head("px", topic, "e2", seq, RAW)


def test_nothing_is_said_about_a_site_that_nobody_spoke_about() -> None:
    assert judge_log(Tree().fold(), LOG) == LogJudgement()


def test_closings_and_their_extensions_admit_heads() -> None:
    """sync case 27."""
    tree = Tree()
    tree.record("tinh", "px", SiteClosed(custodian="tinh", last=(head(20), head(3, "planning")), reason="r"))
    tree.record("tinh", "px", ClosingExtended(last=(head(22),), reason="late"))
    assert judge_log(tree.fold(), LOG).closings == (
        Closing("px", "tinh", frozenset({replica_head(20), replica_head(3, "planning")})),
        Closing("px", "tinh", frozenset({replica_head(22)})),
    )


def test_a_fork_is_settled_in_its_own_log() -> None:
    """sync case 14."""
    tree = Tree()
    tree.record("tinh", "px", ForkSettled(topic="appointment", epoch="e2", seq=21, keep=(ROOT,), reason="r"))
    assert judge_log(tree.fold(), LOG).settled == (Settlement("e2", 21, frozenset({RAW})),)
    assert judge_log(tree.fold(), LogId("px", "planning")).settled == ()


def test_a_key_that_the_site_changed_itself_stays_believed() -> None:
    tree = Tree()
    tree.record("px", "px", SiteKeyReplaced(key=public_key("px", 1), box_key=BOX, reason="yearly"))
    registry = tree.fold()
    assert judge_log(registry, LOG).trusted is None
    keys = (Verifier.parse(public_key("px", 1)), Verifier.parse(public_key("px")))
    assert signing_keys(registry)["px"] == keys


def test_a_revoked_key_is_believed_as_far_as_the_authority_or_a_receipt_says() -> None:
    """sync case 45."""
    tree, replaced = Tree(), SiteKeyReplaced(key=public_key("px", 1), box_key=BOX, reason="stolen")
    tree.record("huyen", "px", replaced)
    now, receipted = {replica_head(30), replica_head(4, "planning")}, {replica_head(18)}
    assert judge_log(tree.fold(), LOG, receipted, now).trusted == frozenset(
        {replica_head(18), replica_head(30)}
    )
    named = Tree()
    fact = SiteKeyReplaced(key=public_key("px", 1), box_key=BOX, reason="stolen", trusted=(head(20),))
    named.record("huyen", "px", fact)
    assert judge_log(named.fold(), LOG, receipted, now).trusted == frozenset(
        {replica_head(20), replica_head(30)}
    )


def test_all_keys_since_the_last_that_was_taken_are_believed() -> None:
    """sync case 45: what a site signs after it was robbed stays believed when it changes its key again by itself."""
    tree, stamps = Tree(), []
    for number, by in enumerate(("px", "huyen", "px", "px"), start=1):
        trusted = (head(20),) if by == "huyen" else ()
        key = public_key("px", number)
        tree.record(by, "px", SiteKeyReplaced(key=key, box_key=BOX, reason="r", trusted=trusted))
        stamps.append(stamp_judgements(tree.fold()))
    believed = tuple(Verifier.parse(public_key("px", number)) for number in (4, 3, 2))
    assert unrevoked_keys(tree.fold())["px"] == believed
    assert len({stamp_judgements(Tree().fold()), *stamps}) == 5
    assert stamp_judgements(Tree().fold()) == 0
