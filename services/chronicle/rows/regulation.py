"""Decision documents, rules and programme items."""

import msgspec

from shared.core.projection import Row, View
from shared.core.rulebook import ParameterValue, RuleVersion


class DecisionRow(Row, frozen=True, kw_only=True):
    """A decision document, over the time it is in force."""

    decision_id: str
    number: str
    issuer: str
    signed_on: str
    kind: str
    title: str
    signer: str
    file_hash: str
    opened_by: str
    revoked: bool = False
    closed_by: str = ""
    supersedes: str = ""
    """A JSON array of the ids of documents whose place it takes."""
    search: str = ""
    """Number, issuer and title in the form to search by."""


class RuleRow(Row, frozen=True, kw_only=True):
    """One version of a rule, over the days of decision it judges. `parameters` and `scope` are JSON."""

    rule_id: str
    stream_id: str
    number: int
    kind: str
    severity: str
    scope: str
    parameters: str
    override_authority: str
    source: str
    confidence: str
    title_vi: str
    title_en: str
    opened_by: str
    decision: str

    def version(self) -> RuleVersion:
        """The version of the rule that the row holds, with its JSON read."""
        return RuleVersion(
            rule=self.rule_id,
            number=self.number,
            since=self.valid_from,
            until=self.valid_to,
            parameters=msgspec.json.decode(self.parameters, type=dict[str, ParameterValue]),
            scope=msgspec.json.decode(self.scope, type=dict[str, str]),
            kind=self.kind,
            severity=self.severity,
            override_authority=self.override_authority,
            source=self.source,
            confidence=self.confidence,
            title_vi=self.title_vi,
            title_en=self.title_en,
        )


class ProgrammeItemRow(Row, frozen=True, kw_only=True):
    """An item of a programme under one status."""

    programme: str
    item: str
    title: str
    lead_unit: str
    status: str
    opened_by: str
    decision: str


DECISIONS = View("decisions", DecisionRow)
RULES = View("rules", RuleRow)
PROGRAMME_ITEMS = View("programme_items", ProgrammeItemRow)
