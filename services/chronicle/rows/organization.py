"""Units, posts and their reorganisation."""

from shared.core.projection import Row, View


class UnitRow(Row, frozen=True, kw_only=True):
    """A unit under one name, kind and parent. Key: the fact that opened the version."""

    unit_id: str
    parent_id: str
    name: str
    search: str
    kind: str
    kind_label: str
    level: str
    bloc: str
    codes: str
    opening: str
    opened_by: str
    decision: str
    closing: str = ""
    closed_by: str = ""
    closing_decision: str = ""
    closing_decided_on: str = ""
    refuse_excess: bool = False


class PostRow(Row, frozen=True, kw_only=True):
    """A post under one title and one set of terms. Key: the fact that opened the version."""

    post_id: str
    unit_id: str
    title: str
    search: str
    title_code: str
    role: str
    rank_group: str
    seats: int
    route: str
    term_months: int
    key_title: bool
    paired_post: str
    not_local: bool
    managed_by: str
    codes: str
    opened_by: str
    decision: str
    closing: str = ""
    closed_by: str = ""
    closing_decision: str = ""
    closing_decided_on: str = ""
    closing_reorganisation: str = ""
    refuse_excess: bool = False


class CodeRow(Row, frozen=True, kw_only=True):
    """What a scheme calls a unit, a post or a cadre, over a time."""

    scheme: str
    value: str
    subject: str
    what: str


class EdgeRow(Row, frozen=True, kw_only=True):
    """One clause of an executed reorganisation: from that date on, so much of the source is in the target."""

    reorganisation: str
    title: str
    source_id: str
    target_id: str
    portion: str
    clause_no: int
    opened_by: str
    decision: str


class OversightRow(Row, frozen=True, kw_only=True):
    """The two parents of a unit: its vertical and its territorial authority."""

    unit_id: str
    vertical: str
    territorial: str
    opened_by: str
    decision: str


class QuotaRow(Row, frozen=True, kw_only=True):
    """How many heads, deputies or staff a unit may have, over a time. An overage is allowed until a day."""

    unit_id: str
    quota: str
    amount: int
    overage_allowed: int
    overage_until: str
    opened_by: str
    decision: str


class SecretRow(Row, frozen=True, kw_only=True):
    """A unit, a post or a reorganisation of which some fact is SECRET. It holds for all time. Key: the stream."""

    subject: str


class SecretFactRow(Row, frozen=True, kw_only=True):
    """A SECRET fact of another service. `subject` is its stream where the whole stream is secret, else empty."""

    event_id: str
    subject: str


class TargetRow(Row, frozen=True, kw_only=True):
    """How many units of a kind an approved plan wants, over the time its version counts."""

    reorganisation: str
    title: str
    scope: str
    plan_version: int
    kind: str
    from_count: int
    to_count: int
    due_on: str
    opened_by: str
    decision: str


SECRET_COLUMNS = frozenset(
    {
        *("unit_id", "parent_id", "post_id", "tenure_id", "subject", "subject_id", "source_id", "target_id"),
        *("from_unit", "to_unit", "from_post", "to_post", "from_tenure", "title_unit", "source_unit"),
        *("owner_id", "body_id", "scope", "lead_unit", "reorganisation"),
        *(
            "cadre_id",
            "merged_id",
            "relative_id",
            "list_id",
            "entry_id",
            "move_id",
            "contest_id",
            "decision_id",
        ),
        *("opened_by", "closed_by"),
    }
)
"""The columns, of any table, by which a row is about a unit, a post, a person, a tenure or something else that has an
id, and those of the facts it was made of: where one of these is secret, the row is left out."""
SCOPE_COLUMNS: dict[str, tuple[str, ...]] = {
    "units": ("unit_id",),
    "posts": ("unit_id",),
    "unit_codes": ("subject",),
    "edges": ("source_id", "target_id"),
    "oversight": ("unit_id",),
    "quotas": ("unit_id",),
    "reorganisation_targets": ("scope",),
    **dict.fromkeys(("secret_subjects",), ("subject",)),
    **dict.fromkeys(("cadres", "kinship", "away", "trainings", "disciplines"), ("cadre_id",)),
    "person_codes": ("subject",),
    "merged_records": ("cadre_id", "merged_id"),
    **dict.fromkeys(("tenures", "reliefs", "candidacies", "ballots"), ("cadre_id",)),
    "contests": ("contest_id",),
    "planning_lists": ("owner_id",),
    "planning_titles": ("list_id",),
    "planning_reviews": ("list_id",),
    "planning_entries": ("cadre_id",),
    "rotations": ("cadre_id",),
    "rotation_plans": ("owner_id", "cadre_id"),
    "evaluations": ("subject_id",),
    "reviews": ("subject_id",),
    "ignored_organization": ("stream",),
    **{
        f"{kind}_{topic}": ("stream",)
        for kind in ("ignored", "secret_facts")
        for topic in ("personnel", "appointment", "planning", "rotation", "evaluation", "regulation")
    },
}
"""By table, the columns of which one has to name something in scope, so that somebody whose scope is not the whole tree
may open the row: what the row is about. Tables that are not listed belong to no unit and are open to all."""
NAMED_TABLES = frozenset({"units", "posts", "planning_lists"})
"""Tables that rows of persons refer to: their names are read with the history of a person, wherever that was."""
SCOPE_REFERENCES = {"kinship": ("relative_id",), "rotation_plans": ("cadre_id",)}
"""By table, columns that are left empty where they name somebody out of scope."""
UNITS = View("units", UnitRow)
POSTS = View("posts", PostRow)
UNIT_CODES = View("unit_codes", CodeRow)
EDGES = View("edges", EdgeRow)
OVERSIGHT = View("oversight", OversightRow)
QUOTAS = View("quotas", QuotaRow)
SECRET_SUBJECTS = View("secret_subjects", SecretRow)
SECRET_FACTS_PERSONNEL = View("secret_facts_personnel", SecretFactRow)
SECRET_FACTS_APPOINTMENT = View("secret_facts_appointment", SecretFactRow)
SECRET_FACTS_PLANNING = View("secret_facts_planning", SecretFactRow)
SECRET_FACTS_ROTATION = View("secret_facts_rotation", SecretFactRow)
SECRET_FACTS_EVALUATION = View("secret_facts_evaluation", SecretFactRow)
SECRET_FACTS_REGULATION = View("secret_facts_regulation", SecretFactRow)
REORGANISATION_TARGETS = View("reorganisation_targets", TargetRow)
