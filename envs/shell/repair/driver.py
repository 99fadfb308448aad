"""Uses a package step by step and says what each step gave; the same here and in a sandbox.

Where programs of an agent are judged, this file is the program that the child runs: it then gets
the package's name and the steps, and nothing of what is expected. So it imports nothing of this
project. Modules are loaded before the first step, so that one that cannot be loaded fails whole.

    ["call", module, function, args]       ["value", …] or ["raised", name of the exception]
    ["make", slot, module, class, args]    ["made"]     or ["raised", …]
    ["do", slot, method, args]             as `call`
"""

from __future__ import annotations

import importlib
import marshal
import sys
from collections.abc import Callable
from typing import Any


def play(uses: list[Any], load: Callable[[str], Any]) -> list[Any]:
    """What every step of every use gave."""
    modules: dict[str, Any] = {}
    for use in uses:
        for step in use:
            if step[0] != "do":
                name = step[1 if step[0] == "call" else 2]
                modules[name] = load(name)
    return [_played(use, modules) for use in uses]


def copied(value: Any) -> Any:
    """A copy of a value of plain types, which later steps cannot change; else the value itself."""
    try:
        return marshal.loads(marshal.dumps(value))
    except ValueError:
        return value


def _played(use: list[Any], modules: dict[str, Any]) -> list[Any]:
    slots: dict[str, Any] = {}
    said: list[Any] = []
    for step in use:
        args = copied(step[-1])
        try:
            if step[0] == "make":
                slots[step[1]] = getattr(modules[step[2]], step[3])(*args)
                said.append(["made"])
            elif step[0] == "do":
                said.append(["value", copied(getattr(slots[step[1]], step[2])(*args))])
            else:
                said.append(["value", copied(getattr(modules[step[1]], step[2])(*args))])
        except Exception as error:  # noqa: BLE001 - which one it is belongs to what is judged
            said.append(["raised", type(error).__name__])
    return said


def run(package: str, uses: list[Any]) -> list[Any]:
    """`play` with a package that lies in the folder `code`."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, "code")
    return play(uses, lambda name: importlib.import_module(f"{package}.{name}"))
