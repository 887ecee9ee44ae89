"""All services behind one port: the page, the questions, the proposals, and their documentation without a network."""

import logging
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import uvicorn
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from services.bootstrap.observability import Observation, observe_ledger
from services.bootstrap.services import ROUTERS, SERVICES
from services.chronicle import api as chronicle
from services.portal import api as portal
from services.regulation.application import rulebook
from shared.contract import asyncapi
from shared.core.clock import Clock, system_clock
from shared.http import feeds, health
from shared.http.auth import BearerTokens
from shared.http.problems import install_openapi, install_problem_handlers
from shared.runtime.ledger import Ledger


def create_http_app(
    ledger: Ledger,
    clock: Clock = system_clock,
    tokens: BearerTokens | None = None,
    names: Sequence[str] | None = None,
    observed: Observation | None = None,
    tour: Callable[[], Iterable[tuple[str, str, str]]] = tuple,
) -> FastAPI:
    """The HTTP application of the named services, or of all, over a ledger that the caller opens and closes.

    `tour` lists what the page proposes to look at: (Vietnamese title, English title, address)."""
    app = FastAPIOffline(
        title="Cadre Ledger",
        version="1",
        description="Who led what, where and when, as it was known at any moment. Ai lãnh đạo gì, ở đâu, khi nào.",
    )
    app.state.stopping = lambda: False
    install_problem_handlers(app)
    if tokens:
        tokens.guard(app)
    for name, router in ROUTERS.items():
        if not names or name in names:
            app.include_router(router(ledger.apps[name], ledger.project_pending))
    if not names or "chronicle" in names:
        app.include_router(chronicle.router(ledger.tables, ledger.logs, clock, rulebook()))
    if not names or "portal" in names:
        app.include_router(portal.router(tour))
    app.include_router(
        feeds.create_feed_router(
            {name: log for name, log in ledger.logs.items() if not names or name in names}
        )
    )
    app.include_router(
        feeds.create_contract_router(
            lambda: asyncapi.build_contract_files([service.topic for service in SERVICES.values()])
        )
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
