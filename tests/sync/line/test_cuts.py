"""Lines as they are: cut anywhere, slow, or answered by somebody else (sync case 3)."""

import random

import pytest

from services.sync.exchange.calling import Caller
from services.sync.exchange.line import Line, LineFault
from tests.conftest import TALLIES
from tests.faults.counting import ROUNDS
from tests.sync.line.proxy import Proxy, Weather
from tests.sync.line.sites import CallingSite
from tests.sync.test_random_exchanges import LiveSite

MET = TALLIES["cuts of a line"]


def check_no_hole(site: LiveSite) -> None:
    """Of every log what is here has all before it: the numbers of its entries count up from 1."""
    for log in site.replica.store.logs():
        held = site.replica.store.load_log(log)
        assert all(run.solid for run in held.runs), (log, held.runs)


def exchange_cut_anywhere(px: CallingSite, huyen: LiveSite, line: Proxy, cuts: int, facts: int) -> None:
    """So often, each time at another byte of what goes or of what comes; then nothing more happens to the line."""
    px.register_all(f"p{number}" for number in range(facts))
    chance, tries = random.Random(3), 0
    while line.lost < cuts:
        tries += 1
        assert tries < 10 * cuts
        px.register(f"q{tries}")
        end = chance.randrange(60_000 if tries < cuts / 2 else 2500)
        line.weather = Weather(cut_request=end) if chance.random() < 0.5 else Weather(cut_answer=end % 1500)
        lost = line.lost
        try:
            px.sync(line.address)
            MET["came before the cut"] += 1
        except LineFault as fault:
            MET[fault.rule] += 1
        MET["cut"] += line.lost - lost
        check_no_hole(huyen)
        persons = huyen.persons()
        assert len(persons) == len(set(persons)), "doubled"
    assert not {"NotASite", "BadAnswer", "TlsFailed"} & MET.keys(), "a cut line is called so"
    line.weather = Weather()
    px.sync(line.address)
    assert huyen.persons() == px.persons()
    assert px.digests() == huyen.digests()
    assert px.own() == (len(px.persons()),) * 3
    assert huyen.ledger.check_integrity().complaints == []


def test_cut_anywhere_all_arrives_once(px: CallingSite, huyen: LiveSite, line: Proxy) -> None:
    exchange_cut_anywhere(px, huyen, line, cuts=24, facts=700)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_cut_at_many_places_all_arrives_once(px: CallingSite, huyen: LiveSite, line: Proxy) -> None:
    exchange_cut_anywhere(px, huyen, line, cuts=40 * ROUNDS, facts=2000 * ROUNDS)


HTML = b"<html><body>Sign in to the network</body></html>"
STRANGERS = {
    "a page": (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 48\r\n\r\n" + HTML,
        "NotASite",
    ),
    "a redirect": (
        b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\nContent-Length: 0\r\n\r\n",
        "NotASite",
    ),
    "a page of an error": (
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 48\r\n\r\n" + HTML,
        "NotASite",
    ),
    "a page that says it is a message": (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.cadre.bundle\r\nContent-Length: 48\r\n\r\n" + HTML,
        "BadAnswer",
    ),
    "an empty message": (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.cadre.bundle\r\nContent-Length: 0\r\n\r\n",
        "BadAnswer",
    ),
    "no HTTP": (b"220 mail.example ESMTP\r\n", "Interrupted"),
    "half an answer": (b"HTTP/1.1 200 OK\r\nContent-Ty", "Interrupted"),
    "a message without an end": (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.cadre.bundle\r\nContent-Length: 99\r\n\r\n{",
        "Interrupted",
    ),
}


def test_somebody_else_who_answers_is_named_and_nothing_is_written(
    px: CallingSite, huyen: LiveSite, line: Proxy
) -> None:
    px.register("an")
    vector = px.replica.peer("huyen")
    for who, (answers, rule) in STRANGERS.items():
        line.weather = Weather(answers=answers)
        with pytest.raises(LineFault) as raised:
            px.sync(line.address)
        assert raised.value.rule == rule, who
        assert px.replica.peer("huyen") == vector
        [state] = [each for each in px.status().lines if each.site == "huyen"]
        assert state.failure.startswith(rule)
        assert state.failed_at > state.last_contact
    line.weather = Weather()
    px.sync(line.address)
    [state] = px.status().lines
    assert (state.failure, state.failed_at) == ("", "")
    assert state.last_contact
    assert px.own() == (1, 1, 1)


def test_nobody_answers_an_address_that_is_none_and_one_without_tls(
    px: CallingSite, huyen: LiveSite, line: Proxy
) -> None:
    with pytest.raises(LineFault, match="Unreachable"):
        px.sync("http://127.0.0.1:9")
    for address in ("huyen.example.vn", "ftp://huyen", "https://", "http://h:99999", "http://h/?a=b"):
        with pytest.raises(LineFault, match="BadAddress"):
            Line(address)
    with pytest.raises(LineFault, match="TlsFailed"):
        px.sync(line.address.replace("http:", "https:"))


def test_a_slow_line_gets_small_messages_and_a_cut_costs_one_of_them(
    px: CallingSite, huyen: LiveSite, line: Proxy
) -> None:
    """What has arrived is not sent again."""
    px.register_all(f"p{number}" for number in range(1500))
    caller, connection = Caller(px.replica, "huyen"), Line(line.address)
    rounds = caller.exchange(connection)
    first = next(rounds)
    assert first.sent < 1500
    connection.close()
    with pytest.raises(LineFault, match="Stopped"):
        next(rounds)
    before = line.up
    rest = px.sync(line.address)
    assert sum(each.took["duplicate"] for each in rest) == 0
    assert sum(each.took["next"] for each in [first, *rest]) >= 1500
    assert line.up > before
    assert px.own() == (1500, 1500, 1500)
