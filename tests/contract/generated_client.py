"""A client made by openapi-python-client from the served document, in an environment of its own (make test)."""

import os
import subprocess
import sys
from pathlib import Path

import httpx2

TOOLS = Path(sys.prefix) / "client" / "bin"
STORY = Path(__file__).with_name("client_story.py")
PACKAGE = "cadre_ledger_client"


def generate_client(address: str, folder: Path) -> Path:
    """Make the package from /openapi.json of a running server. The folder it is in, to be put on the path."""
    document = folder / "openapi.json"
    document.write_bytes(httpx2.get(f"{address}/openapi.json", timeout=60).raise_for_status().content)
    config = folder / "config.yml"
    config.write_text("post_hooks: []\n", encoding="utf-8")
    output = folder / "made" / PACKAGE
    output.parent.mkdir()
    words = [
        "--path",
        document,
        "--output-path",
        output,
        "--meta",
        "none",
        "--config",
        config,
        "--fail-on-warning",
    ]
    run(TOOLS / "openapi-python-client", "generate", *words)
    return output.parent


def tell_story(address: str, made: Path, *token: str) -> str:
    """Import every module of the package, record an appointment through it, and return what the story prints."""
    return run(TOOLS / "python", "-W", "error", STORY, address, *token, PYTHONPATH=str(made))


def run(*words: object, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
