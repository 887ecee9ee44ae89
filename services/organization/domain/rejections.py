"""Why a proposed fact of organization cannot be true: one class per rule, named in answers to clients."""

from shared.core.decider import Rejected


class AlreadyExists(Rejected):
    """Something with this id exists already."""

    title_vi = "Mã này đã được dùng"


class NotFound(Rejected):
    """Nothing of this kind has this id."""

    title_vi = "Không tìm thấy đối tượng mang mã này"
    needs_another = True


class NotInExistence(Rejected):
    """It does not exist on that date, or not on every day that the date can mean."""

    title_vi = "Đối tượng không tồn tại vào ngày này"


class AlreadyEnded(Rejected):
    """It has ended already; correct the earlier fact instead."""

    title_vi = "Đối tượng đã kết thúc; hãy đính chính sự kiện trước"


class EndsBeforeStart(Rejected):
    """It cannot end before or on the day it starts."""

    title_vi = "Ngày kết thúc phải sau ngày bắt đầu"


class KindNotInForce(Rejected):
    """This kind of unit does not exist on that date."""

    title_vi = "Loại đơn vị này không còn hoặc chưa có vào ngày đó"


class UnderItself(Rejected):
    """A unit cannot stand under itself or under one of its own descendants."""

    title_vi = "Đơn vị không thể trực thuộc chính nó hoặc đơn vị cấp dưới của nó"


class EdgesDoNotAddUp(Rejected):
    """The clauses of a reorganisation contradict each other."""

    title_vi = "Các khoản của nghị quyết sắp xếp mâu thuẫn nhau"


class CodeTaken(Rejected):
    """Another unit or post has this code of this scheme on that date."""

    title_vi = "Mã này trong bảng mã đang thuộc về đối tượng khác vào ngày đó"


class OutOfRange(Rejected):
    """A number is outside what makes sense."""

    title_vi = "Giá trị số không hợp lệ"


class OverageWithoutDeadline(Rejected):
    """An overage is lawful only until a date."""

    title_vi = "Số vượt định mức phải có thời hạn"
