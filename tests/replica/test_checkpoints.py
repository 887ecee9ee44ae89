"""Checkpoints of logs that travel, and receipts, are signed notes of C2SP."""

import pytest

from shared.core.partial_dates import Instant
from shared.eventlog.cosignatures import cosign, cosignature_key, verify_cosignature
from shared.eventlog.signed_notes import (
    BadSignature,
    Checkpoint,
    MalformedNote,
    Signer,
    UnknownKey,
    verify_note,
)
from shared.replica.checkpoints import LogCheckpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from shared.replica.receipts import Receipt, newer_receipt, open_receipt, sign_receipt
from shared.replica.runs import Head, LogId

PX, HUYEN = Signer("px", bytes(range(32))), Signer("huyen", bytes(range(1, 33)))
ROOT = bytes.fromhex("0ac5186a91863e8e1d90c8080148aa9bf5da8e3ee1d9f0763cc037a3d86ac56d".ljust(64, "0")[:64])
CLOSED = Instant("2026-03-01T01:00:00.000000Z")
HELD = LogCheckpoint(LogId("px", "appointment"), 1204, ROOT, "e7", 12, CLOSED)
TEXT = (
    "px/appointment\n"
    "1204\n"
    "CsUYapGGPo4dkMgIAUiqm/Xajj7h2fB2PMA3o9hqxW0=\n"
    "epoch e7 12 2026-03-01T01:00:00.000000Z\n"
)


def test_a_checkpoint_has_one_extension_line() -> None:
    assert str(HELD) == TEXT
    assert parse_checkpoint(TEXT) == HELD
    assert Checkpoint.parse(TEXT) == Checkpoint("px/appointment", 1204, ROOT)
    assert HELD.head == Head("px", "appointment", "e7", 12, ROOT)


def test_a_line_that_began_as_a_branch_has_a_name_of_its_own() -> None:
    """sync case 12."""
    branch = LogCheckpoint(LogId("px", "appointment"), 18, ROOT, "e3", 3, CLOSED, "e3")
    assert str(branch).startswith("px/appointment/e3\n18\n")
    assert parse_checkpoint(str(branch)) == branch


def test_it_is_opened_with_a_key_of_its_origin_and_may_be_cosigned() -> None:
    note = cosign(sign_checkpoint(HELD, PX), HUYEN, 1_772_330_400)
    assert open_checkpoint(note, [PX.verifier]) == HELD
    assert verify_cosignature(note, cosignature_key(HUYEN)) == 1_772_330_400
    with pytest.raises(UnknownKey):
        open_checkpoint(note, [HUYEN.verifier])
    with pytest.raises(BadSignature):
        open_checkpoint(note.replace("1204", "1205"), [PX.verifier])


def test_further_extension_lines_are_allowed() -> None:
    assert parse_checkpoint(TEXT + "of a later version\n") == HELD


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "px\n1204\nAAAA\nepoch e7 12 t\n",
        TEXT.replace("epoch e7 12", "epoch e7 0"),
        TEXT.replace("epoch e7 12", "epoch e7 1205"),
        TEXT.replace("epoch e7 12", "epoch e7 twelve"),
        TEXT.replace("epoch e7 12", "epoch e7  12"),
        TEXT.replace("epoch", "other"),
        TEXT + "epoch e8 13 2026-03-01T01:00:00.000000Z\n",
        TEXT.replace("px/appointment", "px/appointment/e3/more"),
        TEXT.replace("px/appointment", "px//e3"),
        TEXT.replace("CsUYapGGPo4dkMgIAUiqm/Xajj7h2fB2PMA3o9hqxW0=", "CsUY"),
    ],
)
def test_what_is_not_one_is_refused(bad: str) -> None:
    with pytest.raises(MalformedNote):
        parse_checkpoint(bad)


def test_a_receipt_is_a_signed_note() -> None:
    """sync case 1: it names (site, topic, epoch, seq, root) and verifies with the parent's key alone."""
    receipt = Receipt("huyen", CLOSED, frozenset({HELD.head, Head("px", "planning", "e1", 3, ROOT)}))
    note = sign_receipt(receipt, HUYEN)
    assert open_receipt(note, [HUYEN.verifier]) == receipt
    assert '"topic":"appointment","epoch":"e7","seq":12' in verify_note(note, [HUYEN.verifier])
    assert sign_receipt(Receipt("huyen", CLOSED, frozenset(sorted(receipt.heads)[::-1])), HUYEN) == note
    with pytest.raises(UnknownKey):
        open_receipt(note, [PX.verifier])
    with pytest.raises(BadSignature):
        open_receipt(note.replace('"seq":12', '"seq":13'), [HUYEN.verifier])
    with pytest.raises(MalformedNote):
        open_receipt(HUYEN.sign("no receipt\n"), [HUYEN.verifier])


def test_a_receipt_counts_for_its_issuer_alone() -> None:
    """A site that signs a receipt in another's name is not believed."""
    with pytest.raises(UnknownKey):
        open_receipt(sign_receipt(Receipt("huyen", CLOSED, frozenset()), PX), [PX.verifier])


def test_the_newest_receipt_counts() -> None:
    old, new = (Receipt("huyen", Instant(f"2026-03-0{day}T00:00:00.000000Z"), frozenset()) for day in (1, 2))
    assert newer_receipt(None, old, lambda one, other: False) == old
    assert newer_receipt(old, new, lambda one, other: True) == new
    assert newer_receipt(new, old, lambda one, other: False) == new
    more = Receipt("huyen", new.issued_at, frozenset({HELD.head}))
    assert newer_receipt(new, more, lambda one, other: False) == more
    assert newer_receipt(more, new, lambda one, other: True) == more
