"""The rules of accounts, grants and tokens."""

from typing import Any

import pytest

from services.identity.domain import rejections as why
from services.identity.domain.decider import identity
from services.identity.events import (
    AccountAdded,
    AccountDisabled,
    AccountEnabled,
    ApiTokenIssued,
    ApiTokenRevoked,
    ClearanceSet,
    GrantEnded,
    RoleGranted,
    SignInMethod,
    SignInMethodChanged,
    TokenScope,
)
from shared.core.decider import Rejected
from shared.core.partial_dates import Day, PDate
from shared.http.principal import EVERYTHING, Grant, Role
from shared.testing.given import Given, history


def day(text: str) -> Day:
    return Day(PDate(text))


LAN = AccountAdded(account="lan", login="lan", name="Nguyễn Thị Lan")
MINH = AccountAdded(account="minh", login="minh", name="Trần Minh")
ROOT = RoleGranted(grant="g-root", account="lan", role=Role.ADMINISTRATOR, everywhere=True)
HEAD = RoleGranted(
    grant="g-head", account="lan", role=Role.HEAD, units=("a", "b"), bodies=("btv",), ends=day("2026-12-31")
)


def delegated(**changes: Any) -> RoleGranted:
    fields: dict[str, Any] = {
        "grant": "g-part",
        "account": "minh",
        "role": Role.HEAD,
        "units": ("a",),
        "ends": day("2026-08-31"),
        "granted_by": "lan",
        "delegated_from": "g-head",
    }
    return RoleGranted(**fields | changes)


@pytest.mark.parametrize(
    ("proposed", "rule"),
    [
        (AccountAdded(account="x", login=" LAN ", name="Lan Khác"), why.LoginTaken),
        (AccountAdded(account="x", login="l an", name="Lan Khác"), why.BadLogin),
        (AccountAdded(account="x", login="l" * 65, name="Lan Khác"), why.BadLogin),
        (AccountAdded(account="x", login="x", name="nguyễn thị lan"), why.NameTaken),
        (AccountAdded(account="x", login="x", name="Import:abc"), why.ReservedName),
        (AccountAdded(account="lan", login="x", name="X"), why.AccountIdTaken),
        (ClearanceSet(account="x", clearance="SECRET", change="1"), why.NoSuchAccount),
        (RoleGranted(grant="g", account="x", role=Role.HEAD, everywhere=True), why.NoSuchAccount),
        (RoleGranted(grant="g", account="lan", role=Role.HEAD), why.NoScope),
        (RoleGranted(grant="g-root", account="lan", role=Role.HEAD, everywhere=True), why.GrantIdTaken),
        (
            RoleGranted(grant="g", account="lan", role=Role.HEAD, everywhere=True, units=("a",)),
            why.EverywhereAlone,
        ),
        (
            RoleGranted(grant="g", account="lan", role=Role.HEAD, everywhere=True, granted_by="lan"),
            why.OwnGrant,
        ),
        (
            RoleGranted(
                grant="g",
                account="lan",
                role=Role.HEAD,
                units=("a",),
                starts=day("2026-02-01"),
                ends=day("2026-01-31"),
            ),
            why.EndsBeforeStart,
        ),
        (GrantEnded(grant="x"), why.NoSuchGrant),
        (GrantEnded(grant="g-root"), why.LastAdministrator),
        (AccountDisabled(account="lan", change="1"), why.LastAdministrator),
        (AccountDisabled(account="x", change="1"), why.NoSuchAccount),
        (
            ApiTokenIssued(
                token="t", owner="x", label="x", scopes=(TokenScope.READ,), ends=day("2027-01-01")
            ),
            why.NoSuchAccount,
        ),
        (
            ApiTokenIssued(token="t", owner="lan", label="x", scopes=(), ends=day("2027-01-01")),
            why.NoTokenScope,
        ),
        (ApiTokenRevoked(token="x"), why.NoSuchToken),
        (SignInMethodChanged(account="x", method=SignInMethod.CODE, change="1"), why.NoSuchAccount),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_a_wrong_proposal_is_refused_by_name(proposed: Any, rule: type[Rejected]) -> None:
    Given(identity, LAN, MINH, ROOT).when(proposed).rejected(rule)


def test_the_last_administrator_is_the_last_lasting_one() -> None:
    second = RoleGranted(grant="g2", account="minh", role=Role.ADMINISTRATOR, everywhere=True)
    disabled, ended = AccountDisabled(account="lan", change="1"), GrantEnded(grant="g-root")
    Given(identity, LAN, MINH, ROOT, second).when(disabled).then(disabled)
    Given(identity, LAN, MINH, ROOT, second).when(ended).then(ended)
    for weak in (
        RoleGranted(grant="g2", account="minh", role=Role.ADMINISTRATOR, units=("a",)),
        RoleGranted(
            grant="g2", account="minh", role=Role.ADMINISTRATOR, everywhere=True, ends=day("2026-12-31")
        ),
    ):
        Given(identity, LAN, MINH, ROOT, weak).when(disabled).rejected(why.LastAdministrator)
    away = AccountDisabled(account="minh", change="0")
    Given(identity, LAN, MINH, ROOT, second, away).when(ended).rejected(why.LastAdministrator)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"granted_by": "minh", "account": "lan"}, why.NotYourGrant),
        ({"granted_by": ""}, why.NotYourGrant),
        ({"account": "lan"}, why.OwnGrant),
        ({"ends": None}, why.DelegationWithoutEnd),
        ({"ends": day("2027-01-01")}, why.BeyondOwnGrant),
        ({"units": ("a", "c")}, why.BeyondOwnGrant),
        ({"units": (), "everywhere": True}, why.BeyondOwnGrant),
        ({"units": (), "bodies": ("other",)}, why.BeyondOwnGrant),
        ({"role": Role.OFFICER}, why.BeyondOwnGrant),
        ({"role": Role.ADMINISTRATOR}, why.AdministratorDelegated),
        ({"delegated_from": "x"}, why.NoSuchGrant),
    ],
)
def test_a_delegation_is_a_part_of_an_own_grant_and_ends(
    changes: dict[str, Any], rule: type[Rejected]
) -> None:
    Given(identity, LAN, MINH, HEAD).when(delegated(**changes)).rejected(rule)


