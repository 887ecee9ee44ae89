"""What a rule is given: a proposed fact, the read model, and the versions of rules on the day of its decision."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from services.chronicle.rows import DECISIONS, RULES
from shared.core.decider import ReadModel
from shared.core.facts import Fact, Finding
from shared.core.partial_dates import Day, PDate, earliest
from shared.core.projection import R, Row, View
from shared.core.rulebook import Rulebook, RuleVersion, choose_version


@dataclass(frozen=True)
class RuleContext:
    """One proposed fact of one stream. Look-ups are cached, because many rules need the same rows."""

    stream: str
    fact: Fact
    read_model: ReadModel
    book: Rulebook
    _rows: dict[tuple[object, ...], list[Any]] = field(default_factory=dict)
    """Rows of any view, by the view's name and the values of its columns."""

    def rows(self, view: View[R], /, **where: str) -> list[R]:
        key = (view.name, *sorted(where.items()))
        if key not in self._rows:
            self._rows[key] = self.read_model.rows(view, **where)
        rows: list[R] = self._rows[key]
        return rows

    @property
    def decision_day(self) -> Day:
        """The day of decision: as stated, else the signing of the document, else the first day it can take effect."""
        if self.fact.decided_on:
            return self.fact.decided_on
        documents = self.rows(DECISIONS, decision_id=self.fact.decision) if self.fact.decision else []
        signed_on = documents[0].signed_on if documents else ""
        return earliest(PDate(signed_on) if signed_on else self.fact.effective_from)

    @property
    def start(self) -> Day:
        """The first day on which the fact can take effect."""
        return earliest(self.fact.effective_from)

    def version(self, rule: str, **scope: str) -> RuleVersion | None:
        """The version that judges this decision: one enacted here before one that is shipped."""
        enacted = [row.version() for row in self.rows(RULES) if row.rule_id == rule]
        day = self.decision_day
        return choose_version(enacted, day, **scope) or self.book.version(rule, day, **scope)


RuleCheck = Callable[[RuleContext], Iterable[Finding]]


def make_finding(version: RuleVersion, detail: str, **inputs: object) -> Finding:
    """`inputs`: what the rule was given, by name, so that the case can be judged again."""
    return Finding(
        rule=version.rule,
        version=version.number,
        detail=f"{version.title_en}: {detail} ({version.source})",
        severity=version.severity,
        inputs={name: str(value) for name, value in inputs.items()},
    )


def is_valid_on(row: Row, day: Day) -> bool:
    """On that day, in some reading of partial dates."""
    return row.valid_from <= day < row.valid_to


def row_on(versions: Iterable[R], day: Day) -> R | None:
    """The version of a thing on that day; else its last one before, else its first; None where there is none."""
    ordered = sorted(versions, key=lambda row: row.valid_from)
    valid = (row for row in ordered if is_valid_on(row, day))
    before = (row for row in reversed(ordered) if row.valid_from <= day)
    return next(valid, None) or next(before, None) or next(iter(ordered), None)
