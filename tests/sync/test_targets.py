"""What a first synchronisation waits for is what can come: a target that never does would hide its origin for ever."""

from pathlib import Path

from services.sync.exchange.site_tree import RECEIPTS
from tests.sync.test_random_exchanges import LiveSite, make_tree


def test_targets_that_are_passed_on_are_of_logs_that_are_passed_on(tmp_path: Path) -> None:
    """The district waits for all of a ward; its statements go up only, so that another ward never gets them."""
    make_tree(tmp_path)
    huyen, px, py = (LiveSite(tmp_path, site) for site in ("huyen", "px", "py"))
    try:
        px.register("An")
        file = tmp_path / "1.cadre"
        huyen.make("px", file)
        px.apply(file)
        expected = {head for head in px.replica.all_heads() if head.origin == "px"}
        assert {RECEIPTS, "personnel"} <= {head.topic for head in expected}
        huyen.replica.store.exchange.replace_targets(
            expected
        )  # as in the middle of its first synchronisation
        huyen.make("py", file)
        py.apply(file)
        waits = {head.topic for head in py.replica.store.exchange.targets() if head.origin == "px"}
        assert waits == {head.topic for head in expected} - {RECEIPTS}
        px.make("huyen", file)
        huyen.apply(file)
        huyen.make("py", file)
        py.apply(file)
        assert py.replica.store.exchange.targets() == frozenset()
        assert py.persons() == ["An"]
    finally:
        for site in (huyen, px, py):
            site.close()
