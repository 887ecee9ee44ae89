"""Writes the archive: events as stored, leaf hashes, checkpoints, proofs, keys, schemas, and a verification program."""

import base64
from collections.abc import Iterable, Mapping
from hashlib import file_digest, sha256
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec

from services.audit.archive.parquet import write_columns
from services.audit.sealing import Seals
from shared.contract.asyncapi import build_schemas
from shared.core.partial_dates import Instant
from shared.eventlog.log_writer import GENESIS
from shared.eventlog.merkle import hash_leaf
from shared.eventlog.signed_notes import Signer
from shared.runtime.ledger import Progress, no_progress

FORMAT = "cadre-archive-1"
_PAGE = 5000
GUIDES = ("README.vi.md", "README.en.md", "verify.py")


class ArchivedLog(msgspec.Struct, frozen=True):
    """One log in the archive: root in base64, chain over all events in hexadecimal, sizes of its checkpoints."""

    origin: str
    events: int
    root: str
    chain: str
    checkpoints: list[int]


class ArchiveManifest(msgspec.Struct, frozen=True):
    """The manifest of an archive, signed so that no log and no file can be left out or replaced."""

    format: str
    site: str
    at: Instant
    logs: dict[str, ArchivedLog]
    files: dict[str, str]
    """SHA-256 of each of the other files, in hexadecimal."""


class CosignedNote(NamedTuple):
    """A checkpoint of a log that a witness has cosigned. `key`: its public key, in the form of C2SP."""

    line: str
    size: int
    key: str
    note: str


def export_archive(
    seals: Seals,
    signer: Signer,
    folder: Path,
    at: Instant,
    progress: Progress = no_progress,
    parquet: bool = False,
    cosigned: Iterable[CosignedNote] = (),
) -> ArchiveManifest:
    """Write the archive into a new folder. `parquet`: also write the events as columns; `cosigned`: what witnesses say
    about its logs, of which those that are about a line of another beginning are left out.

    Raises SealBroken or ChainBroken, and FileExistsError when the folder is not empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    for name in ("logs", "leaves", "checkpoints", "proofs"):
        (folder / name).mkdir()
    held = {name: _log(seals, signer, folder, name, progress) for name in seals.logs}
    keys = {str(signer.verifier)} | {fact.key for name in seals.logs for fact in seals.read_checkpoints(name)}
    (folder / "keys.txt").write_text("".join(f"{key}\n" for key in sorted(keys)), encoding="utf-8")
    registry = build_schemas(log.topic for log in seals.logs.values())
    (folder / "registry.json").write_bytes(msgspec.json.format(msgspec.json.encode(registry)) + b"\n")
    for name in GUIDES:
        (folder / name).write_bytes((files("services.audit") / "data" / name).read_bytes())
    fixed = ["keys.txt", "registry.json", *GUIDES, *_write_cosignatures(folder, held, cosigned)]
    if parquet:
        fixed += [write_columns(seals.logs[name], folder, log.events, progress) for name, log in held.items()]
    digests = {name: _digest(folder / name) for name in fixed}
    manifest = ArchiveManifest(FORMAT, seals.site, at, held, digests)
    (folder / "manifest.txt").write_text(
        signer.sign(msgspec.json.encode(manifest).decode() + "\n"), encoding="utf-8"
    )
    return manifest


def _write_cosignatures(
    folder: Path, held: Mapping[str, ArchivedLog], cosigned: Iterable[CosignedNote]
) -> list[str]:
    """Write the cosigned notes and the keys of the witnesses. Returns the names of the files."""
    logs = {log.origin: (name, log.events) for name, log in held.items()}
    notes = [each for each in cosigned if each.line in logs and each.size <= logs[each.line][1]]
    if not notes:
        return []
    (folder / "cosignatures").mkdir()
    names = []
    for number, each in enumerate(notes, start=1):
        names.append(f"cosignatures/{logs[each.line][0]}-{each.size:012d}-{number}.txt")
        (folder / names[-1]).write_text(each.note, encoding="utf-8")
    keys = "".join(f"{key}\n" for key in sorted({each.key for each in notes}))
    (folder / "witnesses.txt").write_text(keys, encoding="utf-8")
    return [*names, "witnesses.txt"]


def _log(seals: Seals, signer: Signer, folder: Path, name: str, progress: Progress) -> ArchivedLog:
    point = seals.create_checkpoint(name)
    chain = _events(seals, folder, name, point.size, progress)
    notes = seals.read_notes(name)
    notes.setdefault(point.size, signer.sign(str(point)))
    (folder / "checkpoints" / name).mkdir()
    for size, note in notes.items():
        (folder / "checkpoints" / name / f"{size:012d}.txt").write_text(note, encoding="utf-8")
    sizes = sorted(notes)
    proofs = _prove_consistency(seals, name, [size for size in sizes if size])
    (folder / "proofs" / f"{name}.json").write_bytes(msgspec.json.encode(proofs) + b"\n")
    return ArchivedLog(point.origin, point.size, _b64(point.root), chain.hex(), sizes)


def _events(seals: Seals, folder: Path, name: str, size: int, progress: Progress) -> bytes:
    """Write the events byte for byte, one on a line, and their leaf hashes. Returns the chain over them."""
    log, at, chain = seals.logs[name], 0, GENESIS
    with (
        (folder / "logs" / f"{name}.ndjson").open("wb") as lines,
        (folder / "leaves" / name).open("wb") as leaves,
    ):
        while at < size and (page := log.read_chained(at, min(_PAGE, size - at))):
            lines.writelines(state + b"\n" for _, state, _ in page)
            leaves.writelines(hash_leaf(state) for _, state, _ in page)
            for _, state, _ in page:
                chain = sha256(chain + state).digest()
            at, _, _ = page[-1]
            progress(name, at, size)
    return chain


class Consistency(msgspec.Struct, frozen=True):
    """A proof that a log of `new` events continues the same log of `old` events. Hashes in base64."""

    old: int
    new: int
    proof: list[str]


def _prove_consistency(seals: Seals, name: str, sizes: Iterable[int]) -> list[Consistency]:
    """Between each checkpoint and the next."""
    tree = seals.update_tree(name)
    return [
        Consistency(old, new, [_b64(each) for each in tree.prove_consistency(old, new)])
        for old, new in pairwise(sizes)
    ]


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
