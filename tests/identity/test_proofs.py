"""Attacks on signing in: guessing, telling who exists, codes used twice; and what a restart does not undo."""

from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from services.identity.credentials import passwords
from services.identity.credentials.lockout import (
    ATTEMPTS_OF_ADDRESS,
    ATTEMPTS_OF_LOGIN,
    FIRST_WAIT,
    LONGEST_WAIT,
    wait_after,
)
from shared.http.principal import Role
from tests.identity.office import PASSWORD, Office, open_office, rule, sign_in


@pytest.fixture
def own(tmp_path: Path) -> Office:
    """An office that a test may lock."""
    office = open_office(tmp_path)
    office.add("lan", Role.ADMINISTRATOR)
    office.add("minh", Role.OFFICER)
    return office


def close(office: Office) -> None:
    office.access.store.close()
    office.ledger.close()


def test_waits_double_up_to_a_quarter_of_an_hour() -> None:
    waits = [wait_after(count, ATTEMPTS_OF_LOGIN) for count in range(1, 20)]
    assert waits[: ATTEMPTS_OF_LOGIN - 1] == [0] * (ATTEMPTS_OF_LOGIN - 1)
    assert waits[ATTEMPTS_OF_LOGIN - 1 : ATTEMPTS_OF_LOGIN + 3] == [30, 60, 120, 240]
    assert max(waits) == LONGEST_WAIT


def test_a_guessed_login_is_locked_also_after_a_restart(own: Office, tmp_path: Path) -> None:
    with own.browser() as client:
        for _ in range(ATTEMPTS_OF_LOGIN):
            assert rule(sign_in(client, "minh", "wrong"), 401) == "WrongCredentials"
        locked = sign_in(client, " MINH ")
        assert rule(locked, 429) == "TooManyAttempts", "also with the right password"
        assert locked.headers["retry-after"] == str(FIRST_WAIT + 1)
        assert sign_in(client, "lan").status_code == 200, "others are not"
    now = own.clock.now
    close(own)
    again = open_office(tmp_path)
    again.clock.now = now
    with again.browser() as client:
        assert rule(sign_in(client, "minh"), 429) == "TooManyAttempts"
        again.wait(FIRST_WAIT)
        assert rule(sign_in(client, "minh", "wrong"), 401) == "WrongCredentials"
        again.wait(FIRST_WAIT)
        assert rule(sign_in(client, "minh"), 429) == "TooManyAttempts", "the second wait is longer"
        again.wait(FIRST_WAIT)
        assert sign_in(client, "minh").status_code == 200
        assert rule(sign_in(client, "minh", "wrong"), 401) == "WrongCredentials", "it starts anew"
    close(again)


def test_an_address_that_guesses_logins_is_locked(own: Office) -> None:
    lockout = own.access.store.lockout
    for number in range(ATTEMPTS_OF_ADDRESS):
        lockout.admit(f"login-{number}", "testclient", own.clock.now)
    with own.browser() as client:
        assert rule(sign_in(client, "minh"), 429) == "TooManyAttempts"
    close(own)


