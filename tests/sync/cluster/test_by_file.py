"""A ward whose ledger is a folder and a city whose ledger is a cluster exchange files. Every process has its role."""

import signal
import time
from pathlib import Path
from threading import Thread

import pytest

from services.bootstrap import db_roles
from services.personnel.events import ProfileAmended
from shared.commands.command_handler import Origin, VersionMismatch
from shared.core.partial_dates import Instant
from shared.eventlog.union import UnionVersion, version_of
from shared.replica.counting import LogJudgement
from shared.runtime.postgres_timestamps import FRESH_SECONDS
from tests.replica.store.databases import new_database
from tests.sync.cluster.killed import STEPS, apply_and_die
from tests.sync.cluster.sites import DAY, ClusterOffice, Ward, check_well, names, register, rename, void

UNTRUSTED = LogJudgement(trusted=frozenset())
"""Of a log whose key was replaced, and is believed nowhere."""


@pytest.fixture
def ward(city: ClusterOffice, tmp_path: Path) -> Ward:
    ward = Ward(tmp_path, "px")
    ward.join_below(city)
    with ward.ledger() as ledger:
        register(ledger, "an", "An")
    return ward


def test_both_ways_the_rows_are_the_same(city: ClusterOffice, ward: Ward) -> None:
    """What a service of the cluster decides rests on the facts of both, and is told as such."""
    with ward.ledger() as ledger:
        register(ledger, "dung", "Dũng")
    with city.ledger("personnel") as ledger:
        register(ledger, "binh", "Bình")
    applied = ward.carry(city)
    assert (applied["faults"], applied["waiting"], applied["filling"]) == ([], {}, [])
    assert city.names() == {}
    city.follow()
    assert city.names() == {"an": "An", "binh": "Bình", "dung": "Dũng"}
    with city.ledger("personnel") as ledger:
        while not ledger.has_foreign_events():  # that there are none is believed for a second
            time.sleep(0.05)
        register(ledger, "em", "Em")  # of a stream that no other site has facts of
        [heard] = ledger.foreign.load_streams("personnel", ["dung"])["dung"]
        [own] = ledger.logs["personnel"].load_stream("em")
        assert own.lamport > ledger.logs["personnel"].topic.decode(heard.state).lamport
        void(ledger, "dung")
        assert rename(ledger, "an", "An Nguyễn") == '"1+1"'
    city.follow()
    assert city.names()["an"] == "An Nguyễn"
    city.carry(ward)
    with ward.ledger() as ledger:
        assert names(ledger) == {"an": "An Nguyễn", "binh": "Bình", "em": "Em"}
    ward.carry(city)
    city.follow()
    assert city.told("sync", "digest") == ward.told("sync", "digest")
    assert ward.told("sync", "status")["own"]["delivered"] == 2
    assert city.told("sync", "status")["alarms"] == []


@pytest.mark.long
def test_a_ledger_of_one_process_in_postgresql_is_a_site_too(
    city: ClusterOffice, ward: Ward, tmp_path: Path, migrated: str
) -> None:
    with new_database(migrated, copied=True) as url:
        office = Ward(tmp_path, "py", url)
        office.join_below(city)
        with office.ledger() as ledger:
            register(ledger, "chi", "Chi")
        office.carry(city)
        ward.carry(city)
        city.carry(office)
        with office.ledger() as ledger:
            assert names(ledger) == {"an": "An", "chi": "Chi"}
            assert rename(ledger, "an", "An Lê") == '"1+1"'
        office.carry(city)
        city.follow()
        assert city.told("sync", "digest") == office.told("sync", "digest")
        assert office.cadre("verify")[0] == 0


def test_what_ceases_to_count_goes_from_the_rows_and_stays_in_what_was_known(
    city: ClusterOffice, ward: Ward
) -> None:
    ward.carry(city)
    city.follow()
    known = city.watermark()
    with city.ledger("personnel") as ledger:
        app = ledger.apps["personnel"]
        assert ledger.has_foreign_rows()
        assert version_of(app.union.load_stream("an")) == UnionVersion(0, 1)
    for judged, shown in ((False, {}), (True, {"an": "An"})):
        with city.replica() as replica, replica.ledger.count_foreign_events() as at:
            judge = replica.judge if judged else lambda _: UNTRUSTED
            replica.store.mark_known(at, judge, replica.store.logs())
        city.follow()
        assert city.names() == shown
        assert city.names_known(known) == {"an": "An"}
        check_well(city)
    renamed, by = ProfileAmended(name="An Lê", effective_from=DAY), Origin(actor="user:lan")
    with pytest.raises(VersionMismatch, match=r"at version 0\+1\.2"):
        app.handle("an", renamed, by, expected=UnionVersion(0, 1))
    assert app.handle("an", renamed, by, expected=UnionVersion(0, 1, 2)).etag == '"1+1.2"'


def test_an_answer_waits_for_the_end_of_counting_and_is_final_up_to_its_rows(
    city: ClusterOffice, ward: Ward
) -> None:
    """The watermark of another process, which is asked while facts come to count, and before workers have seen them."""
    ward.carry(city)
    city.follow()
    answers: list[Instant] = []
    asking = Thread(target=lambda: answers.append(city.watermark()))
    with city.replica() as replica:
        before = city.watermark()
        with replica.ledger.count_foreign_events() as at:
            assert at > before
            time.sleep(2 * FRESH_SECONDS)  # what was answered a moment ago is answered again
            asking.start()
            asking.join(1)
            assert answers == [], "nothing is final before the end"
            replica.store.mark_known(at, lambda _: UNTRUSTED, replica.store.logs())
        asking.join()
    assert before <= answers[0] < at
    assert before <= city.watermark() < at, "there are no rows yet"
    city.follow()
    assert city.watermark() > at


def test_killed_at_any_step_an_import_is_completed_and_no_answer_changes(
    city: ClusterOffice, ward: Ward
) -> None:
    """Sync design §5: entries without a receipt get one with the next application."""
    for number, step in enumerate(STEPS, start=1):
        name = f"An {number}"
        with ward.ledger() as ledger:
            rename(ledger, "an", name)
        file = ward.make(city)
        assert apply_and_die(city.environment(db_roles.IMPORTER), str(file), step) == -signal.SIGKILL
        known = city.watermark()
        answered = city.names_known(known)
        city.follow()
        assert city.names_known(known) == answered, step
        city.apply(file)
        city.follow()
        assert city.names() == {"an": name}, step
        assert city.names_known(known) == answered, step
    city.carry(ward)
    assert ward.told("sync", "status")["own"]["delivered"] == 1 + len(STEPS)
    check_well(city)
