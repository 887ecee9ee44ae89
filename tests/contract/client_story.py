"""An appointment recorded through the generated client. A program by itself: it runs where the client's packages are.

Arguments: the address of the ledger, and the token where one is needed.
"""

import importlib
import pkgutil
import sys
import time
from collections.abc import Callable
from typing import Any

import cadre_ledger_client as made
from cadre_ledger_client.api.appointment import list_appointment_facts, record_appointed, record_tenure_ended
from cadre_ledger_client.api.organization import record_post_created, record_unit_established
from cadre_ledger_client.api.personnel import record_registered
from cadre_ledger_client.models import (
    EndReason,
    Kind,
    Problem,
    ProposedAppointed,
    ProposedPostCreated,
    ProposedRegistered,
    ProposedTenureEnded,
    ProposedUnitEstablished,
    Receipt,
    Role,
)

address, token = [*sys.argv[1:], "none"][:2]
UNKNOWN_YET = ("NotFound", "UnknownReference")
"""What a cluster answers until the rows of a new thing have arrived."""


def recorded(ask: Callable[[], Any]) -> Any:
    """The receipt, once what the fact refers to is known."""
    for _ in range(300):
        answer = ask()
        if isinstance(answer, Receipt):
            return answer
        assert isinstance(answer, Problem), answer
        assert answer.rule in UNKNOWN_YET, answer
        time.sleep(0.1)
    raise AssertionError(answer)


modules = [module.name for module in pkgutil.walk_packages(made.__path__, f"{made.__name__}.")]
for name in modules:
    importlib.import_module(name)

client = made.AuthenticatedClient(base_url=address, token=token, raise_on_unexpected_status=True)
with client as ledger:
    unit = ProposedUnitEstablished(name="Sở Nội vụ", kind=Kind.DEPARTMENT, effective_from="2004-08-31")
    office = recorded(
        lambda: record_unit_established.sync(client=ledger, body=unit, idempotency_key="office")
    )
    again = record_unit_established.sync(client=ledger, body=unit, idempotency_key="office")
    assert again == office

    director = ProposedPostCreated(
        unit=office.stream, title="Giám đốc", role=Role.HEAD, effective_from="2010-01-01"
    )
    post = recorded(lambda: record_post_created.sync(client=ledger, body=director)).stream
    person = ProposedRegistered(name="Nguyễn Văn An", birth="1970", effective_from="2000-01-01")
    cadre = recorded(lambda: record_registered.sync(client=ledger, body=person)).stream

    start = ProposedAppointed(tenure="t1", post=post, effective_from="2015-01-01")
    appointment = recorded(lambda: record_appointed.sync(cadre, client=ledger, body=start))
    assert appointment.version == 1

    end = ProposedTenureEnded(tenure="t1", reason=EndReason.RETIRED, effective_from="2020-01-01")
    unseen = record_tenure_ended.sync(cadre, client=ledger, body=end)
    assert isinstance(unseen, Problem), unseen
    assert (unseen.status, unseen.rule) == (428, "VersionNeeded")

    facts = list_appointment_facts.sync_detailed(cadre, client=ledger)
    ended = record_tenure_ended.sync(cadre, client=ledger, body=end, if_match=facts.headers["etag"])
    assert isinstance(ended, Receipt), ended

    events = list_appointment_facts.sync(cadre, client=ledger)
    sys.stdout.write(" ".join([str(len(modules)), *(event.fact.type_ for event in events)]))
