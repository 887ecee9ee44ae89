"""Six facts in every order that there is."""

from itertools import permutations

from shared.replica.runs import Head
from tests.replica import sites
from tests.replica.proof_cache import proofs_made_once
from tests.replica.sites import Message, Replica


def six_facts() -> dict[Head, tuple[Replica, bytes]]:
    """One forked, one after a restore, one of the district and one of the city; each with a site that has it."""
    first = sites.append_fact(Replica("W", "D"), "uW1", "e1")
    one, other = (sites.append_fact(first, stream, "") for stream in ("uW2", "uW2'"))
    restored = sites.append_fact(first._replace(epoch=""), "uW3", "e2")
    seen, _ = sites.import_message(Replica("D", "C"), sites.export_message(first, frozenset()))
    district = sites.append_fact(seen, "uD1", "e3")
    city = sites.append_fact(Replica("C"), "uC1", "e4")
    return {
        head: (site, state)
        for site in (first, one, other, restored, district, city)
        for head, state in site.payloads
    }


def test_all_orders_of_six_facts_give_one_verdict_and_change_no_earlier_answer() -> None:
    """sync cases 14, 36 and 38: a fork, a branch, facts of three levels."""
    sites.forget_all()
    facts, verdicts, orders = six_facts(), set(), 0
    assert len(facts) == 6
    chunks = {head: sites.chunk_of(site, head, state) for head, (site, state) in facts.items()}
    with proofs_made_once():
        for order in permutations(facts):
            replica, known, answers = Replica("C"), dict[Head, tuple[int, int | None]](), list[set[Head]]()
            for now, head in enumerate(order):
                replica, _ = sites.import_message(replica, Message(chunks=(chunks[head],)))
                counted = {each for each, _ in sites.counted_facts(replica)}
                assert not any(until is not None for h, (_, until) in known.items() if h in counted)
                known |= dict.fromkeys(counted - known.keys(), (now, None))
                known |= {
                    each: (since, now)
                    for each, (since, until) in known.items()
                    if until is None and each not in counted
                }
                answers.append(counted)
            for now, answer in enumerate(answers):
                as_known = {
                    each
                    for each, (since, until) in known.items()
                    if since <= now and (until is None or now < until)
                }
                assert answer == as_known
            verdicts.add(
                (
                    replica.logs,
                    sites.counted_facts(replica),
                    sites.find_forks(replica),
                    sites.find_branches(replica),
                    sites.find_gaps(replica),
                    sites.quarantined_heads(replica),
                )
            )
            orders += 1
    assert (orders, len(verdicts)) == (720, 1)
    [(_, counted_facts, forks, branches, gaps, quarantined)] = verdicts
    assert [said.stream for _, said in counted_facts] == ["uC1", "uW1", "uD1", "uW3"]
    assert {(epoch, seq) for _, epoch, seq in forks} == {("e1", 2)}
    assert {epoch for _, epoch in branches} == {"e2"}
    assert (gaps, len(quarantined)) == (frozenset(), 2)
