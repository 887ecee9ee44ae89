"""The records of a ZIP file (APPNOTE 6.3), as far as bundles use them: no ZIP64, no extra fields, no comments, no
encryption, one disk."""

import struct
from typing import NamedTuple

LOCAL = struct.Struct("<4s5H3L2H")
LOCAL_MAGIC = b"PK\x03\x04"
DESCRIPTOR = struct.Struct("<4s3L")
DESCRIPTOR_MAGIC = b"PK\x07\x08"
CENTRAL = struct.Struct("<4s6H3L5H2L")
CENTRAL_MAGIC = b"PK\x01\x02"
END = struct.Struct("<4s4H2LH")
END_MAGIC = b"PK\x05\x06"

VERSION = 20
"""Deflate needs 2.0."""
DEFLATE = 8
STORED = 0
HAS_DESCRIPTOR = 0x0008
"""CRC and sizes follow the data."""
KNOWN_FLAGS = HAS_DESCRIPTOR | 0x0006 | 0x0800
"""With the level of compression, and UTF-8 names."""
DAY = 0x0021
"""1 January 1980: when a member was written says nothing, and is the same every time."""
MAX_32 = 2**32 - 2
"""Sizes and offsets that are written as they are."""
MAX_NAME = 300
"""Bytes of a name."""


class Entry(NamedTuple):
    """A member, as the central directory lists it."""

    name: bytes
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    offset: int
