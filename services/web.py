"""All services behind one port: the page, the questions, the proposals, and their documentation without a network."""

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from services.appointment import api as appointment
from services.chronicle import api as chronicle
from services.composition import SERVICES
from services.organization import api as organization
from services.personnel import api as personnel
from services.portal import api as portal
from services.regulation import api as regulation
from shared.clock import Clock, system_clock
from shared.http import Json, documented, problems
from shared.runtime.embedded import Embedded

WRITERS = {
    "organization": organization,
    "personnel": personnel,
    "appointment": appointment,
    "regulation": regulation,
}


def web(ledger: Embedded, clock: Clock = system_clock) -> FastAPI:
    """The application over a ledger that somebody else opens and closes."""
    app = FastAPIOffline(
        title="Cadre Ledger",
        version="1",
        description="Who led what, where and when, as it was known at any moment. Ai lãnh đạo gì, ở đâu, khi nào.",
    )
    problems(app)
    for name, service in WRITERS.items():
        app.include_router(service.router(ledger.apps[name], ledger.settle))
    app.include_router(chronicle.router(ledger.tables, ledger.logs, clock))
    app.include_router(portal.router())
    documented(app, [service.topic.proposable for service in SERVICES.values()] + list(chronicle.ANSWERS))

    @app.get("/health", tags=["operation"])
    def health() -> Json:
        """Positions of the logs, and whether this process can read them."""
        return Json(
            {"status": "ok", "positions": {name: log.position() for name, log in ledger.logs.items()}}
        )

    return app
