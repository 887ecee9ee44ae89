"""Numbers about the exchange with other sites, for operators. All of one scrape are from one reading of the status."""

from collections import Counter
from collections.abc import Callable, Mapping
from threading import Lock
from time import monotonic

from services.sync.exchange.status import OriginLine, SyncStatus
from shared.operations.instrumentation import gauge
from shared.telemetry.metrics import MetricReader

KEPT_SECONDS = 10.0
"""So long a status is believed: with a thousand sites it takes most of a second to read."""


def sync_metrics(read: Callable[[], SyncStatus]) -> list[MetricReader]:
    """What of the own facts is not delivered, and how much of each other site is not here or does not count."""
    recent = _Recent(read)

    def of_origins(count: Callable[[OriginLine], int]) -> Callable[[], Mapping[str, float]]:
        return lambda: {line.origin: count(line) for line in recent().origins}

    def undelivered() -> Mapping[str, float]:
        status = recent()
        return {status.site: status.own.recorded - status.own.delivered if status.parent else 0}

    def alarms() -> Mapping[str, float]:
        return Counter(each.what for each in recent().alarms)

    return [
        gauge(
            "cadre_sync_undelivered",
            "Own facts that the site above has not signed for.",
            "origin",
            undelivered,
        ),
        gauge(
            "cadre_sync_behind",
            "Entries of a site that are not here yet.",
            "origin",
            of_origins(lambda line: line.behind),
        ),
        gauge(
            "cadre_sync_gaps",
            "Gaps in what is here of a site.",
            "origin",
            of_origins(lambda line: len(line.gaps)),
        ),
        gauge(
            "cadre_sync_quarantined",
            "Entries that a fork holds back.",
            "origin",
            of_origins(lambda line: line.quarantined),
        ),
        gauge(
            "cadre_sync_parked",
            "Entries that came after their site was closed.",
            "origin",
            of_origins(lambda line: line.parked),
        ),
        gauge("cadre_sync_alarms", "What somebody must look into.", "what", alarms),
    ]


class _Recent:
    """The status, read again after some seconds."""

    def __init__(self, read: Callable[[], SyncStatus]) -> None:
        self._read, self._lock = read, Lock()
        self._kept: tuple[float, SyncStatus] | None = None

    def __call__(self) -> SyncStatus:
        with self._lock:
            if self._kept is None or monotonic() - self._kept[0] > KEPT_SECONDS:
                self._kept = monotonic(), self._read()
            return self._kept[1]
