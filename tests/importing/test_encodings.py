"""What the bytes of a file mean: read where the file or the caller says it or the spelling proves it, else named."""

import unicodedata
from pathlib import Path

import pytest

from services.importing.reading.encodings import UndecodableText, decode
from services.importing.reading.legacy_vietnamese import from_tcvn3, from_vni, is_syllable
from tests.importing.files import cadre, folder, run, take, ways

PERSONS = "person_id,name\np1,Nguyễn Văn Đức\np2,Trần Thị Bình\np3,Lê Quốc Khánh\np4,Đỗ Thùy Dương\n"
TONES = "\u0300\u0301\u0303\u0309\u0323"
TCVN3 = {
    "Nguyễn": "NguyÔn", "Văn": "V¨n", "Đức": "§øc", "Trần": "TrÇn", "Thị": "ThÞ", "Bình": "B×nh", "Lê": "Lª",
    "Quốc": "Quèc", "Khánh": "Kh¸nh", "Đỗ": "§ç", "Thùy": "Thïy", "Dương": "D\u00ad¬ng",
}  # fmt: skip
VNI = {
    "Nguyễn": "Nguyeãn", "Văn": "Vaên", "Đức": "Ñöùc", "Trần": "Traàn", "Thị": "Thò", "Bình": "Bình", "Lê": "Leâ",
    "Quốc": "Quoác", "Khánh": "Khaùnh", "Đỗ": "Ñoã", "Thùy": "Thuøy", "Dương": "Döông",
}  # fmt: skip


def written(text: str, words: dict[str, str]) -> str:
    for word, old in words.items():
        text = text.replace(word, old)
    return text


def in_1258(text: str) -> bytes:
    """windows-1258 has letters and tones apart."""
    raw = b""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in parts if mark in TONES)
        base = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in TONES))
        raw += (base + tone).encode("cp1258")
    return raw


FILES = {
    "utf-16": PERSONS.encode("utf-16"),
    "utf-16-be": b"\xfe\xff" + PERSONS.encode("utf-16-be"),
    "utf-16-le": PERSONS.encode("utf-16-le"),
    "utf-16-le, a header in Vietnamese": PERSONS.replace("name", "Họ và tên").encode("utf-16-le"),
    "utf-16-be, a header in Vietnamese": PERSONS.replace("person_id,name", "person_id,Họ tên").encode(
        "utf-16-be"
    ),
    "windows-1258": in_1258(PERSONS),
    "tcvn3": written(PERSONS, TCVN3).encode("latin-1"),
    "vni": written(PERSONS, VNI).encode("cp1252"),
    "utf-8-sig": PERSONS.encode("utf-8-sig"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_proves_its_encoding_is_read_and_that_is_told(tmp_path: Path, name: str) -> None:
    report = take(tmp_path / "home", folder(tmp_path / "in", "t1,p1,q1,2019,,,,\n", persons=FILES[name]))
    assert report["set_aside"] == []
    found = cadre(tmp_path / "home", "show", "holders", "--as-of", "2020-01-01")
    assert [line["name"] for line in found] == ["Nguyễn Văn Đức"]
    assert (("persons.csv", "", "ENCODING_PROVED") in ways(report)) == (name != "utf-8-sig")


@pytest.mark.parametrize("name", ["windows-1258", "tcvn3", "vni"])
def test_a_short_file_is_read_where_the_encoding_is_named(tmp_path: Path, name: str) -> None:
    """One word proves nothing: the file is refused, and what it may be is shown."""
    words = {
        "tcvn3": b"p1,V\xa8n\n",
        "vni": "p1,Vaên\n".encode("cp1252"),
        "windows-1258": in_1258("p1,Văn\n"),
    }
    source = folder(tmp_path / "in", "t1,p1,q1,2019,,,,\n", persons=b"person_id,name\n" + words[name])
    refused = run(tmp_path / "home", "import", "terms", str(source), "--scheme", "s", "--yes")
    assert refused.exit_code == 2
    assert "--encoding windows-1258, tcvn3 or vni" in refused.stderr
    assert "Văn" in refused.stderr
    report = take(tmp_path / "home", source, "--encoding", name)
    assert ("persons.csv", "", "ENCODING_TOLD") in ways(report)
    found = cadre(tmp_path / "home", "show", "holders", "--as-of", "2020-01-01")
    assert [line["name"] for line in found] == ["Văn"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (written(PERSONS, TCVN3), "tcvn3"),
        (written(PERSONS, VNI), "vni"),
        (PERSONS.encode().decode("latin-1"), "utf-8 read"),
    ],
)
def test_utf_8_of_what_an_old_font_looks_like_is_read(text: str, encoding: str) -> None:
    decoded = decode(text.encode())
    assert decoded.text == PERSONS
    assert decoded.encoding.startswith(encoding)


@pytest.mark.parametrize(
    "text",
    [PERSONS, "p1,François Müller\np2,José Noël\n", "p1,Hà\np2,Bình\n", "p1,Y Blin Kđăm\np2,Müller\n", "a\n"],
)
def test_utf_8_stays_what_it_is(text: str) -> None:
    assert decode(text.encode()) == (text, "utf-8", None)


@pytest.mark.parametrize("raw", ["p1,François\np2,Müller\n".encode("latin-1"), b"\xff\xfea"])
def test_what_nothing_proves_is_refused_in_both_languages(raw: bytes) -> None:
    with pytest.raises(UndecodableText) as error:
        decode(raw)
    assert all(error.value.texts)


def test_an_encoding_that_the_file_is_not_is_told(tmp_path: Path) -> None:
    source = folder(tmp_path / "in", persons=FILES["tcvn3"])
    words = ("import", "terms", str(source), "--scheme", "s", "--yes", "--encoding")
    assert "not utf-8 text" in run(tmp_path / "home", *words, "utf-8").stderr
    assert "no encoding" in run(tmp_path / "home", *words, "klingon").stderr
    assert "không phải bảng mã" in run(tmp_path / "home", *words, "klingon", lang="vi").stderr


@pytest.mark.parametrize(
    "word", ["nghiêng", "Huyền", "khuỷu", "Thuỷ", "Hoà", "giếng", "Quý", "ướt", "Đắk", "Yên"]
)
def test_words_spelt_in_vietnamese(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["NguyÔn", "Müller", "bấ́t", "François", "Ấđ", "xrường"])
def test_words_that_are_not(word: str) -> None:
    assert not is_syllable(word)


def test_every_letter_of_the_old_fonts() -> None:
    assert from_tcvn3("¡¢§£¤¥¦ ®­¬«ª©¨") == "ĂÂĐÊÔƠƯ đươôêâă"
    assert from_vni("AÊ AÂ Ñ EÂ OÂ Ô Ö aë eä oä ôï öï æ ó ò î yø") == "Ă Â Đ Ê Ô Ơ Ư ặ ệ ộ ợ ự ỉ ĩ ị ỵ ỳ"
