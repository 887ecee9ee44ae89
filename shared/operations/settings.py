"""Settings of a process, read from the environment (pydantic-settings). docs/settings.md is generated from here.

A class built directly takes only its arguments; the functions read a mapping, by default `os.environ`.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import DirectoryPath, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from shared.core.clock import new_id
from shared.operations.home_files import restrict_home

PREFIX = "CADRE_"
LARGEST_PORT = 65535


class SettingsError(ValueError):
    """A setting is missing or cannot be used. The text says which and why, `remedy` what to give instead."""

    def __init__(self, text: str, remedy: str) -> None:
        super().__init__(text)
        self.remedy = remedy


def _setting(description: str, read_by: str, example: str, default: Any = ..., **more: Any) -> Any:
    """A field, what it is, which processes read it, and a value as one would write it."""
    return Field(
        default,
        description=description,
        examples=[example],
        json_schema_extra={"read_by": read_by},
        validate_default=False,
        **more,
    )


def _clock_jump(read_by: str) -> Any:
    return _setting(
        "by how many seconds the clock may go ahead of the time that passes; then nothing is recorded until the clock "
        "is right or `cadre clock accept` says that it is",
        read_by,
        "3600",
        3600,
        ge=1,
    )


def _clock_gap(read_by: str) -> Any:
    return _setting(
        "how many days a process that starts may be later than the last fact; then as above",
        read_by,
        "31",
        31,
        ge=1,
    )


def _providers(read_by: str) -> Any:
    return _setting(
        "a file that names the services at which people sign in (OpenID Connect) and whose access tokens are accepted; "
        "docs/security.md shows one",
        read_by,
        "/srv/cadre-ledger/providers.json",
        None,
    )


class _Environment(BaseSettings):
    """What both classes share: only `from_environment` reads the environment, and a value is never printed."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @field_validator("database", check_fields=False)
    @classmethod
    def _check_database(cls, value: str) -> str:
        if value:
            try:
                parts = urlsplit(value)
                known = parts.scheme == "postgresql" and bool(parts.path.strip("/")) and parts.port != 0
            except ValueError:
                known = False
            if not known:
                raise ValueError("it is not the address of a PostgreSQL database")
        return value


class Settings(_Environment):
    """Every service in one process: `cadre run`, and each command outside a cluster."""

    home: Path = _setting(
        "the folder of logs, keys and rows; `--home` wins over it",
        "every command",
        "/srv/cadre-ledger",
        Path("~/.cadre-ledger"),
    )
    site: str = _setting(
        "the name of this installation in every fact it records; read once, for a home that is new, and kept "
        "there in `site.json` (without it a name is made)",
        "every command",
        "hai-phong",
        "",
    )
    database: str = _setting(
        "a PostgreSQL database that keeps logs and rows; without it they are SQLite files in the home",
        "every command",
        "postgresql://user:password@localhost:5432/cadre",
        "",
        repr=False,
    )
    signing_key: Path | None = _setting(
        "the file of the key that signs checkpoints; without it `signing.key` in the home, made on first use",
        "cadre audit",
        "/srv/keys/signing.key",
        None,
    )
    clock_jump: int = _clock_jump("every command that records")
    clock_gap: int = _clock_gap("every command that records")
    empty: bool = _setting(
        "whether `cadre demo` loads nothing, as with `--empty`; yes or no", "cadre demo", "yes", default=False
    )
    hosts: str = _setting(
        "further names under which the page may be opened, separated by commas, such as that of a proxy on this "
        "machine; 127.0.0.1, localhost and ::1 always are",
        "cadre run",
        "so-can-bo.example.vn",
        "",
    )

    parent_address: str = _setting(
        "where the site above answers, where that is not its address in the registry, such as a tunnel or a proxy",
        "cadre run, cadre sync now",
        "https://127.0.0.1:8443",
        "",
    )
    sync_every: int = _setting(
        "after how many seconds the site above is called while nothing is new, and at most while it does not answer; "
        "0: never by itself",
        "cadre run",
        "600",
        600,
        ge=0,
    )
    sync_listen: str = _setting(
        "where messages of other sites are taken too, and nothing else; `--sync-listen` wins over it. Without it they "
        "are taken where the page is, which only this machine reaches",
        "cadre run",
        "0.0.0.0:8001",
        "",
    )
    oidc: Path | None = _providers("cadre run")
    sync_pause: int = _setting(
        "how many seconds are at least between two calls, however much is recorded",
        "cadre run",
        "20",
        20,
        ge=0,
    )

    @field_validator("sync_listen")
    @classmethod
    def _check_sync_listen(cls, value: str) -> str:
        return _check_listening(value)


