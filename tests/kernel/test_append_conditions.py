"""The condition of an append: no event with these tags after this position, decided by the writer inside the commit."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.clock import system_clock
from shared.core.consistency import AppendCondition, ConsistencyBoundary, Tags
from shared.core.errors import AppendConditionFailed, Conflict, Fenced
from shared.eventlog import tag_positions
from shared.eventlog.event_log import EventLog
from shared.eventlog.group_commit import AppendRequest
from shared.eventlog.key_store import KeyStore
from shared.eventlog.recorders.postgres import PostgresLogStorage
from shared.testing import amend, void
from tests.engines.servers import postgres
from tests.kernel.toy import Noted, ToyFact, append_request, note, topic


def words(stream: str, fact: ToyFact) -> Tags:
    """What a note says is its tags, a letter each."""
    return list(fact.what) if isinstance(fact, Noted) else ()


def wanted(stream: str, fact: ToyFact) -> Tags:
    return [letter.upper() for letter in words(stream, fact)]


BOUNDARY: ConsistencyBoundary[ToyFact] = ConsistencyBoundary(tags=words, depends_on=wanted)


@contextmanager
def tagged_log(where: Path | str, home: Path) -> Iterator[EventLog[ToyFact]]:
    keys = KeyStore(home / "keys.db", "here")
    with closing(EventLog(topic, where, "here", system_clock, keys, boundary=BOUNDARY)) as log:
        yield log


def address(log: EventLog[ToyFact], home: Path) -> Path | str:
    """Where another process finds the log."""
    return log.storage._url if isinstance(log.storage, PostgresLogStorage) else home / "toy.db"


def on_condition(stream: str, what: str, tags: str, after: int, expected: int = 0) -> AppendRequest[ToyFact]:
    request = append_request(stream, expected, note(what))
    request.condition = AppendCondition(list(tags), after)
    return request


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog[ToyFact]]:
    where: Path | str = tmp_path / "toy.db"
    if request.param == "postgresql":
        where = str(request.getfixturevalue("server"))
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS toy CASCADE")
    with tagged_log(where, tmp_path) as log:
        yield log


def test_an_event_with_the_tag_after_the_position_refuses_the_append(log: EventLog[ToyFact]) -> None:
    log.append(append_request("a", 0, note("x")))
    with pytest.raises(AppendConditionFailed):
        log.append(on_condition("b", "y", "x", after=0))
    assert (log.position(), log.version("b")) == (1, 0), "nothing is stored"
    log.append(on_condition("b", "y", "x", after=1))
    log.append(on_condition("c", "z", "x", after=1))
    assert log.position() == 3


def test_requests_of_one_transaction_are_checked_against_each_other(log: EventLog[ToyFact]) -> None:
    twins = [on_condition(stream, "x", "x", after=0) for stream in "abc"]
    log.append_all(twins)
    assert [type(each.error) for each in twins] == [type(None), AppendConditionFailed, AppendConditionFailed]
    assert log.position() == 1


def check_requests_of_one_transaction(home: Path) -> None:
    with tagged_log(home / "toy.db", home) as log:
        test_requests_of_one_transaction_are_checked_against_each_other(log)


def test_a_request_that_is_refused_leaves_no_tags(log: EventLog[ToyFact]) -> None:
    late = append_request("a", 7, note("x"))
    group = [late, on_condition("b", "y", "x", after=0)]
    log.append_all(group)
    assert (type(late.error), group[1].error) == (Conflict, None)


def test_a_new_writer_knows_the_tags_of_earlier_ones(log: EventLog[ToyFact], tmp_path: Path) -> None:
    """Several processes serve one service; each that writes fences off the one before."""
    with tagged_log(address(log, tmp_path), tmp_path) as other:
        log.append(append_request("a", 0, note("x")))
        other.append(append_request("b", 0, note("y")))
        with pytest.raises(AppendConditionFailed):
            other.append(on_condition("c", "z", "x", after=0))
        with pytest.raises(Fenced):
            log.append(on_condition("c", "z", "y", after=1))
        with pytest.raises(AppendConditionFailed):
            log.append(on_condition("c", "z", "y", after=1))
        log.append(on_condition("c", "z", "xy", after=2))
        assert log.version("c") == 1


def check_a_new_writer(home: Path) -> None:
    with tagged_log(home / "toy.db", home) as log:
        test_a_new_writer_knows_the_tags_of_earlier_ones(log, home)


def test_a_correction_has_the_tags_before_and_after_and_what_these_depend_on(log: EventLog[ToyFact]) -> None:
    (first,) = log.append(append_request("a", 0, note("p")))
    log.append(AppendRequest("a", 1, (amend(first.event_id, what="q"),), "tester"))
    for tag in "pqPQ":
        with pytest.raises(AppendConditionFailed):
            log.append(on_condition("b", "z", tag, after=1))
    log.append(AppendRequest("a", 2, (void(first.event_id),), "tester"))
    for tag in "qQ":
        with pytest.raises(AppendConditionFailed):
            log.append(on_condition("b", "z", tag, after=2))
    log.append(on_condition("b", "z", "p", after=2))


def test_a_position_older_than_what_can_be_read_back_refuses(
    log: EventLog[ToyFact], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tag_positions, "MAX_READ_BACK", 3)
    for number in range(5):
        log.append(append_request(f"s{number}", 0, note("x")))
    with tagged_log(address(log, tmp_path), tmp_path) as new:
        with pytest.raises(AppendConditionFailed):
            new.append(on_condition("n", "z", "w", after=1))
        new.append(on_condition("n", "z", "w", after=2))


Step = tuple[int, str, str, int]
"""(writer, what is said, tags of the condition, how many events it has not seen)."""
STEPS = st.lists(
    st.tuples(st.integers(0, 1), st.text("abcd", max_size=2), st.text("abcd", max_size=2), st.integers(0, 6)),
    max_size=16,
)


@settings(deadline=None, max_examples=25)
@given(steps=STEPS, kept=st.sampled_from([1, 3, 50_000]))
def test_law_a_request_is_stored_exactly_when_its_condition_holds(steps: Sequence[Step], kept: int) -> None:
    """Two processes take turns, and forget tags at different times."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tag_positions, "MAX_TAGS", kept)
        home = Path(folder)
        with tagged_log(home / "toy.db", home) as one, tagged_log(home / "toy.db", home) as two:
            said: list[str] = []
            for number, (writer, what, tags, unseen) in enumerate(steps):
                after = max(0, len(said) - unseen)
                holds = not any(set(tags) & set(each) for each in said[after:])
                assert is_stored((one, two)[writer], f"s{number}", what, tags, after) is holds
                if holds:
                    said.append(what)
            assert [event.fact.what for _, event in one.read()] == said  # type: ignore[attr-defined]


def is_stored(log: EventLog[ToyFact], stream: str, what: str, tags: str, after: int) -> bool:
    """Append, again where the other process has written meanwhile."""
    while True:
        try:
            log.append(on_condition(stream, what, tags, after))
            return True
        except Fenced:
            continue
        except AppendConditionFailed:
            return False
