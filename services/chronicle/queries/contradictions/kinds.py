"""The kinds of contradiction, what each is called, and how it is mended."""

from typing import NamedTuple

from shared.core.localized_enum import LocalizedEnum


class ContradictionKind(LocalizedEnum):
    """A way in which facts of several streams cannot all be true."""

    TWO_PRIMARY = "TWO_PRIMARY", "một người giữ hai chức vụ chính cùng lúc", "one person, two primary posts"
    SAME_POST_TWICE = (
        "SAME_POST_TWICE",
        "một người giữ cùng một chức vụ hai lần một lúc",
        "one person holds the same post twice at once",
    )
    SEATS_EXCEEDED = "SEATS_EXCEEDED", "số người giữ chức vụ vượt số ghế", "more holders than seats"
    HOLDER_IN_DISSOLVED_UNIT = (
        "HOLDER_IN_DISSOLVED_UNIT",
        "giữ chức vụ ở đơn vị đã kết thúc",
        "a holder of a post in a dissolved unit",
    )
    HOLDER_IN_ABOLISHED_POST = (
        "HOLDER_IN_ABOLISHED_POST",
        "giữ chức vụ vào ngày chức vụ không tồn tại",
        "a holder of a post on days on which the post does not exist",
    )
    HOLDER_AFTER_SERVICE = (
        "HOLDER_AFTER_SERVICE",
        "giữ chức vụ khi đã thôi công tác",
        "a holder of a post who is out of service",
    )
    HOLDER_OF_VOIDED = (
        "HOLDER_OF_VOIDED",
        "nhiệm kỳ nhắc tới chức vụ, đơn vị hoặc hồ sơ không có hoặc đã bị hủy",
        "a tenure of a post, unit or cadre that is not on record or was voided",
    )
    UNIT_CIRCLE = (
        "UNIT_CIRCLE",
        "các đơn vị trực thuộc lẫn nhau thành vòng",
        "units that stand under each other",
    )
    PARENT_NOT_THERE = (
        "PARENT_NOT_THERE",
        "đơn vị trực thuộc một đơn vị không tồn tại",
        "a unit under a unit that does not exist",
    )
    POST_WITHOUT_UNIT = (
        "POST_WITHOUT_UNIT",
        "chức vụ lập ở đơn vị không tồn tại",
        "a post created in a unit that does not exist",
    )
    NATIONAL_ID_TWICE = (
        "NATIONAL_ID_TWICE",
        "nhiều hồ sơ cùng một số định danh",
        "several files, one national id",
    )
    TENURE_ID_TWICE = "TENURE_ID_TWICE", "nhiều người cùng một mã nhiệm kỳ", "several people, one tenure id"
    CODE_TWICE = "CODE_TWICE", "một mã dùng cho nhiều đối tượng", "one code for several things"
    ROTATION_WITHOUT_TENURE = (
        "ROTATION_WITHOUT_TENURE",
        "điều động, luân chuyển mà không có nhiệm kỳ nơi đến",
        "a move without a tenure in its post",
    )
    TENURE_WITHOUT_ROTATION = (
        "TENURE_WITHOUT_ROTATION",
        "nhiệm kỳ do luân chuyển, điều động mà không có quyết định điều động",
        "a tenure by a move that is not on record for that date",
    )
    ENTRY_WITHOUT_PERSON = (
        "ENTRY_WITHOUT_PERSON",
        "quy hoạch người không có hồ sơ",
        "a planning entry for nobody on file",
    )
    MERGED_RECORD_IN_USE = (
        "MERGED_RECORD_IN_USE",
        "hồ sơ đã nhập vẫn được dùng",
        "a merged file that is still used",
    )
    LINEAGE_AGAINST_TIME = (
        "LINEAGE_AGAINST_TIME",
        "sắp xếp đơn vị vào ngày đơn vị không tồn tại",
        "a reorganisation of a unit on a day on which it does not exist",
    )
    FACT_WITHOUT_EFFECT = (
        "FACT_WITHOUT_EFFECT",
        "sự kiện không có tác dụng: đối tượng chưa có, đã có hoặc đã kết thúc",
        "a fact that changes nothing: what it is about is not there, is there already or has ended",
    )


class Remedy(NamedTuple):
    """How a contradiction is mended, in English and in Vietnamese."""

    en: str
    vi: str


