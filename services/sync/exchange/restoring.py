"""A site that was restored from a backup learns it from what others hold of it, and says so."""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

import msgspec

from services.sync.exchange.forks import recorded_spans, trusted_runs
from services.sync.exchange.site_replica import SiteReplica
from shared.replica.counting import trusted_coverage
from shared.replica.exchange import missing_heads
from shared.replica.parted_lines import find_forks, find_two_writers
from shared.replica.runs import Head


class Restoration(NamedTuple):
    """That the site was restored, once it has all that others hold of it."""

    key: str
    """Idempotency key of the statement: the same however often the same is found."""
    lost: frozenset[Head]
    """Its own entries that others have heard of and nobody can give back."""


def find_restoration(replica: SiteReplica, vector: Iterable[Head]) -> Restoration | None:
    """What this site has learnt about itself; None where nothing, or where more is to come. `vector`: what the sender
    of the last message has. A site of which two copies write was cloned, which is another matter."""
    store, site = replica.store, replica.site
    given_back = replica.given_back_logs()
    lost = frozenset(h for h in store.exchange.lost() if h.origin == site and not replica.is_here(h))
    if not given_back and not lost:
        return None
    heads = [head for head in vector if head.origin == site]
    if any(
        missing_heads(heads, store.load_log(log), store.root_reader(log)) for log in {h.log for h in heads}
    ):
        return None
    parts = []
    for log in given_back:
        says, roots = replica.judge(log), store.root_reader(log)
        runs = trusted_runs(store.load_log(log), says, roots)
        forks = find_forks(runs, trusted=trusted_coverage(runs, says, roots))
        if forks or find_two_writers(runs, recorded_spans(replica, runs)):
            return None
        own = {(run.epoch, run.first) for run in runs.runs}
        parts += [
            (log.topic, run.epoch, run.first, run.before)
            for run in store.find_lost_tail(log)
            if says.trusted is None or (run.epoch, run.first) in own  # else it was forged with a stolen key
        ]
    if not parts and not lost:
        return None
    found = sha256(msgspec.json.encode([sorted(parts), sorted(lost)])).hexdigest()
    return Restoration(f"restored:{found}", lost)
