"""Given these facts, when this is proposed, then that; and histories written by hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic

import msgspec

from shared.core.bitemporal import PeriodRow
from shared.core.decider import Decider, Rejected, S
from shared.core.facts import Corrected, F, Fact, Recorded
from shared.core.partial_dates import FOREVER, Instant, later, partial_date

NOW = later(FOREVER, -1)


class Given(Generic[S, F]):
    """What has happened, in the order in which it was learnt."""

    def __init__(self, decider: Decider[S, F], *facts: Any) -> None:
        self.decider, self.facts = decider, facts

    def when(self, proposed: F) -> "Outcome":
        try:
            return Outcome(self.decider.judge(history(*self.facts), proposed))
        except Rejected as rejected:
            return Outcome(rejected)


@dataclass(frozen=True)
class Outcome:
    """What the decider answered."""

    answer: tuple[Fact, ...] | Rejected

    def then(self, *facts: Fact) -> None:
        assert self.answer == facts, f"answered {self.answer!r}"

    def rejected(self, rule: type[Rejected], **case: Any) -> None:
        """By this very rule, with these particulars among those it names."""
        assert isinstance(self.answer, Rejected), f"accepted {self.answer!r}"
        assert type(self.answer) is rule, f"rejected by {self.answer!r}"
        said = {name: self.answer.case.get(name) for name in case}
        assert said == case, f"the case is {self.answer.case}"


class FakeReadModel:
    """What a service sees of the others: rows by projection, given by hand."""

    def __init__(self, **rows: Iterable[Any]) -> None:
        self._rows = {name: list(given) for name, given in rows.items()}

    def rows(self, projection: str, **where: str) -> list[Any]:
        found = self._rows.get(projection, ())
        return [row for row in found if all(getattr(row, name) == value for name, value in where.items())]


def on(date: str) -> Any:
    """A date as a fact holds it, checked."""
    return partial_date(date)


def moment(seconds: int) -> Instant:
    return later(Instant("2030-01-01T00:00:00.000000Z"), seconds * 1_000_000)


def recorded(
    fact: Any, number: int, site: str = "here", stream: str = "it", at: int = 0, lamport: int = 0
) -> Recorded[Any]:
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


def history(*facts: Any, stream: str = "it") -> list[Recorded[Any]]:
    """The facts of one stream as one site recorded them, a second apart: `here/1`, `here/2` …"""
    return [recorded(fact, number, stream=stream) for number, fact in enumerate(facts, start=1)]


def void(target: str) -> Any:
    return Corrected(target=target, mode="VOID", reason="recorded by mistake")


def amend(target: str, /, **new_values: Any) -> Any:
    return Corrected(target=target, mode="AMEND", reason="recorded wrongly", new_values=new_values)


def as_known(found: Iterable[PeriodRow[Any]], at: Instant = NOW) -> dict[str, Any]:
    """The rows by key, as they were known at an instant."""
    return {each.key: each.row for each in found if each.known_from <= at < each.known_to}


def in_bytes(found: Iterable[PeriodRow[Any]]) -> bytes:
    """Rows in one order and one spelling, to be compared byte for byte."""
    return b"\n".join(sorted(msgspec.json.encode(each) for each in found))
