"""Enumerations that people read: every value has a Vietnamese and an English label."""

from enum import StrEnum
from operator import attrgetter


class LocalizedEnum(StrEnum):
    """`NAME = "NAME", "nhãn", "label"`. The value is stored; the labels are shown."""

    vi: str
    en: str

    def __new__(cls, value: str, vi: str, en: str) -> "LocalizedEnum":
        member = str.__new__(cls, value)
        member._value_, member.vi, member.en = value, vi, en
        return member


LocalizedEnum.value = property(attrgetter("_value_"))  # type: ignore[assignment,method-assign]  # faster than enum's own, and read for every row
