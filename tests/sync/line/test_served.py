"""Sites that are served exchange by themselves: real processes, and one of them is killed."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Thread

import httpx2
import pytest

from services.sync.exchange.line import LineFault
from shared.replica.store import REPLICA_FILE
from shared.replica.store.replica_store import ReplicaStore
from tests.conftest import TALLIES
from tests.faults.counting import ROUNDS
from tests.support.cadre_process import run_cadre
from tests.sync.line.processes import SiteProcess
from tests.sync.line.sites import CallingSite


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def serve(opened: ExitStack, *args: object, **more: object) -> SiteProcess:
    site = SiteProcess(*args, **more)  # type: ignore[arg-type]
    opened.callback(site.stop)
    return site


@pytest.mark.timeout(300)
def test_what_a_ward_records_is_soon_shown_at_the_top_and_commands_work_beside(
    folder: Path, opened: ExitStack
) -> None:
    tinh = serve(opened, folder, "tinh")
    huyen = serve(opened, folder, "huyen", tinh.address)
    px = serve(opened, folder, "px", f"http://127.0.0.1:{huyen.door}")
    with httpx2.Client(base_url=f"http://127.0.0.1:{huyen.door}") as door:
        assert [door.get(path).status_code for path in ("/", "/health", "/sync/status")] == [404] * 3
        assert door.post("/sync/messages", content=b"x").status_code == 422
    an = px.register("Nguyễn Văn An")
    tinh.wait_until(lambda: tinh.knows(an))
    px.wait_until(lambda: px.status()["own"]["delivered"] == 1)
    assert px.status()["lines"][0]["site"] == "huyen"
    tinh_says = tinh.register("Trần Thị Bình")
    done = huyen.cadre("sync", "now")
    assert (done["with"], done["failure"]) == ("tinh", "")
    px.cadre("sync", "now")
    px.wait_until(lambda: px.knows(tinh_says))


@pytest.mark.timeout(300)
def test_a_command_says_what_is_wrong_with_the_line(folder: Path, opened: ExitStack) -> None:
    px = CallingSite(folder, "px", "huyen")
    px.register("an")
    px.close()
    env = {"CADRE_HOME": str(folder / "px"), "CADRE_SITE": "px", "LC_ALL": "C.UTF-8"}
    for words, code, said in (
        (("now",), 2, "no address of huyen is known"),
        (("now", "nobody", "--address", "http://127.0.0.1:9"), 2, "nobody is neither above nor below"),
        (("now", "--address", "huyen.vn"), 1, "BadAddress"),
        (("now", "--address", "http://127.0.0.1:9", "--json"), 1, "Unreachable"),
    ):
        done = run_cadre(("sync", *words), env, folder)
        assert done.returncode == code, done.stderr
        assert said in done.stderr
    done = run_cadre(("sync", "status", "--json"), env, folder)
    [line] = json.loads(done.stdout)["lines"]
    assert line["site"] == "huyen"
    assert line["failure"].startswith("Unreachable")


@pytest.mark.timeout(300)
def test_a_message_of_which_nothing_more_comes_keeps_no_command_waiting(
    folder: Path, opened: ExitStack
) -> None:
    """As of a ward whose line broke without a word, or that was switched off."""
    huyen = serve(opened, folder, "huyen")
    with socket.create_connection(("127.0.0.1", huyen.door)) as broken:
        broken.sendall(b"POST /sync/messages HTTP/1.1\r\nHost: huyen\r\nContent-Length: 5000\r\n\r\n{")
        time.sleep(0.5)
        assert huyen.cadre("sync", "digest")


def bring_while_killed(folder: Path, opened: ExitStack, kills: int) -> None:
    """Sync case 3: the receiver is killed while it imports; at the end all is there once."""
    met = TALLIES["receivers killed in an exchange"]
    px = CallingSite(folder, "px", "huyen")
    opened.callback(px.close)
    huyen = serve(opened, folder, "huyen")
    for round_ in range(kills):
        px.register_all(f"p{round_}-{number}" for number in range(1000))

        def call() -> None:
            try:
                px.sync(huyen.address)
            except LineFault as fault:
                met[fault.rule] += 1

        calling = Thread(target=call)
        calling.start()
        with closing(ReplicaStore(folder / "huyen" / REPLICA_FILE, {})) as store:
            while calling.is_alive() and not store.unmarked_logs():
                calling.join(0.001)
            met["killed while something was not receipted"] += bool(store.unmarked_logs())
            huyen.process.send_signal(signal.SIGKILL)
            huyen.process.wait(30)
            met["something was stored without a receipt"] += bool(store.unmarked_logs())
        calling.join()
        huyen.start()
        rounds = px.sync(huyen.address)
        assert rounds[-1].more is False
    assert huyen.cadre("sync", "status")["alarms"] == []
    digest = huyen.cadre("sync", "digest")
    assert run_cadre(("verify",), huyen.env, huyen.files).returncode == 0
    assert digest == [{"rows": name, "sha256": value} for name, value in px.digests().items()]
    assert len(px.persons()) == 1000 * kills
    assert px.own() == (1000 * kills,) * 3
    assert met["something was stored without a receipt"]


@pytest.mark.timeout(300)
def test_a_receiver_killed_in_the_middle_of_an_import_has_all_at_the_end(
    folder: Path, opened: ExitStack
) -> None:
    bring_while_killed(folder, opened, 1)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_receiver_killed_many_times_has_all_at_the_end(folder: Path, opened: ExitStack) -> None:
    bring_while_killed(folder, opened, 3 * ROUNDS)
