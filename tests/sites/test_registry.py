"""The registry is what those said who may say it, the same from the same facts in whatever order they came."""

from random import Random

import pytest

from services.sites.domain.registry import fold_registry
from services.sites.events import (
    ClockCorrected,
    ClosingExtended,
    ForkSettled,
    HomeMoved,
    LogHead,
    ProposalDecided,
    ScopeSet,
    SiteClosed,
    SiteFact,
    SiteKeyReplaced,
    SiteLevel,
    SiteRegistered,
    SiteRehomed,
    SiteRestored,
)
from shared.core.facts import Corrected
from tests.sites.tree import BOX, ROOT, Tree, public_key

HEAD = LogHead("appointment", "e2", 20, ROOT)
REGISTERED = SiteRegistered(
    name="new", level=SiteLevel.COMMUNE, parent="huyen", key=public_key("new"), box_key=BOX
)
KEY = SiteKeyReplaced(key=public_key("px", 1), box_key=BOX, reason="stolen", trusted=(HEAD,))
CLOSED = SiteClosed(custodian="tinh", last=(HEAD,), reason="1 July 2025")
FORK = ForkSettled(topic="appointment", epoch="e2", seq=21, keep=(), reason="cloned")
EVERYBODY = {"tinh", "huyen", "quan", "px", "py", "qx", "stranger"}


def test_the_tree() -> None:
    registry = Tree().fold()
    assert registry.findings == ()
    assert registry.subtree("huyen") == ["huyen", "px", "py"]
    assert list(registry.ancestors("px")) == ["huyen", "tinh"]
    assert registry.sites["px"].key == public_key("px")
    assert (registry.is_above("tinh", "qx"), registry.is_above("huyen", "qx")) == (True, False)


TABLE: list[tuple[str, str, SiteFact, set[str]]] = [
    ("registered", "new", REGISTERED, {"tinh", "huyen"}),
    ("scope", "px", ScopeSet(units=("U-X",)), {"tinh", "huyen"}),
    ("closed", "px", CLOSED, {"tinh", "huyen"}),
    ("fork settled", "px", FORK, {"tinh", "huyen"}),
    ("key revoked or rotated", "px", KEY, {"tinh", "huyen", "px"}),
    ("re-homed to another branch", "px", SiteRehomed(parent="quan"), {"tinh"}),
    ("re-homed to the root", "px", SiteRehomed(parent="tinh"), {"tinh"}),
    ("restored", "px", SiteRestored(lost=(HEAD,)), {"px"}),
    ("clock corrected", "px", ClockCorrected(until=(HEAD,), reason="battery"), {"tinh", "huyen", "px"}),
    ("home moved", "cadre-1", HomeMoved(to="py"), {"tinh", "huyen", "px"}),
    ("proposal decided", "cadre-1", ProposalDecided(event="x", accepted=True), {"tinh", "huyen", "px"}),
]


@pytest.mark.parametrize(("what", "stream", "fact", "may"), TABLE, ids=[row[0] for row in TABLE])
def test_who_may_say_it(what: str, stream: str, fact: SiteFact, may: set[str]) -> None:
    for origin in EVERYBODY:
        tree = Tree()
        before = tree.fold()
        event = tree.record(origin, stream, fact)
        after = tree.fold()
        if origin in may:
            assert after.findings == ()
            assert after != before
        else:
            assert tree.objections() == [(event.event_id, "NoAuthority")]
            assert (after.sites, after.homes, after.proposals) == (
                before.sites,
                before.homes,
                before.proposals,
            )


def test_closing_extended_by_an_ancestor() -> None:
    """sync case 27."""
    for origin in EVERYBODY:
        tree = Tree()
        tree.record("tinh", "px", CLOSED)
        event = tree.record(origin, "px", ClosingExtended(last=(HEAD,), reason="late"))
        counts = origin in {"tinh", "huyen"}
        assert len(tree.fold().sites["px"].closings) == 1 + counts
        assert tree.objections() == ([] if counts else [(event.event_id, "NoAuthority")])


def test_the_root_is_pinned_and_no_earlier_fact_takes_its_place() -> None:
    """A site that registers itself as the root, with a lamport before everything."""
    tree = Tree()
    root = SiteRegistered(name="me", level=SiteLevel.CENTRAL, key=public_key("px"), box_key=BOX)
    tree.record("px", "px", root, lamport=-5)
    tree.record("stranger", "stranger", root, lamport=-4)
    tree.record("stranger", "tinh", root, lamport=-3)
    assert {rule for _, rule in tree.objections()} == {"NoAuthority"}
    assert tree.fold().sites == Tree().fold().sites


@pytest.mark.parametrize(
    ("stream", "fact", "rule"),
    [
        ("px", REGISTERED, "SiteIdTaken"),
        ("nobody", CLOSED, "UnknownSite"),
        (
            "new",
            SiteRegistered(name="n", level=SiteLevel.COMMUNE, parent="x", key="k", box_key="b"),
            "UnknownSite",
        ),
        ("huyen", SiteRehomed(parent="px"), "CircularTree"),
        ("huyen", SiteRehomed(parent="huyen"), "CircularTree"),
        ("huyen", SiteRehomed(parent="x"), "UnknownSite"),
        ("tinh", SiteClosed(custodian="huyen", last=(), reason="r"), "RootStays"),
        ("px", SiteClosed(custodian="px", last=(), reason="r"), "OwnCustodian"),
        ("px", SiteClosed(custodian="x", last=(), reason="r"), "UnknownSite"),
        ("px", ClosingExtended(last=(), reason="r"), "NotClosed"),
        ("cadre-1", HomeMoved(to="x"), "UnknownSite"),
    ],
)
def test_what_cannot_be_whoever_says_it(stream: str, fact: SiteFact, rule: str) -> None:
    tree = Tree()
    before = tree.fold()
    event = tree.record("tinh", stream, fact)
    assert tree.objections() == [(event.event_id, rule)]
    assert tree.fold().sites == before.sites


