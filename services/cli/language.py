"""Vietnamese and English on the command line: which one is used, and texts in it."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Literal

Language = Literal["vi", "en"]

_language: ContextVar[Language] = ContextVar("language", default="en")


def language_from_environment(env: Mapping[str, str]) -> Language:
    """Vietnamese where the locale is; the first of LC_ALL, LC_MESSAGES and LANG that is set decides, as in POSIX."""
    locale = next((env[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if env.get(name)), "")
    return "vi" if locale.lower().startswith("vi") else "en"


def set_language(language: Language) -> None:
    """Use this language for every text from now on."""
    _language.set(language)


def current_language() -> Language:
    return _language.get()


def translate(text: str, /, **values: object) -> str:
    """The text in the current language, with its `{names}` filled in. Texts without a translation stay English."""
    if current_language() == "vi":
        from services.cli.vietnamese import VIETNAMESE

        text = VIETNAMESE.get(text, text)
    return text.format(**values) if values else text
