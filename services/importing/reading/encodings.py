"""What the bytes of a text file mean: as declared, or as a mark, UTF-8, or the spelling of its words proves."""

import codecs
import re
import unicodedata
from typing import NamedTuple

from services.importing.reading.legacy_vietnamese import (
    FONTS,
    count_syllables,
    from_tcvn3,
    from_utf8_twice,
    from_vni,
    marked_words,
    proves_vietnamese,
)
from services.importing.reading.readings import How

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte-order marks; that of UTF-32 begins like one of UTF-16, so it comes before."""
ENOUGH_WORDS = 2
"""So many different words with marks must be spelt in Vietnamese in one way, and in no other, to prove an encoding."""
PROOF_CHARACTERS = 200_000
SHARE_OF_ZEROS = 0.05
"""At least so many bytes of UTF-16 are zeros, and at most so many of these in the other byte of a character."""
_ONLY_UNICODE = re.compile("[ĂăĐđĨĩŨũƠơƯư\u1ea0-\u1ef9]")
"""Letters that neither an old font nor UTF-8 written twice looks like."""
NAMES = {
    "utf8": "utf-8",
    "abc": "tcvn3",
    "cp1258": "windows-1258",
    "vni-windows": "vni",
    "windows1258": "windows-1258",
}


class DecodedText(NamedTuple):
    """The text, and how its encoding was found unless it is plain UTF-8."""

    text: str
    encoding: str
    how: How | None = None


class UndecodableText(Exception):
    """The bytes mean nothing that is sure. `at` is the first byte that is not UTF-8."""

    def __init__(self, reason: str, reason_vi: str, remedy: str, remedy_vi: str, at: int = 0) -> None:
        super().__init__(reason)
        self.texts = (reason, reason_vi, remedy, remedy_vi)
        self.at = at


def is_encoding(name: str) -> bool:
    """Whether `--encoding` may be that."""
    try:
        return _usual(name) in FONTS or bool(codecs.lookup(_usual(name)))
    except LookupError:
        return False


def decode(raw: bytes, declared: str = "") -> DecodedText:
    """The text of a file. Raises UndecodableText, with what the file looks like and what to say."""
    if declared:
        return _decode_declared(raw, _usual(declared))
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            how = None if encoding == "utf-8" else How.ENCODING_PROVED
            return _decode_marked(raw[len(mark) :], encoding, how)
    if (wide := find_unmarked_utf16(raw)) is not None:
        return _decode_marked(raw, wide, How.ENCODING_PROVED)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return _prove(_candidates(raw), error.start)
    return _recover_font(text)


def _decode_marked(raw: bytes, encoding: str, how: How | None) -> DecodedText:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise UndecodableText(
            f"the file is not the {encoding.upper()} that its first bytes say",
            f"tệp không phải {encoding.upper()} như các byte đầu cho biết",
            "save it once more, as UTF-8 (in a spreadsheet: CSV UTF-8)",
            "hãy lưu lại tệp ở dạng UTF-8 (trong bảng tính: CSV UTF-8)",
            error.start,
        ) from None
    return _recover_font(text) if how is None else DecodedText(text, encoding, how)


def _decode_declared(raw: bytes, encoding: str) -> DecodedText:
    for mark, marked in MARKS:
        if raw.startswith(mark) and not encoding.startswith(marked[:6]) and encoding not in FONTS:
            raise UndecodableText(
                f"the file begins with the mark of {marked.upper()}, and is not {encoding}",
                f"tệp bắt đầu bằng dấu của {marked.upper()}, không phải {encoding}",
                f"leave --encoding out, or say --encoding {marked}",
                f"hãy bỏ --encoding, hoặc ghi --encoding {marked}",
            )
    try:
        if encoding in FONTS:  # the bytes of the font, or UTF-8 or UTF-16 of what these bytes look like
            return DecodedText(FONTS[encoding](_as_looked_like(raw, encoding)), encoding, How.ENCODING_TOLD)
        text = raw.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UndecodableText(
            f"the file is not {encoding} text",
            f"tệp không phải văn bản {encoding}",
            "leave --encoding out to have it recognised, or save the file as UTF-8",
            "hãy bỏ --encoding để chương trình tự nhận, hoặc lưu tệp ở dạng UTF-8",
            error.start,
        ) from None
    return DecodedText(unicodedata.normalize("NFC", text), encoding, How.ENCODING_TOLD)


def _as_looked_like(raw: bytes, font: str) -> str:
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1" if font == "tcvn3" else "cp1252")


def find_unmarked_utf16(raw: bytes) -> str | None:
    """UTF-16 without a mark shows by its zeros, which no other text has: separators, digits and plain letters have one
    in every second byte, and always in the same."""
    head = raw[:PROOF_CHARACTERS]
    first, second = head[0::2].count(0), head[1::2].count(0)
    few, many = sorted((first, second))
    if many <= len(head) * SHARE_OF_ZEROS or few > many * SHARE_OF_ZEROS:
        return None
    return "utf-16-le" if second > first else "utf-16-be"


def _candidates(raw: bytes) -> dict[str, str]:
    """The file read in each way that bytes beyond UTF-8 may be meant in Viet Nam."""
    texts = {"tcvn3": from_tcvn3(raw.decode("latin-1"))}
    for name, codec in (("windows-1258", "cp1258"), ("vni", "cp1252")):
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            continue
        texts[name] = from_vni(text) if name == "vni" else unicodedata.normalize("NFC", text)
    return texts


def _prove(texts: dict[str, str], at: int) -> DecodedText:
    counts = {name: proves_vietnamese(text[:PROOF_CHARACTERS]) for name, text in texts.items()}
    good = [name for name, count in counts.items() if count >= ENOUGH_WORDS]
    if len(good) == 1:
        return DecodedText(texts[good[0]], good[0], How.ENCODING_PROVED)
    likely = good or [name for name, count in counts.items() if count]
    shown = "; ".join(f"{name}: {_sample(texts[name])}" for name in likely or texts)
    raise UndecodableText(
        f"the file is not UTF-8 text, and nothing proves what it is ({shown})",
        f"tệp không phải văn bản UTF-8, và không có gì chứng minh nó là gì ({shown})",
        "say which with --encoding windows-1258, tcvn3 or vni, or save the file as UTF-8 (in a spreadsheet: CSV UTF-8)",
        "hãy ghi --encoding windows-1258, tcvn3 hoặc vni, hoặc lưu tệp ở dạng UTF-8 (trong bảng tính: CSV UTF-8)",
        at,
    )


def _sample(text: str) -> str:
    return " ".join(sorted(marked_words(text[:PROOF_CHARACTERS]), key=len)[-3:])[:60]


def _recover_font(text: str) -> DecodedText:
    """UTF-8 text as it is, unless its words are Vietnamese only when read as those of an old font."""
    head = text[:PROOF_CHARACTERS]
    if head.isascii():
        return DecodedText(text, "utf-8")
    words = marked_words(head)
    if _ONLY_UNICODE.search(head) or len(words) - count_syllables(words) < ENOUGH_WORDS:
        return DecodedText(text, "utf-8")
    for name, read in (
        ("tcvn3", from_tcvn3),
        ("vni", from_vni),
        ("utf-8 read as windows-1252", from_utf8_twice),
    ):
        if (other := read(head)) != head and proves_vietnamese(other) >= ENOUGH_WORDS:
            return DecodedText(read(text), name, How.ENCODING_PROVED)
    return DecodedText(text, "utf-8")


def _usual(name: str) -> str:
    plain = name.strip().lower().replace("_", "-")
    return NAMES.get(plain, plain)
