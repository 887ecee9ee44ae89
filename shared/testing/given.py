"""Given these facts, when this is proposed, then that; and histories written by hand."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic

import msgspec

from shared.core.bitemporal import PeriodRow
from shared.core.decider import Decider, Rejected, S
from shared.core.facts import AnyEvent, Corrected, F, Fact, Recorded
from shared.core.partial_dates import FOREVER, Instant, later, partial_date
from shared.core.projection import R, Row, UnknownView, View

NOW = later(FOREVER, -1)


class Given(Generic[S, F]):
    """The facts of one stream, in the order in which they were recorded."""

    def __init__(self, decider: Decider[S, F], *facts: Any) -> None:
        self.decider, self.facts = decider, facts

    def when(self, proposed: F) -> "Outcome":
        try:
            return Outcome(self.decider.judge(history(*self.facts), proposed))
        except Rejected as rejected:
            return Outcome(rejected)


@dataclass(frozen=True)
class Outcome:
    """What the decider returned or raised."""

    result: tuple[Fact, ...] | Rejected

    def then(self, *facts: Fact) -> None:
        assert self.result == facts, f"returned {self.result!r}"

    def rejected(self, rule: type[Rejected], /, **case: Any) -> None:
        """Rejected by this very rule, with these particulars among those it names."""
        assert isinstance(self.result, Rejected), f"accepted {self.result!r}"
        assert type(self.result) is rule, f"rejected by {self.result!r}"
        named = {name: self.result.case.get(name) for name in case}
        assert named == case, f"the case is {self.result.case}"


@contextmanager
def rejects(rule: type[Rejected], /, **case: Any) -> Iterator[None]:
    """What is done inside is rejected by this very rule, with these particulars among those it names."""
    try:
        yield
    except Rejected as rejected:
        Outcome(rejected).rejected(rule, **case)
    else:
        raise AssertionError(f"not rejected by {rule.__name__}")


class FakeReadModel:
    """A read model whose rows are given by hand, by the name of their view: `FakeReadModel(PROJECTIONS, units=[…])`.

    Views that are not named have no rows. It refuses what the row store refuses: unknown views and columns.
    """

    def __init__(self, views: Iterable[View[Any]], /, **rows: Iterable[Row]) -> None:
        self._views = {view.name: view for view in views}
        self._rows = {name: list(given) for name, given in rows.items()}
        for name, given in self._rows.items():
            if name not in self._views:
                raise UnknownView(f"there is no projection {name}")
            strange = [row for row in given if type(row) is not self._views[name].row]
            assert not strange, f"these are no rows of {name}: {strange}"

    def rows(self, view: View[R], /, **where: str) -> list[R]:
        view.require_among(self._views)
        view.require_columns(where)
        given = (row for row in self._rows.get(view.name, ()) if isinstance(row, view.row))
        return [row for row in given if all(getattr(row, name) == value for name, value in where.items())]


def on(date: str) -> Any:
    """A partial date, checked. Typed as Any, for a whole day is a Day too and text cannot show that to mypy."""
    return partial_date(date)


def moment(seconds: int) -> Instant:
    return later(Instant("2030-01-01T00:00:00.000000Z"), seconds * 1_000_000)


def recorded(
    fact: Any, number: int, site: str = "here", stream: str = "it", at: int = 0, lamport: int = 0
) -> AnyEvent:
    """The fact as the nth of a stream, with the id `here/n`, n seconds after the start unless told otherwise."""
    return Recorded(
        event_id=f"{site}/{number}",
        site=site,
        epoch="1",
        seq=number,
        stream=stream,
        version=number,
        recorded_at=moment(at or number),
        actor="tester",
        command_id="",
        lamport=lamport or number,
        fact=fact,
    )


def history(*facts: Any, stream: str = "it") -> list[AnyEvent]:
    """The facts of one stream as one site recorded them, a second apart: `here/1`, `here/2` …"""
    return [recorded(fact, number, stream=stream) for number, fact in enumerate(facts, start=1)]


def void(target: str) -> Any:
    return Corrected(target=target, mode="VOID", reason="recorded by mistake")


def amend(target: str, /, **new_values: Any) -> Any:
    return Corrected(target=target, mode="AMEND", reason="recorded wrongly", new_values=new_values)


def as_known(periods: Iterable[PeriodRow[Any]], at: Instant = NOW) -> dict[str, Any]:
    """The rows by key, as they were known at an instant."""
    return {each.key: each.row for each in periods if each.known_from <= at < each.known_to}


def in_bytes(periods: Iterable[PeriodRow[Any]]) -> bytes:
    """Rows in one order and one spelling, to be compared byte for byte."""
    return b"\n".join(sorted(msgspec.json.encode(each) for each in periods))
