"""The shape of every automation: when they say this, we do that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from shared.core.decider import ReadModel
from shared.core.facts import F, Fact, Recorded, Topic


@dataclass(frozen=True, kw_only=True)
class Reaction(Generic[F]):
    """Answers others' facts with proposals of our own; `ReadModel` is for looking up. Repeats do no harm."""

    name: str
    follows: Topic[F]
    react: Callable[[Recorded[F], ReadModel], tuple[tuple[str, Fact], ...]]
