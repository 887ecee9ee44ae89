"""Versions of rules that were enacted here."""

import msgspec

from services.chronicle.projections.row_fields import since
from services.chronicle.rows import RuleRow
from services.regulation.events import RegulationFact, RuleEnacted, topic
from shared.core.facts import Recorded
from shared.core.partial_dates import LAST_DAY
from shared.core.projection import Changes, Projection, Rows


def _step(rows: Rows[RuleRow], event: Recorded[RegulationFact]) -> Changes[RuleRow]:
    """Enacting a version of a rule adds its row, over the days whose decisions it judges."""
    fact = event.fact
    if not isinstance(fact, RuleEnacted):
        return {}
    until = fact.until or LAST_DAY
    return {
        event.event_id: RuleRow(
            rule_id=fact.rule,
            stream_id=event.stream,
            number=fact.number,
            kind=fact.kind.value,
            severity=fact.severity.value,
            scope=as_json(fact.scope),
            parameters=as_json(fact.parameters),
            override_authority=fact.override_authority,
            source=fact.source,
            confidence=fact.confidence,
            title_vi=fact.title_vi,
            title_en=fact.title_en,
            opened_by=event.event_id,
            decision=fact.decision,
            valid_to=until,
            certain_to=until,
            **since(fact.effective_from),
        )
    }


def as_json(value: object) -> str:
    """In one spelling: keys in order."""
    return msgspec.json.encode(value, order="sorted").decode()


rules = Projection[RegulationFact, RuleRow](
    name="rules",
    follows=topic,
    row=RuleRow,
    step=_step,
    indexes=(("rule_id", "valid_from"),),
    handles=(RuleEnacted,),
)
