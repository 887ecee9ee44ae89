"""The page and its files over HTTP: read once, never changed while running, nothing from anywhere else."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Header, Response
from starlette.exceptions import HTTPException

STATIC = Path(__file__).parent / "static"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
SAFE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
READS = ["GET", "HEAD"]
ASK_AGAIN, FOR_EVER = "no-cache", "public, max-age=31536000, immutable"


Seen = Annotated[str, Header()]
"""If-None-Match: the version the browser has."""


class Place(NamedTuple):
    """Somewhere on the page worth a look: a title in both languages, and the address."""

    vi: str
    en: str
    url: str


def router(tour: Callable[[], Iterable[tuple[str, str, str]]] = tuple) -> APIRouter:
    """`/`, `/static/…` and `/tour`. The page names its files under a digest of them all, so that browsers may keep
    them; `tour` tells what the guide beside the chart proposes, where there is something to propose."""
    files = {path.name: path.read_bytes() for path in sorted(STATIC.iterdir()) if path.suffix in _TYPES}
    digest = sha256(b"\0".join(files.values())).hexdigest()[:16]
    page = _page(files, digest)
    api = APIRouter(include_in_schema=False)

    @api.api_route("/", methods=READS)
    def index(if_none_match: Seen = "") -> Response:
        return _answer("index.html", page, ASK_AGAIN, if_none_match)

    @api.api_route("/static/{name}", methods=READS)
    def file(name: str, if_none_match: Seen = "") -> Response:
        return _answer(name, _found(files, name), ASK_AGAIN, if_none_match)

    @api.api_route("/static/{version}/{name}", methods=READS)
    def file_of_version(version: str, name: str, if_none_match: Seen = "") -> Response:
        keep = FOR_EVER if version == digest else ASK_AGAIN
        return _answer(name, _found(files, name), keep, if_none_match)

    @api.get("/tour")
    def places() -> list[dict[str, str]]:
        return [Place(*place)._asdict() for place in tour()]

    return api


def _page(files: dict[str, bytes], digest: str) -> bytes:
    """The page with the address of this version in it, and every module announced so that none waits for another."""
    modules = "\n".join(
        f'<link rel="modulepreload" href="/static/{name}">' for name in files if name.endswith(".js")
    )
    text = files.pop("index.html").decode().replace("<!-- modules -->", modules)
    return text.replace('"/static/', f'"/static/{digest}/').encode()


def _found(files: dict[str, bytes], name: str) -> bytes:
    if name not in files:
        raise HTTPException(404, "No such file.")
    return files[name]


def _answer(name: str, content: bytes, keep: str, seen: str) -> Response:
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {**SAFE, "Cache-Control": keep, "ETag": tag}
    if tag in seen:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=_TYPES[Path(name).suffix])
