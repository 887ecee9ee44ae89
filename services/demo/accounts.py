"""Four accounts of the demonstration, whose secrets everybody knows, and the banner that says so on every page."""

from collections.abc import Collection, Iterable
from html import escape
from typing import NamedTuple

from services.demo.city.tour import CITIES, WARD_ID
from services.demo.city.world import demo_id
from services.identity.access.administration import Administration
from services.identity.access.published_secrets import PublishedSecret
from services.identity.credentials.published import PUBLISHED_PASSWORD, PUBLISHED_TOKEN
from services.identity.events import (
    AccountAdded,
    ApiTokenIssued,
    RoleGranted,
    SignInMethod,
    TokenScope,
)
from shared.core.partial_dates import Day, PDate
from shared.http.principal import Role

TOKEN_ENDS = Day(PDate("2099-12-31"))


class DemoAccount(NamedTuple):
    """Somebody, or a program, who sees a part of the demonstration."""

    login: str
    name: str
    role: Role
    units: tuple[str, ...]
    """In whose subtrees the role holds; empty: everywhere."""
    sees_vi: str
    sees_en: str
    """What a visitor finds with it, in a few words."""
    is_program: bool = False
    """Whether it has a token instead of a password."""

    @property
    def id(self) -> str:
        return demo_id("account", self.login)

    @property
    def token(self) -> str:
        """Id of its token."""
        return demo_id("token", self.login)


DEMO_ACCOUNTS = (
    DemoAccount(
        "can-bo-phuong",
        "Cán bộ phường Kiến An (minh họa)",
        Role.OFFICER,
        (WARD_ID,),
        "cán bộ tổ chức, chỉ phường Kiến An",
        "officer, Kiến An ward only",
    ),
    DemoAccount(
        "lanh-dao-thanh-pho",
        "Lãnh đạo thành phố Hải Phòng (minh họa)",
        Role.HEAD,
        CITIES,
        "người đứng đầu, thành phố Hải Phòng",
        "head, Hải Phòng city",
    ),
    DemoAccount(
        "kiem-tra",
        "Cán bộ kiểm tra (minh họa)",
        Role.AUDITOR,
        (),
        "người kiểm tra, xem tất cả và không ghi gì",
        "auditor, reads everything and writes nothing",
    ),
    DemoAccount(
        "tich-hop",
        "Chương trình tích hợp (minh họa)",
        Role.INTEGRATION,
        CITIES,
        "chương trình tích hợp, thành phố Hải Phòng, không xem thông tin cá nhân",
        "integration, Hải Phòng city, without personal data",
        is_program=True,
    ),
)
"""None is an administrator: accounts are changed by whoever has the machine (`cadre user`)."""


def add_demo_accounts(administration: Administration, actor: str) -> None:
    """Add those that are not there, with their published secrets. Raises Rejected where a login is somebody else's."""
    for account in DEMO_ACCOUNTS:
        if account.id not in administration.directory().accounts:
            _add_account(administration, account, actor)
        if account.is_program:
            _give_token(administration, account, actor)
        elif account.id not in administration.store.passwords.list_hashes():
            administration.record_method(account.id, SignInMethod.PASSWORD, actor)
            administration.store.passwords.store(account.id, PUBLISHED_PASSWORD, administration.clock())


def _add_account(administration: Administration, account: DemoAccount, actor: str) -> None:
    administration.record(AccountAdded(account=account.id, login=account.login, name=account.name), actor)
    granted = RoleGranted(
        grant=demo_id("grant", account.login),
        account=account.id,
        role=account.role,
        everywhere=not account.units,
        units=account.units,
    )
    administration.record(granted, actor)


def _give_token(administration: Administration, account: DemoAccount, actor: str) -> None:
    if account.token not in administration.directory().tokens:
        issued = ApiTokenIssued(
            token=account.token,
            owner=account.id,
            label="minh họa",
            scopes=(TokenScope.READ,),
            ends=TOKEN_ENDS,
        )
        administration.record(issued, actor)
        administration.store.tokens.store(
            account.token, PUBLISHED_TOKEN, account.id, issued.label, records=False, ends=TOKEN_ENDS
        )


def list_usable(published: Collection[PublishedSecret]) -> list[DemoAccount]:
    """The accounts of the demonstration that can be used with their published secrets."""
    logins = {each.login for each in published}
    return [account for account in DEMO_ACCOUNTS if account.login in logins]


def build_banner(published: Collection[PublishedSecret]) -> str:
    """HTML for the top of every page, in both languages; the page shows the one it is in."""
    usable = list_usable(published)
    return (
        '<aside id="demonstration" class="banner" aria-label="Minh họa · Demonstration">'
        '<div lang="vi"><strong>Đây là bản minh họa: ai cũng biết mật khẩu.</strong> Nhân vật là hư cấu; đừng nhập '
        "dữ liệu thật. <a href='/sign-in'>Đăng nhập, đăng xuất</a> với mật khẩu "
        f"<code>{escape(PUBLISHED_PASSWORD)}</code>:"
        f"{_list(usable, vi=True)}</div>"
        '<div lang="en"><strong>This is a demonstration: everybody knows its passwords.</strong> People in it are '
        "invented; enter nothing real. <a href='/sign-in'>Sign in or out</a> with the password "
        f"<code>{escape(PUBLISHED_PASSWORD)}</code>:{_list(usable, vi=False)}</div></aside>"
    )


def _list(usable: Iterable[DemoAccount], vi: bool) -> str:
    return "<ul>" + "".join(f"<li>{_line(account, vi)}</li>" for account in usable) + "</ul>"


def _line(account: DemoAccount, vi: bool) -> str:
    secret = f" <code>Authorization: Bearer {escape(PUBLISHED_TOKEN)}</code>" if account.is_program else ""
    return (
        f"<code>{escape(account.login)}</code>: {escape(account.sees_vi if vi else account.sees_en)}{secret}"
    )
