"""Which character separates the fields: as a `sep=` line says, or the one by which the header has the known columns."""

import csv
from collections.abc import Callable

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}


def split_sep_line(text: str) -> tuple[str, str, int]:
    """The separator that a first line like `sep=;` names (else empty), the text after it, and its lines."""
    first, _, rest = text.partition("\n")
    line = first.strip("\r ").strip('"')
    if line.lower().startswith("sep=") and len(line) == 5:
        return line[4], rest, 1
    if line.lower() == "sep=\t".strip() and first.rstrip("\r").endswith("\t"):
        return "\t", rest, 1
    return "", text, 0


def detect_separator(text: str, is_known: Callable[[str], object]) -> str:
    """The separator of the first line: a comma, unless another one splits it into more known columns."""
    first = text.lstrip("\r\n").partition("\n")[0].strip("\r")

    def known_columns(separator: str) -> int:
        names = next(csv.reader([first], delimiter=separator), [])
        return sum(bool(is_known(name.strip())) for name in names)

    counts = {separator: known_columns(separator) for separator in SEPARATORS}
    best = max(counts, key=lambda separator: counts[separator])
    return best if counts[best] > counts[","] else ","
