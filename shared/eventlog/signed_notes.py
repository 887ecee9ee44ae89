"""Signed notes and checkpoints in the text form of C2SP (signed-note, tlog-checkpoint), with Ed25519 signatures."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_SECRET = "PRIVATE+KEY+"


class MalformedNote(ValueError):
    """The text is not a signed note, a key or a checkpoint."""


class UnknownKey(ValueError):
    """None of the signatures is by a trusted key."""


class BadSignature(ValueError):
    """A signature names a trusted key, but is not by it."""


class Verifier(NamedTuple):
    """A public key and the name it signs under; its text form is what an office publishes."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The key's number: four bytes of a hash of name and key."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encode_base64(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """The key that this text holds. Raises MalformedNote."""
        key, claimed = _parse_key(text)
        if key.id.hex() != claimed:
            raise MalformedNote(f"the key {text[:60]!r} does not carry its own number")
        return key


class Signer(NamedTuple):
    """A private key and the name it signs under. Its text form is secret."""

    name: str
    seed: bytes

    @property
    def verifier(self) -> Verifier:
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return Verifier(self.name, public.public_bytes_raw())

    def __str__(self) -> str:
        return f"{_SECRET}{self.name}+{self.verifier.id.hex()}+{encode_base64(_ED25519 + self.seed)}"

    @classmethod
    def parse(cls, text: str) -> "Signer":
        """The key that this text holds. Raises MalformedNote."""
        key, claimed = _parse_key(text.removeprefix(_SECRET))
        signer = cls(*key)
        if not text.startswith(_SECRET) or signer.verifier.id.hex() != claimed:
            raise MalformedNote("this is not a private key of a signed note")
        return signer

    def sign(self, text: str) -> str:
        """The signed note: the text, which ends with a line end, an empty line, and a signature line."""
        if not text.endswith("\n"):
            raise MalformedNote("the text of a note ends with a line end")
        raw = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n\u2014 {self.name} {encode_base64(self.verifier.id + raw)}\n"


def key_name(site: str) -> str:
    """The name a site signs under, without spaces and plus signs as the format demands."""
    return quote(site, safe="/")


def split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text of a note, and (name, key number and signature) of each signature. Raises MalformedNote."""
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise MalformedNote("no signature follows the text")
    signatures = []
    for line in lines.splitlines():
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014":
            raise MalformedNote(f"{line[:60]!r} is not a signature")
        signatures.append((parts[1], decode_base64(parts[2])))
    return text + "\n", signatures


def verify_note(note: str, keys: Iterable[Verifier]) -> str:
    """The signed text. Raises UnknownKey, BadSignature or MalformedNote when it cannot be trusted."""
    text, signatures = split_note(note)
    trusted: Mapping[tuple[str, bytes], Verifier] = {(key.name, key.id): key for key in keys}
    signed = False
    for name, raw in signatures:
        if key := trusted.get((name, raw[:4])):
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], text.encode())
            except InvalidSignature:
                raise BadSignature(f"{key.name} did not sign this text") from None
            signed = True
    if not signed:
        raise UnknownKey("none of the signatures is by a trusted key")
    return text


def is_signed_by(note: str, keys: Iterable[Verifier]) -> bool:
    """Whether one of these keys signed a note."""
    try:
        return bool(verify_note(note, keys))
    except (UnknownKey, BadSignature, MalformedNote):
        return False


class Checkpoint(NamedTuple):
    """A statement that the first `size` entries of the log called `origin` have this Merkle root."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """The checkpoint that this text holds. Raises MalformedNote."""
        lines = text.split("\n")
        size = parse_number(lines[1]) if len(lines) >= 4 else None
        if size is None or not lines[0]:
            raise MalformedNote(f"{text[:60]!r} is not a checkpoint")
        return cls(lines[0], size, decode_base64(lines[2]))


def parse_number(text: str) -> int | None:
    """The decimal number in a line of a note, without leading zeros and below 2**63; None where it is none."""
    if not text.isascii() or not text.isdigit() or len(text) > 19 or (text[0] == "0" and len(text) > 1):
        return None
    number = int(text)
    return number if number < 2**63 else None


def encode_base64(raw: bytes) -> str:
    """The base64 text of some bytes, as notes hold it."""
    return base64.b64encode(raw).decode()


def decode_base64(text: str) -> bytes:
    """The bytes of a base64 text. Raises MalformedNote."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedNote(f"{text[:60]!r} is not base64") from None


def _parse_key(text: str) -> tuple[Verifier, str]:
    """The key, and the number that its text claims."""
    parts = text.strip().split("+", 2)
    raw = decode_base64(parts[2]) if len(parts) == 3 else b""
    if len(raw) != 33 or raw[:1] != _ED25519 or not parts[0]:
        raise MalformedNote("a key is written name+number+base64, with an Ed25519 key")
    return Verifier(parts[0], raw[1:]), parts[1]
