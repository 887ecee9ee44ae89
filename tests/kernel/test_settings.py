"""Settings: what is missing or wrong is named with its remedy, and the page has every variable that is read."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.__main__ import application
from services.cli.settings import PAGE
from shared.operations.settings import (
    ClusterSettings,
    Settings,
    SettingsError,
    from_environment,
    load,
    read_environment,
    variable,
)
from shared.operations.settings_page import settings_page

ROOT = Path(__file__).parents[2]
WHOLE = {"CADRE_DATABASE": "postgresql://relay@db/cadre", "CADRE_KAFKA": "a:9092,b:9092", "CADRE_SITE": "s"}


def test_a_process_of_a_cluster_reads_what_it_needs() -> None:
    settings = from_environment(
        {**WHOLE, "CADRE_METRICS": "0.0.0.0:9000", "CADRE_TOKENS": "", "PATH": "/bin"}
    )
    assert (settings.database, settings.kafka, settings.site) == tuple(WHOLE.values())
    assert (settings.metrics, settings.tokens, settings.roles) == ("0.0.0.0:9000", None, None)


def test_all_that_is_not_set_is_named_at_once() -> None:
    with pytest.raises(SettingsError, match="CADRE_DATABASE, CADRE_SITE not set") as missing:
        from_environment({"CADRE_KAFKA": "k:9092", "CADRE_SITE": ""})
    assert "CADRE_DATABASE is " in missing.value.remedy
    assert "postgresql://" in missing.value.remedy


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("CADRE_DATABASE", "mysql://me:unsaid@db/cadre", "PostgreSQL"),
        ("CADRE_DATABASE", "postgresql://me:unsaid@db:port/cadre", "PostgreSQL"),
        ("CADRE_DATABASE", "postgresql://me:unsaid@db", "PostgreSQL"),
        ("CADRE_KAFKA", "kafka", "HOST:PORT"),
        ("CADRE_KAFKA", "kafka:9092,other:", "HOST:PORT"),
        ("CADRE_KAFKA", ":9092", "HOST:PORT"),
        ("CADRE_METRICS", "here", "PORT"),
        ("CADRE_METRICS", "127.0.0.1:70000", "PORT"),
        ("CADRE_ROLES", "/no/such/folder", "directory"),
        ("CADRE_PASSWORD", "/no/such/file", "No such file"),
    ],
)
def test_a_wrong_value_is_named_with_its_remedy_and_never_quoted(name: str, value: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}: .*{reason}") as wrong:
        from_environment({**WHOLE, name: value})
    assert wrong.value.remedy.startswith(f"{name} is ")
    assert "unsaid" not in f"{wrong.value}{wrong.value.remedy}"


def test_a_command_says_so_and_does_nothing() -> None:
    refused = CliRunner().invoke(application(), ["relay"], env={**WHOLE, "CADRE_KAFKA": "kafka"})
    assert refused.exit_code == 2
    assert "CADRE_KAFKA: it is not HOST:PORT" in refused.stderr
    assert "such as kafka:9092" in refused.stderr


def test_a_port_of_the_command_line_is_looked_at_like_one_of_the_environment() -> None:
    refused = CliRunner().invoke(application(), ["relay", "--metrics-port", "here"], env=WHOLE)
    assert refused.exit_code == 2
    assert "CADRE_METRICS: it is not [HOST:]PORT" in refused.stderr


def test_a_home_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match=re.escape(f"the home {tmp_path / 'file'} cannot be used")):
        load(None, {"CADRE_HOME": str(tmp_path / "file")})
    (tmp_path / "site.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"site\.json does not name this installation"):
        load(tmp_path, {})


def test_settings_that_are_built_ask_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CADRE_DATABASE", "postgresql://elsewhere/cadre")
    assert Settings(site="test").database == ""
    assert read_environment(Settings).database == "postgresql://elsewhere/cadre"


def test_a_password_is_not_shown() -> None:
    settings = from_environment({**WHOLE, "CADRE_DATABASE": "postgresql://me:unsaid@db/cadre"})
    assert "unsaid" not in f"{settings} {settings!r}"


def test_the_page_is_what_the_code_says_and_has_every_variable_that_is_named_anywhere() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page()
    fields = [*Settings.model_fields, *ClusterSettings.model_fields]
    assert all(f"`{variable(name)}`" in settings_page() for name in fields)
    files = [ROOT / "docker-compose.yml", ROOT / "Makefile"]
    for folder in ("services", "shared", "deploy"):
        files += [file for file in (ROOT / folder).rglob("*") if file.suffix in ("", ".py", ".sh", ".conf")]
    named = {
        name
        for file in files
        if file.is_file()
        for name in re.findall(r"CADRE_[A-Z_]*[A-Z]", file.read_text(encoding="utf-8", errors="ignore"))
    }
    assert len(named) > 10
    of_tests = {name for name in named if name.startswith(("CADRE_TEST_", "CADRE_FAULT_"))}
    assert {name for name in named - of_tests if f"`{name}`" not in settings_page()} == set()


def test_only_the_settings_read_the_environment() -> None:
    reading = {
        str(file.relative_to(ROOT))
        for folder in ("services", "shared")
        for file in (ROOT / folder).rglob("*.py")
        if re.search(r"\benviron\b|getenv|envvar=", file.read_text(encoding="utf-8"))
    }
    assert reading == {
        "shared/operations/settings.py",
        "services/__main__.py",  # the language of the user
        "services/cli/cluster.py",  # an option wins over CADRE_METRICS
        "services/cli/demo_sites.py",  # passed on to the sites that it starts
        "services/cli/audit/options.py",  # USER
        "services/bootstrap/observability.py",  # OTEL_*
        "shared/http/tracing.py",  # asks the library of OpenTelemetry for the stable names
    }
