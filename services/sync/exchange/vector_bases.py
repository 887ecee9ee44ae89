"""Which vector a neighbour remembers of this site, so that only what has changed since needs to be said."""

from services.sync.domain.heads import digest_heads
from shared.replica.runs import Head

_KEPT = 4
"""Vectors that are remembered as said, for each neighbour."""


class VectorBases:
    """In memory only: after a start of this process a vector is said whole once, where it is not still the same."""

    def __init__(self) -> None:
        self._said: dict[str, dict[str, frozenset[Head]]] = {}
        self._remembered: dict[str, str] = {}
        self._digests: list[tuple[frozenset[Head], str]] = []

    def note_said(self, neighbour: str, heads: frozenset[Head]) -> None:
        """Remember a vector that is said to a neighbour."""
        said = self._said.setdefault(neighbour, {})
        said[self.digest(heads)] = heads
        while len(said) > _KEPT:
            del said[next(iter(said))]

    def note_remembered(self, neighbour: str, digest: str) -> None:
        """The neighbour says which vector of this site it remembers; empty: none, or it does not say."""
        self._remembered[neighbour] = digest

    def forget(self, neighbour: str) -> None:
        """The neighbour does not remember what it said."""
        self._remembered.pop(neighbour, None)

    def find(self, neighbour: str, present: frozenset[Head]) -> tuple[str, frozenset[Head]]:
        """The vector that a neighbour remembers, with its digest; nothing where it is not known here. `present`: that
        of this site now."""
        digest = self._remembered.get(neighbour, "")
        if digest and digest == self.digest(present):
            return digest, present
        heads = self._said.get(neighbour, {}).get(digest)
        return (digest, heads) if digest and heads is not None else ("", frozenset())

    def digest(self, heads: frozenset[Head]) -> str:
        """The digest of a vector; of an empty one nothing. What was asked for last is computed once."""
        for known, digest in self._digests:
            if known is heads:
                return digest
        digest = digest_heads(heads) if heads else ""
        self._digests = [(heads, digest), *self._digests[: 2 * _KEPT - 1]]
        return digest
