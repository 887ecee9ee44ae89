"""What an installation is told from outside: where its data lives and where it listens."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.core.clock import new_id


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`home` holds logs, keys and rows. `site` names this installation in every fact it records."""

    home: Path
    site: str
    database: str = ""
    """`postgresql://…` keeps logs and rows there; without it they are SQLite files in `home`."""
    host: str = "127.0.0.1"
    port: int = 8000


def load(home: Path | None = None, env: Mapping[str, str] = os.environ) -> Settings:
    """From the arguments, else CADRE_HOME, else ~/.cadre-ledger. A new home gets a site name, kept for ever."""
    home = (home or Path(env.get("CADRE_HOME", "~/.cadre-ledger"))).expanduser().resolve()
    home.mkdir(parents=True, exist_ok=True)
    file = home / "site.json"
    if not file.exists():
        site = env.get("CADRE_SITE") or "site-" + new_id().replace("-", "")[-8:]
        draft = file.with_suffix(".new")
        draft.write_text(json.dumps({"site": site}) + "\n", encoding="utf-8")
        draft.replace(file)
    site = json.loads(file.read_text(encoding="utf-8"))["site"]
    return Settings(home=home, site=site, database=env.get("CADRE_DATABASE", ""))