_END_TENURE = Remedy(
    "End the tenure (tenure-ended) on the day before which it was last held, or correct the date of the other fact.",
    "Ghi kết thúc nhiệm kỳ vào đúng ngày, hoặc đính chính ngày của sự kiện kia.",
)
REMEDIES: dict[ContradictionKind, Remedy] = {
    ContradictionKind.TWO_PRIMARY: Remedy(
        "End one of the tenures, or amend its holding to CONCURRENT, ACTING or IN_CHARGE.",
        "Ghi kết thúc một nhiệm kỳ, hoặc đính chính hình thức giữ chức vụ thành kiêm nhiệm, quyền hay phụ trách.",
    ),
    ContradictionKind.SAME_POST_TWICE: Remedy(
        "End the earlier tenure, or void the one that was recorded twice.",
        "Ghi kết thúc nhiệm kỳ trước, hoặc hủy nhiệm kỳ ghi trùng.",
    ),
    ContradictionKind.SEATS_EXCEEDED: Remedy(
        "End the tenure of whoever left, or revise the post (post-revised) with its true number of seats.",
        "Ghi kết thúc nhiệm kỳ của người đã thôi, hoặc sửa số ghế của chức vụ.",
    ),
    ContradictionKind.HOLDER_IN_DISSOLVED_UNIT: _END_TENURE,
    ContradictionKind.HOLDER_IN_ABOLISHED_POST: _END_TENURE,
    ContradictionKind.HOLDER_AFTER_SERVICE: Remedy(
        "End the tenure on the day on which service ended, or record the return (service-resumed).",
        "Ghi kết thúc nhiệm kỳ vào ngày thôi công tác, hoặc ghi việc trở lại công tác.",
    ),
    ContradictionKind.HOLDER_OF_VOIDED: Remedy(
        "Void the tenure too, or record what it refers to again.",
        "Hủy cả nhiệm kỳ, hoặc ghi lại đối tượng mà nhiệm kỳ nhắc tới.",
    ),
    ContradictionKind.UNIT_CIRCLE: Remedy(
        "Void or amend one of the facts that put a unit under another (unit-established, unit-reparented).",
        "Hủy hoặc đính chính một trong các sự kiện đặt đơn vị này dưới đơn vị kia.",
    ),
    ContradictionKind.PARENT_NOT_THERE: Remedy(
        "Record under which unit it stands from that day on (unit-reparented), or dissolve it, or correct the dates.",
        "Ghi đơn vị cấp trên từ ngày đó, hoặc ghi kết thúc đơn vị, hoặc đính chính ngày.",
    ),
    ContradictionKind.POST_WITHOUT_UNIT: Remedy(
        "Correct the unit or the date of the post, or the dates of the unit.",
        "Đính chính đơn vị hoặc ngày lập của chức vụ, hoặc ngày của đơn vị.",
    ),
    ContradictionKind.NATIONAL_ID_TWICE: Remedy(
        "Merge the files if they are one person (records-merged), else correct the number.",
        "Nhập các hồ sơ nếu là một người, nếu không thì đính chính số định danh.",
    ),
    ContradictionKind.TENURE_ID_TWICE: Remedy(
        "Void one of the tenures and record it under an id of its own.",
        "Hủy một nhiệm kỳ và ghi lại với mã riêng.",
    ),
    ContradictionKind.CODE_TWICE: Remedy(
        "Amend the codes of one of them, or end its code when the other takes it over.",
        "Đính chính mã của một đối tượng, hoặc kết thúc mã khi đối tượng kia tiếp nhận.",
    ),
    ContradictionKind.ROTATION_WITHOUT_TENURE: Remedy(
        "Record the tenure in the post of the move from its day on, or correct or void the move.",
        "Ghi nhiệm kỳ ở nơi đến từ ngày điều động, hoặc đính chính, hủy việc điều động.",
    ),
    ContradictionKind.TENURE_WITHOUT_ROTATION: Remedy(
        "Record the move with the day of the tenure, or correct the day, the route or the tenure itself.",
        "Ghi việc điều động đúng ngày của nhiệm kỳ, hoặc đính chính ngày, hình thức, hay chính nhiệm kỳ.",
    ),
    ContradictionKind.ENTRY_WITHOUT_PERSON: Remedy(
        "Void the entry, or register the cadre under this id.",
        "Hủy việc quy hoạch, hoặc lập hồ sơ cán bộ với mã này.",
    ),
    ContradictionKind.MERGED_RECORD_IN_USE: Remedy(
        "Record it on the file that is kept and void it here, or void the merger that is wrong.",
        "Ghi vào hồ sơ được giữ và hủy ở đây, hoặc hủy việc nhập hồ sơ nếu sai.",
    ),
    ContradictionKind.LINEAGE_AGAINST_TIME: Remedy(
        "Correct the day of the reorganisation, or the days on which the unit began and ended.",
        "Đính chính ngày sắp xếp, hoặc ngày bắt đầu và kết thúc của đơn vị.",
    ),
    ContradictionKind.FACT_WITHOUT_EFFECT: Remedy(
        "Void the fact, or record what it is about (again), or correct its date or that of the fact before.",
        "Hủy sự kiện này, hoặc ghi (lại) đối tượng mà nó nói tới, hoặc đính chính ngày của nó hay của sự kiện trước.",
    ),
}
"""How each kind is mended."""
