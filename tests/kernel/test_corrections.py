"""What a correction must fit, and what it may not leave behind."""

from dataclasses import replace
from typing import Any

import pytest

from shared.core.corrections import (
    MAX_REJUDGED_FACTS,
    AlreadyVoid,
    DoesNotFit,
    UnknownFact,
    check_amended,
    check_correction,
)
from shared.core.decider import Rejected
from shared.testing import amend, history, on, rejects, void
from tests.kernel.toy import Noted, NotedAlready, ToyFact, decider, note

FIELDS = list(Noted.__struct_fields__)
two = history(note("rain"), note("snow"))


def accept(fact: ToyFact) -> None:
    """Nothing elsewhere speaks against the fact."""


def refuse(fact: ToyFact) -> None:
    raise UnknownFact(event_id="elsewhere")


def test_a_correction_names_a_fact_of_the_stream_that_counts() -> None:
    with rejects(UnknownFact, event_id="here/9"):
        check_correction(two, void("here/9"))
    voided = history(note("rain"), void("here/1"))
    with rejects(AlreadyVoid, event_id="here/1"):
        check_correction(voided, amend("here/1", what="x"))
    assert check_correction(voided, void("here/2")) == void("here/2")


def test_new_values_that_do_not_fit_are_named_with_what_does() -> None:
    with rejects(DoesNotFit, fields=["more", "nonsense"], allowed=FIELDS):
        check_correction(two, amend("here/1", nonsense=1, what="x", more=2))
    with rejects(DoesNotFit, fields=[], allowed=FIELDS):
        check_correction(two, amend("here/1"))
    with pytest.raises(DoesNotFit) as refused:
        check_correction(two, amend("here/1", number="many"))
    assert "Expected `int`, got `str`" in str(refused.value.case["reason"])


def test_an_amended_correction_is_checked_against_what_it_corrects() -> None:
    corrected = history(note("rain"), amend("here/1", what="x"), amend("here/2", new_values={"what": "y"}))
    with rejects(UnknownFact, event_id="here/9"):
        check_correction(corrected, amend("here/2", target="here/9"))
    with rejects(DoesNotFit, fields=["nonsense"], allowed=FIELDS):
        check_correction(corrected, amend("here/2", new_values={"nonsense": 1}))
    nested = check_correction(
        corrected, amend("here/3", new_values={"new_values": {"effective_from": "1/2/2025"}})
    )
    assert nested.new_values == {"new_values": {"new_values": {"effective_from": "2025-02-01"}}}


def test_an_amendment_that_contradicts_another_fact_is_refused() -> None:
    with rejects(NotedAlready, field="what", fact="here/2"):
        check_amended(decider, two, amend("here/2", what="rain"), accept)
    check_amended(decider, two, amend("here/2", what="hail"), accept)
    check_amended(decider, two, void("here/2"), accept)


def test_what_was_wrong_before_stays_as_it_was() -> None:
    twice = history(note("rain"), note("rain"), note("snow"))
    check_amended(decider, twice, amend("here/3", what="hail"), accept)
    check_amended(decider, twice, amend("here/2", number=7), accept)


def test_what_is_known_elsewhere_is_asked_of_changed_facts_only() -> None:
    asked: list[Any] = []
    check_amended(decider, two, amend("here/2", what="hail"), asked.append)
    assert asked == [note("snow"), note("hail")]
    check_amended(decider, two, amend("here/2", what="hail"), refuse)


def test_a_contradiction_with_what_is_known_elsewhere_is_refused_with_the_fact() -> None:
    def no_hail(fact: ToyFact) -> None:
        if isinstance(fact, Noted) and fact.what == "hail":
            raise UnknownFact(event_id="elsewhere")

    with rejects(UnknownFact, event_id="elsewhere", fact="here/2"):
        check_amended(decider, two, amend("here/2", what="hail"), no_hail)


def test_of_a_long_stream_only_changed_facts_are_judged_anew() -> None:
    """A later fact that the amended one makes impossible is found in a stream of up to MAX_REJUDGED_FACTS facts."""
    judged: list[ToyFact] = []

    def decide(state: frozenset[str], proposed: ToyFact) -> tuple[ToyFact, ...]:
        judged.append(proposed)
        if proposed == note("day 1") and "storm" in state:
            raise NotedAlready(field="what")
        return (proposed,)

    strict = replace(decider, decide=decide)
    days = history(*(note(f"day {number}") for number in range(MAX_REJUDGED_FACTS + 1)))
    with rejects(NotedAlready, fact="here/2"):
        check_amended(strict, days[:MAX_REJUDGED_FACTS], amend("here/1", what="storm"), accept)
    judged.clear()
    check_amended(strict, days, amend("here/1", what="storm"), accept)
    assert judged == [note("day 0"), note("storm")]


def test_a_rejection_says_whose_it_is() -> None:
    with pytest.raises(Rejected) as refused:
        check_amended(decider, two, amend("here/1", what="snow", effective_from=on("2025-08-01")), accept)
    assert refused.value.case["fact"] == "here/1"
