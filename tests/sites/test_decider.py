"""What is refused when a fact about a site is recorded."""

import pytest

from services.sites.domain.decider import (
    BadKey,
    BadRoot,
    BadSiteId,
    SiteIdTaken,
    SiteIsClosed,
    SiteNotClosed,
    SiteNotRegistered,
    sites,
)
from services.sites.events import (
    ClosingExtended,
    ForkSettled,
    HomeMoved,
    LogHead,
    ScopeSet,
    SiteClosed,
    SiteFact,
    SiteLevel,
    SiteRegistered,
    SiteRehomed,
)
from shared.core.decider import Rejected
from shared.core.identifiers import is_site_id
from shared.core.normalization import Missing
from tests.sites.tree import BOX, ROOT, public_key

WARD = SiteRegistered(
    name="Phường X", level=SiteLevel.COMMUNE, parent="huyen", key=public_key("px"), box_key=BOX
)
CLOSED = SiteClosed(custodian="tinh", last=(LogHead("planning", "e1", 3, ROOT),), reason="merged")


def judge(*facts: SiteFact) -> tuple[SiteFact, ...]:
    state = sites.initial
    for fact in facts[:-1]:
        state = sites.evolve(state, fact)
    return sites.decide(state, facts[-1])


def test_a_site_is_registered_moved_and_closed() -> None:
    assert judge(WARD) == (WARD,)
    moved = SiteRehomed(parent="quan")
    assert judge(WARD, moved) == (moved,)
    assert judge(WARD, CLOSED) == (CLOSED,)
    late = ClosingExtended(last=CLOSED.last, reason="late")
    assert judge(WARD, CLOSED, late) == (late,)
    assert judge(HomeMoved(to="px")) == (HomeMoved(to="px"),)


def changed(fact: SiteRegistered, **values: str) -> SiteRegistered:
    fields = {name: getattr(fact, name) for name in ("name", "level", "parent", "key", "box_key")}
    return SiteRegistered(**(fields | values))


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ((changed(WARD, name=""),), Missing),
        ((changed(WARD, parent="Huyện"),), BadSiteId),
        ((changed(WARD, key="px"),), BadKey),
        ((changed(WARD, key=public_key("px").replace("+", "-")),), BadKey),
        ((changed(WARD, box_key="AAAA"),), BadKey),
        ((changed(WARD, box_key="?"),), BadKey),
        ((WARD, WARD), SiteIdTaken),
        ((ScopeSet(units=("U",)),), SiteNotRegistered),
        ((CLOSED,), SiteNotRegistered),
        ((WARD, CLOSED, CLOSED), SiteIsClosed),
        ((WARD, CLOSED, SiteRehomed(parent="quan")), SiteIsClosed),
        ((WARD, ClosingExtended(last=(), reason="late")), SiteNotClosed),
        ((WARD, SiteClosed(custodian="", last=(), reason="r")), Missing),
        (
            (WARD, SiteClosed(custodian="t", last=(LogHead("planning", "e1", 3, "AA=="),), reason="r")),
            BadRoot,
        ),
        ((WARD, ForkSettled(topic="a", epoch="e", seq=1, keep=("x",), reason="r")), BadRoot),
    ],
)
def test_what_is_wrong_is_refused_by_name(facts: tuple[SiteFact, ...], rule: type[Rejected]) -> None:
    with pytest.raises(rule):
        judge(*facts)


def test_site_ids() -> None:
    assert all(map(is_site_id, ("px", "site-0a1b2c3d", "7", "x" * 40)))
    assert not any(map(is_site_id, ("", "-px", "Px", "p/x", "x" * 41, "px\n", "phường")))
