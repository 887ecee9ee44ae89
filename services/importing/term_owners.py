"""One term cannot be held by two persons. Nothing says which of the lines is wrong, so that none of them is taken."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from services.importing.batches import SetAsideLine
from services.importing.csv_reader import CsvLine
from services.importing.merged_lines import CONTRADICTED


def refuse_terms_of_two_persons(lines: Sequence[CsvLine]) -> list[SetAsideLine]:
    """The lines that give one term to two persons, whichever came first. A line is out of the way where its person has
    the same post from the same date under another term id: that is how it was corrected."""
    by_term: dict[str, list[CsvLine]] = defaultdict(list)
    for line in lines:
        by_term[line.get("term_id")].append(line)
    contested = {term: same for term, same in by_term.items() if len(_persons(same)) > 1}
    if not contested:
        return []
    ids: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for line in lines:
        ids[_stint(line)].add(line.get("term_id"))
    refused = []
    for same in contested.values():
        left = [line for line in same if len(ids[_stint(line)]) == 1]
        taken = {line.number for line in left} if len(_persons(left)) == 1 else set()
        for line in same:
            if line.number not in taken:
                others = [other for other in same if other.get("person_id") != line.get("person_id")]
                refused.append(_refuse(line, sorted(others, key=_where)))
    return refused


def _persons(lines: Iterable[CsvLine]) -> set[str]:
    return {line.get("person_id") for line in lines}


def _stint(line: CsvLine) -> tuple[str, ...]:
    return tuple(map(line.get, ("person_id", "post_id", "start")))


def _where(line: CsvLine) -> tuple[str, str, int]:
    return line.get("person_id"), line.file, line.place


def _refuse(line: CsvLine, others: Sequence[CsvLine]) -> SetAsideLine:
    term, person = line.get("term_id"), line.get("person_id")
    here = f"{line.file}:{line.place}"
    there = [(other.get("person_id"), f"{other.file}:{other.place}") for other in others]
    named = ", ".join(f"of {other} on {place}" for other, place in there)
    named_vi = ", ".join(f"của {other} ở {place}" for other, place in there)
    return line.set_aside(
        "person_id",
        CONTRADICTED,
        f"the term {term} is one of {person} on {here} and {named}",
        "neither is taken: give each term an id of its own and import again; where this file is right as it is, "
        "import it whole with --remove-missing",
        f"nhiệm kỳ {term} là của {person} ở {here} và {named_vi}",
        "không dòng nào được nhận: hãy cho mỗi nhiệm kỳ một mã riêng rồi nhập lại; nếu tệp này đã đúng, hãy nhập trọn "
        "tệp với --remove-missing",
    )
