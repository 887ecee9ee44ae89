"""The terms by Polars."""

from pathlib import Path

import polars as pl

from tests.oracles import AGAIN, CORRECTED, ENDED, STARTS, Term

ARRIVAL = ["recorded_at", "lamport", "site", "epoch", "seq"]
FIELDS = ("effective_from", "same_day_order", "tenure", "post", "previous")


def terms(parquet: Path) -> list[Term]:
    """Unsorted."""
    told = pl.read_parquet(
        parquet, columns=["event_id", "kind", "stream", "target", "mode", "new_values", *ARRIVAL, *FIELDS]
    )
    ordered = _ordered(_resolved(told))
    opened = _opened(ordered)
    ends = ordered.filter(pl.col("kind") == ENDED).select(
        "stream", "tenure", "place", end="said", valid_to="latest"
    )
    closed = (
        opened.join(ends, on=["stream", "tenure"], suffix="_end")
        .filter(pl.col("place_end") > pl.col("place"))
        .sort("place_end")
        .group_by("stream", "tenure", maintain_order=True)
        .agg(pl.col("end").first(), pl.col("valid_to").first())
    )
    found = opened.join(closed, on=["stream", "tenure"], how="left").select(
        "tenure", "stream", "post", "said", pl.col("end").fill_null(""), "earliest",
        pl.col("valid_to").fill_null("9999-12-31"),
    )  # fmt: skip
    return [Term(*row) for row in found.iter_rows()]


def _resolved(told: pl.DataFrame) -> pl.DataFrame:
    """Without what is void, and with the newest of each amended field."""
    corrections = told.filter(pl.col("kind") == CORRECTED).sort(ARRIVAL)
    void: set[str] = set()
    counting = []
    for event, target, mode in corrections.select("event_id", "target", "mode").reverse().iter_rows():
        counting.append(event not in void)
        if counting[-1] and mode == "VOID":
            void.add(target)
    amends = corrections.filter(pl.Series(counting[::-1], dtype=pl.Boolean) & (pl.col("mode") == "AMEND"))
    facts = told.filter((pl.col("kind") != CORRECTED) & ~pl.col("event_id").is_in(list(void)))
    for field in FIELDS:
        newest = (
            amends.select(event_id="target", value=pl.col("new_values").str.json_path_match(f"$.{field}"))
            .drop_nulls()
            .group_by("event_id", maintain_order=True)
            .last()
        )
        value = pl.col("value").cast(facts.schema[field])
        facts = facts.join(newest, on="event_id", how="left").with_columns(
            pl.coalesce(value, pl.col(field)).alias(field)
        )
        facts = facts.drop("value")
    return facts.with_columns(said=pl.col("effective_from").fill_null(""))


def _ordered(facts: pl.DataFrame) -> pl.DataFrame:
    said = pl.col("said")
    size = said.str.len_chars()
    month = pl.when(size == 7).then(said + "-01").otherwise(None).str.to_date("%Y-%m-%d")
    earliest = (
        pl.when(size == 10).then(said)
        .when(size == 7).then(said + "-01")
        .when(size == 4).then(said + "-01-01")
        .otherwise(pl.lit("0001-01-01"))
    )  # fmt: skip
    latest = (
        pl.when(size == 10).then(said)
        .when(size == 7).then(month.dt.month_end().dt.strftime("%Y-%m-%d"))
        .when(size == 4).then(said + "-12-31")
        .when((size == 12) & said.str.starts_with("..")).then(said.str.slice(2))
        .otherwise(pl.lit("9999-12-31"))
    )  # fmt: skip
    when = pl.when(pl.col("kind") == ENDED).then(pl.col("latest")).otherwise(pl.col("earliest"))
    return (
        facts.with_columns(earliest=earliest, latest=latest)
        .with_columns(when=when)
        .sort("stream", "when", "same_day_order", "lamport", "site", "epoch", "seq")
        .with_row_index("place")
    )


def _opened(ordered: pl.DataFrame) -> pl.DataFrame:
    """Every tenure that began; one that goes on from another has its post, and that one's before it."""
    columns = ["stream", "tenure", "post", "said", "earliest", "place"]
    latest = ordered.filter(pl.col("kind").is_in(STARTS)).select(columns)
    again = ordered.filter(pl.col("kind") == AGAIN).drop("post")
    every = [latest]
    while latest.height:
        before = latest.select("stream", "post", previous="tenure", before="place")
        latest = again.join(before, on=["stream", "previous"]).filter(pl.col("before") < pl.col("place"))
        latest = latest.select(columns)
        every.append(latest)
    return pl.concat(every)
