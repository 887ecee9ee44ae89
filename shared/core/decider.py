"""The shape of every write model: pure functions that judge a proposed fact by the facts before it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any, Generic, Protocol, TypeVar

from msgspec.structs import replace

from shared.core.facts import F, Recorded
from shared.core.timeline import timeline

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class Decider(Generic[S, F]):
    """`decide` answers a proposed fact with the facts to be stored, or raises Rejected. `evolve` never refuses."""

    initial: S
    decide: Callable[[S, F], tuple[F, ...]]
    evolve: Callable[[S, F], S]

    def replay(self, events: Iterable[Recorded[F]]) -> S:
        return reduce(self.evolve, (event.fact for event in timeline(events)), self.initial)

    def judge(self, history: Iterable[Recorded[F]], proposed: F) -> tuple[F, ...]:
        """What was said already is not said again, whatever rules found about it then."""
        facts = [event.fact for event in timeline(history)]
        if any(_same(fact, proposed) for fact in facts):
            return ()
        return self.decide(reduce(self.evolve, facts, self.initial), proposed)


def _same(fact: F, proposed: F) -> bool:
    return fact == proposed or (bool(fact.findings) and replace(fact, findings=proposed.findings) == proposed)


class Rejected(Exception):
    """A proposed fact cannot be true. Subclasses are named after the rule; keyword arguments are the case."""

    title_vi: str = "Yêu cầu không hợp lệ"
    field: str = ""
    """Which field of the command is at fault; empty when it is the whole of it."""

    def __init__(self, **case: Any) -> None:
        super().__init__(self.__doc__ or "")
        self.case = case

    @property
    def title(self) -> str:
        return " ".join((type(self).__doc__ or "").split())

    @property
    def rule(self) -> str:
        return type(self).__name__

    def __str__(self) -> str:
        details = ", ".join(f"{name}: {value}" for name, value in self.case.items())
        return f"{self.title} ({details})" if details else self.title


class ReadModel(Protocol):
    """What this site knows now: period rows of a projection by equality on columns."""

    def rows(self, projection: str, **where: str) -> list[Any]: ...


class EmptyReadModel:
    """Knows nothing: for deciding where the read side is out of reach."""

    def rows(self, projection: str, **where: str) -> list[Any]:
        return []
