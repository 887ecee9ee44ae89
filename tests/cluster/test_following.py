"""Partitions bring facts in any order; whoever answers them gets them in the order of the log, with nothing missing."""

from collections.abc import Iterator
from contextlib import closing
from threading import Event

import psycopg
import pytest

from services.appointment.events import Appointed
from services.bootstrap.cluster import migrate, open_cluster_ledger
from services.organization.events import Bloc, Kind, PostAbolished, PostCreated, UnitEstablished
from services.personnel.events import Registered
from shared.commands.command_handler import Origin
from shared.core.facts import Fact
from shared.core.partial_dates import PDate
from shared.messaging.dead_letters import Message
from shared.operations.settings import ClusterSettings
from shared.runtime.cluster import ClusterLedger
from tests.cluster.conftest import Processes

ME = Origin(actor="test")


@pytest.fixture
def node(cluster: Processes) -> Iterator[ClusterLedger]:
    """A cluster's database of its own, which no worker fills."""
    server = cluster.env["CADRE_DATABASE"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS followed")
        connection.execute("CREATE DATABASE followed")
    where = ClusterSettings(
        database=server.rpartition("/")[0] + "/followed", kafka=cluster.env["CADRE_KAFKA"], site="test"
    )
    migrate(where)
    with closing(open_cluster_ledger(where)) as node:
        yield node


def arrive(node: ClusterLedger, topic: str, *positions: int) -> None:
    """As a worker would take them."""
    for at, stream, _, state in node.logs[topic].read_stored(0, 1000):
        if at in positions:
            node.inbox.receive([Message(topic, 0, at, stream, state)])


def say(node: ClusterLedger, topic: str, stream: str, fact: Fact, arrives: bool = False) -> int:
    node.apps[topic].handle(stream, fact, ME)
    position = node.logs[topic].position()
    if arrives:
        arrive(node, topic, position)
    return position


def establish(node: ClusterLedger, *units: str, arrives: bool = False) -> None:
    for unit in units:
        established = UnitEstablished(
            effective_from=PDate("2020-01-01"), name=f"Sở {unit}", kind=Kind.DEPARTMENT, bloc=Bloc.GOVERNMENT
        )
        say(node, "organization", unit, established, arrives)


def someone_in_a_post_that_ends(node: ClusterLedger) -> int:
    """The rows know the unit, the post and the person; that one was appointed only the log knows."""
    establish(node, "unit", arrives=True)
    created = PostCreated(effective_from=PDate("2020-01-01"), unit="unit", title="Giám đốc")
    say(node, "organization", "post", created, arrives=True)
    say(node, "personnel", "cadre", Registered(name="Nguyễn Văn An"), arrives=True)
    appointed = Appointed(effective_from=PDate("2021-01-01"), tenure="one", post="post")
    last = say(node, "appointment", "cadre", appointed)
    abolished = PostAbolished(effective_from=PDate("2022-01-01"), reason="Không còn nhu cầu")
    say(node, "organization", "post", abolished, arrives=True)
    return last


def answer(node: ClusterLedger) -> None:
    """Once, and without waiting for what has not arrived."""
    stop = Event()
    stop.set()
    for app, reaction in node._reactions(["appointment"]):
        node._run_reaction(app, reaction, stop)


def test_facts_come_up_to_the_first_that_is_missing(node: ClusterLedger) -> None:
    establish(node, "a", "b", "c")
    with closing(
        open_cluster_ledger(ClusterSettings(database=node.database, kafka=node.kafka, site="test"))
    ) as other:  # another process becomes the writer: a further epoch
        establish(other, "d", "e")
    followed = node.inbox_readers["organization"]
    assert followed.read_after(0) == []
    arrive(node, "organization", 1, 3, 5)
    assert [at for at, _ in followed.read_after(0)] == [1]
    assert not followed.is_complete(3)
    arrive(node, "organization", 2)
    assert [(at, event.stream) for at, event in followed.read_after(1)] == [(2, "b"), (3, "c")]
    assert followed.is_complete(3)
    assert not followed.is_complete(5)
    arrive(node, "organization", 4)
    assert [at for at, _ in followed.read_after(3)] == [4, 5]
    assert [at for at, _ in followed.read_after(0, limit=2)] == [1, 2]
    assert followed.is_complete(5)


def test_an_answer_waits_until_all_that_was_said_can_be_looked_up(node: ClusterLedger) -> None:
    """That the post ends has arrived, but not yet that somebody was appointed to it before."""
    last = someone_in_a_post_that_ends(node)
    answer(node)
    assert node.logs["appointment"].position() == last
    arrive(node, "appointment", last)
    answer(node)
    said = node.logs["appointment"].load_stream("cadre")
    assert [event.actor for event in said] == ["test", "reaction:end_tenures"]
    answer(node)
    assert node.logs["appointment"].position() == last + 1


def test_what_was_brought_in_whole_is_not_answered(node: ClusterLedger) -> None:
    last = someone_in_a_post_that_ends(node)
    arrive(node, "appointment", last)
    node.skip_reactions()
    answer(node)
    assert node.logs["appointment"].position() == last
