"""Metrics of a process for Prometheus, and whether it is ready. Most are read only on request."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from shared.core.errors import StoreUnavailable

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Media type of the text format of Prometheus."""
CHECK_INTERVAL = 1.0
"""Seconds for which readiness is not checked again, so that frequent requests do not load the database."""
log = logging.getLogger(__name__)

Check = Callable[[], str]
"""Returns the reason why a process is not ready, empty when it is. An exception is a reason too."""
Labels = tuple[str, ...]


@dataclass(frozen=True)
class MetricReader:
    """A metric that is read on request. `read` gives a value for each combination of labels."""

    name: str
    help: str
    labels: Labels
    read: Callable[[], Mapping[Labels, float]]
    counts: bool = False
    """Whether it is a counter, which only grows; else a gauge."""


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self, readers: Iterable[MetricReader] = ()) -> None:
        self.registry = CollectorRegistry()
        self._readers = {each.name: each for each in readers}
        self.registry.register(self)
        self.requests = Histogram(
            "cadre_http_request_seconds",
            "Requests by route and status, until the answer begins.",
            ("method", "route", "status"),
            registry=self.registry,
            buckets=BUCKETS,
        )
        self.batches = Histogram(
            "cadre_worker_batch_seconds",
            "Batches of a topic brought into rows.",
            ("topic",),
            registry=self.registry,
            buckets=BUCKETS,
        )

    def add(self, *readers: MetricReader) -> None:
        """Add metrics; one of the same name replaces the former."""
        self._readers |= {each.name: each for each in readers}

    def collect(self) -> Iterator[Metric]:
        """Read all metrics; one that cannot be read now is left out, and counted."""
        failed = 0
        for each in list(self._readers.values()):
            kind: Any = CounterMetricFamily if each.counts else GaugeMetricFamily
            family = kind(each.name, each.help, labels=each.labels)
            try:
                for labels, value in each.read().items():
                    family.add_metric(labels, value)
            except Exception as failure:  # noqa: BLE001 - the others are wanted most when something is wrong
                log.warning("%s cannot be read: %s", each.name, type(failure).__name__)
                failed += 1
                continue
            yield family
        yield GaugeMetricFamily("cadre_readings_failed", "Numbers that could not be read now.", value=failed)

    def text(self) -> bytes:
        """Everything in the text format of Prometheus."""
        return generate_latest(self.registry)


@dataclass
class Readiness:
    """Whether a process can do its work: checks by the name of what they look at."""

    checks: dict[str, Check] = field(default_factory=dict)
    warning_checks: dict[str, Check] = field(default_factory=dict)
    """What is wrong without keeping it from its work."""
    _reasons: dict[str, str] = field(default_factory=dict)
    _warnings: dict[str, str] = field(default_factory=dict)
    _valid_until: float = 0.0

    def reasons(self) -> dict[str, str]:
        """Why it is not ready, by name of the check; empty when it is."""
        self._check()
        return self._reasons

    def warnings(self) -> dict[str, str]:
        """What somebody should look at although it is ready, by name of the check."""
        self._check()
        return self._warnings

    def _check(self) -> None:
        if monotonic() >= self._valid_until:
            self._reasons = _run_checks(self.checks)
            self._warnings = _run_checks(self.warning_checks)
            self._valid_until = monotonic() + CHECK_INTERVAL


def _run_checks(checks: Mapping[str, Check]) -> dict[str, str]:
    results = {name: _run_check(check) for name, check in checks.items()}
    return {name: reason for name, reason in results.items() if reason}


def _run_check(check: Check) -> str:
    try:
        return check()
    except StoreUnavailable as failure:
        return f"{type(failure).__name__}: {failure}"
    except Exception as failure:  # noqa: BLE001 - whatever it is, this process is not ready
        return type(failure).__name__
