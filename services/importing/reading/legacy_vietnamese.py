"""Vietnamese text of fonts from before Unicode: TCVN3 (ABC) and VNI, and how to prove that a text is one of them."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

_TCVN3_BYTES = bytes.fromhex(
    "b8 b5 b6 b7 b9 a8 be bb bc bd c6 a9 ca c7 c8 c9 cb ae d0 cc ce cf d1 aa d5 d2 d3 d4 d6 dd d7 d8 dc de "
    "e3 df e1 e2 e4 ab e8 e5 e6 e7 e9 ac ed ea eb ec ee f3 ef f1 f2 f4 ad f8 f5 f6 f7 f9 fd fa fb fc fe "
    "a1 a2 a3 a4 a5 a6 a7"
)
_TCVN3_LETTERS = "áàảãạăắằẳẵặâấầẩẫậđéèẻẽẹêếềểễệíìỉĩịóòỏõọôốồổỗộơớờởỡợúùủũụưứừửữựýỳỷỹỵĂÂÊÔƠƯĐ"
_TCVN3 = dict(zip(_TCVN3_BYTES, _TCVN3_LETTERS, strict=True))

_VNI_TONES = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_BREVE = {
    "ê": "\u0306",
    "é": "\u0306\u0301",
    "è": "\u0306\u0300",
    "ú": "\u0306\u0309",
    "ü": "\u0306\u0303",
}
_VNI_BREVE |= {"ë": "\u0306\u0323"}
_VNI_CIRCUMFLEX = {"â": "\u0302", "á": "\u0302\u0301", "à": "\u0302\u0300", "å": "\u0302\u0309"}
_VNI_CIRCUMFLEX |= {"ã": "\u0302\u0303", "ä": "\u0302\u0323"}
_VNI_ALONE = {"ñ": "đ", "ô": "ơ", "ö": "ư", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "í": "í", "ì": "ì"}


def from_tcvn3(text: str) -> str:
    """Text of a TCVN3 font, read as Latin-1 before, in Unicode."""
    return text.translate(_TCVN3)


def from_vni(text: str) -> str:
    """Text of a VNI font, read as windows-1252 before, in Unicode."""
    return _VNI_PAIRS.sub(lambda found: _vni_letters()[found[0]], text)


@cache
def _vni_letters() -> dict[str, str]:
    """Every letter of VNI, of one or two characters, small and capital."""
    letters: dict[str, str] = {}
    for plain, marks in (
        ("a", {**_VNI_TONES, **_VNI_BREVE, **_VNI_CIRCUMFLEX}),
        ("e", {**_VNI_TONES, **_VNI_CIRCUMFLEX}),
        ("o", {**_VNI_TONES, **_VNI_CIRCUMFLEX}),
        ("u", _VNI_TONES),
        ("y", {mark: tone for mark, tone in _VNI_TONES.items() if mark != "ï"}),
        ("ô", _VNI_TONES),
        ("ö", _VNI_TONES),
    ):
        for mark, combining in marks.items():
            letter = unicodedata.normalize("NFC", _VNI_ALONE.get(plain, plain) + combining)
            letters[plain + mark] = letter
            letters[plain.upper() + mark.upper()] = letters[plain.upper() + mark] = letter.upper()
    for written, letter in _VNI_ALONE.items():
        letters[written], letters[written.upper()] = letter, letter.upper()
    return letters


_VNI_PAIRS = re.compile("|".join(map(re.escape, sorted(_vni_letters(), key=len, reverse=True))))


def from_utf8_twice(text: str) -> str:
    """UTF-8 that some program took for windows-1252 and wrote as UTF-8 again; unchanged where it is not that."""
    try:
        return b"".join(_byte_of(letter) for letter in text).decode("utf-8")
    except UnicodeError:
        return text


@cache
def _byte_of(letter: str) -> bytes:
    """The byte that a letter was; five bytes have no letter in windows-1252 and stay what they are."""
    return letter.encode("latin-1") if ord(letter) < 0x100 else letter.encode("cp1252")


FONTS: dict[str, Callable[[str], str]] = {"tcvn3": from_tcvn3, "vni": from_vni}

_ONSET = "kr|pl|br|bl|đr|đl|gr|hr|pr|ml|ngh|ng|nh|th|tr|ph|kh|gh|gi|ch|qu|[bcdđghklmnpqrstvx]"
_CODA = "ng|nh|ch|[ckmnpt]"
_NUCLEI = (
    "iêu|yêu|uôi|ươi|ươu|oai|oay|oao|oeo|uây|uyê|uya|uêu|uyu|iê|yê|ia|ya|uô|ua|ươ|ưa|oa|oă|oe|oo|uâ|uê|uơ|uy|"
    "ai|ao|au|ay|âu|ây|eo|êu|iu|oi|ôi|ơi|ui|ưi|ưu|[aăâeêioôơuưy]"
)
_SYLLABLE = re.compile(f"(?:{_ONSET})?(?:{_NUCLEI})(?:{_CODA})?")
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")


@cache
def is_syllable(word: str) -> bool:
    """Whether a word is spelt like a Vietnamese syllable: onset, vowels with at most one tone, coda."""
    spread = unicodedata.normalize("NFD", word.lower())
    bare = unicodedata.normalize("NFC", _TONES.sub("", spread))
    return len(_TONES.findall(spread)) <= 1 and _SYLLABLE.fullmatch(bare) is not None


def marked_words(text: str) -> set[str]:
    """The words of a text that hold a character which is not ASCII, without the punctuation around them."""
    words = set()
    for piece in re.split(r"[\s,;|\"'()\[\]/\-.:0-9_]+", text):
        if piece and not piece.isascii():
            words.add(piece)
    return words


def count_syllables(words: set[str]) -> int:
    """How many of the words are spelt in Vietnamese."""
    return sum(map(is_syllable, words))


def proves_vietnamese(text: str) -> int:
    """How many different marked words a text has, if nearly all (9 of 10) are spelt in Vietnamese; else 0."""
    words = marked_words(text)
    return len(words) if words and 10 * count_syllables(words) >= 9 * len(words) else 0
