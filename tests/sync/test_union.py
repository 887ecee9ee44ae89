"""The union of the own log and the events of other sites: what is decided, shown and answered at a site of several."""

from pathlib import Path
from random import Random
from threading import Thread

import pytest

from shared.commands.command_handler import VersionMismatch
from shared.core.corrections import AlreadyVoid, UnknownFact
from shared.core.decider import Rejected
from shared.core.errors import DamagedStore, LogBehindRows
from shared.core.facts import AnyEvent, Corrected
from shared.core.partial_dates import Instant, from_microseconds
from shared.core.timeline import timeline
from shared.eventlog.key_store import WITHHELD
from shared.eventlog.union import UnionHistory, UnionVersion, version_of
from shared.http.problems import Problem
from shared.http.request_headers import NOT_SAID, parse_if_match
from shared.readmodel.row_store import WATERMARK, foreign_follower
from shared.testing import amend, void
from tests.kernel.ledger import BY, running, shown
from tests.kernel.toy import NotedAlready, Signed, note, notes
from tests.laws.projected_table import table_in_bytes
from tests.sync.foreign_events import HeldEvents, Site, sites, state_of

STREAMS = ("a", "b")


def record(site: Site, what: str, stream: str = "a", number: int = 0) -> AnyEvent:
    """A note that the site records, with its rows."""
    [event] = site.ledger.apps["toy"].handle(stream, note(what, number), BY).events
    site.ledger.project_pending()
    return event


def correct(site: Site, correction: Corrected, stream: str = "a") -> AnyEvent:
    [event] = site.ledger.apps["toy"].correct(stream, correction, BY).events
    site.ledger.project_pending()
    return event


def known_at(site: Site, instant: Instant) -> list[tuple[str, ...]]:
    """The notes as they were known at an instant, by stream."""
    sql = "SELECT stream, what, number FROM notes WHERE known_from <= :at AND known_to > :at ORDER BY 1, 2, 3"
    with site.ledger.tables.engine.connect() as connection:
        return [tuple(map(str, row)) for row in connection.exec_driver_sql(sql, {"at": instant})]


# ---- a site that belongs to no tree


def test_without_other_sites_all_is_as_the_log_gives_it(tmp_path: Path) -> None:
    with running(tmp_path) as ledger:
        app = ledger.apps["toy"]
        result = app.handle("a", note("rain"), BY, expected=0)
        assert (result.etag, result.version, result.foreign) == ('"1"', 1, 0)
        assert type(app.union.load_stream("a")) is list
        assert app.union.load_streams(["a", "b"]) == ledger.logs["toy"].load_streams(["a", "b"])
        assert version_of(app.union.load_stream("a")) == UnionVersion(1)
        ledger.project_pending()
        assert foreign_follower("toy") not in ledger.tables.load_positions()


# ---- the laws


@pytest.mark.parametrize("seed", range(12))
def test_facts_dealt_to_sites_that_heard_each_other_give_the_rows_of_one_ledger(
    tmp_path: Path, seed: int
) -> None:
    """In whatever order they come to a third; what it answered before stays, and a rebuild gives what grew."""
    chance = Random(seed)
    with sites(tmp_path, "ward", "city", "third", "fourth") as (ward, city, third, fourth):
        corrected = deal(chance, ward, city)
        ward.hear(city)
        city.hear(ward)
        told = [("toy", *each) for site in (ward, city) for each in site.own_states("toy")]
        events = [
            site.ledger.logs["toy"].topic.decode(state)
            for site in (ward, city)
            for _, state in site.own_states("toy")
        ]
        for site in (third, fourth):
            answers: list[tuple[Instant, list[tuple[str, ...]]]] = []
            chance.shuffle(told)
            rest = list(told)
            while rest:
                if chance.random() < 0.2:  # it records something itself, in a stream of its own
                    record(site, f"own {len(rest)}", stream=site.name)
                size = chance.randint(1, 4)
                site.take(rest[:size], project=chance.random() < 0.8)
                rest = rest[size:]
                answers.append((at := site.ledger.watermark(), known_at(site, at)))
            for at, answer in answers:
                assert known_at(site, at) == answer, "an answer as known before an arrival has changed"
        one = sorted(
            (stream, row.what, str(row.number))
            for stream in STREAMS
            for row in notes.fold(timeline([e for e in events if e.stream == stream])).values()
        )
        for site in (ward, city, third, fourth):
            now = [row for row in known_at(site, site.ledger.watermark()) if row[0] in STREAMS]
            assert now == one, site.name
            grown = table_in_bytes(site.ledger.tables, "notes")
            site.ledger.rebuild()
            assert table_in_bytes(site.ledger.tables, "notes") == grown, (
                f"{site.name}: a rebuild gives other rows"
            )
            assert site.ledger.check_integrity().complaints == []
        assert corrected, "no correction was met"


