"""Vietnamese text: stored in one form, found without marks, sorted by given name."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.text import fold, name_key, nfc, split_list

DECOMPOSED = unicodedata.normalize("NFD", "Đặng Thị Hoà")


def test_composed_and_decomposed_are_stored_alike() -> None:
    assert nfc(DECOMPOSED) == "Đặng Thị Hoà"
    assert nfc(DECOMPOSED) != DECOMPOSED


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đặng Thị Hoà", "dang thi hoa"),
        ("Đặng Thị Hòa", "dang thi hoa"),
        (DECOMPOSED, "dang thi hoa"),
        ("ỦY BAN NHÂN DÂN", "uy ban nhan dan"),
        ("Phường  Cốc\u00a0Lếu ", "phuong coc leu"),
        ("Đắk Lắk", "dak lak"),
        ("K’Ho", "k'ho"),
        ("Ngươi đừng quên ơn nghĩa", "nguoi dung quen on nghia"),
        ("", ""),
    ],
)
def test_search_knows_no_marks_no_case_and_no_spaces_but_one(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=20))
def test_folding_and_sorting_take_any_text(text: str) -> None:
    assert fold(nfc(text)) == fold(unicodedata.normalize("NFD", text))
    assert isinstance(name_key(text), str)


def ordered(*names: str) -> list[str]:
    return sorted(names, key=name_key)


def test_people_are_sorted_by_given_name_then_middle_then_family() -> None:
    assert ordered("Trần Văn An", "Lê Thị Bình", "Lê Văn An", "Nguyễn Anh", "Bùi An", "Lê Đức An") == [
        "Bùi An",
        "Lê Đức An",
        "Lê Văn An",
        "Trần Văn An",
        "Nguyễn Anh",
        "Lê Thị Bình",
    ]


def test_letters_come_in_the_order_of_the_alphabet() -> None:
    letters = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
    assert ordered(*letters[::-1]) == list(letters)


def test_tones_come_level_falling_asking_tumbling_rising_heavy() -> None:
    tones = ["an", "àn", "ản", "ãn", "án", "ạn"]
    assert ordered(*tones[::-1]) == tones


def test_a_tone_counts_only_where_all_letters_agree() -> None:
    assert ordered("ánh", "an", "ăn", "án", "ang") == ["an", "án", "ang", "ánh", "ăn"]


def test_composed_and_decomposed_names_are_one_name() -> None:
    assert name_key(DECOMPOSED) == name_key("Đặng Thị Hoà")


@pytest.mark.parametrize(
    "odd", ["x\u0301", "\u0301", "\u0323 An", "Hồ Chí Minh\u0300\u0301", "李", "O'Brien-2"]
)
def test_a_name_with_odd_marks_has_its_place_too(odd: str) -> None:
    assert name_key(odd)


def test_a_tone_that_stands_apart_from_its_letter_counts_all_the_same() -> None:
    assert ordered("xa\u0301", "xa", "x\u0301a") == ["xa", "xa\u0301", "x\u0301a"]


def test_a_list_is_what_is_between_commas() -> None:
    assert split_list("an, binh,,chi") == ["an", " binh", "chi"]
    assert split_list("") == []
