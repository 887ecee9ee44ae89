"""The log of accounts stays at this installation: nothing of it goes to another site, and nothing that comes counts."""

from contextlib import closing
from pathlib import Path

from services.bootstrap.services import LOCAL_TOPICS, open_embedded_ledger
from services.identity.events import ACCOUNTS, AccountAdded, topic
from shared.core.partial_dates import Instant
from shared.operations.settings import load
from shared.testing.given import recorded
from tests.sync.foreign_events import HeldEvents
from tests.sync.homes import Homes


def test_accounts_of_a_ward_do_not_reach_its_province(tmp_path: Path) -> None:
    assert {"identity"} == LOCAL_TOPICS
    homes = Homes(tmp_path, {"px": "tinh"})
    words = ("user", "add", "lan", "--name", "Nguyễn Thị Lan", "--role", "administrator")
    code, _, errors = homes.cadre("px", *words)
    assert code == 0, errors
    homes.register("px", "An")
    file = homes.make("px", "tinh")
    topics = {each["topic"] for each in homes.told("tinh", "bundle", "verify", str(file))["logs"]}
    assert "personnel" in topics
    assert "identity" not in topics
    homes.apply("tinh", file)
    with homes.ledger("px") as ward, homes.ledger("tinh") as province:
        assert ward.logs["identity"].position() > 0
        assert province.apps["personnel"].union.load_stream("px-an")
        assert province.apps["identity"].union.load_stream(ACCOUNTS) == []


def test_an_account_that_another_site_recorded_does_not_count(tmp_path: Path) -> None:
    """Else a ward could make itself administrator of its province."""
    held = HeldEvents()
    forged = recorded(AccountAdded(account="x", login="x", name="X"), 1)
    held.count("identity", ACCOUNTS, topic.encode(forged), Instant("2026-01-01T00:00:00.000000Z"))
    with closing(open_embedded_ledger(load(tmp_path), foreign=held)) as ledger:
        assert held.load_streams("identity", [ACCOUNTS])[ACCOUNTS], "it is there"
        assert ledger.apps["identity"].union.load_stream(ACCOUNTS) == []
