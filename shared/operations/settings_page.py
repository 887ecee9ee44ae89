"""The page of settings (docs/settings.md), generated from the classes."""

from pydantic.fields import FieldInfo

from shared.operations.settings import ClusterSettings, Settings, variable

INTRODUCTION = """# Settings

<!-- made by `cadre settings --write` -->
Everything is set by environment variables; one that is empty counts as not set. Where one is missing or cannot be used,
the command ends with its name, the reason and the remedy, before anything is done.
"""
HEAD = "| variable | what it is | for example | if not set | read by |\n|---|---|---|---|---|"
OTHERS = {
    "Traces": {
        "OTEL_EXPORTER_OTLP_ENDPOINT": (
            "where traces go (OTLP over HTTP); without it, or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT or "
            "OTEL_TRACES_EXPORTER, there are none",
            "serve, relay, worker",
        ),
        "OTEL_SERVICE_NAME": (
            "the name of the process in its spans; without it `cadre-` and its command",
            "serve, relay, worker",
        ),
        "OTEL_SDK_DISABLED": ("true: no traces, whatever else is set", "serve, relay, worker"),
        "OTEL_*": (
            "the other variables of the OpenTelemetry SDK and its OTLP exporter hold as its documentation says",
            "serve, relay, worker",
        ),
    },
    "Of the shell": {
        "USER": ("who asks for an audit, in the facts that it records", "cadre audit"),
        "CADRE_PORT": ("the one port of this machine that leads to the containers", "docker-compose.yml"),
    },
}
"""Variables that no class of ours holds: (what it is, who reads it) by name, by heading."""


def settings_page() -> str:
    """The whole page, as Markdown."""
    parts = [INTRODUCTION]
    for heading, kind in (("One process", Settings), ("A process of a cluster", ClusterSettings)):
        parts.append(f"## {heading}\n\n{kind.__doc__}\n\n{HEAD}")
        parts += [_row(name, field) for name, field in kind.model_fields.items()]
        parts.append("")
    for heading, variables in OTHERS.items():
        parts.append(f"## {heading}\n\n| variable | what it is | read by |\n|---|---|---|")
        parts += [f"| `{name}` | {text} | {reader} |" for name, (text, reader) in variables.items()]
        parts.append("")
    return "\n".join(parts)


def _row(name: str, field: FieldInfo) -> str:
    default = "an error" if field.is_required() else "" if field.default in ("", None) else field.default
    if default is False:
        default = "no"
    extra = field.json_schema_extra
    read_by = extra["read_by"] if isinstance(extra, dict) else ""
    example = (field.examples or [""])[0]
    return f"| `{variable(name)}` | {field.description} | `{example}` | {default} | {read_by} |"
