"""Cosignatures of C2SP within an exchange: the site above cosigns what it holds and accepts of the logs of a site right
below, hands that back, and the site below keeps it beside its checkpoints."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from services.sync.exchange.site_replica import SiteReplica
from shared.eventlog.cosignatures import CosignatureKey, cosign, verify_cosignature
from shared.eventlog.signed_notes import BadSignature, MalformedNote, UnknownKey, split_note
from shared.replica.checkpoints import LogCheckpoint, open_checkpoint, parse_checkpoint
from shared.replica.counting import accepted_coverage
from shared.replica.coverage import coverage_of, is_covered
from shared.replica.runs import LogId
from shared.replica.store.exchange_state import WitnessedNote


def cosign_logs(replica: SiteReplica, site: str, logs: Iterable[LogId]) -> list[str]:
    """Cosign the newest checkpoints of logs of a site right below, where all that they cover is here and accepted, and
    continues what was cosigned before. Returns the lines of these logs of which something was, now or before."""
    logs = {log for log in logs if log.origin == site}
    if not logs or replica.tree.parent(site) != replica.site:
        return []
    exchange, seconds = replica.store.exchange, _seconds(replica)
    before, made = exchange.cosigned(site), []
    for log in sorted(logs):
        for checkpoint, note in _continuing(replica, log, before):
            signed = cosign(_without_cosignatures(note, site), replica.signer, seconds)
            made.append((before.get(checkpoint.origin_line, ""), checkpoint, signed))
    if made:
        exchange.keep_cosigned(made)
        before = exchange.cosigned(site)
    return [line for line, note in before.items() if parse_checkpoint(split_note(note)[0]).log in logs]


def _continuing(
    replica: SiteReplica, log: LogId, before: dict[str, str]
) -> Iterator[tuple[LogCheckpoint, str]]:
    """The checkpoints of a log that are to be cosigned, at most one of each line."""
    runs, roots = replica.store.load_log(log), replica.store.root_reader(log)
    accepted = accepted_coverage(runs, replica.judge(log), roots)
    keys, taken = replica.tree.unrevoked_keys().get(log.origin, ()), set[str]()
    for note in (*replica.store.read_vouched(log), *replica.store.read_checkpoints(log)):
        try:
            checkpoint = open_checkpoint(note, keys)
        except (UnknownKey, BadSignature, MalformedNote):
            continue
        line = checkpoint.origin_line
        if line in taken or not is_covered(runs, accepted, checkpoint.head, roots):
            continue
        if last := before.get(line):
            cosigned = parse_checkpoint(split_note(last)[0])
            covered = coverage_of(runs, (checkpoint.head,), roots)
            if cosigned.size >= checkpoint.size or not is_covered(runs, covered, cosigned.head, roots):
                continue
        taken.add(line)
        yield checkpoint, note


def _without_cosignatures(note: str, site: str) -> str:
    """The note with the signatures of its own site alone."""
    text, _, lines = note.rpartition("\n\n")
    kept = (line for line in lines.splitlines() if line.split(" ")[1:2] == [site])
    return f"{text}\n\n" + "".join(f"{line}\n" for line in kept)


def read_cosignatures(replica: SiteReplica, log: LogId, note: str) -> list[WitnessedNote]:
    """The cosignatures of sites above on a checkpoint of an own log, which must be what this site has recorded and
    signed. Raises UnknownKey, BadSignature or MalformedNote."""
    checkpoint = open_checkpoint(note, replica.tree.signing_keys()[replica.site])
    if checkpoint.log != log or log.origin != replica.site:
        raise MalformedNote(f"this is a checkpoint of {checkpoint.origin_line}")
    if not replica.is_here(checkpoint.head):
        return []  # this site was restored, and gets back what it lacks
    found = []
    for name, keys in replica.tree.unrevoked_keys().items():
        for key in keys if replica.tree.is_below(replica.site, name) else ():
            witness = CosignatureKey(key.name, key.public)
            if at := verify_cosignature(note, witness):
                line = checkpoint.origin_line
                found.append(WitnessedNote(line, str(witness), checkpoint.size, at, note))
    return found


def _seconds(replica: SiteReplica) -> int:
    return int(datetime.fromisoformat(replica.clock()).timestamp())
