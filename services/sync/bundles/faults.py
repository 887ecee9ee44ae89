"""What can be wrong with a bundle, and how much of it is too much."""

from enum import StrEnum

import msgspec


class BundleRule(StrEnum):
    """What a bundle was refused for. Chunks in it have rules of their own (`BadChunk.rule`)."""

    NOT_A_BUNDLE = "NotABundle"
    UNKNOWN_FORMAT = "UnknownFormat"
    """A later version of the format."""
    TRUNCATED = "Truncated"
    """The file ends early."""
    TRAILING_BYTES = "TrailingBytes"
    """Something follows the end."""
    BAD_HEADER = "BadHeader"
    UNKNOWN_SITE = "UnknownSite"
    """The sender is not registered."""
    UNKNOWN_KEY = "UnknownKey"
    """Signed with a key that no registered site has."""
    WRONG_SIGNER = "WrongSigner"
    """Signed by another site than the one it says that it is from."""
    REVOKED_KEY = "RevokedKey"
    """Signed with a key that the sender does not use any more."""
    BAD_SIGNATURE = "BadSignature"
    """The header was changed after it was signed."""
    NOT_ADDRESSED = "NotAddressed"
    """It is for other sites."""
    WRONG_DIGEST = "WrongDigest"
    """The body was changed after it was signed."""
    CANNOT_UNSEAL = "CannotUnseal"
    """Sealed to a box key that this site does not have."""
    BAD_SEGMENT = "BadSegment"
    """A segment of the body is not what was sealed, or not in its place."""
    BAD_ARCHIVE = "BadArchive"
    """The ZIP inside is not whole, or uses what a bundle does not."""
    BAD_MEMBER = "BadMember"
    """A name or a content that no member of a bundle has."""
    DUPLICATE_MEMBER = "DuplicateMember"
    WRONG_ORDER = "WrongOrder"
    BAD_VECTOR = "BadVector"
    UNKNOWN_BASE = "UnknownBase"
    """It says what has changed since a vector that is not here any more: the whole is to be sent."""
    TOO_MUCH = "TooMuch"
    """Larger, more, or more tightly compressed than a bundle may be."""


class BadBundle(ValueError):
    """A bundle is refused. `rule` names what is wrong, `where` the place: the file, the header, a segment, a member."""

    def __init__(self, rule: str, where: str, detail: str) -> None:
        super().__init__(f"{rule}: {where}: {detail}")
        self.rule, self.where, self.detail = str(rule), where, detail


class Fault(msgspec.Struct, frozen=True):
    """A chunk that an import refuses. The others of the bundle are imported all the same."""

    rule: str
    where: str
    """Name of the member."""
    detail: str


class Limits(msgspec.Struct, frozen=True, gc=False):
    """How large a bundle may be."""

    size: int = 2**31
    """Bytes of the whole file."""
    members: int = 10_000
    ratio: int = 200
    """How many bytes may come out of one compressed byte, in each member and in all together."""


FILE_LIMITS = Limits()
MESSAGE_LIMITS = Limits(size=8 * 2**20)
"""Of a message over the line."""
