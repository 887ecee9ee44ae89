"""What a run of the faults came to: rounds, how many of them met somebody at work, and what the oracle found after."""

import os
import random
from typing import Any

from tests.conftest import TALLIES
from tests.faults.load import Load

ROUNDS = int(os.environ.get("CADRE_FAULT_ROUNDS", "1"))
AWAY = float(os.environ.get("CADRE_FAULT_AWAY", "8"))
"""Seconds for which the broker is away."""
SEED = int(os.environ.get("CADRE_FAULT_SEED", random.SystemRandom().randrange(10**6)))
MET = TALLIES[f"faults met, with CADRE_FAULT_SEED={SEED}"]
"""Printed at the end of the run."""


def met(fault: str, load: Load, rounds: int, hit: int, verdict: dict[str, Any]) -> None:
    book = load.book
    found = {
        "rounds": rounds,
        "of them in the middle of work": hit,
        "commands acknowledged": len(book.acknowledged),
        "facts recorded for them": sum(len(command.facts) for command in book.acknowledged),
        **{f"commands {what}": count for what, count in sorted(book.met.items())},
        "facts lost": verdict["lost"],
        "facts doubled": verdict["doubled"],
        "logs out of order": verdict["broken"],
        "differing rows": verdict["differing"],
    }
    for what, count in found.items():
        MET[f"{fault}: {what}"] += count
