"""The model and the product side by side: the same actions on both, and what both say about it compared."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from shared.replica.counting import Closing
from shared.replica.runs import Head
from shared.replica.union import Outcome
from tests.replica import model, sites
from tests.replica.packing import pack_chunks
from tests.replica.sites import Message, Replica

KEYS = {site: f"key of {site}" for site in "WDCX"}
Visible = Callable[[str, str], bool]
"""Of (origin, stream), whether the receiver may see the fact."""


class Pair(NamedTuple):
    """One site, twice."""

    model: model.Replica
    product: Replica


class Sent(NamedTuple):
    """One message, twice."""

    model: model.Message
    product: Message


class Pairs:
    """Knows which head of the product each head of the model is."""

    def __init__(self) -> None:
        self.heads: dict[str, Head] = {}

    def to_product(self, heads: frozenset[model.Head]) -> frozenset[Head]:
        return frozenset(self.heads[head.root] for head in heads)

    def append(self, pair: Pair, text: str, new_epoch: str) -> Pair:
        by_model = model.append_fact(pair.model, text, KEYS[pair.model.site], new_epoch)
        by_product = sites.append_fact(pair.product, text, new_epoch)
        assert by_model.own
        assert by_product.own
        self.heads[by_model.own.root] = by_product.own
        assert by_model.own[:3] == (by_product.own.origin, by_product.own.epoch, by_product.own.seq)
        return Pair(by_model, by_product)

    def export(
        self, source: Pair, target: Pair | None, visible: Visible, scope: int, known: str = ""
    ) -> Sent:
        """The message for a target, or a bundle that begins at what the newest receipt of `known` covers."""
        if target is None:
            signed = frozenset(model.signed_by(source.model, known))
            assert self.to_product(signed) == sites.signed_by(source.product, known)
            by_model = model.export_message(
                source.model, signed, visible=lambda origin, fact: visible(origin, fact.text), scope=scope
            )
            by_product = sites.export_message(
                source.product,
                sites.signed_by(source.product, known),
                visible=lambda origin, state: visible(origin, sites.read_state(state).stream),
                scope_revision=scope,
            )
        else:
            by_model = self._export_model(source.model, target.model, visible, scope)
            by_product = self._export_product(source.product, target.product, visible, scope)
        self.compare_messages(by_model, by_product, source.product)
        by_note = {entry.checkpoint: entry.head for entry in source.product.entries}
        order = {by_note[chunk.header.checkpoint]: at for at, chunk in enumerate(by_product.chunks)}
        entries = sorted(by_model.entries, key=lambda entry: order[self.heads[entry.head.root]])
        return Sent(by_model._replace(entries=tuple(entries)), by_product)

    @staticmethod
    def _export_model(
        source: model.Replica, target: model.Replica, visible: Visible, scope: int
    ) -> model.Message:
        solid = {head.root for head in model.contiguous(source.entries)}
        bare = {entry.head.root for entry in target.entries}.difference(dict(target.payloads))
        return model.export_message(
            source,
            model.version_vector(target.entries),
            model.missing_heads(target, model.version_vector(source.entries)),
            target.targets,
            frozenset(bare & solid),  # the product proves nothing about what came early
            lambda origin, fact: visible(origin, fact.text),
            scope,
        )

    @staticmethod
    def _export_product(source: Replica, target: Replica, visible: Visible, scope: int) -> Message:
        return sites.export_message(
            source,
            sites.version_vector(target),
            sites.missing_heads(target, sites.version_vector(source)),
            target.targets,
            frozenset(entry.head for entry in target.entries).difference(dict(target.payloads)),
            lambda origin, state: visible(origin, sites.read_state(state).stream),
            scope,
        )

    def compare_messages(self, by_model: model.Message, by_product: Message, source: Replica) -> None:
        by_note = {entry.checkpoint: entry.head for entry in source.entries}
        sent = [by_note[chunk.header.checkpoint] for chunk in by_product.chunks]
        full = {by_note[c.header.checkpoint] for c in (*by_product.chunks, *by_product.fills) if c.payloads}
        assert len(sent) == len(set(sent))
        assert self.to_product(frozenset(entry.head for entry in by_model.entries)) == frozenset(sent)
        assert {self.heads[root] for root, _ in by_model.payloads} == full
        assert self.to_product(by_model.vector) == by_product.announced
        assert {self.heads[root] for root in by_model.withheld} == by_product.withheld
        assert self.to_product(by_model.lost) == by_product.lost

    def cut(self, sent: Sent, source: Replica, count: int) -> Sent:
        """The first so many entries of a message, in the order in which the product sends them."""
        chunks = sent.product.chunks[:count]
        by_note = {entry.checkpoint: entry.head for entry in source.entries}
        kept = {by_note[chunk.header.checkpoint] for chunk in chunks}
        gone = {by_note[chunk.header.checkpoint] for chunk in sent.product.chunks[count:]}
        return Sent(
            sent.model._replace(
                entries=tuple(e for e in sent.model.entries if self.heads[e.head.root] in kept),
                payloads=tuple(p for p in sent.model.payloads if self.heads[p[0]] not in gone),
            ),
            sent.product._replace(chunks=chunks),
        )

    def without_first(self, sent: Sent, source: Replica, count: int) -> Sent:
        """A bundle of which the beginning is lost."""
        by_note = {entry.checkpoint: entry.head for entry in source.entries}
        gone = {by_note[chunk.header.checkpoint] for chunk in sent.product.chunks[:count]}
        return Sent(
            sent.model._replace(
                entries=tuple(e for e in sent.model.entries if self.heads[e.head.root] not in gone),
                payloads=tuple(p for p in sent.model.payloads if self.heads[p[0]] not in gone),
            ),
            sent.product._replace(chunks=sent.product.chunks[count:]),
        )

    def take(self, pair: Pair, sent: Sent, source: Replica, chance: Random) -> tuple[Pair, Counter[Outcome]]:
        """Import a message into both; the product in chunks of several entries."""
        by_model, met = model.import_message(pair.model, sent.model, KEYS)
        packed = sent.product._replace(chunks=pack_chunks(source, sent.product.chunks, chance))
        by_product, outcomes = sites.import_message(pair.product, packed)
        assert met == outcomes, (met, outcomes)
        return Pair(by_model, by_product), met

    def receipts(self, issuer: Pair, now: int) -> tuple[model.Receipt, str]:
        by_model = model.issue_receipt(issuer.model, now, KEYS[issuer.model.site])
        note = sites.issue_receipt(issuer.product, now)
        assert self.to_product(by_model.vector) == sites.open_receipt(note).heads
        return by_model, note

    def close(self, pair: Pair, origin: str, custodian: str) -> Pair:
        last = frozenset(h for h in model.version_vector(pair.model.entries) if h.origin == origin)
        by_model = pair.model.closings | {model.Closing(origin, custodian, last)}
        by_product = pair.product.closings | {Closing(origin, custodian, self.to_product(last))}
        return Pair(
            pair.model._replace(closings=by_model), pair.product._replace(closings=frozenset(by_product))
        )

    def compare(self, pair: Pair) -> None:
        """All that both say about one site."""
        one, other = pair
        assert self.to_product(frozenset(e.head for e in one.entries)) == {e.head for e in other.entries}
        assert self.to_product(frozenset(model.contiguous(one.entries))) == sites.solid_heads(other)
        assert self.to_product(model.version_vector(one.entries)) == sites.version_vector(other)
        assert self.to_product(model.quarantined_heads(one.entries)) == sites.quarantined_heads(other)
        assert self.to_product(model.parked_heads(one)) == sites.parked_heads(other)
        assert self.to_product(model.delivered_heads(one)) == sites.delivered_heads(other)
        assert self.to_product(one.targets) == other.targets
        assert self.to_product(one.lost) == other.lost
        assert one.scope == other.scope
        forks = {(origin, epoch, seq) for (origin, epoch), seq in model.find_forks(one.entries).items()}
        assert forks == {(log.origin, epoch, seq) for log, epoch, seq in sites.find_forks(other)}
        branches = {(log.origin, epoch) for log, epoch in sites.find_branches(other)}
        assert model.find_branches(one.entries) == branches
        facts = [(self.heads[head.root], fact.text, fact.lamport) for head, fact in model.counted_facts(one)]
        assert facts == [(h, said.stream, said.lamport) for h, said in sites.counted_facts(other)]
        assert {self.heads[root] for root, _ in one.payloads} == {head for head, _ in other.payloads}
        kept = {(r.issuer, sites.instant(r.issued_at), self.to_product(r.vector)) for r in one.receipts}
        assert kept == {(r.issuer, r.issued_at, r.heads) for r in other.receipts}
        self.compare_gaps(one, other)

    def compare_gaps(self, one: model.Replica, other: Replica) -> None:
        """Both name a gap before the same early entries. Inside an epoch the product names exactly what is missing;
        across epochs it counts the line, for it believes no sender about what an epoch follows."""
        found = {(log.origin, gap.epoch, gap.last): gap for log, gap in sites.find_gaps(other) if gap.epoch}
        inside = {
            (entry.head.origin, entry.head.epoch, entry.head.seq - 1)
            for entry in one.entries
            if entry.previous
            and entry.head.seq > 1
            and entry.previous not in {each.head for each in one.entries}
        }
        assert inside == found.keys()
        by_model = {
            (origin, epoch, last): first for origin, epoch, first, last in model.find_gaps(one.entries)
        }
        held = {each.head[:3] for each in one.entries}
        for (origin, epoch, last), gap in found.items():
            assert by_model[origin, epoch, last] <= gap.first <= last
            assert not any((origin, epoch, seq) in held for seq in range(gap.first, last + 1))
        here = {each.head for each in one.entries}
        across = any(e.previous and e.head.seq == 1 and e.previous not in here for e in one.entries)
        assert across == any(not gap.epoch for _, gap in sites.find_gaps(other))

    def compare_lost(self, pair: Pair, peer: str, target: Pair) -> bool:
        """What a neighbour signed for and has no more, by its present vector."""
        by_model = model.lost_by(pair.model, peer, model.version_vector(target.model.entries))
        by_product = sites.lost_by(pair.product, peer, sites.version_vector(target.product))
        assert self.to_product(by_model) == by_product
        return bool(by_model)
