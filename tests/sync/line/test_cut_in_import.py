"""An import that ends between two chunks: whatever comes next makes up for it."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from services.sync.exchange.answering import answer_message
from services.sync.exchange.line import Line
from services.sync.exchange.messages import open_message
from services.sync.exchange.session import LEAST_ROOM, Session
from services.sync.exchange.site_replica import REGISTRY
from shared.replica.runs import LogId
from tests.sites.office import Office
from tests.sync.line.sites import CallingSite, serve_site


@pytest.fixture
def tinh(folder: Path) -> Iterator[CallingSite]:
    site = CallingSite(folder, "tinh", "")
    yield site
    site.close()


def test_a_part_of_a_first_synchronisation_is_never_shown(px: CallingSite, huyen: CallingSite) -> None:
    """The receiver dies after the first chunk, before it has written a receipt; then small messages bring the rest."""
    px.register_all(f"p{number}" for number in range(1200))
    message = Session(px.replica, "huyen").make_request()
    request = open_message(huyen.replica, BytesIO(message.raw))
    steps = answer_message(huyen.replica, request, message.digest)
    while not huyen.replica.store.load_log(LogId("px", "personnel")).runs:
        next(steps)
    steps.close()
    huyen.close()
    huyen.open()
    counts = []
    with serve_site(huyen) as line:
        session, connection = Session(px.replica, "huyen", LEAST_ROOM), Line(line.address)
        more = True
        while more:
            session.room = LEAST_ROOM
            taking = session.take_answer(connection.exchange(session.make_request().raw), 10.0)
            try:
                while True:
                    next(taking)
            except StopIteration as end:
                more = end.value.more
            counts.append(len(huyen.persons()))
        connection.close()
    assert set(counts[:-2]) <= {0, 1200}, counts
    assert 0 in counts
    assert counts[-1] == 1200


def test_what_the_registry_says_is_judged_after_an_import_that_was_cut(
    folder: Path, tinh: CallingSite, px: CallingSite, huyen: CallingSite
) -> None:
    """px is closed at the top; what it recorded afterwards counted at huyen, until that has heard of it."""
    px.register("an")
    with serve_site(huyen) as line:
        px.sync(line.address)
        with serve_site(tinh) as up:
            huyen.sync(up.address)
        px.register("binh")
        px.sync(line.address)
        assert huyen.persons() == ["an", "binh"]
        tinh.close()
        Office(folder, "tinh").well(
            *("close", "px", "--custodian", "tinh", "--reason", "sáp nhập", "--as-known")
        )
        tinh.open()
        with serve_site(tinh) as up:
            connection, session = Line(up.address), Session(huyen.replica, "tinh")
            taking = session.take_answer(connection.exchange(session.make_request().raw), 1.0)
            while LogId("tinh", REGISTRY) not in huyen.replica.store.unmarked_logs():
                next(taking)
            taking.close()
            connection.close()
    huyen.close()
    huyen.open()
    assert huyen.persons() == ["an", "binh"]
    py = CallingSite(folder, "py", "huyen")
    try:
        with serve_site(huyen) as line:
            py.sync(line.address)
    finally:
        py.close()
    assert huyen.persons() == ["an"]


def test_a_site_that_lost_what_is_waited_for_says_so(px: CallingSite, huyen: CallingSite) -> None:
    """Sync case 19 over the line: announced, restored before it came, and nobody else has it."""
    px.back_up()
    px.register("an")
    message = Session(px.replica, "huyen").make_request()
    steps = answer_message(huyen.replica, open_message(huyen.replica, BytesIO(message.raw)), message.digest)
    next(steps)
    steps.close()
    assert huyen.replica.store.exchange.targets()
    px.restore()
    px.register("binh")
    with serve_site(huyen) as line:
        px.sync(line.address)
    assert huyen.persons() == ["binh"]
    assert not huyen.replica.store.exchange.targets()
