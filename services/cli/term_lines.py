"""Terms as `cadre show` writes them: with the ids of a scheme. Other programs rely on the names of these fields."""

import msgspec

from services.chronicle.queries.common.responses import code_of
from services.chronicle.queries.tenures.histories import TermLine


class Line(msgspec.Struct, kw_only=True):
    """A term in the ids of a scheme (ours without one)."""

    term: str
    post: str
    person: str
    certainty: str
    name: str
    title: str
    unit: str
    start: str
    end: str
    start_precision: str
    end_precision: str
    holding: str
    status: str
    ended: str
    concurrent: list[str]
    possibly_concurrent: list[str]
    opened: str
    closed: str


def term_lines(terms: list[TermLine], scheme: str, every_term: list[TermLine]) -> list[Line]:
    """The terms in the ids of the scheme; where one is named, terms without an id of it are left out.

    `every_term` holds also those that the terms may be concurrent with."""
    codes = {term.tenure: code_of(term.codes, scheme) if scheme else term.tenure for term in every_term}
    return [
        Line(
            term=codes[term.tenure],
            post=code_of(term.post_codes, scheme) if scheme else term.post,
            person=code_of(term.cadre_codes, scheme) if scheme else term.cadre,
            certainty=term.certainty,
            name=term.name,
            title=term.title,
            unit=term.unit_name,
            start=term.start.lstrip("~"),
            end=term.end.lstrip("~"),
            start_precision=term.start_precision,
            end_precision=term.end_precision,
            holding=term.holding,
            status=term.status,
            ended=term.ended,
            concurrent=[codes[other] for other in term.concurrent if codes.get(other)],
            possibly_concurrent=[codes[other] for other in term.possibly_concurrent if codes.get(other)],
            opened=term.proof.opened,
            closed=term.proof.closed,
        )
        for term in terms
        if codes[term.tenure]
    ]
