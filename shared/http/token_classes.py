"""What the token of a request may see: classes of tokens, and sealed fields masked in everything that is answered.

The class is set once for each request, beside the check of the token; answers and the rows they are read from ask for
it here, so that a route cannot forget it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from shared.core.facts import MASKED, Corrected, Topic

_NEW_VALUES = "new_values"
E = TypeVar("E")


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


class Reader:
    """Who asks: the class of the token, the sealed fields, and the words that the address of the request names, such as
    topics and ids.

    `find_secret` reads the ids of all units, posts and tenures that are secret.
    """

    def __init__(
        self,
        token_class: TokenClass,
        sealed: SealedFields,
        named: frozenset[str],
        find_secret: Callable[[], frozenset[str]],
    ) -> None:
        self.token_class, self.sealed, self._find_secret = token_class, sealed, find_secret
        self._named = named
        self._corrected = frozenset[str]().union(*(sealed.of_topic.get(topic, ()) for topic in named))

    @property
    def sees_all(self) -> bool:
        """Whether nothing is masked or left out."""
        return self.token_class.sees_personal

    def find_hidden(self) -> frozenset[str]:
        """Ids of what does not exist for this reader, read anew."""
        return frozenset() if self.sees_all else self._find_secret()

    @cached_property
    def hidden(self) -> frozenset[str]:
        """As `find_hidden`, the same for the whole request."""
        return self.find_hidden()

    def keep_visible(self, events: Sequence[E], hidden: frozenset[str] | None = None) -> list[E]:
        """Those events that are not secret, and speak of nothing that is hidden."""
        if self.sees_all:
            return list(events)
        hidden = self.hidden if hidden is None else hidden
        return [
            event
            for event in events
            if not _is_secret(msgspec.json.decode(msgspec.json.encode(event)), hidden)
        ]

    def mask(self, content: Any, hidden: frozenset[str] = frozenset()) -> Any:
        """What is answered, with sealed fields of facts and of corrections masked, and without `hidden` ids, unless the
        reader may see them."""
        if self.sees_all:
            return content
        plain = msgspec.to_builtins(content, enc_hook=str)
        masked = self._mask(plain, self._corrected, hidden)
        if hidden and isinstance(
            plain, dict
        ):  # an answer repeats what it was asked about, whether that exists or not
            masked |= {
                name: value
                for name, value in plain.items()
                if isinstance(value, str) and value in self._named
            }
        return masked

    def _mask(self, value: Any, corrected: frozenset[str], hidden: frozenset[str]) -> Any:
        """`corrected`: the sealed fields among the new values of a correction that says no topic of its own."""
        if isinstance(value, list):
            return [self._mask(each, corrected, hidden) for each in value]
        if isinstance(value, str):
            return "" if hidden and not hidden.isdisjoint(value.split("/")) else value
        if not isinstance(value, dict):
            return value
        topic = value.get("topic") or value.get("service")
        if isinstance(topic, str):
            corrected = self.sealed.of_topic.get(topic, frozenset())
        fields = self.sealed.of_kind.get(str(value.get("type", "")), frozenset())
        return {
            name: _hide(each) if name in fields else self._part(name, each, corrected, hidden)
            for name, each in value.items()
            if name not in hidden
        }

    def _part(self, name: str, value: Any, corrected: frozenset[str], hidden: frozenset[str]) -> Any:
        if name == _NEW_VALUES and isinstance(value, dict):
            return {
                field: _hide(each) if field in corrected else self._part(field, each, corrected, hidden)
                for field, each in value.items()
            }
        return self._mask(value, corrected, hidden)


def _is_secret(value: Any, hidden: frozenset[str]) -> bool:
    """Whether any part is a SECRET fact, or a text that is one of these ids or a reference to one."""
    if isinstance(value, str):
        return not hidden.isdisjoint(value.split("/"))
    if isinstance(value, list):
        return any(_is_secret(each, hidden) for each in value)
    if isinstance(value, dict):
        if value.get("confidentiality") == "SECRET":
            return True
        return any(_is_secret(each, hidden) for each in value.values())
    return False


_EVERYTHING = Reader(TokenClass.PERSONAL, SealedFields({}, {}), frozenset(), frozenset)
_reader: ContextVar[Reader] = ContextVar("reader", default=_EVERYTHING)


def set_reader(reader: Reader) -> None:
    """Say who asks, for the rest of this request."""
    _reader.set(reader)


def current_reader() -> Reader:
    """Who asks; somebody who sees all where there are no tokens, as on a single machine."""
    return _reader.get()


def _hide(value: Any) -> Any:
    return MASKED if value else value
