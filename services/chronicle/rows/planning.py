"""Planning lists, their titles, entries and yearly reviews."""

from shared.core.projection import Row, View


class ListRow(Row, frozen=True, kw_only=True):
    """A planning list over the time it counts. `targets` as JSON; texts are empty where nothing is stated."""

    list_id: str
    owner_id: str
    title_set: str
    term: str
    name: str
    bloc: str
    coefficient: str
    targets: str
    age_reference: str
    rule_set: str
    managed_by: str
    opened_by: str
    decision: str


class TitleRow(Row, frozen=True, kw_only=True):
    """A title that a list plans for: a post, or a title code in a unit (empty: in any unit of the owner)."""

    list_id: str
    post_id: str
    title_code: str
    title_unit: str
    seats: int


class EntryRow(Row, frozen=True, kw_only=True):
    """One cadre on a list for one title. Key: the entry. `ended` is empty while it is live, else the reason.

    `votes`: a JSON array of `Vote`.
    """

    list_id: str
    entry_id: str
    cadre_id: str
    post_id: str
    title_code: str
    title_unit: str
    source: str
    source_unit: str
    votes: str
    batch_no: int
    review_in: int
    mapped_from: str
    added: str
    managed_by: str
    opened_by: str
    decision: str
    removed: str = ""
    ended: str = ""
    mode: str = ""
    ground: str = ""
    trigger: str = ""
    review_out: int = 0
    closed_by: str = ""
    closing_decision: str = ""
    findings: str = ""


class PlanningReviewRow(Row, frozen=True, kw_only=True):
    """A closed yearly review. `stated` is the structure as the owner states it, as JSON; empty: not stated."""

    list_id: str
    year: int
    in_count: int
    out_count: int
    stated: str
    approved_by: str
    opened_by: str
    decision: str


PLANNING_LISTS = View("planning_lists", ListRow)
PLANNING_TITLES = View("planning_titles", TitleRow)
PLANNING_ENTRIES = View("planning_entries", EntryRow)
PLANNING_REVIEWS = View("planning_reviews", PlanningReviewRow)
