"""The model and the product say the same after every action, and every action and fault was really met."""

from collections import Counter
from random import Random

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.faults.counting import ROUNDS
from tests.replica import model, sites
from tests.replica.pairs import KEYS, Pair, Pairs, Sent, Visible
from tests.replica.proof_cache import proofs_made_once

PARENTS = {"W": "D", "W'": "D", "X": "D", "D": "C", "C": ""}
ROLES = st.sampled_from(["W", "W'", "X", "D", "C"])
CHILDREN = st.sampled_from(["W", "W'", "X", "D"])
SCOPES = {1: "u", 2: "uv", 3: "v"}
MET: Counter[str] = Counter()
MUST_MEET = (
    "append",
    "restart",
    "backup",
    "restore",
    "clone",
    "up",
    "down",
    "cut",
    "reply lost",
    "bundle made",
    "bundle applied",
    "bundle tail applied",
    "several bundles under way",
    "close",
    "admit",
    "rehome",
    "rescope",
    "parent went back",
    "target given up",
    "first synchronisation under way",
    "own tail pulled back",
    "stub",
    "filled or withdrawn",
    "several entries in a chunk",
    "next",
    "duplicate",
    "early",
    "fork",
    "quarantined",
    "branch",
    "gap",
    "parked",
    "delivered",
    "healed",
)


