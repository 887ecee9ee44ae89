"""What the caller says about the files, where the files do not say it themselves."""

from typing import Literal

import msgspec

DateOrder = Literal["", "dmy", "mdy"]
Ends = Literal["exclusive", "inclusive"]


class ReadingOptions(msgspec.Struct, frozen=True, kw_only=True):
    """An empty value: what the file itself proves, and nothing else."""

    encoding: str = ""
    """`utf-8`, `utf-16`, `windows-1258`, `tcvn3`, `vni`, or another encoding that Python knows."""
    dates: DateOrder = ""
    """Whether `01/02/2019` has its day or its month first."""
    ends: Ends = "exclusive"
    """Whether an end is the first day after the period, or its last day."""
    days_from_1904: bool = False
    """Whether the spreadsheet counts days from 1904, which it says itself."""


DEFAULT_OPTIONS = ReadingOptions()
