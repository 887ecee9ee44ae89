"""Notes are those of the published form: its own example, and what must not be believed."""

import pytest

from shared.eventlog.signed_notes import (
    BadSignature,
    Checkpoint,
    MalformedNote,
    Signer,
    UnknownKey,
    Verifier,
    key_name,
    verify_note,
)

PUBLISHED = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNED = (
    TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
OTHER = Signer("city.example", bytes(range(32)))


def test_the_published_note_is_opened_and_made_again() -> None:
    key, signer = Verifier.parse(PUBLISHED), Signer.parse(SECRET)
    assert (str(key), str(signer)) == (PUBLISHED, SECRET)
    assert signer.verifier == key
    assert verify_note(SIGNED, [key]) == TEXT
    assert signer.sign(TEXT) == SIGNED


def test_who_is_not_trusted_is_not_believed() -> None:
    with pytest.raises(UnknownKey):
        verify_note(SIGNED, [OTHER.verifier])
    with pytest.raises(UnknownKey):
        verify_note(SIGNED, [])
    with pytest.raises(UnknownKey, match="trusted"):
        verify_note(SIGNED, [Verifier("PeterNeumann", OTHER.verifier.public)])


def test_a_changed_text_was_not_signed() -> None:
    with pytest.raises(BadSignature, match="PeterNeumann did not sign"):
        verify_note(SIGNED.replace("answer", "Answer"), [Verifier.parse(PUBLISHED)])


def test_one_trusted_signature_among_others_is_enough() -> None:
    both = SIGNED + OTHER.sign(TEXT).rpartition("\n\n")[2]
    assert verify_note(both, [OTHER.verifier]) == verify_note(both, [Verifier.parse(PUBLISHED)]) == TEXT


@pytest.mark.parametrize(
    "note", ["", "text\n", "text\n\n", "text\n\n— a b", "text\n\nsigned: me\n", "text\n\n— a !\n"]
)
def test_what_is_not_a_note_is_refused(note: str) -> None:
    with pytest.raises(MalformedNote):
        verify_note(note, [Verifier.parse(PUBLISHED)])


@pytest.mark.parametrize(
    "text", ["", "a+b", PUBLISHED.replace("c74f", "c74e"), "a+00000000+AA==", "+1+" + "A" * 44]
)
def test_what_is_not_a_key_is_refused(text: str) -> None:
    with pytest.raises(MalformedNote):
        Verifier.parse(text)
    with pytest.raises(MalformedNote):
        Signer.parse("PRIVATE+KEY+" + text)


def test_a_public_key_is_no_private_one() -> None:
    with pytest.raises(MalformedNote):
        Signer.parse(PUBLISHED)


def test_a_checkpoint_is_three_lines() -> None:
    point = Checkpoint("site-1/personnel", 5, bytes(range(32)))
    assert str(point) == "site-1/personnel\n5\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    assert Checkpoint.parse(verify_note(OTHER.sign(str(point)), [OTHER.verifier])) == point
    assert Checkpoint.parse(str(point) + "more\n") == point
    for text in ("a\n5\n", "a\nfive\nAAE=\n", "\n5\nAAE=\n", "a\n5\n?\n"):
        with pytest.raises(MalformedNote):
            Checkpoint.parse(text)


def test_a_site_signs_under_a_name_without_spaces() -> None:
    assert key_name("phường cốc lếu+1") == "ph%C6%B0%E1%BB%9Dng%20c%E1%BB%91c%20l%E1%BA%BFu%2B1"
    assert Signer(key_name("phường"), bytes(32)).verifier == Verifier.parse(
        str(Signer(key_name("phường"), bytes(32)).verifier)
    )
