"""Small pieces every projection uses: bounds of partial dates, codes as text."""

from typing import Any

import msgspec

from shared.core.facts import Code, Recorded
from shared.core.partial_dates import FIRST_DAY, Day, PDate, earliest, latest


def since(start: PDate) -> dict[str, Any]:
    return {"valid_from": earliest(start), "certain_from": latest(start)}


def until(end: PDate) -> dict[str, Any]:
    return {"valid_to": latest(end), "certain_to": surely_until(end)}


def surely_until(end: PDate) -> Day:
    """An unknown end leaves it possible for ever and certain never."""
    return earliest(end) if end else FIRST_DAY


def codes_text(codes: tuple[Code, ...]) -> str:
    """`scheme<TAB>value` lines: flat, readable, and the same on every database."""
    return "\n".join([f"{code.scheme}\t{code.value}" for code in codes]) if codes else ""


def findings_text(event: Recorded[Any], before: str = "") -> str:
    """The findings of a fact, after those already kept: a line `event<TAB>JSON`. Empty where there are none."""
    findings = event.fact.findings
    if not findings:
        return before
    line = f"{event.event_id}\t{msgspec.json.encode(findings, order='sorted').decode()}"
    return f"{before}\n{line}" if before else line
