"""Why a sign-in at a provider did not work, in both languages, and what to do about it."""

from shared.http.problems import Problem

LOCAL_SIGN_IN = (
    "Sign in with a local account, or try again later. Hãy đăng nhập bằng tài khoản tại chỗ, hoặc thử lại."
)


def unknown_provider(name: str, known: list[str]) -> Problem:
    return Problem(
        404,
        "UnknownProvider",
        "There is no such sign-in service.",
        "Không có dịch vụ đăng nhập này",
        f"{name[:40]} is not configured; there are: {', '.join(known) or 'none'}.",
    )


def provider_unavailable(title: str, reason: str) -> Problem:
    return Problem(
        503,
        "ProviderUnavailable",
        "The sign-in service does not answer.",
        "Dịch vụ đăng nhập không trả lời",
        f"{title}: {reason}. {LOCAL_SIGN_IN}",
    ).with_headers({"Retry-After": "30"})


def attempt_unknown() -> Problem:
    return Problem(
        403,
        "SignInNotStartedHere",
        "This answer belongs to no sign-in that was begun in this browser within the last ten minutes.",
        "Phản hồi này không thuộc lần đăng nhập nào đã bắt đầu trong trình duyệt này trong mười phút qua",
        "Begin again from the sign-in page, and let it keep cookies. Hãy bắt đầu lại từ trang đăng nhập.",
    )


def answered_by_another(title: str) -> Problem:
    return Problem(
        403,
        "AnotherProvider",
        "Another service answered than the one that was asked.",
        "Dịch vụ trả lời không phải dịch vụ đã được hỏi",
        f"The sign-in was begun at {title}. Begin again. Hãy bắt đầu đăng nhập lại.",
    )


def refused_by_provider(title: str, reason: str) -> Problem:
    return Problem(
        403,
        "ProviderRefused",
        "The sign-in service refused.",
        "Dịch vụ đăng nhập từ chối",
        f"{title}: {reason}. Begin again, or ask those who run it. Hãy thử lại, hoặc hỏi đơn vị quản lý dịch vụ đó.",
    )


def wrong_token(title: str, reason: str) -> Problem:
    return Problem(
        403,
        "WrongIdToken",
        "What the sign-in service says about you cannot be believed.",
        "Không thể tin thông tin mà dịch vụ đăng nhập gửi về",
        f"{title}: the ID token is refused: {reason}. Tell the administrator. Hãy báo cho quản trị viên.",
    )


def clock_differs(title: str, reason: str) -> Problem:
    return Problem(
        403,
        "ClockDiffers",
        "The clock of the sign-in service and the clock here differ by more than a minute.",
        "Đồng hồ của dịch vụ đăng nhập và của máy chủ này lệch nhau hơn một phút",
        f"{title}: {reason}. Set both clocks by a time server. Hãy chỉnh đồng hồ của hai bên theo máy chủ thời gian.",
    )


def no_account(title: str, claim: str, login: str) -> Problem:
    return Problem(
        403,
        "NoAccount",
        "Nobody here has an account of that name.",
        "Ở đây chưa có tài khoản ứng với tên này",
        f"By {claim} of {title} the login would be {login[:100] or '(nothing)'}. Ask the administrator for an account "
        "with it. "
        "Hãy đề nghị quản trị viên lập tài khoản với tên đăng nhập này.",
    )
