"""Exchange with other sites over HTTP. Their signatures are the authentication: no token is asked for, and nothing of a
message is read before its signature is verified."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from services.sync.bundles.comparing import MAX_NOTE
from services.sync.bundles.faults import BadBundle, BundleRule
from services.sync.exchange.hashes import HashesRefused
from services.sync.exchange.line import HASHES, MEDIA_TYPE, MESSAGES
from services.sync.exchange.messages import MAX_MESSAGE
from services.sync.exchange.partners import NotANeighbour, NotMyChild
from services.sync.exchange.refusing import MessageRefused
from services.sync.exchange.site_exchange import SiteExchange
from services.sync.exchange.status import SyncStatus
from services.sync.exchange.turns import Busy, Stopped
from shared.http.openapi import document_refusals
from shared.http.problems import JsonResponse, Problem, problem_of, response_schema
from shared.http.route_list import RouteList
from shared.replica.witnessing import Verdict

ADD_CHECKPOINT = "/sync/witness/add-checkpoint"
_IN_MEMORY = 2**20
"""Bytes of a message that are kept in memory; a larger one is in a temporary file until it is answered."""
_SILENT_SECONDS = 60.0
"""So long nothing may come of a message before it is given up."""
_LOOK_SECONDS = 0.5
"""How often it is looked meanwhile whether this site is to stop."""
RESPONSE_TYPES = (SyncStatus,)


def create_sync_router(exchange: SiteExchange | None) -> RouteList:
    """The routes of a site. None: it exchanges nothing now."""
    api = RouteList(prefix="/sync", tags=["exchange"])

    @api.post(MESSAGES.removeprefix("/sync"), include_in_schema=False)
    async def take_message(request: Request) -> Response:
        """Take a message of a site above or below, and answer with one."""
        site = _require(exchange)
        try:
            with site.admit(), SpooledTemporaryFile[bytes](max_size=_IN_MEMORY) as file:
                digest = await _read_body(request, file)
                bundle = await run_in_threadpool(site.open, cast(BinaryIO, file))
                answer = await asyncio.wrap_future(site.submit(bundle, digest))
        except BadBundle as error:
            raise _bad_bundle(error) from None
        except NotANeighbour as error:
            raise Problem(403, error.rule, error.title, error.title_vi, error.explain()) from None
        except MessageRefused as error:
            raise _refused(error) from None
        except Stopped:
            raise _not_exchanging() from None
        except Busy as error:
            raise _busy(error) from None
        return Response(answer.raw, media_type=MEDIA_TYPE)

    @api.post(ADD_CHECKPOINT.removeprefix("/sync"), include_in_schema=False)
    async def cosign(request: Request) -> Response:
        """Cosign a checkpoint that continues what was cosigned of its log (C2SP tlog-witness)."""
        site = _require(exchange)
        try:
            with site.admit(), SpooledTemporaryFile[bytes](max_size=_IN_MEMORY) as file:
                await _read_body(request, file, MAX_NOTE)
                file.seek(0)
                answer = await asyncio.wrap_future(site.cosign(file.read().decode("utf-8", "replace")))
        except Stopped:
            raise _not_exchanging() from None
        except Busy as error:
            raise _busy(error) from None
        kind = "text/x.tlog.size" if answer.status == Verdict.CONFLICT else "text/plain; charset=utf-8"
        return Response(answer.body, answer.status, {"Content-Type": kind})  # exactly: no charset is added

    @api.post(HASHES.removeprefix("/sync"), include_in_schema=False)
    async def hashes(request: Request) -> Response:
        """The roots of a log at some places, for a neighbour that looks for where two histories part."""
        site = _require(exchange)
        try:
            with site.admit(), SpooledTemporaryFile[bytes](max_size=_IN_MEMORY) as file:
                await _read_body(request, file, MAX_NOTE)
                file.seek(0)
                note = file.read().decode("utf-8", "replace")
                answer = await run_in_threadpool(site.answer_hashes, note)
        except HashesRefused as error:
            title, title_vi = "No roots are given.", "Không đưa ra mã băm nào"
            raise Problem(error.status, error.rule, title, title_vi, str(error)) from None
        except Busy as error:
            raise _busy(error) from None
        return Response(answer, media_type=MEDIA_TYPE)

    @api.get("/status", responses=response_schema(SyncStatus) | document_refusals(404))
    def status() -> Response:
        """How this site stands with all others. The same as `cadre sync status --json`."""
        if exchange is None:
            raise _not_exchanging(404)
        return JsonResponse(exchange.read_status())

    return api


def _busy(error: Busy) -> Problem:
    return Problem(
        429,
        "Busy",
        "Messages of other sites are being worked on.",
        "Đang xử lý bản tin của các điểm khác",
        str(error),
    ).with_headers({"Retry-After": str(error.retry_after)})


def _refused(error: MessageRefused) -> Problem:
    """409, with where the sender belongs, and the facts of the registry that say so."""
    cause, registry = error.cause, base64.b64encode(error.registry.raw).decode()
    if isinstance(cause, NotMyChild):
        return Problem(
            409,
            cause.rule,
            cause.title,
            cause.title_vi,
            f"{cause.site} belongs to {cause.parent} now, not to {cause.former}.",
            parent=cause.parent,
            registry=registry,
        )
    problem = problem_of(cause)
    problem.body |= {"registry": registry}
    return problem


def _require(exchange: SiteExchange | None) -> SiteExchange:
    if exchange is None:
        raise _not_exchanging()
    return exchange


async def _read_body(request: Request, file: "SpooledTemporaryFile[bytes]", most: int = MAX_MESSAGE) -> str:
    """Write the body to a file. Returns its SHA-256. What is too large, or comes too slowly, is not read to its end."""
    size, digest, is_stopping = 0, sha256(), _stopping(request)
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > most:
        raise _too_large(most)
    pieces = request.stream().__aiter__()
    while True:
        try:
            piece = await _next_piece(pieces, is_stopping)
        except (TimeoutError, ClientDisconnect):
            raise Problem(
                408,
                "Interrupted",
                "The message did not come to its end.",
                "Bản tin không đến đầy đủ",
                f"It ended after {size:,} bytes.",
            ) from None
        if piece is None:
            return digest.hexdigest()
        size += len(piece)
        if size > most:
            raise _too_large(most)
        digest.update(piece)
        file.write(piece)


async def _next_piece(pieces: AsyncIterator[bytes], is_stopping: Callable[[], bool]) -> bytes | None:
    """What comes next of a body; None at its end. A line on which nothing comes, as one that broke without a word, does
    not keep the ledger from a command that asks for it. Raises TimeoutError and ClientDisconnect."""
    coming = asyncio.ensure_future(anext(pieces, None))
    try:
        for _ in range(round(_SILENT_SECONDS / _LOOK_SECONDS)):
            done, _waiting = await asyncio.wait({coming}, timeout=_LOOK_SECONDS)
            if is_stopping():
                raise _not_exchanging()
            if done:
                return coming.result()
        raise TimeoutError
    finally:
        coming.cancel()


def _stopping(request: Request) -> Callable[[], bool]:
    found: Callable[[], bool] = request.app.state.stopping
    return found


def _too_large(most: int) -> Problem:
    return Problem(413, "TooLarge", f"A message may have {most:,} bytes.", "Bản tin quá lớn")


def _not_exchanging(status: int = 503) -> Problem:
    return Problem(
        status,
        "NotExchanging",
        "This site exchanges nothing now.",
        "Điểm này hiện không trao đổi",
        "It belongs to no tree of sites yet, or a command has its ledger; try again later.",
    ).with_headers({"Retry-After": "10"})


def _bad_bundle(error: BadBundle) -> Problem:
    """403 where it is from nobody here or for somebody else; else 422 with what is wrong where."""
    case = {"rule": error.rule, "where": error.where}
    if error.rule == BundleRule.NOT_ADDRESSED:
        title, title_vi = "The message is for another site.", "Bản tin gửi cho điểm khác"
        return Problem(403, error.rule, title, title_vi, error.detail, case=case)
    if error.rule == BundleRule.UNKNOWN_SITE:
        title, title_vi = "No such site is registered here.", "Điểm gửi chưa được đăng ký ở đây"
        return Problem(403, error.rule, title, title_vi, error.detail, case=case)
    if error.rule == BundleRule.UNKNOWN_BASE:
        title, title_vi = (
            "What the message is based on is not known here.",
            "Không còn mốc mà bản tin dựa vào",
        )
        return Problem(409, error.rule, title, title_vi, error.detail, case=case)
    return Problem(
        422,
        "BadBundle",
        "The message is not one that can be taken.",
        "Bản tin không hợp lệ",
        str(error),
        field=error.where,
        case=case,
    )
