"""The query parameters that several questions share, each with its description, limits and an example."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import Path, Query
from pydantic import Field
from pydantic.fields import FieldInfo

from services.chronicle.queries.common.counts import Basis, CountingUnit

ID = "0197c3a1-7b1e-7c44-8d0a-3f5b2c6d7e8f"
"""Ids are opaque texts; those that this installation gives look like this one."""
DATE = {"format": "date"}


def text(description: str, example: str) -> FieldInfo:
    """A query parameter that is a short text."""
    field: FieldInfo = Query(max_length=200, description=description, examples=[example])
    return field


def key(description: str, example: str = ID) -> FieldInfo:
    """A part of the path."""
    field: FieldInfo = Path(description=description, examples=[example])
    return field


def count_by(names: Iterable[str], example: str) -> FieldInfo:
    """What a count is split by: the names that this count knows."""
    return text(f"What to count by, with commas between: {', '.join(names)}.", example)


OptionalDay = Annotated[str, Field(max_length=200, json_schema_extra=DATE)] | None
ShortOptionalDay = Annotated[str, Field(max_length=10, json_schema_extra=DATE)] | None

UnitId = Annotated[str, text("Id of a unit.", ID)]
PostId = Annotated[str, text("Id of a post.", ID)]
CadreId = Annotated[str, text("Id of a cadre.", ID)]
DecisionId = Annotated[str, text("Id of a decision document.", ID)]
UnitScope = Annotated[str, text("Id of a unit: it and all units below it. Empty: everywhere.", ID)]
RequiredUnitScope = Annotated[str, text("Id of a unit: it and all units below it.", ID)]
ManagedBy = Annotated[str, text("Id of a unit: only what it manages. Empty: whoever manages it.", ID)]
Term = Annotated[str, text("Only lists or plans of this term. Empty: of every term.", "2020-2025")]
RuleId = Annotated[str, text("Name of one rule. Empty: every rule.", "RETIRE_AGE")]
Words = Annotated[
    str, text("Words to find; case and tone marks do not matter. Empty: everything.", "nguyen van an")
]
Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many.", examples=[100])]
Cursor = Annotated[
    str,
    Query(
        max_length=2_000,  # it holds a name
        description="`next` of the page before. Empty: the first page.",
        examples=["WMOjIEHhurdjCTE"],
    ),
]
Counted = Annotated[
    CountingUnit,
    Query(
        description="What is counted: a person once, a case or a move each time, an entry once for each title "
        "planned for. A unit that does not apply is refused (422 NotCountable), and the refusal names those that do.",
        examples=["person"],
    ),
]
OnBasis = Annotated[
    Basis,
    Query(description="Count what was done (actual) or what was planned (plan).", examples=["actual"]),
]
