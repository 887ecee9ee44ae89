"""A small ledger in one process: what is noted is echoed. And a way to let it die at the worst moment."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shared.commands.command_handler import AnyService, Origin, Service
from shared.core.clock import system_clock
from shared.core.decider import Decider, ReadModel
from shared.core.facts import Fact, Recorded, Topic, event_tag
from shared.core.reaction import Reaction
from shared.runtime.embedded import EmbeddedLedger
from tests.kernel.toy import Noted, ToyFact, notes, service
from tests.kernel.toy import topic as toy

BY = Origin(actor="tester", correlation="batch")


class Echoed(Fact, frozen=True, kw_only=True, tag=event_tag("echo")):
    of: str


def echo(event: Recorded[ToyFact], known: ReadModel) -> tuple[tuple[str, Fact], ...]:
    """Twice in one stream and once in another."""
    if not isinstance(event.fact, Noted):
        return ()
    what = event.fact.what
    return (("echoes", Echoed(of=what)), ("echoes", Echoed(of=what + "!")), (what, Echoed(of=what)))


echoes: Service[None, Any] = Service(
    topic=Topic("echo", Echoed),
    decider=Decider(initial=None, decide=lambda _, fact: (fact,), evolve=lambda state, _: state),
    reactions=(Reaction(name="echo", follows=toy, react=echo),),
)


SERVICES: dict[str, AnyService] = {"toy": service, "echo": echoes}


@contextmanager
def running(
    home: Path, writes: bool = True, services: Mapping[str, AnyService] = SERVICES
) -> Iterator[EmbeddedLedger]:
    ledger = EmbeddedLedger(services, (notes,), home, "here", system_clock, writes)
    try:
        yield ledger
    finally:
        ledger.close()


def shown(ledger: EmbeddedLedger) -> list[str]:
    return sorted(row.what for row in ledger.tables.rows(notes))


class Died(Exception):
    """The process is gone."""


def die() -> None:
    raise Died


def once(thing: Any, method: str, action: Callable[[], object]) -> None:
    """After the next use of the method, or instead of it when the action dies, do this."""
    whole = getattr(thing, method)

    def replaced(*args: Any, **named: Any) -> Any:
        setattr(thing, method, whole)
        if action is die:
            die()
        found = whole(*args, **named)
        action()
        return found

    setattr(thing, method, replaced)
