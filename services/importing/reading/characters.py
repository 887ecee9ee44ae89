"""Characters that look like others or like nothing: read as the usual ones, or shown by name and code point."""

import re
import unicodedata

_INVISIBLE = "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_JOINERS = "\u200c\u200d"
_BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d"
_SLASHES = "\u2044\u2215\uff0f"

_TEXT = {**dict.fromkeys(map(ord, _INVISIBLE)), **dict.fromkeys(map(ord, _BLANKS), " ")}
_DATE = {
    **_TEXT,
    **dict.fromkeys(map(ord, _JOINERS)),
    **dict.fromkeys(map(ord, _HYPHENS), "-"),
    **dict.fromkeys(map(ord, _SLASHES), "/"),
    ord("\uff0e"): ".",
    ord("\uff0c"): ",",
}
_ID = {**_TEXT, **dict.fromkeys(map(ord, _JOINERS))}
ODD = re.compile(f"[{_INVISIBLE}{_JOINERS}{_BLANKS}{_HYPHENS}{_SLASHES}\uff0e\uff0c]")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Line breaks, tabs and other characters that no id and no name has."""


def clean_text(text: str) -> str:
    """The text without invisible characters and with usual blanks; hyphens and dashes stay."""
    return text if text.isascii() else text.translate(_TEXT)


def clean_id(text: str) -> str:
    """The id without invisible characters; joiners too, which mean nothing between letters of an id."""
    return text if text.isascii() else text.translate(_ID)


def clean_date(text: str) -> str:
    """The text with the usual digits, hyphens, slashes and blanks."""
    if text.isascii():
        return text
    usual = text.translate(_DATE)
    return "".join(str(unicodedata.decimal(c, c)) if not c.isascii() else c for c in usual)


def describe(character: str) -> str:
    """`U+2011 NON-BREAKING HYPHEN`; control characters by their usual names."""
    names = {"\n": "LINE FEED", "\r": "CARRIAGE RETURN", "\t": "TAB", "\x00": "NUL"}
    name = names.get(character) or unicodedata.name(character, "CONTROL CHARACTER")
    return f"U+{ord(character):04X} {name}"


def make_visible(text: str) -> str:
    """The text with each odd or control character written out: `2019[U+2011 NON-BREAKING HYPHEN]04`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"[{describe(c)}]" if is_odd(c) else c for c in text)


def is_odd(character: str) -> bool:
    """Whether the character is invisible, or looks like another one, in an id or a date."""
    if character.isascii():
        return not character.isprintable()
    return (
        bool(ODD.match(character) or CONTROL.match(character))
        or (character.isdecimal())
        or unicodedata.category(character) in ("Cf", "Zs", "Cc")
    )


def odd_characters(text: str) -> str:
    """The odd characters of a text, each described once."""
    return ", ".join(dict.fromkeys(describe(c) for c in text if is_odd(c)))
