"""The commands in docs/import.md, run as they stand there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_example_of_a_corrected_file_works_as_written(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```console\n(.*?)```", guide, re.DOTALL)
    commands = [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]
    expected = [line for line in block.splitlines() if not line.startswith("$ ")]
    (tmp_path / "source").mkdir()
    program = f'cadre() {{ {shlex.quote(sys.executable)} -m services "$@"; }}\n' + "\n".join(commands)
    env = {**os.environ, "CADRE_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-euc", program],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    for line in expected:
        assert line in done.stdout.splitlines()
