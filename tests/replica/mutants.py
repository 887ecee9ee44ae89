"""Bugs that an implementer could well make in the replica core, one at a time. Those that concern what a site does with
several answers of the core, or the writer of its own log, are planted in the sites of these tests."""

from collections.abc import Callable
from typing import Any

from tests.replica import test_checkpoints, test_chunks, test_import_table
from tests.replica.explorer import Explorer
from tests.replica.worlds import WORLDS
from tests.seeded.seed import Seed


class Explores:
    """Fails where an invariant of a world is broken. `less`: what of the world is made smaller, to find it sooner."""

    def __init__(self, name: str, **less: Any) -> None:
        [world] = [world for world in WORLDS if world.name == name]
        self.world, self.is_smaller = world._replace(**less), bool(less)

    def __call__(self, limit: int = 6000) -> None:
        broken = Explorer(self.world).run(limit)
        assert broken == [], broken

    def __str__(self) -> str:
        return f"a smaller world {self.world.name}" if self.is_smaller else f"world {self.world.name}"


def mutant(name: str, finder: str | Callable[[], object], *edits: tuple[str, str, str]) -> Seed:
    return Seed(name, edits, (Explores(finder) if isinstance(finder, str) else finder,))


MUTANTS = [
    mutant(
        "a gap is not noticed",
        "gap",
        ("shared.replica.union:_mark_solid", "solid = run.solid or follows(", "solid = True or follows("),
    ),
    mutant(
        "an epoch may begin without what it continues",
        Explores("bundle", appends={"W": 2}, budget={"bundle": 1, "restart": 1}),
        (
            "shared.replica.union:_mark_solid",
            "run.solid or follows",
            "run.solid or run.first == 1 or follows",
        ),
    ),
    mutant(
        "the signature is not checked",
        "bundle",
        (
            "shared.replica.checkpoints:open_checkpoint",
            "parse_checkpoint(verify_note(note, keys))",
            'parse_checkpoint(note.rpartition("\\n\\n")[0] + "\\n")',
        ),
    ),
    mutant(
        "the root is not computed, only its signature checked",
        "bundle",
        (
            "shared.replica.proof:prove_chunk",
            "if middle.merge(right).root() != checkpoint.root:",
            "if False:",
        ),
    ),
    mutant(
        "a payload is not compared with the place that it names",
        test_chunks.test_a_payload_is_at_the_place_that_it_names,
        ("shared.replica.proof:_check_coordinates", "if envelope.seq != seq:", "if False:"),
    ),
    mutant(
        "what does not follow the entry before it is taken",
        test_import_table.test_row_1_what_is_not_genuine_changes_nothing,
        ("shared.replica.importing:_check_link", "if before is None:", "if True:"),
    ),
    mutant(
        "the first wins: the other side of a fork is dropped as a repeat",
        "clone",
        (
            "shared.replica.union:add_run",
            "for first, last in _complement(new, shared)]",
            "for first, last in _complement(new, shared)"
            " if not _clashes(log.runs, _cut(new, first, last, new, roots))]",
        ),
    ),
    mutant(
        "the last wins: the other side of a fork takes the place",
        "clone",
        (
            "shared.replica.union:add_run",
            "for run in log.runs for part",
            "for run in log.runs if not any(_clashes([run], each) for each in pieces) for part",
        ),
    ),
    mutant(
        "the vector is compared by numbers, without roots",
        "clone",
        (
            "shared.replica.exchange:missing_heads",
            "not is_solid(log, head, roots)",
            "not any(r.solid and r.epoch == head.epoch and r.first <= head.seq <= r.last for r in log.runs)",
        ),
    ),
    mutant(
        "the vector is kept by origin, without epochs",
        "restore",
        (
            "shared.replica.exchange:missing_heads",
            "not is_solid(log, head, roots)",
            "head.seq > max((run.last for run in log.runs if run.solid), default=0)",
        ),
    ),
    mutant(
        "what came early counts as held in the vector",
        "bundle",
        (
            "shared.replica.exchange:vector_of",
            "solid_coverage(log)",
            "{run: run.last for run in log.runs}",
        ),
    ),
    mutant(
        "a restored site goes on in its old epoch",
        "refill",
        (
            "tests.replica.sites:append_fact",
            "epoch = replica.epoch or new_epoch",
            "epoch = replica.epoch or (replica.own.epoch if replica.own else new_epoch)",
        ),
    ),
    mutant(
        "one side of a fork goes on counting",
        "clone",
        (
            "shared.replica.parted_lines:coverage_without_forks",
            "forks.get(run.epoch, run.last + 1) - 1",
            "forks.get(run.epoch, run.last + 1)",
        ),
    ),
    mutant(
        "what was written after a fork, in a later epoch, goes on counting",
        "clone",
        (
            "shared.replica.parted_lines:coverage_without_forks",
            "if not run.solid or (run.position and run.before not in ends):",
            "if not run.solid:",
        ),
    ),
    mutant(
        "a receipt states what is in quarantine",
        "clone",
        (
            "shared.replica.receipts:receipt_heads",
            "accepted_coverage(log, LogJudgement(says.settled, (), says.trusted), roots)",
            "{run: run.last for run in log.runs if run.solid}",
        ),
    ),
    mutant(
        "what was sent is shown as delivered",
        "line",
        (
            "shared.replica.receipts:delivered_coverage",
            "coverage_of(log, signed_heads(receipts, parent), roots)",
            "{run: run.last for run in log.runs if run.solid}",
        ),
    ),
    mutant(
        "anybody's receipt makes a fact delivered",
        "rehome",
        ("shared.replica.receipts:signed_heads", "if receipt.issuer == issuer ", ""),
    ),
    mutant(
        "a receipt is matched by numbers, without roots",
        "clone",
        (
            "shared.replica.coverage:coverage_of",
            " and root_at(run, head.seq, roots) == head.root",
            "",
        ),
    ),
    mutant(
        "an old receipt takes the place of a newer one",
        Explores("gap", appends={"W": 2}, cuts=False),
        (
            "shared.replica.receipts:newer_receipt",
            "if old.issued_at > new.issued_at or covers(old, new):",
            "if old.issued_at == new.issued_at and covers(old, new):",
        ),
    ),
    mutant(
        "only what no receipt covers is sent, whatever the vector says now",
        "restore",
        (
            "tests.replica.sites:export_message",
            "exchange.parts_to_send(log, receiver,",
            "exchange.parts_to_send(log, receiver | {h for r in replica.receipts for h in r.heads},",
        ),
    ),
    mutant(
        "own facts are never taken back from others",
        "restore",
        (
            "tests.replica.sites:import_message",
            "for chunk in message.chunks:",
            "for chunk in (c for c in message.chunks if c.header.origin != replica.site):",
        ),
    ),
    mutant(
        "the lamport time of others is not heard",
        "line",
        ("shared.replica.envelopes:raise_lamport", "max(lamport, counted)", "lamport"),
    ),
    mutant(
        "facts are folded by origin, not in the total order",
        "line",
        ("shared.replica.counting:total_order", "fact.lamport, fact.origin", "0, fact.origin"),
    ),
    mutant(
        "a first synchronisation is shown as it comes",
        "first",
        (
            "shared.replica.counting:is_complete",
            "return all(target.origin != origin for target in targets)",
            "return True",
        ),
    ),
    mutant(
        "a relay passes on what it has so far as if it were all",
        "first",
        (
            "shared.replica.exchange:announced_heads",
            "return frozenset(targets) | {head for head in vector if head.origin not in filling}",
            "return frozenset(vector)",
        ),
    ),
    mutant(
        "a target that was lost with a restored disk is waited for for ever",
        "refill",
        ("shared.replica.exchange:next_targets", "head not in lost and ", ""),
    ),
    mutant(
        "what a closed site wrote afterwards counts",
        Explores("rehome", appends={"D": 2}),
        (
            "shared.replica.counting:accepted_coverage",
            "if any(closing.origin == log.id.origin for closing in says.closings):",
            "if False:",
        ),
    ),
    mutant(
        "an old bundle brings back what the scope withholds now",
        Explores("scope", appends={"D": 2}, cuts=False, lost_replies=False),
        (
            "shared.replica.scope:takes_payloads",
            "return made_under == 0 or made_under >= known",
            "return True",
        ),
    ),
    mutant(
        "a site's own facts come back to it as stubs",
        "relay",
        ("shared.replica.scope:owner_of", "return head.origin", 'return ""'),
    ),
    mutant(
        "what the higher level does not send as visible is dropped",
        "relay",
        (
            "tests.replica.sites:import_message",
            "kept = dict(replica.payloads) | payloads",
            "old = {h: s for h, s in replica.payloads if not message.scope or h.origin == replica.site}\n"
            "        kept = old | payloads",
        ),
    ),
    mutant(
        "stubs are not filled when the scope grows",
        "scope",
        ("tests.replica.sites:export_message", "for head in bare & states.keys()", "for head in ()"),
    ),
    mutant(
        "nothing is withdrawn when the scope shrinks",
        Explores("scope", appends={"D": 2}, cuts=False, lost_replies=False),
        (
            "shared.replica.scope:allowed_withdrawals",
            "return frozenset(head for head in withheld if head.origin != site)",
            "return frozenset()",
        ),
    ),
    mutant(
        "a lower level takes away what it may not send up",
        "rehome",
        ("shared.replica.scope:withdrawals", "if scope else frozenset()", ""),
        (
            "shared.replica.scope:allowed_withdrawals",
            "if not made_under or not takes_payloads",
            "if not takes_payloads",
        ),
    ),
    mutant(
        "a site's receipt is believed in another's name",
        test_checkpoints.test_a_receipt_counts_for_its_issuer_alone,
        ("shared.replica.receipts:open_receipt", " if key.name == key_name(receipt.issuer)", ""),
    ),
    mutant(
        "the epoch of stubs is the sender's word",
        test_chunks.test_the_epoch_of_stubs_is_the_word_of_the_origin,
        ("shared.replica.proof:_check_coordinates", "if not vouched:", "if False:"),
    ),
    mutant(
        "a log has a run for each chunk that came",
        test_import_table.test_row_4_what_follows_counts,
        ("shared.replica.union:_join", "followers[run.before] > 1", "followers[run.before] > 0"),
    ),
    mutant(
        "a narrower scope takes a site's own facts from it",
        "scope",
        ("shared.replica.scope:allowed_withdrawals", " if head.origin != site", ""),
    ),
]
