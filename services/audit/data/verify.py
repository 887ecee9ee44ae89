"""Check an archive, or the proof of one event, without the program that made it: standard library and `cryptography`.

python verify.py ARCHIVE [--keys FILE] [--witnesses FILE] [--seen CHECKPOINT ...] [--json]
python verify.py PROOF.json --keys FILE
"""

import argparse
import base64
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CODES = {
    "BYTE_CHANGED": 11,
    "EVENT_DROPPED": 12,
    "EVENT_INSERTED": 13,
    "EVENTS_REORDERED": 14,
    "LOG_TRUNCATED": 15,
    "LOGS_SWAPPED": 16,
    "OLD_CHECKPOINT": 17,
    "TWO_HISTORIES": 18,
    "UNKNOWN_KEY": 19,
    "BAD_SIGNATURE": 20,
    "FILE_MISSING": 21,
    "FILE_CHANGED": 22,
    "PROOF_WRONG": 23,
    "SEQUENCE_BROKEN": 24,
    "NOT_AN_ARCHIVE": 25,
    "UNKNOWN_FILE": 26,
    "FOREIGN_LOG": 27,
    "PROOF_MISSING": 28,
}


Keys = dict[tuple[str, bytes], Ed25519PublicKey]
"""By name and number."""


class Damage(Exception):
    """`where` is the log or file, `code` one of CODES."""

    def __init__(self, where: str, code: str, detail: str) -> None:
        super().__init__(f"{where}: {code}: {detail}")
        self.where, self.code, self.detail = where, code, detail


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def pair(left: bytes, right: bytes) -> bytes:
    return sha(b"\1" + left + right)


