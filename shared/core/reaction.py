"""The shape of every reaction: facts of another service lead to proposals of our own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from shared.core.decider import ReadModel
from shared.core.facts import F, Fact, Recorded, Topic


@dataclass(frozen=True, kw_only=True)
class Reaction(Generic[F]):
    """Reacts to the facts of a topic with (stream, proposed fact) pairs. Reacting twice records nothing new.

    `name` is stored: it names the position up to which the reaction has read, and the actor of what it proposes.
    """

    name: str
    follows: Topic[F]
    react: Callable[[Recorded[F], ReadModel], tuple[tuple[str, Fact], ...]]
