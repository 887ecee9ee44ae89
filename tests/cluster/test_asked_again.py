"""Answers of a cluster asked again with their own `known_at` are the same to the byte (repro asknown), while two other
processes record, and two workers project."""

from collections.abc import Iterator

import pytest

from tests.cluster.conftest import TOKENS, Processes
from tests.conftest import TALLIES
from tests.engines.processes import free_port, wait_for
from tests.questions.asked_again import ENOUGH, Load


@pytest.fixture
def load_on_cluster(cluster: Processes, address: str) -> Iterator[Load]:
    """Writers go to one process, readers to another that serves only the chronicle."""
    port = free_port()
    serving = cluster.start("chronicle", "serve", "chronicle", "--port", str(port))
    wait_for(port, serving, "chronicle", cluster.folder / "chronicle.log")
    headers = {"Authorization": f"Bearer {TOKENS['write']}"}
    with Load(address, headers, seed=2, chronicle=f"http://127.0.0.1:{port}") as under_load:
        under_load.write_pause = 0.05
        yield under_load
    cluster.stop("chronicle")


def ask_again(under_load: Load, seconds: float, enough: int = 0) -> None:
    under_load.begin()
    under_load.run(seconds, under_load.writers(), readers=4, pause=0.002, enough=enough)
    TALLIES["asked again in a cluster"]["answers"] += len(under_load.answers)
    TALLIES["asked again in a cluster"]["facts recorded meanwhile"] += under_load.ids.acknowledged.total()
    assert under_load.ids.acknowledged.keys() == {"organization", "personnel", "regulation", "appointment"}
    assert under_load.changed() == []


def test_answers_of_a_cluster_stay_as_they_were_known(load_on_cluster: Load) -> None:
    ask_again(load_on_cluster, 20)
    assert len(load_on_cluster.answers) > 50


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_thousands_of_answers_of_a_cluster_stay_as_they_were_known(load_on_cluster: Load) -> None:
    load_on_cluster.write_pause = 0.5  # more facts make every later question slower, and ask nothing new
    ask_again(load_on_cluster, 3000, enough=ENOUGH)
    assert len(load_on_cluster.answers) > ENOUGH
