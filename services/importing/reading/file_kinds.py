"""What a file really is, by its first bytes: a name may say CSV where a spreadsheet is, and the reverse."""

from pathlib import Path
from zipfile import BadZipFile, ZipFile

from services.importing.batches import SetAsideLine
from services.importing.csv_reader import BadFile
from services.importing.reading.encodings import find_unmarked_utf16

LARGEST_UNPACKED = 256 * 2**20
"""Bytes that a compressed spreadsheet may hold: a file of a few kilobytes can unpack to more than a machine has."""
_OLD_CONTAINER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK, _BOOK = (name.encode("utf-16-le") for name in ("Workbook", "Book"))
WORKBOOK_KINDS = {".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xls", ".ods": "ods"}
_NAMES = {
    "pdf": ("a PDF document", "tài liệu PDF"),
    "html": ("a web page", "trang web"),
    "xml": ("an XML document", "tài liệu XML"),
    "word": ("a document or archive, not a table", "tài liệu hoặc tệp nén, không phải bảng"),
    "binary": ("no text: it holds NUL bytes", "không phải văn bản: có byte NUL"),
    "text": ("plain text", "văn bản thường"),
    "xlsx": ("an .xlsx spreadsheet", "bảng tính .xlsx"),
    "xls": ("an .xls spreadsheet", "bảng tính .xls"),
    "ods": ("an .ods spreadsheet", "bảng tính .ods"),
}


def find_kind(raw: bytes, path: Path) -> str:
    """`text`, `xlsx`, `xls`, `ods`, `locked` (with a password), `empty`, or what else it is."""
    start = raw[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not raw.strip(b"\xef\xbb\xbf \t\r\n"):
        return "empty"
    if raw.startswith(_OLD_CONTAINER):
        if _ENCRYPTED in raw:
            return "locked"
        return "xls" if _WORKBOOK in raw or _BOOK in raw else "word"
    if raw.startswith(b"PK\x03\x04"):
        return _kind_of_archive(path)
    if start.startswith(b"%pdf"):
        return "pdf"
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<meta")):
        return "html"
    if start.startswith(b"<?xml"):
        return "html" if b"<html" in start else "xml"
    is_wide = raw.startswith((b"\xff\xfe", b"\xfe\xff")) or find_unmarked_utf16(raw) is not None
    return "binary" if b"\0" in raw[:16] and (not is_wide or not any(raw[:4096])) else "text"


def _kind_of_archive(path: Path) -> str:
    try:
        with ZipFile(path) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
                return "xlsx"
            if "content.xml" in names and b"spreadsheet" in archive.read("mimetype"):
                return "ods"
    except (BadZipFile, KeyError, OSError):
        return "damaged"
    return "word"


def require_text(path: Path) -> bytes:
    """The bytes of a text file. Raises BadFile where it is something else, is empty, or cannot be read."""
    raw = read_bytes(path)
    kind = find_kind(raw, path)
    if kind not in ("text", "damaged"):
        raise BadFile(_other(path, kind, ".csv"))
    return raw


def require_workbook(path: Path) -> None:
    """Raises BadFile where the file is no spreadsheet of the kind that its name says, or unpacks to too much."""
    raw = read_bytes(path)
    kind, wanted = find_kind(raw, path), WORKBOOK_KINDS[path.suffix.lower()]
    if kind != wanted and kind != "damaged":
        raise BadFile(_other(path, kind, path.suffix.lower()))
    if wanted != "xls" and kind != "damaged":
        _check_size(path)


def read_bytes(path: Path) -> bytes:
    """The content of a file. Raises BadFile where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadFile(
            _problem(
                path,
                "Unreadable",
                (f"the file cannot be read: {reason}", "make it readable for the user who imports"),
                (f"không đọc được tệp: {reason}", "hãy cho người nhập quyền đọc tệp này"),
            )
        ) from None


def _check_size(path: Path) -> None:
    """Unpacked sizes are those that the archive states; one that states them wrongly is damaged."""
    try:
        with ZipFile(path) as archive:
            total = sum(member.file_size for member in archive.infolist())
            if total <= LARGEST_UNPACKED:
                if archive.testzip() is None:
                    return
                raise BadFile(unreadable_workbook(path))
    except BadZipFile:
        raise BadFile(unreadable_workbook(path)) from None
    raise BadFile(
        _problem(
            path,
            "TooLarge",
            (
                f"the spreadsheet unpacks to {total >> 20:,} MB, at most {LARGEST_UNPACKED >> 20} MB are read",
                "remove what is no table, or save the tables as CSV UTF-8",
            ),
            (
                f"bảng tính giải nén ra {total >> 20:,} MB, chỉ đọc nhiều nhất {LARGEST_UNPACKED >> 20} MB",
                "hãy bỏ phần không phải bảng, hoặc lưu các bảng ở dạng CSV UTF-8",
            ),
        )
    )


def _other(path: Path, kind: str, suffix: str) -> SetAsideLine:
    if kind == "empty":
        return _problem(
            path,
            "MissingColumn",
            ("the file is empty", "add its header line, or remove the file"),
            ("tệp trống", "hãy thêm dòng tiêu đề, hoặc bỏ tệp này"),
        )
    if kind == "locked":
        return _problem(
            path,
            "Locked",
            ("the spreadsheet is protected with a password", "save it without the password"),
            ("bảng tính được bảo vệ bằng mật khẩu", "hãy lưu lại mà không đặt mật khẩu"),
        )
    english, vietnamese = _NAMES[kind]
    right = {"xlsx": ".xlsx", "xls": ".xls", "ods": ".ods", "text": ".csv"}.get(kind)
    remedies = (
        (f"rename it {path.stem}{right}", f"hãy đổi tên thành {path.stem}{right}")
        if right
        else ("save the table as .xlsx or CSV UTF-8", "hãy lưu bảng ở dạng .xlsx hoặc CSV UTF-8")
    )
    return _problem(
        path,
        "OtherKindOfFile",
        (f"its name ends in {suffix}, but the file is {english}", remedies[0]),
        (f"tên tệp kết thúc bằng {suffix}, nhưng tệp là {vietnamese}", remedies[1]),
    )


def unreadable_workbook(path: Path) -> SetAsideLine:
    """The report line for a damaged spreadsheet."""
    return _problem(
        path,
        "BadWorkbook",
        (
            "the workbook cannot be read: it is damaged, or protected with a password",
            "open it in a spreadsheet program, remove its password if it has one, and save it as .xlsx or CSV UTF-8",
        ),
        (
            "không đọc được bảng tính: tệp hỏng, hoặc được bảo vệ bằng mật khẩu",
            "hãy mở bằng chương trình bảng tính, bỏ mật khẩu nếu có, rồi lưu ở dạng .xlsx hoặc CSV UTF-8",
        ),
    )


def _problem(path: Path, rule: str, english: tuple[str, str], vietnamese: tuple[str, str]) -> SetAsideLine:
    return SetAsideLine(
        file=path.name,
        line=0,
        column="",
        value="",
        rule=rule,
        reason=english[0],
        remedy=english[1],
        reason_vi=vietnamese[0],
        remedy_vi=vietnamese[1],
    )
