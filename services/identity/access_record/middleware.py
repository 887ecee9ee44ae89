"""Puts on record, in one place for all routes, what is shown and what is refused, before it leaves."""

from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.identity.access_events import AccessDenied, DataExported, SensitiveFieldsRead
from services.identity.access_record.entries import AccessKey
from services.identity.access_record.lookups import FindKnown
from services.identity.access_record.questions import kind_of, list_named_ids, named_subject, subjects_of
from services.identity.access_record.recorder import AccessNotRecorded, AccessRecorder
from services.identity.access_record.refusals import access_not_recorded
from shared.http.principal import Principal, current_principal
from shared.http.token_classes import Reader, current_reader

DENIED = 403
ANSWERED = (200, 404)
NOT_IN_SCOPE = "NotInScope"
"""The rule by which a lookup of something out of scope finds nothing."""


class RecordedAccess:
    """What a principal with an account or a token is shown of single persons, takes out, or is refused. Whoever has
    this machine alone is not watched: nobody else could have been."""

    def __init__(self, app: ASGIApp, recorder: AccessRecorder, find_known: FindKnown | None = None) -> None:
        """`find_known`: those of some texts that are ids of something here; None: lookups are not on record."""
        self.app, self.recorder = app, recorder
        if find_known is not None:
            recorder.lookups.find_known = find_known
        self.notes_lookups = find_known is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(self.recorder, scope, receive, send)
        await self.app(scope, receive, answer.send)
        if self.notes_lookups:
            await answer.note_lookups()


class _Answer:
    """One answer, held back until it is on record where it has to be."""

    def __init__(self, recorder: AccessRecorder, scope: Scope, receive: Receive, send: Send) -> None:
        self._recorder, self._scope, self._receive, self._send = recorder, scope, receive, send
        self._held: list[Message] | None = None
        self._body = bytearray()
        self._is_refused = False
        self._asked: tuple[Principal, Reader] | None = None

    async def note_lookups(self) -> None:
        """Remember, once the answer has left, what was named out of reach of who asked, so that an answer takes as long
        and looks alike whether there is something."""
        named = list_named_ids(*self._parameters) if self._scope["method"] in ("GET", "HEAD") else ()
        if self._asked is None or not named:
            return
        (principal, reader), quarter = self._asked, self._recorder.quarter()

        def note() -> None:
            for each in sorted(named):
                if reader.is_out_of_reach(each):
                    who = principal.id, principal.name or principal.id
                    key = AccessKey(AccessDenied, *who, each, quarter, NOT_IN_SCOPE)
                    self._recorder.note_lookup(key, self._question)

        await run_in_threadpool(note)

    async def send(self, message: Message) -> None:
        if self._is_refused:
            return
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._held is None:
            await self._send(message)
        else:
            self._held.append(message)
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._held)

    async def _begin(self, start: Message) -> None:
        principal, status = current_principal(), start["status"]
        reader = current_reader()
        is_limited = reader.scope is not None or not reader.is_cleared
        if principal.id and principal.kind != "laptop" and status in ANSWERED and is_limited:
            self._asked = principal, reader
        if not principal.id or principal.kind == "laptop":
            await self._send(start)
        elif status == DENIED or (
            status == 200
            and self._kind == "sensitive"
            and (current_reader().sees_sensitive or principal.emergency)
        ):
            self._held = [start]
        elif status == 200 and self._kind == "export":
            await self._pass_on([start], lambda: self._record_export(principal))
        else:
            await self._send(start)

    async def _finish(self, held: list[Message]) -> None:
        principal, denied = current_principal(), held[0]["status"] == DENIED
        self._held = None
        await self._pass_on(held, lambda: self._note(principal, denied))

    async def _pass_on(self, messages: list[Message], put_on_record: Any) -> None:
        try:
            await run_in_threadpool(put_on_record)
        except AccessNotRecorded:
            self._is_refused = True
            await access_not_recorded().to_response()(self._scope, self._receive, self._send)
            return
        for message in messages:
            await self._send(message)

    def _note(self, principal: Principal, denied: bool) -> None:
        quarter, (parameters, query) = self._recorder.quarter(), self._parameters
        who = principal.id, principal.name or principal.id
        if denied:
            subject, rule = named_subject(parameters, query), _rule_of(bytes(self._body))
            keys = [AccessKey(AccessDenied, *who, subject, quarter, rule)]
        else:
            subjects = subjects_of(parameters, query, bytes(self._body))
            why = principal.emergency.entry if principal.emergency else ""
            keys = [
                AccessKey(SensitiveFieldsRead, *who, each, quarter, emergency=why)
                for each in sorted(subjects)
            ]
        self._recorder.note(keys, self._question)

    def _record_export(self, principal: Principal) -> None:
        subject = named_subject(*self._parameters)
        key = AccessKey(
            DataExported, principal.id, principal.name or principal.id, subject, self._recorder.quarter()
        )
        self._recorder.record([key], self._question)

    @property
    def _path(self) -> str:
        """The path of the route, with names in place of ids; empty where there is none."""
        return str(getattr(self._scope.get("route"), "path", ""))

    @property
    def _question(self) -> str:
        """The same, as it is put on record: with the topic, which is no id."""
        return self._path.replace("{topic}", str(self._parameters[0].get("topic", "{topic}")))

    @property
    def _kind(self) -> str:
        return kind_of(self._path) if self._scope["method"] in ("GET", "HEAD") else ""

    @property
    def _parameters(self) -> tuple[dict[str, Any], dict[str, str]]:
        return self._scope.get("path_params", {}), dict(
            parse_qsl(self._scope["query_string"].decode("latin-1"))
        )


class _Refusal(msgspec.Struct):
    rule: str = ""


def _rule_of(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Refusal).rule
    except msgspec.MsgspecError:
        return ""
