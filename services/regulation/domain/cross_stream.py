"""What a rule that is enacted needs outside its stream: no version of it in another one."""

from services.chronicle.rows import RULES
from services.regulation.domain.rejections import RuleElsewhere
from services.regulation.events import RegulationFact, RuleEnacted
from shared.core.decider import ReadModel


def check(stream: str, proposed: RegulationFact, read_model: ReadModel) -> None:
    """All versions of a rule are in one stream, for only there are they compared."""
    if isinstance(proposed, RuleEnacted):
        for row in read_model.rows(RULES, rule_id=proposed.rule):
            if row.stream_id != stream:
                raise RuleElsewhere(field="rule", rule=proposed.rule, stream=row.stream_id)
