"""A small world that rules look at: what is told of each stream, shown as the rows that a running ledger has."""

from collections import defaultdict
from typing import Any

from services.chronicle.projections import PROJECTIONS
from services.regulation.application import rulebook
from services.regulation.domain.rule_findings import apply_rules
from shared.core.facts import Finding
from shared.core.rulebook import Rulebook
from shared.testing import FakeReadModel, history


class World:
    """`tell` a stream some facts, then `judge` another one."""

    def __init__(self, book: Rulebook | None = None) -> None:
        self.book = book or rulebook()
        self.told: dict[str, list[Any]] = defaultdict(list)

    def tell(self, stream: str, *facts: Any) -> "World":
        self.told[stream] += facts
        return self

    def known(self) -> FakeReadModel:
        rows: dict[str, list[Any]] = {projection.name: [] for projection in PROJECTIONS}
        for stream, facts in self.told.items():
            for projection in PROJECTIONS:
                mine = [fact for fact in facts if isinstance(fact, tuple(projection.follows.kinds.values()))]
                rows[projection.name] += projection.fold(history(*mine, stream=stream)).values()
        return FakeReadModel(PROJECTIONS, **rows)

    def judge(self, stream: str, fact: Any, *rules: str) -> list[Finding]:
        """Of these rules only, where some are named."""
        found = apply_rules(self.book, stream, fact, self.known())
        return [each for each in found if not rules or each.rule in rules]


def labels(found: list[Finding]) -> list[str]:
    return [f"{each.rule}/{each.version}" for each in found]
