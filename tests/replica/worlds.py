"""Small worlds of sites: who is there, how often each writes, what may go wrong, and what must be met at the end.

A ward W and its clone W', a second ward X, a district D, a city C.
"""

from collections.abc import Mapping
from typing import NamedTuple


class World(NamedTuple):
    """Roles are called as their site is; `W'` is a clone of W. The last is the top."""

    name: str
    roles: tuple[str, ...]
    parents: Mapping[str, str]
    appends: Mapping[str, int]
    budget: Mapping[str, int] = {}
    """How often each rare action may happen: bundle, restart, restore, clone, rehome, close, admit, rescope."""
    carried: tuple[tuple[str, str], ...] = ()
    """Between whom bundle files are made; they are applied anywhere in `applied`."""
    applied: tuple[str, ...] = ()
    offline: tuple[str, ...] = ()
    """Children whose line is down until everything is healed."""
    cuts: bool = True
    lost_replies: bool = True
    filtered: str = "W"
    """Whose scope it is that `rescope` changes."""
    first: bool = False
    """Whether what is promised at first contact is watched."""
    must_meet: tuple[str, ...] = ()


CHAIN = {"W": "D", "D": "C"}
TAMPERED = tuple(
    f"tampered {kind}" for kind in ("leaf", "sequence", "epoch", "origin", "previous", "key", "payload")
)
WORLDS = (
    World(
        "line",
        ("W", "D", "C"),
        CHAIN,
        {"W": 2, "D": 1, "C": 1},
        must_meet=("next", "cut", "reply lost"),
    ),
    World(
        "bundle",
        ("W", "D", "C"),
        CHAIN,
        {"W": 2, "D": 1},
        {"bundle": 2},
        carried=(("W", "D"), ("W", "C"), ("D", "W")),
        applied=("D", "C", "W"),
        offline=("W",),
        cuts=False,
        must_meet=("duplicate", "early", "lose", *TAMPERED),
    ),
    World(
        "gap",
        ("W", "D"),
        {"W": "D"},
        {"W": 3},
        {"bundle": 1, "restore": 1},
        carried=(("W", "D"), ("D", "W")),
        applied=("D", "W"),
        must_meet=(
            "early",
            "healed with a gap",
            "old receipt passed over",
            "parent went back",
            "target given up",
        ),
    ),
    World(
        "restore",
        ("W", "D", "C"),
        CHAIN,
        {"W": 3, "D": 1},
        {"restore": 1},
        cuts=False,
        lost_replies=False,
        must_meet=("own tail pulled back", "parent went back", "healed with a branch", "duplicate"),
    ),
    World(
        "refill",
        ("W", "D", "C"),
        CHAIN,
        {"W": 3},
        {"restore": 1},
        must_meet=("cut", "reply lost", "own tail pulled back", "parent went back", "target given up"),
    ),
    World(
        "disaster",
        ("W", "D", "C"),
        CHAIN,
        {"W": 2, "D": 1},
        {"restore": 2},
        cuts=False,
        lost_replies=False,
        must_meet=("own tail pulled back", "parent went back", "healed with a branch"),
    ),
    World(
        "clone",
        ("W", "W'", "D", "C"),
        CHAIN,
        {"W": 3, "W'": 1},
        {"clone": 1, "restart": 1},
        cuts=False,
        lost_replies=False,
        must_meet=("fork", "healed with a fork", "healed with a branch"),
    ),
    World(
        "rehome",
        ("W", "D", "C"),
        CHAIN,
        {"W": 1, "D": 2},
        {"rehome": 1, "close": 1, "admit": 1, "bundle": 1},
        carried=(("D", "C"),),
        applied=("C",),
        cuts=False,
        lost_replies=False,
        must_meet=("rehome", "close", "parked", "admit", "healed with a parked fact", "target given up"),
    ),
    World(
        "scope",
        ("W", "D"),
        {"W": "D"},
        {"W": 1, "D": 3},
        {"rescope": 2, "bundle": 1},
        carried=(("D", "W"),),
        applied=("W",),
        must_meet=("rescope", "stub filled or withdrawn", "cut", "early"),
    ),
    World(
        "relay",
        ("W", "D", "C"),
        CHAIN,
        {"W": 1, "C": 1},
        {"rescope": 2, "restore": 1},
        cuts=False,
        lost_replies=False,
        filtered="D",
        must_meet=("rescope", "stub filled or withdrawn", "own tail pulled back"),
    ),
    World(
        "middle",
        ("W", "D", "C"),
        CHAIN,
        {"W": 1, "D": 1, "C": 2},
        {"rescope": 2},
        cuts=False,
        lost_replies=False,
        filtered="D",
        must_meet=("rescope", "stub filled or withdrawn"),
    ),
    World(
        "first",
        ("W", "X", "D"),
        {"W": "D", "X": "D"},
        {"W": 3, "D": 1},
        first=True,
        must_meet=("cut",),
    ),
)
