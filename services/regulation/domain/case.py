"""What a rule is given: a proposed fact, what is known of the world, and the rules of the day of its decision."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from shared.core.decider import ReadModel
from shared.core.facts import Fact, Finding
from shared.core.partial_dates import Day, PDate, earliest
from shared.core.rulebook import Rulebook, RuleVersion, choose_version, version_of


@dataclass(frozen=True)
class Case:
    """One proposed fact of one stream. Look-ups are remembered, for many rules ask the same."""

    stream: str
    fact: Fact
    known: ReadModel
    book: Rulebook
    _asked: dict[Any, Any] = field(default_factory=dict)

    def rows(self, projection: str, **where: str) -> list[Any]:
        key = (projection, *sorted(where.items()))
        if key not in self._asked:
            self._asked[key] = self.known.rows(projection, **where)
        found: list[Any] = self._asked[key]
        return found

    @property
    def decided(self) -> Day:
        """The day of decision: as stated, else the signing of the document, else the first day it can take effect."""
        if self.fact.decided_on:
            return self.fact.decided_on
        papers = self.rows("decisions", decision_id=self.fact.decision) if self.fact.decision else []
        signed = papers[0].signed_on if papers else ""
        return earliest(PDate(signed) if signed else self.fact.effective_from)

    @property
    def start(self) -> Day:
        return earliest(self.fact.effective_from)

    def version(self, rule: str, **scope: str) -> RuleVersion | None:
        """The version that judges this decision: one enacted here before one that is shipped."""
        enacted = [version_of(row) for row in self.rows("rules") if row.rule_id == rule]
        return choose_version(enacted, self.decided, **scope) or self.book.version(
            rule, self.decided, **scope
        )


Rule = Callable[[Case], Iterable[Finding]]


def found(version: RuleVersion, detail: str, **inputs: object) -> Finding:
    return Finding(
        rule=version.rule,
        version=version.number,
        detail=f"{version.title_en}: {detail} ({version.source})",
        severity=version.severity,
        inputs={name: str(value) for name, value in inputs.items()},
    )


def holds(row: Any, day: Day) -> bool:
    """On that day, in some reading of partial dates."""
    return bool(row.valid_from <= day < row.valid_to)


def standing(rows: Iterable[Any], day: Day) -> Any:
    """The version of a thing on that day; else its last one before, else its first; None where there is none."""
    ordered = sorted(rows, key=lambda row: row.valid_from)
    return next(
        (row for row in ordered if holds(row, day)),
        next((row for row in reversed(ordered) if row.valid_from <= day), ordered[0] if ordered else None),
    )
