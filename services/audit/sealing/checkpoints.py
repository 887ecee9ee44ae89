"""Signed checkpoints of every log, recorded as facts, which prove that sealed events were not changed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from services.audit.events import LogCheckpointed
from services.audit.sealing.trees import LogTree
from shared.commands.command_handler import AnyApplication, Origin
from shared.core.partial_dates import Day
from shared.eventlog.event_log import EventLog
from shared.eventlog.merkle import Frontier
from shared.eventlog.signed_notes import Checkpoint, Signer, Verifier, key_name, verify_note

AUDIT_LOG = "audit"
"""The log that holds the checkpoints themselves."""


class SealBroken(Exception):
    """A log no longer begins with what was sealed."""


class Seals:
    """The Merkle trees of all logs, in a folder beside them, and the checkpoints signed over them.

    `keys` are those that may have signed. Without them each checkpoint is verified with the key it names, which shows
    only that it is intact: whoever can rewrite the logs can sign with a key of their own.
    """

    def __init__(
        self, logs: Mapping[str, EventLog[Any]], folder: Path, site: str, keys: Sequence[Verifier] = ()
    ) -> None:
        self.logs, self.site, self.keys = logs, site, keys
        self._trees = {name: LogTree(folder / f"{name}.tree") for name in logs}

    def close(self) -> None:
        for tree in self._trees.values():
            tree.close()

    def origin(self, log: str) -> str:
        """The name of a log in checkpoints."""
        return f"{key_name(self.site)}/{log}"

    def update_tree(self, log: str) -> LogTree:
        """The tree of a log, extended to the log's end. Raises ChainBroken."""
        self._trees[log].grow(self.logs[log])
        return self._trees[log]

    def read_notes(self, log: str) -> dict[int, str]:
        """The signed notes by size. A stored text has no line end at its end; a note has one."""
        return {fact.size: f"{fact.signed.rstrip()}\n" for fact in self.read_checkpoints(log)}

    def read_checkpoints(self, log: str) -> list[LogCheckpointed]:
        """The checkpoints that are stored as facts, oldest first."""
        facts = (event.fact for event in self.logs[AUDIT_LOG].load_stream(checkpoint_stream(log)))
        return [fact for fact in facts if isinstance(fact, LogCheckpointed)]

    def _is_genuine(self, fact: LogCheckpointed) -> bool:
        try:
            text = verify_note(f"{fact.signed.rstrip()}\n", self.keys or [Verifier.parse(fact.key)])
            checkpoint = Checkpoint.parse(text)
        except ValueError:
            return False
        return checkpoint == Checkpoint(self.origin(fact.log), fact.size, bytes.fromhex(fact.root))

    def find_contradicted_sizes(self, log: str, whole: Frontier, growing: bool = False) -> list[int]:
        """The sealed sizes whose root is not that of the log; `whole` is the tree of the log, computed anew.

        `growing`: the log may have grown, and been sealed again, since `whole` was computed.
        """
        tree = self._trees[log]
        if tree.size < whole.size or tree.root(whole.size) != whole.root():
            tree.clear()
            tree.grow(self.logs[log], checked=False)
        if tree.root(whole.size) != whole.root():
            return [old.size for old in self.read_checkpoints(log)] or [whole.size]
        sealed = self.read_checkpoints(log)
        end = tree.grow(self.logs[log], checked=False) if growing else whole.size
        return [
            old.size
            for old in sealed
            if old.size > end or tree.root(old.size).hex() != old.root or not self._is_genuine(old)
        ]

    def create_checkpoint(self, log: str) -> Checkpoint:
        """A checkpoint of the log as it is now, if it begins with all that was sealed.

        Raises SealBroken or ChainBroken.
        """
        tree = self.update_tree(log)
        size = tree.size
        for old in self.read_checkpoints(log):
            if not self._is_genuine(old):
                raise SealBroken(f"{log}: the checkpoint of {old.size} events was not signed by this site")
            if old.size > size:
                raise SealBroken(f"{log}: {old.size} events were sealed, {size} are there")
            if tree.root(old.size).hex() != old.root:
                raise SealBroken(f"{log}: the first {old.size} events are not those that were sealed")
        return Checkpoint(self.origin(log), size, tree.root(size))

    def seal(self, app: AnyApplication, signer: Signer, actor: str, day: Day) -> dict[str, int]:
        """Sign and record a checkpoint of every log that has grown, the audit log last. Returns sizes by log."""
        sealed: dict[str, int] = {}
        for log in (*(name for name in self.logs if name != AUDIT_LOG), AUDIT_LOG):
            point = self.create_checkpoint(log)
            last = max((old.size for old in self.read_checkpoints(log)), default=0)
            if point.size > last + (
                log == AUDIT_LOG and last > 0
            ):  # its own last checkpoint does not count as growth
                fact = LogCheckpointed(
                    effective_from=day,
                    log=log,
                    size=point.size,
                    root=point.root.hex(),
                    key=str(signer.verifier),
                    signed=signer.sign(str(point)),
                )
                app.handle(checkpoint_stream(log), fact, Origin(actor=actor))
                sealed[log] = point.size
        return sealed


def checkpoint_stream(log: str) -> str:
    return f"log-{log}"
