"""Exhaustive exploration of a small world: every interleaving of a few facts, exchanges and faults.

In every state all invariants hold, and from every state healing reaches a fixed point at which all say the same.
"""

import base64
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from shared.eventlog.merkle import EMPTY_ROOT, hash_leaf
from shared.eventlog.signed_notes import verify_note
from shared.replica.counting import Closing
from shared.replica.runs import Head
from tests.replica import sites
from tests.replica.proof_cache import proofs_made_once
from tests.replica.sites import KEYS, Entry, Message, Replica
from tests.replica.tampering import tampered, without_first
from tests.replica.worlds import World


class State(NamedTuple):
    sites: tuple[Replica | None, ...]
    budget: tuple[tuple[str, int], ...]
    bundle: Message | None = None
    backup: tuple[int, Replica] | None = None
    clock: int = 0
    restored: tuple[int, ...] = ()
    """When each site was last restored."""
    delivered: frozenset[Head] = frozenset()
    """All that was ever shown as delivered, in worlds with one restore."""
    epochs: int = 0
    gone: frozenset[str] = frozenset()
    scope: int = 1
    promised: frozenset[tuple[str, Head]] = frozenset()
    """What a role must reach before it may show an origin: taken from the sites themselves, not from what they say."""


Step = tuple[str, State, Counter[str]]
Session = tuple[str, Replica, Replica, Counter[str]]
SCOPES: Mapping[int, str] = {1: "u", 2: "uv", 3: "v"}
"""Units that a filtered site may see, by revision of its scope. The stream of a fact begins with its unit."""


class Broken(Exception):
    """An invariant does not hold."""


