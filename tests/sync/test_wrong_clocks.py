"""Sites that fall silent, and clocks that are wrong (sync.md §7, §11)."""

import json
import shlex
from datetime import timedelta
from pathlib import Path

from shared.core.partial_dates import Instant
from shared.replica.runs import LogId
from shared.runtime.site_views import View, ViewChoice
from tests.sync.clocked_tree import NOW, ClockedTree

YEARS = timedelta(days=3652)


def heard_of(answer: bytes) -> dict[str, tuple[str, str]]:
    """(state, until) of each site."""
    return {each["site"]: (each["state"], each["until"]) for each in json.loads(answer)["heard"]}


def silent_sites(metrics: str) -> set[str]:
    lines = [line for line in metrics.splitlines() if line.startswith("cadre_sync_silent{")]
    assert any('"px"' in line for line in lines), metrics
    return {line.split('"')[1] for line in lines if float(line.split()[-1])}


def test_a_site_is_silent_after_the_agreed_days(clocked: ClockedTree) -> None:
    """Sync case 10: an alarm, exit code 3, a metric, and every answer about its unit says so; before that none of it.
    What was answered before stays as it was."""
    tree = clocked
    tree.go_to(1)
    tree.carry("px", "huyen")
    spoken = tree.time
    tree.time = spoken + timedelta(days=3) - timedelta(minutes=1)
    before = tree.now("huyen")
    assert ("px", "silent") not in {(alarm.origin, alarm.what) for alarm in tree.status("huyen").alarms}
    [chart] = tree.holders("huyen", before)
    assert heard_of(chart)["px"][0] == "following"

    tree.time = spoken + timedelta(days=3, minutes=1)
    code, output, _ = tree.cadre("huyen", "sync", "status", "--json")
    assert code == 3
    assert {"origin": "px", "what": "silent", "text": "Silent px"} in json.loads(output)["alarms"]
    with tree.client("huyen") as client:
        silent = client.get("/org-chart", params={"unit": "U-X", "as_of": "2026-01-01"})
        assert "px" in silent_sites(client.get("/metrics").text)
    state, until = heard_of(silent.content)["px"]
    assert (state, until[:10]) == ("silent", tree.on(1)[:10])
    assert tree.holders("huyen", before) == [chart]
    then = silent.json()["known_at"]
    [answered] = tree.holders("huyen", then)
    assert heard_of(answered)["px"][0] == "silent"

    _, _, errors = tree.cadre("huyen", "show", "chart", "U-X", "--as-of", "2026-01-01", "--json")
    assert "not heard of: px (silent)" in errors
    tree.carry("px", "huyen")
    now, again = tree.holders("huyen", NOW, then)
    assert (heard_of(now)["px"][0], again) == ("following", answered)


def test_a_sender_whose_clock_was_far_ahead_is_still_believed(clocked: ClockedTree) -> None:
    """What it says later has all that it said then, so it is later, whatever its clock said."""
    tree = clocked
    tree.go_to(1)
    tree.skew["huyen"] = timedelta(days=20)
    ahead = tree.make("huyen", "px")
    tree.skew.clear()
    tree.apply("px", ahead)
    tree.register("px", "d")
    tree.carry("px", "huyen")
    late = tree.make("px", "huyen")  # from before the district's answer
    tree.carry("huyen", "px")  # it has d, and its clock is right again
    applied = tree.apply("huyen", tree.make("px", "huyen"))
    assert "duplicate" not in applied.entries
    with tree.replica("px") as replica:
        assert replica.heads_signed_for("huyen") >= replica.vector(replica.store.logs()[0])
    assert set(tree.apply("huyen", late).entries) <= {"duplicate", "next"}


def test_a_site_restored_since_its_clock_was_far_ahead_gets_what_it_lost(clocked: ClockedTree) -> None:
    """What it said in the future is not later than what it says now: else it would be sent nothing until then."""
    tree = clocked
    tree.go_to(1)
    tree.back_up("huyen")
    tree.register("px", "d")
    tree.skew["huyen"] = timedelta(hours=1)
    tree.carry("px", "huyen")
    tree.carry("huyen", "px")
    tree.skew.clear()
    tree.restore("huyen")
    tree.carry("huyen", "px")
    tree.carry("px", "huyen")
    with tree.replica("px") as px, tree.replica("huyen") as huyen:
        assert huyen.all_heads() >= px.vector(LogId("px", "personnel"))


def test_receipts_of_before_a_restore_by_a_clock_far_ahead_are_not_the_newest(clocked: ClockedTree) -> None:
    """What is delivered is told at once, and not when the clock has got there (sync case 43)."""
    tree = clocked
    tree.go_to(1)
    tree.back_up("huyen")
    tree.register("px", "d")
    tree.skew["huyen"] = timedelta(days=20)
    tree.carry("px", "huyen")
    tree.carry("huyen", "px")
    tree.register("px", "e")
    tree.skew.clear()
    tree.restore("huyen")
    for _ in range(2):
        tree.carry("huyen", "px")
        tree.carry("px", "huyen")
    tree.carry("huyen", "px")
    own = tree.status("px").own
    assert own.delivered == own.recorded


