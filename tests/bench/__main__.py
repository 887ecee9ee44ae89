"""`python -m tests.bench [--quick] [--strict] [--only NAME] [--out FILE]`: measure, print a table, keep the numbers."""

import argparse
import tempfile
from pathlib import Path
from time import perf_counter

from tests.bench import (
    append,
    audit,
    charts,
    contradictions,
    findings,
    intake,
    oracles,
    replay,
    reports,
    sync,
    weight,
)
from tests.bench.measure import Line, Options, machine, table, write

BENCHMARKS = {
    "append": append.run,
    "replay": replay.run,
    "audit": audit.run,
    "oracles": oracles.run,
    "charts": charts.run,
    "intake": intake.run,
    "findings": findings.run,
    "reports": reports.run,
    "contradictions": contradictions.run,
    "sync": sync.run,
    "weight": weight.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, for continuous integration")
    parser.add_argument("--strict", action="store_true", help="fail when a goal is missed")
    parser.add_argument(
        "--only", choices=sorted(BENCHMARKS), action="append", help="one benchmark; may be repeated"
    )
    parser.add_argument(
        "--out", type=Path, default=Path(tempfile.gettempdir()) / "cadre-bench" / "bench.jsonl"
    )
    asked = parser.parse_args()
    before = machine()
    print(" ".join(f"{name} {value}" for name, value in before.items()))
    lines: list[Line] = []
    for name in asked.only or BENCHMARKS:
        began = perf_counter()
        with tempfile.TemporaryDirectory(prefix="cadre-bench-") as folder:
            for found in BENCHMARKS[name](Options(folder=Path(folder), quick=asked.quick)):
                lines.append(found)
                print(*list(table([found]))[1:], flush=True)
        print(f"({name}: {perf_counter() - began:.0f} s)", flush=True)
    print()
    print("\n".join(table(lines)))
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    write(asked.out, lines, before)
    print(f"\nrounds kept in {asked.out}")
    return asked.strict and any(each.verdict == "MISS" for each in lines)


if __name__ == "__main__":
    raise SystemExit(main())