class Tree:
    """The peaks of an RFC 6962 tree."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        size = self.size
        while size & 1:
            leaf = pair(self.peaks.pop(), leaf)
            size >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.peaks:
            return sha(b"")
        root = self.peaks[-1]
        for left in self.peaks[-2::-1]:
            root = pair(left, root)
        return root


def root_of_inclusion(index: int, size: int, found: bytes, path: list[bytes]) -> bytes | None:
    """The root that an inclusion path leads to, None when it does not fit (RFC 9162, 2.1.3.2)."""
    last = size - 1
    for other in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            found = pair(other, found)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            found = pair(found, other)
        index, last = index >> 1, last >> 1
    return found if last == 0 else None


def is_continued(old: int, old_root: bytes, new: int, new_root: bytes, path: list[bytes]) -> bool:
    """RFC 9162, 2.1.4.2."""
    if old == new:
        return not path and old_root == new_root
    if not 0 < old < new or not path:
        return False
    path = [old_root, *path] if old & (old - 1) == 0 else path
    index, last = old - 1, new - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    before = after = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            before, after = pair(other, before), pair(other, after)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            after = pair(after, other)
        index, last = index >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def read_keys(text: str) -> Keys:
    keys: Keys = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, number, data = line.split("+", 2)
        raw = base64.b64decode(data)
        if sha(name.encode() + b"\n" + raw)[:4].hex() != number or raw[:1] != b"\1":
            raise Damage(name, "NOT_AN_ARCHIVE", "a key does not carry its own number")
        keys[name, bytes.fromhex(number)] = Ed25519PublicKey.from_public_bytes(raw[1:])
    return keys


def open_note(where: str, note: str, keys: Keys) -> tuple[str, set[str]]:
    """The signed text, and the names of those who signed it with a trusted key."""
    text, between, signatures = note.rpartition("\n\n")
    if not between:
        raise Damage(where, "BAD_SIGNATURE", "it is not signed")
    text += "\n"
    signers = set()
    for line in signatures.splitlines():
        try:
            _, name, data = line.split(" ")
            raw = base64.b64decode(data)
        except ValueError:
            raise Damage(where, "BAD_SIGNATURE", "a signature cannot be read") from None
        if (name, raw[:4]) in keys:
            try:
                keys[name, raw[:4]].verify(raw[4:], text.encode())
            except InvalidSignature:
                raise Damage(where, "BAD_SIGNATURE", f"{name} did not sign this text") from None
            signers.add(name)
    if not signers:
        raise Damage(where, "UNKNOWN_KEY", "none of the signatures is by a trusted key")
    return text, signers


def read_witnesses(text: str) -> Keys:
    """The public keys of witnesses: C2SP cosignature/v1, of type 4."""
    keys: Keys = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, number, data = line.split("+", 2)
        raw = base64.b64decode(data)
        if sha(name.encode() + b"\n" + raw)[:4].hex() != number or raw[:1] != b"\4":
            raise Damage(name, "NOT_AN_ARCHIVE", "a key does not carry its own number")
        keys[name, bytes.fromhex(number)] = Ed25519PublicKey.from_public_bytes(raw[1:])
    return keys


def read_cosignatures(where: str, note: str, witnesses: Keys) -> Iterator[tuple[str, int]]:
    """(witness, seconds since 1970) of each cosignature by one of these keys."""
    text, _, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines():
        _, name, data = line.split(" ")
        raw = base64.b64decode(data)
        if key := witnesses.get((name, raw[:4])):
            at = int.from_bytes(raw[4:12], "big")
            try:
                key.verify(raw[12:], f"cosignature/v1\ntime {at}\n{text}\n".encode())
            except InvalidSignature:
                raise Damage(where, "BAD_SIGNATURE", f"{name} did not cosign this text") from None
            yield name, at


def read_checkpoint(where: str, note: str, keys: Keys) -> tuple[str, int, bytes]:
    """(origin, size, root); the origin is SITE/LOG, and only the key of that site may sign it."""
    text, signers = open_note(where, note, keys)
    origin, size, root = text.split("\n")[:3]
    if origin.rpartition("/")[0] not in signers:
        raise Damage(where, "UNKNOWN_KEY", f"{', '.join(sorted(signers))} signed for {origin}")
    if not (size.isascii() and size.isdigit()):
        raise Damage(where, "BAD_SIGNATURE", f"{size!r} is no number of events")
    return origin, int(size), base64.b64decode(root)


def blocks(path: Path, size: int = 32 * 4096) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(size):
            yield from (block[at : at + 32] for at in range(0, len(block), 32))


def leaf_hashes(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            yield sha(b"\0" + line.rstrip(b"\n"))


class Archive:
    """The signed manifest of an archive, and the checks of its files against it."""

    def __init__(
        self, folder: Path, keys: Keys, seen: list[str], given: set[Path], witnesses: Keys | None = None
    ) -> None:
        self.folder, self.keys, self.given, self.witnesses = folder, keys, given, witnesses
        self.cosigned: list[str] = []
        text, self.signers = open_note("manifest.txt", self.text("manifest.txt"), keys)
        self.manifest = json.loads(text)
        self.logs: dict[str, Any] = self.manifest["logs"]
        self.events = 0
        self.seen = [read_checkpoint("--seen", note, keys) for note in seen]

    def file(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise Damage(name, "FILE_MISSING", "it belongs to the archive")
        return path

    def text(self, name: str) -> str:
        return self.file(name).read_text(encoding="utf-8")

    def check(self) -> list[Damage]:
        """Every damage found; at most one for each log or file."""
        found = []
        steps: dict[str, Callable[[], None]] = {
            "files": self.check_files,
            **{name: partial(self.check_log, name) for name in self.logs},
            "cosignatures": self.check_cosignatures,
        }
        for name, step in steps.items():
            try:
                step()
            except Damage as damage:
                found.append(damage)
            except (ValueError, KeyError, TypeError) as error:
                found.append(
                    Damage(name, "FILE_CHANGED", f"it cannot be read: {type(error).__name__}: {error}")
                )
        return found + list(self.find_unknown_files())

    def find_unknown_files(self) -> Iterator[Damage]:
        """Files that the manifest does not name, those of logs it does not name among them."""
        known = {"manifest.txt", *self.manifest["files"]}
        for name in self.logs:
            known |= {f"logs/{name}.ndjson", f"leaves/{name}", f"proofs/{name}.json"}
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder).as_posix()
            part, _, rest = name.partition("/")
            log = rest.partition("/")[0].partition(".")[0]
            is_checkpoint = part == "checkpoints" and log in self.logs and path.suffix == ".txt"
            if path.is_dir() or name in known or is_checkpoint or path.resolve() in self.given:
                continue
            if part in ("logs", "leaves", "checkpoints", "proofs") and log not in self.logs:
                yield Damage(name, "FOREIGN_LOG", f"{log} is no log of this archive")
            else:
                yield Damage(name, "UNKNOWN_FILE", "the archive was signed without it")

    def check_files(self) -> None:
        for name, expected in self.manifest["files"].items():
            if hashlib.sha256(self.file(name).read_bytes()).hexdigest() != expected:
                raise Damage(name, "FILE_CHANGED", "it is not the file that was exported")

    def check_cosignatures(self) -> None:
        """What witnesses cosigned is the beginning of these logs."""
        for name in sorted(self.manifest["files"]):
            if not name.startswith("cosignatures/"):
                continue
            note = self.text(name)
            origin, size, root = read_checkpoint(name, note, self.keys)
            log = origin.rpartition("/")[2]
            if log not in self.logs or self.logs[log]["origin"] != origin:
                raise Damage(name, "LOGS_SWAPPED", f"the checkpoint is one of {origin}")
            if self.witnesses is None:
                self.witnesses = read_witnesses(self.text("witnesses.txt"))
            entry = self.logs[log]
            roots = self.compute_roots(log, entry["events"], base64.b64decode(entry["root"]), {size})
            if roots.get(size) != root:
                raise Damage(name, "TWO_HISTORIES", f"the root cosigned over {size} events is another one")
            found = list(read_cosignatures(name, note, self.witnesses))
            if not found:
                raise Damage(name, "UNKNOWN_KEY", "none of the cosignatures is by a trusted key")
            for witness, at in found:
                when = datetime.fromtimestamp(at, UTC).isoformat()
                self.cosigned.append(f"{origin}: the first {size} events, by {witness} at {when}")

    def check_log(self, name: str) -> None:
        entry = self.logs[name]
        size, root = entry["events"], base64.b64decode(entry["root"])
        points = self.read_checkpoints(name, entry, root)
        roots = self.compute_roots(name, size, root, {at for at, _ in points})
        for at, expected in points:
            if roots[at] != expected:
                raise Damage(
                    name, "TWO_HISTORIES", f"the root signed over {at} events is not that of these events"
                )
        self.check_proofs(name, dict(points), entry["checkpoints"])
        self.check_events(name, size)
        self.check_sequence(name, entry)
        self.events += size

    def read_checkpoints(self, name: str, entry: dict[str, Any], root: bytes) -> list[tuple[int, bytes]]:
        """[(size, root)] of the checkpoints of this log, those seen elsewhere among them."""
        origin, points = entry["origin"], [(entry["events"], root)]
        site, _, log = origin.rpartition("/")
        if log != name or site not in self.signers:
            raise Damage(name, "LOGS_SWAPPED", f"the manifest says it is {origin}")
        signed = []
        for file in sorted((self.folder / "checkpoints" / name).glob("*.txt")):
            where, at, its_root = read_checkpoint(name, file.read_text(encoding="utf-8"), self.keys)
            if where != origin:
                raise Damage(name, "LOGS_SWAPPED", f"{file.name} is a checkpoint of {where}")
            signed.append((at, its_root))
        points += signed + [(at, its_root) for where, at, its_root in self.seen if where == origin]
        if (most := max(at for at, _ in points)) > entry["events"]:
            raise Damage(
                name, "OLD_CHECKPOINT", f"{most} events were sealed before, this says {entry['events']}"
            )
        if len({at for at, _ in points}) < len(set(points)):
            raise Damage(name, "TWO_HISTORIES", "different roots were signed for one number of events")
        if max((at for at, _ in signed), default=-1) < entry["events"]:
            raise Damage(
                name, "OLD_CHECKPOINT", f"no checkpoint reaches the {entry['events']} events that were sealed"
            )
        if missing := set(entry["checkpoints"]) - {at for at, _ in signed}:
            raise Damage(name, "FILE_MISSING", f"the checkpoints of {sorted(missing)} events")
        return points

    def compute_roots(self, name: str, size: int, root: bytes, sizes: set[int]) -> dict[int, bytes]:
        """The roots at these sizes, computed from the leaf hashes, which lead to the signed root."""
        tree, roots = Tree(), {0: sha(b"")}
        for leaf in blocks(self.file(f"leaves/{name}")):
            tree.add(leaf)
            if tree.size in sizes:
                roots[tree.size] = tree.root()
        if tree.size != size or tree.root() != root:
            for other, entry in self.logs.items():
                if other != name and base64.b64decode(entry["root"]) == tree.root():
                    raise Damage(name, "LOGS_SWAPPED", f"the leaf hashes are those of {other}")
            raise Damage(name, "FILE_CHANGED", "the leaf hashes do not lead to the signed root")
        return roots

    def check_proofs(self, name: str, points: dict[int, bytes], signed: list[int]) -> None:
        """Every proof shows what it claims, and there is one from each signed checkpoint to the next."""
        proved = set()
        for each in json.loads(self.text(f"proofs/{name}.json")):
            old, new, path = each["old"], each["new"], [base64.b64decode(p) for p in each["proof"]]
            if (
                old not in points
                or new not in points
                or not is_continued(old, points[old], new, points[new], path)
            ):
                raise Damage(name, "PROOF_WRONG", f"it does not show that {new} events continue {old}")
            proved.add((old, new))
        sizes = sorted(size for size in points if size and size in signed)
        for old, new in pairwise(sizes):
            if (old, new) not in proved:
                raise Damage(name, "PROOF_MISSING", f"nothing shows that {new} events continue {old}")

    def check_events(self, name: str, size: int) -> None:
        """Compare the events with the leaf hashes, whose root is signed; the code names what was changed."""
        events = self.file(f"logs/{name}.ndjson")
        pairs = zip_longest(blocks(self.file(f"leaves/{name}")), leaf_hashes(events))
        if all(expected == actual for expected, actual in pairs):
            return
        expected, actual = list(blocks(self.file(f"leaves/{name}"))), list(leaf_hashes(events))
        for other in self.logs:
            if other != name and actual:
                theirs = set(blocks(self.file(f"leaves/{other}")))
                if sum(each in theirs for each in actual) * 2 > len(actual):
                    raise Damage(name, "LOGS_SWAPPED", f"the events are those of {other}")
        first = next(n for n, (a, b) in enumerate(zip_longest(expected, actual)) if a != b)
        missing, extra = Counter(expected) - Counter(actual), Counter(actual) - Counter(expected)
        place = f"at event {first + 1} of {size}"
        if not missing and not extra:
            raise Damage(name, "EVENTS_REORDERED", place)
        if not extra:
            code = "LOG_TRUNCATED" if first == len(actual) else "EVENT_DROPPED"
            raise Damage(name, code, f"{missing.total()} missing, {place}")
        if not missing:
            raise Damage(name, "EVENT_INSERTED", f"{extra.total()} too many, {place}")
        raise Damage(name, "BYTE_CHANGED", f"{extra.total()} of them, {place}")

    def check_sequence(self, name: str, entry: dict[str, Any]) -> None:
        """The chain over all events, and sequence numbers without a hole in each epoch of each site."""
        chain = bytes(32)
        last: dict[tuple[str, str], int] = {}
        with self.file(f"logs/{name}.ndjson").open("rb") as file:
            for line in file:
                state = line.rstrip(b"\n")
                chain = sha(chain + state)
                event = json.loads(state)
                life = event["site"], event["epoch"]
                if event["seq"] != last.get(life, 0) + 1:
                    raise Damage(
                        name, "SEQUENCE_BROKEN", f"{event['seq']} follows {last.get(life, 0)} in {life}"
                    )
                last[life] = event["seq"]
        if chain.hex() != entry["chain"]:
            raise Damage(name, "SEQUENCE_BROKEN", "the chain over the events is not the one that was sealed")


def check_proof(path: Path, keys: Keys) -> str:
    """What the proof of one event shows. Its own key proves nothing: whoever made it may have made the key."""
    entry = json.loads(path.read_text(encoding="utf-8"))
    log, index, event = entry["log"], entry["index"], entry["event"]
    if not keys:
        raise Damage(log, "UNKNOWN_KEY", "give the key that the office published with --keys FILE")
    origin, size, root = read_checkpoint(log, entry["checkpoint"], keys)
    if origin.rpartition("/")[2] != log:
        raise Damage(log, "LOGS_SWAPPED", f"the checkpoint is one of {origin}")
    if type(index) is not int or not 0 <= index < size:
        raise Damage(
            log, "PROOF_WRONG", f"there is no event {index} (from 0) among the {size} that were sealed"
        )
    proof = [base64.b64decode(each) for each in entry["proof"]]
    if root_of_inclusion(index, size, sha(b"\0" + event.encode()), proof) != root:
        raise Damage(log, "PROOF_WRONG", f"this is not event {index + 1} of the {size} that were sealed")
    return f"event {index + 1} of {size} in {origin}"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path)
    parser.add_argument(
        "--keys", type=Path, help="the public keys to trust, one a line; for an archive else those in it"
    )
    parser.add_argument(
        "--seen", type=Path, action="append", default=[], help="a checkpoint kept from earlier"
    )
    parser.add_argument(
        "--witnesses", type=Path, help="the public keys of witnesses to trust; else those in the archive"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: list[Damage] = []
    cosigned: list[str] = []
    events, well = 0, ""
    try:
        keys = read_keys(options.keys.read_text(encoding="utf-8")) if options.keys else {}
        if options.keys and not keys:
            raise Damage(str(options.keys), "UNKNOWN_KEY", "it has no key")
        if options.path.is_file():
            well, events = check_proof(options.path, keys), 1
        else:
            given = options.path / "keys.txt"
            keys = keys or read_keys(given.read_text(encoding="utf-8"))
            seen = [file.read_text(encoding="utf-8") for file in options.seen]
            others = {file.resolve() for file in (options.keys, options.witnesses, *options.seen) if file}
            witnesses = None
            if options.witnesses:
                witnesses = read_witnesses(options.witnesses.read_text(encoding="utf-8"))
            archive = Archive(options.path, keys, seen, others, witnesses)
            found, events = archive.check(), archive.events
            cosigned = archive.cosigned
            well = f"{events} events"
            if not options.keys:
                print(
                    "trusting the keys that came with the archive; compare them with what the office published:"
                )
                print(
                    "".join(f"  {line}\n" for line in given.read_text(encoding="utf-8").splitlines()), end=""
                )
    except Damage as damage:
        found = [damage]
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = [Damage(str(options.path), "NOT_AN_ARCHIVE", f"{type(error).__name__}: {error}")]
    if options.json:
        reported = [{"where": each.where, "code": each.code, "detail": each.detail} for each in found]
        print(json.dumps({"events": events, "damage": reported, "cosigned": cosigned}))
    else:
        print("".join(f"cosigned: {each}\n" for each in cosigned), end="")
        print("\n".join(map(str, found)) or f"all is well: {well}")
    return min((CODES[each.code] for each in found), default=0)


if __name__ == "__main__":
    sys.exit(main())
