"""Makes `vietnam.json.gz`: both trees from the package vietnamadminunits, the map from three sources.

`python -m services.importing.data.make_vietnam vietnamadminunits-1.0.4-py3-none-any.whl vn-units` (see README.md here)
"""

import csv
import gzip
import json
import sqlite3
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from shared.core.text import nfc

LAST, DAY = "2025-06-30", "2025-07-01"
TARGET = Path(__file__).with_name("vietnam.json.gz")
OLD_TREE_SQL = """SELECT province, provinceCode, district, districtCode, districtType, ward, wardCode, wardType
FROM admin_units_legacy"""
NEW_TREE_SQL = "SELECT province, provinceCode, ward, wardCode, wardType FROM admin_units"
MUNICIPALITY = "Thành phố trung ương"


def write_data(wheel: Path, folder: Path, target: Path = TARGET) -> None:
    """Write the data file from the package's wheel and the folder with the unit history and the map."""
    since = _since(folder / "unit_history_2004_2025.csv")
    with tempfile.TemporaryDirectory() as scratch, zipfile.ZipFile(wheel) as package:
        base = sqlite3.connect(package.extract("vietnamadminunits/data/dataset.db", scratch))
        old, new = _old(base), _new(base)
        base.close()
    data = {
        "last": LAST,
        "day": DAY,
        "old": [[*unit_key, *unit, since.get(unit_key, "")] for unit_key, unit in sorted(old.items())],
        "new": [[*unit_key, *unit] for unit_key, unit in sorted(new.items())],
        "links": sorted(_links(folder / "map_old_to_new.csv", old, new)),
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("],[", "],\n[")
    target.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


_UnitKey = tuple[str, str]
UnitTree = dict[_UnitKey, tuple[str, str, str]]
"""Level and code; the parent's code, name and type."""


def _province(name: str) -> str:
    return "Tỉnh" if name.startswith("Tỉnh ") else MUNICIPALITY


def _old(base: sqlite3.Connection) -> UnitTree:
    tree: UnitTree = {}
    for province, province_code, district, code, kind, ward, ward_code, ward_kind in base.execute(
        OLD_TREE_SQL
    ):
        tree["1", province_code] = ("", nfc(province), _province(province))
        tree["2", code] = (province_code, nfc(district), nfc(kind))
        if ward_code:
            tree["3", ward_code] = (code, nfc(ward), nfc(ward_kind))
    return tree


def _new(base: sqlite3.Connection) -> UnitTree:
    tree: UnitTree = {}
    for province, province_code, ward, code, kind in base.execute(NEW_TREE_SQL):
        tree["1", province_code] = ("", nfc(province), _province(province))
        tree["2", code] = (province_code, nfc(ward), nfc(kind))
    return tree


def _links(path: Path, old: UnitTree, new: UnitTree) -> Iterator[tuple[str, str]]:
    """Links between units of the two trees that at least two of three sources have."""
    for row in _rows(path):
        agree, sources = map(int, row["sources_agree"].split("/"))
        source, target = row["old_code"], row["new_code"]
        unit_key = ("2", source[1:]) if source.startswith("D") else ("3", source)
        if 3 * agree >= 2 * sources and unit_key in old and ("2", target) in new:
            yield source, target


def _since(path: Path) -> dict[_UnitKey, str]:
    """The date from which a unit has been as the tree has it: a day if it was created then, else `..` a day."""
    since: dict[_UnitKey, str] = {}
    for row in _rows(path):
        if not row["valid_to"]:
            created = row["change_in"] == "created"
            since[row["level"], row["code"]] = ("" if created else "..") + row["valid_from"]
    return since


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


if __name__ == "__main__":
    write_data(Path(sys.argv[1]), Path(sys.argv[2]))
