"""What personnel remembers and tells others. These names and fields are stored for ever: add, never change.

Stream: a cadre. Fields marked PERSONAL are stored as ciphertext under the cadre's own key.
"""

from typing import Annotated

from shared.facts import PERSONAL, Code, Fact, Topic
from shared.labels import Labelled, tagged

Personal = Annotated[str, PERSONAL]


class Category(Labelled):
    CADRE = "CADRE", "cán bộ", "cadre"
    CIVIL_SERVANT = "CIVIL_SERVANT", "công chức", "civil servant"
    PUBLIC_EMPLOYEE = "PUBLIC_EMPLOYEE", "viên chức", "public employee"
    PART_TIME_WORKER = "PART_TIME_WORKER", "người hoạt động không chuyên trách", "part-time grassroots worker"
    UNSTATED = "UNSTATED", "chưa rõ", "not stated"


class PersonnelFact(Fact, frozen=True, kw_only=True, tag=tagged("personnel")):
    """Base of every fact of this service."""


class Registered(PersonnelFact, frozen=True, kw_only=True):
    """A cadre is on file. `birth` is a partial date as text; `identity` the keyed hash of the national id."""

    name: Personal
    sex: Personal = ""
    birth: Personal = ""
    national_id: Personal = ""
    ethnicity: Personal = ""
    religion: Personal = ""
    home_place: Personal = ""
    cadre_no: str = ""
    category: Category = Category.UNSTATED
    identity: str = ""
    codes: tuple[Code, ...] = ()


PersonnelEvent = Registered

topic: Topic[PersonnelFact] = Topic("personnel", PersonnelEvent)
