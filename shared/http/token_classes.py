"""What the token of a request may see: classes of tokens, and sealed fields masked in everything that is answered.

The class is set once for each request, beside the check of the token; answers and the rows they are read from ask for
it here, so that a route cannot forget it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextvars import ContextVar
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar, get_type_hints

import msgspec

from shared.core.facts import MASKED, Corrected, Topic
from shared.http.scope import Scope, ScopedIds

_NEW_VALUES = "new_values"
PUBLIC_TOPICS = frozenset({"organization", "regulation"})
"""The services whose facts are about no person: units, posts and reorganisations; documents and rules."""
_FREE_TEXT = frozenset(
    {"note", "grounds", "ground", "evidence", "excluded", "remedy_plan", "result", "reason", "legal_basis"}
)
"""Fields of facts in which somebody writes in words; where they hold one of several codes, they are no text."""
_FINDING_TEXT = ("detail", "reason")
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


class SecretIds(msgspec.Struct, frozen=True):
    """What does not exist for those who may not see it."""

    ids: frozenset[str] = frozenset()
    """Ids of units, posts, persons, tenures and the like, and of single facts."""
    withheld: Mapping[str, int] = {}
    """How many single facts are left out of a stream that may be seen."""


class SealedFields(msgspec.Struct, frozen=True):
    """The names of the fields that are masked, by the stored tag of a fact, and of each topic's corrections: `sealed`
    ones, and `words` about persons."""

    sealed: Mapping[str, frozenset[str]]
    sealed_of_topic: Mapping[str, frozenset[str]]
    words: Mapping[str, frozenset[str]] = {}
    words_of_topic: Mapping[str, frozenset[str]] = {}
    sensitive: Mapping[str, frozenset[str]] = {}
    sensitive_of_topic: Mapping[str, frozenset[str]] = {}
    """Those of the sealed fields that are sensitive."""
    titles: Mapping[str, tuple[str, str, frozenset[str]]] = {}
    """(field, other field, values): the field holds words about persons where the other has one of the values."""

    @classmethod
    def of(cls, topics: Iterable[Topic[Any]]) -> "SealedFields":
        """As the facts of these topics declare them."""
        sealed: dict[str, frozenset[str]] = {}
        words: dict[str, frozenset[str]] = {
            str(Corrected.__struct_config__.tag): frozenset(_free_text_of(Corrected))
        }
        sealed_of_topic: dict[str, frozenset[str]] = {}
        words_of_topic: dict[str, frozenset[str]] = {}
        titles: dict[str, tuple[str, str, frozenset[str]]] = {}
        topics = list(topics)
        for topic in topics:
            kinds = {tag: kind for tag, kind in topic.kinds.items() if kind is not Corrected}
            own_sealed = {tag: frozenset(topic.personal.get(kind, ())) for tag, kind in kinds.items()}
            own_words = {
                tag: frozenset(() if topic.name in PUBLIC_TOPICS else _free_text_of(kind))
                for tag, kind in kinds.items()
            }
            own_titles = {
                tag: found for tag, kind in kinds.items() if (found := getattr(kind, "words_where", None))
            }
            sealed |= own_sealed
            words |= own_words
            titles |= own_titles
            sealed_of_topic[topic.name] = frozenset(each for names in own_sealed.values() for each in names)
            words_of_topic[topic.name] = frozenset(
                [
                    *(each for names in own_words.values() for each in names),
                    *(each[0] for each in own_titles.values()),
                ]
            )
        sensitive = {
            topic.name: {tag: frozenset(topic.sensitive.get(kind, ())) for tag, kind in topic.kinds.items()}
            for topic in topics
        }
        return cls(
            sealed,
            sealed_of_topic,
            words,
            words_of_topic,
            {tag: names for kinds in sensitive.values() for tag, names in kinds.items()},
            {name: frozenset().union(*kinds.values()) for name, kinds in sensitive.items()},
            titles,
        )

    def of_fact(self, fact: Mapping[str, Any], only_words: bool) -> frozenset[str]:
        """The fields of a fact that are masked."""
        tag = str(fact.get("type", ""))
        names = self.words.get(tag, frozenset())
        field, other, values = self.titles.get(tag, ("", "", frozenset()))
        if field and fact.get(other) in values:
            names |= {field}
        return names if only_words else names | self.sealed.get(tag, frozenset())

    def of_corrections(self, topic: str, only_words: bool) -> frozenset[str]:
        """The new values of corrections that are masked."""
        words = self.words_of_topic.get(topic, frozenset())
        return words if only_words else words | self.sealed_of_topic.get(topic, frozenset())


def _free_text_of(kind: type[msgspec.Struct]) -> set[str]:
    """The fields of a fact that hold words."""
    hints = get_type_hints(kind)
    return {name for name in _FREE_TEXT & hints.keys() if hints[name] is str}


class Reader:
    """Who asks: the class of the token, the sealed fields, and the words that the address of the request names, such as
    topics and ids.

    `find_secret` reads what is secret. `is_cleared`: whether what is secret is shown; None: with personal data.
    `sees_sensitive`: whether personal data that is sensitive is shown with the other. `scope`: the part of the tree
    that is shown, of which `find_scoped` reads what is in it; None: all of it. `emergency_until`: the instant until
    which it is all of it because of an emergency. `find_known`: those of some texts that are ids of something here.
    """

    def __init__(
        self,
        token_class: TokenClass,
        sealed: SealedFields,
        named: frozenset[str],
        find_secret: Callable[[], SecretIds],
        is_cleared: bool | None = None,
        scope: Scope | None = None,
        find_scoped: Callable[[Scope], ScopedIds] | None = None,
        sees_sensitive: bool = True,
        emergency_until: str = "",
        find_known: Callable[[Collection[str]], frozenset[str]] = lambda _: frozenset(),
    ) -> None:
        self.token_class, self.sealed, self._find_secret = token_class, sealed, find_secret
        self.is_cleared = token_class.sees_personal if is_cleared is None else is_cleared
        self.scope, self._find_scoped = scope, find_scoped
        self.sees_sensitive = sees_sensitive and token_class.sees_personal
        self.emergency_until, self._find_known = emergency_until, find_known
        self.named = named
        self._corrected = frozenset[str]().union(*(sealed.of_corrections(topic, False) for topic in named))

    @property
    def sees_all(self) -> bool:
        """Whether nothing is masked or left out."""
        return self.sees_sensitive and self.is_cleared and self.scope is None

    def find_hidden(self) -> frozenset[str]:
        """Ids of what does not exist for this reader, read anew."""
        return frozenset() if self.is_cleared else self._find_secret().ids

    def find_scoped(self) -> ScopedIds | None:
        """What is in the scope of this reader, read anew; None: everything."""
        return self._find_scoped(self.scope) if self.scope and self._find_scoped else None

    @cached_property
    def scoped(self) -> ScopedIds | None:
        """As `find_scoped`, the same for the whole request."""
        return self.find_scoped()

    def is_out_of_reach(self, id_: str) -> bool:
        """Whether nothing with this id exists for this reader, be it secret or out of scope."""
        return id_ in self.hidden or (self.scoped is not None and id_ not in self.scoped.ids)

    def find_out_of_reach(self, texts: Collection[str]) -> frozenset[str]:
        """Those of some texts that are ids of what exists, and does not exist for this reader."""
        if self.is_cleared and self.scope is None:
            return frozenset()
        suspected = [each for each in texts if self.is_out_of_reach(each)]
        return self._find_known(suspected) if suspected else frozenset()

    @cached_property
    def _secret(self) -> SecretIds:
        return SecretIds() if self.is_cleared else self._find_secret()

    @property
    def hidden(self) -> frozenset[str]:
        """As `find_hidden`, the same for the whole request."""
        return self._secret.ids

    @property
    def withheld(self) -> int:
        """How many secret facts are left out of the streams that the address of the request names."""
        return sum(self._secret.withheld.get(each, 0) for each in self.named)

    def keep_visible(self, events: Sequence[E], anew: bool = False) -> list[E]:
        """Those events that are in scope, are not secret, and speak of nothing that is hidden. `anew`: by what is so
        now, where a request goes on for long."""
        if self.sees_all:
            return list(events)
        hidden = self.find_hidden() if anew else self.hidden
        scoped = self.find_scoped() if anew else self.scoped
        plain = [(event, msgspec.json.decode(msgspec.json.encode(event))) for event in events]
        return [
            event
            for event, content in plain
            if (scoped is None or scoped.shows(content.get("data", content)))
            and (self.is_cleared or not _is_secret(content, hidden))
        ]

    def mask(self, content: Any, hidden: frozenset[str] = frozenset()) -> Any:
        """What is answered, with sealed fields of facts and of corrections masked, and without `hidden` ids, unless the
        reader may see them."""
        if self.sees_sensitive and not hidden:
            return content
        plain = msgspec.to_builtins(content, enc_hook=str)
        masked = self._mask(plain, self._corrected, hidden)
        if hidden and isinstance(
            plain, dict
        ):  # an answer repeats what it was asked about, whether that exists or not
            masked |= {
                name: value for name, value in plain.items() if isinstance(value, str) and value in self.named
            }
        if isinstance(masked, dict) and "items" in masked and self.withheld:
            masked["withheld"] = self.withheld
        return masked

    def mask_words(self, topic: str, stored: bytes) -> bytes:
        """A stored event without words about persons; its sealed fields are ciphertext, and stay so."""
        if self.token_class.sees_personal:
            return stored
        event = msgspec.json.decode(stored)
        masked = self._mask(event, self.sealed.of_corrections(topic, True), frozenset(), True)
        return stored if masked == event else msgspec.json.encode(masked)

    def _mask(
        self, value: Any, corrected: frozenset[str], hidden: frozenset[str], only_words: bool = False
    ) -> Any:
        """`corrected`: the fields among the new values of a correction that says no topic of its own."""
        if isinstance(value, list | tuple):
            return [self._mask(each, corrected, hidden, only_words) for each in value]
        if isinstance(value, str):
            return "" if hidden and not hidden.isdisjoint(value.split("/")) else value
        if not isinstance(value, dict):
            return value
        if self.token_class.sees_personal:
            return self._mask_sensitive(value, hidden)
        topic = value.get("topic") or value.get("service")
        if isinstance(topic, str):
            corrected = self.sealed.of_corrections(topic, only_words)
        fields = self.sealed.of_fact(value, only_words)
        if isinstance(value.get("findings"), list | tuple):
            value = value | {"findings": [_hide_finding(each) for each in value["findings"]]}
        elif "inputs" in value and "overridden_by" in value:
            value = _hide_finding(value)
        return {
            name: _hide(each) if name in fields else self._part(name, each, corrected, hidden, only_words)
            for name, each in value.items()
            if name not in hidden
        }

    def _mask_sensitive(self, value: dict[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
        """An object with what is sensitive masked, of a fact or of the new values of a correction."""
        fields = frozenset[str]()
        if not self.sees_sensitive:
            fields = self.sealed.sensitive.get(str(value.get("type", "")), fields)
        masked = {
            name: _hide(each) if name in fields else self._mask(each, frozenset(), hidden)
            for name, each in value.items()
            if name not in hidden
        }
        new_values = masked.get(_NEW_VALUES)
        if isinstance(new_values, dict) and not self.sees_sensitive:
            every = frozenset[str]().union(*self.sealed.sensitive_of_topic.values())
            masked[_NEW_VALUES] = {
                name: _hide(each) if name in every else each for name, each in new_values.items()
            }
        return masked

    def _part(
        self, name: str, value: Any, corrected: frozenset[str], hidden: frozenset[str], only_words: bool
    ) -> Any:
        if name == _NEW_VALUES and isinstance(value, dict):
            if isinstance(findings := value.get("findings"), list | tuple):
                value = value | {"findings": [_hide_finding(each) for each in findings]}
            return {
                field: _hide(each)
                if field in corrected
                else self._part(field, each, corrected, hidden, only_words)
                for field, each in value.items()
            }
        return self._mask(value, corrected, hidden, only_words)


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


_EVERYTHING = Reader(TokenClass.PERSONAL, SealedFields({}, {}), frozenset(), SecretIds)
_reader: ContextVar[Reader] = ContextVar("reader", default=_EVERYTHING)


def set_reader(reader: Reader) -> None:
    """Say who asks, for the rest of this request."""
    _reader.set(reader)


def current_reader() -> Reader:
    """Who asks; somebody who sees all where there are no tokens, as on a single machine."""
    return _reader.get()


def _hide_finding(finding: Any) -> Any:
    """A finding without the words and the values in it: the rules are given birthdays and names."""
    if not isinstance(finding, dict):
        return finding
    inputs = finding.get("inputs")
    hidden = {name: _hide(finding[name]) for name in _FINDING_TEXT if name in finding}
    return finding | hidden | ({"inputs": dict.fromkeys(inputs, MASKED)} if isinstance(inputs, dict) else {})


def _hide(value: Any) -> Any:
    return MASKED if value else value
