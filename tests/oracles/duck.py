"""The terms by DuckDB."""

from pathlib import Path

import duckdb

from tests.oracles import AGAIN, CORRECTED, ENDED, STARTS, Term

CORRECTIONS = f"""
CREATE TEMP TABLE corrections AS
SELECT event_id, target, mode, new_values,
       row_number() OVER (ORDER BY recorded_at, lamport, site, epoch, seq) AS place, NULL::BOOLEAN AS counts
FROM read_parquet(?) WHERE kind = '{CORRECTED}'
"""
DECIDED = """
UPDATE corrections AS c SET counts = NOT EXISTS (
    SELECT 1 FROM corrections v WHERE v.target = c.event_id AND v.mode = 'VOID' AND v.counts)
WHERE c.counts IS NULL
  AND NOT EXISTS (SELECT 1 FROM corrections v WHERE v.target = c.event_id AND v.counts IS NULL)
"""
NEWEST = "arg_max(new_values ->> '$.{0}', place) FILTER (new_values ->> '$.{0}' IS NOT NULL) AS {0}"
FIELDS = ("effective_from", "same_day_order", "tenure", "post", "previous")
TERMS = f"""
WITH RECURSIVE amended AS (
    SELECT target, {", ".join(NEWEST.format(field) for field in FIELDS)}
    FROM corrections WHERE counts AND mode = 'AMEND' GROUP BY target
),
facts AS (
    SELECT e.stream, e.kind, e.lamport, e.site, e.epoch, e.seq,
           coalesce(a.effective_from, e.effective_from, '') AS said,
           coalesce(a.same_day_order::BIGINT, e.same_day_order) AS same_day_order,
           coalesce(a.tenure, e.tenure) AS tenure, coalesce(a.post, e.post) AS post,
           coalesce(a.previous, e.previous) AS previous
    FROM read_parquet($1) e LEFT JOIN amended a ON a.target = e.event_id
    WHERE e.kind <> '{CORRECTED}'
      AND NOT EXISTS (SELECT 1 FROM corrections v WHERE v.target = e.event_id AND v.mode = 'VOID' AND v.counts)
),
dated AS (
    SELECT *,
        CASE length(said) WHEN 10 THEN said WHEN 7 THEN said || '-01' WHEN 4 THEN said || '-01-01'
             ELSE '0001-01-01' END AS earliest,
        CASE WHEN length(said) = 10 THEN said WHEN length(said) = 4 THEN said || '-12-31'
             WHEN length(said) = 7 THEN strftime(last_day((said || '-01')::DATE), '%Y-%m-%d')
             WHEN length(said) = 12 AND said LIKE '..%' THEN said[3:]
             ELSE '9999-12-31' END AS latest
    FROM facts
),
ordered AS (
    SELECT *, row_number() OVER (PARTITION BY stream ORDER BY
        CASE WHEN kind = '{ENDED}' THEN latest ELSE earliest END, same_day_order, lamport, site, epoch, seq) AS place
    FROM dated
),
opened AS (
    SELECT stream, tenure, post, said, earliest, place FROM ordered WHERE kind IN {STARTS}
    UNION ALL
    SELECT o.stream, o.tenure, before.post, o.said, o.earliest, o.place
    FROM ordered o JOIN opened before
      ON o.stream = before.stream AND o.previous = before.tenure AND before.place < o.place
    WHERE o.kind = '{AGAIN}'
),
closed AS (
    SELECT o.stream, o.tenure, arg_min(e.said, e.place) AS said, arg_min(e.latest, e.place) AS latest
    FROM opened o JOIN ordered e ON e.stream = o.stream AND e.tenure = o.tenure AND e.place > o.place
    WHERE e.kind = '{ENDED}' GROUP BY o.stream, o.tenure
)
SELECT o.tenure, o.stream, o.post, o.said, coalesce(c.said, ''), o.earliest, coalesce(c.latest, '9999-12-31')
FROM opened o LEFT JOIN closed c ON c.stream = o.stream AND c.tenure = o.tenure
"""


def terms(parquet: Path, threads: int = 1) -> list[Term]:
    """Unsorted."""
    with duckdb.connect(":memory:", config={"threads": threads}) as database:
        database.execute(CORRECTIONS, [str(parquet)])
        while database.execute("SELECT count(*) FROM corrections WHERE counts IS NULL").fetchall()[0][0]:
            database.execute(DECIDED)
        return [Term(*row) for row in database.execute(TERMS, [str(parquet)]).fetchall()]
