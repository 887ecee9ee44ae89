"""With whom a site exchanges over the line."""

from services.sync.exchange.sending import NotANeighbour
from services.sync.exchange.site_replica import SiteReplica
from shared.core.decider import Rejected


class NotAdmitted(Rejected):
    """That site exchanges with another one, or with none any more: what it brings is not taken here now."""

    title_vi = "Điểm đó không trao đổi với điểm này"


def admit_site(replica: SiteReplica, site: str) -> None:
    """Refuse a site with which nothing is exchanged over the line, before anything of its message is read. Raises
    NotANeighbour; where the registry says who it is to exchange with instead, a NotAdmitted."""
    tree = replica.tree
    if not tree.is_below(replica.site, site) and not tree.is_below(site, replica.site):
        raise NotANeighbour(field="site", value=site)
