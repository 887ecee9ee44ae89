"""What each kind of process tells of itself, put together: its numbers, its readiness, its traces, its logs."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from services.cluster import Node
from shared import logs
from shared.metrics import Metrics, Readiness, Reading
from shared.runtime import Ledger
from shared.status import serving
from shared.tracing import Tracing, tracing
from shared.watching import (
    WatchedInbox,
    broker_answers,
    database_answers,
    not_far_behind,
    reading,
    readings_of_logs,
)

FAR = 400
"""Facts without rows, of the last 500: then answers are old, and others should answer."""
RELAY_FAR = WORKER_FAR = 50_000


@dataclass
class Observation:
    """Handed to whoever runs; nobody looks unless somebody asks."""

    metrics: Metrics = field(default_factory=Metrics)
    readiness: Readiness = field(default_factory=Readiness)
    tracing: Tracing = field(default_factory=Tracing)


def of_ledger(
    ledger: Ledger, names: Sequence[str] | None = None, observed: Observation | None = None
) -> Observation:
    """Of a process that answers over HTTP. Without its broker it goes on; with its database away it cannot."""
    observed = observed or Observation()
    served = {name: log for name, log in ledger.logs.items() if not names or name in names}
    shown = ledger.logs if not names or "chronicle" in names else served

    def behind() -> Mapping[str, float]:
        return {name: ledger.behind(name) for name in shown}

    observed.metrics.add(
        *readings_of_logs(served), reading("cadre_rows_behind", "Facts without rows yet.", "topic", behind)
    )
    observed.readiness.checks["database"] = database_answers(ledger.tables.engine)
    if shown is ledger.logs:
        observed.readiness.checks["rows"] = not_far_behind(behind, FAR, "facts without rows")
    return observed


def of_answers(node: Node, names: Sequence[str], observed: Observation) -> None:
    """How many facts each reaction has still to answer."""

    def waiting() -> Mapping[str, float]:
        return dict(node.unanswered(names))

    observed.metrics.add(
        reading("cadre_reaction_behind", "Facts that have arrived and are not answered.", "reaction", waiting)
    )


def of_relay(node: Node, relays: Sequence[Any], observed: Observation) -> None:
    def lag() -> Mapping[str, float]:
        return {each.name: each.lag() for each in relays}

    observed.metrics.add(
        *readings_of_logs(node.logs), reading("cadre_relay_lag", "Facts not sent yet.", "topic", lag)
    )
    observed.readiness.checks |= {
        "database": database_answers(node.tables.engine),
        "broker": broker_answers(node.cluster.kafka),
        "lag": not_far_behind(lag, RELAY_FAR, "facts not sent"),
    }


def of_worker(
    node: Node, inbox: WatchedInbox, ends: Callable[[], Mapping[tuple[str, int], int]], observed: Observation
) -> None:
    observed.metrics.add(
        Reading(
            "cadre_worker_lag",
            "Records without rows yet, of the partitions of this worker.",
            ("topic", "partition"),
            lambda: inbox.lag(ends()),
        ),
        reading("cadre_parked", "Messages that could not be read.", "topic", node.inbox.parked_by_topic),
    )
    observed.readiness.checks |= {
        "database": database_answers(node.tables.engine),
        "broker": broker_answers(node.cluster.kafka),
        "lag": lambda: (
            "" if sum(inbox.lag(ends()).values()) <= WORKER_FAR else "many records have no rows yet"
        ),
    }


@contextmanager
def observing(process: str, where: str) -> Iterator[Observation]:
    """Logs as lines of JSON, traces as the environment asks, and /health, /ready, /metrics at `where` if it is said."""
    logs.to_stderr(process)
    observed = Observation(tracing=tracing(os.environ, process))
    if not where:
        yield observed
        return
    with serving(where, observed.metrics, observed.readiness):
        yield observed
