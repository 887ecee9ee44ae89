"""Routes to read logs: pages of CloudEvents after a cursor, and the same events live (Server-Sent Events).

A cursor names a position and, by its hash, everything before it, so that one of another log is refused.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from fastapi import Depends, Header, Path, Query, Request, Response
from msgspec.structs import replace
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from shared.contract.cloudevents import CloudEvent
from shared.contract.counting_notices import NO_NOTICES, CountingNotices
from shared.eventlog.event_log import EventLog
from shared.http.feed_places import FeedPlace, merge_page, parse_cursor, write_cursor
from shared.http.json_schemas import schema_of
from shared.http.openapi import document_refusals
from shared.http.out_of_reach import hide_ids_in_findings
from shared.http.problems import Problem
from shared.http.route_list import RouteList
from shared.http.token_classes import Reader, current_reader

BATCH_MEDIA_TYPE = "application/cloudevents-batch+json"
SCANNED_POSITIONS = 20_000
"""Positions that one request scans, however few of them match."""
LIVE_PAGE_SIZE = 100
MAX_LIVE_READERS = 500
"""Live readers of one process; each holds one page at most."""
_log = logging.getLogger(__name__)


_TYPES = "Tags of the facts that are wanted, such as appointment.appointed. None: all."
_AFTER = "A cursor of this feed: what comes after it. Empty: from the beginning; `end`: only what is new."
TopicName = Annotated[str, Path(description="Name of the topic: the service that records its facts.")]
After = Annotated[str, Query(description=_AFTER)]
_TEXT = {"schema": {"type": "string"}}
_PAGE_RESPONSE: dict[str, Any] = {
    "description": "A page of CloudEvents, perhaps empty.",
    "headers": {
        "Link": {"description": "With rel=next: the next page.", **_TEXT},
        "Cadre-Cursor": {"description": "The cursor at the end of this page.", **_TEXT},
        "Cadre-Left": {
            "description": "How many positions of the log come after this page. To whoever may not read all of it: 1 "
            "where more may come, else 0.",
            **_TEXT,
        },
    },
    "content": {BATCH_MEDIA_TYPE: {"schema": schema_of(list[CloudEvent])}},
}
_TAG = "Tag of the fact, such as appointment.appointed; `.json` may follow."
_DOCUMENT_RESPONSE: dict[str, Any] = {
    "description": "The document.",
    "content": {"application/json": {"schema": {"type": "object"}}},
}
_LIVE_RESPONSE: dict[str, Any] = {
    "description": "Events without end: `id` is a cursor, `data` a CloudEvent.",
    "content": {"text/event-stream": _TEXT},
}


@dataclass(frozen=True, kw_only=True)
class FeedPacing:
    """Seconds between queries of the log, and between comments sent to a reader that has nothing to read."""

    poll: float = 0.25
    heartbeat: float = 15.0


@dataclass(frozen=True)
class FeedFilter:
    """Which events of a topic are read; empty fields do not filter."""

    kinds: tuple[str, ...] = ()
    stream: str = ""


@dataclass(frozen=True)
class FeedPage:
    """Some events of a feed, and the cursor after them."""

    events: list[CloudEvent]
    place: FeedPlace
    cursor: str
    left: int
    """How many positions of the log come after this page; to whoever may not read all of it, 1 or 0."""


class Feed:
    """The feed of one log; all live readers share one query for the log's end.

    `read_page` blocks, so it runs in threads.
    """

    def __init__(self, log: EventLog[Any], pacing: FeedPacing, notices: CountingNotices) -> None:
        self.log, self.pacing, self.notices = log, pacing, notices
        self._end, self._looked = FeedPlace(), 0.0

    def find_place(self, cursor: str) -> FeedPlace:
        """The place of a cursor; empty is the beginning, `end` the end. Problem when it is not of this log."""
        if cursor in ("", "0"):
            return FeedPlace()
        if cursor == "end":
            return self._read_end()
        if (parsed := parse_cursor(cursor)) is None:
            detail = "Use a cursor that this feed gave: of an event, of the link rel=next, or `end`."
            raise Problem(422, "BadCursor", "This is not a cursor.", "Con trỏ không hợp lệ", detail)
        place, digits = parsed
        chain = self.log.chain_hash(place.position)
        gone = place.notice and place.notice > self.notices.last(self.log.topic.name)
        if chain is None or chain[:8].hex() != digits or gone:
            detail = (
                "The log has another history there, or ends before: it was restored or is another site's. "
                "Read again from the beginning and drop the events whose id you have."
            )
            title_vi = "Con trỏ không thuộc nhật ký này"
            raise Problem(409, "CursorOfAnotherLog", "This cursor is not of this log.", title_vi, detail)
        return place

    def _read_end(self) -> FeedPlace:
        name = self.log.topic.name
        return FeedPlace(self.log.position(), self.notices.last(name))

    def read_page(self, after: FeedPlace, limit: int, feed_filter: FeedFilter, reader: Reader) -> FeedPage:
        """The next events after a place, at most `limit`, without those that the reader may not know of; among them
        notices that events of this log ceased to count, or count again."""
        page = self._read_page(after, limit, feed_filter, reader)
        if reader.sees_all:
            return page
        scanned = after.position + SCANNED_POSITIONS
        events = page.events
        while page.left and len(events) < limit and page.place.position < scanned:
            page = self._read_page(page.place, limit - len(events), feed_filter, reader)
            events = [*events, *page.events]
        return FeedPage(events, page.place, page.cursor, min(page.left, 1))

    def _read_page(self, after: FeedPlace, limit: int, feed_filter: FeedFilter, reader: Reader) -> FeedPage:
        """Of the next `limit` events, those that the reader may know of."""
        log, name = self.log, self.log.topic.name
        end = log.position()
        upto = min(end, after.position + SCANNED_POSITIONS)
        kinds, stream = feed_filter.kinds, feed_filter.stream
        rows = log.read_feed(after.position, upto, limit, kinds, stream)
        notices = self.notices.read(name, after.notice, limit + 1, True, kinds, stream)
        upto = rows[-1][0] if len(rows) == limit else upto
        start = log.chain_hash(after.position) if notices and after.position else None
        events, place, chain, is_cut = merge_page(name, after, start, rows, notices, upto, limit)
        events = reader.keep_visible(events, anew=True)
        if not reader.sees_all:
            events = [
                replace(each, data=msgspec.Raw(self._mask(bytes(each.data), reader))) for each in events
            ]
        chain = (chain or log.chain_hash(place.position)) if place.position else None
        cursor = write_cursor(place, chain) if chain else "0"
        return FeedPage(events, place, cursor, end - place.position or int(is_cut))

    def _mask(self, stored: bytes, reader: Reader) -> bytes:
        return hide_ids_in_findings(reader.mask_words(self.log.topic.name, stored), reader)

    async def find_end(self) -> FeedPlace:
        """The place of the last event and of the last notice, at most `poll` seconds old."""
        if monotonic() - self._looked >= self.pacing.poll:
            self._looked = monotonic()
            self._end = await run_in_threadpool(self._read_end)
        return self._end

    async def stream_live(
        self, page: FeedPage, feed_filter: FeedFilter, reader: Reader, stopping: Callable[[], bool]
    ) -> AsyncIterator[bytes]:
        """Server-Sent Events from a first page on, until the reader goes or the process stops; one page in memory at a
        time."""
        yield b"retry: 1000\n\n"
        sent, looked_at = monotonic(), FeedPlace()
        while not stopping():
            if page.events:
                yield b"".join(_sse(event) for event in page.events)
                sent = monotonic()
            elif monotonic() - sent >= self.pacing.heartbeat:
                yield f"id: {page.cursor}\n: still here\n\n".encode()
                sent = monotonic()
            try:
                end = await self.find_end()
                if end.position > page.place.position or end.notice > max(
                    looked_at.notice, page.place.notice
                ):
                    looked_at = end  # notices about other streams or sites are not looked for again and again
                    page = await run_in_threadpool(
                        self.read_page, page.place, LIVE_PAGE_SIZE, feed_filter, reader
                    )
                    continue
            except self.log.storage.failures as failure:
                _log.warning("a live feed of %s ends: %s", self.log.topic.name, type(failure).__name__)
                return
            page = FeedPage([], page.place, page.cursor, 0)
            await asyncio.sleep(self.pacing.poll)


def create_feed_router(
    logs: Mapping[str, EventLog[Any]],
    pacing: FeedPacing | None = None,
    notices: CountingNotices = NO_NOTICES,
) -> RouteList:
    """`/feeds/{topic}` and `/feeds/{topic}/live`. What is personal stays ciphertext. `notices`: that facts of these
    logs ceased to count, or count again."""
    feeds = {name: Feed(log, pacing or FeedPacing(), notices) for name, log in logs.items()}
    api = RouteList(prefix="/feeds", tags=["feeds"])
    readers: set[object] = set()

    def feed(topic: TopicName) -> Feed:
        if topic not in feeds:
            raise Problem(
                404,
                "NotFound",
                "No such topic.",
                "Không có luồng sự kiện này",
                f"There are {', '.join(feeds)}.",
            )
        return feeds[topic]

    def feed_filter(
        topic: TopicName,
        type_: Annotated[Sequence[str], Query(alias="type", description=_TYPES)] = (),
        stream: Annotated[str, Query(description="Only what is about this: a stream's id. Empty: all.")] = "",
    ) -> FeedFilter:
        known = feed(topic).log.topic.kinds
        if unknown := sorted(set(type_) - set(known)):
            detail = f"{', '.join(unknown)[:200]} is not told here; there are {', '.join(known)}."
            raise Problem(
                422,
                "BadParameter",
                "A parameter is missing or wrong.",
                "Tham số thiếu hoặc sai",
                detail,
                field="type",
            )
        return FeedFilter(tuple(type_), stream)

    SelectedFeed = Annotated[Feed, Depends(feed)]  # noqa: N806 - a type
    SelectedEvents = Annotated[FeedFilter, Depends(feed_filter)]  # noqa: N806 - a type

    @api.get(
        "/{topic}",
        operation_id="listEvents",
        response_class=Response,
        responses={200: _PAGE_RESPONSE, **document_refusals(404, 409, 503)},
    )
    def page(
        request: Request,
        source: SelectedFeed,
        selected: SelectedEvents,
        after: After = "",
        limit: Annotated[int, Query(ge=1, le=1000, description="How many events at most.")] = 200,
    ) -> Response:
        """Read events after a cursor, oldest first. Link rel=next leads on; Cadre-Left says how many positions are
        left. Personal fields are ciphertext."""
        feed_page = source.read_page(source.find_place(after), limit, selected, current_reader())
        query = [("after", feed_page.cursor), ("limit", limit), *(("type", kind) for kind in selected.kinds)]
        link = f"{request.url.path}?{urlencode([*query, *([('stream', selected.stream)] if selected.stream else [])])}"
        headers = {
            "Link": f'<{link}>; rel="next"',
            "Cadre-Cursor": feed_page.cursor,
            "Cadre-Left": str(feed_page.left),
        }
        return Response(msgspec.json.encode(feed_page.events), headers=headers, media_type=BATCH_MEDIA_TYPE)

    @api.get(
        "/{topic}/live",
        operation_id="followEvents",
        response_class=Response,
        responses={200: _LIVE_RESPONSE, **document_refusals(404, 409, 503)},
    )
    async def live(
        request: Request,
        source: SelectedFeed,
        selected: SelectedEvents,
        after: After = "",
        last_event_id: Annotated[
            str, Header(alias="Last-Event-ID", description="The cursor of the last event that was read.")
        ] = "",
    ) -> Response:
        """Follow the events of a topic as they are recorded: Server-Sent Events, each with its cursor as id, resumed
        by Last-Event-ID or `after`."""
        if len(readers) >= MAX_LIVE_READERS:
            raise Problem(
                503, "TooManyReaders", "Too many read along; try later.", "Quá nhiều kết nối, hãy thử lại sau"
            )

        asking = current_reader()

        def first() -> FeedPage:
            place = source.find_place(last_event_id or after)
            return source.read_page(place, LIVE_PAGE_SIZE, selected, asking)

        first_page = await run_in_threadpool(first)

        async def counted() -> AsyncIterator[bytes]:
            readers.add(reader := object())
            try:
                async for part in source.stream_live(
                    first_page, selected, asking, request.app.state.stopping
                ):
                    yield part
            finally:
                readers.discard(reader)

        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(counted(), headers=headers, media_type="text/event-stream")

    return api


def create_contract_router(files: Callable[[], Mapping[str, bytes]]) -> RouteList:
    """`/asyncapi.json` and `/schemas/{tag}`: the contract of feeds and topics. `files` is called once, when needed."""
    api = RouteList(tags=["feeds"])
    load_files = cache(files)

    def file(name: str) -> Response:
        if name not in load_files():
            raise Problem(
                404, "NotFound", "No such schema.", "Không có lược đồ này", "/asyncapi.json names them all."
            )
        return Response(load_files()[name], media_type="application/json")

    @api.get(
        "/asyncapi.json",
        operation_id="getEventContract",
        response_class=Response,
        responses={200: _DOCUMENT_RESPONSE},
    )
    def document() -> Response:
        """Read the contract of the events (AsyncAPI 3.0): topics, headers and facts."""
        return file("asyncapi.json")

    @api.get(
        "/schemas/{tag}",
        operation_id="getFactSchema",
        response_class=Response,
        responses={200: _DOCUMENT_RESPONSE, **document_refusals(404)},
    )
    def schema(tag: Annotated[str, Path(description=_TAG)]) -> Response:
        """Read the JSON Schema of one fact in its envelope, as it is stored."""
        return file(f"schemas/{tag.removesuffix('.json')}.json")

    return api


def _sse(event: CloudEvent) -> bytes:
    """The event as a Server-Sent Event. Stored bytes hold no line end, because JSON escapes them."""
    return b"id: %b\ndata: %b\n\n" % (event.cursor.encode(), msgspec.json.encode(event))