def test_authority_is_that_of_the_moment_in_the_total_order() -> None:
    """sync case 23: after the re-homing the old district may say nothing about the ward, and the new one may."""
    tree = Tree()
    tree.record("huyen", "px", ScopeSet(units=("U-X",)))
    tree.record("tinh", "px", SiteRehomed(parent="quan"))
    late = tree.record("huyen", "px", ScopeSet(units=("U-Y",)))
    tree.record("quan", "px", ScopeSet(units=("U-X", "U-Z")))
    registry = tree.fold()
    assert registry.sites["px"].scope.units == ("U-X", "U-Z")
    assert registry.sites["px"].scope.revision == 2
    assert tree.objections() == [(late.event_id, "NoAuthority")]


def test_a_closed_site_leaves_its_homes_to_its_custodian() -> None:
    """sync case 26."""
    tree = Tree()
    tree.record("tinh", "px", SiteClosed(custodian="py", last=(HEAD,), reason="merged"))
    assert tree.fold().home_of("cadre-1") == "py"
    tree.record("py", "cadre-1", HomeMoved(to="qx"))
    assert tree.fold().home_of("cadre-1") == "qx"
    tree.record("tinh", "huyen", SiteClosed(custodian="tinh", last=(), reason="1 July 2025"))
    tree.record("tinh", "py", SiteRehomed(parent="tinh"))
    refused = tree.record("tinh", "qx", SiteRehomed(parent="huyen"))
    assert tree.objections() == [(refused.event_id, "ParentClosed")]
    assert list(tree.fold().ancestors("py")) == ["tinh"]


def test_a_closed_site_decides_nothing_any_more() -> None:
    """Whoever has its key, or a copy of it that still runs."""
    tree = Tree()
    tree.record("tinh", "huyen", SiteClosed(custodian="quan", last=(), reason="1 July 2025"))
    refused = tree.record("huyen", "px", ScopeSet(units=("U-X",)))
    tree.record("tinh", "quan", SiteClosed(custodian="tinh", last=(), reason="later"))
    registry = tree.fold()
    assert tree.objections() == [(refused.event_id, "SiteClosed")]
    assert (registry.custodian_of("huyen"), registry.custodian_of("px")) == ("tinh", "px")
    assert (registry.parent_of("px"), registry.parent_of("qx"), registry.parent_of("tinh")) == (
        "tinh",
        "tinh",
        "",
    )


def test_below_whom_a_site_was_is_remembered_until_it_comes_back() -> None:
    tree = Tree()
    assert not tree.fold().was_above("huyen", "px")
    tree.record("tinh", "px", SiteRehomed(parent="quan"))
    registry = tree.fold()
    assert registry.was_above("huyen", "px")
    assert not registry.was_above("tinh", "px"), "it still is"
    assert not registry.was_above("huyen", "py")
    assert not registry.was_above("px", "huyen")
    tree.record("tinh", "quan", SiteRehomed(parent="huyen"))
    assert not tree.fold().was_above("huyen", "px"), "it is above it again"
    tree.record("tinh", "quan", SiteRehomed(parent="tinh"))
    assert tree.fold().was_above("huyen", "qx"), "as all below a site that moves"


def test_a_fork_of_the_root_is_settled_by_two_persons() -> None:
    tree = Tree()
    tree.record("tinh", "tinh", FORK, actor="head")
    tree.record("tinh", "tinh", FORK, actor="head")
    assert tree.fold().sites["tinh"].settled == ()
    other = ForkSettled(topic="appointment", epoch="e2", seq=21, keep=(ROOT,), reason="cloned")
    tree.record("tinh", "tinh", other, actor="auditor")
    assert tree.fold().sites["tinh"].settled == ()
    tree.record("tinh", "tinh", FORK, actor="auditor")
    assert tree.fold().sites["tinh"].settled == (FORK,)


def test_only_who_recorded_a_fact_of_the_registry_corrects_it() -> None:
    tree = Tree()
    moved = tree.record("tinh", "px", SiteRehomed(parent="quan"))
    tree.record("px", "px", Corrected(target=moved.event_id, mode="VOID", reason="no"))
    assert tree.fold().sites["px"].parent == "quan"
    tree.record("tinh", "px", Corrected(target=moved.event_id, mode="VOID", reason="too early"))
    assert tree.fold().sites["px"].parent == "huyen"


def test_the_order_in_which_facts_came_changes_nothing() -> None:
    tree = Tree()
    tree.record("huyen", "px", ScopeSet(units=("U-X",)))
    tree.record("tinh", "px", SiteRehomed(parent="quan"))
    tree.record("huyen", "px", CLOSED)
    tree.record("px", "px", KEY)
    tree.record("tinh", "huyen", CLOSED)
    tree.record("px", "cadre-1", HomeMoved(to="qx"))
    expected, chance = tree.fold(), Random(7)
    assert expected.findings
    for _ in range(50):
        events = [*tree.events, *chance.choices(tree.events, k=3)]
        chance.shuffle(events)
        assert fold_registry(events, "tinh", {"cadre-1": "px"}) == expected
