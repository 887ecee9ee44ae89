"""Questions about rules, what they find, what rests on which document, and what falls due."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.chronicle.api.asking import Asking, During, Limit, Place, Text, answer, countable, only_done
from services.chronicle.queries import citations, rulings
from services.chronicle.queries import conflicts as checks
from services.chronicle.queries import duties as ahead
from services.chronicle.queries import findings as stored
from services.chronicle.queries.answers import Answer, When
from services.chronicle.queries.citations import Citation, Task
from services.chronicle.queries.conflicts import Conflict
from services.chronicle.queries.counts import Basis, CountingUnit, Counts
from services.chronicle.queries.duties import DutyLine
from services.chronicle.queries.findings import FindingLine
from services.chronicle.queries.planned_share import planned_share
from services.chronicle.queries.registers import RegisterLine, decision_register
from services.chronicle.queries.rulings import RuleLine
from shared.http import Json, shows

ANSWERS = (
    Answer[RuleLine],
    Answer[FindingLine],
    Answer[Conflict],
    Answer[RegisterLine],
    Answer[Citation],
    Answer[Task],
    Answer[DutyLine],
)


def add(api: APIRouter, asking: Asking) -> None:
    connect = asking.connect
    Asked = Annotated[When, Depends(asking.when)]  # noqa: N806 - a type, used as one

    @api.get("/rules", responses=shows(Answer[RuleLine]))
    def rules(asked: Asked, kind: Text = "", rule: Text = "") -> Json:
        """The versions that judge decisions of that day; of one rule, all its versions."""
        with connect() as connection:
            if rule:
                return answer(asked, rulings.history(connection, asked, asking.shipped, rule))
            return answer(asked, rulings.in_force(connection, asked, asking.shipped, kind))

    @api.get("/findings", responses=shows(Answer[FindingLine]))
    def findings(
        asked: Asked, place: Place = "", rule: Text = "", open_: Annotated[bool, Query(alias="open")] = False
    ) -> Json:
        """What rules found about stored facts; `open=true`: what nobody has answered for."""
        with connect() as connection:
            return answer(asked, stored.findings(connection, asked, unit=place, rule=rule, open_only=open_))

    @api.get("/conflicts", responses=shows(Answer[Conflict]))
    def conflicts(asked: Asked, place: Place = "", rule: Text = "") -> Json:
        """What breaks a rule on that day, seen over everything: seats, quotas, caps, kin, terms, locals, pairs."""
        with connect() as connection:
            book = asking.book(connection, asked)
            return answer(asked, checks.conflicts(connection, asked, book, unit=place, rule=rule))

    @api.get("/decisions/{decision}/facts", responses=shows(Answer[Citation]))
    def facts_of_decision(asked: Asked, decision: str) -> Json:
        """Every fact that counts and rests on the document."""
        with connect() as connection:
            return answer(asked, citations.citing(connection, asked, decision))

    @api.get("/decision-register", responses=shows(Answer[RegisterLine]))
    def register(asked: Asked, q: Text = "", limit: Limit = 200) -> Json:
        """Documents with what rests on each: facts, persons, open findings; doubles and successors."""
        with connect() as connection:
            return answer(asked, decision_register(connection, asked, q=q, limit=limit))

    @api.get("/decision-gaps", responses=shows(Answer[Citation]))
    def decision_gaps(asked: Asked, limit: Limit = 200) -> Json:
        """Facts whose document is pending."""
        with connect() as connection:
            return answer(asked, citations.gaps(connection, asked, limit))

    @api.get("/tasks", responses=shows(Answer[Task]))
    def tasks(asked: Asked, decision: Text = "", state: Text = "") -> Json:
        """What the revocation of documents leaves to do: `state=OPEN`, or `DONE` where it was corrected since."""
        with connect() as connection:
            return answer(asked, citations.tasks(connection, asked, decision, state))

    @api.get("/due", responses=shows(Answer[DutyLine]))
    def due(
        asked: Asked, place: Place = "", months: Annotated[int, Query(ge=1, le=120)] = 12, kind: Text = ""
    ) -> Json:
        """What falls due within so many months from the day asked for; overdue duties that still wait come first."""
        with connect() as connection:
            book = asking.book(connection, asked)
            return answer(asked, ahead.duties(connection, asked, book, unit=place, months=months, kind=kind))

    @api.get("/planned-share", responses=shows(Counts))
    def share_of_the_planned(
        asked: Asked,
        during: During,
        place: Place = "",
        unit: CountingUnit = "case",
        basis: Basis = "actual",
    ) -> Json:
        """Of those who took up posts between two days: how many were planned for them."""
        with connect() as connection, countable():
            only_done(basis)
            found = planned_share(
                connection, asked, unit=place, since=during.since, until=during.until, counting=unit
            )
        return Json(found)
