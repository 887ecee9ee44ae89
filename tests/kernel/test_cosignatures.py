"""Cosignatures are those of C2SP: the bytes are laid out here by hand, as tlog-cosignature says."""

import base64
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.eventlog.cosignatures import CosignatureKey, cosign, cosignature_key, verify_cosignature
from shared.eventlog.signed_notes import BadSignature, MalformedNote, Signer, verify_note

SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
"""The first test key of RFC 8032."""
WITNESS = "witness.example.com/w1"
TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
"""The checkpoint of the specification, cosigned there at this time:"""
TIME = 1679315147
LOG = Signer("example.com/behind-the-sofa", bytes(range(32)))
NOTE = LOG.sign(TEXT)
SPECIFIED = (
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
)
"""The signature of the example in the specification, whose key it does not give."""


def test_a_cosignature_has_the_bytes_of_the_specification() -> None:
    assert Signer(WITNESS, SEED).verifier.public == PUBLIC
    key_id = sha256(WITNESS.encode() + b"\n\x04" + PUBLIC).digest()[:4]
    signature = Ed25519PrivateKey.from_private_bytes(SEED).sign(
        b"cosignature/v1\n"
        b"time 1679315147\n"
        b"example.com/behind-the-sofa\n"
        b"20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )
    line = base64.b64encode(key_id + TIME.to_bytes(8, "big") + signature).decode()
    assert cosign(NOTE, Signer(WITNESS, SEED), TIME) == f"{NOTE}\u2014 {WITNESS} {line}\n"
    specified = base64.b64decode(SPECIFIED)
    assert (len(specified), int.from_bytes(specified[4:12], "big")) == (4 + 8 + 64, TIME)
    assert base64.b64decode(line)[4:12] == specified[4:12]


def test_a_key_is_written_with_type_four() -> None:
    key = cosignature_key(Signer(WITNESS, SEED))
    assert CosignatureKey.parse(str(key)) == key == CosignatureKey(WITNESS, PUBLIC)
    assert base64.b64decode(str(key).split("+", 2)[2]) == b"\x04" + PUBLIC
    for bad in (str(Signer(WITNESS, SEED).verifier), str(key).replace("+", "+0", 1), "w1", "w1+00+AAAA"):
        with pytest.raises(MalformedNote):
            CosignatureKey.parse(bad)


def test_it_stands_beside_the_signature_of_the_log() -> None:
    note = cosign(cosign(NOTE, Signer(WITNESS, SEED), TIME), Signer("other.example", bytes(32)), TIME + 5)
    assert verify_note(note, [LOG.verifier]) == TEXT
    assert verify_cosignature(note, CosignatureKey(WITNESS, PUBLIC)) == TIME
    assert verify_cosignature(note, cosignature_key(Signer("other.example", bytes(32)))) == TIME + 5
    assert verify_cosignature(NOTE, CosignatureKey(WITNESS, PUBLIC)) is None
    again = cosign(note, Signer(WITNESS, SEED), TIME + 60)
    assert verify_cosignature(again, CosignatureKey(WITNESS, PUBLIC)) == TIME + 60


def test_extension_lines_are_cosigned_too() -> None:
    note = LOG.sign(TEXT + "epoch e1 7 2026-01-01T00:00:00.000000Z\n")
    cosigned = cosign(note, Signer(WITNESS, SEED), TIME)
    assert verify_cosignature(cosigned, CosignatureKey(WITNESS, PUBLIC)) == TIME
    with pytest.raises(BadSignature, match="did not cosign"):
        verify_cosignature(cosigned.replace("e1 7", "e1 8"), CosignatureKey(WITNESS, PUBLIC))


def test_another_time_is_not_believed() -> None:
    cosigned = cosign(NOTE, Signer(WITNESS, SEED), TIME)
    raw = bytearray(base64.b64decode(cosigned.splitlines()[-1].split(" ")[2]))
    raw[11] ^= 1
    line = base64.b64encode(raw).decode()
    with pytest.raises(BadSignature):
        verify_cosignature(f"{NOTE}\u2014 {WITNESS} {line}\n", CosignatureKey(WITNESS, PUBLIC))
    with pytest.raises(ValueError, match="no time"):
        cosign(NOTE, Signer(WITNESS, SEED), 0)
