"""Whether a custodian has the logs that it is to keep."""

from collections.abc import Iterable

from services.sync.exchange.site_replica import SiteReplica
from shared.replica.coverage import coverage_of, is_covered
from shared.replica.runs import Head


def find_missing(replica: SiteReplica, custodian: str, heads: Iterable[Head]) -> list[Head]:
    """Those of the heads up to which a site has not everything: this one, or another by what it last said that it
    has."""
    if custodian == replica.site:
        return [head for head in heads if not replica.is_here(head)]
    theirs = replica.heads_signed_for(custodian)
    return [head for head in heads if not _has(replica, theirs, head)]


def _has(replica: SiteReplica, theirs: Iterable[Head], head: Head) -> bool:
    log, roots = replica.store.load_log(head.log), replica.store.root_reader(head.log)
    return is_covered(log, coverage_of(log, theirs, roots), head, roots)
