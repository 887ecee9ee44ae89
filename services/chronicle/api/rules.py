"""Questions about rules, what they find, what rests on which document, and what falls due."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.chronicle.api.dependencies import (
    DateRangeParam,
    LimitParam,
    QueryContext,
    TextParam,
    UnitParam,
    countable_or_422,
    require_actual_basis,
    respond,
)
from services.chronicle.queries.common.counts import Basis, CountingUnit, Counts
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.decisions import citations
from services.chronicle.queries.decisions.citations import Citation, Task
from services.chronicle.queries.decisions.registers import RegisterLine, decision_register
from services.chronicle.queries.planning.planned_share import planned_share
from services.chronicle.queries.rules import conflicts as checks
from services.chronicle.queries.rules import due_dates as ahead
from services.chronicle.queries.rules import findings as stored
from services.chronicle.queries.rules import rule_versions
from services.chronicle.queries.rules.conflicts import Conflict
from services.chronicle.queries.rules.due_dates import DutyLine
from services.chronicle.queries.rules.findings import FindingLine
from services.chronicle.queries.rules.rule_versions import RuleLine
from shared.http.problems import JsonResponse, response_schema

ANSWERS = (
    Answer[RuleLine],
    Answer[FindingLine],
    Answer[Conflict],
    Answer[RegisterLine],
    Answer[Citation],
    Answer[Task],
    Answer[DutyLine],
)


def add(api: APIRouter, asking: QueryContext) -> None:
    connect = asking.connect
    Asked = Annotated[AsOf, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/rules", responses=response_schema(Answer[RuleLine]))
    def rules(asked: Asked, kind: TextParam = "", rule: TextParam = "") -> JsonResponse:
        """The versions that judge decisions of that day; of one rule, all its versions."""
        with connect() as connection:
            if rule:
                return respond(asked, rule_versions.history(connection, asked, asking.shipped, rule))
            return respond(asked, rule_versions.in_force(connection, asked, asking.shipped, kind))

    @api.get("/findings", responses=response_schema(Answer[FindingLine]))
    def findings(
        asked: Asked,
        place: UnitParam = "",
        rule: TextParam = "",
        open_: Annotated[bool, Query(alias="open")] = False,
    ) -> JsonResponse:
        """What rules found about stored facts; `open=true`: what nobody has answered for."""
        with connect() as connection:
            return respond(asked, stored.findings(connection, asked, unit=place, rule=rule, open_only=open_))

    @api.get("/conflicts", responses=response_schema(Answer[Conflict]))
    def conflicts(asked: Asked, place: UnitParam = "", rule: TextParam = "") -> JsonResponse:
        """What breaks a rule on that day, seen over everything: seats, quotas, caps, kin, terms, locals, pairs."""
        with connect() as connection:
            book = asking.book(connection, asked)
            return respond(asked, checks.conflicts(connection, asked, book, unit=place, rule=rule))

    @api.get("/decisions/{decision}/facts", responses=response_schema(Answer[Citation]))
    def facts_of_decision(asked: Asked, decision: str) -> JsonResponse:
        """Every fact that counts and rests on the document."""
        with connect() as connection:
            return respond(asked, citations.citing(connection, asked, decision))

    @api.get("/decision-register", responses=response_schema(Answer[RegisterLine]))
    def register(asked: Asked, q: TextParam = "", limit: LimitParam = 200) -> JsonResponse:
        """Documents with what rests on each: facts, persons, open findings; doubles and successors."""
        with connect() as connection:
            return respond(asked, decision_register(connection, asked, q=q, limit=limit))

    @api.get("/decision-gaps", responses=response_schema(Answer[Citation]))
    def decision_gaps(asked: Asked, limit: LimitParam = 200) -> JsonResponse:
        """Facts whose document is pending."""
        with connect() as connection:
            return respond(asked, citations.gaps(connection, asked, limit))

    @api.get("/tasks", responses=response_schema(Answer[Task]))
    def tasks(asked: Asked, decision: TextParam = "", state: TextParam = "") -> JsonResponse:
        """What the revocation of documents leaves to do: `state=OPEN`, or `DONE` where it was corrected since."""
        with connect() as connection:
            return respond(asked, citations.tasks(connection, asked, decision, state))

    @api.get("/due", responses=response_schema(Answer[DutyLine]))
    def due(
        asked: Asked,
        place: UnitParam = "",
        months: Annotated[int, Query(ge=1, le=120)] = 12,
        kind: TextParam = "",
    ) -> JsonResponse:
        """What falls due within so many months from the day asked for; overdue duties that still wait come first."""
        with connect() as connection:
            book = asking.book(connection, asked)
            return respond(asked, ahead.duties(connection, asked, book, unit=place, months=months, kind=kind))

    @api.get("/planned-share", responses=response_schema(Counts))
    def share_of_the_planned(
        asked: Asked,
        during: DateRangeParam,
        place: UnitParam = "",
        unit: CountingUnit = "case",
        basis: Basis = "actual",
    ) -> JsonResponse:
        """Of those who took up posts between two days: how many were planned for them."""
        with connect() as connection, countable_or_422():
            require_actual_basis(basis)
            found = planned_share(
                connection, asked, unit=place, since=during.since, until=during.until, counting=unit
            )
        return JsonResponse(found)
