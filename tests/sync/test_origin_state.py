"""Each state and each flag of an origin, as `cadre sync status` will say it."""

from msgspec.structs import replace

from services.sync.domain.origin_state import HeardOrigin, judge_origin
from shared.core.partial_dates import Instant
from shared.replica.counting import Closing
from shared.replica.parted_lines import Settlement
from shared.replica.runs import LogId, LogRuns
from shared.replica.union import add_run
from tests.replica.signed_lines import SignedLine
from tests.sync.statements import HeldLog

NOW = Instant("2026-03-10T00:00:00.000000Z")
LINE = SignedLine([("e1", 6), ("e2", 4)])
HELD = HeldLog(LINE)
HEARD = HeardOrigin(origin="px", registered=True, logs=(HELD.log,), last_message=NOW)


def words(heard: HeardOrigin, targets: tuple[int, ...] = (), held: HeldLog = HELD) -> list[str]:
    return judge_origin(heard, [LINE.head(each) for each in targets], NOW, held.roots).words()


def test_the_four_states() -> None:
    nothing = replace(HEARD, logs=())
    assert words(replace(nothing, registered=False)) == ["unknown"]
    assert words(replace(nothing, registered=False, waiting=1)) == ["waiting"]
    assert words(nothing) == ["unknown"]
    assert words(nothing, (9,)) == words(HEARD, (9,)) == ["filling"]
    assert words(HEARD) == ["following"]


def test_targets_of_another_origin_hold_nothing_up() -> None:
    other = replace(LINE.head(9), origin="py")
    assert judge_origin(HEARD, [other], NOW, HELD.roots).words() == ["following"]


def test_a_gap() -> None:
    log = add_run(LogRuns(LINE.log), LINE.run(6, 10), HELD.roots).log
    assert words(replace(HEARD, logs=(log,))) == ["following", "gap"]


def test_a_branch_and_two_writers() -> None:
    both = HeldLog(LINE, SignedLine([("e3", 2)], after=LINE, shared=6, salt=100))
    heard = replace(HEARD, logs=(both.log,))
    assert words(heard, held=both) == ["following", "branch"]
    assert words(replace(heard, two_writers=True), held=both) == ["following", "branch", "two-writers"]


def test_a_fork_until_it_is_settled_in_its_own_log() -> None:
    """sync case 14."""
    clone = SignedLine([("e1", 4)], after=LINE, shared=3, salt=100)
    both = HeldLog(LINE, clone)
    heard = replace(HEARD, logs=(both.log,))
    assert words(heard, held=both) == ["following", "fork"]
    settled = Settlement("e1", 4, frozenset({clone.root(4)}))
    assert words(replace(heard, settled=((LogId("px", "toy"), settled),)), held=both) == ["following"]
    assert "fork" in words(replace(heard, settled=((LogId("px", "other"), settled),)), held=both)


def test_closed_and_parked() -> None:
    """sync case 27: what a closed site wrote beyond its last heads."""
    closed = Closing("px", "huyen", frozenset({LINE.head(7)}))
    assert words(replace(HEARD, closings=(closed,))) == ["following", "parked", "closed(huyen)"]
    extended = Closing("px", "huyen", frozenset({LINE.head(9)}))
    assert words(replace(HEARD, closings=(closed, extended))) == ["following", "closed(huyen)"]


def test_silent_after_more_days_than_agreed() -> None:
    heard = replace(HEARD, last_message=Instant("2026-03-07T00:00:00.000000Z"))
    assert words(heard) == ["following"]
    late = replace(heard, last_message=Instant("2026-03-06T23:59:59.999999Z"))
    assert words(late) == ["following", "silent"]
    assert words(replace(late, silent_days=30)) == ["following"]
    assert words(replace(late, last_message=None)) == ["following"]
    closed = Closing("px", "huyen", frozenset({LINE.head(9)}))
    assert words(replace(late, closings=(closed,))) == ["following", "closed(huyen)"]


def test_a_clock_that_cannot_be() -> None:
    assert words(replace(HEARD, clock=True)) == ["following", "clock"]
