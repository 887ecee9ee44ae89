"""Questions about rules, what they find, what rests on which document, and what falls due."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.chronicle.api.dependencies import (
    DateRangeParam,
    FactPageParam,
    ListPageParam,
    QueryContext,
    query_route,
    report_uncountable,
    require_actual,
)
from services.chronicle.api.parameters import (
    ID,
    Counted,
    OnBasis,
    RuleId,
    UnitScope,
    Words,
    key,
    text,
)
from services.chronicle.queries.common.counts import Counts, cut_facts
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.decisions import citations
from services.chronicle.queries.decisions.citations import Citation, Task
from services.chronicle.queries.decisions.registers import RegisterLine, list_register
from services.chronicle.queries.planning.planned_share import count_planned_starts
from services.chronicle.queries.rules import conflicts, due_dates, findings, rule_versions
from services.chronicle.queries.rules.conflicts import Conflict
from services.chronicle.queries.rules.due_dates import DutyLine
from services.chronicle.queries.rules.findings import FindingLine
from services.chronicle.queries.rules.rule_versions import RuleLine
from shared.http.problems import JsonResponse, Problem

RESPONSE_TYPES = (
    Answer[RuleLine],
    Answer[FindingLine],
    Answer[Conflict],
    Answer[RegisterLine],
    Answer[Citation],
    Answer[Task],
    Answer[DutyLine],
)


def add(api: APIRouter, context: QueryContext) -> None:
    connect = context.connect
    Times = Annotated[AsOf, Depends(context.when)]  # noqa: N806 - a type, used as one

    @query_route(api, "/rules", "listRules", Answer[RuleLine])
    def list_rules(
        when: Times,
        page: ListPageParam,
        kind: Annotated[str, text("Only rules of this kind. Empty: of every kind.", "CHECK")] = "",
        rule: Annotated[
            str, text("Name of one rule: all its versions. Empty: what is in force.", "RETIRE_AGE")
        ] = "",
    ) -> JsonResponse:
        """List the versions of rules that judge the decisions of a day, or all versions of one rule."""
        with connect() as connection:
            if rule:
                return page.respond(
                    when, rule_versions.list_rule_versions(connection, when, context.shipped, rule)
                )
            return page.respond(
                when, rule_versions.list_rules_in_force(connection, when, context.shipped, kind)
            )

    @query_route(api, "/findings", "listFindings", Answer[FindingLine])
    def list_findings(
        when: Times,
        page: ListPageParam,
        place: UnitScope = "",
        rule: RuleId = "",
        open_: Annotated[
            bool,
            Query(
                alias="open",
                description="Whether to list only what nobody has answered for.",
                examples=[True],
            ),
        ] = False,
    ) -> JsonResponse:
        """List what rules found about stored facts, and who answered for it."""
        with context.connect_for(place) as connection:
            return page.respond(
                when, findings.list_findings(connection, when, unit=place, rule=rule, open_only=open_)
            )

    @query_route(api, "/conflicts", "listConflicts", Answer[Conflict])
    def list_conflicts(
        when: Times, page: ListPageParam, place: UnitScope = "", rule: RuleId = ""
    ) -> JsonResponse:
        """List what breaks a rule on a day, seen over everything. Seats, quotas, caps, kin, terms, locals and pairs
        are checked."""
        with context.connect_for(place) as connection:
            book = context.book(connection, when)
            return page.respond(when, conflicts.list_conflicts(connection, when, book, unit=place, rule=rule))

    @query_route(api, "/decisions/{decision}/facts", "listFactsOfDecision", Answer[Citation])
    def list_facts_of_decision(
        when: Times, page: ListPageParam, decision: Annotated[str, key("Id of a decision document.")]
    ) -> JsonResponse:
        """List every fact that counts and rests on a decision document."""
        with connect() as connection:
            return page.respond(when, citations.list_citations(connection, when, decision))

    @query_route(api, "/decision-register", "listRegisteredDecisions", Answer[RegisterLine])
    def list_registered_decisions(when: Times, page: ListPageParam, q: Words = "") -> JsonResponse:
        """List decision documents with what rests on each. Facts, persons, open findings, doubles and successors."""
        with context.connect_for("") as connection:
            lines = list_register(connection, when, q=q, first=page.first, limit=page.limit + 1)
        return page.respond_part(when, lines)

    @query_route(api, "/decision-gaps", "listDecisionGaps", Answer[Citation])
    def list_decision_gaps(when: Times, page: ListPageParam) -> JsonResponse:
        """List the facts whose decision document is pending."""
        with context.connect_for("") as connection:
            lines = citations.list_undocumented_facts(connection, when, page.first, page.limit + 1)
        return page.respond_part(when, lines)

    @query_route(api, "/tasks", "listTasks", Answer[Task])
    def list_tasks(
        when: Times,
        page: ListPageParam,
        decision: Annotated[str, text("Id of one revoked document. Empty: of all.", ID)] = "",
        state: Annotated[str, text("OPEN: still to do. DONE: corrected since. Empty: both.", "OPEN")] = "",
    ) -> JsonResponse:
        """List what the revocation of decision documents leaves to do."""
        with connect() as connection:
            return page.respond(when, citations.list_revocation_tasks(connection, when, decision, state))

    @query_route(api, "/due", "listDuties", Answer[DutyLine])
    def list_duties(
        when: Times,
        page: ListPageParam,
        place: UnitScope = "",
        months: Annotated[
            int, Query(ge=1, le=120, description="How many months to look ahead.", examples=[12])
        ] = 12,
        kind: Annotated[
            str, text(f"Only this kind: {', '.join(due_dates.KINDS)}. Empty: every kind.", "RETIREMENT")
        ] = "",
    ) -> JsonResponse:
        """List what falls due within some months from a day. Overdue duties that are not done come first."""
        if kind and kind not in due_dates.KINDS:
            raise Problem(
                422,
                "UnknownKind",
                "There is no such kind of duty.",
                "Không có loại việc đến hạn này",
                f"kind={kind[:100]} is none of {', '.join(due_dates.KINDS)}.",
                field="kind",
            )
        with context.connect_for(place) as connection:
            book = context.book(connection, when)
            return page.respond(
                when, due_dates.list_duties(connection, when, book, unit=place, months=months, kind=kind)
            )

    @query_route(api, "/planned-share", "countPlannedAppointments", Counts)
    def count_planned_appointments(
        when: Times,
        page: FactPageParam,
        during: DateRangeParam,
        place: UnitScope = "",
        unit: Counted = "case",
        basis: OnBasis = "actual",
    ) -> JsonResponse:
        """Count how many of those who took up posts between two days were planned for them."""
        with context.connect_for(place) as connection, report_uncountable():
            require_actual(basis)
            return JsonResponse(
                cut_facts(
                    count_planned_starts(
                        connection, when, unit=place, since=during.since, until=during.until, counted=unit
                    ),
                    page,
                )
            )
