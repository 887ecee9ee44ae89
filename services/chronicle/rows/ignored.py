"""Facts that are stored and change nothing: what they are about is not there, is there already, or has ended."""

from shared.core.projection import Row, View


class IgnoredRow(Row, frozen=True, kw_only=True):
    """A fact that counts and has no effect. Key: the fact.

    `what` and `subject`: a cadre, unit, post, tenure, rotation, entry, or another thing that facts open and end.
    `because`: TWICE (it is there already), WITHOUT (it is not there), OVER (it has ended) or UNFIT (a correction
    whose values do not fit).
    """

    fact: str
    kind: str
    what: str
    subject: str
    because: str


IGNORED_ORGANIZATION = View("ignored_organization", IgnoredRow)
IGNORED_PERSONNEL = View("ignored_personnel", IgnoredRow)
IGNORED_APPOINTMENT = View("ignored_appointment", IgnoredRow)
IGNORED_PLANNING = View("ignored_planning", IgnoredRow)
IGNORED_ROTATION = View("ignored_rotation", IgnoredRow)
IGNORED_EVALUATION = View("ignored_evaluation", IgnoredRow)
IGNORED_REGULATION = View("ignored_regulation", IgnoredRow)