def deal(chance: Random, *dealt: Site) -> int:
    """Facts and corrections at random, of what each site knows; now and then one hears the other. Returns how many
    corrections."""
    corrected = 0
    for number in range(24):
        site = chance.choice(dealt)
        stream = chance.choice(STREAMS)
        app = site.ledger.apps["toy"]
        try:
            match chance.choice(("note", "note", "void", "amend", "hear")):
                case "note":
                    record(site, chance.choice("xyz") + str(chance.randint(0, 9)), stream, number)
                case "hear":
                    site.hear(*(each for each in dealt if each is not site))
                case mode:
                    target = chance.choice(app.union.load_stream(stream))
                    values = {"number": 100 + number}
                    if isinstance(target.fact, Corrected) or mode == "void":
                        correct(site, void(target.event_id), stream)
                    else:
                        correct(site, amend(target.event_id, **values), stream)
                    corrected += 1
        except (Rejected, IndexError):
            continue
    return corrected


def test_a_correction_that_comes_before_what_it_corrects(tmp_path: Path) -> None:
    with sites(tmp_path, "ward", "city") as (ward, city):
        event = record(ward, "rain")
        amended = correct(ward, amend(event.event_id, what="hail"))
        city.take([("toy", "a", state_of(ward, "toy", amended))])
        before = city.ledger.watermark()
        assert known_at(city, before) == []
        city.take([("toy", "a", state_of(ward, "toy", event))])
        assert known_at(city, city.ledger.watermark()) == [("a", "hail", "0")]
        assert known_at(city, before) == []


def test_what_ceases_to_count_is_known_until_then(tmp_path: Path) -> None:
    with sites(tmp_path, "ward", "city") as (ward, city):
        event = record(ward, "rain")
        state = state_of(ward, "toy", event)
        city.hear(ward)
        own = record(city, "snow")
        counted = city.ledger.watermark()
        city.uncount("toy", "a", state)
        uncounted = city.ledger.watermark()
        assert known_at(city, uncounted) == [("a", "snow", "0")]
        assert known_at(city, counted) == [("a", "rain", "0"), ("a", "snow", "0")]
        assert [each.event_id for each in city.ledger.apps["toy"].union.load_stream("a")] == [own.event_id]
        with pytest.raises(UnknownFact):
            city.ledger.apps["toy"].correct("a", void(event.event_id), BY)
        with city.ledger.count_foreign_events() as known:  # a fork was settled: it counts again
            city.foreign.count("toy", "a", state, known)
        city.ledger.project_pending()
        assert known_at(city, city.ledger.watermark()) == [("a", "rain", "0"), ("a", "snow", "0")]
        assert (known_at(city, uncounted), len(known_at(city, counted))) == ([("a", "snow", "0")], 2)
        city.uncount("toy", "a", state)
        assert known_at(city, city.ledger.watermark()) == [("a", "snow", "0")]
        grown = table_in_bytes(city.ledger.tables, "notes")
        city.ledger.rebuild()
        assert table_in_bytes(city.ledger.tables, "notes") == grown
        assert city.ledger.check_integrity().complaints == []


