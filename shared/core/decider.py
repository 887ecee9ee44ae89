"""The shape of every write model: pure functions that accept or reject a proposed fact by the facts before it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any, Generic, Protocol, TypeVar

from msgspec.structs import replace

from shared.core.facts import F, Recorded
from shared.core.projection import R, View
from shared.core.timeline import timeline

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class Decider(Generic[S, F]):
    """The rules of one service: `decide` returns the facts to store for a proposed fact or raises Rejected, `evolve`
    returns the state after a fact.

    `evolve` never raises: a recorded fact counts, even where a rule of today would reject it.
    """

    initial: S
    decide: Callable[[S, F], tuple[F, ...]]
    evolve: Callable[[S, F], S]
    repeatable: tuple[type[Any], ...] = ()
    """Kinds of statements of which it matters how often, when and by whom they are made: each is judged and recorded,
    also where it equals an earlier one."""

    def replay(self, events: Iterable[Recorded[F]]) -> S:
        """The state after all facts that count, in effective order."""
        return reduce(self.evolve, (event.fact for event in timeline(events)), self.initial)

    def judge(self, history: Iterable[Recorded[F]], proposed: F) -> tuple[F, ...]:
        """The facts to store for a proposed one; none where it is recorded already, whatever findings it carries."""
        facts = [event.fact for event in timeline(history)]
        if not isinstance(proposed, self.repeatable) and any(_is_same(fact, proposed) for fact in facts):
            return ()
        return self.decide(reduce(self.evolve, facts, self.initial), proposed)


def _is_same(fact: F, proposed: F) -> bool:
    """Whether the two are equal, not counting findings that the rules added."""
    return fact == proposed or (bool(fact.findings) and replace(fact, findings=proposed.findings) == proposed)


class Rejected(Exception):
    """A proposed fact breaks a rule; subclasses are named after the rule, keyword arguments say in which way.

    The docstring of a subclass is its English title in responses to clients, `title_vi` the Vietnamese one.
    """

    title_vi: str = "Yêu cầu không hợp lệ"
    field: str = ""
    """The field of the command that is wrong; empty when it is the whole command."""
    needs_another: bool = False
    """Whether the fact is about something that another fact of the stream must have made, and none has."""

    def __init__(self, **case: object) -> None:
        super().__init__(self.__doc__ or "")
        self.case = case

    @property
    def title(self) -> str:
        return " ".join((type(self).__doc__ or "").split())

    @property
    def rule(self) -> str:
        return type(self).__name__

    def explain(self) -> str:
        """What is wrong in this case, and what to do about it."""
        return str(self)

    def __str__(self) -> str:
        details = ", ".join(f"{name}: {value}" for name, value in self.case.items())
        return f"{self.title} ({details})" if details else self.title


class ReadModel(Protocol):
    """Looks up rows of projections as they are known now, for rules that depend on other streams."""

    def rows(self, view: View[R], /, **where: str) -> list[R]:
        """The rows whose columns equal these values. UnknownView and UnknownColumn are errors of the program."""
        ...


class EmptyReadModel:
    """A read model without rows, for deciding where the read side is not available."""

    def rows(self, view: View[R], /, **where: str) -> list[R]:
        view.require_columns(where)
        return []
