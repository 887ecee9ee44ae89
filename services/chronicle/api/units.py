"""Questions about units, posts, terms and documents, any fact, and the labels."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query

from services.appointment import events as appointment
from services.chronicle.api.dependencies import (
    ListPageParam,
    QueryContext,
    decode_cursor,
    encode_cursor,
    list_response,
    parse_day,
    query_route,
    require_found,
)
from services.chronicle.api.parameters import (
    DATE,
    ID,
    Cursor,
    Limit,
    OptionalDay,
    UnitId,
    Words,
    key,
    text,
)
from services.chronicle.queries.common.names import Name, find_names, iterate_texts
from services.chronicle.queries.common.responses import Answer, AsOf
from services.chronicle.queries.common.search import Hit, search
from services.chronicle.queries.contradictions import kinds
from services.chronicle.queries.decisions import documents
from services.chronicle.queries.tenures import histories
from services.chronicle.queries.tenures.histories import TermLine
from services.chronicle.queries.units import differences, unit_history
from services.chronicle.queries.units.differences import Difference
from services.chronicle.queries.units.org_chart import UnitNode, read_org_chart_page
from services.chronicle.queries.units.unit_history import Lineage, UnitLine
from services.evaluation import events as evaluation
from services.organization import events as organization
from services.personnel import events as personnel
from services.planning import events as planning
from services.regulation import events as regulation
from services.rotation import events as rotation
from shared.core.facts import Corrected, Recorded
from shared.core.localized_enum import LocalizedEnum
from shared.core.partial_dates import BY_NOW, LAST_DAY, earliest
from shared.core.text import split_list
from shared.http.problems import JsonResponse, Problem
from shared.http.token_classes import current_reader

AnyFact = (
    organization.OrganizationFact
    | personnel.PersonnelFact
    | planning.PlanningFact
    | rotation.RotationFact
    | appointment.AppointmentFact
    | evaluation.EvaluationFact
    | regulation.RegulationFact
    | Corrected
)
MODULES = (organization, personnel, planning, rotation, appointment, regulation, evaluation, kinds)


class Label(msgspec.Struct, frozen=True):
    """How people read a value."""

    vi: str
    """In Vietnamese."""
    en: str
    """In English."""


class CorrectedFact(Recorded[AnyFact], frozen=True, kw_only=True):
    """A recorded fact as it was first recorded, and every correction of it."""

    corrections: list[Recorded[Corrected]]
    """Every correction of it, oldest first."""
    names: dict[str, Name]
    """What the ids in the fact and its corrections name, by id."""
    rules: dict[str, Label]
    """The rules of its findings in words, by their names."""


MAX_NAMES = 100
"""Ids that one question may name."""
RESPONSE_TYPES = (
    Answer[UnitNode],
    Answer[UnitLine],
    Answer[TermLine],
    Answer[Difference],
    Answer[Hit],
    Answer[documents.DecisionLine],
    Lineage,
    CorrectedFact,
    Label,
    Name,
)


def add(api: APIRouter, context: QueryContext) -> None:
    connect, unions = context.connect, context.unions
    Times = Annotated[AsOf, Depends(context.when)]  # noqa: N806 - a type, used as one

    @query_route(
        api,
        "/org-chart",
        "getOrgChart",
        Answer[UnitNode],
        missing="No unit with this id existed on that day.",
    )
    def get_org_chart(
        when: Times,
        page: ListPageParam,
        unit: UnitId,
        depth: Annotated[
            int, Query(ge=0, le=32, description="How many levels below the unit.", examples=[2])
        ] = 1,
    ) -> JsonResponse:
        """Show who held every post of a unit, and of the units below it, on a day. Units come top down, in pages."""
        with connect() as connection:
            nodes = read_org_chart_page(connection, unit, when, depth, page.first, page.limit)
        if not nodes and not page.first:
            raise Problem(
                404,
                "NotFound",
                "No such unit existed on that day.",
                "Không có đơn vị này vào ngày đó",
                f"{unit} on {when.as_of}; /units/{unit}/versions shows when it existed",
            )
        return page.respond_part(when, nodes)

    @query_route(api, "/units", "listUnits", Answer[UnitLine])
    def list_units(
        when: Times,
        parent: Annotated[
            str, text("Id of the unit directly above; `root`: those under none. Empty: all.", "root")
        ] = "",
        q: Words = "",
        level: Annotated[str, text("Only units of this level. Empty: of every level.", "COMMUNE")] = "",
        scheme: Annotated[str, text("Only units that have a code of this scheme. Empty: all.", "gso")] = "",
        cursor: Cursor = "",
        limit: Limit = 200,
    ) -> JsonResponse:
        """List the units that exist on a day, by name, in pages."""
        after = decode_cursor(cursor)
        with connect() as connection:
            lines = unit_history.list_units(
                connection, when, parent=parent, q=q, level=level, scheme=scheme, after=after, limit=limit
            )
        next_ = encode_cursor(lines[-1].name, lines[-1].unit) if len(lines) == limit else ""
        return list_response(when, lines, next_)

    @query_route(
        api,
        "/units/{unit}/versions",
        "listUnitVersions",
        Answer[UnitLine],
        missing="No unit has this id.",
    )
    def list_unit_versions(
        when: Times, page: ListPageParam, unit: Annotated[str, key("Id of a unit.")]
    ) -> JsonResponse:
        """List every name, kind and parent that a unit has had."""
        with connect() as connection:
            return page.respond(
                when, require_found(unit_history.list_unit_versions(connection, unit, when), unit)
            )

    @query_route(api, "/lineage", "getLineage", Lineage)
    def get_lineage(when: Times, unit: UnitId) -> JsonResponse:
        """Show where a unit's territory and tasks came from and where they went, through all reorganisations."""
        with connect() as connection:
            return JsonResponse(unit_history.trace_lineage(connection, unit, when))

    @query_route(api, "/holders", "listHolders", Answer[TermLine])
    def list_holders(
        when: Times,
        page: ListPageParam,
        unit: Annotated[str, text("Id of a unit. Empty: that of the post.", ID)] = "",
        post: Annotated[str, text("Id of a post. Empty: every post of the unit.", ID)] = "",
    ) -> JsonResponse:
        """List who holds the posts of a unit, or one post, on a day. One of the two ids is needed."""
        if not (unit or post):
            raise Problem(
                422, "BadParameter", "Say of which unit or post.", "Cần nêu đơn vị hoặc chức vụ", field="unit"
            )
        with connect() as connection:
            return page.respond(when, histories.list_holders(connection, when, unit, post))

    @query_route(api, "/term-history", "listTerms", Answer[TermLine])
    def list_terms(
        when: Times,
        page: ListPageParam,
        cadre: Annotated[str, text("Id of a cadre.", ID)] = "",
        post: Annotated[str, text("Id of a post.", ID)] = "",
        unit: Annotated[str, text("Id of a unit.", ID)] = "",
    ) -> JsonResponse:
        """List all terms ever of a cadre, of a post or in a unit. Exactly one of the three ids is needed."""
        given = {"cadre": cadre, "post": post, "unit": unit}
        chosen = [(name, id_) for name, id_ in given.items() if id_]
        if len(chosen) != 1:
            raise Problem(
                422,
                "BadParameter",
                "Give one of cadre, post, unit.",
                "Cần đúng một trong cadre, post, unit",
                field="cadre",
            )
        with connect() as connection:
            return page.respond(when, histories.list_terms(connection, *chosen[0], when))

    @query_route(api, "/who-held", "findHolders", Answer[TermLine])
    def find_holders(
        when: Times,
        page: ListPageParam,
        title: Annotated[str, text("Words of the title of the post, tone marks or not.", "chu tich")],
        place: Annotated[str, text("Words of the name of the unit, tone marks or not.", "Bac Giang")],
        date: Annotated[
            OptionalDay,
            Query(description="The day, in place of `as_of`.", examples=["2020-06-30"]),
        ] = None,
    ) -> JsonResponse:
        """Find who held a title in a unit on a day, by words. All units and posts of that name count."""
        on = AsOf(parse_day("date", date), when.known_at) if date else when
        with context.connect_for(place) as connection:
            return page.respond(on, histories.find_holders(connection, title, place, on))

    @query_route(api, "/diff", "compareDays", Answer[Difference])
    def compare_days(
        when: Times,
        page: ListPageParam,
        unit: UnitId,
        from_: Annotated[
            str,
            Query(
                alias="from",
                max_length=20,
                description="The first of the two days.",
                examples=["2024-12-31"],
                json_schema_extra=DATE,
            ),
        ],
        to: Annotated[
            str,
            Query(
                max_length=20,
                description="The second of the two days.",
                examples=["2025-12-31"],
                json_schema_extra=DATE,
            ),
        ],
    ) -> JsonResponse:
        """List what differs in a unit and below it between two days: units, posts and their holders."""
        before, after = (
            AsOf(parse_day(name, day), when.known_at) for name, day in (("from", from_), ("to", to))
        )
        with connect() as connection:
            return page.respond(after, differences.compare_org_charts(connection, unit, before, after))

    @query_route(api, "/search", "searchNames", Answer[Hit])
    def search_names(
        when: Times,
        page: ListPageParam,
        q: Annotated[str, text("Words to find; case and tone marks do not matter.", "nguyen van an")],
        most: Annotated[
            int | None,
            Query(
                ge=1,
                le=1000,
                description="At most so many people, units and posts each. Left out: all.",
                examples=[20],
            ),
        ] = None,
    ) -> JsonResponse:
        """Search people, units and posts by name, those that are no more included. First people, then units, then
        posts, each with exact matches first."""
        with connect() as connection:
            hits = search(connection, q, when, most, upto=page.first + page.limit + 1)
        return page.respond_part(when, hits[page.first :])

    @query_route(api, "/decisions", "listDecisions", Answer[documents.DecisionLine])
    def list_decisions(when: Times, page: ListPageParam, q: Words = "") -> JsonResponse:
        """List the register of decision documents, newest first. Each says whether it is in force on the day."""
        with connect() as connection:
            lines = documents.list_decisions(connection, when, q=q, first=page.first, limit=page.limit + 1)
        return page.respond_part(when, lines)

    @query_route(
        api,
        "/decisions/{decision}",
        "getDecision",
        documents.DecisionLine,
        missing="No decision document has this id.",
    )
    def get_decision(
        when: Times, decision: Annotated[str, key("Id of a decision document.")]
    ) -> JsonResponse:
        """Show one decision document, and whether it is in force on the day."""
        with connect() as connection:
            return JsonResponse(
                require_found(documents.list_decisions(connection, when, id_=decision), decision)[0]
            )

    @query_route(
        api,
        "/facts/{topic}/{stream}/{event_id}",
        "getFact",
        CorrectedFact,
        missing="There is no such fact.",
        refused=(503,),
    )
    def get_fact(
        topic: Annotated[str, key("Name of the service that recorded it.", "appointment")],
        stream: Annotated[str, key("Id of what the fact is about.")],
        event_id: Annotated[str, key("Id of the fact.")],
    ) -> JsonResponse:
        """Show one fact as it was first recorded, with every correction of it."""
        reader = current_reader()
        events = reader.keep_visible(unions[topic].load_stream(stream) if topic in unions else [])
        fact = require_found([event for event in events if event.event_id == event_id], event_id)[0]
        corrections = [
            event for event in events if isinstance(event.fact, Corrected) and event.fact.target == event_id
        ]
        fields = {name: getattr(fact, name) for name in Recorded.__struct_fields__}
        texts = iterate_texts(
            [stream, *(reader.mask(msgspec.to_builtins(event.fact)) for event in (fact, *corrections))]
        )
        day = earliest(fact.fact.effective_from)
        with connect() as connection:
            book = context.book(connection, AsOf(day, BY_NOW))
            names = find_names(connection, texts, LAST_DAY, BY_NOW)
            names |= find_names(connection, names, day, BY_NOW)
        versions = {each.rule: book.version(each.rule, day) for each in fact.fact.findings}
        rules = {name: Label(found.title_vi, found.title_en) for name, found in versions.items() if found}
        return JsonResponse(CorrectedFact(**fields, corrections=corrections, names=names, rules=rules))

    @query_route(api, "/names", "findNames", dict[str, Name])
    def find_names_of_ids(
        when: Times,
        ids: Annotated[
            str,
            Query(
                max_length=7000, description=f"Ids, with commas between; at most {MAX_NAMES}.", examples=[ID]
            ),
        ],
    ) -> JsonResponse:
        """Find what ids name: cadres, units, posts, planning lists and decision documents. An id that names nothing, as
        far as was known, is left out."""
        wanted = split_list(ids)
        if len(wanted) > MAX_NAMES:
            raise Problem(
                422,
                "TooMany",
                f"At most {MAX_NAMES} ids can be asked for at once.",
                f"Mỗi lần chỉ hỏi được tối đa {MAX_NAMES} mã",
                field="ids",
            )
        with connect() as connection:
            return JsonResponse(find_names(connection, wanted, LAST_DAY, when.known_at))

    @query_route(api, "/labels", "listLabels", dict[str, dict[str, Label]], refused=())
    def list_labels() -> JsonResponse:
        """List how people read the values of every enumeration, in Vietnamese and English."""
        return JsonResponse(
            {
                name: {each.value: Label(each.vi, each.en) for each in kind}
                for module in MODULES
                for name, kind in vars(module).items()
                if isinstance(kind, type) and issubclass(kind, LocalizedEnum) and kind is not LocalizedEnum
            }
        )