class Explorer:
    def __init__(self, world: World) -> None:
        self.world = world
        self.index = {role: number for number, role in enumerate(world.roles)}
        self.healed: set[object] = set()
        self.checked: set[Replica] = set()
        self.genuine: set[tuple[Entry, tuple[bytes, ...]]] = set()
        self.sessions: dict[object, list[Session]] = {}
        self.met: Counter[str] = Counter()
        self.states = self.transitions = self.depth = 0

    def start(self) -> State:
        replicas = tuple(
            None if role == "W'" else Replica(role, self.world.parents.get(role, ""))
            for role in self.world.roles
        )
        budget = {f"append {role}": times for role, times in self.world.appends.items()} | dict(
            self.world.budget
        )
        return State(replicas, tuple(budget.items()), restored=(0,) * len(replicas))

    def run(self, limit: int = 2_000_000) -> list[str]:
        """The labels of a shortest path to a broken invariant, which is the last of them; empty when there is none."""
        sites.forget_all()
        with proofs_made_once():
            return self._run(limit)

    def _run(self, limit: int) -> list[str]:
        first = self.start()
        came: dict[int, tuple[int, str]] = {hash(first): (0, "")}
        queue = deque([(first, hash(first), 0)])
        while queue:
            state, here, depth = queue.popleft()
            self.states, self.depth = self.states + 1, max(self.depth, depth)
            if self.states > limit:
                return []
            try:
                self.check(state)
                for label, after, outcomes in self.steps(state):
                    self.transitions += 1
                    self.met.update(outcomes)
                    self.met[label.split()[0]] += 1
                    if (there := hash(after)) not in came:
                        came[there] = (here, label)
                        queue.append((after, there, depth + 1))
            except Broken as broken:
                return [*path(came, here), str(broken)]
        return []

    # What may happen

    def steps(self, state: State) -> Iterator[Step]:
        left = dict(state.budget)
        for role in self.world.roles:
            if state.sites[self.index[role]] is not None and role not in state.gone:
                yield from self.appended(state, role, left)
                yield from self.lifecycle(state, role, left)
        for child, parent in self.open_links(state):
            for way in ("up", "down") if child not in self.world.offline else ():
                yield from self.exchanged(state, child, parent, way)
        yield from self.bundled(state, left)
        yield from self.governed(state, left)

    def site(self, state: State, role: str) -> Replica:
        site = state.sites[self.index[role]]
        assert site is not None
        return site

    def open_links(self, state: State) -> Iterator[tuple[str, str]]:
        for role, site in zip(self.world.roles, state.sites, strict=True):
            if site is not None and site.parent and not {role, site.parent} & state.gone:
                yield role, site.parent

    def appended(self, state: State, role: str, left: Mapping[str, int]) -> Iterator[Step]:
        if left.get(f"append {role}"):
            site = self.site(state, role)
            number = dict(self.world.appends)[role] - left[f"append {role}"] + 1
            unit = "uv"[number % 2] if self.world.budget.get("rescope") else "u"
            new = sites.append_fact(site, f"{unit}{role}{number}", f"e{state.epochs + 1}")
            seen, facts = sites.counted_facts(site), sites.counted_facts(new)
            if new.own in dict(facts) and len(facts) != len(seen) + 1:
                raise Broken("a fact replaced another")
            if new.own in dict(facts) and facts[-1][0] != new.own:
                raise Broken(f"append {role}: a fact sorts before one that was seen when it was made")
            opened = state._replace(epochs=state.epochs + (site.epoch == ""))
            yield f"append {role}", self.after(opened, role, new, f"append {role}"), Counter()

    def lifecycle(self, state: State, role: str, left: Mapping[str, int]) -> Iterator[Step]:
        number, site = self.index[role], self.site(state, role)
        if left.get("restart") and site.epoch:
            yield (
                f"restart {role}",
                self.after(state, role, site._replace(epoch=""), "restart"),
                Counter(),
            )
        if left.get("restore"):
            if state.backup is None:
                yield f"backup {role}", state._replace(backup=(number, site)), Counter()
            elif state.backup[0] == number and state.backup[1] != site:
                restored = tuple(
                    state.clock + 1 if n == number else at for n, at in enumerate(state.restored)
                )
                back = self.after(state, role, state.backup[1]._replace(epoch=""), "restore", backwards=True)
                back = back._replace(backup=None, clock=state.clock + 1, restored=restored)
                yield f"restore {role}", back, Counter()
        if role == "W" and left.get("clone"):
            yield "clone W", self.after(state, "W'", site, "clone"), Counter()

    def exchanged(self, state: State, child: str, parent: str, way: str) -> Iterator[Step]:
        """A child gives or takes, cut after the first entry or not; the parent's receipt comes with the answer."""
        lower, upper = self.site(state, child), self.site(state, parent)
        below = self.below(state, lower.site) if way == "up" else frozenset()
        key = (lower, upper, way, state.clock, state.scope, below)
        if key not in self.sessions:
            self.sessions[key] = list(self.session(state, lower, upper, way, below))
        if self.world.first:
            state = state._replace(promised=state.promised | self.promises(state, child, parent, way))
        for label, given, taken, met in self.sessions[key]:
            after = self.after(self.after(state, child, given), parent, taken)
            yield f"{way} {child}-{parent} {label}", after, met

    def below(self, state: State, site: str) -> frozenset[str]:
        """A site and all under it."""
        children = {each.site for each in state.sites if each is not None and each.parent == site}
        return frozenset({site}).union(*(self.below(state, child) for child in children))

    def promises(self, state: State, child: str, parent: str, way: str) -> frozenset[tuple[str, Head]]:
        sender, receiver = (child, parent) if way == "up" else (parent, child)
        source, target = self.site(state, sender), self.site(state, receiver)
        begun = {e.head.origin for e in target.entries} | {
            head.origin for role, head in state.promised if role == receiver
        }
        held = solid_by_links(source.entries)
        pending = {head for role, head in state.promised if role == sender and head not in held}
        filling = {head.origin for head in pending}
        whole = {head for head in line_ends(source.entries) if head.origin not in filling}
        return frozenset((receiver, head) for head in pending | whole if head.origin not in begun)

    def session(
        self, state: State, lower: Replica, upper: Replica, way: str, below: frozenset[str]
    ) -> Iterator[Session]:
        source, target = (lower, upper) if way == "up" else (upper, lower)
        message = self.message(state, source, target, way, below)
        total = len(message.chunks)
        for count in {total, 1} if self.world.cuts and total else {total}:
            part = message._replace(chunks=message.chunks[:count])
            if way == "down":
                part = part._replace(receipt=self.receipt(state, source))
            new, outcomes = sites.import_message(target, part)
            met = Counter({str(outcome): number for outcome, number in outcomes.items()})
            met["cut"] += count < total
            met["own tail pulled back"] += any(c.header.origin == target.site for c in part.chunks)
            met["target given up"] += bool(part.lost)
            met["stub filled or withdrawn"] += new.payloads != target.payloads and not part.chunks
            if way == "down":
                yield f"{count}/{total}", new, source, met
                continue
            vector = sites.version_vector(target)
            met["parent went back"] += bool(sites.lost_by(source, target.site, vector))
            if self.world.lost_replies:
                lost_reply = met + Counter({"reply lost": 1})
                yield f"{count}/{total} reply-lost", source, new, lost_reply
            answered = sites.keep_receipt(source, self.receipt(state, new))
            yield f"{count}/{total}", answered, new, met

    def receipt(self, state: State, site: Replica) -> str:
        note = sites.issue_receipt(site, state.clock)
        places = Counter((e.head.log, e.head.epoch, e.head.seq) for e in site.entries)
        covered = sites.with_predecessors(site, sites.open_receipt(note).heads)
        if any(places[head.log, head.epoch, head.seq] > 1 for head in covered):
            raise Broken(f"{site.site} signs for what it holds in quarantine")
        return note

    def message(
        self, state: State, source: Replica, target: Replica, way: str, below: frozenset[str]
    ) -> Message:
        """Upwards goes what was written at or below the sender, and what the receiver wrote or keeps for a closed site:
        the facts of others it has, or may not have, from above."""
        vector = sites.version_vector(target)
        wanted = sites.missing_heads(target, sites.version_vector(source))
        bare = frozenset(entry.head for entry in target.entries).difference(dict(target.payloads))
        scope = state.scope if way == "down" and self.is_filtered(target.site) else 0
        visible = visible_in(scope, target.site) if scope else visible_to_all
        if way == "up":
            kept = {closing.origin for closing in target.closings if closing.custodian == target.site}
            visible = written_by(below | kept | {target.site})
        return sites.export_message(source, vector, wanted, target.targets, bare, visible, scope)

    def is_filtered(self, site: str) -> bool:
        return bool(self.world.budget.get("rescope")) and site == self.world.filtered

    def bundled(self, state: State, left: Mapping[str, int]) -> Iterator[Step]:
        if state.bundle is None:
            for sender, receiver in self.world.carried if left.get("bundle") else ():
                source = self.site(state, sender)
                if sender in state.gone:
                    continue
                known = sites.signed_by(source, receiver)
                bundle = sites.export_message(source, known)
                if self.world.budget.get("rescope"):
                    visible = visible_in(state.scope, receiver)
                    bundle = sites.export_message(source, known, visible=visible, scope_revision=state.scope)
                bundle = bundle._replace(receipt=self.receipt(state, source))
                if bundle.chunks:
                    made = state._replace(bundle=bundle)
                    yield f"make {sender}>{receiver}", self.after(made, "", None, "bundle"), Counter()
            return
        yield "lose bundle", state._replace(bundle=None), Counter()
        issuer = sites.open_receipt(state.bundle.receipt).issuer
        for role in self.world.applied:
            site = state.sites[self.index[role]]
            for name, bundle in {"apply": state.bundle, "apply-tail": without_first(state.bundle)}.items():
                if site is not None and role not in state.gone and (name == "apply" or bundle.chunks):
                    new, outcomes = sites.import_message(site, bundle)
                    met = Counter({str(outcome): number for outcome, number in outcomes.items()})
                    brought = sites.open_receipt(bundle.receipt)
                    met["old receipt passed over"] += brought not in new.receipts and site.parent == issuer
                    yield f"{name} {role}", self.after(state, role, new), met

    def governed(self, state: State, left: Mapping[str, int]) -> Iterator[Step]:
        """What the registry says: re-homing, closing with custody, admitting what came late, another scope."""
        last_role, top = self.world.roles[-1], state.sites[-1]
        assert top is not None
        last = frozenset(head for head in line_ends(top.entries) if head.origin == "D")
        closed = top._replace(closings=top.closings | {Closing("D", "C", last)})
        if left.get("close"):
            after = self.after(state._replace(gone=state.gone | {"D"}), last_role, closed, "close")
            yield "close D", after, Counter()
        if "D" in state.gone and left.get("admit") and sites.parked_heads(top):
            yield "admit D", self.after(state, last_role, closed, "admit"), Counter({"parked": 1})
        if left.get("rehome"):
            moved = self.site(state, "W")._replace(parent="C")
            yield "rehome W", self.after(state, "W", moved, "rehome"), Counter()
        if left.get("rescope"):
            grown = state._replace(scope=state.scope + 1)
            yield "rescope", self.after(grown, "", None, "rescope"), Counter()

    def after(
        self, state: State, role: str, site: Replica | None, spent: str = "", backwards: bool = False
    ) -> State:
        """The state with one site changed. Nothing that a site has is overwritten, but by a restore."""
        replicas = list(state.sites)
        if role and site:
            old = replicas[self.index[role]]
            if old is not None and not backwards:
                if not old.entries <= site.entries:
                    raise Broken(f"{role}: an entry was overwritten or dropped")
                since = {receipt.issuer: receipt.issued_at for receipt in old.receipts}
                if any(r.issued_at < since.get(r.issuer, "") for r in site.receipts):
                    raise Broken(f"{role}: an old receipt took the place of a newer one")
            replicas[self.index[role]] = site
        budget = tuple((name, times - (name == spent)) for name, times in state.budget)
        new = state._replace(sites=tuple(replicas), budget=budget)
        if self.world.budget.get("rescope") and not backwards:
            before, now = ({p[0] for s in each.sites if s for p in s.payloads} for each in (state, new))
            if not before <= now:
                raise Broken("the last copy of a fact was withdrawn")
        if self.world.budget.get("restore") == 1 and role == "W" and site and not backwards:
            new = new._replace(delivered=new.delivered | sites.delivered_heads(site))
        return new

    # What must hold

    def check(self, state: State) -> None:
        for role, site in zip(self.world.roles, state.sites, strict=True):
            if site is None:
                continue
            if site not in self.checked:
                check_site(role, site, self.genuine)
                self.checked.add(site)
            shown = {head.origin for head, _ in sites.counted_facts(site)} if self.world.first else set[str]()
            held = solid_by_links(site.entries)
            if any(by == role and h.origin in shown and h not in held for by, h in state.promised):
                raise Broken(f"{role} shows a part of a log as if it were all")
        for child, site in zip(self.world.roles, state.sites, strict=True):
            if site is None or not site.parent:
                continue
            restored = sites.instant(state.restored[self.index[site.parent]])
            fresh = all(r.issued_at >= restored for r in site.receipts if r.issuer == site.parent)
            above = solid_by_links(self.site(state, site.parent).entries)
            if fresh and not sites.delivered_heads(site) <= above:
                raise Broken(f"{child} shows as delivered what {site.parent} does not have")
        present = {head for site in state.sites if site for head in solid_by_links(site.entries)}
        if not state.delivered <= present:
            raise Broken("what was shown as delivered is nowhere after one restore")
        if state.bundle is not None:
            self.check_tampered(state, state.bundle)
        if self.world.budget.get("rescope"):
            self.check_scope(state)
        self.heal(state)

    def check_tampered(self, state: State, bundle: Message) -> None:
        site = self.site(state, self.world.applied[0])
        for kind, forged, honest in tampered(bundle):
            new, _ = sites.import_message(site, Message(chunks=(forged,)))
            self.met[f"tampered {kind}"] += 1
            if new != site and new != sites.import_message(site, Message(chunks=honest))[0]:
                raise Broken(f"a bundle with another {kind} was taken")

    def check_scope(self, state: State) -> None:
        role = self.world.filtered
        site = self.site(state, role)
        states, allowed = dict(site.payloads), visible_in(max(site.scope, 1), role)
        from_above = [head for head in states if head.origin == self.world.roles[-1]]
        if any(not allowed("", states[head]) for head in from_above):
            raise Broken(f"{role} keeps a fact that its scope withholds")
        greedy = Message(scope=99, withheld=frozenset(entry.head for entry in site.entries))
        kept = dict(sites.import_message(site, greedy)[0].payloads)
        if any(head.origin == role and head not in kept for head in states):
            raise Broken(f"a higher level can take from {role} what it wrote itself")

    def heal(self, state: State) -> None:
        """All lines up and nobody writes: everybody ends with all that anybody had, and says the same."""
        if "D" in state.gone and self.site(state, "W").parent == "D":
            moved = self.site(state, "W")._replace(parent="C")
            state = state._replace(sites=(moved, *state.sites[1:]))
        while (key := (state.sites, state.gone, state.scope)) not in self.healed:
            self.healed.add(key)
            before = state
            for child, parent in self.open_links(state):
                for way in ("up", "down"):
                    *_, (_, state, _) = self.exchanged(state, child, parent, way)
            if self.alive_entries(state) != self.alive_entries(before):
                raise Broken("an exchange lost or invented an entry")
            if state.sites == before.sites:
                self.check_healed(state)

    def alive(self, state: State) -> list[Replica]:
        roles = zip(self.world.roles, state.sites, strict=True)
        return [site for role, site in roles if site is not None and role not in state.gone]

    def alive_entries(self, state: State) -> frozenset[Entry]:
        return frozenset[Entry]().union(*(site.entries for site in self.alive(state)))

    def check_healed(self, state: State) -> None:
        everything, alive = self.alive_entries(state), self.alive(state)
        for site in alive:
            if solid_by_links(site.entries) != solid_by_links(everything):
                raise Broken(f"{site.site} does not have all that somebody had after everybody exchanged")
            own = {head for head in solid_by_links(site.entries) if head.origin == site.site}
            solid = without_early(site)
            if site.parent and sites.delivered_heads(site) != own - sites.quarantined_heads(solid):
                raise Broken(f"{site.site} does not see its facts delivered after everybody exchanged")
            if site.targets:
                raise Broken(f"{site.site} never completes its first synchronisation")
        filtered = self.world.filtered if self.world.budget.get("rescope") else ""
        said = {verdict(s) for s in alive if not filtered or filtered not in (s.site, s.parent)}
        if len(said) > 1:
            raise Broken("two sites with the same entries answer differently")
        if filtered:
            top = state.sites[-1]
            assert top is not None
            visible = visible_in(state.scope, filtered)
            allowed = {head for head, fact in top.payloads if visible(head.origin, fact)}
            if dict(self.site(state, filtered).payloads).keys() != allowed:
                raise Broken(f"{filtered} does not have exactly what its scope lets through")
        if any(sites.find_forks(site) for site in alive) and not self.world.budget.get("clone"):
            raise Broken("a fork where nothing was cloned")
        self.met["healed"] += 1
        self.met["healed with a fork"] += any(sites.find_forks(site) for site in alive)
        self.met["healed with a branch"] += any(sites.find_branches(site) for site in alive)
        self.met["healed with a gap"] += any(sites.find_gaps(site) for site in alive)
        self.met["healed with a parked fact"] += any(sites.parked_heads(site) for site in alive)


