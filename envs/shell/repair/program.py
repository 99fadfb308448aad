"""What a family of small programs is: modules with places for bugs, rules, and ways to use them.

    @family("intervals")
    def intervals(d: Draw) -> Program: ...

In a module's text, `<<word>>` is a name that is drawn, and

    ⟦boundary¦start <= end¦start < end⟧

is a place for a bug: its kind, the right text and the wrong one. The text with every place right is
the reference; the rules say in words all that it does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from veragym.envs.shell.task.template import Draw

_PLACE = re.compile(r"⟦([a-z ]+)¦(.*?)¦(.*?)⟧", re.DOTALL)
_WORD = re.compile(r"<<([A-Za-z_]+)>>")

KINDS: Mapping[str, str] = {
    "boundary": "a comparison is off at its border",
    "operator": "a wrong operator",
    "arguments": "two arguments are swapped",
    "missing case": "a case is not dealt with",
    "mutable default": "a default value is shared between calls",
    "order": "things happen in the wrong order",
    "slice": "a slice or range is off by one",
    "lost return": "a result is computed and lost",
    "shadowed": "a name hides another one",
    "empty": "nothing, or an empty value, is not dealt with",
    "key": "a wrong key, index or field is used",
    "stale": "something remembered is not brought up to date",
    "number": "whole numbers and fractions are mixed up",
    "encoding": "characters and bytes are mixed up",
    "alias": "a caller's or an inner object is shared instead of copied",
    "direction": "something runs or sorts in the wrong direction",
}
"""Every kind of bug, and what it says of itself."""

Step = list[Any]
"""One use of a program; see `driver`."""


def call(module: str, function: str, *args: Any) -> Step:
    """A function is called."""
    return ["call", module, function, list(args)]


def make(slot: str, module: str, kind: str, *args: Any) -> Step:
    """An object is made and kept under a name."""
    return ["make", slot, module, kind, list(args)]


def do(slot: str, method: str, *args: Any) -> Step:
    """A method of a kept object is called."""
    return ["do", slot, method, list(args)]


@dataclass(frozen=True, slots=True)
class Program:
    """One drawn program.

    Attributes:
        about: what it is for, one clause.
        modules: text by name of the module, with places for bugs.
        rules: what it does, each a line of the README.
        use: draws one way of using it, a few steps.
    """

    about: str
    modules: Mapping[str, str]
    rules: tuple[str, ...]
    use: Callable[[Draw], list[Step]]


FAMILIES: dict[str, Callable[[Draw], Program]] = {}


def family(name: str) -> Callable[[Callable[[Draw], Program]], Callable[[Draw], Program]]:
    """Registers a family.

    Raises:
        ValueError: the name is taken.
    """

    def register(draw: Callable[[Draw], Program]) -> Callable[[Draw], Program]:
        if name in FAMILIES:
            raise ValueError(f"there is already a family {name!r}")
        FAMILIES[name] = draw
        return draw

    return register


def drawn(d: Draw, **options: Sequence[str]) -> dict[str, str]:
    """One of its options for every name."""
    return {name: d.pick(choices) for name, choices in options.items()}


def named(text: str, names: Mapping[str, str]) -> str:
    """The text with the drawn names in it."""
    return _WORD.sub(lambda found: names[found.group(1)], text.lstrip("\n"))


@dataclass(frozen=True, slots=True)
class Place:
    """A place for a bug.

    Attributes:
        module, number: where it is: the place's number in its module.
        kind: one of `KINDS`.
    """

    module: str
    number: int
    kind: str


def places(modules: Mapping[str, str]) -> list[Place]:
    """Every place of some modules, in their order."""
    return [
        Place(module, number, found.group(1))
        for module, text in modules.items()
        for number, found in enumerate(_PLACE.finditer(text))
    ]


def written(module: str, text: str, wrong: Sequence[Place] = ()) -> str:
    """A module's text with the bugs of `wrong` in it, and the right text elsewhere."""
    numbers = {place.number for place in wrong if place.module == module}
    count = -1

    def chosen(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return found.group(3 if count in numbers else 2)

    return _PLACE.sub(chosen, text)
