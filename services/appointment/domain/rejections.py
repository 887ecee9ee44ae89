"""Why a proposed fact of appointment cannot be true: one class per rule, named in answers to clients."""

from shared.core.decider import Rejected


class TenureIdTaken(Rejected):
    """A tenure with this id exists already, with other particulars."""

    title_vi = "Mã nhiệm kỳ này đã được dùng"


class NoSuchTenure(Rejected):
    """This cadre has no tenure with this id."""

    title_vi = "Cán bộ không có nhiệm kỳ mang mã này"
    needs_another = True


class TwoPrimaryPosts(Rejected):
    """Nobody holds two primary posts on one date."""

    title_vi = "Một người không giữ hai chức vụ chính trong cùng một ngày"


class SamePostTwice(Rejected):
    """Nobody holds the same post twice at once."""

    title_vi = "Một người không giữ cùng một chức vụ hai lần một lúc"


class SeatsTaken(Rejected):
    """Others hold all seats of this post at that time, and it refuses more holders."""

    title_vi = "Chức vụ này đã đủ người theo số ghế và không nhận thêm"


class EndsBeforeStart(Rejected):
    """A tenure cannot end before or on the day it starts."""

    title_vi = "Ngày thôi giữ chức vụ phải sau ngày bắt đầu"


class AlreadyEnded(Rejected):
    """This tenure has ended already; correct the earlier fact instead."""

    title_vi = "Nhiệm kỳ đã kết thúc; hãy đính chính sự kiện trước"


class NotHeldThen(Rejected):
    """The post is not held on that date, or not on every day that the date can mean."""

    title_vi = "Chức vụ không được giữ vào ngày này"


class AlreadySuspended(Rejected):
    """This tenure is suspended already."""

    title_vi = "Cán bộ đang bị tạm đình chỉ"


class NotSuspended(Rejected):
    """Only a suspended cadre can be reinstated."""

    title_vi = "Chỉ người đang bị tạm đình chỉ mới được phục hồi"
    needs_another = True


class WrongTermNumber(Rejected):
    """Terms in a post count up by one."""

    title_vi = "Số nhiệm kỳ phải tăng từng một"


class VotesDoNotAddUp(Rejected):
    """More votes for somebody than votes cast."""

    title_vi = "Số phiếu bầu vượt số phiếu thu về"


class AlreadyNominated(Rejected):
    """This nomination is recorded already."""

    title_vi = "Việc giới thiệu này đã được ghi nhận"


class UnknownReference(Rejected):
    """What this points at is not known here."""

    title_vi = "Đối tượng được nhắc tới chưa có trong hệ thống"


class PostNotInExistence(Rejected):
    """The post does not exist on that date."""

    title_vi = "Chức vụ không tồn tại vào ngày này"


class OutOfService(Rejected):
    """This cadre is out of service on that date; record the return to service first."""

    title_vi = "Cán bộ đã thôi công tác vào ngày này"


class MergedAway(Rejected):
    """This file was merged into another; record what is new on the file that is kept."""

    title_vi = "Hồ sơ này đã được nhập vào hồ sơ khác"


class ContestExists(Rejected):
    """This contest is open or over already."""

    title_vi = "Kỳ thi tuyển này đã được mở"


class NoSuchContest(Rejected):
    """No contest was opened under this id."""

    title_vi = "Không có kỳ thi tuyển mang mã này"
    needs_another = True


class ContestClosed(Rejected):
    """This contest is concluded already; correct the earlier fact instead."""

    title_vi = "Kỳ thi tuyển đã kết thúc; hãy đính chính sự kiện trước"


class NotACandidate(Rejected):
    """Each candidate is named once, and only candidates win or have scores."""

    title_vi = "Mỗi người dự tuyển ghi một lần; chỉ người dự tuyển mới được chấm điểm hoặc trúng tuyển"
