"""In a cluster too, what follows from facts is the same in whatever order they are told, and follows corrections."""

from threading import Event

import pytest

from services.appointment.events import Appointed, TenureEnded
from services.organization.events import DissolutionReason, PostCreated, UnitDissolved
from services.personnel.events import Registered, ServiceEnd, ServiceEnded
from shared.commands.supposition import HasConsequences
from shared.core.facts import Corrected
from shared.core.partial_dates import PDate
from shared.core.timeline import timeline
from shared.runtime.cluster import ClusterLedger
from tests.cluster.test_following import ME, arrive, establish, node, say

__all__ = ["node"]

TOLD = {
    "appoint": (
        "appointment",
        "cadre",
        Appointed(effective_from=PDate("2020-02-01"), tenure="t", post="post"),
    ),
    "dissolve": (
        "organization",
        "unit",
        UnitDissolved(effective_from=PDate("2021-01-01"), reason=DissolutionReason.ENDED),
    ),
    "retire": (
        "personnel",
        "cadre",
        ServiceEnded(effective_from=PDate("2020-06-01"), kind=ServiceEnd.RETIRED),
    ),
}


def arrive_and_react(node: ClusterLedger) -> None:
    """As workers and the serving processes would, until nothing is new."""
    stop, recorded = Event(), -1
    stop.set()  # no reaction waits: what it lacks arrives in the next round
    while recorded != (recorded := sum(log.position() for log in node.logs.values())):
        for topic, log in node.logs.items():
            arrive(node, topic, *range(1, log.position() + 1))
        for app, reaction in node._reactions(list(node.apps)):
            node._run_reaction(app, reaction, stop)


def ends(node: ClusterLedger) -> list[str]:
    facts = (event.fact for event in timeline(node.logs["appointment"].load_stream("cadre")))
    return [fact.effective_from for fact in facts if isinstance(fact, TenureEnded)]


@pytest.mark.parametrize(
    "order", ["appoint dissolve retire", "dissolve retire appoint", "retire appoint dissolve"]
)
def test_a_tenure_ends_with_the_first_cause_in_any_order(node: ClusterLedger, order: str) -> None:
    establish(node, "unit", arrives=True)
    say(
        node,
        "organization",
        "post",
        PostCreated(effective_from=PDate("2020-01-01"), unit="unit", title="Giám đốc"),
    )
    say(node, "personnel", "cadre", Registered(name="Nguyễn Văn An"))
    arrive_and_react(node)
    for what in order.split():
        topic, stream, fact = TOLD[what]
        say(node, topic, stream, fact)
        arrive_and_react(node)
    assert ends(node) == ["2020-06-01"]
    retired = node.logs["personnel"].load_stream("cadre")[-1].event_id
    void = Corrected(target=retired, mode="VOID", reason="r")
    with pytest.raises(HasConsequences):
        node.apps["personnel"].correct("cadre", void, ME)
    node.apps["personnel"].correct(
        "cadre", Corrected(target=retired, mode="VOID", reason="r", consequences="apply"), ME
    )
    arrive_and_react(node)
    assert ends(node) == ["2021-01-01"], "the unit still ends"
    established = node.logs["organization"].load_stream("unit")[0].event_id
    node.apps["organization"].correct(
        "unit", Corrected(target=established, mode="VOID", reason="r", consequences="apply"), ME
    )
    arrive_and_react(node)
    assert timeline(node.logs["appointment"].load_stream("cadre")) == []
    assert timeline(node.logs["organization"].load_stream("post")) == []
