"""Numbers for Prometheus, and reasons not to be ready. Most are read only when somebody asks."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
MOMENT = 1.0
"""Seconds for which an answer about readiness holds: whoever asks often does not make the database busy."""
log = logging.getLogger(__name__)

Check = Callable[[], str]
"""Why not; empty when all is well. Whatever it raises is a reason too."""
Labels = tuple[str, ...]


@dataclass(frozen=True)
class MetricReader:
    """A number that is looked up when it is asked for. `read` gives a value for each combination of labels."""

    name: str
    help: str
    labels: Labels
    read: Callable[[], Mapping[Labels, float]]
    counts: bool = False
    """It only grows."""


class Metrics:
    """The numbers of one process, in a registry of their own."""

    def __init__(self, readings: Iterable[MetricReader] = ()) -> None:
        self.registry = CollectorRegistry()
        self._readings = {each.name: each for each in readings}
        self.registry.register(self)
        self.requests = Histogram(
            "cadre_http_request_seconds",
            "Requests by route and status, until the answer begins.",
            ("method", "route", "status"),
            registry=self.registry,
            buckets=QUICK,
        )
        self.batches = Histogram(
            "cadre_worker_batch_seconds",
            "Batches of a topic brought into rows.",
            ("topic",),
            registry=self.registry,
            buckets=QUICK,
        )

    def add(self, *readings: MetricReader) -> None:
        """One of the same name takes the place of the former."""
        self._readings |= {each.name: each for each in readings}

    def collect(self) -> Iterator[Metric]:
        """One that cannot be read now is left out, and counted."""
        failed = 0
        for each in list(self._readings.values()):
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
        """In the format of Prometheus."""
        return generate_latest(self.registry)


TEXT = "text/plain; version=0.0.4; charset=utf-8"


@dataclass
class Readiness:
    """Whether a process can do its work, and if not, why: by name of what is amiss."""

    checks: dict[str, Check] = field(default_factory=dict)
    _found: dict[str, str] = field(default_factory=dict)
    _until: float = 0.0

    def reasons(self) -> dict[str, str]:
        if monotonic() >= self._until:
            said = {name: _asked(check) for name, check in self.checks.items()}
            self._found = {name: reason for name, reason in said.items() if reason}
            self._until = monotonic() + MOMENT
        return self._found


def _asked(check: Check) -> str:
    try:
        return check()
    except Exception as failure:  # noqa: BLE001 - whatever it is, this process is not ready
        return type(failure).__name__
