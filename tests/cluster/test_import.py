"""An import into a cluster: the rows its workers make are byte for byte what one process folds from the same logs."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.cluster.conftest import TOKENS, Processes
from tests.support.cadre_process import CadreProcess, run_cadre
from tests.test_import_bad_lines import HEADER


def cadre(cluster: Processes, *words: str, ok: bool = True) -> Any:
    done = run_cadre((*words, "--json"), cluster.env, cluster.folder)
    assert not ok or done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def whole(cluster: Processes) -> Any:
    """The oracle's verdict, once the workers have come to rest or a minute has passed."""
    for _ in range(30):
        verdict = cadre(cluster, "verify", ok=False)
        if not verdict["complaints"]:
            break
        time.sleep(2)
    return verdict


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A folder with 2,000 people and terms."""
    (tmp_path / "persons.csv").write_text(
        "person_id,name\n" + "".join(f"p{n},Người {n}\n" for n in range(2000))
    )
    (tmp_path / "posts.csv").write_text("post_id,title\na,Ủy viên\n")
    terms = "".join(f"t{n},p{n},a,20{n % 20:02d}-01-01,,day,,ongoing\n" for n in range(2000))
    (tmp_path / "terms.csv").write_text(HEADER + terms)
    return tmp_path


def test_the_workers_make_the_rows_of_one_process(address: str, cluster: Processes, people: Path) -> None:
    report = cadre(cluster, "import", "terms", str(people), "--scheme", "cluster", "--yes")
    assert report["in"] == {"units": 0, "posts": 1, "unit_links": 0, "persons": 2000, "terms": 2000}
    verdict = whole(cluster)
    assert verdict["complaints"] == []
    assert verdict["rows"]["tenures"] >= 2000
    held = cadre(cluster, "show", "holders", "--as-of", "2022-01-01", "--scheme", "cluster")
    assert len(held) == 2000


def test_real_terms_answer_in_a_cluster_as_they_must(
    address: str, cluster: Processes, open_data: Path
) -> None:
    ministers = open_data / "ifg-ministers"
    cadre(cluster, "import", "terms", str(ministers / "canonical"), "--scheme", "ifg", "--yes")
    assert whole(cluster)["complaints"] == []
    expected = json.loads((ministers / "expected" / "as_of_dates.json").read_text(encoding="utf-8"))
    for day in expected["dates"][:20:5]:
        held = cadre(cluster, "show", "holders", "--as-of", day["date"], "--scheme", "ifg")
        assert {line["term"] for line in held} == set(day["exact_term_ids"])


def test_two_imports_and_a_server_at_once_make_nothing_twice(
    address: str, cluster: Processes, tmp_path: Path
) -> None:
    """The same terms of other persons in each import, and the codes of those persons over HTTP: whoever is first."""
    sources = {}
    for first in (0, 1000):
        folder = tmp_path / str(first)
        folder.mkdir()
        (folder / "persons.csv").write_text(
            "person_id,name\n" + "".join(f"p{first + n},Người {n}\n" for n in range(300))
        )
        (folder / "posts.csv").write_text("post_id,title\na,Ủy viên\n")
        terms = "".join(f"t{n},p{first + n},a,20{n % 20:02d}-01-01,,day,,ongoing\n" for n in range(300))
        (folder / "terms.csv").write_text(HEADER + terms)
        words = ("import", "terms", str(folder), "--scheme", "at-once", "--yes", "--json")
        out, err = folder / "out", folder / "err"
        sources[folder] = CadreProcess(words, cluster.env, out, err)
    answers: Counter[int] = Counter()
    given: set[str] = set()
    number = 0
    while any(process.poll() is None for process in sources.values()):
        code = {"scheme": "at-once", "value": f"p{number % 2 * 1000 + 299 - number // 2}"}
        person = {"type": "personnel.registered", "name": "A", "effective_from": "1990", "codes": [code]}
        headers = {"Authorization": f"Bearer {TOKENS['write']}"}
        if number < 600:
            sent = httpx2.post(f"{address}/personnel", json=person, headers=headers, timeout=60)
            answers[sent.status_code] += 1
            if sent.status_code == 201:
                given.add(code["value"])
            number += 1
        time.sleep(0.005)
    for folder, process in sources.items():
        assert process.wait() == 0, (folder / "err").read_text(encoding="utf-8")
    assert answers[201], answers
    assert whole(cluster)["complaints"] == []
    shown = [line for line in cadre(cluster, "show", "contradictions") if "at-once" in json.dumps(line)]
    kinds = Counter(line["kind"] for line in cadre(cluster, "show", "contradictions"))
    assert (kinds["CODE_TWICE"], kinds["TENURE_ID_TWICE"], shown) == (0, 0, [])
    reports = [json.loads((folder / "out").read_text(encoding="utf-8")) for folder in sources]
    taken = {each["id"] for report in reports for each in report["set_aside"] if each["rule"] == "CodeTaken"}
    assert taken == given, "whoever has a code, nobody else has it"
    refused = Counter(each["rule"] for report in reports for each in report["set_aside"])
    assert refused["TermOfTwoPersons"] > 0, refused


def test_a_killed_worker_and_a_killed_relay_lose_nothing(
    address: str, cluster: Processes, people: Path
) -> None:
    """kill -9 in the middle of the work; others take over, and the oracle has no complaint."""
    words = ("import", "terms", str(people), "--scheme", "killed", "--yes")
    source = CadreProcess(words, cluster.env, cluster.folder / "import.out", cluster.folder / "import.err")
    kills = 0
    while source.poll() is None or kills < 4:
        for name, word in (("relay", "relay"), ("worker-1", "worker")):
            time.sleep(1.0)
            cluster.running[name].kill()
            cluster.running[name].wait()
            cluster.start(name, word)
            kills += 1
    assert source.wait() == 0, (cluster.folder / "import.err").read_text(encoding="utf-8")
    verdict = whole(cluster)
    assert verdict["complaints"] == []
    assert len(cadre(cluster, "show", "holders", "--as-of", "2022-01-01", "--scheme", "killed")) == 2000