class ClusterSettings(_Environment):
    """A process of a cluster. A command is part of one when CADRE_KAFKA is set."""

    database: str = _setting(
        "the PostgreSQL database of logs, keys and rows, with the role of this process; refused while `fsync`, "
        "`full_page_writes` or `synchronous_commit` is off",
        "every process",
        "postgresql://relay@postgres:5432/cadre",
        repr=False,
    )
    kafka: str = _setting("the brokers, separated by commas", "every process", "kafka:9092")
    site: str = _setting(
        "the name of this installation in every fact it records", "every process", "hai-phong"
    )
    password: Path | None = _setting(
        "a file that holds the password of CADRE_DATABASE, where the address has none",
        "every process",
        "/run/secrets/relay",
        None,
    )
    roles: DirectoryPath | None = _setting(
        "a folder with one file for each database role, which holds its password; with it the roles are made",
        "migrate, run by an administrator",
        "/run/secrets",
        None,
    )
    tokens: Path | None = _setting(
        'a file with `{"read": "…", "write": "…"}`: two different tokens of 32 characters or more, of which every '
        'request carries one; `"persons": [{"name": "…", "token": "…", "writes": true}]` adds tokens of persons, '
        "who are then the actors of what they record; `read_class`, `write_class` and `class` of a person say what a "
        "token sees: public, internal or personal",
        "serve",
        "/run/secrets/tokens",
        None,
    )
    home: Path | None = _setting(
        "the folder with the keys and the ticket of this site, where it belongs to a tree of sites; without it nothing "
        "is exchanged",
        "serve sync, sync-worker, site, bundle and sync",
        "/site",
        None,
    )
    hosts: str = _setting(
        "the names under which requests are answered, separated by commas; without it every name",
        "serve",
        "so-can-bo.example.vn",
        "",
    )
    oidc: Path | None = _providers("serve")
    clock_jump: int = _clock_jump("serve")
    clock_gap: int = _clock_gap("serve")
    metrics: str = _setting(
        "where `/health`, `/ready` and `/metrics` are answered without a token; `--metrics-port` wins over it",
        "serve, relay, worker, sync-worker",
        "0.0.0.0:9000",
        "",
    )

    @field_validator("kafka")
    @classmethod
    def _check_kafka(cls, value: str) -> str:
        for address in value.split(",") if value else ():
            host, _, port = address.strip().rpartition(":")
            if not host or not _is_port(port):
                raise ValueError("it is not HOST:PORT")
        return value

    @field_validator("metrics")
    @classmethod
    def _check_metrics(cls, value: str) -> str:
        return _check_listening(value)


def parse_hosts(names: str) -> frozenset[str]:
    """The names of hosts between commas, in small letters; a port after a name counts for nothing."""
    parts = (name.strip().lower().rstrip(".") for name in names.split(","))
    return frozenset(name if name.count(":") != 1 else name.partition(":")[0] for name in parts if name)


def _check_listening(value: str) -> str:
    if value and not _is_port(value.rpartition(":")[2]):
        raise ValueError("it is not [HOST:]PORT")
    return value


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) <= LARGEST_PORT


