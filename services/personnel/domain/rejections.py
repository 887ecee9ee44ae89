"""Why a proposed fact of personnel cannot be true: one class per rule, named in answers to clients."""

from shared.core.decider import Rejected


class AlreadyRegistered(Rejected):
    """This cadre is on file already."""

    title_vi = "Cán bộ đã có hồ sơ"


class NotOnFile(Rejected):
    """This cadre is not on file yet."""

    title_vi = "Cán bộ chưa có hồ sơ"
    needs_another = True


class SamePerson(Rejected):
    """Another cadre on file has this national id."""

    title_vi = "Số định danh này thuộc về một hồ sơ khác"


class CodeTaken(Rejected):
    """Another cadre has this code of this scheme at that time."""

    title_vi = "Mã này trong bảng mã đang thuộc về cán bộ khác"


class BornInTheFuture(Rejected):
    """Nobody on file is born after their file was opened."""

    title_vi = "Ngày sinh không thể sau ngày lập hồ sơ"


class NothingAmended(Rejected):
    """An amendment names at least one field and its new value."""

    title_vi = "Cần nêu ít nhất một trường được sửa"


class UnknownRelation(Rejected):
    """This is not a relation that the rules on kinship know."""

    title_vi = "Quan hệ thân thích không có trong danh mục"


class OwnRelative(Rejected):
    """Nobody is their own relative."""

    title_vi = "Không ai là người thân của chính mình"


class IdTaken(Rejected):
    """This id is used already, with other particulars."""

    title_vi = "Mã này đã được dùng cho việc khác"


class UnknownReference(Rejected):
    """What this points at is not known here."""

    title_vi = "Đối tượng được nhắc tới chưa có trong hệ thống"


class StatusMovesBack(Rejected):
    """A training moves forward only: registered, sent, then completed, failed or withdrawn."""

    title_vi = "Trạng thái đào tạo chỉ chuyển tiếp, không quay lại"


class EndsBeforeStart(Rejected):
    """The end cannot lie before the start."""

    title_vi = "Ngày kết thúc không thể trước ngày bắt đầu"


class FormNotInForce(Rejected):
    """This form of discipline does not exist on that side on that date."""

    title_vi = "Hình thức kỷ luật này không có hiệu lực vào ngày đó"


class OutOfService(Rejected):
    """This cadre has left service already."""

    title_vi = "Cán bộ đã thôi công tác"


class InService(Rejected):
    """This cadre is in service."""

    title_vi = "Cán bộ đang công tác"
    needs_another = True


class MergedWithItself(Rejected):
    """A file is not merged into itself."""

    title_vi = "Không thể nhập hồ sơ vào chính nó"


class AlreadyMerged(Rejected):
    """This file has been merged already."""

    title_vi = "Hồ sơ này đã được nhập"


class MergedAway(Rejected):
    """This file was merged into another; record this on the file that is kept."""

    title_vi = "Hồ sơ này đã được nhập vào hồ sơ khác"


class TenuresOverlap(Rejected):
    """One person cannot have held both: merge only after correcting one, or name the duplicate."""

    title_vi = "Hai hồ sơ có nhiệm kỳ chồng nhau; hãy đính chính hoặc nêu nhiệm kỳ trùng"