def path(came: Mapping[int, tuple[int, str]], at: int) -> list[str]:
    labels = []
    while came[at][1]:
        at, label = came[at]
        labels.append(label)
    return labels[::-1]


def visible_in(scope: int, receiver: str) -> Callable[[str, bytes], bool]:
    """What a receiver may see: its own facts always, else those about the units of its scope."""
    return lambda origin, state: origin == receiver or sites.read_state(state).stream[0] in SCOPES[scope]


def visible_to_all(origin: str, state: bytes) -> bool:
    return True


def written_by(origins: frozenset[str]) -> Callable[[str, bytes], bool]:
    return lambda origin, state: origin in origins


def verdict(site: Replica) -> object:
    solid = without_early(site)
    return (
        sites.counted_facts(site),
        sites.find_forks(solid),
        sites.find_branches(solid),
        sites.parked_heads(site),
    )


# By their meaning, not by the functions under test


def solid_by_links(entries: frozenset[Entry]) -> frozenset[Head]:
    """The entries with everything before them, by following each link back."""
    found = sites.by_root(entries)
    return frozenset(entry.head for entry in entries if is_linked(entry, found))


def is_linked(entry: Entry, found: Mapping[bytes, Entry]) -> bool:
    while entry.before != EMPTY_ROOT:
        if entry.before not in found:
            return False
        entry = found[entry.before]
    return True