def test_a_login_that_does_not_exist_is_answered_like_one_that_does(
    own: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enumeration by message, and by time: each answer costs one hash, and about the same time."""
    hasher, hashed = own.access.store.passwords.hasher, list[str]()
    verify = hasher.verify

    class Counting:
        def verify(self, stored: str, given: str) -> bool:
            hashed.append(given)
            return verify(stored, given)

        def __getattr__(self, name: str) -> object:
            return getattr(hasher, name)

    monkeypatch.setattr(own.access.store.passwords, "hasher", Counting())
    disabled = own.add("hoa", Role.VIEWER)
    own.access.administration.disable(disabled, "test")
    hashed.clear()
    times: dict[str, list[float]] = {"minh": [], "nobody": [], "hoa": []}
    bodies = set()
    with own.browser() as client:
        for _ in range(ATTEMPTS_OF_LOGIN - 1):
            for login, taken in times.items():
                began = perf_counter()
                bodies.add(sign_in(client, login, PASSWORD if login == "hoa" else "wrong").content)
                taken.append(perf_counter() - began)
    assert len(bodies) == 1
    assert len(hashed) == 3 * (ATTEMPTS_OF_LOGIN - 1), "one hash for each, whether the login exists or not"
    fastest, slowest = sorted(median(taken) for taken in times.values())[::2]
    assert slowest < 4 * fastest, "a bound that a busy machine keeps; leaving the hash out is beyond it"
    close(own)


def test_a_code_is_taken_once_and_signing_in_asks_for_it(own: Office) -> None:
    """TOTP reuse, and a second step that cannot be left out."""
    with own.signed_in("minh") as client:
        uri = client.post("/session/codes").json()["uri"]
        assert rule(client.post("/session/codes/confirm", json={"code": "000000"}), 401) == "WrongCredentials"
        shown = client.post("/session/codes/confirm", json={"code": own.code(uri)}).json()["recovery_codes"]
    own.wait(30)
    with own.browser() as client:
        assert sign_in(client, "minh").json() == {"waits_for_code": True}
        assert client.get("/units").status_code == 401, "the first step alone is worth nothing"
        assert rule(client.get("/sessions"), 401) == "Unauthorised"
        assert client.get("/session").json()["waits_for_code"] is True
        assert rule(client.post("/session/code", json={"password": PASSWORD}), 401) == "WrongCredentials"
        half = client.cookies["cadre-session-8000"]
        code = own.code(uri)
        assert client.post("/session/code", json={"code": code}).status_code == 200
        assert client.cookies["cadre-session-8000"] != half, "another id once more is known"
        assert client.get("/units").status_code == 200
        assert rule(client.post("/session/code", json={"code": code}), 401) == "WrongCredentials", "used"
        assert rule(client.post("/session/code", json={"code": own.code(uri, -1)}), 401) == "WrongCredentials"
        assert client.post("/session/code", json={"code": own.code(uri, 1)}).status_code == 200
        assert client.post("/session/code", json={"code": shown[0]}).status_code == 200, "a recovery code"
        assert rule(client.post("/session/code", json={"code": shown[0]}), 401) == "WrongCredentials"
    stored = (own.ledger.home / "credentials.db").read_bytes()
    assert shown[1].encode() not in stored
    assert uri.partition("secret=")[2][:32].encode() not in stored
    close(own)


def test_wrong_codes_lock_the_account_too(own: Office) -> None:
    with own.signed_in("minh") as client:
        uri = client.post("/session/codes").json()["uri"]
        assert client.post("/session/codes/confirm", json={"code": own.code(uri)}).status_code == 200
    own.wait(60)
    with own.browser() as client:
        sign_in(client, "minh")
        answers = [client.post("/session/code", json={"code": "000000"}).status_code for _ in range(5)]
        assert answers == [401, 401, 401, 401, 429], "with the attempt that gave the password"
        assert rule(client.post("/session/code", json={"code": own.code(uri)}), 429) == "TooManyAttempts"
    close(own)


def test_a_link_sets_a_password_once(own: Office) -> None:
    _, link = own.access.administration.add_account("hoa", "Lê Hoa", "test", role=Role.VIEWER)
    with own.browser() as client:
        for weak in ("short", "hoa", "matkhau12345", "aaaaaaaaaaaaaa", "Lê HoaLê Hoa"):
            answer = client.post("/session/link", json={"link": link, "password": weak})
            assert rule(answer, 422) == "WeakPassword"
        assert client.post("/session/link", json={"link": link, "password": PASSWORD}).status_code == 204
        again = client.post("/session/link", json={"link": link, "password": "another password"})
        assert rule(again, 401) == "WrongCredentials"
        assert sign_in(client, "hoa").status_code == 200
        later = own.access.administration.reset(own.access.store.find_account("hoa")[0], "test")
        assert client.get("/units").status_code == 401, "a reset ends the sessions"
        own.wait(24 * 3600)
        answer = client.post("/session/link", json={"link": later, "password": "another password"})
        assert rule(answer, 401) == "WrongCredentials", "a link lasts a day"
    close(own)


def test_a_changed_password_ends_all_sessions(own: Office) -> None:
    with own.signed_in("minh") as here, own.signed_in("minh") as there:
        new = {"password": PASSWORD, "new_password": "another password"}
        assert (
            rule(here.put("/session/password", json=new | {"password": "wrong"}), 401) == "WrongCredentials"
        )
        assert here.put("/session/password", json=new).status_code == 204
        assert there.get("/units").status_code == 401
        assert rule(sign_in(there, "minh"), 401) == "WrongCredentials"
        assert sign_in(there, "minh", "another password").status_code == 200
    close(own)


def test_the_hash_is_argon2id_and_the_file_is_the_owners(own: Office) -> None:
    file = own.ledger.home / "credentials.db"
    assert file.stat().st_mode & 0o777 == 0o600
    assert PASSWORD.encode() not in file.read_bytes()
    assert own.access.store.passwords.hasher.hash("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.MIN_LENGTH >= 12
    close(own)
