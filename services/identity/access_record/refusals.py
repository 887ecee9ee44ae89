"""Why something is not shown that nobody could be held to account for."""

from shared.http.problems import Problem


def access_not_recorded() -> Problem:
    return Problem(
        503,
        "AccessNotRecorded",
        "This cannot be shown, because who sees it cannot be put on record now.",
        "Chưa thể hiển thị, vì hiện không ghi được nhật ký truy cập",
        "The log cannot be written: see /ready and the log of the process. Không ghi được nhật ký; xem /ready.",
    ).with_headers({"Retry-After": "10"})