def line_ends(entries: frozenset[Entry]) -> frozenset[Head]:
    solid = solid_by_links(entries)
    held = [entry for entry in entries if entry.head in solid]
    followed = {entry.before for entry in held}
    return frozenset(entry.head for entry in held if entry.head.root not in followed)


def without_early(site: Replica) -> Replica:
    """The site without what it could not link yet, which a healed neighbour need not have."""
    logs = (log.__class__(log.id, tuple(run for run in log.runs if run.solid)) for log in site.logs)
    return site._replace(logs=tuple(logs))


def check_site(role: str, site: Replica, genuine: set[tuple[Entry, tuple[bytes, ...]]]) -> None:
    """What counts is genuine, whole and of one line. `genuine`: what was found to be, for the next site."""
    found, places = sites.by_root(site.entries), Counter((e.head.epoch, e.head.seq) for e in site.entries)
    targets = {target.origin for target in site.targets}
    for entry in site.entries:
        leaves = sites.leaves_before(site.entries, entry.head.root) if is_linked(entry, found) else ()
        if (entry, leaves) not in genuine and not is_genuine(entry, leaves):
            raise Broken(f"{role} took an entry that is not genuine")
        genuine.add((entry, leaves))
    if sites.solid_heads(site) != solid_by_links(site.entries):
        raise Broken(f"{role} takes as whole what is not, or the reverse")
    if site.logs != sites.logs_made_again(site.entries):
        raise Broken(f"{role} holds the same entries in other runs when they come in another order")
    for head, _ in sites.counted_facts(site):
        at = found[head.root]
        if hash_leaf(dict(site.payloads)[head]) != at.leaf:
            raise Broken(f"{role} counts a fact that its origin did not sign")
        if head.origin in targets:
            raise Broken(f"{role} shows {head.origin} before its first synchronisation is complete")
        last = {h for closing in site.closings if closing.origin == head.origin for h in closing.last}
        if last and not any(is_before(head, each, found) for each in last):
            raise Broken(f"{role} counts what a closed site wrote beyond its last head")
        while True:
            if places[at.head.epoch, at.head.seq] > 1:
                raise Broken(f"{role} counts a fact on one side of a fork")
            if at.before == EMPTY_ROOT:
                break
            if at.before not in found:
                raise Broken(f"{role} counts a fact that has a gap before it")
            at = found[at.before]


def is_before(head: Head, last: Head, found: Mapping[bytes, Entry]) -> bool:
    """Whether an entry is this last one, or before it on its line."""
    root = last.root
    while root in found:
        if root == head.root:
            return True
        root = found[root].before
    return False


def is_genuine(entry: Entry, leaves: tuple[bytes, ...]) -> bool:
    """Whether the origin signed exactly this entry at exactly this place of its line. `leaves`: up to it, where all are
    here."""
    lines = verify_note(entry.checkpoint, KEYS[entry.head.origin]).splitlines()
    head, root = entry.head, base64.b64encode(entry.head.root).decode()
    place = f"epoch {head.epoch} {head.seq} "
    signed = lines[:3] == [f"{head.origin}/{head.topic}", str(entry.position + 1), root]
    return signed and lines[3].startswith(place) and (not leaves or root_by_definition(leaves) == head.root)


@cache
def root_by_definition(leaves: tuple[bytes, ...]) -> bytes:
    """RFC 6962, 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\1" + root_by_definition(leaves[:half]) + root_by_definition(leaves[half:])).digest()
