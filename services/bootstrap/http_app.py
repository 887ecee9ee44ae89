"""The HTTP application of all services: the page, reading, writing, feeds, and documentation without a network."""

import logging
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

import uvicorn
from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline

from services.bootstrap.observability import Observation, observe_ledger
from services.bootstrap.served_ledger import ServedLedger
from services.bootstrap.services import SERVICES, load_apis, routed_services
from services.bootstrap.site_views import open_site_views
from services.bootstrap.sync_metrics import sync_metrics
from services.bootstrap.write_guard import WriteGuard
from services.chronicle import api as chronicle
from services.identity import routes as identity_routes
from services.identity.access.identity_access import IdentityAccess
from services.identity.access_control import AccessControl
from services.identity.access_record import routes as access_routes
from services.identity.access_record.middleware import RecordedAccess
from services.identity.access_record.questions import takes_out
from services.identity.oidc import routes as oidc_routes
from services.identity.oidc.accounts import ProviderAccounts
from services.identity.policy import Policy
from services.identity.rate_limits import limit_requests
from services.portal import api as portal
from services.regulation.application import rulebook
from services.sync.exchange import http_routes as sync_routes
from services.sync.exchange.site_exchange import SiteExchange
from shared.commands.consequences import CorrectionPlan, CorrectionProgress
from shared.contract import asyncapi
from shared.contract.cloudevents import CloudEvent
from shared.contract.counting_notices import NO_NOTICES, CountingNotices
from shared.core.clock import Clock, system_clock
from shared.http import feeds, health, openapi
from shared.http.auth import BearerTokens, is_open, require_token
from shared.http.browser_guard import AnswerHeaders, BrowserGuard, GuardedRequests
from shared.http.event_routes import Receipt
from shared.http.limits import limit_reader
from shared.http.positions import wait_for_positions
from shared.http.problems import install_problem_handlers
from shared.http.request_target import CheckedTargets
from shared.http.token_classes import SealedFields, SecretIds
from shared.http.tracing import install_tracing
from shared.operations.instrumentation import gauge
from shared.replica.store.foreign import StoredForeignEvents
from shared.runtime.cluster_foreign import ClusterForeignEvents
from shared.runtime.ledger import Ledger

