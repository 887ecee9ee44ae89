"""Why a cell cannot be read, and what to write instead, in both languages."""

from typing import NamedTuple

from services.importing.reading.characters import make_visible, odd_characters

_EXAMPLE = ("write 1995, 1995-06 or 1995-06-30", "hãy ghi 1995, 1995-06 hoặc 1995-06-30")


class Problem(NamedTuple):
    """A cell that has no sure meaning."""

    rule: str
    reason: str
    reason_vi: str
    remedy: str
    remedy_vi: str

    @classmethod
    def bad_date(
        cls,
        text: str,
        reason: str,
        reason_vi: str,
        remedy: str = _EXAMPLE[0],
        remedy_vi: str = _EXAMPLE[1],
    ) -> "Problem":
        """A text that is no date; an odd character in it is named."""
        shown = repr(make_visible(text[:40]))
        odd = odd_characters(text[:40])
        return cls(
            "BadDate",
            f"{shown}: {reason}" + (f" (it holds {odd})" if odd else ""),
            f"{shown}: {reason_vi}" + (f" (có ký tự {odd})" if odd else ""),
            remedy,
            remedy_vi,
        )

    @classmethod
    def ambiguous(cls, text: str, numbers: tuple[int, int, int]) -> "Problem":
        """A date whose day and month cannot be told apart."""
        first, second, year = numbers
        one, other = f"{year:04d}-{second:02d}-{first:02d}", f"{year:04d}-{first:02d}-{second:02d}"
        return cls(
            "AmbiguousDate",
            f"{text!r} may be {one} or {other}, and no date of the column proves which",
            f"{text!r} có thể là {one} hoặc {other}, và không ngày nào trong cột chứng minh được",
            f"say --dates dmy (day first) or --dates mdy (month first), or write {one}",
            f"hãy thêm --dates dmy (ngày trước) hoặc --dates mdy (tháng trước), hoặc ghi {one}",
        )

    @classmethod
    def contradictory(
        cls, text: str, day_first: tuple[str, str, str], month_first: tuple[str, str, str]
    ) -> "Problem":
        """A date of a column in which some dates have the day first and others the month; of one each the text and the
        place, in English and in Vietnamese."""
        (day, day_line, day_vi), (month, month_line, month_vi) = day_first, month_first
        return cls(
            "AmbiguousDate",
            f"{text!r}: the column mixes orders, {day!r} on {day_line} has the day first and {month!r} on "
            f"{month_line} the month",
            f"{text!r}: cột lẫn hai cách ghi, {day!r} ở {day_vi} ghi ngày trước và {month!r} ở "
            f"{month_vi} ghi tháng trước",
            "write the dates of the column as 1995-06-30; or say --dates dmy or mdy, and the others are set aside",
            "hãy ghi các ngày của cột như 1995-06-30; hoặc thêm --dates dmy hay mdy, các ngày khác sẽ bị để riêng",
        )

    @classmethod
    def other_order(cls, text: str, order: str) -> "Problem":
        """A date in the other order than its column, or than `--dates` says."""
        first, vi = ("day", "ngày") if order == "dmy" else ("month", "tháng")
        return cls(
            "BadDate",
            f"{text!r} has its {first} first, the other dates of the column have not",
            f"{text!r} ghi {vi} trước, các ngày khác trong cột thì không",
            f"write it like the others, or as 1995-06-30; if all of them have the {first} first: --dates {order}",
            f"hãy ghi như các ngày khác, hoặc như 1995-06-30; nếu tất cả ghi {vi} trước: --dates {order}",
        )
