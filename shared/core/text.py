"""Vietnamese text: a form to store (NFC), one to search by (no marks), one to sort names by (given name first)."""

import unicodedata
from functools import lru_cache

_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_D = str.maketrans("đðɖ", "ddd")
_RANK = {letter: rank for rank, letter in enumerate(_LETTERS, start=1)}


def nfc(text: str) -> str:
    """The text in Unicode normal form C."""
    return unicodedata.normalize("NFC", text)


def split_list(text: str) -> list[str]:
    """The parts between commas, without empty ones."""
    return [name for name in text.split(",") if name]


@lru_cache(100_000)
def fold(text: str) -> str:
    """The form to search by: lower case, no marks, đ (and ð, ɖ, which look like it) as d, apostrophes alike, single
    spaces. `Hoà` and `Hòa` are equal."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(bare.translate(_D).replace("’", "'").split())


def name_key(name: str) -> str:
    """The form to sort people by: given name (last word), then middle, then family, by the Vietnamese alphabet."""
    words = nfc(name).lower().split()
    return " ".join(
        _word_key(word) for word in (words[-1:] + words[1:-1] + words[:1] if len(words) > 1 else words)
    )


@lru_cache(50_000)
def _word_key(word: str) -> str:
    letters: list[str] = []
    tones: list[str] = []
    for character in word:
        decomposed = unicodedata.normalize("NFD", character)
        tone = next((_TONES[mark] for mark in decomposed if mark in _TONES), 0)
        base = unicodedata.normalize("NFC", "".join(mark for mark in decomposed if mark not in _TONES))
        if not base:  # the mark of a tone that is a character of its own
            tones[-1:] = [str(tone)]
            continue
        letters.append(f"{_RANK.get(base, 40 + ord(base[0]) % 50):02d}")
        tones.append(str(tone))
    return "".join(letters) + "." + "".join(tones)
