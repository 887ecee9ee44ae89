"""All services behind one port: the page, the questions, the proposals, and their documentation without a network."""

import logging
import signal
from collections.abc import Sequence
from contextlib import suppress

import uvicorn
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from services.appointment import api as appointment
from services.bootstrap.observability import Observation, observe_ledger
from services.bootstrap.services import SERVICES
from services.chronicle import api as chronicle
from services.demo.demonstration import DEMO_STORY, is_loaded
from services.evaluation import api as evaluation
from services.organization import api as organization
from services.personnel import api as personnel
from services.planning import api as planning
from services.portal import api as portal
from services.regulation import api as regulation
from services.regulation.application import rulebook
from services.rotation import api as rotation
from shared.contract import asyncapi
from shared.core.clock import Clock, system_clock
from shared.http import feeds, health
from shared.http.auth import BearerTokens
from shared.http.problems import install_openapi, install_problem_handlers
from shared.runtime.ledger import Ledger

WRITERS = {
    "organization": organization,
    "personnel": personnel,
    "planning": planning,
    "rotation": rotation,
    "appointment": appointment,
    "evaluation": evaluation,
    "regulation": regulation,
}


def create_http_app(
    ledger: Ledger,
    clock: Clock = system_clock,
    tokens: BearerTokens | None = None,
    names: Sequence[str] | None = None,
    observed: Observation | None = None,
) -> FastAPI:
    """The application over a ledger that somebody else opens and closes; of some services, or of all."""
    app = FastAPIOffline(
        title="Cadre Ledger",
        version="1",
        description="Who led what, where and when, as it was known at any moment. Ai lãnh đạo gì, ở đâu, khi nào.",
    )
    app.state.stopping = lambda: False
    install_problem_handlers(app)
    if tokens:
        tokens.guard(app)
    project = ledger.projector.project_pending if ledger.projector else _leave_to_workers
    for name, service in WRITERS.items():
        if not names or name in names:
            app.include_router(service.router(ledger.apps[name], project))
    if not names or "chronicle" in names:
        app.include_router(chronicle.router(ledger.tables, ledger.logs, clock, rulebook()))
    if not names or "portal" in names:
        app.include_router(portal.router(lambda: DEMO_STORY if is_loaded(ledger) else ()))
    app.include_router(
        feeds.router({name: log for name, log in ledger.logs.items() if not names or name in names})
    )
    app.include_router(
        feeds.contract_router(lambda: asyncapi.files([service.topic for service in SERVICES.values()]))
    )
    install_openapi(
        app, [service.topic.proposable for service in SERVICES.values()] + list(chronicle.ANSWERS)
    )
    if names and "portal" in names:
        app.openapi = create_http_app(ledger, clock).openapi  # type: ignore[method-assign]  # it documents all behind the port

    observed = observe_ledger(ledger, names, observed)
    app.include_router(health.router(observed.metrics, observed.readiness))
    app.add_middleware(health.MetricsMiddleware, metrics=observed.metrics, tracing=observed.tracing)
    return app


def _leave_to_workers() -> None:
    """In a cluster, workers project what was recorded, a moment later."""


def serve_http(app: FastAPI, host: str, port: int) -> None:
    """Until a signal ends it; then the caller closes what it opened. Live feeds are told at once, none is waited for.

    SystemExit when the port is taken.
    """
    config = uvicorn.Config(
        app, host, port, log_level="warning", access_log=False, timeout_graceful_shutdown=10
    )
    if logging.getLogger().handlers:  # whoever has set up logs wants these as well
        logging.getLogger("uvicorn").handlers.clear()
        logging.getLogger("uvicorn").propagate = True
    server = uvicorn.Server(config)
    app.state.stopping = lambda: server.should_exit
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # uvicorn raises again what it was stopped by
    with suppress(KeyboardInterrupt):
        server.run()