class SideBySide(RuleBasedStateMachine):
    """Five sites, each twice. The unit a fact is about is the first letter of its stream."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs = Pairs()
        self.sites = {
            role: Pair(model.Replica(role, parent), sites.Replica(role, parent))
            for role, parent in PARENTS.items()
            if role != "W'"
        }
        self.backups: dict[str, Pair] = {}
        self.under_way: list[tuple[Sent, sites.Replica]] = []
        self.gone = False
        self.numbers = self.epochs = self.clock = 0
        self.scope = 1

    @initialize(first=st.booleans(), chance=st.randoms())
    def start(self, first: bool, chance: Random) -> None:
        """Everybody has written, and may have heard of the others."""
        for role in ("W", "X", "D", "C"):
            self.append(role, "u")
            self.backup(role, False)
            self.append(role, "vu")
        if first:
            self.exchange_fully(["W", "X", "D", "W", "X"], chance)

    def change(self, role: str, pair: Pair, met: str = "") -> None:
        self.sites[role] = pair
        self.pairs.compare(pair)
        MET[met] += 1
        product = pair.product
        MET["quarantined"] += bool(sites.quarantined_heads(product))
        MET["branch"] += bool(sites.find_branches(product))
        MET["gap"] += bool(sites.find_gaps(product))
        MET["parked"] += bool(sites.parked_heads(product))
        MET["delivered"] += bool(sites.delivered_heads(product))
        MET["first synchronisation under way"] += bool(product.targets)
        MET["stub"] += len(product.payloads) < len(product.entries)

    def is_there(self, role: str) -> bool:
        return role in self.sites and not (role == "D" and self.gone)

    @rule(role=ROLES, units=st.text("uv", min_size=1, max_size=4))
    def append(self, role: str, units: str) -> None:
        for unit in units:
            if self.is_there(role) and len(self.sites[role].model.entries) < 40:
                self.numbers += 1
                self.epochs += 1
                text = f"{unit}{self.numbers}"
                pair = self.pairs.append(self.sites[role], text, f"e{self.epochs:03d}")
                self.change(role, pair, "append")

    @rule(role=ROLES)
    def restart(self, role: str) -> None:
        if self.is_there(role):
            one, other = self.sites[role]
            self.change(role, Pair(one._replace(epoch=""), other._replace(epoch="")), "restart")

    @rule(children=st.lists(CHILDREN, min_size=1, max_size=4), chance=st.randoms())
    def exchange_fully(self, children: list[str], chance: Random) -> None:
        for child in children:
            for way in ("up", "down"):
                if self.is_there(child) and self.is_there(self.sites[child].model.parent):
                    self.talk(child, way, 10**6, False, chance)

    @rule(role=ROLES, write=st.booleans())
    def backup(self, role: str, write: bool) -> None:
        if self.is_there(role):
            self.backups[role] = self.sites[role]
            MET["backup"] += 1
            if write:
                self.append(role, "vu")

    @precondition(lambda self: self.backups)
    @rule(number=st.integers(0, 5), write=st.booleans())
    def restore(self, number: int, write: bool) -> None:
        role = sorted(self.backups)[number % len(self.backups)]
        if self.is_there(role):
            one, other = self.backups[role]
            parent = self.sites[role].model.parent
            back = Pair(
                one._replace(epoch="", parent=parent),
                other._replace(epoch="", parent=parent),
            )
            self.clock += 1
            self.change(role, back, "restore")
            if write:
                self.append(role, "u")

    @precondition(lambda self: "W'" not in self.sites and self.sites["W"].model.epoch)
    @rule(both_write=st.booleans())
    def clone(self, both_write: bool) -> None:
        self.change("W'", self.sites["W"], "clone")
        if both_write:
            self.append("W", "u")
            self.append("W'", "v")

    @rule(child=CHILDREN, way=st.sampled_from(["up", "down"]), kept=st.integers(0, 5), chance=st.randoms())
    def exchange(self, child: str, way: str, kept: int, chance: Random) -> None:
        if self.is_there(child) and self.is_there(self.sites[child].model.parent):
            self.talk(child, way, kept, chance.random() < 0.3, chance)

    def talk(self, child: str, way: str, kept: int, reply_lost: bool, chance: Random) -> None:
        parent = self.sites[child].model.parent
        sender, receiver = (child, parent) if way == "up" else (parent, child)
        source, target = self.sites[sender], self.sites[receiver]
        filtered = way == "down" and target.model.site == "W"
        sent = self.pairs.export(
            source, target, self.visible(way, source, target), self.scope if filtered else 0
        )
        total = len(sent.product.chunks)
        if kept < total:
            sent = self.pairs.cut(sent, source.product, kept)
            MET["cut"] += 1
        if way == "up":
            MET["parent went back"] += self.pairs.compare_lost(source, parent, target)
        else:
            receipt, note = self.pairs.receipts(source, self.clock)
            sent = Sent(sent.model._replace(receipt=receipt), sent.product._replace(receipt=note))
        self.note_message(sent, target.product)
        taken, outcomes = self.pairs.take(target, sent, source.product, chance)
        MET.update({str(outcome): number for outcome, number in outcomes.items()})
        MET["filled or withdrawn"] += (
            not sent.product.chunks and taken.product.payloads != target.product.payloads
        )
        self.change(receiver, taken, way)
        if way == "up" and reply_lost:
            MET["reply lost"] += 1
        elif way == "up":
            receipt, note = self.pairs.receipts(taken, self.clock)
            one = model.keep_receipt(source.model, receipt, KEYS)
            self.change(sender, Pair(one, sites.keep_receipt(source.product, note)), "")

    def visible(self, way: str, source: Pair, target: Pair) -> Visible:
        """Upwards what was written at or below the sender, what the receiver wrote or has in custody; downwards to W,
        what its scope lets through."""
        site = target.model.site
        if way == "up":
            below = {"D": {"W", "X", "D"}}.get(source.model.site, {source.model.site})
            kept = {c.origin for c in target.model.closings if c.custodian == site} | {site}
            return lambda origin, text: origin in below | kept
        scope = self.scope if site == "W" else 2
        return lambda origin, text: origin == site or text[0] in SCOPES[scope]

    def note_message(self, sent: Sent, target: sites.Replica) -> None:
        chunks = sent.product.chunks
        MET["own tail pulled back"] += any(chunk.header.origin == target.site for chunk in chunks)
        MET["target given up"] += bool(sent.product.lost & target.targets)
        MET["several entries in a chunk"] += len(chunks) > 3

    @rule(
        sender=ROLES,
        receiver=ROLES,
        units=st.text("uv", max_size=4),
        tail_first=st.booleans(),
        chance=st.randoms(),
    )
    def make_bundle(self, sender: str, receiver: str, units: str, tail_first: bool, chance: Random) -> None:
        self.append(sender, units)
        if self.is_there(sender) and receiver != sender and self.is_there(receiver):
            site = PARENTS[receiver] and receiver[0]
            source = self.sites[sender]
            sent = self.pairs.export(source, None, lambda origin, text: True, 0, site or receiver)
            receipt, note = self.pairs.receipts(source, self.clock)
            sent = Sent(sent.model._replace(receipt=receipt), sent.product._replace(receipt=note))
            self.under_way.append((sent, source.product))
            MET["bundle made"] += 1
            MET["several bundles under way"] += len(self.under_way) > 2
            if tail_first:
                self.apply_bundle(receiver, 0, 1, chance)

    @precondition(lambda self: self.under_way)
    @rule(role=ROLES, number=st.integers(0, 5), lost=st.integers(0, 3), chance=st.randoms())
    def apply_bundle(self, role: str, number: int, lost: int, chance: Random) -> None:
        if not self.is_there(role):
            return
        sent, source = self.under_way[-1 - number % len(self.under_way)]
        if self.sites[role].model.site == "W" and self.sites[role].model.scope:
            return  # made for somebody else: only what is made under a scope is applied under one
        if lost and sent.product.chunks:
            sent = self.pairs.without_first(sent, source, lost)
            MET["bundle tail applied"] += 1
        taken, outcomes = self.pairs.take(self.sites[role], sent, source, chance)
        MET.update({str(outcome): number for outcome, number in outcomes.items()})
        self.change(role, taken, "bundle applied")

    @precondition(lambda self: not self.gone and self.numbers > 12)
    @rule(late=st.booleans(), chance=st.randoms())
    def close(self, late: bool, chance: Random) -> None:
        """`late`: the site below has a fact that the closing does not know."""
        if self.sites["D"].model.own:
            self.append("D", "v" if late else "")
            if late and self.sites["X"].model.parent == "D":
                self.talk("X", "down", 10**6, False, chance)
            self.gone = True
            self.change("C", self.pairs.close(self.sites["C"], "D", "C"), "close")

    @precondition(lambda self: self.gone and bool(sites.parked_heads(self.sites["C"].product)))
    @rule()
    def admit(self) -> None:
        self.change("C", self.pairs.close(self.sites["C"], "D", "C"), "admit")

    @rule(role=st.sampled_from(["W", "X"]))
    def rehome(self, role: str) -> None:
        one, other = self.sites[role]
        if one.parent == "D" and (self.gone or (role == "W" and self.numbers > 6)):
            self.change(role, Pair(one._replace(parent="C"), other._replace(parent="C")), "rehome")

    @precondition(lambda self: self.scope < 3)
    @rule()
    def rescope(self) -> None:
        self.scope += 1
        MET["rescope"] += 1

    def teardown(self) -> None:
        """Everybody talks to everybody until nothing changes, and again when what is parked is admitted."""
        if self.gone:
            self.rehome("X")
        self.heal()
        if self.gone and sites.parked_heads(self.sites["C"].product):
            self.change("C", self.pairs.close(self.sites["C"], "D", "C"), "admit")
            self.heal()

    def heal(self) -> None:
        chance, before, rounds = Random(0), dict[str, Pair](), 0
        while before != self.sites and rounds < 8:
            before, rounds = dict(self.sites), rounds + 1
            for child in ("W", "W'", "X", "D"):
                if self.is_there(child) and self.is_there(self.sites[child].model.parent):
                    for way in ("up", "down"):
                        self.talk(child, way, 10**6, False, chance)
        MET["healed"] += before == self.sites


def run_machine(examples: int, steps: int) -> None:
    """Run so many histories, and more where a rare action was not met."""
    MET.clear()
    sites.forget_all()
    with proofs_made_once():
        for attempt in range(10):
            chosen = settings(
                max_examples=examples if attempt == 0 else examples // 2,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                derandomize=attempt == 0,
                phases=[Phase.generate],
            )
            run_state_machine_as_test(SideBySide, settings=chosen)
            if all(MET[what] for what in MUST_MEET):
                break
    assert [what for what in MUST_MEET if not MET[what]] == [], sorted(MET.items(), key=lambda each: each[1])


def test_the_product_does_what_the_model_does() -> None:
    run_machine(90, 40)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_product_does_what_the_model_does_in_many_histories() -> None:
    run_machine(120 * ROUNDS, 50)
    assert min(MET[what] for what in MUST_MEET) >= 2 * ROUNDS
