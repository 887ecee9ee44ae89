"""What rules find about an amended fact is stored with the amendment, as it would have been with the fact itself."""

from typing import Any

from shared.core.timeline import timeline
from tests.corrections.office import Office, accepted


def findings(office: Office, address: str) -> list[Any]:
    """Of a fact as it counts now."""
    topic, stream, event_id = address.split("/")
    [event] = [
        each for each in timeline(office.ledger.logs[topic].load_stream(stream)) if each.event_id == event_id
    ]
    return list(event.fact.findings)


def rules(office: Office, address: str) -> list[str]:
    return sorted(finding.rule for finding in findings(office, address))


def test_an_amended_date_carries_the_findings_that_it_would_have_had(office: Office) -> None:
    """integrity §2: judged by rows without the fact itself, so that it is not found beside itself."""
    post, other, first, second, third = (
        office.place(office.unit()),
        office.place(office.unit()),
        *(office.cadre() for _ in range(3)),
    )
    office.appoint(first, post, "2010-01-01", "t1")
    office.end(first, "t1", "2015-01-01")
    fact = office.appoint(second, post, "2016-01-01", "t2")
    alone = office.appoint(third, other, "2011-01-01", "t3")
    assert "SEATS" not in rules(office, fact)
    assert "SEATS" not in rules(office, alone)
    accepted(office.amend(fact, {"effective_from": "2012-01-01"}))
    accepted(office.amend(alone, {"effective_from": "2012-01-01"}))
    assert "SEATS" in rules(office, fact)
    assert "SEATS" not in rules(office, alone), "it takes its own seat"
    correction = accepted(office.amend(fact, {"effective_from": "2016-01-01"}))
    assert "SEATS" not in rules(office, fact)
    accepted(office.correct(correction))
    assert "SEATS" in rules(office, fact), "as it was before"


def test_an_answer_to_a_finding_stays(office: Office) -> None:
    post, first, second = office.place(office.unit()), office.cadre(), office.cadre()
    office.appoint(first, post, "2010-01-01", "t1")
    answered = {"rule": "SEATS", "overridden_by": "Ban Thường vụ", "reason": "chuyển tiếp"}
    fact = office.appoint(second, post, "2016-01-01", "t2", findings=[answered])
    accepted(office.amend(fact, {"effective_from": "2012-01-01"}))
    [seats] = [finding for finding in findings(office, fact) if finding.rule == "SEATS"]
    assert (seats.overridden_by, seats.reason) == ("Ban Thường vụ", "chuyển tiếp")


def test_findings_that_an_amendment_states_are_taken_as_they_are(office: Office) -> None:
    """An authority answers for a breach later, by a correction."""
    post, first, second = office.place(office.unit()), office.cadre(), office.cadre()
    office.appoint(first, post, "2010-01-01", "t1")
    fact = office.appoint(second, post, "2016-01-01", "t2")
    answered = [{"rule": "SEATS", "overridden_by": "Ban Thường vụ", "reason": "chuyển tiếp"}]
    accepted(office.amend(fact, {"findings": answered}))
    assert [finding.overridden_by for finding in findings(office, fact)] == ["Ban Thường vụ"]
