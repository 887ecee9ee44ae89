"""Why a proposed fact of regulation cannot be true: one class per rule, named in answers to clients."""

from shared.core.decider import Rejected


class AlreadyRegistered(Rejected):
    """A document with this number, issuer and day of signing is in the register, with other particulars."""

    title_vi = "Văn bản cùng số, cơ quan ban hành và ngày ký đã có trong sổ"


class NotInRegister(Rejected):
    """This document is not in the register."""

    title_vi = "Văn bản không có trong sổ"
    needs_another = True


class AlreadyRevoked(Rejected):
    """This document has been revoked already."""

    title_vi = "Văn bản đã bị thu hồi"


class RevokedBeforeInForce(Rejected):
    """A document cannot be revoked before it takes effect."""

    title_vi = "Văn bản không thể bị thu hồi trước khi có hiệu lực"


class RuleEndsBeforeStart(Rejected):
    """A version of a rule is in force for a day at least."""

    title_vi = "Phiên bản quy tắc phải có hiệu lực ít nhất một ngày"


class VersionTaken(Rejected):
    """This rule has a version of this number already; take the next number."""

    title_vi = "Quy tắc đã có phiên bản mang số này"


class VersionsOverlap(Rejected):
    """Another version of this rule and scope is in force then; end it first, or start after it."""

    title_vi = "Phiên bản khác của quy tắc đang có hiệu lực trong thời gian này"


class RuleElsewhere(Rejected):
    """All versions of a rule are recorded in one stream, which holds no other rule."""

    title_vi = "Mọi phiên bản của một quy tắc phải nằm trong cùng một dòng lịch sử"


class ParametersDoNotFit(Rejected):
    """A version of a rule has the parameters that the rule is judged by, each of its kind."""

    title_vi = "Tham số của quy tắc không đầy đủ hoặc không đúng loại"
