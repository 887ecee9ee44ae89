"""Selected where a Docker engine runs and has the images (`make images`); `.ci/run` sees to it that it does."""

import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def said(*words: str) -> str:
    """What the engine answers; nothing where there is none."""
    if not shutil.which(words[0]):
        return ""
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


def ready() -> bool:
    """An engine that has every image the compose file names, and a compose command, old or new."""
    wanted = set(re.findall(r"image: (\S+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    there = set(said("docker", "images", "--format", "{{.Repository}}:{{.Tag}}").split())
    return wanted <= there and bool(said("docker", "compose", "version") or said("docker-compose", "version"))


collect_ignore = [] if ready() else ["test_compose.py"]
