"""`python -m tests.bench.cluster [--quick] [--strict] [--only NAME]`: engines of its own, a table, numbers kept."""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter

from tests.bench.cluster import appends, flows, posts, seeing
from tests.bench.measure import Line, Options, machine, table, write
from tests.engines.servers import kafka, postgres

ALONE = {"append": appends.run, "post": posts.run}
WITH_KAFKA = {"flow": flows.run, "seeing": seeing.run}
TUNED = {"shared_buffers": "512MB", "max_wal_size": "8GB", "max_connections": "200"}


def measured(names: list[str], options: Options) -> Iterator[Line]:
    with ExitStack() as engines:
        database = engines.enter_context(postgres(options.folder, TUNED))
        broker = ""
        for name in names:
            began = perf_counter()
            if name in ALONE:
                yield from ALONE[name](options, database)
            else:
                broker = broker or engines.enter_context(kafka(options.folder))
                yield from WITH_KAFKA[name](options, database, broker)
            print(f"({name}: {perf_counter() - began:.0f} s)", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cluster", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, for continuous integration")
    parser.add_argument("--strict", action="store_true", help="fail when a goal is missed")
    parser.add_argument("--only", choices=(*ALONE, *WITH_KAFKA), action="append")
    kept = Path(tempfile.gettempdir()) / "cadre-bench" / "cluster.jsonl"
    parser.add_argument("--out", type=Path, default=kept)
    asked = parser.parse_args()
    before = machine()
    print(" ".join(f"{name} {value}" for name, value in before.items()))
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="cadre-bench-") as folder:
        for found in measured(
            asked.only or [*ALONE, *WITH_KAFKA], Options(folder=Path(folder), quick=asked.quick)
        ):
            lines.append(found)
            print(*list(table([found]))[1:], flush=True)
    print()
    print("\n".join(table(lines)))
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    write(asked.out, lines, before)
    print(f"\nrounds kept in {asked.out}")
    return asked.strict and any(each.verdict == "MISS" for each in lines)


if __name__ == "__main__":
    raise SystemExit(main())
