"""Why a proposed fact of evaluation cannot be true: one class per rule, named in answers to clients."""

from shared.core.decider import Rejected


class BadPeriod(Rejected):
    """A period is a year, half, quarter or month of it, or a term: 2024, 2024-H1, 2024-Q3, 2024-11, TERM-2020-2025."""

    title_vi = "Kỳ đánh giá không hợp lệ"


class ScoreOutOfRange(Rejected):
    """A score lies between 0 and 100."""

    title_vi = "Điểm phải từ 0 đến 100"


class GradeAboveScore(Rejected):
    """The score does not reach the threshold of this grade (EVAL_THRESHOLDS)."""

    title_vi = "Mức xếp loại cao hơn mức điểm cho phép"


class GradeNotInForce(Rejected):
    """This grade is not given any more on that date."""

    title_vi = "Mức xếp loại này không còn được áp dụng vào ngày đó"


class AlreadyEvaluated(Rejected):
    """There is a final grade for this period, occasion and authority; say which evaluation is replaced."""

    title_vi = "Đã có kết quả xếp loại cho kỳ này; hãy nêu kết quả được thay thế"


class NothingToReplace(Rejected):
    """The evaluation to be replaced is not the final one of this period, occasion and authority."""

    title_vi = "Kết quả được thay thế không phải kết quả cuối cùng của kỳ này"


class IdTaken(Rejected):
    """This id is used already, with other particulars."""

    title_vi = "Mã này đã được dùng cho việc khác"


class NoSuchReview(Rejected):
    """No deep review with this id was ordered for this subject, or closed before its remedy is recorded."""

    title_vi = "Không có lượt kiểm điểm sâu mang mã này"
    needs_another = True


class AlreadyClosed(Rejected):
    """This deep review is closed already."""

    title_vi = "Lượt kiểm điểm sâu đã kết thúc"


class AlreadyRemedied(Rejected):
    """The remedy plan of this review is carried out already."""

    title_vi = "Kế hoạch khắc phục đã hoàn thành"


class ClosedBeforeOrdered(Rejected):
    """A deep review is not closed before it is ordered, nor remedied before it is closed."""

    title_vi = "Không thể kết thúc trước khi có yêu cầu kiểm điểm"


class VotesAbovePresent(Rejected):
    """Nobody gets more votes than there were voters present, and no more are present than were called."""

    title_vi = "Số phiếu vượt số người có mặt"


class VotedTwice(Rejected):
    """Each person stands once on a ballot for a post."""

    title_vi = "Một người có hai dòng kết quả trong cùng một lần lấy phiếu"


class UnknownReference(Rejected):
    """What this points at is not known here."""

    title_vi = "Đối tượng được nhắc tới chưa có trong hệ thống"
