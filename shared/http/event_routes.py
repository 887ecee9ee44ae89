"""Proposing facts over HTTP: versions by ETag and If-Match, repeats by Idempotency-Key, corrections.

Every fact has a route of its own, made from its class: `POST /{service}/{fact}` starts a stream and gives it an id,
`POST /{service}/{subject_id}/{fact}` adds to one. `POST /{service}` and `POST /{service}/{stream}` take any fact of the
service, as its `type` says.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote

import msgspec
from fastapi import Path, Query

from shared.commands.command_handler import AnyApplication, CommandResult, Origin
from shared.commands.consequences import CorrectionPlan, CorrectionProgress
from shared.core.clock import new_id
from shared.core.corrections import UnknownFact
from shared.core.facts import Corrected, Fact, Recorded
from shared.core.identifiers import check_id, is_id
from shared.eventlog.union import UnionHistory, UnionVersion, version_of
from shared.http.json_schemas import PROPOSED, REFERENCE, Schema, one_of, recorded_schema_name, schema_of
from shared.http.openapi import document_refusals, first_sentence
from shared.http.positions import POSITION_HEADER, SeenPositions, format_positions, parse_positions
from shared.http.problems import JsonResponse, Problem, response_schema
from shared.http.request_body import JSON, Body, parse_fact
from shared.http.request_headers import NOT_SAID, Caller, Expected
from shared.http.route_list import RouteList
from shared.http.token_classes import current_reader


@dataclass(frozen=True)
class Subject:
    """What facts are about, by the name of its kind; its id is the stream.

    `opened_by` are the facts that start one, whose routes give it its id; `facts` those about one that has an id.
    """

    name: str
    about: str
    """What the id names, for the documentation of the path parameter."""
    opened_by: tuple[type[Fact], ...] = ()
    facts: tuple[type[Fact], ...] = ()

    @property
    def parameter(self) -> str:
        return f"{self.name}_id"


class Receipt(msgspec.Struct, frozen=True):
    """The facts are recorded."""

    stream: str
    """Id of what the facts are about; of a new thing, its new id."""
    version: int
    """How many facts the stream has now; also the ETag."""
    facts: tuple[str, ...]
    """The recorded facts as `topic/stream/event_id`, to be read at `/facts/` and this. Empty: it was so already."""


STREAM = "Id of what the fact is about."
BODY = "Fields that are not listed are refused; one that is left out has its default."
ANY_NEW = "Record the first fact of something new, of any kind that this service knows; `type` says which."
ANY = "Record a fact of any kind that this service knows; `type` says which."
STARTS = "It starts a new stream, whose id is in the answer: the same id for the same Idempotency-Key."
GROWS = "Where facts of this stream are recorded already, If-Match must say which version was read."
STARTING = (409, 412, 413, 415, 422, 503)
ADDING = (409, 412, 413, 415, 422, 428, 503)
"""How a fact can be refused: the first of a stream, and a further one."""
_RECORDED: Schema = {
    "description": "The facts are recorded.",
    "headers": {
        "ETag": {"description": "The version of the stream.", "schema": {"type": "string"}},
        "Location": {"description": "Where the facts of the stream are read.", "schema": {"type": "string"}},
        POSITION_HEADER: {
            "description": "Send it with later requests, so that their answers include these facts. What was sent with "
            "this request is in it too.",
            "schema": {"type": "string"},
        },
    },
    "content": {
        JSON: {
            "schema": schema_of(Receipt),
            "example": {
                "stream": "0197c3a1-7b1e-7c44-8d0a-3f5b2c6d7e8f",
                "version": 1,
                "facts": [
                    "appointment/0197c3a1-7b1e-7c44-8d0a-3f5b2c6d7e8f/0197c3a1-7b20-7d11-9f3c-5a6b7c8d9e0f"
                ],
            },
        }
    },
}


def event_router(
    app: AnyApplication,
    prefix: str,
    project_pending: Callable[[], object],
    complete: Callable[[str, Any], Any] = lambda stream, fact: fact,
    subjects: Sequence[Subject] = (),
) -> RouteList:
    """What every writing service offers: propose a fact, read a stream's facts, correct one of them.

    A new thing gets its id here, the same id for the same Idempotency-Key; changing one that exists needs If-Match (428
    without). Facts that no subject names have a route under `stream_id`.
    """
    topic = app.log.topic
    api = RouteList(prefix=f"/{prefix}", tags=[topic.name])
    any_fact: Any = topic.proposable
    kinds = [kind for kind in topic.kinds.values() if kind is not Corrected]
    title = topic.name.title()

    def respond(result: CommandResult[Any], seen_positions: str) -> JsonResponse:
        project_pending()
        location = f"/{prefix}/{quote(result.stream, safe='')}/facts"
        content = Receipt(
            stream=result.stream,
            version=result.version,
            facts=tuple(f"{topic.name}/{result.stream}/{event.event_id}" for event in result.events),
        )
        positions = parse_positions(f"{seen_positions},{topic.name}:{result.position}")
        headers = {
            "ETag": result.etag,
            "Location": location,
            POSITION_HEADER: format_positions(positions),
        }
        return JsonResponse(content, 201, headers)

    def is_known(stream: str) -> bool:
        return bool(app.union.count_events(stream)) and not current_reader().is_out_of_reach(stream)

    def record_new(fact: Any, caller: Origin, positions: str) -> JsonResponse:
        stream = app.log.keys.derive_id(f"{prefix}/{caller.command_id}") if caller.command_id else new_id()
        return respond(app.handle(stream, complete(stream, fact), caller, expected=0), positions)

    def record(
        stream: str, fact: Any, caller: Origin, seen: UnionVersion | None, positions: str
    ) -> JsonResponse:
        if not is_id(stream) and not is_known(stream):  # what was recorded before this rule can go on
            check_id("stream", stream)
        if seen == NOT_SAID:
            if is_known(stream) and not app.log.has_command(caller.command_id):
                raise needs_version()
            seen = None
        return respond(app.handle(stream, complete(stream, fact), caller, expected=seen), positions)

    def add_route(
        path: str, endpoint: Callable[..., JsonResponse], name: str, about: str, content: Schema
    ) -> None:
        grows = "{" in path
        api.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            status_code=201,
            operation_id=name,
            summary=first_sentence(about),
            description=about + "\n\n" + (GROWS if grows else STARTS),
            responses={201: _RECORDED, **document_refusals(*(ADDING if grows else STARTING))},
            openapi_extra=_request_body(content),
        )

    def opening_endpoint(kind: Any) -> Callable[..., JsonResponse]:
        def endpoint(received: Body, caller: Caller, cadre_position: SeenPositions = "") -> JsonResponse:
            return record_new(parse_fact(received, kind), caller, cadre_position)

        return endpoint

    def adding_endpoint(kind: Any, parameter: str, about: str) -> Callable[..., JsonResponse]:
        def endpoint(
            stream: Annotated[str, Path(alias=parameter, description=about)],
            received: Body,
            caller: Caller,
            seen: Expected,
            cadre_position: SeenPositions = "",
        ) -> JsonResponse:
            return record(stream, parse_fact(received, kind), caller, seen, cadre_position)

        return endpoint

    named = {kind for subject in subjects for kind in (*subject.opened_by, *subject.facts)}
    others = Subject("stream", STREAM, facts=tuple(kind for kind in kinds if kind not in named))
    for subject in (*subjects, others):
        for kind in subject.opened_by:
            name = f"record{kind.__name__}"
            if kind in subject.facts:
                name += f"ForNew{subject.name.title()}"
            add_route(f"/{_slug(kind)}", opening_endpoint(kind), name, _describe_fact(kind), _proposed(kind))
        for kind in subject.facts:
            path = f"/{{{subject.parameter}}}/{_slug(kind)}"
            endpoint = adding_endpoint(kind, subject.parameter, subject.about)
            add_route(path, endpoint, f"record{kind.__name__}", _describe_fact(kind), _proposed(kind))

    add_route("", opening_endpoint(any_fact), f"recordFirst{title}Fact", ANY_NEW, one_of(kinds))
    add_route(
        "/{stream}", adding_endpoint(any_fact, "stream", STREAM), f"record{title}Fact", ANY, one_of(kinds)
    )

    @api.post(
        "/{stream}/corrections",
        status_code=201,
        operation_id=f"correct{title}",
        responses={201: _RECORDED, **document_refusals(404, *ADDING)},
        openapi_extra=_request_body(schema_of(Corrected)),
    )
    def correct(
        stream: Annotated[str, Path(description=STREAM)],
        received: Body,
        caller: Caller,
        seen: Expected,
        cadre_position: SeenPositions = "",
    ) -> JsonResponse:
        """Declare an earlier fact of the stream void, or amend some of its fields. The earlier fact stays on
        record, and what was known before the correction can still be asked for."""
        if not is_id(stream) and not is_known(stream):
            check_id("stream", stream)
        correction = parse_fact(received, Corrected)
        if seen == NOT_SAID:
            raise needs_version()
        return respond(
            app.correct(stream, complete(stream, correction), caller, expected=seen), cadre_position
        )

    @api.get(
        "/{stream}/corrections/preview",
        operation_id=f"preview{title}Correction",
        responses={**response_schema(CorrectionPlan), **document_refusals(404, 422, 503)},
    )
    def preview(
        stream: Annotated[str, Path(description=STREAM)],
        target: Annotated[str, Query(description="Event id of the fact to be corrected.")],
        mode: Annotated[
            Literal["VOID", "AMEND"], Query(description="VOID: it never was. AMEND: other values.")
        ] = "VOID",
        new_values: Annotated[str, Query(description="Of AMEND: the right values, as a JSON object.")] = "",
        consequences: Annotated[
            Literal["apply", "reopen"],
            Query(description="As in the correction: how to go on with a rotation."),
        ] = "apply",
    ) -> JsonResponse:
        """Find what a correction would do to other facts, of all services, without recording it: which would be void,
        amended or recorded, and which are in its way."""
        if current_reader().is_out_of_reach(stream):
            raise UnknownFact(event_id=target)
        values = parse_fact(new_values.encode() or b"{}", dict[str, Any])
        proposed = Corrected(
            target=target, mode=mode, reason="preview", new_values=values, consequences=consequences
        )
        return JsonResponse(app.preview_correction(stream, complete(stream, proposed)))

    @api.get(
        "/{stream}/corrections/{correction}",
        operation_id=f"follow{title}Correction",
        responses={**response_schema(CorrectionProgress), **document_refusals(404, 503)},
    )
    def progress(
        stream: Annotated[str, Path(description=STREAM)],
        correction: Annotated[str, Path(description="Event id of the correction.")],
    ) -> JsonResponse:
        """Say how far the corrections of other streams are that a correction asked for."""
        gone = current_reader().is_out_of_reach(stream)
        found = None if gone else app.correction_progress(stream, correction)
        if found is None:
            raise Problem(404, "NotFound", "No correction has this id.", "Không tìm thấy", correction)
        return JsonResponse(found)

    @api.get(
        "/{stream}/facts",
        operation_id=f"list{title}Facts",
        responses={200: _facts_shown(recorded_schema_name(topic)), **document_refusals(404, 422, 503)},
    )
    def facts(stream: Annotated[str, Path(description=STREAM)]) -> JsonResponse:
        """Read every fact of one stream, in the order in which they were recorded, corrections among them. The ETag is
        the version to send as If-Match. Where none of its facts counts any more, there are none, and a version."""
        history, reader = app.union.load_stream(stream), current_reader()
        events: list[Recorded[Fact]] = reader.keep_visible(history)
        ceased = isinstance(history, UnionHistory) and not history and stream not in reader.hidden
        if not events and not ceased:
            check_id("stream", stream)
            raise Problem(404, "NotFound", "Nothing has this id.", "Không tìm thấy", stream)
        seen = version_of(history if isinstance(history, UnionHistory) else events)
        return JsonResponse(events, headers={"ETag": f'"{seen}"'})

    return api


def _describe_fact(kind: type[Fact]) -> str:
    """The docstring of the class of a fact."""
    return inspect.cleandoc(kind.__doc__ or kind.__name__)


def _slug(kind: type[Fact]) -> str:
    """The tag without its service: `tenure-ended`."""
    return str(kind.__struct_config__.tag).partition(".")[2]


def _proposed(kind: type[Fact]) -> Schema:
    return {"$ref": f"{REFERENCE}{PROPOSED}{kind.__name__}"}


def _request_body(schema: Schema) -> Schema:
    content = {JSON: {"schema": schema}}
    return {"requestBody": {"required": True, "description": BODY, "content": content}}


def _facts_shown(name: str) -> Schema:
    schema = {"type": "array", "items": {"$ref": REFERENCE + name}}
    return {
        "description": "The facts, oldest first.",
        "headers": {"ETag": {"description": "The version of the stream.", "schema": {"type": "string"}}},
        "content": {JSON: {"schema": schema}},
    }


def needs_version() -> Problem:
    """The refusal of a change without If-Match."""
    return Problem(
        428,
        "VersionNeeded",
        "Say which version you have seen.",
        "Cần cho biết phiên bản đã đọc",
        'Read the facts first and send their ETag as If-Match, or If-Match: "*" to go without.',
    )
