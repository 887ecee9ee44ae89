"""A ward that brings much to a city that is a cluster holds up neither its siblings nor the city (sync case 20). Work
and its order are counted here."""

from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest

from services.bootstrap import db_roles
from services.sync.exchange.answering import answer_message
from services.sync.exchange.messages import ROOM, open_message
from services.sync.exchange.receiving import Steps
from services.sync.exchange.session import Session
from services.sync.exchange.site_replica import SiteReplica
from services.sync.exchange.turns import TurnQueue
from shared.messaging import foreign_projector
from tests.sync.cluster.sites import ClusterOffice, Ward, register
from tests.sync.line.sites import CallingSite

FACTS = 600


def ask(site: CallingSite, city: SiteReplica) -> Steps[object]:
    """The work of the city for the next message of a ward, with as much as goes into it."""
    message = Session(site.replica, city.site, ROOM).make_request()
    return answer_message(city, open_message(city, BytesIO(message.raw)), message.digest)


def test_between_two_steps_of_a_large_import_the_city_records_and_a_sibling_is_shown(
    city: ClusterOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a ward brings is nowhere to be seen before it is complete; then a worker makes the rows a few at a time."""
    wards = [Ward(tmp_path, name) for name in ("px", "py")]
    for ward in wards:
        ward.join_below(city)
    px, py = (CallingSite(tmp_path, ward.site, "tinh") for ward in wards)
    with closing(px), closing(py):
        of_px = {f"px-{number}" for number in range(FACTS)}
        px.register_all(sorted(of_px))
        monkeypatch.setattr(foreign_projector, "_PAGE", 50)
        with city.replica() as replica:
            steps, shown = ask(px, replica), 0
            for _ in steps:
                if shown == 3 or not replica.store.exchange.targets():
                    continue
                shown += 1
                py.register(f"py-{shown}")
                for _ in ask(py, replica):
                    continue
                with city.ledger("personnel") as ledger:
                    register(ledger, f"own-{shown}", "An")
                city.follow()
                assert {f"py-{shown}", f"own-{shown}"} <= set(city.names())
                assert not of_px & set(city.names())
            assert shown == 3
        before = city.watermark()
        with city.ledger(db_roles.READER) as ledger:
            projected, project = list[int](), ledger.inbox.project

            def watched(connection: object, topic: str, streams: list[str]) -> int:
                projected.append(len(streams))
                assert not of_px & set(city.names_known(city.watermark()))
                return project(connection, topic, streams)  # type: ignore[arg-type]

            monkeypatch.setattr(ledger.inbox, "project", watched)
            ledger.foreign_projector().poll()
            assert max(projected) <= 50
            assert sum(projected) >= FACTS
        city.follow()
        assert not of_px & set(city.names_known(before))
        assert of_px <= set(city.names_known(city.watermark()))


def test_the_importer_of_a_city_takes_turns(city: ClusterOffice, tmp_path: Path) -> None:
    """Its lock is held for a turn only, so that other processes of the city import between two of them."""
    order = list[str]()

    def work(name: str, steps: int) -> Steps[int]:
        for _ in range(steps):
            order.append(name)
            yield
        return steps

    with city.replica() as replica:
        queue = TurnQueue(replica.ledger.import_alone, turn=1e-9)
        try:
            heavy, light = queue.submit("px", work("px", 5)), queue.submit("py", work("py", 2))
            assert (heavy.result(60), light.result(60)) == (5, 2)
        finally:
            queue.close()
    assert order.index("py") < len(order) - 2, "it did not wait for all of the heavy one"
