"""The page and its files over HTTP, read into memory at the start. Its policy forbids files from elsewhere."""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from fastapi import Header, Request, Response
from starlette.exceptions import HTTPException

from shared.http.route_list import RouteList

STATIC = Path(__file__).parent / "static"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
READ_METHODS = ["GET", "HEAD"]
REVALIDATE, IMMUTABLE = "no-cache", "public, max-age=31536000, immutable"


STATE = (
    *("as_of", "known_at", "unit", "view", "id", "in", "kind", "q", "from", "to", "proof"),
    *("axis", "seen_by"),
)
"""What the address of the page says beside the language; see state.js."""


IfNoneMatch = Annotated[str, Header()]
"""The ETag of the version that the browser has."""


class TourStop(NamedTuple):
    """A view that the guide proposes: a title in both languages, and its address on the page."""

    vi: str
    en: str
    url: str


def router(tour: Callable[[], Iterable[tuple[str, str, str]]] = tuple) -> RouteList:
    """`/`, `/static/…` and `/tour`. The page names its files under a digest of them all, so that browsers may keep
    them; `tour` lists what the guide beside the chart proposes: (Vietnamese title, English title, address)."""
    files = {path.name: path.read_bytes() for path in sorted(STATIC.iterdir()) if path.suffix in _TYPES}
    digest = sha256(b"\0".join(files.values())).hexdigest()[:16]
    page = _page(files, digest)
    api = RouteList(include_in_schema=False)

    @api.api_route("/", methods=READ_METHODS)
    def index(request: Request, if_none_match: IfNoneMatch = "") -> Response:
        return _respond("index.html", _keep_state(page, request.query_params), REVALIDATE, if_none_match)

    @api.api_route("/static/{name}", methods=READ_METHODS)
    def file(name: str, if_none_match: IfNoneMatch = "") -> Response:
        return _respond(name, _read_file(files, name), REVALIDATE, if_none_match)

    @api.api_route("/static/{version}/{name}", methods=READ_METHODS)
    def file_of_version(version: str, name: str, if_none_match: IfNoneMatch = "") -> Response:
        cache_control = IMMUTABLE if version == digest else REVALIDATE
        return _respond(name, _read_file(files, name), cache_control, if_none_match)

    @api.get("/tour")
    def list_tour() -> list[dict[str, str]]:
        return [TourStop(*stop)._asdict() for stop in tour()]

    return api


def _page(files: dict[str, bytes], digest: str) -> bytes:
    """The page with the address of this version in it, and every module announced so that none waits for another."""
    modules = "\n".join(
        f'<link rel="modulepreload" href="/static/{name}">' for name in files if name.endswith(".js")
    )
    text = files.pop("index.html").decode().replace("<!-- modules -->", modules)
    return text.replace('"/static/', f'"/static/{digest}/').encode()


def _keep_state(page: bytes, query: Mapping[str, str]) -> bytes:
    """The page with links to the other language that keep what its address says, also before any script has run."""
    state = urlencode([(name, query[name]) for name in STATE if query.get(name)])
    return page.replace(b'href="/?lang=', f'href="/?{escape(state)}&amp;lang='.encode()) if state else page


def _read_file(files: dict[str, bytes], name: str) -> bytes:
    if name not in files:
        raise HTTPException(404, "No such file.")
    return files[name]


def _respond(name: str, content: bytes, cache_control: str, if_none_match: str) -> Response:
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {**SECURITY_HEADERS, "Cache-Control": cache_control, "ETag": tag}
    if tag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=_TYPES[Path(name).suffix])
