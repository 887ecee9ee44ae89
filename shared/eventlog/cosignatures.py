"""Cosignatures of C2SP (tlog-cosignature, cosignature/v1): a witness signs, with the time, that a checkpoint continues
all that it has seen of the log."""

from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.eventlog.signed_notes import (
    BadSignature,
    MalformedNote,
    Signer,
    decode_base64,
    encode_base64,
    split_note,
)

_COSIGNATURE_V1 = b"\x04"
_MAX_TIME = 2**63 - 1


class CosignatureKey(NamedTuple):
    """A witness's public key and the name it cosigns under. Its number differs from that of the same key in a note."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The key's number: four bytes of a hash of name and key."""
        return sha256(self.name.encode() + b"\n" + _COSIGNATURE_V1 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encode_base64(_COSIGNATURE_V1 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "CosignatureKey":
        """The key that this text holds. Raises MalformedNote."""
        parts = text.strip().split("+", 2)
        raw = decode_base64(parts[2]) if len(parts) == 3 else b""
        if len(raw) != 33 or raw[:1] != _COSIGNATURE_V1 or not parts[0]:
            raise MalformedNote(
                "a witness's key is written name+number+base64, with an Ed25519 key of type 4"
            )
        key = cls(parts[0], raw[1:])
        if key.id.hex() != parts[1]:
            raise MalformedNote(f"the key {text[:60]!r} does not carry its own number")
        return key


def cosignature_key(signer: Signer) -> CosignatureKey:
    """The public key that belongs to the cosignatures of a signer."""
    return CosignatureKey(signer.name, signer.verifier.public)


def cosign(note: str, signer: Signer, seconds: int) -> str:
    """The note with one signature line more: the cosignature at an instant, in seconds since 1970."""
    if not 0 < seconds <= _MAX_TIME:
        raise ValueError(f"{seconds} is no time in seconds since 1970")
    text, _ = split_note(note)
    signature = Ed25519PrivateKey.from_private_bytes(signer.seed).sign(_signed_message(text, seconds))
    raw = cosignature_key(signer).id + seconds.to_bytes(8, "big") + signature
    return f"{note}\u2014 {signer.name} {encode_base64(raw)}\n"


def verify_cosignature(note: str, key: CosignatureKey) -> int | None:
    """When this witness cosigned the note, in seconds since 1970; None where it did not. Of several lines of one
    witness the latest counts. Raises BadSignature or MalformedNote."""
    text, signatures = split_note(note)
    times = []
    for name, raw in signatures:
        if (name, raw[:4]) != (key.name, key.id):
            continue
        seconds = int.from_bytes(raw[4:12], "big")
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(raw[12:], _signed_message(text, seconds))
        except InvalidSignature:
            raise BadSignature(f"{key.name} did not cosign this checkpoint") from None
        if not 0 < seconds <= _MAX_TIME:
            raise BadSignature(f"{key.name} cosigned at an impossible time")
        times.append(seconds)
    return max(times, default=None)


def _signed_message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
