"""What was imported is found by names and by the codes of its source, whatever the importer
(24-show-units-of-terms and its kinds)."""

from pathlib import Path

from tests.importing.files import cadre, folder, take
from tests.test_import_trees import COMMUNES, MAP, NEW, OLD, TREE

UNITS = (
    "unit_id,parent_id,name,level,type,valid_from,valid_to\n"
    "K1,,Huyện Đông Anh,district,Huyện,1976,\n"
    "G/1,K1,Xã Hoà Bình,commune,Xã,1980-01-01,2000-06-01\n"
    "1/02,K1,Xã Số 2,commune,Xã,,1995-01-01\n"
)


def shown(home: Path, day: str, scheme: str) -> list[tuple[str, str, str]]:
    lines = cadre(home, "show", "units", "--as-of", day, "--scheme", scheme)
    return [(line["level"], line["code"], line["parent"]) for line in lines]


def history(home: Path, code: str, scheme: str) -> list[tuple[str, str, str]]:
    lines = cadre(home, "show", "history", "--unit", code, "--scheme", scheme)
    return [(line["name"], line["valid_from"], line["valid_to"]) for line in lines]


def test_units_of_terms_also_with_a_slash_in_their_codes_and_without_dates(tmp_path: Path) -> None:
    home, posts = tmp_path / "home", "post_id,title,unit_id\nq1,Chủ tịch,G/1\n"
    take(home, folder(tmp_path / "in", "t1,p1,q1,1990,,,,\n", units=UNITS, posts=posts))
    assert shown(home, "1990-01-01", "s") == [
        ("commune", "1/02", "K1"),
        ("commune", "G/1", "K1"),
        ("district", "K1", ""),
    ]
    assert shown(home, "1996-01-01", "s") == [("commune", "G/1", "K1"), ("district", "K1", "")]
    assert history(home, "G/1", "s") == [("Xã Hoà Bình", "1980-01-01", "2000-06-01")]
    assert history(home, "1/02", "s") == [("Xã Số 2", "", "1995-01-01")]
    for text in ("hoa binh", "Xã Hòa Bình", "G/1"):
        assert [hit["code"] for hit in cadre(home, "find", text, "--scheme", "s")] == ["G/1"], text


def test_units_of_two_trees(tmp_path: Path) -> None:
    home, source = tmp_path / "home", tmp_path / "trees"
    source.mkdir()
    tables = {
        "units_until_20250630": TREE + OLD + COMMUNES,
        "units_from_20250701": TREE + NEW,
        "map_old_to_new": MAP,
    }
    for name, text in tables.items():
        (source / f"{name}.csv").write_text(text, encoding="utf-8")
    cadre(home, "import", "units", str(source), "--scheme", "tr", "--yes")
    assert shown(home, "2025-08-01", "tr") == [("1", "01", ""), ("2", "00001", "01"), ("2", "00004", "01")]
    assert history(home, "3/00001", "tr") == [("Xã E", "..2025-06-30", "2025-07-01")]
    assert history(home, "2/00001", "tr") == [("Xã E", "2025-07-01", "")]
    assert [hit["code"] for hit in cadre(home, "find", "phuong f", "--scheme", "tr")] == ["2/00004"]
