"""Sites that fall silent, and clocks that are wrong (sync.md §7, §11)."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.sync.clocked_tree import ClockedTree

YEARS = timedelta(days=3652)


@pytest.fixture(scope="module")
def synchronised(tmp_path_factory: pytest.TempPathFactory) -> ClockedTree:
    made = ClockedTree(tmp_path_factory.mktemp("tree"))
    made.establish("tinh", "U-T")
    made.establish("tinh", "U-H", parent="U-T")
    made.establish("tinh", "U-X", "P-X", parent="U-H")
    made.carry("tinh", "huyen")
    made.carry("huyen", "px")
    made.register("px", "a", "b")
    made.synchronise()
    return made


@pytest.fixture
def tree(synchronised: ClockedTree, tmp_path: Path) -> ClockedTree:
    return synchronised.copy(tmp_path / "tree")


def heard_of(tree: ClockedTree, answer: bytes) -> dict[str, tuple[str, str]]:
    """(state, until) of each site."""
    return {each["site"]: (each["state"], each["until"]) for each in json.loads(answer)["heard"]}


def silent_sites(metrics: str) -> set[str]:
    lines = [line for line in metrics.splitlines() if line.startswith("cadre_sync_silent{")]
    assert any('"px"' in line for line in lines), metrics
    return {line.split('"')[1] for line in lines if float(line.split()[-1])}


def test_a_site_is_silent_after_the_agreed_days(tree: ClockedTree) -> None:
    """Sync case 10: an alarm, exit code 3, a metric, and every answer about its unit says so; before that none of it.
    What was answered before stays as it was."""
    tree.go_to(1)
    tree.carry("px", "huyen")
    spoken = tree.time
    tree.time = spoken + timedelta(days=3) - timedelta(minutes=1)
    before = tree.now("huyen")
    assert [alarm.origin for alarm in tree.status("huyen").alarms if alarm.what == "silent"] != ["px"]
    with tree.client("huyen") as client:
        chart = client.get("/org-chart", params={"unit": "U-X", "as_of": "2026-01-01"})
        assert "px" not in silent_sites(client.get("/metrics").text)
    assert heard_of(tree, chart.content)["px"][0] == "following"

    tree.time = spoken + timedelta(days=3, minutes=1)
    code, output, _ = tree.cadre("huyen", "sync", "status", "--json")
    assert code == 3
    assert {"origin": "px", "what": "silent"} in json.loads(output)["alarms"]
    with tree.client("huyen") as client:
        asked = {"unit": "U-X", "as_of": "2026-01-01"}
        silent = client.get("/org-chart", params=asked)
        again = client.get("/org-chart", params=asked | {"known_at": chart.json()["known_at"]})
        assert "px" in silent_sites(client.get("/metrics").text)
    state, until = heard_of(tree, silent.content)["px"]
    assert (state, until[:10]) == ("silent", tree.on(1)[:10])
    assert again.content == chart.content
    assert chart.json()["known_at"] >= before

    _, _, errors = tree.cadre("huyen", "show", "chart", "U-X", "--as-of", "2026-01-01", "--json")
    assert "not heard of: px (silent)" in errors
    tree.carry("px", "huyen")
    with tree.client("huyen") as client:
        assert heard_of(tree, client.get("/org-chart", params=asked).content)["px"][0] == "following"
        assert (
            client.get("/org-chart", params=asked | {"known_at": silent.json()["known_at"]}).content
            == silent.content
        )


def test_a_sender_whose_clock_was_far_ahead_is_still_believed(tree: ClockedTree) -> None:
    """What it says later has all that it said then, so it is later, whatever its clock said."""
    tree.go_to(1)
    tree.skew["huyen"] = timedelta(days=20)
    ahead = tree.make("huyen", "px")
    tree.skew.clear()
    tree.apply("px", ahead)
    tree.register("px", "c")
    tree.carry("px", "huyen")
    late = tree.make("px", "huyen")  # from before the district's answer
    tree.carry("huyen", "px")  # it has c, and its clock is right again
    applied = tree.apply("huyen", tree.make("px", "huyen"))
    assert "duplicate" not in applied.entries
    with tree.replica("px") as replica:
        assert replica.heads_signed_for("huyen") >= replica.vector(replica.store.logs()[0])
    assert set(tree.apply("huyen", late).entries) <= {"duplicate", "next"}


def test_a_message_from_before_says_nothing_new(tree: ClockedTree) -> None:
    """One that was made earlier and comes later does not take back what its sender said since."""
    tree.go_to(1)
    early = tree.make("huyen", "px")
    tree.register("px", "c")
    tree.carry("px", "huyen")
    tree.carry("huyen", "px")
    with tree.replica("px") as replica:
        said = replica.heads_signed_for("huyen")
    tree.apply("px", early)
    with tree.replica("px") as replica:
        assert replica.heads_signed_for("huyen") == said
