"""The registry of services: the one place where a service is named. Routes, topics, database roles, the compose file,
the gateway and the published contract derive from it, or a test checks them against it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from services.chronicle.projections import PROJECTIONS
from services.regulation.application import find_breaches
from services.sites.events import ClockCorrected
from shared.commands.command_handler import AnyApplication, AnyService
from shared.core.clock import Clock, SimulatedClock, system_clock
from shared.core.clock_guard import DAY_SECONDS, ClockGuard
from shared.core.partial_dates import Instant
from shared.eventlog.corrected_times import ClockCorrection, LogCorrections
from shared.eventlog.event_log import EventLog
from shared.eventlog.foreign_events import NO_FOREIGN_EVENTS, ForeignEvents
from shared.replica.store import REPLICA_FILE
from shared.runtime.closed_file import accepted_file, closed_file
from shared.runtime.embedded import EmbeddedLedger

if TYPE_CHECKING:
    from shared.http.route_list import RouteList
    from shared.operations.settings import Settings

RouterFactory = Callable[[AnyApplication, Callable[[], object]], "RouteList"]
"""(application, what to call after a write) -> the routes of one service."""


class ServiceApi(NamedTuple):
    """What `services/<name>/api.py` declares: its routes, and a sentence about them for the OpenAPI document."""

    router: RouterFactory
    about: str


@dataclass(frozen=True, slots=True)
class Registration:
    """A service by the name of its folder in services/; `judged`: rules add findings to the facts it records."""

    name: str
    judged: bool = False

    def load_service(self) -> AnyService:
        """The declaration in `services/<name>/application.py`."""
        service: AnyService = import_module(f"services.{self.name}.application").service
        return replace(service, findings=find_breaches) if self.judged else service

    def has_api(self) -> bool:
        """Whether anybody writes to the service over HTTP."""
        return find_spec(f"services.{self.name}.api") is not None

    def load_api(self) -> ServiceApi:
        """The routes in `services/<name>/api.py`."""
        module = import_module(f"services.{self.name}.api")
        return ServiceApi(module.router, module.ABOUT)


REGISTRY = (
    Registration("regulation"),
    Registration("organization"),
    Registration("personnel", judged=True),
    Registration("planning", judged=True),
    Registration("rotation", judged=True),
    Registration("appointment", judged=True),
    Registration("evaluation", judged=True),
    Registration("audit"),
    Registration("sites"),
    Registration("sync"),
    Registration("identity"),
)
"""In the order in which facts become possible: documents, units and posts, cadres, what is decided about them; then
what is said about the logs, about the sites that write them, and about what these exchanged; last, who may sign in."""

SERVICES: dict[str, AnyService] = {each.name: each.load_service() for each in REGISTRY}
LOCAL_TOPICS = frozenset(name for name, service in SERVICES.items() if service.local)
"""Topics whose facts never go to another site."""


_CORRECTIONS = 1000
"""Corrections of its clock that a site states at most."""


def routed_services() -> list[str]:
    """The services with routes, by name, without importing them: only who serves HTTP needs FastAPI."""
    return [each.name for each in REGISTRY if each.has_api()]


def load_apis() -> dict[str, ServiceApi]:
    """The routes of every service that has some, by name."""
    return {each.name: each.load_api() for each in REGISTRY if each.has_api()}


def open_embedded_ledger(
    settings: "Settings",
    clock: Clock = system_clock,
    writes: bool = True,
    new_rows: bool = False,
    foreign: ForeignEvents | None = None,
    corrected_to: Instant | None = None,
) -> EmbeddedLedger:
    """Every service in this process, over the files in `settings.home`. LedgerLocked when another process writes.

    `foreign`: the events of other sites that count at this one; None: those of the replica in the home. `corrected_to`:
    the clock was ahead, and what is recorded counts as known since that instant; what comes next is to say so."""
    home = Path(settings.home)
    foreign = open_foreign_events(settings) if foreign is None else foreign
    guard = None if isinstance(clock, SimulatedClock) else _guard(settings, clock, home)
    ledger = EmbeddedLedger(
        SERVICES,
        PROJECTIONS,
        home,
        settings.site,
        clock,
        writes,
        settings.database,
        guard,
        new_rows,
        foreign,
        partial(correct_all, corrected_to) if corrected_to else find_clock_corrections,
    )
    if foreign is not NO_FOREIGN_EVENTS:
        from services.bootstrap.closed_sites import close_logs_as_known

        try:
            close_logs_as_known(ledger, settings)
        except BaseException:
            ledger.close()
            raise
    if corrected_to:
        closed_file(home).write(corrected_to)  # what was answered for later instants is not final any more
    return ledger


def find_clock_corrections(logs: Mapping[str, EventLog[Any]]) -> LogCorrections:
    """What this site stated about its own clock: what it recorded before counts as known since then."""
    log, found = logs["sites"], dict[str, list[ClockCorrection]]()
    for _, _, state, _ in log.read_feed(0, 2**62, _CORRECTIONS, [str(ClockCorrected.__struct_config__.tag)]):
        event = log.topic.decode(bytes(state))
        if event.stream == log.site:
            for head in event.fact.until:
                each = ClockCorrection(event.recorded_at, head.epoch, head.seq)
                found.setdefault(head.topic, []).append(each)
    return found


def correct_all(since: Instant, logs: Mapping[str, EventLog[Any]]) -> LogCorrections:
    """All that is recorded counts as known since an instant: for recording that a clock was ahead."""
    ends = {name: log.read(log.position() - 1, 1) for name, log in logs.items() if log.position()}
    return {name: [ClockCorrection(since, last.epoch, last.seq)] for name, [(_, last)] in ends.items()}


def replica_address(home: Path, database: str = "") -> Path | str:
    """Where a site keeps what it holds of others: beside its logs."""
    return database or home / REPLICA_FILE


def open_foreign_events(settings: "Settings") -> ForeignEvents:
    """What counts of the replica beside the logs; none where the site has exchanged nothing."""
    where = replica_address(Path(settings.home), settings.database)
    if isinstance(where, Path) and not where.exists():
        return NO_FOREIGN_EVENTS
    from shared.replica.store.replica_store import ReplicaStore

    topics = {name: service.topic for name, service in SERVICES.items() if not service.local}
    store = ReplicaStore(where, topics, site=settings.site, create=isinstance(where, Path))
    if store.is_made():
        return store
    store.close()
    return NO_FOREIGN_EVENTS


def _guard(settings: "Settings", clock: Clock, home: Path) -> ClockGuard:
    return ClockGuard(clock, settings.clock_jump, settings.clock_gap * DAY_SECONDS, accepted_file(home).read)
