"""Puts a bug into the code for a while: a few words of one function are replaced wherever that function is used."""

import importlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import pytest

from services.bootstrap.services import SERVICES
from services.chronicle.projections import PROJECTIONS


@dataclass(frozen=True)
class Seed:
    """In some functions (`module:name`), what is right becomes wrong; one of the finders must fail because of it."""

    name: str
    edits: tuple[tuple[str, str, str], ...]
    finders: tuple[Callable[[], object], ...]


def found_at(where: str) -> FunctionType:
    module, _, path = where.partition(":")
    importlib.import_module(module)
    found: Any = sys.modules[module]
    for name in path.split("."):
        found = getattr(found, name, None)
    assert isinstance(found, FunctionType), f"there is no {where} any more; seed this bug anew"
    return found


def mutant(function: FunctionType, right: str, wrong: str) -> FunctionType:
    source = textwrap.dedent(inspect.getsource(function))
    assert right in source, f"{function.__qualname__} no longer says {right!r}; seed this bug anew"
    names: dict[str, Any] = {}
    code = compile(source.replace(right, wrong), f"<seeded in {function.__qualname__}>", "exec")
    exec(code, function.__globals__, names)
    found = names[function.__name__]
    assert isinstance(found, FunctionType)
    return found


def holders(function: Callable[..., Any]) -> Iterator[tuple[Any, Any]]:
    """Everything of ours that holds the function: modules, tables of functions, classes, projections, deciders."""
    ours: list[Any] = [
        module
        for name, module in sys.modules.items()
        if name.split(".")[0] in ("services", "shared", "tests") and isinstance(module, ModuleType)
    ]
    ours += [
        thing for module in ours for thing in list(vars(module).values()) if isinstance(thing, type | dict)
    ]
    ours += [*PROJECTIONS, *(service.decider for service in SERVICES.values())]
    for holder in {id(each): each for each in ours}.values():
        for name, value in list((holder if isinstance(holder, dict) else vars(holder)).items()):
            if value is function:
                yield holder, name


@contextmanager
def planted(seed: Seed) -> Iterator[None]:
    with ExitStack() as undo:
        for where, right, wrong in seed.edits:
            function = found_at(where)
            bug = mutant(function, right, wrong)
            places = list(holders(function))
            assert places, f"nothing uses {function}"
            for holder, name in places:
                undo.callback(plant, holder, name, function)
                plant(holder, name, bug)
        yield


def plant(holder: Any, name: Any, value: Any) -> None:
    """Frozen things too."""
    if isinstance(holder, dict):
        holder[name] = value
    elif isinstance(holder, type | ModuleType):
        setattr(holder, name, value)
    else:
        object.__setattr__(holder, name, value)


def found_by(seed: Seed) -> str:
    """The first of the finders that fails while the bug is in."""
    with planted(seed):
        for finder in seed.finders:
            try:
                finder()
            except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - any failure of a test is a find
                return f"{finder}: {type(error).__name__}"
    return ""
