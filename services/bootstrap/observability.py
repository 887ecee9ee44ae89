"""What each kind of process tells of itself, put together: its numbers, its readiness, its traces, its logs."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from shared.http.health import serve_health
from shared.operations.instrumentation import (
    MeasuredInbox,
    broker_answers,
    database_answers,
    gauge,
    log_metrics,
    not_far_behind,
)
from shared.runtime.cluster import ClusterLedger
from shared.runtime.ledger import Ledger
from shared.telemetry import json_logging
from shared.telemetry.metrics import MetricReader, Metrics, Readiness
from shared.telemetry.tracing import Tracing, configure_tracing

FAR = 400
"""Facts without rows, of the last 500: then answers are old, and others should answer."""
RELAY_FAR = WORKER_FAR = 50_000


@dataclass
class Observation:
    """Handed to whoever runs; nobody looks unless somebody asks."""

    metrics: Metrics = field(default_factory=Metrics)
    readiness: Readiness = field(default_factory=Readiness)
    tracing: Tracing = field(default_factory=Tracing)


def observe_ledger(
    ledger: Ledger, names: Sequence[str] | None = None, observed: Observation | None = None
) -> Observation:
    """Of a process that answers over HTTP. Without its broker it goes on; with its database away it cannot."""
    observed = observed or Observation()
    served = {name: log for name, log in ledger.logs.items() if not names or name in names}
    shown = ledger.logs if not names or "chronicle" in names else served

    def behind() -> Mapping[str, float]:
        return {name: ledger.behind(name) for name in shown}

    observed.metrics.add(
        *log_metrics(served), gauge("cadre_rows_behind", "Facts without rows yet.", "topic", behind)
    )
    observed.readiness.checks["database"] = database_answers(ledger.tables.engine)
    if shown is ledger.logs:
        observed.readiness.checks["rows"] = not_far_behind(behind, FAR, "facts without rows")
    return observed


def observe_reactions(node: ClusterLedger, names: Sequence[str], observed: Observation) -> None:
    """How many facts each reaction has still to answer."""

    def waiting() -> Mapping[str, float]:
        return dict(node.pending_reactions(names))

    observed.metrics.add(
        gauge("cadre_reaction_behind", "Facts that have arrived and are not answered.", "reaction", waiting)
    )


def observe_relay(node: ClusterLedger, relays: Sequence[Any], observed: Observation) -> None:
    def lag() -> Mapping[str, float]:
        return {each.name: each.lag() for each in relays}

    observed.metrics.add(
        *log_metrics(node.logs), gauge("cadre_relay_lag", "Facts not sent yet.", "topic", lag)
    )
    observed.readiness.checks |= {
        "database": database_answers(node.tables.engine),
        "broker": broker_answers(node.kafka),
        "lag": not_far_behind(lag, RELAY_FAR, "facts not sent"),
    }


def observe_worker(
    node: ClusterLedger,
    inbox: MeasuredInbox,
    ends: Callable[[], Mapping[tuple[str, int], int]],
    observed: Observation,
) -> None:
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
        "database": database_answers(node.tables.engine),
        "broker": broker_answers(node.kafka),
        "lag": lambda: (
            "" if sum(inbox.lag(ends()).values()) <= WORKER_FAR else "many records have no rows yet"
        ),
    }


@contextmanager
def observe_process(process: str, where: str) -> Iterator[Observation]:
    """Logs as lines of JSON, traces as the environment asks, and /health, /ready, /metrics at `where` if it is said."""
    json_logging.log_to_stderr(process)
    observed = Observation(tracing=configure_tracing(os.environ, process))
    if not where:
        yield observed
        return
    with serve_health(where, observed.metrics, observed.readiness):
        yield observed
