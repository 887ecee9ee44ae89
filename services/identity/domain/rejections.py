"""Why a fact about accounts, roles or tokens is refused."""

from shared.core.decider import Rejected


class BadLogin(Rejected):
    """A login is 1 to 64 characters without spaces."""

    title_vi = "Tên đăng nhập gồm 1 đến 64 ký tự, không có dấu cách"


class LoginTaken(Rejected):
    """Another account has this login, or had it."""

    title_vi = "Tên đăng nhập này đã có tài khoản dùng"


class AccountIdTaken(Rejected):
    """There is an account with this id already."""

    title_vi = "Mã tài khoản này đã có"


class NameTaken(Rejected):
    """Another account has this name; two persons of one name need something that tells them apart."""

    title_vi = "Đã có tài khoản mang tên này; hai người trùng tên cần thêm chi tiết để phân biệt"


class ReservedName(Rejected):
    """This name is kept for what the program records by itself."""

    title_vi = "Tên này dành cho những gì chương trình tự ghi"


class NoSuchAccount(Rejected):
    """There is no account with this id."""

    title_vi = "Không có tài khoản mang mã này"
    needs_another = True


class AccountIsDisabled(Rejected):
    """The account is disabled."""

    title_vi = "Tài khoản đã bị khóa"


class LastAdministrator(Rejected):
    """Then nobody could administer this installation: make another administrator first."""

    title_vi = "Khi đó không còn ai quản trị hệ thống: hãy đặt một quản trị khác trước"


class GrantIdTaken(Rejected):
    """There is a grant with this id already."""

    title_vi = "Mã phân quyền này đã có"


class NoSuchGrant(Rejected):
    """There is no grant with this id."""

    title_vi = "Không có phân quyền mang mã này"
    needs_another = True


class GrantIsOver(Rejected):
    """The grant has ended."""

    title_vi = "Phân quyền đã chấm dứt"


class NoScope(Rejected):
    """A role holds everywhere, in some units, or for the persons that some bodies manage."""

    title_vi = "Vai trò phải có phạm vi: toàn bộ, một số đơn vị, hoặc người do một số cấp quản lý"


class EverywhereAlone(Rejected):
    """What holds everywhere names no units or bodies."""

    title_vi = "Đã áp dụng toàn bộ thì không nêu đơn vị hay cấp quản lý"


class EndsBeforeStart(Rejected):
    """The last day is before the first."""

    title_vi = "Ngày cuối trước ngày đầu"


class OwnGrant(Rejected):
    """Nobody grants a role to themselves."""

    title_vi = "Không ai tự phân quyền cho mình"


class NotYourGrant(Rejected):
    """Only who has a role can pass it on."""

    title_vi = "Chỉ người có vai trò mới ủy quyền được"


class DelegatedTwice(Rejected):
    """What was delegated cannot be passed on."""

    title_vi = "Quyền được ủy quyền không được ủy quyền tiếp"


class DelegationWithoutEnd(Rejected):
    """A delegation has a last day."""

    title_vi = "Ủy quyền phải có ngày cuối"


class BeyondOwnGrant(Rejected):
    """A delegation is a part of the grant: the same role, no more units or bodies, no more days."""

    title_vi = (
        "Ủy quyền không được vượt quá quyền đang có: cùng vai trò, không thêm đơn vị, cấp quản lý hay ngày"
    )


class AdministratorDelegated(Rejected):
    """The role of administrator is granted, not delegated."""

    title_vi = "Vai trò quản trị hệ thống chỉ được giao, không được ủy quyền"


class TokenIdTaken(Rejected):
    """There is a token with this id already."""

    title_vi = "Mã token này đã có"


class NoSuchToken(Rejected):
    """There is no token with this id."""

    title_vi = "Không có token mang mã này"
    needs_another = True


class NoTokenScope(Rejected):
    """A token may read, or read and record."""

    title_vi = "Token phải có phạm vi: đọc, hoặc đọc và ghi"
