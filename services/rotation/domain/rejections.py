"""Why a proposed fact of rotation cannot be true: one class per rule, named in answers to clients."""

from shared.core.decider import Rejected


class SeatsTaken(Rejected):
    """Others hold all seats of this post at that time, and it refuses more holders."""

    title_vi = "Chức vụ này đã đủ người theo số ghế và không nhận thêm"


class PlanIsEmpty(Rejected):
    """A plan has items, each with an id of its own and at least one cadre; a named cadre counts once."""

    title_vi = "Kế hoạch luân chuyển phải có các mục, mỗi mục một mã và ít nhất một người"


class WrongPlanVersion(Rejected):
    """Versions of a plan count up by one."""

    title_vi = "Phiên bản kế hoạch phải tăng từng một"


class MoveIdTaken(Rejected):
    """A move with this id exists already, with other particulars."""

    title_vi = "Mã lượt luân chuyển, điều động này đã được dùng"


class RotationIsOpen(Rejected):
    """This cadre is on rotation then; end that rotation first."""

    title_vi = "Cán bộ đang trong thời gian luân chuyển"


class SamePlace(Rejected):
    """A rotation leads to another unit, any other move to another post."""

    title_vi = "Nơi đến phải khác nơi đi"


class EndsBeforeStart(Rejected):
    """A posting cannot end before or on the day it starts."""

    title_vi = "Ngày kết thúc phải sau ngày bắt đầu"


class OutOfRange(Rejected):
    """A number of months is not negative."""

    title_vi = "Số tháng không hợp lệ"


class NoSuchRotation(Rejected):
    """This cadre has no rotation, secondment or reinforcement with this id."""

    title_vi = "Cán bộ không có đợt luân chuyển, biệt phái hay tăng cường mang mã này"
    needs_another = True


class AlreadyEnded(Rejected):
    """This posting has ended already; correct the earlier fact instead."""

    title_vi = "Đợt luân chuyển đã kết thúc; hãy đính chính sự kiện trước"


class ReasonNeeded(Rejected):
    """Whoever is recalled before the least time is over is recalled for a reason."""

    title_vi = "Rút về trước thời hạn tối thiểu phải nêu lý do"


class UnknownReference(Rejected):
    """What this points at is not known here."""

    title_vi = "Đối tượng được nhắc tới chưa có trong hệ thống"


class PostNotInExistence(Rejected):
    """The post does not exist on that date."""

    title_vi = "Chức vụ không tồn tại vào ngày này"


class NotHeldThen(Rejected):
    """The tenure that the move is to end is not held on that date, or has ended on another day."""

    title_vi = "Cán bộ không giữ chức vụ cũ vào ngày này"


class FromTenureNeeded(Rejected):
    """This cadre holds a primary post on that date; say that the move ends that tenure."""

    title_vi = "Cán bộ đang giữ chức vụ chính; cần nêu nhiệm kỳ kết thúc khi chuyển"
