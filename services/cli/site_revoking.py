"""What goes with taking a key from a site: how far it is believed is said by name, and what it forged ceases to count
here at once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.cli.context import Context
from services.cli.errors import warn
from services.sites.events import LogHead
from shared.eventlog.signed_notes import encode_base64
from shared.operations.settings import in_cluster
from shared.replica.receipts import receipt_heads
from shared.replica.store import REPLICA_FILE

if TYPE_CHECKING:
    from services.sync.exchange.site_replica import SiteReplica


def has_exchanged(context: Context) -> bool:
    """Whether this site holds anything of others."""
    settings = context.settings()
    return in_cluster() or bool(settings.database) or (settings.home / REPLICA_FILE).exists()


def read_receipted(context: Context, site: str) -> tuple[LogHead, ...]:
    """How far the logs of a site are receipted by those that are or were right above it, as this site knows it. It is
    written into the fact: receipts flow up only, so that other sites could not find it out."""
    from services.cli.bundle_exchange import open_exchange

    if not has_exchanged(context):
        return ()
    with open_exchange(context) as replica:
        heads = sorted(
            head for log in replica.store.logs() if log.origin == site for head in replica.receipted(log)
        )
    return tuple(LogHead(each.topic, each.epoch, each.seq, encode_base64(each.root)) for each in heads)


def let_judge_again(context: Context, site: str, trusted: Sequence[LogHead]) -> None:
    """Let what was stated about the key of a site decide what counts here, and name the logs of which nothing is
    believed now."""
    from services.cli.bundle_exchange import open_exchange
    from services.sync.exchange.receiving import judge_again

    if not has_exchanged(context):
        return
    with open_exchange(context) as replica:
        judge_again(replica)
        distrusted = sorted(_find_distrusted(replica, site) - {head.topic for head in trusted})
    if distrusted:
        warn(
            "of the logs {topics} of {site} nothing counts until it has signed them with its new key",
            "say up to where they are believed with --trusted, as `cadre site heads` writes it there",
            topics=", ".join(distrusted),
            site=site,
        )


def _find_distrusted(replica: "SiteReplica", site: str) -> set[str]:
    """The topics of the logs of a site of which something is here and nothing accepted."""
    return {
        log.topic
        for log in replica.store.logs()
        if log.origin == site
        and (runs := replica.store.load_log(log)).runs
        and not receipt_heads(runs, replica.judge(log), replica.store.root_reader(log))
    }
