"""Which questions show sensitive fields, which take data out, and which do neither."""

import re
from typing import Any, Literal

from fastapi import Request

from services.identity.access_record.entries import keep_subjects

PERSONAL_TOPICS = ("personnel", "planning", "rotation", "appointment", "evaluation")
SENSITIVE = frozenset(
    {
        "/cadres/{cadre}/life",
        "/kinship",
        "/disciplines",
        "/service",
        "/trainings",
        "/evaluations",
        "/deep-reviews",
        "/ballots",
        "/contests/{contest}",
        "/candidacies",
        "/decisions/{decision}/facts",
        "/facts/{topic}/{stream}/{event_id}",
        *(f"/{topic}/{{stream}}/facts" for topic in PERSONAL_TOPICS),
        *(f"/{topic}/{{stream}}/corrections/preview" for topic in PERSONAL_TOPICS),
        *(f"/{topic}/{{stream}}/corrections/{{correction}}" for topic in PERSONAL_TOPICS),
    }
)
"""Origin, religion, kin, discipline, health and grades of single persons, and the facts with everything in them."""
EXPORTS = frozenset({"/reports/cadre-work", "/feeds/{topic}", "/feeds/{topic}/live"})
"""What is made to be kept elsewhere."""
_NAMES_PERSON = re.compile(
    rb'"(?:cadre|cadre_id|subject|subject_id|stream|relative|declared_by)": ?"([^"\\]{1,64})"'
)
_FILTERS = ("cadre", "subject")
_ID_PARAMETERS = (
    *("cadre", "stream", "subject", "unit", "place", "parent", "post", "list", "contest"),
    *("reorganisation", "id", "ids"),
)
"""Names of parameters that hold ids of units, posts, persons and what belongs to them."""
Kind = Literal["", "sensitive", "export"]


def kind_of(path: str) -> Kind:
    """What a question does, by the path of its route."""
    return "sensitive" if path in SENSITIVE else "export" if path in EXPORTS else ""


def takes_out(request: Request) -> bool:
    """Whether a request takes data out: a page of a feed, or a report as a file. A report on the screen is read."""
    route = str(getattr(request.scope.get("route"), "path", ""))
    if request.method not in ("GET", "HEAD") or route not in EXPORTS:
        return False
    return route.startswith("/feeds/") or request.query_params.get("format", "json") != "json"


def subjects_of(path_parameters: dict[str, Any], query: dict[str, str], answer: bytes) -> frozenset[str]:
    """The ids of those whom a question named, or whom its answer is about."""
    named = [str(path_parameters[name]) for name in ("cadre", "stream") if name in path_parameters]
    named += [query[name] for name in _FILTERS if query.get(name)]
    shown = [each.decode("utf-8", "replace") for each in _NAMES_PERSON.findall(answer)]
    return keep_subjects([*named, *shown])


def list_named_ids(path_parameters: dict[str, Any], query: dict[str, str]) -> frozenset[str]:
    """All ids by which a request looks something up."""
    given = [str(path_parameters.get(name) or query.get(name, "")) for name in _ID_PARAMETERS]
    return keep_subjects(each.strip() for text in given for each in text.split(","))


def named_subject(path_parameters: dict[str, Any], query: dict[str, str]) -> str:
    """The id that a request names: a person, a stream or a unit; empty where it names none."""
    ids = [name for name in path_parameters if name.endswith("_id")]  # of the routes of single facts
    names = ("cadre", "stream", "subject", "unit", "place", *ids)
    found = [str(path_parameters.get(name) or query.get(name, "")) for name in names]
    return next(iter([each for each in found if keep_subjects([each])]), "")
