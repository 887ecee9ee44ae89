"""Seals on the logs: the site's signing key, a Merkle tree per log, and signed checkpoints."""

from services.audit.sealing.checkpoints import Broken, Seals
from services.audit.sealing.keys import KeyExposed, signing_key, trusted
from services.audit.sealing.trees import ChainBroken, Tree

__all__ = ["Broken", "ChainBroken", "KeyExposed", "Seals", "Tree", "signing_key", "trusted"]