def test_a_fact_of_the_own_log_may_cease_to_count(tmp_path: Path) -> None:
    with sites(tmp_path, "city") as (city,):
        event = record(city, "rain")
        before = city.ledger.watermark()
        city.uncount("toy", "a", state_of(city, "toy", event))
        assert known_at(city, city.ledger.watermark()) == []
        assert known_at(city, before) == [("a", "rain", "0")]
        assert city.ledger.apps["toy"].handle("a", note("rain"), BY).etag == '"2.1"', (
            "it can be recorded again"
        )
        city.ledger.project_pending()
        assert city.ledger.check_integrity().complaints == []


# ---- commands


def test_commands_are_decided_by_the_facts_of_all_sites(tmp_path: Path) -> None:
    with sites(tmp_path, "ward", "city") as (ward, city):
        event = record(ward, "rain")
        city.hear(ward)
        app = city.ledger.apps["toy"]
        with pytest.raises(NotedAlready):
            app.handle("a", note("rain", 1), BY)
        result = app.correct("a", amend(event.event_id, what="hail"), BY)
        assert (result.version, result.foreign, result.etag) == (1, 1, '"1+1"')
        assert result.events[0].lamport > event.lamport
        app.handle("a", note("rain", 1), BY)
        city.ledger.project_pending()
        ward.hear(city)
        assert shown(ward.ledger) == shown(city.ledger) == ["hail", "rain"]
        correct(city, void(event.event_id))
        with pytest.raises(AlreadyVoid):
            app.correct("a", void(event.event_id), BY)


def test_if_match_is_compared_with_the_facts_of_all_sites(tmp_path: Path) -> None:
    with sites(tmp_path, "ward", "city") as (ward, city):
        app = city.ledger.apps["toy"]
        record(city, "snow")
        record(ward, "rain")
        city.hear(ward)
        with pytest.raises(VersionMismatch, match=r"a is at version 1\+1") as refused:
            app.handle("a", note("hail"), BY, expected=1)
        assert (refused.value.version, str(refused.value.current)) == (1, "1+1")
        assert app.handle("a", note("hail"), BY, expected=UnionVersion(1, 1)).etag == '"2+1"'
        again = app.handle("a", note("hail"), BY, expected=UnionVersion(2, 1))
        assert (again.events, again.etag) == ((), '"2+1"')
        assert version_of(app.union.load_stream("a")) == UnionVersion(2, 1)
        assert app.union.count_events("a") == 3
        with pytest.raises(VersionMismatch):
            app.handle("new", note("hail"), BY, expected=UnionVersion(0, 1))


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('"3"', UnionVersion(3)),
        ("3", UnionVersion(3)),
        ('"3+2"', UnionVersion(3, 2)),
        ("0+12", UnionVersion(0, 12)),
        ('"3.1"', UnionVersion(3, 0, 1)),
        ('"3+2.14"', UnionVersion(3, 2, 14)),
        ("*", None),
        (None, NOT_SAID),
    ],
)
def test_if_match_as_it_is_sent(text: str | None, version: UnionVersion | None) -> None:
    assert parse_if_match(text) == version
    assert version in (None, NOT_SAID) or str(version) == str(text).strip('"')


@pytest.mark.parametrize("text", ['"3', "3+", "+2", '"3"+"2"', "3+2+1", "3 + 2", "3.", "3.1+2", 'W/"3"'])
def test_if_match_that_is_no_version(text: str) -> None:
    with pytest.raises(Problem):
        parse_if_match(text)


