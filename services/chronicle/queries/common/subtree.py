"""A unit and all units below it, as the WITH clause `sub(unit_id)` that queries join with. The root is `:unit`."""

from collections.abc import Callable

from shared.database.sql import as_of_condition, known_condition


def _subtree(root: Callable[[str], str], child: Callable[[str], str], *, levels: bool = False) -> str:
    """Conditions on the rows of the root (`r`) and of each child (`u`). `levels`: also the depth, up to `:depth`.
    UNION, so that a unit met twice, or a circle in the data, ends."""
    column, first, below, limit = (
        (", depth", ", 0", ", sub.depth + 1", " AND sub.depth < :depth") if levels else ("", "", "", "")
    )
    return f"""
WITH RECURSIVE sub(unit_id{column}) AS (
  SELECT r.unit_id{first} FROM units r WHERE r.unit_id = :unit AND {root("r")}
  UNION SELECT u.unit_id{below} FROM sub CROSS JOIN units u WHERE u.parent_id = sub.unit_id AND {child("u")}{limit}
)"""


def _overlaps(alias: str) -> str:
    return f"{known_condition(alias)} AND {alias}.valid_from < :until AND {alias}.valid_to > :since"


SUBTREE_ON_DAY = _subtree(as_of_condition, as_of_condition)
"""As of `:day`."""
SUBTREE_TO_DEPTH = _subtree(as_of_condition, as_of_condition, levels=True)
"""Likewise, `:depth` levels down: `sub(unit_id, depth)`."""
SUBTREE_DURING = _subtree(known_condition, _overlaps)
"""The unit, at any time, and all units below it at some time of [`:since`, `:until`)."""
