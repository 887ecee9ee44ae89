"""The personal columns of a list of persons, as fields of the fact that puts them on file."""

from typing import TypedDict

from services.importing.batches import SetAsideLine
from services.importing.csv_reader import CsvLine, Sheet
from services.importing.national_ids import normalize_national_id, read_national_id
from services.importing.reading.layouts import PERSONAL_DATES
from services.importing.reading.readings import How, Readings
from services.personnel.events import Category
from shared.core.text import fold

SEXES = {
    "F": ("f", "female", "nu", "woman", "ba"),
    "M": ("m", "male", "nam", "man", "ong"),
}
CATEGORIES = {
    Category.CADRE: ("can bo",),
    Category.CIVIL_SERVANT: ("cong chuc",),
    Category.PUBLIC_EMPLOYEE: ("vien chuc",),
    Category.PART_TIME_WORKER: (
        "nguoi hoat dong khong chuyen trach",
        "khong chuyen trach",
        "part-time worker",
    ),
}
THEORIES = {
    "ELEMENTARY": ("so cap", "elementary"),
    "INTERMEDIATE": ("trung cap", "intermediate"),
    "ADVANCED": ("cao cap", "advanced"),
    "BACHELOR": ("cu nhan", "bachelor"),
}
_SEX_OF = {word: sex for sex, words in SEXES.items() for word in words}
_CATEGORY_OF = {
    word: category for category, words in CATEGORIES.items() for word in (*words, fold(category.en))
}
_THEORY_OF = {word: theory for theory, words in THEORIES.items() for word in words}
NOT_STATED = {"", "-", "--", "?", "n/a", "na", "null", "none", "unknown", "khong ro", "chua ro"}
PLAIN_TEXTS = ("ethnicity", "religion", "home_place", "cadre_no", "degree", "state_management")


class PersonalFields(TypedDict, total=False):
    """Fields of Registered, where the file has them."""

    sex: str
    birth: str
    national_id: str
    ethnicity: str
    religion: str
    home_place: str
    cadre_no: str
    category: Category
    party_joined: str
    party_full: str
    service_from: str
    degree: str
    theory: str
    state_management: str


def read_personal_fields(line: CsvLine) -> PersonalFields | SetAsideLine:
    """The fields that a line states; the line to set aside where the sex or the legal status is no known word."""
    stated = {
        column: line.get(column) for column in (*PERSONAL_DATES, *PLAIN_TEXTS) if _is_stated(line.get(column))
    }
    fields: PersonalFields = PersonalFields(**stated)  # type: ignore[typeddict-item]  # the keys are those of the columns
    number = read_national_id(line)
    if isinstance(number, SetAsideLine):
        return number
    if number:
        fields["national_id"] = number
    if _is_stated(sex := line.get("sex")):
        if fold(sex) not in _SEX_OF:
            return _unknown(line, "sex", ("sex", "giới tính"), "F, M, nam, nữ")
        fields["sex"] = _SEX_OF[fold(sex)]
    if _is_stated(text := line.get("category")):
        if (category := _category(text)) is None:
            return _unknown(
                line, "category", ("legal status", "đối tượng"), ", ".join(each.vi for each in CATEGORIES)
            )
        fields["category"] = category
    if _is_stated(theory := line.get("theory")):
        fields["theory"] = theory if theory in THEORIES else _THEORY_OF.get(fold(theory), theory)
    return fields


def note_personal_words(sheet: Sheet) -> Sheet:
    """Add to the notes of a list of persons which words were read as a sex, a legal status or a grade of theory."""
    readings = Readings()
    for line in sheet.lines:
        for column, read in (("sex", _SEX_OF.get), ("category", _category_name), ("theory", _THEORY_OF.get)):
            written = line.get(column)
            if written and (value := read(fold(written))) and value != written:
                name = line.own_names.get(column, column)
                readings.add(sheet.file, name, How.WORD, line.number, written, value)
        written = line.get("national_id")
        if written and (number := normalize_national_id(written)) != written:
            name = line.own_names.get("national_id", "national_id")
            how = How.WORD if number else How.EMPTY_WORD
            readings.add(sheet.file, name, how, line.number, written, number)
    sheet.readings += readings.all()
    return sheet


def _category_name(text: str) -> str:
    category = _category(text)
    return category.value if category else ""


def _unknown(line: CsvLine, column: str, what: tuple[str, str], words: str) -> SetAsideLine:
    return line.set_aside(
        column,
        "UnknownWord",
        f"{line.get(column)!r} is no {what[0]}",
        f"write one of {words}, or leave it empty",
        f"{line.get(column)!r} không phải {what[1]}",
        f"hãy ghi một trong {words}, hoặc để trống",
    )


def _category(text: str) -> Category | None:
    if text.upper() in Category.__members__:
        return Category[text.upper()]
    return _CATEGORY_OF.get(fold(text))


def _is_stated(text: str) -> bool:
    return fold(text) not in NOT_STATED