def test_what_a_clock_far_ahead_had_closed_is_neither_heard_nor_held_against_it(clocked: ClockedTree) -> None:
    """The ward has recorded nothing meanwhile and was restored: its word is taken as it is now, and it falls silent."""
    tree = clocked
    tree.go_to(1)
    tree.back_up("px")
    tree.skew["px"] = timedelta(days=20)
    tree.carry("px", "huyen")
    [line] = [each for each in tree.status("huyen").origins if each.origin == "px"]
    assert line.heard_until < tree.on(1.1), "not until then"
    tree.skew.clear()
    tree.restore("px")
    tree.go_to(2)
    tree.carry("px", "huyen")
    assert ("px", "clock") not in alarms(tree, "huyen")
    [line] = [each for each in tree.status("huyen").origins if each.origin == "px"]
    assert tree.on(1.9) < line.heard_until < tree.on(2.1)
    tree.go_to(6)
    [answered] = tree.holders("huyen", tree.now("huyen"))
    assert heard_of(answered)["px"][0] == "silent"


def test_a_receipt_of_the_future_is_no_proof_against_what_its_site_says_since(tmp_path: Path) -> None:
    """A district that was restored to before the first contact has no receipt to send: nothing is delivered to it."""
    tree = ClockedTree(tmp_path)
    tree.back_up("huyen")
    tree.register("px", "d")
    tree.skew["huyen"] = timedelta(days=20)
    tree.carry("px", "huyen")
    tree.carry("huyen", "px")
    assert (tree.status("px").own.delivered, alarms(tree, "px")) == (1, {("huyen", "clock")})
    tree.skew.clear()
    tree.restore("huyen")
    tree.go_to(1)
    tree.register("huyen", "e")
    tree.carry("huyen", "px")
    assert (tree.status("px").own.delivered, alarms(tree, "px")) == (0, {("huyen", "parent-went-back")})
    tree.carry("px", "huyen")
    tree.carry("huyen", "px")
    assert (tree.status("px").own.delivered, alarms(tree, "px")) == (1, set())


def test_a_message_from_before_says_nothing_new(clocked: ClockedTree) -> None:
    """One that was made earlier and comes later does not take back what its sender said since."""
    tree = clocked
    tree.go_to(1)
    early = tree.make("huyen", "px")
    tree.register("px", "d")
    tree.carry("px", "huyen")
    tree.carry("huyen", "px")
    with tree.replica("px") as replica:
        said = replica.heads_signed_for("huyen")
    tree.apply("px", early)
    with tree.replica("px") as replica:
        assert replica.heads_signed_for("huyen") == said


def test_a_file_that_comes_late_accuses_no_clock_and_clears_none(clocked: ClockedTree) -> None:
    """Only what a message says itself shows that the clock of its sender was put back."""
    tree = clocked
    tree.go_to(1)
    early = tree.make("px", "huyen")
    tree.go_to(2)
    tree.register("px", "d")
    tree.carry("px", "huyen")
    tree.apply("huyen", early)
    assert ("px", "clock") not in alarms(tree, "huyen")
    tree.skew["px"] = -YEARS
    tree.carry("px", "huyen")
    assert ("px", "clock") in alarms(tree, "huyen")
    tree.skew.clear()
    tree.apply("huyen", early)
    assert ("px", "clock") in alarms(tree, "huyen"), "until it says so itself"
    tree.carry("px", "huyen")
    assert ("px", "clock") not in alarms(tree, "huyen")


def alarms(tree: ClockedTree, site: str) -> set[tuple[str, str]]:
    return {(alarm.origin, alarm.what) for alarm in tree.status(site).alarms if alarm.what != "silent"}


def shown(tree: ClockedTree, site: str, *known: Instant, view: View = View.HERE) -> list[list[str]]:
    """Who holds the posts of the ward, as a site answers for each of these instants; without one, now."""
    answers = tree.holders(site, *(known or [NOW]), choice=ViewChoice(view))
    return [sorted(line["cadre"] for line in json.loads(answer)["items"]) for answer in answers]


