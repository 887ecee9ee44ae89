"""Asks the policies whether somebody may keep the accounts or the keys of this installation, or read who looked."""

from datetime import date
from typing import Literal

from services.identity.policy import INSTALLATION, Policy
from shared.http.authentication import role_needed
from shared.http.principal import Principal, Role, current_principal


def require_keeper(policy: Policy, action: Literal["manageAccounts", "manageKeys"], day: date) -> Principal:
    """Who asks, where they may keep accounts or keys; a program's token does neither. Raises Problem."""
    principal = current_principal()
    if principal.kind == "token" or not policy.decide(principal, action, INSTALLATION, day):
        raise role_needed(Role.ADMINISTRATOR)
    return principal


def require_replayer(policy: Policy, day: date) -> Principal:
    """Who asks, where they may read the record of access somewhere: of that part. Raises Problem."""
    principal = current_principal()
    if principal.kind == "token" or policy.scope_of(principal, "replay", day).is_empty:
        raise role_needed(Role.AUDITOR)
    return principal
