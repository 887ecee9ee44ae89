"""Refuses addresses that no route can take: a zero character, and a slash inside of an id."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.core.identifiers import ID_RULE, ID_RULE_VI
from shared.http.problems import Problem


class CheckedTargets:
    """Answers 422 where the address holds what no database can look up, or an id that no route would see whole."""

    def __init__(self, app: ASGIApp, services: Iterable[str]) -> None:
        self.app = app
        self.services = frozenset(name.encode() for name in services)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._check(scope) if scope["type"] == "http" else None
        await (refusal.to_response() if refusal else self.app)(scope, receive, send)

    def _check(self, scope: Scope) -> Problem | None:
        target: bytes = scope.get("raw_path", b"").partition(b"?")[0]
        _, _, rest = target.partition(b"/")
        service, _, within = rest.partition(b"/")
        if service in self.services and b"%2f" in within.lower():
            return bad_id("an id", "a slash")
        if b"%00" in target or b"%00" in scope["query_string"] or "\0" in scope["path"]:
            return Problem(
                422,
                "BadParameter",
                "A parameter is missing or wrong.",
                "Tham số thiếu hoặc sai",
                "The address holds a zero character (%00). Địa chỉ chứa ký tự số không.",
            )
        return None


def bad_id(field: str, value: str) -> Problem:
    """The refusal of an id in the path."""
    return Problem(
        422,
        "BadId",
        ID_RULE,
        ID_RULE_VI,
        f"{field}: {value[:80]}. {ID_RULE}",
        field=field,
    )
