"""Why a proposed fact of planning cannot be true: one class per rule, named in answers to clients."""

from shared.core.decider import Rejected


class AlreadyOpened(Rejected):
    """This planning list has been opened already, with other particulars."""

    title_vi = "Danh sách quy hoạch này đã được mở"


class ListExists(Rejected):
    """There is a list of this owner for this title set and term already."""

    title_vi = "Đã có danh sách quy hoạch của cơ quan này cho nhóm chức danh và nhiệm kỳ này"


class NotOpened(Rejected):
    """This planning list has not been opened."""

    title_vi = "Danh sách quy hoạch chưa được mở"
    needs_another = True


class NotInItsTime(Rejected):
    """The list does not count on that date."""

    title_vi = "Danh sách quy hoạch không có hiệu lực vào ngày này"


class EndsBeforeStart(Rejected):
    """A list cannot end before or on the day it is opened."""

    title_vi = "Ngày danh sách hết hiệu lực phải sau ngày mở"


class OneTitleOnly(Rejected):
    """Say either the post or the title code that the cadre is planned for."""

    title_vi = "Cần nêu chức vụ hoặc mã chức danh quy hoạch, chỉ một trong hai"


class EntryIdTaken(Rejected):
    """An entry with this id exists already, with other particulars."""

    title_vi = "Mã quy hoạch này đã được dùng"


class AlreadyPlanned(Rejected):
    """This cadre is on the list for this title already."""

    title_vi = "Cán bộ đang có trong quy hoạch chức danh này"


class VotesDoNotAddUp(Rejected):
    """More votes for somebody than votes cast, or more votes cast than people present."""

    title_vi = "Số phiếu không khớp với số người có mặt"


class StepsOutOfOrder(Rejected):
    """The five steps follow one another, each once."""

    title_vi = "Các bước giới thiệu quy hoạch phải theo thứ tự, mỗi bước một lần"


class NotOnTheList(Rejected):
    """No such entry is on this list."""

    title_vi = "Cán bộ không có trong danh sách quy hoạch"
    needs_another = True


class AlreadyRemoved(Rejected):
    """This entry has left the list already; correct the earlier fact instead."""

    title_vi = "Cán bộ đã được đưa ra khỏi quy hoạch; hãy đính chính sự kiện trước"


class RemovedBeforeAdded(Rejected):
    """An entry cannot leave the list before or on the day it enters."""

    title_vi = "Ngày đưa ra khỏi quy hoạch phải sau ngày đưa vào"


class ReviewIsClosed(Rejected):
    """The review of that year is closed, so nothing is added to it or removed by it any more."""

    title_vi = "Kỳ rà soát của năm này đã kết thúc"


class NoYear(Rejected):
    """A review is of a year; 0 stands for none."""

    title_vi = "Cần nêu năm của kỳ rà soát"


class CountsDoNotMatch(Rejected):
    """The counts of a review are those of the entries it added and removed."""

    title_vi = "Số đưa vào, đưa ra không khớp với các quyết định của kỳ rà soát"


class UnknownReference(Rejected):
    """What this points at is not known here."""

    title_vi = "Đối tượng được nhắc tới chưa có trong hệ thống"
