"""A witness cosigns what continues what it cosigned, and nothing else (C2SP tlog-witness)."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.eventlog.merkle import Frontier, consistency_proof
from shared.eventlog.signed_notes import MalformedNote
from shared.replica.checkpoints import open_checkpoint
from shared.replica.witnessing import (
    CosignRequest,
    Verdict,
    find_split_views,
    judge_checkpoint,
    parse_cosign_request,
)
from tests.replica.signed_lines import KEYS, SignedLine

LINE = SignedLine([("e1", 12), ("e2", 20)])
OTHER = SignedLine([("e1", 24)], after=LINE, shared=9, salt=1000)
NODES: list[bytes] = []
Frontier().extend(LINE.leaves, NODES)
SPECIFIED = (
    "old 20852014\n"
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
    "\n"
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "\u2014 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
"""The request body of the specification's example, with one signature."""


def test_a_request_is_read_as_the_specification_writes_it() -> None:
    request = parse_cosign_request(SPECIFIED)
    assert (request.old, len(request.proof)) == (20852014, 4)
    assert base64.b64encode(request.proof[0]) == b"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw="
    assert request.note == SPECIFIED.partition("\n\n")[2]
    note = LINE.note(20)
    assert parse_cosign_request(f"old 0\n\n{note}") == CosignRequest(0, (), note)
    assert open_checkpoint(parse_cosign_request(f"old 0\n\n{note}").note, KEYS["px"]) == LINE.checkpoint(20)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "old 1",
        "old -1\n\nx",
        "old 01\n\nx",
        f"old {'1' * 5000}\n\nx",
        "new 1\n\nx",
        "old \n\nx",
        "old 1\nAAAA\n\nx",
        "old 1\n?\n\nx",
        "old 1\n" + "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n" * 64 + "\nx",
    ],
)
def test_what_is_no_request_is_refused(bad: str) -> None:
    with pytest.raises(MalformedNote):
        parse_cosign_request(bad)


@given(st.integers(1, 32), st.integers(1, 32))
def test_what_continues_is_cosigned_and_nothing_else(old: int, new: int) -> None:
    held = LINE.checkpoint(old)
    proof = consistency_proof(NODES.__getitem__, old, new) if old <= new else []
    expected = Verdict.COSIGN if old <= new else Verdict.BAD_REQUEST
    assert judge_checkpoint(held, old, proof, LINE.checkpoint(new)) == expected
    forged = judge_checkpoint(held, old, proof, OTHER.checkpoint(new))
    if old > new:
        assert forged == Verdict.BAD_REQUEST
    elif new <= 9:
        assert forged == expected
    else:
        assert forged == (Verdict.CONFLICT if old == new else Verdict.NOT_CONSISTENT)


def test_a_smaller_tree_is_a_conflict_with_the_size_that_is_held() -> None:
    """sync case 17: held at 20, a checkpoint of 18 with another root comes."""
    held, smaller = LINE.checkpoint(20), OTHER.checkpoint(18)
    assert judge_checkpoint(held, 0, (), smaller) == Verdict.CONFLICT
    assert judge_checkpoint(held, 18, (), smaller) == Verdict.CONFLICT
    assert judge_checkpoint(held, 20, (), smaller) == Verdict.BAD_REQUEST


def test_the_first_checkpoint_of_a_line_needs_no_proof() -> None:
    assert judge_checkpoint(None, 0, (), LINE.checkpoint(20)) == Verdict.COSIGN
    assert judge_checkpoint(None, 0, (bytes(32),), LINE.checkpoint(20)) == Verdict.NOT_CONSISTENT
    assert judge_checkpoint(None, 5, (), LINE.checkpoint(20)) == Verdict.CONFLICT


def test_two_histories_are_seen_by_whoever_holds_both() -> None:
    """sync case 16."""
    one, other = [LINE.checkpoint(8), LINE.checkpoint(20)], [OTHER.checkpoint(20), OTHER.checkpoint(25)]
    assert find_split_views(one, other) == [(LINE.checkpoint(20), OTHER.checkpoint(20))]
    assert find_split_views(one, [OTHER.checkpoint(8), OTHER.checkpoint(25)]) == []
    assert find_split_views(one, one) == []