def test_the_own_version_counts_the_own_log_only(tmp_path: Path) -> None:
    """Facts of an earlier life of the own site, which a restored copy does not have, bear its own versions."""
    with sites(tmp_path, "ward") as (ward,):
        lost = [record(ward, what) for what in ("rain", "snow")]
        told = [("toy", "a", state_of(ward, "toy", event)) for event in lost]
    restored = Site(tmp_path / "restored", "ward")
    try:
        restored.take(told)
        assert restored.ledger.apps["toy"].handle("a", note("hail"), BY).etag == '"1+2"'
        assert shown_after(restored) == ["hail", "rain", "snow"]
        assert isinstance(restored.ledger.apps["toy"].union.load_stream("a"), UnionHistory)
    finally:
        restored.close()


def shown_after(site: Site) -> list[str]:
    site.ledger.project_pending()
    return shown(site.ledger)


def test_what_is_recorded_comes_after_all_that_counts(tmp_path: Path) -> None:
    """Also in streams that no other site has, and after a restart."""
    with sites(tmp_path, "ward", "city") as (ward, city):
        for number in range(5):
            last = record(ward, f"rain {number}")
        city.hear(ward)
        assert record(city, "snow", stream="z").lamport > last.lamport
        told = [("toy", *each) for each in ward.own_states("toy")]
    held = HeldEvents()
    first = Site(tmp_path / "fresh", "fresh", foreign=held)
    first.take(told)
    first.close()
    again = Site(tmp_path / "fresh", "fresh", foreign=held)
    try:
        assert record(again, "snow", stream="z").lamport > last.lamport
    finally:
        again.close()


def test_what_counts_is_read_in_total_order_whenever_it_came(tmp_path: Path) -> None:
    with sites(tmp_path, "ward", "city") as (ward, city):
        events = [record(ward, what) for what in ("rain", "sun", "fog")]
        for place in (2, 0, 1):
            city.take([("toy", "a", state_of(ward, "toy", events[place]))])
        own = record(city, "snow")
        union = city.ledger.apps["toy"].union
        assert [each.event_id for each in union.load_stream("a")] == [
            each.event_id for each in (*events, own)
        ]
        known = [each.event_id for each in union.load_histories(["a"])["a"]]
        assert known == [events[2].event_id, events[0].event_id, events[1].event_id, own.event_id]
        assert [each.recorded_at for each in union.load_stream("a")] != [
            each.recorded_at for each in (*events, own)
        ]


# ---- reactions


def test_reactions_answer_facts_of_their_own_site_only(tmp_path: Path) -> None:
    with sites(tmp_path, "ward", "city") as (ward, city):
        record(ward, "rain")
        assert len(ward.own_states("echo")) == 3
        city.hear(ward)
        assert city.own_states("echo") == [], "what answers a fact of another site comes with it"
        assert len(city.ledger.apps["echo"].union.load_stream("echoes")) == 2
        record(city, "snow")
        assert len(city.own_states("echo")) == 3
        assert city.ledger.check_integrity().complaints == []


# ---- what was final stays so


def test_what_comes_to_count_is_known_after_all_that_was_final(tmp_path: Path) -> None:
    with sites(tmp_path, "ward", "city") as (ward, city):
        record(ward, "rain")
        final = city.ledger.watermark()
        told = [("toy", *each) for each in ward.own_states("toy")]
        during: list[Instant] = []
        with city.ledger.count_foreign_events() as known:
            assert known > final
            reader = Thread(target=lambda: during.append(city.ledger.watermark()))
            reader.start()
            for topic, stream, state in told:
                city.foreign.count(topic, stream, state, known)
            reader.join(0.2)
            assert reader.is_alive() or during[0] < known
        reader.join()
        assert known_at(city, during[0]) == ([("a", "rain", "0")] if during[0] >= known else [])
        after = city.ledger.watermark()
        assert after >= known
        assert known_at(city, after) == [("a", "rain", "0")], (
            "a reader who comes later sees it without a write"
        )


