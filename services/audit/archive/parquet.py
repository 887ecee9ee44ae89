"""The events of a log as Parquet for analysis: the envelope, and ids and codes of the facts, as columns."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import msgspec

from shared.core.facts import F, Topic
from shared.eventlog.event_log import EventLog
from shared.runtime.ledger import Progress, no_progress

ROWS_PER_GROUP = 20_000
"""Rows of a row group; so many events are in memory at once."""
ENVELOPE_COLUMNS = (
    "site",
    "epoch",
    "stream",
    "event_id",
    "recorded_at",
    "actor",
    "command_id",
    "cause",
    "correlation",
)
FACT_COLUMNS = (
    "effective_from", "decision", "decided_on", "managed_by", "tenure", "previous", "next_tenure", "post", "to_post",
    "unit", "to_unit", "parent", "cadre", "owner", "entry", "rotation", "move", "from_tenure", "holding", "reason",
    "outcome", "period", "occasion", "grade", "authority", "until", "target", "mode",
)  # fmt: skip
"""Fields of facts that get a column of their own where the log has them. None of them is personal."""


def can_write_parquet() -> bool:
    """Whether the optional library (pyarrow) is installed."""
    return find_spec("pyarrow") is not None


def write_columns(log: EventLog[F], folder: Path, size: int, progress: Progress = no_progress) -> str:
    """Write a log's first `size` events to one file, a row group at a time. Returns its name in the archive.

    ImportError where `can_write_parquet` is false.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    name = log.topic.name
    file = f"parquet/{name}.parquet"
    fact_columns = choose_columns(log.topic)
    numbers = [(column, pa.int64()) for column in ("position", "seq", "version", "lamport", "same_day_order")]
    texts = [
        (column, pa.string()) for column in ("topic", "kind", *ENVELOPE_COLUMNS, *fact_columns, "new_values")
    ]
    schema = pa.schema([*numbers, *texts, ("event", pa.binary())])
    (folder / "parquet").mkdir(exist_ok=True)
    at = 0
    with ParquetWriter(folder / file, schema, compression="zstd") as writer:
        while at < size and (page := log.read_stored(at, min(ROWS_PER_GROUP, size - at))):
            rows = list(_rows(name, page, fact_columns))
            writer.write_table(
                pa.table(dict(zip(schema.names, zip(*rows, strict=True), strict=True)), schema=schema)
            )
            at, *_ = page[-1]
            progress(f"{name}: parquet", at, size)
    return file


def choose_columns(topic: Topic[F]) -> list[str]:
    """The fields in FACT_COLUMNS that facts of this topic have, in that order."""
    fields = {field for kind in topic.kinds.values() for field in kind.__struct_fields__}
    return [name for name in FACT_COLUMNS if name in fields]


def _rows(
    name: str, page: list[tuple[int, str, str, bytes]], fact_columns: list[str]
) -> Iterator[tuple[str | int | bytes | None, ...]]:
    """The events as stored: not decrypted, not corrected; absent fields are null."""
    decode = msgspec.json.decode
    for position, _, kind, state in page:
        event = decode(state)
        fact = event["fact"]
        values = fact.get("new_values")
        yield (
            position,
            event["seq"],
            event["version"],
            event["lamport"],
            fact.get("same_day_order", 0),
            name,
            kind,
            *[event.get(column) for column in ENVELOPE_COLUMNS],
            *[fact.get(column) for column in fact_columns],
            msgspec.json.encode(values).decode() if values is not None else None,
            state,
        )
