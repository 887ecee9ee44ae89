"""What was found is brought forward by what has changed since, and nobody sees in it what is secret."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from services.bootstrap.http_app import create_http_app
from services.bootstrap.services import open_embedded_ledger
from services.chronicle.queries.contradictions import latest as module
from services.chronicle.queries.contradictions.changes import LoggedChanges
from services.chronicle.queries.contradictions.detection import find_contradictions
from services.chronicle.queries.contradictions.latest import LatestContradictions
from shared.core.facts import AnyEvent, Corrected
from shared.eventlog.group_commit import AppendRequest
from shared.http.auth import BearerTokens, PersonToken
from shared.http.token_classes import TokenClass
from shared.operations.settings import load
from shared.runtime.embedded import EmbeddedLedger
from tests.contradictions.stored import Told, cadre, dissolved, post, tenure, unit
from tests.contradictions.test_kinds import ROTATED, abolished, back, merged, out, rotated, under
from tests.seeded.seed import Seed, planted

READ, MINH = "r" * 40, "m" * 40


@contextmanager
def opened(folder: Path) -> Iterator[EmbeddedLedger]:
    ledger = open_embedded_ledger(load(folder))
    try:
        yield ledger
    finally:
        ledger.close()


def take_over(ledger: EmbeddedLedger, *facts: Told) -> list[AnyEvent]:
    """Facts as they came from another site, which no rule of ours has judged."""
    events: list[AnyEvent] = []
    for topic, stream, fact in facts:
        log = ledger.logs[topic]
        if log.topic.personal and not log.version(stream):
            ledger.keys.create_keys([stream])
        events += log.append(AppendRequest(stream, log.version(stream), (fact,), "import:another-site"))
    ledger.project_pending()
    return events


STEPS: list[list[Told]] = [
    [unit("u"), unit("v"), post("p", "u"), post("q", "v"), cadre("an"), cadre("binh"), cadre("chi")],
    [*tenure("an", "p", "2010-01-01", id_="a"), *tenure("an", "q", "2011-01-01", id_="b")],
    [*tenure("binh", "p", "2012-01-01", id_="c"), *tenure("chi", "new", "2012-01-01", id_="a")],
    [post("new", "w")],
    [unit("w")],
    [merged("an", "binh", "2020-01-01", "c")],
    [out("binh", "2021-01-01")],
    [dissolved("v", "2013-01-01")],
    [abolished("p", "2014-01-01")],
    [back("binh", "2022-01-01"), under("w", "u", "2015-01-01")],
    [*tenure("chi", "q", "2016-01-01", **ROTATED)],
    [rotated("chi", "q", "2016-01-01")],
    [cadre("dung"), *tenure("dung", "new", "2013-01-01")],
]
"""Facts that make, change and undo contradictions of others."""


def test_it_is_what_is_found_anew_after_every_fact_and_every_correction(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        latest = LatestContradictions(LoggedChanges(ledger.logs))
        events: list[tuple[str, AnyEvent]] = []
        steps = [[told] for step in STEPS for told in step]
        for step in [STEPS[0], *steps[len(STEPS[0]) :]]:
            recorded = take_over(ledger, *step)
            events += zip((topic for topic, _, _ in step), recorded, strict=True)
            agree(ledger, latest)
        counts = []
        for topic, event in events[len(STEPS[0]) :]:
            take_over(
                ledger, (topic, event.stream, Corrected(target=event.event_id, mode="VOID", reason="r"))
            )
            counts.append(agree(ledger, latest))
        assert counts[-1] == 0
        assert len(set(counts)) > 3, "corrections take contradictions away one after another"


def agree(ledger: EmbeddedLedger, latest: LatestContradictions) -> int:
    known = ledger.watermark()
    with ledger.tables.engine.connect() as connection:
        found = latest.find(connection, known)
        assert found == find_contradictions(connection, known)
        assert latest.find(connection, known) is found, "asked again it is the same"
    return len(found)


def test_a_second_merger_of_a_file_is_brought_forward_too(tmp_path: Path) -> None:
    """The first one says whose the file is; both say which tenures are recorded twice."""
    with opened(tmp_path) as ledger:
        latest = LatestContradictions(LoggedChanges(ledger.logs))
        take_over(ledger, unit("u"), post("p", "u"), cadre("an"), cadre("binh"), cadre("chi"))
        take_over(ledger, *tenure("binh", "p", "2010-01-01", id_="t"), out("binh", "2012-01-01"))
        take_over(ledger, merged("an", "binh", "2020-01-01"))
        before = agree(ledger, latest)
        [second] = take_over(ledger, merged("chi", "binh", "2021-01-01", "t"))
        agree(ledger, latest)
        take_over(ledger, ("personnel", "chi", Corrected(target=second.event_id, mode="VOID", reason="r")))
        assert agree(ledger, latest) == before


def test_an_earlier_instant_has_its_own_answer(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        latest = LatestContradictions(LoggedChanges(ledger.logs))
        asked = []
        for step in STEPS:
            take_over(ledger, *step)
            known = ledger.watermark()
            with ledger.tables.engine.connect() as connection:
                asked.append((known, latest.find(connection, known)))
        assert len({len(found) for _, found in asked}) > 4
        other = LatestContradictions(LoggedChanges(ledger.logs))
        for known, found in [*reversed(asked), *asked]:
            with ledger.tables.engine.connect() as connection:
                assert latest.find(connection, known) == found
                assert other.find(connection, known) == found


def test_after_very_many_facts_everything_is_found_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_CHANGES", 2)
    with opened(tmp_path) as ledger:
        latest = LatestContradictions(LoggedChanges(ledger.logs))
        for step in STEPS:
            take_over(ledger, *step)
            agree(ledger, latest)


def test_the_position_of_an_instant_is_that_of_the_last_fact_until_then(tmp_path: Path) -> None:
    with opened(tmp_path) as ledger:
        events = take_over(ledger, *(cadre(f"c{number}") for number in range(7)))
        changes = LoggedChanges(ledger.logs)
        for number, event in enumerate(events, start=1):
            assert changes.find_positions(event.recorded_at)["personnel"] == number
        assert changes.find_positions(events[0].recorded_at)["organization"] == 0
        for (before, one), (after, other) in pairwise(enumerate(events, start=1)):
            read = changes.read({"personnel": before}, other.recorded_at, 10)
            assert read is not None
            assert read.streams == {"personnel": {other.stream}}
            assert read.positions["personnel"] == after
            assert not changes.read({"personnel": before}, one.recorded_at, 10).streams  # type: ignore[union-attr]  # few
        assert changes.read({}, events[-1].recorded_at, 6) is None


@pytest.mark.parametrize("first", [READ, MINH])
def test_who_asks_first_does_not_decide_what_others_see(tmp_path: Path, first: str) -> None:
    """A secret unit and its post have a contradiction: whoever may not see them gets a list without it."""
    with opened(tmp_path) as ledger:
        take_over(
            ledger,
            *(unit("open"), unit("secret", parent="open", confidentiality="SECRET"), post("p", "open")),
            *(
                post("s", "secret"),
                cadre("an"),
                *tenure("an", "s", "2010-01-01"),
                *tenure("an", "p", "2011-01-01"),
            ),
            *(dissolved("secret", "2012-01-01"), *tenure("nobody", "p", "2010-01-01", "2011-01-01")),
        )
        persons = (PersonToken("Minh", MINH, token_class=TokenClass.PERSONAL),)
        with TestClient(
            create_http_app(ledger, tokens=BearerTokens(read=READ, write="w" * 40, persons=persons))
        ) as client:

            def kinds(token: str) -> list[str]:
                answer = client.get("/contradictions", headers={"Authorization": f"Bearer {token}"})
                assert answer.status_code == 200, answer.text
                return [line["kind"] for line in answer.json()["items"]]

            seen = {token: kinds(token) for token in (first, *({READ, MINH} - {first}))}
        assert seen[MINH] == ["HOLDER_IN_DISSOLVED_UNIT", "HOLDER_OF_VOIDED", "TWO_PRIMARY"]
        assert seen[READ] == ["HOLDER_OF_VOIDED"]


CHANGES = "services.chronicle.queries.contradictions.changes"
BUGS = (
    Seed("who holds a changed post is forgotten",
         ((f"{CHANGES}:find_reach", "own | _ids(_HOLDERS, connection, posts)", "own"),), ()),
    Seed("the posts of a changed unit are forgotten",
         ((f"{CHANGES}:find_reach", "organization | _ids(_POSTS_OF_UNITS, connection, organization)",
           "organization"),), ()),
    Seed("a person is one file",
         ((f"{CHANGES}:_with_files", "left += together[file]", "pass"),), ()),
    Seed("moves change no tenure",
         ((f"{CHANGES}:find_reach", 'changes.of("appointment", "personnel", "rotation")',
           'changes.of("appointment", "personnel")'),), ()),
)  # fmt: skip


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: str(bug.name))
def test_what_is_not_brought_forward_is_noticed(tmp_path: Path, bug: Seed) -> None:
    with planted(bug), pytest.raises(AssertionError, match="assert"):
        test_it_is_what_is_found_anew_after_every_fact_and_every_correction(tmp_path)


def test_a_page_begins_after_the_last_line_of_the_one_before(tmp_path: Path) -> None:
    """Pages of every size are the whole list, and the same as it was known then, though more was recorded meanwhile."""
    with opened(tmp_path) as ledger:
        take_over(ledger, *(told for step in STEPS[:3] for told in step))
        with TestClient(create_http_app(ledger)) as client:
            whole = client.get("/contradictions", params={"limit": "1000"}).json()
            assert len(whole["items"]) >= 4
            take_over(ledger, *(told for step in STEPS[3:] for told in step))
            for limit in range(1, len(whole["items"]) + 2):
                items, cursor = [], ""
                while True:
                    asked = {"limit": str(limit), "cursor": cursor, "known_at": whole["known_at"]}
                    page = client.get("/contradictions", params=asked).json()
                    assert "items" in page, page
                    items += page["items"]
                    if not (cursor := page["next"]):
                        break
                assert items == whole["items"], limit
