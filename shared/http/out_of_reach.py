"""Leaves out of refusals and findings the ids of what their reader may not open: a rule speaks of whatever it rests on,
such as the other file that has the same national id."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from shared.http.token_classes import Reader

OUT_OF_REACH = "(ngoài phạm vi của bạn · outside your scope)"
"""Stands in place of an id."""
_WORD = re.compile(r"[A-Za-z0-9._~-]{1,64}", re.ASCII)
_INPUTS = b'"inputs":'


def hide_ids(content: Any, reader: Reader) -> Any:
    """What is answered, as JSON has it, without the ids of what exists out of reach of its reader. What the reader
    named stays as it was named."""
    if reader.scope is None and reader.is_cleared:
        return content
    plain = msgspec.to_builtins(content, enc_hook=str, str_keys=True)
    words = {word for text in _texts(plain) for word in _words(text)} - reader.named
    hidden = reader.find_out_of_reach(words)
    return _replace(plain, hidden) if hidden else content


def hide_ids_in_findings(body: bytes, reader: Reader) -> bytes:
    """Likewise a JSON text, of which only the findings are changed; the same bytes where they say nothing of it."""
    if _INPUTS not in body or (reader.scope is None and reader.is_cleared):
        return body
    content = msgspec.json.decode(body)
    words = {word for each in _findings(content) for text in _texts(each) for word in _words(text)}
    hidden = reader.find_out_of_reach(words - reader.named)
    if not hidden:
        return body
    for finding in _findings(content):
        finding |= {name: _replace(value, hidden) for name, value in finding.items()}
    return msgspec.json.encode(content)


def _findings(value: Any) -> Iterator[dict[str, Any]]:
    """Every finding in a JSON value: an object with the values that a rule was given."""
    if isinstance(value, list):
        for each in value:
            yield from _findings(each)
    elif isinstance(value, dict):
        if isinstance(value.get("inputs"), dict):
            yield value
        else:
            for each in value.values():
                yield from _findings(each)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield str(name)
            yield from _texts(each)


def _words(text: str) -> Iterator[str]:
    """The parts of a text that can be ids; the end of a sentence is no part of one."""
    for word in _WORD.findall(text):
        yield word
        yield word.rstrip(".-")


def _replace(value: Any, hidden: frozenset[str]) -> Any:
    if isinstance(value, str):

        def put(found: re.Match[str]) -> str:
            word, end = found[0], found[0].rstrip(".-")
            if word in hidden:
                return OUT_OF_REACH
            return OUT_OF_REACH + word[len(end) :] if end in hidden else word

        return _WORD.sub(put, value)
    if isinstance(value, list | tuple):
        return [_replace(each, hidden) for each in value]
    if isinstance(value, dict):
        return {_replace(name, hidden): _replace(each, hidden) for name, each in value.items()}
    return value
