"""With whom a site exchanges facts. Whoever was re-homed is told where it belongs now, and nothing is taken from it, so
that nobody goes on for years with a site that is not above it any more."""

from services.sync.exchange.site_tree import SiteTree
from shared.core.decider import Rejected
from shared.core.errors import SiteClosed


class NotANeighbour(Rejected):
    """Facts are exchanged with the sites above and below."""

    title_vi = "Chỉ trao đổi sự kiện với điểm cấp trên và cấp dưới"


class NotMyChild(Rejected):
    """The site was re-homed: it exchanges facts with its new parent."""

    title_vi = "Điểm đã chuyển sang cấp trên mới và trao đổi sự kiện với cấp trên đó"

    def __init__(self, tree: SiteTree, child: str, former: str) -> None:
        """`former`: the site that it was below."""
        super().__init__(site=child, parent=tree.parent(child), former=former)
        self.site, self.parent, self.former = child, tree.parent(child), former


def check_recipient(tree: SiteTree, site: str, recipient: str) -> None:
    """Whether a site sends to another. Raises NotANeighbour, NotMyChild and SiteClosed: to a closed site its own parent
    alone sends what it must know."""
    if tree.is_below(site, recipient):
        _check_open(tree, recipient)
    elif not tree.is_below(recipient, site) and not _in_custody(tree, site, recipient):
        _check_not_rehomed(tree, site, recipient)
        raise NotANeighbour(field="site", value=recipient)


def check_sender(tree: SiteTree, site: str, sender: str) -> None:
    """Whether a site takes what another sends. Raises NotMyChild and SiteClosed. What a closed site wrote is taken by
    anybody: it may be nowhere else. So is what comes from a site whose place in the tree may be news here."""
    if tree.custodian(sender) != sender:
        return
    if tree.is_below(sender, site):
        _check_open(tree, site)
    elif not tree.is_below(site, sender):
        _check_not_rehomed(tree, site, sender)


def _check_open(tree: SiteTree, above: str) -> None:
    if (custodian := tree.custodian(above)) != above:
        raise SiteClosed(above, custodian)


def _check_not_rehomed(tree: SiteTree, site: str, other: str) -> None:
    for child, former in ((site, other), (other, site)):
        if tree.was_below(child, former):
            raise NotMyChild(tree, child, former)


def _in_custody(tree: SiteTree, site: str, other: str) -> bool:
    """Whether one of the two is closed and the other keeps its logs."""
    return site != other and (tree.custodian(site) == other or tree.custodian(other) == site)
