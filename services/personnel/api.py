"""Personnel over HTTP: a proposed fact is the request's body. The national id is looked up by a keyed hash only."""

from collections.abc import Callable

from fastapi import APIRouter
from msgspec.structs import replace

from services.personnel.events import PersonnelFact, Registered
from shared.application import AnyApplication
from shared.proposals import facts_router


def router(app: AnyApplication, settle: Callable[[], object]) -> APIRouter:
    def complete(stream: str, fact: PersonnelFact) -> PersonnelFact:
        if isinstance(fact, Registered) and fact.national_id:
            return replace(fact, identity=app.log.keys.digest(fact.national_id.strip()))
        return fact

    return facts_router(app, "personnel", settle, complete)
