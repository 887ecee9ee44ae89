"""Who held what, computed by other people's programs from the Parquet of an archive: second definitions of the fold.

A term is (tenure, person, post, start, end, first day, day after the last), as known at the end: what corrections
leave. A correction may be void by another one, at any depth; corrections that amend corrections are not done here.
"""

from typing import NamedTuple


class Term(NamedTuple):
    tenure: str
    person: str
    post: str
    start: str
    end: str
    valid_from: str
    valid_to: str


STARTS = ("appointment.appointed", "appointment.elected", "appointment.designated")
AGAIN, ENDED, CORRECTED = "appointment.reappointed", "appointment.tenure-ended", "ledger.corrected"
