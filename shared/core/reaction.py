"""The shape of every reaction: events of one service lead to proposals of another."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from shared.core.decider import ReadModel
from shared.core.facts import F, Fact, Recorded, Topic


@dataclass(frozen=True, kw_only=True)
class Reaction(Generic[F]):
    """A policy that proposes facts of its own service in response to an event of another, as (stream, fact) pairs.

    Running it twice on an event records nothing new. `name` is stored: it names the position up to which the reaction
    has read, and the actor of what it proposes.
    """

    name: str
    follows: Topic[F]
    react: Callable[[Recorded[F], ReadModel], tuple[tuple[str, Fact], ...]]
