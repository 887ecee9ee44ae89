"""`make mutants`: change the code in small ways, one at a time, and count the changes that the tests notice."""

import argparse
import os
import resource
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.mutation.packages import PACKAGES, Package

ROOT = Path(__file__).parents[2]
WORK = ROOT / "mutants"
"""One folder for each package, with links to the checkout, its settings of mutmut and the mutated copy."""
LINKED = ("deploy", "docs", "services", "shared", "tests", "docker-compose.yml", "pyproject.toml")
PLUGINS = ("tests.mutation.node_ids", "no:xdist", "no:cacheprovider")
NOTICED = ("killed", "timeout", "segfault")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("packages", nargs="*", metavar="package", help=", ".join(PACKAGES))
    parser.add_argument("--since", metavar="REVISION", help="only files that differ from this revision")
    parser.add_argument("--again", action="store_true", help="only what survived the run before")
    parser.add_argument("--children", default="1", help="mutants that are tested at once")
    given = parser.parse_args()
    if unknown := set(given.packages) - PACKAGES.keys():
        parser.error(f"there is no package {min(unknown)}; there are {', '.join(PACKAGES)}")
    changed = changed_files(given.since)
    total: Counter[str] = Counter()
    for name in given.packages or PACKAGES:
        files = PACKAGES[name].matching(changed)
        if files:
            total += report(name, run_mutmut(name, files, given.children, again=given.again))
    if total:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(score_line("all", total), f"in {(used.ru_utime + used.ru_stime) / 60:.0f} minutes of one core")
    else:
        print("no file that is mutated has changed")


def changed_files(since: str | None) -> list[str]:
    """Tracked files, or those that differ from the revision, committed or not."""
    command = ["git", "diff", "--name-only", "--diff-filter=d", since] if since else ["git", "ls-files"]
    command += ["--", "services", "shared"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def run_mutmut(name: str, files: list[str], children: str, *, again: bool) -> dict[str, str]:
    """The status of every mutant by its name. `again`: only of those that survived before, else starts anew."""
    folder = WORK / name
    folder.mkdir(parents=True, exist_ok=True)
    for linked in LINKED:
        if not (folder / linked).exists():
            (folder / linked).symlink_to(ROOT / linked)
    (folder / "setup.cfg").write_text(settings(files, PACKAGES[name]), encoding="utf-8")
    if not again:
        shutil.rmtree(folder / "mutants", ignore_errors=True)
    survived = survivors(results(folder)) if again else []
    if survived or not again:
        mutmut(folder, "run", "--max-children", children, *survived)
    return results(folder)


def settings(files: list[str], package: Package) -> str:
    """The setup.cfg that mutmut reads: the links are copied, the files mutated, the tests run in one process."""
    lists = {
        "source_paths": ["services", "shared"],
        "only_mutate": files,
        "do_not_mutate_patterns": ["assert_never"],
        "also_copy": ["deploy", "docs", "docker-compose.yml"],
        "pytest_add_cli_args": [word for name in PLUGINS for word in ("-p", name)] + ["--hypothesis-seed=0"],
        "pytest_add_cli_args_test_selection": list(package.tests),
    }
    lines = [f"{key} =\n" + "".join(f"    {value}\n" for value in values) for key, values in lists.items()]
    single = {"track_dependencies": "false", "use_git_change_detection": "false", "timeout_multiplier": "5"}
    return "[mutmut]\n" + "".join([*lines, *(f"{key} = {value}\n" for key, value in single.items())])


def mutmut(folder: Path, *words: str) -> str:
    """What mutmut says, which stays in a file of the folder too. Ends the program where it fails."""
    environment = os.environ | {"CADRE_TEST_ENGINES": "process"}
    command = [sys.executable, "-m", "mutmut", *words]
    log = folder / f"{words[0]}.log"
    with log.open("w", encoding="utf-8") as out:
        code = subprocess.run(
            command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT
        ).returncode
    if code:
        sys.exit(f"mutmut {words[0]} failed: {log.relative_to(ROOT)}")
    return log.read_text(encoding="utf-8")


def results(folder: Path) -> dict[str, str]:
    """The status of every mutant by its name, as mutmut tells it."""
    lines = [line.strip().partition(": ") for line in mutmut(folder, "results", "--all", "true").splitlines()]
    return {name: status for name, _, status in lines if status}


def survivors(mutants: dict[str, str]) -> list[str]:
    return sorted(name for name, status in mutants.items() if status not in NOTICED)


def report(name: str, mutants: dict[str, str]) -> Counter[str]:
    counts = Counter(mutants.values())
    print(score_line(name, counts), flush=True)
    for mutant in survivors(mutants):
        print(f"    {mutants[mutant]}  {mutant}")
    return counts


def score_line(name: str, counts: Counter[str]) -> str:
    noticed, total = sum(counts[status] for status in NOTICED), counts.total()
    kinds = ", ".join(f"{count} {status}" for status, count in counts.most_common())
    return f"{name:14}{noticed:>6} of {total:>5}  {noticed / total:6.1%}  ({kinds})"


if __name__ == "__main__":
    main()
