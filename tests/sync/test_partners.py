"""With whom a site exchanges facts, and which logs go from one to another, once sites are re-homed or closed."""

import pytest

from services.bootstrap.registry_tree import RegistryTree
from services.sites.events import SiteClosed as SiteClosedFact
from services.sites.events import SiteFact, SiteRehomed
from services.sync.exchange.partners import NotANeighbour, NotMyChild, check_recipient, check_sender
from services.sync.exchange.site_tree import find_parent_address, flows
from shared.core.errors import SiteClosed
from shared.replica.runs import LogId
from tests.sites.tree import Tree

TO_QUAN = ("px", SiteRehomed(parent="quan"))


def closed(custodian: str) -> SiteClosedFact:
    return SiteClosedFact(custodian=custodian, last=(), reason="1 July 2025")


def tree_after(*facts: tuple[str, SiteFact]) -> RegistryTree:
    """tinh above huyen and quan; px and py below huyen, qx below quan; then what tinh states."""
    tree = Tree()
    for site, fact in facts:
        tree.record("tinh", site, fact)
    assert tree.objections() == []
    return RegistryTree(tree.fold())


def test_between_former_neighbours_both_ways_are_refused_and_the_new_parent_is_named() -> None:
    """Sync case 23."""
    tree = tree_after(TO_QUAN)
    for check in (check_sender, check_recipient):
        for site, other in (("huyen", "px"), ("px", "huyen")):
            with pytest.raises(NotMyChild) as refused:
                check(tree, site, other)
            assert (refused.value.site, refused.value.parent) == ("px", "quan")
        for site, other in (("quan", "px"), ("px", "quan"), ("tinh", "px"), ("huyen", "tinh")):
            check(tree, site, other)


def test_a_site_that_may_be_newly_below_is_heard_and_only_neighbours_are_written_to() -> None:
    tree = tree_after()
    check_sender(tree, "quan", "px")  # which has heard of its re-homing, and quan has not
    with pytest.raises(NotANeighbour):
        check_recipient(tree, "quan", "px")


def test_a_closed_site_takes_nothing_from_below_and_hears_from_above() -> None:
    tree = tree_after(("huyen", closed("quan")))
    for check, site, other in ((check_sender, "huyen", "px"), (check_recipient, "px", "huyen")):
        with pytest.raises(SiteClosed) as refused:
            check(tree, site, other)
        assert (refused.value.site, refused.value.custodian) == ("huyen", "quan")
    for site, other in (("huyen", "tinh"), ("tinh", "huyen"), ("quan", "huyen"), ("huyen", "quan")):
        check_sender(tree, site, other)
        check_recipient(tree, site, other)


def test_what_a_closed_site_wrote_is_taken_by_anybody() -> None:
    """It may be nowhere else, also where the site was re-homed before it closed."""
    tree = tree_after(TO_QUAN, ("px", closed("quan")))
    for site in ("huyen", "py", "tinh", "quan"):
        check_sender(tree, site, "px")


def test_the_logs_of_a_closed_site_flow_everywhere_and_its_receipts_to_its_custodian() -> None:
    before, after = tree_after(TO_QUAN), tree_after(TO_QUAN, ("huyen", closed("quan")))
    log, receipts = LogId("huyen", "appointment"), LogId("huyen", "sync")
    for sender, receiver in (("px", "quan"), ("px", "tinh"), ("quan", "tinh")):
        assert not flows(before, log, sender, receiver)
        assert flows(after, log, sender, receiver)
    assert flows(after, log, "tinh", "py")
    assert flows(after, receipts, "px", "quan")
    assert flows(after, receipts, "quan", "tinh"), "who keeps them sends them up"
    assert not flows(after, receipts, "px", "tinh")
    assert not flows(after, receipts, "tinh", "py")


def test_what_a_former_parent_has_signed_for_is_not_forgotten() -> None:
    """A key that was revoked is believed as far as the parent has receipted, whoever is the parent later."""
    tree = tree_after(TO_QUAN, ("quan", closed("tinh")))
    assert tree.parents("px") == ("tinh", "quan", "huyen")
    assert tree.parents("py") == ("huyen",)
    assert tree.parents("tinh") == tree.parents("nobody") == ()


def test_where_the_site_above_answers_is_in_the_registry_once_it_is_another_one() -> None:
    class Known(RegistryTree):
        """All of them answer somewhere."""

        def address(self, site: str) -> str:
            return f"https://{site}" if site else ""

    tree = Tree()
    assert find_parent_address(Known(tree.fold()), "px", "https://configured") == "https://configured"
    assert find_parent_address(Known(tree.fold()), "px", "") == "https://huyen"
    tree.record("tinh", "px", TO_QUAN[1])
    assert find_parent_address(Known(tree.fold()), "px", "https://configured") == "https://quan"
    tree.record("tinh", "huyen", closed("tinh"))
    assert find_parent_address(Known(tree.fold()), "py", "https://configured") == "https://tinh"
    assert find_parent_address(RegistryTree(tree.fold()), "py", "https://configured") == "https://configured"


def test_the_registry_flows_up_too() -> None:
    """Else a new parent could not hear from its child that it is one."""
    tree = tree_after(TO_QUAN)
    assert flows(tree, LogId("tinh", "sites"), "px", "quan")
    assert not flows(tree, LogId("tinh", "personnel"), "px", "quan")
