"""Collected where a Docker engine runs and has the images (`make images`); `.ci/run` sees to it that it does."""

import re
import shutil
import subprocess

from tests.engines.choice import COMPOSE_FILE, local_images


def answers(*words: str) -> bool:
    """Whether the command is there and ends well."""
    return (
        shutil.which(words[0]) is not None
        and subprocess.run(words, capture_output=True, check=False).returncode == 0
    )


def ready() -> bool:
    """An engine that has every image the compose file names, and a compose command, old or new."""
    wanted = set(re.findall(r"image: (\S+)", COMPOSE_FILE.read_text(encoding="utf-8")))
    composes = answers("docker", "compose", "version") or answers("docker-compose", "version")
    return composes and wanted <= local_images()


collect_ignore = [] if ready() else ["test_compose.py"]
