"""A site in the middle is of an older version than those above and below it (sync case 46): it runs this program,
they a later one, in a process of its own."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from shared.replica.store import REPLICA_FILE
from tests.sync.cloned_sites import made_tree
from tests.sync.homes import Homes
from tests.sync.newer_program import NewerProgram, newer_program

PARENTS = {"huyen": "tinh", "px": "huyen"}


def stored_at(home: Path) -> set[str]:
    """The bytes of all entries of other sites that a site has, byte for byte."""
    with closing(sqlite3.connect(home / REPLICA_FILE)) as connection:
        return {bytes(state).decode() for (state,) in connection.execute("SELECT state FROM entries")}


def carry(newer: NewerProgram, folder: Path, giver: str, taker: str, number: int) -> None:
    """One bundle; all but huyen run the later version."""
    file = folder / f"{giver}-{number}.cadre"
    for site, words in (
        (giver, ("bundle", "make", "--for", taker, "--out", str(file))),
        (taker, ("bundle", "apply", str(file))),
    ):
        if site == "huyen":
            code, output, errors = Homes(folder, PARENTS).cadre(site, *words)
            assert code == 0, output + errors
        else:
            newer.cadre(folder / site, *words)


def test_an_older_site_passes_on_what_it_cannot_read_and_shows_the_rest(tmp_path: Path) -> None:
    """Sync case 46: a kind, a field and a topic that it does not know; after its update nothing is sent again."""
    folder = made_tree(tmp_path / "sites")
    with newer_program() as newer:
        px, recorded = folder / "px", set[str]()

        def record(kind: str, stream: str, **fields: Any) -> None:
            recorded.add(newer.order(px, "record", kind, stream, fields))

        record("registered", "an", name="Cán bộ An")
        record("registered", "binh", name="Cán bộ Bình")
        record("registered", "chi", name="Cán bộ Chi", badge="C-17")
        record("renamed", "binh", name="Cán bộ Bính")
        record("noted", "n1", what="mưa")
        record("signed", "s1", name="Dung")
        record("registered", "em", name="Cán bộ Em")
        carry(newer, folder, "px", "huyen", 1)
        homes = Homes(folder, PARENTS)
        assert homes.names("huyen") == ["Cán bộ An", "Cán bộ Bình", "Cán bộ Em"], "Bình as before"
        carry(newer, folder, "huyen", "tinh", 1)
        assert stored_at(folder / "tinh") >= recorded
        assert stored_at(folder / "huyen") >= recorded

        whole = ["Cán bộ An", "Cán bộ Bính", "Cán bộ Chi", "Cán bộ Em"]
        assert newer.order(folder / "tinh", "rows") == [whole, ["Dung", "mưa"]]
        letters = homes.origin("huyen", "px")["dead_letters"]
        assert [(each["topic"], each["stream"], each["why"]) for each in letters] == [
            ("personnel", "chi", "later-version"),
            ("personnel", "binh", "later-version"),
            ("toy", "n1", "later-version"),
            ("toy", "s1", "later-version"),
        ]
        assert "later-version" in homes.cadre("huyen", "sync", "status")[1]
        record("registered", "giang", name="Cán bộ Giang")
        carry(newer, folder, "px", "huyen", 2)
        assert homes.names("huyen") == ["Cán bộ An", "Cán bộ Bình", "Cán bộ Em", "Cán bộ Giang"]

        status = json.loads(newer.cadre(folder / "huyen", "sync", "status", "--json"))  # it is updated
        [line] = [each for each in status["origins"] if each["origin"] == "px"]
        assert line["dead_letters"] == []
        assert newer.order(folder / "huyen", "rows") == [sorted([*whole, "Cán bộ Giang"]), ["Dung", "mưa"]]
        carry(newer, folder, "tinh", "px", 2)
        digests = {newer.cadre(folder / site, "sync", "digest", "--json") for site in ("px", "huyen")}
        assert len(digests) == 1
