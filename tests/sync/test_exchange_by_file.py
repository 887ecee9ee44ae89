"""Three levels exchange facts in files: `cadre bundle make|have|apply`, at real sites."""

import json
import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.bootstrap.services import open_embedded_ledger
from services.chronicle.rows import CADRES, UNITS
from services.organization.events import Kind, UnitEstablished
from services.personnel.events import Registered
from shared.commands.command_handler import Origin
from shared.core.partial_dates import PDate
from shared.operations.settings import Settings
from shared.runtime.embedded import EmbeddedLedger
from tests.sites.office import ENV, Office

DAY = PDate("2026-01-01")


class Tree:
    """A province, a district and a ward, which hear each other only by files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.files = folder, 0
        self.offices = {site: Office(folder, site) for site in ("tinh", "huyen", "px")}
        self.offices["tinh"].well("init", "--name", "Tỉnh T", "--level", "PROVINCE", "--root")
        self.offices["huyen"].join_below(self.offices["tinh"])
        self.offices["px"].join_below(self.offices["huyen"])

    def bundle(self, site: str, *words: str) -> tuple[int, str, str]:
        env = ENV | {"CADRE_SITE": site, "LC_ALL": "C.UTF-8"}
        done = CliRunner().invoke(
            application(), ["--home", str(self.folder / site), "bundle", *words], env=env
        )
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    def make(self, site: str, to: str, *more: str) -> Path:
        self.files += 1
        file = self.folder / f"{site}-{self.files}.cadre"
        code, _, errors = self.bundle(site, "make", "--for", to, "--out", str(file), *more)
        assert code == 0, errors
        return file

    def apply(self, site: str, file: Path) -> dict[str, object]:
        code, output, errors = self.bundle(site, "apply", str(file), "--json")
        assert code == 0, errors
        return json.loads(output)  # type: ignore[no-any-return]

    def carry(self, site: str, to: str) -> dict[str, object]:
        return self.apply(to, self.make(site, to))

    @contextmanager
    def ledger(self, site: str) -> Iterator[EmbeddedLedger]:
        settings = Settings(home=self.folder / site, site=site)
        with closing(open_embedded_ledger(settings)) as ledger:
            yield ledger

    def register(self, site: str, *names: str) -> None:
        with self.ledger(site) as ledger:
            for name in names:
                fact = Registered(name=name, effective_from=DAY)
                ledger.apps["personnel"].handle(f"{site}-{name.lower()}", fact, Origin(actor="user:lan"))

    def establish(self, site: str, unit: str) -> None:
        with self.ledger(site) as ledger:
            fact = UnitEstablished(name=unit, kind=Kind.WARD, effective_from=DAY)
            ledger.apps["organization"].handle(unit, fact, Origin(actor="user:lan"))

    def names(self, site: str) -> list[str]:
        """The names of all cadres, and the ids of all units, as a site shows them."""
        with self.ledger(site) as ledger:
            ledger.project_pending()
            rows = ledger.tables.rows
            return sorted([row.name for row in rows(CADRES)] + [row.unit_id for row in rows(UNITS)])


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_what_a_ward_records_is_shown_in_the_province_and_the_reverse(tree: Tree) -> None:
    """Names are read with the keys that came with them."""
    tree.register("px", "An", "Bình")
    tree.establish("tinh", "t1")
    up = tree.carry("px", "huyen")
    assert (up["faults"], up["waiting"], up["filling"]) == ([], {}, [])
    assert tree.names("huyen") == ["An", "Bình"]
    tree.carry("huyen", "tinh")
    assert tree.names("tinh") == ["An", "Bình", "t1"]
    tree.carry("tinh", "huyen")
    tree.carry("huyen", "px")
    for site in ("tinh", "huyen", "px"):
        assert tree.names(site) == ["An", "Bình", "t1"], site


def test_applied_again_or_late_it_changes_nothing(tree: Tree) -> None:
    tree.register("px", "An")
    first = tree.make("px", "huyen")
    tree.register("px", "Bình")
    second = tree.make("px", "huyen")
    assert tree.apply("huyen", second)["changed"]
    for file in (first, second, first):
        applied = tree.apply("huyen", file)
        assert set(applied["entries"]) == {"duplicate"}  # type: ignore[call-overload]
        assert applied["changed"] == 0
    assert tree.names("huyen") == ["An", "Bình"]


def test_a_lost_file_costs_nothing_and_a_receipt_saves_sending_again(tree: Tree) -> None:
    tree.register("px", "An")
    tree.make("px", "huyen")  # lost
    tree.register("px", "Bình")
    tree.carry("px", "huyen")
    assert tree.names("huyen") == ["An", "Bình"]
    tree.carry("huyen", "px")  # brings the receipt
    tree.register("px", "Chi")
    applied = tree.carry("px", "huyen")
    assert tree.names("huyen") == ["An", "Bình", "Chi"]
    assert "duplicate" not in applied["entries"]  # type: ignore[operator]


def test_a_list_of_what_is_there_makes_the_file_small(tree: Tree) -> None:
    tree.register("px", *(f"Người {number}" for number in range(30)))
    tree.carry("px", "huyen")
    have = tree.folder / "have.note"
    assert tree.bundle("huyen", "have", "--out", str(have))[0] == 0
    whole, rest = tree.make("px", "huyen"), tree.make("px", "huyen", "--have", str(have))
    assert rest.stat().st_size < whole.stat().st_size / 2
    assert "duplicate" not in tree.apply("huyen", rest)["entries"]  # type: ignore[operator]


def test_in_any_order_of_files_the_sites_end_the_same(tree: Tree) -> None:
    chance = random.Random(7)
    files: list[tuple[str, Path]] = []
    for number in range(4):
        tree.register("px", f"Px {number}")
        tree.register("tinh", f"Tinh {number}")
        files += [("huyen", tree.make("px", "huyen")), ("huyen", tree.make("tinh", "huyen"))]
    chance.shuffle(files)
    for to, file in files:
        tree.apply(to, file)
    tree.carry("huyen", "tinh")
    tree.carry("huyen", "px")
    expected = sorted([f"Px {n}" for n in range(4)] + [f"Tinh {n}" for n in range(4)])
    assert tree.names("tinh") == tree.names("huyen") == tree.names("px") == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("make", "--for", "xa", "--out", "{new}"), "xa is neither above nor below this site"),
        (("make", "--for", "tinh", "--out", "{old}"), "exists already"),
        (("make", "--for", "tinh", "--out", "{folder}/no/such.cadre"), "cannot be written"),
        (("make", "--for", "tinh", "--out", "{new}", "--have", "{old}"), "is no list of what a site has"),
        (("apply", "{old}"), "NotABundle"),
        (("apply", "{folder}/none.cadre"), "cannot be read"),
    ],
)
def test_wrong_input_is_refused_in_words_and_nothing_is_left(
    tree: Tree, words: tuple[str, ...], said: str
) -> None:
    old, new = tree.folder / "old.txt", tree.folder / "new.cadre"
    old.write_text("something else\n", encoding="utf-8")
    named = [word.format(new=new, old=old, folder=tree.folder) for word in words]
    code, output, errors = tree.bundle("huyen", *named)
    assert code in (1, 2), output
    assert said in errors
    assert not new.exists()
    assert [file.name for file in tree.folder.glob(".*.new")] == []