DESCRIPTION = """Who led what, where and when, as it was known at any moment. Ai lãnh đạo gì, ở đâu, khi nào.

**Writing.** Every fact has a route of its own. One that starts something new (`POST /personnel/registered`) answers
with its id; all others name what they are about (`POST /appointment/{cadre_id}/appointed`). `POST /{service}` and
`POST /{service}/{stream}` take any fact of the service, told apart by `type`. Send the ETag that was read as If-Match,
and an Idempotency-Key, so that a repeated request is recorded once.

**Reading.** Every question takes `as_of`, the day it is about, and `known_at`, the moment up to which facts count.
Every answer says the `known_at` it was given for: asked again with it, it stays the same for ever.

**Signing in.** Where there are accounts, a request brings the cookie of a session or a token: each operation says which
it takes. Programs send `Authorization: Bearer …`; what a session changes needs an Origin, as browsers send it.

**Several sites.** `view=recorded` and `seen_by` ask since when a fact was known elsewhere; `site` keeps to what some
sites recorded. In a ledger that belongs to a tree, an object that answers says beside its own fields `heard`, how far
each other site was heard (`site`, `until`, `state`); of another view `view` or `seen_by`, and `provisional`, the sites
of which more may come.

**Scope.** Whoever may read one part of the tree is answered as if there were no other, and an answer says beside its
own fields `within`, the units whose subtrees it knows of, and `within_managed_by`, the bodies whose managed persons.
Whoever has access in an emergency is answered of the whole, with `emergency_until` in their place.

**Your own writes.** A receipt carries the header Cadre-Position. Send it back with any later request, and the answer
includes what you wrote; in a cluster that may take a moment.

**Dates.** A partial date is 2025-06-30, 2025-06, 2025, ..2025-06-30 (on or before), ~1995 (about), or empty: unknown.

**Refusals** are application/problem+json with a `rule` that does not change. Where a path has no such method, the
answer is 405 and the header Allow names those it has."""
ANSWER_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""Of every answer that does not say otherwise: answers are about persons, and no other page may show or keep them."""
OPEN_GUARD = BrowserGuard()
"""Serves any host and asks for no token of its own; pages of other origins are refused all the same."""
TAGS = [
    *({"name": name, "description": service_api.about} for name, service_api in load_apis().items()),
    {"name": "chronicle", "description": "Questions about any day, as known at any moment."},
    {"name": "exchange", "description": "How this site stands with those that it exchanges facts with."},
    {"name": "feeds", "description": "The recorded facts for other programs: in pages, or live."},
    {"name": "identity", "description": "Who signs in, what they may do, and who looked at what."},
    {"name": "operation", "description": "Whether a process is well, and its numbers."},
]


def create_http_app(
    ledger: Ledger,
    clock: Clock = system_clock,
    tokens: BearerTokens | None = None,
    names: Sequence[str] | None = None,
    observed: Observation | None = None,
    tour: Callable[[], Iterable[tuple[str, str, str]]] = tuple,
    guard: BrowserGuard = OPEN_GUARD,
    exchange: SiteExchange | None = None,
    identity: IdentityAccess | None = None,
    control: AccessControl | None = None,
) -> FastAPI:
    """The HTTP application of the named services, or of all, over a ledger that the caller opens and closes.

    `guard`: which hosts are served, and what browsers must bring. `tour` lists what the page proposes to look at:
    (Vietnamese title, English title, address). `exchange`: where this site takes messages of others. `identity`: how
    persons sign in; None: nobody does. `control`: what limits and records their access."""
    sealed = SealedFields.of(service.topic for service in SERVICES.values())
    find_secret = SecretIds if names and set(names) == {"portal"} else chronicle.secret_ids(ledger.tables)
    policy = Policy.load()
    find_scoped = chronicle.scoped_ids(ledger.tables, clock)
    find_known = chronicle.known_ids(ledger.tables)
    for writing in ledger.apps.values():
        writing.guard = WriteGuard(policy, ledger.tables, clock)
    app = FastAPIOffline(
        title="Cadre Ledger",
        version="1",
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_tags=TAGS,
        dependencies=[
            Depends(
                require_token(tokens, sealed, find_secret, identity.authentication if identity else None)
            ),
            *([Depends(limit_requests(control.limits))] if control else []),
            Depends(limit_reader(policy, find_scoped, clock, sealed, find_secret, takes_out, find_known)),
        ],
        generate_unique_id_function=openapi.operation_id,
    )
    app.state.stopping = lambda: False
    app.state.behind_gateway = tokens is not None
    install_problem_handlers(app)
    project = ledger.projector.project_recorded if ledger.projector else _leave_to_workers
    own_writes = [Depends(wait_for_positions(ledger.progress))]
    views = open_site_views(ledger)
    for name, service_api in load_apis().items():
        if not names or name in names:
            service_api.router(ledger.apps[name], project).add_to(app, own_writes)
    if not names or "chronicle" in names:
        questions = chronicle.router(
            ledger.tables, ledger.logs, clock, ledger.watermark, rulebook(), ledger.foreign, views
        )
        questions.add_to(app, own_writes, openapi.document_refusals(503))
    if not names or "portal" in names:
        portal.router(tour).add_to(app)
    if not names or "sync" in names:
        sync_routes.create_sync_router(exchange).add_to(app)
    if not names or "identity" in names:
        _add_identity_routes(app, clock, identity, control)
    feeds.create_feed_router(
        {name: log for name, log in ledger.logs.items() if not names or name in names},
        notices=find_notices(ledger),
    ).add_to(app)
    feeds.create_contract_router(
        lambda: asyncapi.build_contract_files([service.topic for service in SERVICES.values()])
    ).add_to(app)
    answers = [
        Receipt,
        CorrectionPlan,
        CorrectionProgress,
        CloudEvent,
        health.Health,
        health.Ready,
        *chronicle.RESPONSE_TYPES,
        *sync_routes.RESPONSE_TYPES,
        *identity_routes.BODY_TYPES,
        *access_routes.BODY_TYPES,
        *oidc_routes.RESPONSE_TYPES,
    ]
    openapi.customize_openapi(app, answers, [service.topic for service in SERVICES.values()], is_open)
    if names and "portal" in names:  # it documents everything behind the port
        app.openapi = lambda: create_http_app(ledger, clock).openapi()  # type: ignore[method-assign]  # the way FastAPI documents

    observed = observe_ledger(ledger, names, observed)
    if not names or "chronicle" in names:

        def silent() -> dict[str, int]:
            heard = views.find_heard(clock(), None)
            return {each.site: int(each.state == "silent") for each in heard}

        observed.metrics.add(
            gauge("cadre_sync_silent", "1: nothing came of a site for longer than agreed.", "origin", silent)
        )
    if exchange:
        observed.metrics.add(*sync_metrics(exchange.read_status))
    health.create_health_router(observed.metrics, observed.readiness).add_to(app)
    if control:
        app.add_middleware(RecordedAccess, recorder=control.recorder, find_known=find_known)
    app.add_middleware(CheckedTargets, services=routed_services())
    app.add_middleware(GuardedRequests, guard=guard)
    app.add_middleware(AnswerHeaders, headers=ANSWER_HEADERS)
    app.add_middleware(health.MetricsMiddleware, metrics=observed.metrics)
    install_tracing(app, observed.tracing)
    return app


def _add_identity_routes(
    app: FastAPI, clock: Clock, identity: IdentityAccess | None, control: AccessControl | None
) -> None:
    """The same routes in every process, so that the document is the same; what is not configured refuses."""
    identity_routes.add_identity_routes(app, identity)
    access_routes.create_access_router(control, identity.clock if identity else clock).add_to(app)
    if identity and control and control.providers:
        accounts = ProviderAccounts(identity)
        elsewhere = oidc_routes.create_oidc_router(
            control.providers, control.connections, accounts, control.now
        )
    else:
        elsewhere = oidc_routes.create_oidc_router()
    elsewhere.add_to(app)


def find_notices(ledger: Ledger) -> CountingNotices:
    """What was said about facts that ceased to count; nothing at a site that belongs to no tree."""
    foreign = ledger.foreign
    return foreign.notices if isinstance(foreign, StoredForeignEvents | ClusterForeignEvents) else NO_NOTICES


def _leave_to_workers() -> None:
    """In a cluster, workers project what was recorded, a moment later."""


def serve_http(app: FastAPI | ServedLedger, host: str, port: int) -> None:
    """Serve until a signal ends the process. Live feeds end at once; what the caller opened, it closes afterwards.

    SystemExit when the port is taken.
    """
    config = uvicorn.Config(
        app, host, port, log_level="warning", access_log=False, timeout_graceful_shutdown=10, ws="none"
    )
    if logging.getLogger().handlers:  # where logs are set up, uvicorn's go there too
        logging.getLogger("uvicorn").handlers.clear()
        logging.getLogger("uvicorn").propagate = True
    server = uvicorn.Server(config)
    app.state.stopping = lambda: server.should_exit
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # uvicorn raises again what it was stopped by
    with suppress(KeyboardInterrupt):
        server.run()
