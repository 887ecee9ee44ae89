"""Codes that stand for "none" and are shared by many lines: they name nobody, and join nobody."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from services.importing.csv_reader import CsvLine

NEVER_AN_ID = {
    "-", "--", "---", "—", "?", "??", "n/a", "na", "#n/a", "null", "none", "nil", "unknown", "không có", "không rõ",
    "chưa có", "chưa rõ", "trống", "(blank)",
}  # fmt: skip
_LIKE_ONE = re.compile(r"0+|9{2,}|(\d)\1{3,}|[xX]{1,8}|1234567890?", re.ASCII)
FEW, MANY = 2, 10
"""So many different lines of one code make it a placeholder: if it looks like one, and if it does not."""


def is_never_an_id(text: str) -> bool:
    """Whether a text says that there is no id, as `-` and `N/A` do."""
    return text.lower() in NEVER_AN_ID


def find_placeholders(
    lines: Iterable[CsvLine], code: Callable[[CsvLine], str], told_by: Callable[[CsvLine], str]
) -> set[str]:
    """The codes that lines which differ in `told_by` (a name) share: two lines where the code looks like a placeholder
    (`0`, `999999`), ten where it does not. What follows a `/` in `code` only tells lines apart."""
    lines = list(lines)
    repeated = {each for each, count in Counter(map(code, lines)).items() if count >= FEW}
    names: dict[str, set[str]] = defaultdict(set)
    for line in lines if repeated else ():
        if (each := code(line)) in repeated:
            names[each].add(told_by(line))
    return {
        each
        for each, told in names.items()
        if len(told) >= (FEW if _LIKE_ONE.fullmatch(each.partition("/")[0]) else MANY)
    }