def test_a_clock_ten_years_ahead_hides_nothing_and_is_corrected(clocked: ClockedTree) -> None:
    """Sync case 34: what was recorded in 2036 is known elsewhere from its receipt on, and as recorded, and at its own
    site, from the correction on."""
    tree = clocked
    tree.go_to(1)
    tree.skew["px"] = YEARS
    assert tree.cadre("px", "clock", "accept")[0] == 0
    tree.appoint("px", "c1", "P-X")
    ahead = tree.now("px")
    tree.carry("px", "huyen")
    tree.go_to(1.1)
    assert shown(tree, "huyen") == [["c1"]]
    with tree.ledger("huyen") as ledger:
        assert ledger.watermark() < tree.on(1.2)
    assert shown(tree, "huyen", tree.on(0.5)) == [[]]
    assert ("px", "clock") in alarms(tree, "huyen")
    assert [line.held for line in tree.status("huyen").origins if line.origin == "px"] == [[]]

    old = tree.make("huyen", "px")
    tree.skew.clear()
    tree.go_to(2)
    assert ("px", "own clock") in alarms(tree, "px")
    tree.apply("px", old)
    assert tree.status("px").proposed == [], "nobody says that it is right now"
    tree.carry("huyen", "px")
    [proposed] = tree.status("px").proposed
    assert proposed.command.startswith("cadre site clock --reason ")
    assert proposed.command in tree.cadre("px", "sync", "status")[1]
    assert tree.status("huyen").proposed == []
    tree.skew["px"] = timedelta(minutes=-9)
    tree.carry("huyen", "px")
    assert tree.status("px").proposed == [], "nine minutes are too many"
    tree.skew.clear()
    tree.carry("huyen", "px")
    code, _, errors = tree.cadre("px", *shlex.split(proposed.command)[1:])
    assert (code, errors) == (0, "")
    tree.go_to(2.5)
    assert alarms(tree, "px") == set()
    assert tree.status("px").proposed == []
    assert shown(tree, "px") == [["c1"]]
    with tree.client("px") as client:
        refused = client.get("/holders", params={"unit": "U-X", "known_at": ahead}).json()
    assert refused["rule"] == "KnownInFuture"
    assert refused["watermark"] < tree.on(3)
    assert shown(tree, "px", tree.on(1.5)) == [[]]
    with tree.ledger("px") as ledger:
        assert ledger.watermark() < tree.on(3)
    tree.register("px", "d")
    with tree.ledger("px") as ledger:
        log = ledger.logs["personnel"]
        [(_, event)] = log.read(log.position() - 1, 1)
        assert event.recorded_at[:10] == tree.on(2.5)[:10]
    code, output, errors = tree.cadre("px", "verify")
    assert code == 0, output + errors

    tree.carry("px", "huyen")
    tree.carry("huyen", "tinh")
    tree.go_to(3)
    for site in ("px", "huyen", "tinh"):
        assert shown(tree, site, tree.on(2.2), tree.on(1.5), view=View.RECORDED) == [["c1"], []], site
    assert shown(tree, "huyen", tree.on(1.5)) == [["c1"]], "what was answered stays"
    assert ("px", "clock") not in alarms(tree, "huyen")
    code, _, errors = tree.cadre("px", "site", "clock", "--reason", "lần nữa")
    assert (code, "no log of this site is ahead" in errors) == (1, True)


def test_a_clock_that_was_set_back_is_found_and_harms_no_answer(clocked: ClockedTree) -> None:
    """Sync case 35: of a sender at the first contact; it records a microsecond after what it recorded last."""
    tree = clocked
    tree.go_to(1)
    tree.carry("px", "huyen")
    before = tree.holders("huyen", tree.on(0.9))
    tree.skew["px"] = -YEARS
    tree.appoint("px", "c1", "P-X")
    tree.go_to(2)
    tree.carry("px", "huyen")
    assert ("px", "clock") in alarms(tree, "huyen")
    assert shown(tree, "huyen") == [["c1"]]
    assert tree.holders("huyen", tree.on(0.9)) == before
    tree.skew.clear()
    tree.go_to(3)
    tree.carry("px", "huyen")
    assert ("px", "clock") not in alarms(tree, "huyen")


def test_a_receiver_whose_clock_is_behind_takes_everything_and_doubts_itself(clocked: ClockedTree) -> None:
    """Sync case 35: everything is shown as known now; its receipts say that its clock is not sure."""
    tree = clocked
    tree.go_to(1)
    tree.appoint("px", "c1", "P-X")
    tree.appoint("px", "c2", "P-X")
    tree.register("tinh", "t")
    tree.go_to(2)
    files = [tree.make("px", "huyen"), tree.make("tinh", "huyen")]
    tree.skew["huyen"] = -YEARS
    for file in files:
        tree.apply("huyen", file)
    assert ("huyen", "own clock") in alarms(tree, "huyen")
    assert shown(tree, "huyen") == [["c1", "c2"]]
    tree.carry("px", "huyen")
    with tree.ledger("huyen") as ledger:
        *_, (_, last) = ledger.logs["sync"].read(0, 1000)
    assert last.fact.clock == "unsure"
