"""Routes as they are written, made when an application takes them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, params

Responses = Mapping[int | str, dict[str, Any]]


class RouteList(APIRouter):
    """A router that keeps its routes as they were written until `add_to`. FastAPI analyses the parameters of each route
    of a router twice, once for the router and once for the application that includes it, in seconds at every start."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._written: list[tuple[str, Callable[..., Any], dict[str, Any]]] = []

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self._written.append((path, endpoint, options))

    def add_to(
        self, app: FastAPI, dependencies: Sequence[params.Depends] = (), responses: Responses | None = None
    ) -> None:
        """Make the routes in the application; its own dependencies come first, then these, then those of the list."""
        for path, endpoint, options in self._written:
            app.router.add_api_route(
                self.prefix + path,
                endpoint,
                **options
                | {
                    "tags": [*self.tags, *(options.get("tags") or ())],
                    "dependencies": [
                        *dependencies,
                        *self.dependencies,
                        *(options.get("dependencies") or ()),
                    ],
                    "responses": {
                        **(responses or {}),
                        **self.responses,
                        **(options.get("responses") or {}),
                    },
                    "include_in_schema": self.include_in_schema and options.get("include_in_schema", True),
                    "route_class_override": options.get("route_class_override") or self.route_class,
                },
            )
