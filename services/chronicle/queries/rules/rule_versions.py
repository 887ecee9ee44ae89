"""Which versions of which rules are in force for decisions of a day: those shipped, and those enacted here."""

import msgspec
from sqlalchemy import Connection

from services.chronicle.queries.common.responses import AsOf, link
from services.chronicle.rows import RuleRow
from shared.core.partial_dates import LAST_DAY
from shared.core.rulebook import ParameterValue, Rulebook, RuleVersion
from shared.database.sql import Statement, known_condition


class RuleLine(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a rule. `until` empty: no end is known. `enacted`: the fact, where it was enacted here."""

    rule: str
    number: int
    kind: str
    severity: str
    since: str
    until: str
    scope: dict[str, str]
    parameters: dict[str, ParameterValue]
    override_authority: str
    source: str
    confidence: str
    title_vi: str
    title_en: str
    enacted: str = ""


_FIELDS = RuleRow.__struct_fields__
ENACTED = Statement(
    f"SELECT {', '.join('r.' + name for name in _FIELDS)} FROM rules r WHERE {known_condition('r')}"
)


def enacted(connection: Connection, when: AsOf) -> dict[tuple[str, int], RuleRow]:
    """By rule and number, as known then."""
    rows = (
        RuleRow(**dict(zip(_FIELDS, row, strict=True))) for row in ENACTED(connection, known=when.known_at)
    )
    return {(row.rule_id, row.number): row for row in rows}


def rulebook(connection: Connection, when: AsOf, shipped: Rulebook) -> Rulebook:
    """The shipped rules under those enacted here, as known then."""
    rows = enacted(connection, when).values()
    return shipped.under(row.version() for row in rows) if rows else shipped


def in_force(connection: Connection, when: AsOf, shipped: Rulebook, kind: str = "") -> list[RuleLine]:
    """By name of the rule."""
    ours = enacted(connection, when)
    book = rulebook(connection, when, shipped)
    return [
        _line(version, ours.get((version.rule, version.number)))
        for version in book.in_force(when.as_of)
        if not kind or version.kind == kind
    ]


def history(connection: Connection, when: AsOf, shipped: Rulebook, rule: str) -> list[RuleLine]:
    """Every version of a rule, by date."""
    ours = enacted(connection, when)
    book = rulebook(connection, when, shipped)
    return [_line(version, ours.get((rule, version.number))) for version in book.rules.get(rule, ())]


def _line(version: RuleVersion, row: RuleRow | None) -> RuleLine:
    ours = row is not None and row.valid_from <= version.since < row.valid_to
    return RuleLine(
        rule=version.rule,
        number=version.number,
        kind=version.kind,
        severity=version.severity,
        since=version.since,
        until="" if version.until == LAST_DAY else version.until,
        scope=version.scope,
        parameters=version.parameters,
        override_authority=version.override_authority,
        source=version.source,
        confidence=version.confidence,
        title_vi=version.title_vi,
        title_en=version.title_en,
        enacted=link("regulation", row.stream_id, row.opened_by) if row is not None and ours else "",
    )
