"""Files of units: kinds that existed before, and readings that the other layouts have too."""

from pathlib import Path

import pytest

from services.importing.units.kinds import KIND_OF_WORD
from tests.importing.files import cadre, rules, ways

HEADER = "level,code,version,parent_code,name,type,valid_from,valid_to,change_in,change_out\n"
ZONE = (
    "1,75,1,,Đồng Nai,Tỉnh,1976-02-01,,created,\n"
    "1,76,1,,Vũng Tàu - Côn Đảo,Đặc khu,1979-05-30,1991-08-12,created,dissolved\n"
    "1,77,1,,Bà Rịa - Vũng Tàu,Tỉnh,1991-08-12,,created,\n"
    "2,751,1,76,Côn Đảo,Quận,1979-05-30,1991-08-12,created,reparented\n"
    "2,751,2,77,Côn Đảo,Huyện,1991-08-12,2025-07-01,reparented,dissolved\n"
)


def units(path: Path, *lines: str) -> Path:
    path.mkdir(exist_ok=True)
    (path / "unit_history.csv").write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


def take(tmp_path: Path, *lines: str, options: tuple[str, ...] = ()) -> dict[str, list[dict[str, str]]]:
    source = units(tmp_path / "in", *lines)
    report: dict[str, list[dict[str, str]]] = cadre(
        tmp_path / "home", "import", "units", str(source), "--scheme", "u", "--yes", *options
    )
    return report


def tree(tmp_path: Path, day: str) -> dict[str, tuple[str, str]]:
    found = cadre(tmp_path / "home", "show", "units", "--as-of", day, "--scheme", "u")
    return {f"{line['level']}/{line['code']}": (line["name"], line["parent"]) for line in found}


def test_the_special_zone_of_1979_is_a_parent(tmp_path: Path) -> None:
    """Case 19-dac-khu-1979."""
    assert take(tmp_path, ZONE)["set_aside"] == []
    assert tree(tmp_path, "1985-01-01") == {
        "1/75": ("Đồng Nai", ""),
        "1/76": ("Vũng Tàu - Côn Đảo", ""),
        "2/751": ("Côn Đảo", "76"),
    }
    assert tree(tmp_path, "1991-08-12").keys() == {"1/75", "1/77", "2/751"}
    assert tree(tmp_path, "2000-01-01")["2/751"] == ("Côn Đảo", "77")


@pytest.mark.parametrize(
    "word",
    [
        "Khu tự trị",
        "Liên khu",
        "Khu",
        "Đặc khu",
        "Thị xã",
        "Phủ",
        "Châu",
        "Tổng",
        "Thị trấn nông trường",
        "Khu phố",
    ],
)
def test_kinds_of_earlier_days_are_taken(tmp_path: Path, word: str) -> None:
    report = take(tmp_path, f"1,01,1,,Nơi cũ,{word},1956-01-01,1975-12-27,created,dissolved\n")
    assert report["set_aside"] == []
    found = cadre(tmp_path / "home", "show", "units", "--as-of", "1960-01-01", "--scheme", "u")
    assert [line["type"] for line in found] == [word]
    assert KIND_OF_WORD


def test_dates_encodings_and_ends_of_units_are_read_alike(tmp_path: Path) -> None:
    lines = "1;01;1;;A;Tỉnh;31/08/2004;31/12/2009;created;dissolved\n2;001;1;-;B;Huyện;01/09/2004;31/12/9999;created;\n"
    source = units(tmp_path / "in")
    (source / "unit_history.csv").write_bytes((HEADER.replace(",", ";") + lines).encode("utf-16"))
    words = ("import", "units", str(source), "--scheme", "u", "--yes", "--ends", "inclusive")
    report = cadre(tmp_path / "home", *words)
    assert report["set_aside"] == []
    assert {how for _, _, how in ways(report)} >= {
        "ENCODING_PROVED", "SEPARATOR", "DAY_FIRST_PROVED", "OPEN_DATE", "INCLUSIVE_END", "NO_PARENT",
    }  # fmt: skip
    assert tree(tmp_path, "2009-12-31").keys() == {"1/01", "2/001"}
    assert tree(tmp_path, "2010-01-01").keys() == {"2/001"}


def test_a_code_that_stands_for_none_names_no_unit(tmp_path: Path) -> None:
    lines = [f"3,999999,1,001,Xã {n},Xã,2004-01-01,,created,\n" for n in range(3)]
    report = take(
        tmp_path, "1,01,1,,A,Tỉnh,2004-01-01,,created,\n", "3,N/A,1,001,B,Xã,2004-01-01,,created,\n", *lines
    )
    assert rules(report) == {(line, "code", "PlaceholderId") for line in (3, 4, 5, 6)}
    assert tree(tmp_path, "2005-01-01").keys() == {"1/01"}
