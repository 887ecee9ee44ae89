"""Three levels exchange facts in files: `cadre bundle make|have|apply`, at real sites."""

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

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
from shared.replica.store import REPLICA_FILE
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
        return self.cadre(site, "bundle", *words)

    def cadre(self, site: str, *words: str) -> tuple[int, str, str]:
        env = ENV | {"CADRE_SITE": site, "LC_ALL": "C.UTF-8"}
        done = CliRunner().invoke(application(), ["--home", str(self.folder / site), *words], env=env)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    def told(self, site: str, *words: str) -> Any:
        """What a command says in JSON."""
        code, output, errors = self.cadre(site, *words, "--json")
        assert code == 0, errors
        return json.loads(output)

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
    assert tree.told("tinh", "sync", "digest") == tree.told("px", "sync", "digest")
    assert tree.told("huyen", "sync", "digest") == tree.told("px", "sync", "digest")


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


def test_delivered_is_what_the_parent_has_signed_for(tree: Tree) -> None:
    """Sent is not delivered, and only a receipt says so."""
    tree.register("px", "An", "Bình")

    def own() -> tuple[int, int, int]:
        counted = tree.told("px", "sync", "status")["own"]
        return counted["recorded"], counted["sent"], counted["delivered"]

    assert own() == (2, 0, 0)
    file = tree.make("px", "huyen")
    assert own() == (2, 2, 0)
    tree.apply("huyen", file)
    assert own() == (2, 2, 0)
    tree.carry("huyen", "px")
    assert own() == (2, 2, 2)
    tree.register("px", "Chi")
    assert own() == (3, 2, 2)
    [line] = [each for each in tree.told("huyen", "sync", "status")["origins"] if each["origin"] == "px"]
    assert (line["states"], line["behind"], line["gaps"], line["held"]) == (["following"], 0, [], [])
    assert line["heard_until"]


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


def test_what_is_held_of_a_site_says_where_its_logs_end(tree: Tree) -> None:
    """`cadre site close --as-known` by whoever is above, with the heads that came in files."""
    tree.register("px", "An")
    tree.carry("px", "huyen")
    words = ("close", "px", "--custodian", "huyen", "--reason", "sáp nhập", "--as-known")
    code, _, errors = tree.cadre("huyen", "site", *words)
    assert (code, errors) == (0, "")
    tree.register("px", "Bình")
    late = tree.carry("px", "huyen")
    assert late["entries"]["next"] == 2, "a fact, and that a bundle was made before"  # type: ignore[index]
    # what a closed site states about exchanging is not kept aside
    assert tree.names("huyen") == ["An"], "what comes after the closing is kept aside"
    [line] = [each for each in tree.told("huyen", "sync", "status")["origins"] if each["origin"] == "px"]
    assert "parked" in line["states"]
    assert line["parked"] == 1


def test_damage_of_the_replica_is_named_by_verify(tree: Tree) -> None:
    """A stored entry of another site that was changed on disk."""
    tree.register("px", "An")
    tree.carry("px", "huyen")
    assert tree.cadre("huyen", "verify")[0] == 0
    with closing(sqlite3.connect(tree.folder / "huyen" / REPLICA_FILE)) as database, database:
        changed = database.execute(
            "UPDATE entries SET state = CAST(replace(CAST(state AS TEXT), 'user:lan', 'user:lam') AS BLOB) "
            "WHERE state IS NOT NULL AND topic = 'personnel'"
        )
        assert changed.rowcount == 1
    code, output, errors = tree.cadre("huyen", "verify")
    assert code == 1
    assert "px/personnel" in output + errors


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


def test_files_that_come_out_of_order_leave_a_gap_with_a_name_until_all_are_here(tree: Tree) -> None:
    """sync case 5: nothing of the later file counts or is shown before the earlier one."""
    tree.carry("px", "huyen")
    tree.carry("huyen", "px")  # it knows that it has a key, and nothing else
    tree.register("px", *(f"A{number}" for number in range(10)))
    first = tree.make("px", "huyen")
    number = tree.told("px", "bundle", "list")[-1]["number"]
    tree.register("px", *(f"B{number}" for number in range(10)))
    second = tree.make("px", "huyen", "--since-bundle", str(number))
    assert tree.apply("huyen", second)["entries"]["early"] == 10  # type: ignore[index]
    assert tree.names("huyen") == []
    [gap] = tree.told("huyen", "sync", "gaps")
    assert (gap["origin"], gap["topic"], gap["first"], gap["last"]) == ("px", "personnel", 1, 10)
    tree.apply("huyen", first)
    assert tree.told("huyen", "sync", "gaps") == []
    assert tree.names("huyen") == tree.names("px")
    assert tree.told("huyen", "sync", "digest") == tree.told("px", "sync", "digest")


def test_a_bundle_begins_only_after_one_that_was_made_for_that_site(tree: Tree) -> None:
    tree.register("px", "An")
    tree.make("px", "huyen")
    [made] = tree.told("px", "bundle", "list")
    for wrong in (str(made["number"] + 1), "0"):
        code, _, errors = tree.bundle(
            "px", "make", "--for", "huyen", "--out", str(tree.folder / "x"), "--since-bundle", wrong
        )
        assert code == 2, errors
        assert (wrong if wrong != "0" else "--since-bundle") in errors
    assert not (tree.folder / "x").exists()


def test_made_and_applied_bundles_are_listed_and_delivered_where_signed_for(tree: Tree) -> None:
    tree.register("px", "An")
    tree.apply("huyen", tree.make("px", "huyen"))

    def listed(site: str) -> list[tuple[str, str, str]]:
        return [
            (each["direction"], each["site"], each["state"]) for each in tree.told(site, "bundle", "list")
        ]

    assert (listed("px"), listed("huyen")) == ([("out", "huyen", "made")], [("in", "px", "applied")])
    tree.carry("huyen", "px")
    assert ("out", "huyen", "delivered") in listed("px")
    assert ("in", "huyen", "applied") in listed("px")


def test_what_a_site_has_is_counted_the_same_there_and_above(tree: Tree) -> None:
    tree.register("px", "An", "Bình")
    tree.establish("huyen", "h1")
    tree.carry("px", "huyen")
    tree.carry("huyen", "px")
    tree.carry("px", "huyen")
    here = tree.told("px", "sync", "count")
    assert here == tree.told("px", "sync", "count", "--site", "px")
    assert here == tree.told("huyen", "sync", "count", "--site", "px")
    assert {"origin": "px", "topic": "personnel", "entries": 2} in here
    code, _, errors = tree.cadre("px", "sync", "count", "--site", "nowhere")
    assert (code, "px" in errors) == (2, True)
