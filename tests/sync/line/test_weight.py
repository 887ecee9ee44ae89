"""A child that brings much holds up nobody: neither its siblings nor the site itself (sync case 20). Work and its order
are counted here; how long it takes is measured by `python -m tests.bench --only weight`."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import text

from services.chronicle.rows import CADRES
from services.sync.exchange import receiving
from services.sync.exchange.answering import answer_message
from services.sync.exchange.messages import ROOM, Message, open_message
from services.sync.exchange.receiving import Steps
from services.sync.exchange.session import Session
from shared.core.partial_dates import Instant
from shared.readmodel import projector
from shared.runtime import foreign_backlog, projection_runner
from shared.runtime.foreign_backlog import ForeignBacklog
from tests.sync.line.sites import CallingSite

FACTS = 1500


@pytest.fixture
def py(folder: Path) -> Iterator[CallingSite]:
    site = CallingSite(folder, "py", "huyen")
    yield site
    site.close()


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign_backlog, "MOST", 100)


def ask(site: CallingSite, parent: CallingSite) -> Steps[Message]:
    """The work of the parent for the next message of a site, with as much as goes into it."""
    message = Session(site.replica, parent.site, ROOM).make_request()
    request = open_message(parent.replica, BytesIO(message.raw))
    return answer_message(parent.replica, request, message.digest)


def finish(steps: Steps[Message]) -> int:
    return sum(1 for _ in steps)


def told(site: CallingSite) -> set[str]:
    """The persons in an answer of now, to somebody who does not wait for what is still to be done."""
    return known(site, watermark(site))


def watermark(site: CallingSite) -> Instant:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(projection_runner, "WAIT_SECONDS", 0)
        return site.ledger.watermark()


def known(site: CallingSite, at: Instant) -> set[str]:
    query = text(f"SELECT cadre_id FROM {CADRES.name} WHERE known_from <= :at AND :at < known_to")  # noqa: S608
    with site.ledger.tables.engine.connect() as connection:
        return set(connection.execute(query, {"at": at}).scalars())


def heavy(site: CallingSite) -> set[str]:
    names = {f"{site.site}-{number}" for number in range(FACTS)}
    site.register_all(sorted(names))
    return names


def test_while_rows_are_made_the_site_itself_records_and_answers_and_a_sibling_is_answered(
    px: CallingSite, py: CallingSite, huyen: CallingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are made in slices, and what was recorded at the site itself gets its rows between two of them."""
    monkeypatch.setattr(receiving, "OTHERS_SECONDS", 0)  # the sibling makes one slice, on a fast machine too
    of_px, ledger = heavy(px), huyen.ledger
    sizes, adapt = list[int](), ForeignBacklog.adapt

    def counted(backlog: ForeignBacklog, changes: int, seconds: float) -> None:
        sizes.append(changes)
        adapt(backlog, changes, seconds)

    monkeypatch.setattr(ForeignBacklog, "adapt", counted)
    slices, between = 0, list[tuple[int, int]]()
    for _ in ask(px, huyen):
        if ledger.has_foreign_rows() or not huyen.replica.store.position("personnel"):
            continue
        slices += 1
        before = rows(huyen)
        if slices % 4 == 1:
            own = f"own-{slices}"
            huyen.register_only(own)
            between.append((before, rows(huyen)))
            assert own in known_now(huyen)
        if slices == 5:
            py.register("chi")
            assert finish(ask(py, huyen)) < FACTS / 100, "it waits for none of the rows of px"
            assert not ledger.has_foreign_rows()
        assert not told(huyen) & of_px, "a part is never shown as the whole"
    assert slices >= 5
    assert sum(sizes) >= FACTS
    assert max(sizes) <= 100
    assert between
    assert all(after == before + 1 for before, after in between), "no rows but its own"
    assert told(huyen) >= of_px | {"chi"}


def test_a_sibling_is_shown_while_a_first_synchronisation_is_under_way(
    px: CallingSite, py: CallingSite, huyen: CallingSite
) -> None:
    of_px = heavy(px)
    steps, exchanges = ask(px, huyen), 0
    for _ in steps:
        if not huyen.replica.store.exchange.targets():
            continue
        exchanges += 1
        py.register(f"chi-{exchanges}")
        finish(ask(py, huyen))
        assert f"chi-{exchanges}" in told(huyen)
        assert not told(huyen) & of_px
        if exchanges == 3:
            break
    assert exchanges == 3
    finish(steps)
    assert told(huyen) >= of_px


def test_no_slice_is_larger_than_others_may_be_held_up(
    px: CallingSite, huyen: CallingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    heavy(px)
    sizes, project = list[int](), projector.project_streams

    def counted(tables: object, connection: object, topic: str, histories: dict[str, object]) -> None:
        sizes.append(len(histories))
        project(tables, connection, topic, histories)  # type: ignore[arg-type]

    monkeypatch.setattr(projection_runner, "project_streams", counted)
    finish(ask(px, huyen))
    assert sum(sizes) >= FACTS
    assert max(sizes) <= 100


def test_an_answer_that_would_take_long_is_given_and_the_rows_follow(
    px: CallingSite, huyen: CallingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it says, that is stored and receipted; the importer goes on making rows where nothing else is to do."""
    of_px = heavy(px)
    monkeypatch.setattr(receiving, "ROWS_SECONDS", 0)
    finish(ask(px, huyen))
    assert not huyen.ledger.has_foreign_rows()
    assert not told(huyen) & of_px
    while huyen.ledger.project_slice():
        assert not told(huyen) & of_px
    assert told(huyen) >= of_px


def test_killed_between_two_slices_the_rows_are_made_at_the_next_start(
    px: CallingSite, huyen: CallingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_px = heavy(px)
    monkeypatch.setattr(receiving, "ROWS_SECONDS", 0)
    finish(ask(px, huyen))
    final = watermark(huyen)
    assert not huyen.ledger.has_foreign_rows()
    huyen.close()
    huyen.open()
    assert told(huyen) >= of_px
    assert known(huyen, final) == set()
    assert huyen.ledger.check_integrity().complaints == []


def rows(site: CallingSite) -> int:
    return len(known_now(site))


def known_now(site: CallingSite) -> list[str]:
    return [row.cadre_id for row in site.ledger.tables.rows(CADRES)]
