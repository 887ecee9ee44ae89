"""Which units and posts are secret."""

from services.chronicle.rows import SecretRow
from services.organization.events import OrganizationFact, topic
from shared.core.facts import Recorded
from shared.core.projection import Changes, Projection, Rows


def step(rows: Rows[SecretRow], event: Recorded[OrganizationFact]) -> Changes[SecretRow]:
    """One fact that is SECRET makes its unit or post secret; what it is else, and since when, does not matter."""
    if event.fact.confidentiality != "SECRET" or rows:
        return {}
    return {event.stream: SecretRow(subject=event.stream)}


secret_subjects = Projection[OrganizationFact, SecretRow](
    name="secret_subjects",
    follows=topic,
    row=SecretRow,
    step=step,
    indexes=(("subject",),),
)