def test_what_a_receipt_covers_is_known_from_the_receipt_on(tmp_path: Path) -> None:
    """Also to processes that only read, which go by what is stored with the rows."""
    with sites(tmp_path, "ward", "city") as (ward, city):
        record(ward, "rain")
        with city.ledger.count_foreign_events() as earliest:
            [receipt] = city.ledger.apps["toy"].handle("receipts", note("received"), BY).events
            assert receipt.recorded_at > earliest
            city.ledger.project_pending()
            for topic, stream, state in [("toy", *each) for each in ward.own_states("toy")]:
                city.foreign.count(topic, stream, state, receipt.recorded_at)
        city.ledger.project_pending()
        stored = from_microseconds(city.ledger.tables.load_positions()[WATERMARK])
        assert stored >= receipt.recorded_at
        assert ("a", "rain", "0") in known_at(city, stored)


def test_an_import_that_fails_leaves_nobody_waiting(tmp_path: Path) -> None:
    with sites(tmp_path, "city") as (city,):
        with pytest.raises(RuntimeError, match="cut"), city.ledger.count_foreign_events() as known:
            raise RuntimeError("cut")
        assert city.ledger.watermark() >= known


def test_rows_and_the_number_of_the_change_survive_a_restart(tmp_path: Path) -> None:
    held = HeldEvents()
    with sites(tmp_path, "ward") as (ward,):
        record(ward, "rain")
        told = [("toy", *each) for each in ward.own_states("toy")]
    city = Site(tmp_path / "city", "city", foreign=held)
    city.take(told, project=False)
    city.close()
    city = Site(tmp_path / "city", "city", foreign=held)
    try:
        assert shown_after(city) == ["rain"]
        positions = city.ledger.tables.load_positions()
        assert positions[foreign_follower("toy")] == 1
        asked = held.asked
        city.ledger.project_pending()
        city.ledger.watermark()
        assert held.asked == asked, "where nothing was noted, the store is not asked"
    finally:
        city.close()


def test_a_store_that_went_back_is_found(tmp_path: Path) -> None:
    held = HeldEvents()
    with sites(tmp_path, "ward") as (ward,):
        record(ward, "rain")
        told = [("toy", *each) for each in ward.own_states("toy")]
    city = Site(tmp_path / "city", "city", foreign=held)
    city.take(told)
    city.close()
    city = Site(tmp_path / "city", "city", foreign=HeldEvents())
    try:
        with pytest.raises(
            LogBehindRows, match="made from 1 changes of events of other sites, their store has 0"
        ):
            city.ledger.project_pending()
        with pytest.raises(LogBehindRows):
            city.ledger.apps["toy"].handle("a", note("snow"), BY)
        city.ledger.rebuild()
        assert shown_after(city) == []
    finally:
        city.close()


# ---- what is in the events


def test_personal_fields_are_read_with_the_key_of_their_maker(tmp_path: Path) -> None:
    with sites(tmp_path, "ward", "city", "district") as (ward, city, district):
        for site, name in ((ward, "An"), (city, "Bình")):
            site.ledger.apps["toy"].handle("a", Signed(name=name), BY)
            site.ledger.project_pending()
        city.hear(ward)
        assert shown(city.ledger) == ["An", "Bình"]
        district.take([("toy", *each) for each in ward.own_states("toy")])
        assert shown(district.ledger) == [WITHHELD]


def test_a_stream_with_an_event_that_cannot_be_read_waits_alone(tmp_path: Path) -> None:
    with sites(tmp_path, "ward", "city") as (ward, city):
        record(ward, "rain")
        record(ward, "sun", stream="b")
        later = ward.own_states("toy")[1][1].replace(b"toy.noted", b"toy.of-a-later-version")
        city.take([("toy", "a", ward.own_states("toy")[0][1]), ("toy", "b", later)])
        assert shown(city.ledger) == ["rain"]
        record(city, "snow", stream="c")
        assert shown(city.ledger) == ["rain", "snow"]
        with pytest.raises(DamagedStore, match="stream b cannot be read"):
            city.ledger.apps["toy"].handle("b", note("fog"), BY)
        assert "stream b cannot be read" in str(city.ledger.check_integrity().complaints)
