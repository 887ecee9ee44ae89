"""Moves of cadres, and plans of moves."""

from shared.core.projection import Row, View


class MoveRow(Row, frozen=True, kw_only=True):
    """One move of one cadre. Key: its id. `kind` is ROTATION or that of a transfer.

    A `posting` is expected to end: it is valid while it lasts, and `ended` says how it ended. Other moves stay valid.
    `tenure_id` is the tenure that appointment starts in reaction. `due` is empty where no end is expected or the start
    is not exact; `months` are the full months served, -1 while it lasts or where the dates are not exact. `approach` is
    yes, no, or empty where it is not stated. `holding` is that of `to_post`, `next_holding` that of `next_post`.
    """

    move_id: str
    cadre_id: str
    kind: str
    posting: bool
    start: str
    from_tenure: str
    from_post: str
    from_unit: str
    from_bloc: str
    to_post: str
    to_unit: str
    to_bloc: str
    direction: str
    purpose: str
    min_months: int
    due: str
    supervisor: str
    plan_id: str
    item_id: str
    planned_entry: str
    trigger: str
    ground: str
    tenure_id: str
    managed_by: str
    opened_by: str
    decision: str
    end: str = ""
    ended: str = ""
    reason: str = ""
    next_post: str = ""
    approach: str = ""
    months: int = -1
    closed_by: str = ""
    closing_decision: str = ""
    findings: str = ""
    holding: str = ""
    decided_on: str = ""
    next_holding: str = ""
    closing_decided_on: str = ""
    closing_managed_by: str = ""


class PlanRow(Row, frozen=True, kw_only=True):
    """An item of a plan, over the time its version counts. `count` cadres, one where the cadre is named."""

    plan_id: str
    item_id: str
    owner_id: str
    term: str
    title: str
    plan_version: int
    cadre_id: str
    count: int
    from_unit: str
    from_bloc: str
    to_unit: str
    to_bloc: str
    to_post: str
    direction: str
    due_on: str
    managed_by: str
    opened_by: str
    decision: str


ROTATIONS = View("rotations", MoveRow)
ROTATION_PLANS = View("rotation_plans", PlanRow)
