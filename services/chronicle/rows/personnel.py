"""The files of cadres."""

from services.chronicle.rows.organization import CodeRow
from shared.core.facts import MASKED
from shared.core.projection import Row, View


class CadreRow(Row, frozen=True, kw_only=True):
    """A cadre on file as last amended, in clear text; rebuilt as erased when the key is destroyed.

    `managed_by` is the unit that registered the cadre, or amended the file last: whose cadre it is while there is no
    post."""

    cadre_id: str
    name: str
    name_key: str
    search: str
    sex: str
    birth: str
    category: str
    cadre_no: str
    identity: str
    codes: str
    opened_by: str
    ethnicity: str = ""
    home_place: str = ""
    home_unit: str = ""
    party_joined: str = ""
    service_from: str = ""
    degree: str = ""
    theory: str = ""
    state_management: str = ""
    managed_by: str = ""


class MergedRow(Row, frozen=True, kw_only=True):
    """A file that was merged into the kept one of the same person. `duplicates` is a JSON array of tenures."""

    cadre_id: str
    merged_id: str
    reason: str
    duplicates: str
    opened_by: str
    decision: str


class KinshipRow(Row, frozen=True, kw_only=True):
    """A relative as the cadre declared it, in clear text. The other side is read from the same row."""

    cadre_id: str
    kinship_id: str
    relation: str
    relative_id: str
    relative_name: str
    relative_post: str
    declared_on: str
    opened_by: str
    decision: str


class AwayRow(Row, frozen=True, kw_only=True):
    """A time out of service: from the first day out to the day of coming back, if any."""

    cadre_id: str
    kind: str
    opened_by: str
    decision: str
    closed_by: str = ""
    decided_on: str = ""


class TrainingRow(Row, frozen=True, kw_only=True):
    """One step of a training, until the next: registered, sent, completed … Key: the fact."""

    cadre_id: str
    training_id: str
    field: str
    level: str
    status: str
    programme: str
    started: str
    ended: str
    certificate: str
    sent_by: str
    managed_by: str
    entry: str
    opened_by: str
    decision: str
    closed_by: str = ""


class DisciplineRow(Row, frozen=True, kw_only=True):
    """A disciplinary decision, over the time it is in force. `decided_on` is what rules count from. Key: the case."""

    cadre_id: str
    case_id: str
    side: str
    form: str
    decided_on: str
    expires_on: str
    tenure_id: str
    findings: str
    opened_by: str
    decision: str


PERSONAL_COLUMNS: dict[str, dict[str, str]] = {
    "cadres": {
        **dict.fromkeys(
            ("name", "sex", "birth", "ethnicity", "home_place", "party_joined", "service_from"), MASKED
        ),
        **dict.fromkeys(("name_key", "search", "home_unit"), ""),
    },
    "kinship": {
        **dict.fromkeys(("relation", "relative_name", "relative_post"), MASKED),
        "relative_id": "",
    },
}
"""The columns of each table that hold what is sealed in facts, or is made of it, and what stands there instead for a
reader who may not see it: nothing where it is an id, or serves to find and sort."""
SENSITIVE_COLUMNS: dict[str, dict[str, str]] = {"cadres": {"ethnicity": MASKED}}
"""Those of them that hold what is sensitive, and what stands there instead for a reader who sees the others."""
FREE_TEXT_COLUMNS: dict[str, tuple[str, ...]] = {
    "merged_records": ("reason",),
    "planning_entries": ("ground",),
    "rotations": ("ground", "reason"),
    "reviews": ("grounds", "remedy_plan", "result"),
    "ballots": ("excluded",),
    "reliefs": ("ground",),
}
"""The columns of each table that hold what somebody wrote in words about a person."""
CADRES = View("cadres", CadreRow)
PERSON_CODES = View("person_codes", CodeRow)
MERGED_RECORDS = View("merged_records", MergedRow)
KINSHIP = View("kinship", KinshipRow)
AWAY = View("away", AwayRow)
TRAININGS = View("trainings", TrainingRow)
DISCIPLINES = View("disciplines", DisciplineRow)
