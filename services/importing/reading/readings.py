"""Notes of how cells were read that are not written as they are stored: the report of an import shows them all."""

import msgspec

from shared.core.localized_enum import LocalizedEnum


class How(LocalizedEnum):
    """In which way something written was read."""

    ENCODING_TOLD = "ENCODING_TOLD", "bảng mã như đã ghi ở --encoding", "encoding as --encoding says"
    ENCODING_PROVED = "ENCODING_PROVED", "bảng mã nhận ra từ chính tệp", "encoding proved by the file itself"
    SEPARATOR = "SEPARATOR", "dấu phân cách nhận ra từ dòng tiêu đề", "separator found by the header"
    SEPARATOR_LINE = "SEPARATOR_LINE", "dấu phân cách như dòng sep= ghi", "separator as the sep= line says"
    COLUMN_NAME = "COLUMN_NAME", "tên cột hiểu là", "column name read as"
    IGNORED_COLUMN = "IGNORED_COLUMN", "cột không được dùng", "column not used"
    OPEN_DATE = "OPEN_DATE", "hiểu là chưa kết thúc", "read as open: no end"
    OPEN_WORD = "OPEN_WORD", "từ, hiểu là chưa kết thúc", "word read as open: no end"
    OPEN_EMPTY = "OPEN_EMPTY", "để trống, hiểu là chưa kết thúc", "empty, read as open: no end"
    UNKNOWN_WORD = "UNKNOWN_WORD", "hiểu là không rõ", "read as unknown"
    EMPTY_WORD = "EMPTY_WORD", "hiểu là để trống", "read as empty"
    DAY_FIRST_TOLD = "DAY_FIRST_TOLD", "ngày trước tháng, như --dates", "day before month, as --dates says"
    MONTH_FIRST_TOLD = (
        "MONTH_FIRST_TOLD",
        "tháng trước ngày, như --dates",
        "month before day, as --dates says",
    )
    DAY_FIRST_PROVED = "DAY_FIRST_PROVED", "ngày trước tháng, chứng minh bởi", "day before month, proved by"
    MONTH_FIRST_PROVED = (
        "MONTH_FIRST_PROVED",
        "tháng trước ngày, chứng minh bởi",
        "month before day, proved by",
    )
    PARTIAL_DATE = "PARTIAL_DATE", "số 0 hiểu là không rõ phần đó", "zeros read as that part unknown"
    NUMBER_YEAR = "NUMBER_YEAR", "số của bảng tính, hiểu là năm", "number of a spreadsheet read as a year"
    DAY_NUMBER = (
        "DAY_NUMBER",
        "số thứ tự ngày của bảng tính (1 = 1900-01-01)",
        "day number of a spreadsheet (1 = 1900-01-01)",
    )
    DAY_NUMBER_1904 = (
        "DAY_NUMBER_1904",
        "số thứ tự ngày của bảng tính đếm từ năm 1904 (1 = 1904-01-02)",
        "day number of a spreadsheet that counts from 1904 (1 = 1904-01-02)",
    )
    COMPACT_DAY = (
        "COMPACT_DAY",
        "tám chữ số hiểu là năm, tháng, ngày",
        "eight digits read as year, month, day",
    )
    OTHER_SHAPE = "OTHER_SHAPE", "ngày viết cách khác", "date written in another way"
    TIME_LEFT_OUT = "TIME_LEFT_OUT", "bỏ giờ, chỉ lấy ngày", "time of day left out"
    LATE_YEAR = "LATE_YEAR", "năm sau 2200, giữ nguyên như đã viết", "a year after 2200, taken as written"
    INCLUSIVE_END = "INCLUSIVE_END", "ngày cuối, kết thúc vào ngày sau", "last day, so it ends the day after"
    INCLUSIVE_PARTIAL = (
        "INCLUSIVE_PARTIAL",
        "không có ngày, nên không cộng thêm ngày",
        "no whole day, so no day is added",
    )
    ODD_CHARACTERS = "ODD_CHARACTERS", "có ký tự lạ, đọc như thường", "odd characters read as the usual ones"
    TEXT_MARK = "TEXT_MARK", "dấu để giữ dạng văn bản, đã bỏ", "mark that keeps a cell a text, left out"
    LINE_BREAK = "LINE_BREAK", "ngắt dòng hoặc tab hiểu là dấu cách", "line break or tab read as a blank"
    NUMBER_CELL = "NUMBER_CELL", "ô số, lấy không có phần thập phân", "number cell, taken without decimals"
    DATE_CELL = "DATE_CELL", "ô ngày của bảng tính", "date cell of a spreadsheet"
    LOGICAL_CELL = "LOGICAL_CELL", "ô đúng/sai của bảng tính", "true/false cell of a spreadsheet"
    WORD = "WORD", "hiểu là", "word read as"
    REPEATED_LINE = (
        "REPEATED_LINE",
        "lặp lại một dòng trước, lấy dòng đầu",
        "says again what an earlier line says",
    )
    NO_PARENT = "NO_PARENT", "không phải mã, hiểu là không có cấp trên", "no id, read as no parent"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How some cells of a column were read: one of them, the first line, and how many lines there are."""

    file: str
    column: str
    how: How
    meaning: str
    """`how` in English words."""
    example: str
    """What was written, with odd characters made visible."""
    read_as: str = ""
    """As what that was taken; empty: as nothing."""
    line: int = 0
    lines: int = 1


class Readings:
    """Collects notes, one for each column and way; the first line of each is its example."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str, How], tuple[int, str, str]] = {}
        self._lines: dict[tuple[str, str, How], int] = {}

    def add(
        self, file: str, column: str, how: How, line: int, example: str, read_as: str = "", lines: int = 1
    ) -> None:
        """Note one more line; `lines=0` gives an example only."""
        key = (file, column, how)
        if key not in self._first:
            self._first[key] = (line, example, read_as)
        self._lines[key] = self._lines.get(key, 0) + lines

    def all(self) -> list[Reading]:
        """The notes, in the order in which they came up."""
        return [
            Reading(
                file=file,
                column=column,
                how=how,
                meaning=how.en,
                example=example,
                read_as=read_as,
                line=line,
                lines=self._lines[file, column, how],
            )
            for (file, column, how), (line, example, read_as) in self._first.items()
        ]
