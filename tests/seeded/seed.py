"""Puts a bug into the code for a while: a few words of one function are replaced wherever that function is used."""

import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from services.chronicle.projections import PROJECTIONS
from services.composition import SERVICES


@dataclass(frozen=True)
class Seed:
    """In `function`, `right` becomes `wrong`; one of `finders` must fail because of it."""

    name: str
    function: Callable[..., Any]
    right: str
    wrong: str
    finders: tuple[Callable[[], object], ...]


def mutant(seed: Seed) -> FunctionType:
    function = inspect.unwrap(seed.function)
    assert isinstance(function, FunctionType)
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(seed.right), f"{function.__qualname__} no longer says {seed.right!r}; seed this bug anew"
    names: dict[str, Any] = {}
    exec(compile(source.replace(seed.right, seed.wrong), f"<seeded: {seed.name}>", "exec"), function.__globals__, names)  # noqa: S102
    found = names[function.__name__]
    assert isinstance(found, FunctionType)
    return found


def holders(function: Callable[..., Any]) -> Iterator[tuple[Any, str]]:
    """Everything of ours that holds the function: modules, classes, projections, deciders."""
    ours: list[Any] = [
        module
        for name, module in sys.modules.items()
        if name.split(".")[0] in ("services", "shared", "tests") and isinstance(module, ModuleType)
    ]
    ours += [thing for module in ours for thing in list(vars(module).values()) if isinstance(thing, type)]
    ours += [*PROJECTIONS, *(service.decider for service in SERVICES.values())]
    for holder in {id(each): each for each in ours}.values():
        for name, value in list(vars(holder).items()):
            if value is function:
                yield holder, name


@contextmanager
def planted(seed: Seed) -> Iterator[None]:
    places, bug = list(holders(seed.function)), mutant(seed)
    assert places, f"nothing uses {seed.function}"
    try:
        for holder, name in places:
            plant(holder, name, bug)
        yield
    finally:
        for holder, name in places:
            plant(holder, name, seed.function)


def plant(holder: Any, name: str, value: Any) -> None:
    """Frozen things too."""
    if isinstance(holder, type | ModuleType):
        setattr(holder, name, value)
    else:
        object.__setattr__(holder, name, value)


def found_by(seed: Seed) -> list[str]:
    """The finders that fail while the bug is in."""
    failed = []
    with planted(seed):
        for finder in seed.finders:
            try:
                finder()
            except Exception as error:  # noqa: BLE001 - any failure of a test is a find
                failed.append(f"{getattr(finder, '__name__', finder)}: {type(error).__name__}")
    return failed