class _MappingSource(EnvSettingsSource):
    """The library's reader of the environment, over a mapping that is handed in."""

    def __init__(self, settings_cls: type[BaseSettings], env: Mapping[str, str]) -> None:
        self._env = env
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._env.items() if value and name.startswith(PREFIX)}


S = TypeVar("S", Settings, ClusterSettings)


def read_environment(kind: type[S], env: Mapping[str, str] = os.environ) -> S:
    """The settings of one class, nothing read or made on the disk. Raises SettingsError."""
    try:
        return kind(**_MappingSource(kind, env)())
    except ValidationError as error:
        raise _explained(kind, error) from None


def in_cluster(env: Mapping[str, str] = os.environ) -> bool:
    """Whether a command works on a cluster: when CADRE_KAFKA names its brokers."""
    return bool(env.get(variable("kafka")))


def variable(field: str) -> str:
    """The environment variable of a field."""
    return f"{PREFIX}{field}".upper()


def _explained(kind: type[BaseSettings], error: ValidationError) -> SettingsError:
    problems = [(str(each["loc"][0]), each["type"], each["msg"]) for each in error.errors(include_url=False)]
    missing = [variable(name) for name, type_, _ in problems if type_ == "missing"]
    wrong = [
        f"{variable(name)}: {message.removeprefix('Value error, ')}"
        for name, type_, message in problems
        if type_ != "missing"
    ]
    remedies = []
    for name, *_ in problems:
        field = kind.model_fields[name]
        what = str(field.description).partition(";")[0]
        remedies.append(f"{variable(name)} is {what}, such as {(field.examples or [''])[0]}")
    text = "; ".join([*([f"{', '.join(missing)} not set"] if missing else []), *wrong])
    return SettingsError(f"in the environment: {text}", "\n".join(remedies))


def load(home: Path | None = None, env: Mapping[str, str] = os.environ) -> Settings:
    """Settings of one process: `home`, else CADRE_HOME, else ~/.cadre-ledger. A new home gets a site name, kept for
    ever. Raises SettingsError."""
    settings = read_environment(Settings, env)
    try:
        folder = (home or settings.home).expanduser().resolve()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        site = _site_name(folder / "site.json", settings.site)
        restrict_home(folder)
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no such user in ~user
        raise SettingsError(
            f"the home {home or settings.home} cannot be used: {error}",
            "name a folder that this user may write, with --home or CADRE_HOME",
        ) from error
    return settings.model_copy(update={"home": folder, "site": site})


def _was_there(file: Path) -> bool:
    """Whether the marker of the last clean stop names this file of the home."""
    try:
        return f'"{file.name}"' in (file.parent / "clean-stop.json").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def _site_name(file: Path, given: str) -> str:
    """The name in the file, which is written first where there is none."""
    if not file.exists() and _was_there(file):
        raise SettingsError(
            f"{file} is missing, and it was there when this home was last closed",
            'it held {"site": "…"}, the name in every fact; restore it from a backup',
        )
    if not file.exists():
        name = given or "site-" + new_id().replace("-", "")[-8:]
        draft = file.with_suffix(".new")
        draft.write_text(json.dumps({"site": name}) + "\n", encoding="utf-8")
        draft.replace(file)
    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["site"])
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            f"{file} does not name this installation",
            'it held {"site": "…"}, the name in every fact; restore it from a backup',
        ) from error


def from_environment(env: Mapping[str, str] = os.environ) -> ClusterSettings:
    """Settings of a process of a cluster, with the password of its file in `database`. Raises SettingsError."""
    settings = read_environment(ClusterSettings, env)
    if not settings.password:
        return settings
    try:
        password = settings.password.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"in the environment: CADRE_PASSWORD: {error}",
            "CADRE_PASSWORD is a file that this process may read, with the password and nothing else in it",
        ) from error
    return settings.model_copy(update={"database": _with_password(settings.database, password)})


def _with_password(database: str, password: str) -> str:
    parts = urlsplit(database)
    user, _, server = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:{quote(password, safe='')}@{server}"))
