"""The certificate of a replay: what was computed, by which program and rules, signed and recorded as a fact."""

from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from services.audit.events import ReplayCertified
from services.audit.replay.comparison import ReplayResult
from shared.commands.command_handler import AnyApplication, Origin
from shared.core.partial_dates import Instant, day_of
from shared.eventlog.signed_notes import Signer

PROJECT = Path(__file__).parents[3]
CODE_FILES = ("services/**/*.py", "shared/**/*.py")
RULE_FILES = ("services/*/domain/**/*.py", "services/*/domain.py", "services/regulation/rules/*.toml")


def describe_program() -> str:
    """The version, and a digest of all code that decides and folds."""
    return f"{version('cadre-ledger')} {_digest(CODE_FILES)[:16]}"


def describe_rules(replayed: ReplayResult) -> str:
    """A digest of the rules that are shipped, and the root of those that were enacted."""
    return f"{_digest(RULE_FILES)[:16]} {replayed.roots.get('regulation', '')[:16]}"


def certify(
    app: AnyApplication,
    signer: Signer,
    replayed: ReplayResult,
    site: str,
    source: str,
    at: Instant,
    actor: str,
) -> ReplayCertified:
    """Sign and record the result of a replay, differences included."""
    lines = ["cadre-ledger replay 2", f"site {site}", f"at {at}", f"source {source}"]
    lines += [f"log {name} {size} {replayed.roots[name]}" for name, size in replayed.events.items()]
    lines += [f"rows {name} {count} {replayed.digests[name]}" for name, count in replayed.rows.items()]
    lines += [
        f"program {describe_program()}",
        f"rules {describe_rules(replayed)}",
        f"differences {replayed.count}",
    ]
    fact = ReplayCertified(
        effective_from=day_of(at),
        source=source,
        events=replayed.events,
        roots=replayed.roots,
        rows=replayed.rows,
        digests=replayed.digests,
        differences=replayed.count,
        program=describe_program(),
        rules=describe_rules(replayed),
        key=str(signer.verifier),
        signed=signer.sign("\n".join(lines) + "\n"),
    )
    app.handle("replays", fact, Origin(actor=actor))
    return fact


def _digest(patterns: tuple[str, ...]) -> str:
    digest = sha256()
    for file in sorted({file for pattern in patterns for file in PROJECT.glob(pattern)}):
        digest.update(f"{file.relative_to(PROJECT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()
