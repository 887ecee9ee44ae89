"""What a reader may open: the part of the tree that a policy gives them, and the ids in it."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from shared.http.principal import EVERYTHING


class Scope(msgspec.Struct, frozen=True):
    """Where somebody may do something."""

    units: frozenset[str] = frozenset()
    """Units whose subtrees, as they are now, are in scope; `*` is the whole tree."""
    managed_by: frozenset[str] = frozenset()
    """Bodies whose managed persons are in scope too, wherever they work."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is out of scope."""
        return EVERYTHING in self.units

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in scope."""
        return not (self.units or self.managed_by)

    def covers(self, other: "Scope") -> bool:
        """Whether all that another scope names is named by this one too."""
        return self.is_whole or (self.units >= other.units and self.managed_by >= other.managed_by)


WHOLE = Scope(frozenset({EVERYTHING}))
"""Everything."""


class ScopedIds(Protocol):
    """What is in a scope now."""

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the units and posts, of the persons, and of what belongs to them, such as lists."""
        ...

    def shows(self, event: Mapping[str, Any]) -> bool:
        """Whether a recorded event, as JSON has it, is about something in scope."""
        ...
