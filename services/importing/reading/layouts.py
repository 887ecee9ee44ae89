"""The tables that are read, and what their columns hold: ids, texts, dates, periods."""

from typing import NamedTuple


class Period(NamedTuple):
    """Two columns of one kind of date: what one proves about the order of day and month holds for the other."""

    start: str
    end: str
    status: str = ""
    """The column that says whether the period lasts; empty: an empty end does."""
    precision: str = ""
    """The column that says how precise the end is."""


class Layout(NamedTuple):
    """The columns of a table."""

    required: tuple[str, ...]
    key: str = ""
    """The column of which no two lines may have the same value."""
    owner: str = ""
    """The column of whose line it is, where lines of two owners and one key contradict each other; see `LineKind`."""
    code: tuple[str, ...] = ()
    """Where no column is the key: those that tell one line from another, the code first."""
    ids: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    """Those of the ids that may say in words that there is no parent."""
    texts: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    period: Period | None = None
    aliases: tuple[tuple[str, str], ...] = ()
    """Other names of columns, without marks and in small letters, with `_` for a blank."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, the required ones first."""
        every = (*self.required, self.key, *self.ids, *self.texts, *self.dates, *(self.period or ()))
        return tuple(dict.fromkeys(column for column in every if column))

    @property
    def date_groups(self) -> list[tuple[str, ...]]:
        """Columns by what proves their order of day and month: the two of a period, and every other one alone."""
        period = [(self.period.start, self.period.end)] if self.period else []
        return period + [(column,) for column in self.dates]


PERSONAL_DATES = ("birth", "party_joined", "party_full", "service_from")
PERSONAL_TEXTS = (
    "sex", "ethnicity", "religion", "home_place", "cadre_no", "category", "degree", "theory", "state_management",
)  # fmt: skip
PERSONAL_ALIASES = (
    ("ho_ten", "name"), ("ho_va_ten", "name"), ("full_name", "name"),
    ("gioi_tinh", "sex"), ("gender", "sex"),
    ("ngay_sinh", "birth"), ("nam_sinh", "birth"), ("ngay_thang_nam_sinh", "birth"), ("date_of_birth", "birth"),
    ("birth_date", "birth"), ("birthdate", "birth"), ("dob", "birth"), ("born", "birth"),
    ("dan_toc", "ethnicity"), ("ethnic_group", "ethnicity"), ("ton_giao", "religion"),
    ("que_quan", "home_place"), ("hometown", "home_place"), ("home_town", "home_place"), ("home", "home_place"),
    ("ngay_vao_dang", "party_joined"), ("party_date", "party_joined"), ("party_joined_on", "party_joined"),
    ("party_admission", "party_joined"), ("ngay_chinh_thuc", "party_full"), ("party_official", "party_full"),
    ("party_full_member", "party_full"), ("ngay_vao_dang_chinh_thuc", "party_full"),
    ("ngay_tuyen_dung", "service_from"), ("ngay_vao_nganh", "service_from"), ("service_start", "service_from"),
    *((name, "national_id") for name in (
        "so_cccd", "cccd", "so_cmnd", "cmnd", "cccd/cmnd", "cmnd/cccd", "so_cccd/cmnd", "so_cmnd/cccd", "can_cuoc",
        "so_can_cuoc", "can_cuoc_cong_dan", "so_can_cuoc_cong_dan", "so_dinh_danh", "so_dinh_danh_ca_nhan",
        "ma_dinh_danh", "national_identity_number", "national_id_number", "identity_number", "id_number", "id_card",
        "citizen_id",
    )),
    ("so_ho_so", "cadre_no"), ("so_hieu_can_bo", "cadre_no"), ("doi_tuong", "category"),
    ("trinh_do", "degree"), ("trinh_do_chuyen_mon", "degree"), ("hoc_vi", "degree"), ("qualification", "degree"),
    ("qualifications", "degree"), ("education", "degree"),
    ("ly_luan_chinh_tri", "theory"), ("political_theory", "theory"),
    ("quan_ly_nha_nuoc", "state_management"), ("state_mgmt", "state_management"),
)  # fmt: skip

TERM_LAYOUTS = {
    "persons": Layout(
        required=("person_id", "name"),
        key="person_id",
        ids=("person_id", "national_id"),
        texts=("name", *PERSONAL_TEXTS),
        dates=PERSONAL_DATES,
        aliases=PERSONAL_ALIASES,
    ),
    "units": Layout(
        required=("unit_id", "parent_id", "name", "level"),
        key="unit_id",
        ids=("unit_id", "parent_id"),
        parents=("parent_id",),
        texts=("name", "level", "type"),
        period=Period("valid_from", "valid_to"),
    ),
    "posts": Layout(
        required=("post_id", "title"),
        key="post_id",
        ids=("post_id", "unit_id"),
        texts=("title", "rank", "level_hint"),
    ),
    "terms": Layout(
        required=(
            "term_id",
            "person_id",
            "post_id",
            "start",
            "end",
            "start_precision",
            "end_precision",
            "end_status",
        ),
        key="term_id",
        owner="person_id",
        ids=("term_id", "person_id", "post_id"),
        texts=("start_precision", "end_precision", "end_status"),
        period=Period("start", "end", "end_status", "end_precision"),
    ),
    "unit_links": Layout(
        required=("link_id", "predecessor_id", "successor_id", "type", "effective_from"),
        ids=("link_id", "predecessor_id", "successor_id"),
        texts=("type",),
        dates=("effective_from",),
    ),
}
"""The tables of `cadre import terms`, by name of file or sheet."""

HISTORY_LAYOUT = Layout(
    required=(
        "level",
        "code",
        "version",
        "parent_code",
        "name",
        "type",
        "valid_from",
        "valid_to",
        "change_in",
        "change_out",
    ),
    code=("code", "level", "version"),
    ids=("level", "code", "version", "parent_code"),
    parents=("parent_code",),
    texts=("name", "type", "change_in", "change_out", "decrees_in"),
    period=Period("valid_from", "valid_to"),
)
DECREE_LAYOUT = Layout(
    required=("effective_date", "decree", "title"), texts=("decree", "title"), dates=("effective_date",)
)
TREE_LAYOUT = Layout(
    required=("level", "code", "parent_code", "name", "type"),
    ids=("level", "code", "parent_code"),
    parents=("parent_code",),
    texts=("name", "type"),
)
MAP_LAYOUT = Layout(required=("old_code", "new_code"), ids=("old_code", "new_code"), texts=("sources_agree",))
