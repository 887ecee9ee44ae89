"""An import into a cluster: the rows its workers make are byte for byte what one process folds from the same logs."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.conftest import Processes
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
