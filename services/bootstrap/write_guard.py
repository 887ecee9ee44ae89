"""Asks the policies before a fact is recorded: whether whoever makes the request may record it there."""

from collections.abc import Sequence
from datetime import date
from typing import get_args

from services.chronicle.queries.units.concerned import (
    Concerned,
    find_concerned,
    find_units_among,
    name_concerned,
)
from services.identity.policy import Action, Policy, Resource
from services.regulation.events import DecisionRegistered
from shared.core.clock import Clock
from shared.core.facts import AnyEvent, Fact
from shared.core.partial_dates import civil_day, day_of
from shared.http.principal import Principal, current_principal
from shared.http.problems import Problem, role_may_not
from shared.http.token_classes import current_reader
from shared.readmodel.row_store import RowStore

ACTION_OF: dict[str, Action] = {
    each.removeprefix("record").lower(): each for each in get_args(Action) if each.startswith("record")
}
"""By topic, the action of recording its facts. Other topics are not about units or persons."""


class WriteGuard:
    """Says no to what the policies do not permit. Whoever holds a ledger on a laptop may record all. The record of
    access has each refusal, as those of other questions."""

    def __init__(self, policy: Policy, tables: RowStore, clock: Clock) -> None:
        self._policy, self._tables, self._clock = policy, tables, clock

    def __call__(self, topic: str, stream: str, fact: Fact, history: Sequence[AnyEvent]) -> str:
        """The hash of the policies under which the principal of the request may record a fact; empty where none were
        asked. Raises Problem."""
        principal = current_principal()
        action = ACTION_OF.get(topic)
        if principal.kind == "laptop" or action is None:
            return ""
        today = date.fromisoformat(day_of(self._clock()))
        self._check(principal, action, topic, stream, fact, history, today)
        if any(finding.overridden_by for finding in fact.findings):
            self._check(principal, "override", topic, stream, fact, history, today)
        return self._policy.hash

    def _check(
        self,
        principal: Principal,
        action: Action,
        topic: str,
        stream: str,
        fact: Fact,
        history: Sequence[AnyEvent],
        today: date,
    ) -> None:
        scope = self._policy.scope_of(principal, action, today)
        if scope.is_empty:
            raise role_may_not(action)
        if isinstance(fact, DecisionRegistered):  # documents belong to no unit
            return
        named, texts = name_concerned(stream, fact, history)
        if not current_reader().hidden.isdisjoint({stream, *named, *texts}):
            raise _out_of_scope()
        if scope.is_whole:
            return
        concerned = self._find(named, texts, today) if topic != "regulation" else []
        if not concerned or not all(
            self._policy.decide(principal, action, _resource(each), today) for each in concerned
        ):
            raise _out_of_scope()

    def _find(self, named: set[str], texts: set[str], today: date) -> list[Concerned]:
        """What the fact concerns; nothing where one of these ids is unknown."""
        with self._tables.engine.connect() as connection:
            if texts:
                named = named | find_units_among(connection, texts)
            return find_concerned(connection, named, civil_day(today.isoformat())) or []


def _resource(concerned: Concerned) -> Resource:
    return Resource(
        "Person" if concerned.is_person else "Unit", concerned.id, concerned.within, concerned.managed_by
    )


def _out_of_scope() -> Problem:
    return Problem(
        403,
        "OutOfScope",
        "This is not within your scope, or does not exist.",
        "Nằm ngoài phạm vi của bạn, hoặc không tồn tại",
        "All units, posts and persons that a fact concerns have to be in your scope: of a move both ends; of a new "
        "person `managed_by`, the unit that registers them. "
        "Mọi đơn vị, chức vụ, cá nhân liên quan phải thuộc phạm vi của bạn.",
    )
