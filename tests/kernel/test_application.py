"""A proposed fact is read, judged, stored, and judged again when somebody was faster."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.commands.command_handler import Application, Origin, Service, VersionMismatch
from shared.core.corrections import AlreadyVoid, DoesNotFit, UnknownFact
from shared.core.decider import ReadModel, Rejected
from shared.core.errors import Conflict, KeyReused
from shared.core.facts import Recorded
from shared.core.normalization import BadDate
from shared.eventlog.group_commit import AppendRequest
from shared.testing import amend, on, void
from tests.kernel.toy import (
    Noted,
    NotedAlready,
    ToyFact,
    append_request,
    application,
    decider,
    log_in,
    note,
    notes,
    topic,
)

BY = Origin(actor="tester", correlation="batch")
KEYED = Origin(actor="tester", command_id="k1")


def test_a_proposed_fact_is_stored_with_its_origin(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        receipt = application(log).handle(
            "a", note(), Origin(actor="An", cause="c", correlation="b", observed_lamport=9)
        )
        (event,) = receipt.events
        assert (receipt.stream, receipt.version) == ("a", 1)
        assert (event.fact, event.actor, event.cause, event.correlation, event.lamport) == (
            note(),
            "An",
            "c",
            "b",
            10,
        )


def test_it_is_put_into_one_form_first(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        app.handle("a", Noted(what=" rain ", effective_from=on("2025-07-01")), BY)
        assert app.handle("a", note("rain"), BY).events == (), "it was said already"
        with pytest.raises(BadDate):
            app.handle("a", Noted(what="snow", effective_from="30/2/2025"), BY)  # type: ignore[arg-type]  # text that is refused


def test_what_is_rejected_is_not_stored(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        app.handle("a", note(), BY)
        with pytest.raises(NotedAlready):
            app.handle("a", note(number=2), BY)
        assert log.position() == 1


def test_nothing_new_costs_nothing_unless_the_answer_must_be_remembered(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        app.handle("a", note(), BY)
        assert app.handle("a", note(), BY).version == 1
        assert app.handle("a", note(), KEYED).events == ()
        assert app.handle("a", note(), KEYED).version == 1
        with pytest.raises(KeyReused):
            app.handle("a", note("other"), KEYED)


def test_a_repeated_key_gets_the_first_answer_though_the_rules_would_now_refuse(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        first = app.handle("a", note(), KEYED)
        app.handle("a", note("more"), BY)
        again = app.handle("a", note(), KEYED)
        assert again.events == first.events
        assert log.position() == 2


def test_whoever_has_read_an_old_version_is_told(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        app.handle("a", note("1"), BY, expected=0)
        app.handle("a", note("2"), BY, expected=1)
        with pytest.raises(VersionMismatch, match="a is at version 2"):
            app.handle("a", note("3"), BY, expected=1)


def test_what_must_be_known_elsewhere_is_asked_for(tmp_path: Path) -> None:
    def check(stream: str, proposed: ToyFact, known: ReadModel) -> None:
        assert known.rows(notes, what=stream) == [], "nothing is known here"
        raise Rejected(stream=stream)

    with log_in(tmp_path) as log:
        app = Application(Service(topic=topic, decider=decider, check=check), log)
        with pytest.raises(Rejected, match="stream: a"):
            app.handle("a", note(), BY)
        assert log.position() == 0


def said(event: Recorded[Any]) -> Any:
    return event.fact


class Overtaken:
    """Between reading and writing, somebody else writes: so many times."""

    def __init__(self, app: Any, times: int) -> None:
        self.append, self.times = app.log.append, times
        app.log.append = self

    def __call__(self, request: AppendRequest[ToyFact]) -> Sequence[Recorded[ToyFact]]:
        if self.times:
            self.times -= 1
            self.append(append_request(request.stream, request.expected, note(f"faster {self.times}")))
        return tuple(self.append(request))


def test_whoever_was_overtaken_is_judged_again(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        Overtaken(app, 2)
        assert app.handle("a", note(), BY).version == 3


def test_after_three_tries_it_is_given_up(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        Overtaken(app, 3)
        with pytest.raises(Conflict):
            app.handle("a", note(), BY)
        assert log.version("a") == 3


def test_judged_again_it_may_be_refused(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        Overtaken(app, 1)
        with pytest.raises(NotedAlready):
            app.handle("a", note("faster 0", number=2), BY)


def test_whoever_named_a_version_is_told_when_overtaken(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        Overtaken(app, 1)
        with pytest.raises(VersionMismatch, match="a is at version 1"):
            app.handle("a", note(), BY, expected=0)


def test_a_fact_is_voided_and_may_be_said_again(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        (first,) = app.handle("a", note(), BY).events
        receipt = app.correct("a", void(first.event_id), BY, expected=1)
        assert (receipt.version, said(receipt.events[0])) == (2, void(first.event_id))
        assert app.handle("a", note(), BY).version == 3


def test_a_correction_corrects_something_that_counts(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        (first,) = app.handle("a", note(), BY).events
        with pytest.raises(UnknownFact):
            app.correct("a", void("elsewhere"), BY)
        with pytest.raises(UnknownFact):
            app.correct("b", void(first.event_id), BY)
        (voided,) = app.correct("a", void(first.event_id), BY).events
        for again in (void(first.event_id), amend(first.event_id, what="x")):
            with pytest.raises(AlreadyVoid):
                app.correct("a", again, BY)
        app.correct("a", void(voided.event_id), BY)
        assert app.correct("a", amend(first.event_id, what="x"), BY).version == 4


@pytest.mark.parametrize(
    ("new_values", "rule"),
    [
        ({}, DoesNotFit),
        ({"nonsense": 1}, DoesNotFit),
        ({"what": 7}, DoesNotFit),
        ({"number": "many"}, DoesNotFit),
        ({"type": "toy.signed"}, DoesNotFit),
        ({"effective_from": "2025-13"}, BadDate),
        ({"effective_from": "30/2/2025"}, BadDate),
    ],
)
def test_new_values_must_fit(tmp_path: Path, new_values: dict[str, Any], rule: type[Rejected]) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        (first,) = app.handle("a", note(), BY).events
        (second,) = app.correct("a", amend(first.event_id, what="x"), BY).events
        with pytest.raises(rule):
            app.correct("a", amend(first.event_id, **new_values), BY)
        with pytest.raises(rule):
            app.correct("a", amend(second.event_id, new_values=new_values), BY)
        assert log.version("a") == 2


def test_new_values_are_stored_in_the_form_of_a_proposed_fact(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        (first,) = app.handle("a", note(), BY).events
        (second,) = app.correct(
            "a", amend(first.event_id, effective_from="1/2/2025", what=" snow "), BY
        ).events
        assert said(second) == amend(first.event_id, effective_from="2025-02-01", what="snow")
        (third,) = app.correct(
            "a", amend(second.event_id, new_values={"effective_from": "3/2025"}), BY
        ).events
        assert said(third) == amend(second.event_id, new_values={"effective_from": "2025-03"})


def test_a_value_may_be_taken_back_to_what_it_is_by_default(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        (first,) = app.handle("a", note(number=7), BY).events
        (second,) = app.correct("a", amend(first.event_id, number=0), BY).events
        assert said(second) == amend(first.event_id, number=0)


def test_an_amended_correction_must_still_correct_something(tmp_path: Path) -> None:
    with log_in(tmp_path) as log:
        app = application(log)
        (first,) = app.handle("a", note(), BY).events
        (second,) = app.correct("a", amend(first.event_id, what="x"), BY).events
        with pytest.raises(UnknownFact):
            app.correct("a", amend(second.event_id, target="elsewhere"), BY)
        assert app.correct("a", amend(second.event_id, mode="VOID"), BY).version == 3
