"""Metrics, readiness checks, traces and logs of each kind of process."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from services.chronicle.queries.contradictions.counting import ContradictionCounter
from shared.http.health import serve_health
from shared.operations.instrumentation import (
    MeasuredInbox,
    broker_answers,
    database_answers,
    gauge,
    log_metrics,
    not_ahead,
    not_far_behind,
    stores_take_writes,
)
from shared.runtime.cluster import ClusterLedger
from shared.runtime.ledger import Ledger
from shared.telemetry import json_logging
from shared.telemetry.metrics import MetricReader, Metrics, Readiness
from shared.telemetry.tracing import Tracing, configure_tracing

if TYPE_CHECKING:
    from shared.messaging.kafka import Relay

ROWS_LIMIT = 400
"""Facts without rows, of the last 500, above which a process that serves queries is not ready."""
RELAY_LIMIT = WORKER_LIMIT = 50_000
"""Facts not sent, or records without rows, above which a relay or a worker is not ready."""


@dataclass
class Observation:
    """The metrics, checks and tracer of one process; metrics and checks are read only on request."""

    metrics: Metrics = field(default_factory=Metrics)
    readiness: Readiness = field(default_factory=Readiness)
    tracing: Tracing = field(default_factory=Tracing)


def observe_ledger(
    ledger: Ledger, names: Sequence[str] | None = None, observed: Observation | None = None
) -> Observation:
    """Observe a process that answers over HTTP: it needs its database to be ready, and not the broker."""
    observed = observed or Observation()
    served_logs = {name: log for name, log in ledger.logs.items() if not names or name in names}
    logs_with_rows = ledger.logs if not names or "chronicle" in names else served_logs

    def behind() -> Mapping[str, float]:
        return {name: ledger.behind(name) for name in logs_with_rows}

    observed.metrics.add(
        *log_metrics(served_logs), gauge("cadre_rows_behind", "Facts without rows yet.", "topic", behind)
    )
    observed.readiness.checks["database"] = database_answers(ledger.tables)
    observed.readiness.checks["stores"] = stores_take_writes(partial(ledger.check_stores, logs_with_rows))
    observed.readiness.warning_checks["clock"] = not_ahead(lambda: ledger.logs_ahead(list(logs_with_rows)))
    if logs_with_rows is ledger.logs:
        counter = ContradictionCounter(ledger.tables)
        observed.metrics.add(
            gauge("cadre_contradictions", "Facts that cannot all be true, by kind.", "kind", counter.read)
        )
        observed.readiness.checks["rows"] = not_far_behind(behind, ROWS_LIMIT, "facts without rows")
    return observed


def observe_reactions(node: ClusterLedger, names: Sequence[str], observed: Observation) -> None:
    """Observe how many facts each reaction has still to process."""

    def waiting() -> Mapping[str, float]:
        return dict(node.pending_reactions(names))

    observed.metrics.add(
        gauge("cadre_reaction_behind", "Facts that have arrived and are not answered.", "reaction", waiting)
    )


def observe_relay(node: ClusterLedger, relays: "Sequence[Relay]", observed: Observation) -> None:
    """Observe a relay: the positions of the logs, and how many facts are not in their topics yet."""

    def lag() -> Mapping[str, float]:
        return {each.name: each.lag() for each in relays}

    observed.metrics.add(
        *log_metrics(node.logs), gauge("cadre_relay_lag", "Facts not sent yet.", "topic", lag)
    )
    observed.readiness.checks |= {
        "database": database_answers(node.tables),
        "broker": broker_answers(node.kafka),
        "lag": not_far_behind(lag, RELAY_LIMIT, "facts not sent"),
    }


def observe_worker(
    node: ClusterLedger,
    inbox: MeasuredInbox,
    ends: Callable[[], Mapping[tuple[str, int], int]],
    observed: Observation,
) -> None:
    """Observe a worker: records without rows and dead letters. `ends` reads the end of each of its partitions."""
    observed.metrics.add(
        MetricReader(
            "cadre_worker_lag",
            "Records without rows yet, of the partitions of this worker.",
            ("topic", "partition"),
            lambda: inbox.lag(ends()),
        ),
        gauge("cadre_parked", "Messages that could not be read.", "topic", node.inbox.dead_letter_counts),
    )
    observed.readiness.checks |= {
        "database": database_answers(node.tables),
        "broker": broker_answers(node.kafka),
        "lag": lambda: (
            "" if sum(inbox.lag(ends()).values()) <= WORKER_LIMIT else "many records have no rows yet"
        ),
    }


def observe_sync_worker(node: ClusterLedger, observed: Observation) -> None:
    """Observe the process that exchanges with the site above."""
    observed.readiness.checks["database"] = database_answers(node.tables)


@contextmanager
def observe_process(process: str, address: str) -> Iterator[Observation]:
    """Log as lines of JSON, trace if the environment says so, and serve /health, /ready and /metrics at `[host:]port`
    unless it is empty."""
    json_logging.log_to_stderr(process)
    observed = Observation(tracing=configure_tracing(os.environ, process))
    if not address:
        yield observed
        return
    with serve_health(address, observed.metrics, observed.readiness):
        yield observed
