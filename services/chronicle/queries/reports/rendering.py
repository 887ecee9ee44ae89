"""A report in words, in Vietnamese or English, and as a sheet whose cells are never formulas."""

from datetime import datetime
from io import BytesIO
from itertools import groupby

import xlsxwriter

from services.appointment import events as appointment
from services.chronicle.queries.reports.cadre_work import Report, ReportLine
from services.evaluation import events as evaluation
from services.organization import events as organization
from services.personnel import events as personnel
from services.planning import events as planning
from services.rotation import events as rotation
from shared.core.localized_enum import LocalizedEnum

WORDS = {
    "planning": ("Quy hoạch cán bộ", "Planning"),
    "rotation": ("Luân chuyển, điều động", "Rotation and transfer"),
    "appointment": ("Bổ nhiệm, bầu cử", "Appointment and election"),
    "evaluation": ("Đánh giá, kiểm điểm", "Evaluation"),
    "training": ("Đào tạo, bồi dưỡng", "Training"),
    "organisation": ("Tổ chức bộ máy", "Organisation"),
    "pool": ("Trong quy hoạch", "On planning lists"),
    "source": ("Trong quy hoạch, theo nguồn", "On planning lists, by source"),
    "changes": ("Rà soát, bổ sung quy hoạch", "Added to and removed from planning"),
    "planned": ("Theo kế hoạch", "Planned"),
    "done": ("Đã thực hiện, theo hướng", "Done, by direction"),
    "kinds": ("Đã thực hiện, theo hình thức", "Done, by kind"),
    "cases": ("Bổ nhiệm, bổ nhiệm lại, chỉ định", "Appointed, re-appointed, designated"),
    "women": ("Theo giới tính", "By sex"),
    "replaced": ("Thay thế, cho thôi giữ chức vụ, theo lý do", "Replaced or relieved, by ground"),
    "candidacies": ("Giới thiệu ứng cử", "Nominated"),
    "deep_reviews": ("Gợi ý kiểm điểm sâu", "Deep reviews ordered"),
    "trained": ("Cử đi đào tạo, bồi dưỡng", "Training"),
    "units": ("Tăng, giảm số đơn vị", "Change in units"),
    "posts": ("Tăng, giảm số chức vụ", "Change in posts"),
    "quotas": ("Tăng, giảm chỉ tiêu", "Change in quotas"),
    "": ("Tổng số", "Total"),
    "yes": ("có", "yes"),
    "no": ("không", "no"),
    "M": ("nam", "men"),
    "F": ("nữ", "women"),
    "ADDED": ("bổ sung", "added"),
    "REMOVED": ("đưa ra", "removed"),
    "APPOINTED": ("bổ nhiệm", "appointed"),
    "REAPPOINTED": ("bổ nhiệm lại", "re-appointed"),
    "ROTATION": ("luân chuyển", "rotation"),
    "NOMINATED": ("được giới thiệu", "nominated"),
    "person": ("người", "persons"),
    "move": ("lượt", "moves"),
    "case": ("trường hợp", "cases"),
    "entry": ("lượt quy hoạch", "entries"),
    "post": ("chức vụ", "posts"),
    "unit": ("đơn vị", "units"),
    "quota": ("chỉ tiêu", "places"),
    "plan": ("kế hoạch", "plan"),
    "actual": ("thực hiện", "actual"),
    "no data": ("không có số liệu", "no data"),
}
HEADS = (
    ("Mục", "Section"),
    ("Nội dung", "Question"),
    ("Chi tiết", "Detail"),
    ("Số lượng", "Number"),
    ("Đơn vị tính", "Unit"),
    ("Cơ sở", "Basis"),
    ("Số sự kiện", "Facts"),
    ("Xem tại", "Opens"),
)


def _read_labels() -> dict[str, tuple[str, str]]:
    modules = (organization, personnel, planning, rotation, evaluation, appointment)
    kinds = [kind for module in modules for kind in vars(module).values() if isinstance(kind, type)]
    return {
        each.value: (each.vi, each.en)
        for kind in kinds
        if issubclass(kind, LocalizedEnum) and kind is not LocalizedEnum
        for each in kind
    } | WORDS


def _translate(key: str, language: str, labels: dict[str, tuple[str, str]]) -> str:
    """The label of a key in one language; the key itself where it has none."""
    both = labels.get(key)
    return key if both is None else both[language == "en"]


def as_text(report: Report, language: str = "vi") -> str:
    """One line for each number, in sections; "no data" where there is no number."""
    labels = _read_labels()
    english = language == "en"
    title = "Cadre work of" if english else "Công tác cán bộ của"
    span = f"{report.since} - {report.as_of}"
    lines = [f"{title} {report.place_name}", span, ""]
    for section, its_lines in groupby(report.lines, key=lambda line: line.section):
        lines += [_translate(section, language, labels).upper(), ""]
        for question, figures in groupby(its_lines, key=lambda line: line.question):
            lines.append(_translate(question, language, labels))
            lines += [f"  - {_sentence(line, language, labels)}" for line in figures]
        lines.append("")
    return "\n".join(lines)


def _sentence(line: ReportLine, language: str, labels: dict[str, tuple[str, str]]) -> str:
    number = _translate("no data", language, labels) if line.value is None else f"{line.value:,}"
    counted = f"{number} {_translate(line.unit, language, labels)}" if line.value is not None else number
    share = f" ({line.share:.0%})" if line.share is not None and line.value else ""
    basis = f", {_translate('plan', language, labels)}" if line.basis == "plan" else ""
    return f"{_detail(line, language, labels)}: {counted}{share}{basis}"


def _detail(line: ReportLine, language: str, labels: dict[str, tuple[str, str]]) -> str:
    return ", ".join(_translate(value, language, labels) or "–" for value in line.key.values()) or _translate(
        "", language, labels
    )


def as_sheet(report: Report, language: str = "vi") -> bytes:
    """An XLSX file. Text is written as text, so that nothing that begins with = is ever run."""
    labels, file = _read_labels(), BytesIO()
    guarded = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, guarded) as book:
        # the present would make another file of the same report
        book.set_properties({"created": datetime.fromisoformat(report.known_at)})
        bold, sheet = book.add_format({"bold": True}), book.add_worksheet()
        sheet.write_string(0, 0, report.place_name, bold)
        sheet.write_string(1, 0, f"{report.since} - {report.as_of}")
        for column, head in enumerate(HEADS):
            sheet.write_string(3, column, head[language == "en"], bold)
        for row, line in enumerate(report.lines, start=4):
            texts = (line.section, line.question)
            for column, text in enumerate(texts):
                sheet.write_string(row, column, _translate(text, language, labels))
            sheet.write_string(row, 2, _detail(line, language, labels))
            if line.value is None:
                sheet.write_string(row, 3, _translate("no data", language, labels))
            else:
                sheet.write_number(row, 3, line.value)
            sheet.write_string(row, 4, _translate(line.unit, language, labels))
            sheet.write_string(row, 5, _translate(line.basis, language, labels))
            sheet.write_number(row, 6, line.facts)
            sheet.write_string(row, 7, line.opens)
        sheet.set_column(0, 2, 28)
        sheet.freeze_panes(4, 0)
    return file.getvalue()
