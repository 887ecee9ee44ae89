"""Seals on the logs: the site's signing key, a Merkle tree per log, and signed checkpoints."""

from services.audit.sealing.checkpoints import SealBroken, Seals
from services.audit.sealing.keys import (
    KeyExposed,
    keep_earlier_keys,
    load_signing_key,
    load_trusted_keys,
)
from services.audit.sealing.trees import ChainBroken, LogTree, find_damaged_trees

__all__ = [
    "ChainBroken",
    "KeyExposed",
    "LogTree",
    "SealBroken",
    "Seals",
    "find_damaged_trees",
    "keep_earlier_keys",
    "load_signing_key",
    "load_trusted_keys",
]