def test_what_was_delegated_is_not_passed_on() -> None:
    hoa = AccountAdded(account="hoa", login="hoa", name="Lê Hoa")
    further = delegated(grant="g3", account="hoa", granted_by="minh", delegated_from="g-part")
    Given(identity, LAN, MINH, hoa, HEAD, delegated()).when(further).rejected(why.DelegatedTwice)


def grants_of(account: str, *facts: Any) -> list[Grant]:
    return list(identity.replay(history(*facts)).grants_of(account))


def test_a_delegation_holds_while_its_giver_has_the_grant() -> None:
    given = (LAN, MINH, HEAD, delegated(ends=day("2026-08-31")))
    [held] = grants_of("minh", *given)
    assert (held.role, held.units, held.delegated_by, str(held.ends)) == (
        Role.HEAD,
        ("a",),
        "lan",
        "2026-08-31",
    )
    for later in (
        GrantEnded(grant="g-head"),
        GrantEnded(grant="g-part"),
        AccountDisabled(account="lan", change="1"),
        AccountDisabled(account="minh", change="1"),
    ):
        assert grants_of("minh", *given, later) == []
    away, back = AccountDisabled(account="lan", change="1"), AccountEnabled(account="lan", change="2")
    assert grants_of("minh", *given, away, back) == [held]


def test_a_grant_everywhere_is_the_whole_tree() -> None:
    [held] = grants_of("lan", LAN, ROOT)
    assert held.units == (EVERYTHING,)


def test_a_change_is_recorded_once_and_may_be_made_again() -> None:
    first, second = AccountDisabled(account="minh", change="1"), AccountDisabled(account="minh", change="3")
    back = AccountEnabled(account="minh", change="2")
    Given(identity, MINH, first).when(second).then()
    Given(identity, MINH, first, back).when(second).then(second)
    Given(identity, MINH).when(back).then()
