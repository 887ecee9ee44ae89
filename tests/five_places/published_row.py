"""One row of the table: a question over HTTP, what the place published, and how the answer is read."""

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

Read = Callable[[Any], Any]


class Row(NamedTuple):
    """`unit` and `basis` are those that the answer must state; empty where it is a list."""

    id: str
    question: str
    path: str
    params: dict[str, str]
    expected: Any
    read: Read
    unit: str = ""
    basis: str = ""

    @property
    def url(self) -> str:
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path


def total(answer: Any) -> Any:
    return answer["total"]


def by(*names: str) -> Read:
    """The figures by what they are filed under, as text."""
    return lambda answer: {
        " ".join(figure["key"][name] for name in names): figure["value"]
        for figure in answer.get("grades", answer)["figures"]
    }


def figure(name: str) -> Read:
    return lambda answer: next(
        (each["value"] for each in answer["figures"] if name in each["key"].values()), None
    )


def change(name: str) -> Read:
    return lambda answer: next(each["change"] for each in answer["changes"] if name in each["key"].values())


def changes(answer: Any) -> Any:
    return {" ".join(each["key"].values()): each["change"] for each in answer["changes"]}


def net(answer: Any) -> Any:
    return sum(each["change"] for each in answer["changes"])


def number(answer: Any) -> Any:
    return len(answer["items"])


def column(*names: str) -> Read:
    """Of every line, one field or several."""
    if len(names) == 1:
        return lambda answer: [each[names[0]] for each in answer["items"]]
    return lambda answer: [[each[name] for name in names] for each in answer["items"]]
