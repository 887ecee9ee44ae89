"""Signing in over HTTP: what a session is, when it ends, and who asks with it."""

from tests.identity.office import ADDRESS, COOKIE, PASSWORD, PERSON, Office, rule, sign_in


def test_nobody_reads_or_writes_without_signing_in(office: Office) -> None:
    with office.browser() as client:
        assert rule(client.get("/units"), 401) == "Unauthorised"
        assert rule(client.post("/personnel", json=PERSON), 401) == "Unauthorised"
        assert rule(client.get("/session"), 401) == "NotSignedIn"
        assert rule(client.get("/accounts"), 401) == "Unauthorised"
        assert client.get("/").status_code == 200, "the page holds no facts"


def test_an_officer_signs_in_and_is_the_actor(office: Office) -> None:
    with office.signed_in("officer") as client:
        who = client.get("/session").json()
        assert (who["name"], who["kind"], who["roles"]) == ("Người officer", "person", ["officer"])
        made = client.post("/personnel", json=PERSON)
        assert made.status_code == 201, made.text
        assert client.get(made.headers["location"]).json()[0]["actor"] == "Người officer"


def test_a_header_cannot_name_another_actor(office: Office) -> None:
    """Mass assignment of the actor."""
    with office.signed_in("officer") as client:
        header = {"Cadre-Actor": "Người auditor".encode()}
        assert rule(client.post("/personnel", json=PERSON, headers=header), 403) == "ActorNotSignedIn"  # type: ignore[arg-type]  # bytes, as they are sent
        assert rule(client.post("/personnel", json=PERSON | {"actor": "x"}), 422) == "UnknownField"


def test_who_only_reads_records_nothing(office: Office) -> None:
    for login in ("auditor", "viewer", "administrator"):
        with office.signed_in(login) as client:
            assert client.get("/units").status_code == 200
            assert rule(client.post("/personnel", json=PERSON), 403) == "ReadsOnly"


def test_an_administrator_sees_nothing_about_persons_by_that_alone(office: Office) -> None:
    with office.signed_in("administrator") as client:
        assert rule(client.get("/feeds/personnel"), 403) == "NotPublic"
        assert client.get("/feeds/identity").status_code == 200
        assert client.get("/sign-in").status_code == 200
    for login, status in (("auditor", 200), ("officer", 403), ("viewer", 403)):
        with office.signed_in(login) as client:
            assert client.get("/feeds/identity").status_code == status


def test_the_cookie_is_kept_from_scripts_and_other_pages(office: Office) -> None:
    with office.browser() as client:
        cookie = sign_in(client, "officer").headers["set-cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        assert "Secure" not in cookie, "on this machine without TLS"
        elsewhere = {"host": "so.example.vn", "origin": "http://so.example.vn"}
        named = client.post("/session", json={"login": "officer", "password": PASSWORD}, headers=elsewhere)
        assert named.headers["set-cookie"].startswith("__Host-cadre-session=")
        assert "Secure" in named.headers["set-cookie"]
        assert "Path=/" in named.headers["set-cookie"]


def test_signing_in_gives_a_new_id_whatever_was_there(office: Office) -> None:
    """Session fixation: an id that somebody planted is never taken over."""
    with office.browser() as client:
        planted = {"cookie": f"{COOKIE}=planted-by-somebody-else"}
        answer = client.post("/session", json={"login": "officer", "password": PASSWORD}, headers=planted)
        assert answer.status_code == 200
        assert answer.cookies[COOKIE] != "planted-by-somebody-else"
    with office.browser() as client:
        assert client.get("/units", headers=planted).status_code == 401
    with office.signed_in("officer") as client:
        before = client.cookies[COOKIE]
        proved = client.post("/session/code", json={"password": PASSWORD})
        assert proved.status_code == 200
        assert client.cookies[COOKIE] != before, "a proof of who one is gives another id"
        assert client.get("/session").status_code == 200
    with office.browser() as client:
        answer = client.get("/units", headers={"cookie": f"{COOKIE}={before}"})
        assert answer.status_code == 401, "the old id is void"


def test_a_change_by_cookie_says_from_which_page_it_comes(office: Office) -> None:
    """CSRF: neither another page nor one that hides where it is changes anything."""
    with office.signed_in("officer") as client:
        del client.headers["origin"]
        assert rule(client.post("/personnel", json=PERSON), 403) == "OriginMissing"
        for origin in ("https://evil.example", "null", "http://127.0.0.1:9000"):
            for method, path in (("POST", "/personnel"), ("DELETE", "/session"), ("POST", "/session")):
                answer = client.request(method, path, headers={"origin": origin})
                assert rule(answer, 403) == "ForeignOrigin"
        assert client.get("/session").status_code == 200, "still signed in"
        assert client.post("/personnel", json=PERSON, headers={"origin": ADDRESS}).status_code == 201


def test_sessions_are_listed_and_ended(office: Office) -> None:
    with office.signed_in("viewer") as here, office.signed_in("viewer") as there:
        listed = here.get("/sessions").json()
        assert [each["current"] for each in listed].count(True) == 1
        assert here.cookies[COOKIE] not in str(listed), "an id of a list is not what the cookie holds"
        for other in (each["id"] for each in listed if not each["current"]):
            assert here.delete(f"/sessions/{other}").status_code == 204
        assert there.get("/units").status_code == 401
        assert here.delete("/sessions/00000000-0000-7000-8000-000000000000").status_code == 404
        cookie = here.cookies[COOKIE]
        assert here.delete("/session").status_code == 204
        assert COOKIE not in here.cookies
        again = here.get("/units", headers={"cookie": f"{COOKIE}={cookie}"})
        assert again.status_code == 401, "the id is worth nothing any more"


def test_nobody_ends_a_session_of_somebody_else(office: Office) -> None:
    with office.signed_in("viewer") as victim, office.signed_in("auditor") as other:
        [own] = [each["id"] for each in victim.get("/sessions").json() if each["current"]]
        assert other.delete(f"/sessions/{own}").status_code == 404
        assert victim.get("/units").status_code == 200


def test_a_session_ends_when_idle_and_after_a_day_of_work(office: Office) -> None:
    limits = office.access.store.sessions.limits
    with office.signed_in("viewer") as client:
        office.wait((limits.idle - 1) * 60)
        assert client.get("/units").status_code == 200
        office.wait((limits.idle - 1) * 60)
        assert client.get("/units").status_code == 200, "it was used meanwhile"
        office.wait(limits.idle * 60)
        assert client.get("/units").status_code == 401
    with office.signed_in("viewer") as client:
        for _ in range(limits.absolute // (limits.idle - 1)):
            assert client.get("/units").status_code == 200
            office.wait((limits.idle - 1) * 60)
        office.wait(30 * 60 - 1)
        assert client.get("/units").status_code == 401, "also one that is never idle"


def test_a_form_signs_in_and_out_without_scripts(office: Office) -> None:
    with office.browser() as client:
        assert "<form method='post' action='/session'>" in client.get("/sign-in").text
        wrong = client.post("/session", data={"login": "viewer", "password": "wrong"})
        assert wrong.status_code == 303
        assert wrong.headers["location"] == "/sign-in?error=WrongCredentials"
        right = client.post("/session", data={"login": "viewer", "password": PASSWORD})
        assert (right.status_code, right.headers["location"]) == (303, "/")
        page = client.get("/sign-in").text
        assert "Người viewer" in page
        assert "phiên này" in page
        assert client.post("/session/end").headers["location"] == "/sign-in"
        assert client.get("/units").status_code == 401
