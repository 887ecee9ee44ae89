"""Small pieces every projection uses: bounds of partial dates, codes and findings as text."""

from typing import TypedDict

from services.chronicle.rows import FindingsOfFact, list_from_text, list_to_text
from shared.core.facts import Code, F, Recorded
from shared.core.partial_dates import FIRST_DAY, Day, PDate, earliest, latest


class Beginning(TypedDict):
    """The first days of a row: the earliest that its start can mean, and the latest."""

    valid_from: Day
    certain_from: Day


class Ending(TypedDict, total=False):
    """The days on which a row no longer holds: the latest that its end can mean, and the earliest."""

    valid_to: Day
    certain_to: Day


def since(start: PDate) -> Beginning:
    """The bounds of a row that begins on a partial date."""
    return {"valid_from": earliest(start), "certain_from": latest(start)}


def until(end: PDate) -> Ending:
    """The bounds of a row that ends on a partial date."""
    return {"valid_to": latest(end), "certain_to": surely_until(end)}


def surely_until(end: PDate) -> Day:
    """An unknown end leaves it possible for ever and certain never."""
    return earliest(end) if end else FIRST_DAY


def codes_text(codes: tuple[Code, ...]) -> str:
    """A JSON array of `{"scheme": …, "value": …}`; empty where there are none."""
    return list_to_text(codes)


def findings_text(event: Recorded[F], before: str = "") -> str:
    """The findings of a fact after those already kept: a JSON array of `FindingsOfFact`; empty where there are none."""
    findings = event.fact.findings
    if not findings:
        return before
    return list_to_text((*list_from_text(before, FindingsOfFact), FindingsOfFact(event.event_id, findings)))
