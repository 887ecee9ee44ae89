"""What the token of a request may see: classes of tokens, and sealed fields masked in everything that is answered.

The class is set once for each request, beside the check of the token; answers and the rows they are read from ask for
it here, so that a route cannot forget it.
"""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from enum import StrEnum
from typing import Any

import msgspec

from shared.core.facts import MASKED, Corrected, Topic

_NEW_VALUES = "new_values"


class TokenClass(StrEnum):
    """What a token sees. Each sees what the ones before it see."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"

    @property
    def sees_personal(self) -> bool:
        """Whether sealed fields are shown in clear."""
        return self is TokenClass.PERSONAL


class SealedFields(msgspec.Struct, frozen=True):
    """The names of sealed fields: by the stored tag of a fact, and of each topic's corrections."""

    of_kind: Mapping[str, frozenset[str]]
    of_topic: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, topics: Iterable[Topic[Any]]) -> "SealedFields":
        """As the facts of these topics declare them."""
        sealed = [topic for topic in topics if topic.personal]
        return cls(
            {
                str(kind.__struct_config__.tag): frozenset(fields)
                for topic in sealed
                for kind, fields in topic.personal.items()
                if kind is not Corrected
            },
            {topic.name: frozenset(topic.personal[Corrected]) for topic in sealed},
        )


class Reader(msgspec.Struct, frozen=True):
    """Who asks: the class of the token, and the topics that the path of the request names."""

    token_class: TokenClass = TokenClass.PERSONAL
    sealed: SealedFields = SealedFields({}, {})
    topics: frozenset[str] = frozenset()

    def mask(self, content: Any) -> Any:
        """What is answered, with sealed fields of facts and of corrections masked unless the reader may see them."""
        if self.token_class.sees_personal:
            return content
        about = frozenset[str]().union(*(self.sealed.of_topic.get(topic, ()) for topic in self.topics))
        return self._mask(msgspec.to_builtins(content, enc_hook=str), about)

    def _mask(self, value: Any, corrected: frozenset[str]) -> Any:
        """`corrected`: the sealed fields among the new values of a correction that says no topic of its own."""
        if isinstance(value, list):
            return [self._mask(each, corrected) for each in value]
        if not isinstance(value, dict):
            return value
        topic = value.get("topic") or value.get("service")
        if isinstance(topic, str):
            corrected = self.sealed.of_topic.get(topic, frozenset())
        fields = self.sealed.of_kind.get(str(value.get("type", "")), frozenset())
        return {
            name: _hide(each) if name in fields else self._part(name, each, corrected)
            for name, each in value.items()
        }

    def _part(self, name: str, value: Any, corrected: frozenset[str]) -> Any:
        if name == _NEW_VALUES and isinstance(value, dict):
            return {
                field: _hide(each) if field in corrected else self._part(field, each, corrected)
                for field, each in value.items()
            }
        return self._mask(value, corrected)


_EVERYTHING = Reader()
_reader: ContextVar[Reader] = ContextVar("reader", default=_EVERYTHING)


def set_reader(reader: Reader) -> None:
    """Say who asks, for the rest of this request."""
    _reader.set(reader)


def current_reader() -> Reader:
    """Who asks; somebody who sees all where there are no tokens, as on a single machine."""
    return _reader.get()


def _hide(value: Any) -> Any:
    return MASKED if value else value
