"""Where tests take PostgreSQL and Kafka from: addresses of the environment, else containers, else processes."""

import re
import shutil
import subprocess
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from pathlib import Path

COMPOSE_FILE = Path(__file__).parents[2] / "docker-compose.yml"
ADDRESSES = {"postgres": "CADRE_TEST_DATABASE", "kafka": "CADRE_TEST_KAFKA"}
"""The variable with the address of each engine, where one runs already."""
SETTING = "CADRE_TEST_ENGINES"
"""The variable that asks for `container` or `process`; pytest sets it for its workers, so that all choose alike."""


class Source(StrEnum):
    ADDRESS = "address"
    CONTAINER = "container"
    PROCESS = "process"


class ImagesMissing(Exception):
    """Containers were requested, and the Docker engine or an image of `make images` is not there."""


def image_names() -> dict[str, str]:
    """The image that the compose file names for each engine."""
    compose = COMPOSE_FILE.read_text(encoding="utf-8")
    return {name: re.findall(rf"image: (cadre-ledger/{name}:\S+)", compose)[0] for name in ADDRESSES}


def local_images() -> set[str]:
    """Names of the images that a Docker engine of this machine has; none where no engine answers."""
    if not shutil.which("docker"):
        return set()
    command = ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"]
    return set(subprocess.run(command, capture_output=True, text=True, check=False).stdout.split())


def choose_source(env: Mapping[str, str], images: Callable[[], Collection[str]] = local_images) -> Source:
    """CONTAINER or PROCESS, for the engines whose address is not given. ValueError, ImagesMissing."""
    requested = env.get(SETTING, "")
    if requested not in ("", Source.CONTAINER, Source.PROCESS):
        raise ValueError(f"{SETTING} is {requested!r}; it may be container or process")
    if requested == Source.PROCESS or all(env.get(variable) for variable in ADDRESSES.values()):
        return Source.PROCESS
    missing = {*image_names().values()}.difference(images())
    if requested == Source.CONTAINER and missing:
        raise ImagesMissing(
            f"{SETTING}={requested} needs Docker and {', '.join(sorted(missing))}: make images"
        )
    return Source.PROCESS if missing else Source.CONTAINER


def engine_sources(
    env: Mapping[str, str], images: Callable[[], Collection[str]] = local_images
) -> dict[str, Source]:
    """The source of each engine by its name."""
    source = choose_source(env, images)
    return {name: Source.ADDRESS if env.get(variable) else source for name, variable in ADDRESSES.items()}


def describe_sources(env: Mapping[str, str], sources: Mapping[str, Source]) -> str:
    """One line for the head of a run."""
    words = {
        name: {
            Source.ADDRESS: f"{ADDRESSES[name]}={env.get(ADDRESSES[name])}",
            Source.CONTAINER: f"a container of {image_names()[name]}",
            Source.PROCESS: "a process of this machine",
        }[source]
        for name, source in sources.items()
    }
    return "engines: " + ", ".join(f"{name}: {word}" for name, word in words.items())
