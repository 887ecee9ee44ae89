"""The Vietnamese of what importers say about a line that is set aside."""

import re
from functools import lru_cache

_TEXTS = {
    "the name is empty": "tên để trống",
    "the title is empty": "tên chức vụ để trống",
    "the id is empty": "mã để trống",
    "write the person's name": "hãy ghi tên người",
    "write the unit's name": "hãy ghi tên đơn vị",
    "write the post's title": "hãy ghi tên chức vụ",
    "add it or correct the id": "hãy thêm dòng đó hoặc sửa mã",
    "add the unit or correct the id": "hãy thêm đơn vị hoặc sửa mã",
    "add the parent or correct the id": "hãy thêm đơn vị cấp trên hoặc sửa mã",
    "add the parent or correct the code": "hãy thêm đơn vị cấp trên hoặc sửa mã",
    "use one of these words": "hãy dùng một trong các từ này",
    "correct the dates": "hãy sửa ngày",
    "correct the dates; if the end is the last day held: --ends inclusive": (
        "hãy sửa ngày; nếu ngày kết thúc là ngày cuối còn giữ: --ends inclusive"
    ),
    "correct the parent_id": "hãy sửa parent_id",
    "correct the parent_code": "hãy sửa parent_code",
    "correct the parent_code or the level": "hãy sửa parent_code hoặc level",
    "correct the line": "hãy sửa dòng này",
    "the unit stands under itself or under one of its descendants": (
        "đơn vị nằm dưới chính nó hoặc dưới đơn vị cấp dưới của nó"
    ),
    "a unit stands under a unit of the level above, and a unit of level 1 under none": (
        "đơn vị nằm dưới một đơn vị cấp liền trên, và đơn vị cấp 1 không nằm dưới đơn vị nào"
    ),
    "write a whole day: 1995-06-30": "hãy ghi đủ ngày: 1995-06-30",
    "write 1995, 1995-06 or 1995-06-30": "hãy ghi 1995, 1995-06 hoặc 1995-06-30",
    "the level is none of 1, 2, 3": "level không phải 1, 2 hay 3",
    "it is not a whole number": "không phải số nguyên",
    "number them 1, 2, 3": "hãy đánh số 1, 2, 3",
    "remove one of the two, or number them apart": "hãy bỏ một trong hai, hoặc đánh số khác nhau",
    "1: province, 2: district (or ward from July 2025), 3: commune": (
        "1: tỉnh, 2: huyện (hoặc phường, xã từ tháng 7 năm 2025), 3: xã"
    ),
    "give the line one": "hãy ghi cho dòng này",
    "remove one of the two": "hãy bỏ một trong hai",
    "let one version end on the day the next begins": "hãy để dòng trước kết thúc vào ngày dòng sau bắt đầu",
    "correct the line in the file and import again; lines already taken are not taken twice": (
        "hãy sửa dòng trong tệp rồi nhập lại; dòng đã nhập không bị nhập hai lần"
    ),
}
_SHAPES = [
    (r"no line that was taken has this (\w+)", r"không có dòng nào đã nhập mang \1 này"),
    (
        r"(?:the term|the unit|it) ends \((.*)\) before or on the day it (?:starts|begins) \((.*)\)",
        r"ngày kết thúc (\1) trước hoặc đúng ngày bắt đầu (\2)",
    ),
    (r"it begins before the version on line (\d+) ends \((.*)\)", r"dòng này bắt đầu trước khi dòng \1 kết thúc (\2)"),
    (r"('.*'|\".*\") is none of ([\w, ]+)", r"\1 không phải một trong các từ \2"),
    (r"this (\w+) of (.*) stands already on line (\d+)", r"\1 này của \2 đã có ở dòng \3"),
    (r"this (\w+) of (.*) stands already on line (\d+) of (.*)", r"\1 này của \2 đã có ở dòng \3 của \4"),
    (r"the (\w+) is empty", r"\1 để trống"),
    (r"'(.*)' is not a full day; write 2025-06-30", r"'\1' không đủ ngày; hãy ghi như 2025-06-30"),
]  # fmt: skip


@lru_cache(10_000)
def in_vietnamese(text: str) -> str:
    """The Vietnamese of a reason or a remedy; empty where there is none."""
    if known := _TEXTS.get(text):
        return known
    for shape, vietnamese in _SHAPES:
        if found := re.fullmatch(shape, text):
            return found.expand(vietnamese)
    return ""
