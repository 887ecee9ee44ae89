"""The bill of materials, and the question whether anything in it has a known hole."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.engines.processes import free_port
from tests.supply_chain.advisories import main
from tests.supply_chain.lock import read_lock
from tests.supply_chain.sbom import build_sbom


@contextmanager
def source(results: object, status: int = 200) -> Iterator[str]:
    """A source of advisories that answers like this; `results` may be a function of the package URLs."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            given = results([each["package"]["purl"] for each in asked]) if callable(results) else results
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(given).encode())

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/querybatch"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_bill_names_every_library_once_and_its_licence() -> None:
    libraries = read_lock()
    bill = build_sbom(libraries)
    components = bill["components"]
    assert {"fastapi", "Authlib".lower(), "joserfc", "cryptography"} <= {each["name"] for each in components}
    references = [each["bom-ref"] for each in components]
    assert len(references) == len(set(references)) == len(libraries)
    assert {each["ref"] for each in bill["dependencies"]} == {
        *references,
        bill["metadata"]["component"]["bom-ref"],
    }
    licensed = [each for each in components if "licenses" in each]
    assert len(licensed) > 0.8 * len(components)
    assert all(each["properties"] for each in components)
    assert json.dumps(bill) == json.dumps(build_sbom(read_lock()))


def test_a_lock_without_hashes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("fastapi==0.1\n")
    with pytest.raises(ValueError, match="fastapi has no hash"):
        read_lock(tmp_path / "lock")
    (tmp_path / "lock").write_text("# nothing\n")
    with pytest.raises(ValueError, match="names no library"):
        read_lock(tmp_path / "lock")


def test_what_is_known_is_named_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    def answer(asked: list[str]) -> dict[str, list[dict[str, list[dict[str, str]]]]]:
        return {"results": [{"vulns": [{"id": "OSV-1"}]} if "fastapi@" in each else {} for each in asked]}

    with source(answer) as address:
        assert main(address) == 1
    assert "fastapi" in (said := capsys.readouterr().out)
    assert "OSV-1" in said
    assert "1 advisories" in said


def test_nothing_known_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    with source(lambda asked: {"results": [{} for _ in asked]}) as address:
        assert main(address) == 0
    assert f"{len(read_lock())} libraries, 0 advisories" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("results", "status"), [({"results": []}, 200), ("no", 200), ({}, 200), ({"results": []}, 500)]
)
def test_an_answer_that_is_none_checked_nothing(
    capsys: pytest.CaptureFixture[str], results: object, status: int
) -> None:
    with source(results, status) as address:
        assert main(address) == 2
    assert "nothing was checked" in capsys.readouterr().err


def test_a_source_that_is_away_checked_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(f"http://127.0.0.1:{free_port()}/") == 2
    assert "nothing was checked" in capsys.readouterr().err
