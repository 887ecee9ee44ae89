"""Proves each chunk once: an exploration sees the same few chunks some million times."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

import pytest

from shared.eventlog.signed_notes import Verifier
from shared.replica import importing, proof
from shared.replica.chunks import BadChunk, Chunk
from shared.replica.proof import ProvenChunk


@contextmanager
def proofs_made_once() -> Iterator[None]:
    """While it lasts, the proof of a chunk is remembered. It depends on nothing but the chunk and the keys."""
    prove_chunk = proof.prove_chunk

    @cache
    def proof_of(chunk: Chunk, keys: tuple[Verifier, ...]) -> ProvenChunk | BadChunk:
        try:
            return prove_chunk(chunk, keys)
        except BadChunk as bad:
            return bad

    def remember(chunk: Chunk, keys: Iterable[Verifier]) -> ProvenChunk:
        proof = proof_of(chunk, tuple(keys))
        if isinstance(proof, BadChunk):
            raise proof
        return proof

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "prove_chunk", remember)
        yield
