"""Names that a package offers without importing where they live: module `__getattr__` (PEP 562).

A package lists its names by home; importing the package then costs nothing, and using a name
imports its home alone. Type checkers see the same names through imports under `TYPE_CHECKING`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and `__dir__` of a package whose names are imported on first use.

    Args:
        package: its `__name__`.
        homes: module below the package -> the names to be had there, separated by blanks.
    Returns:
        `__getattr__`, which imports a name's home and keeps the value in the package, so that it
        is asked once per name; and `__dir__`, the names sorted.
    Raises:
        ValueError: a name has two homes.
    """
    home_of: dict[str, str] = {}
    for module, names in homes.items():
        for name in names.split():
            if name in home_of:
                raise ValueError(
                    f"{package} has {name!r} from both {home_of[name]!r} and {module!r}; "
                    "leave one of them out"
                )
            home_of[name] = module

    def get(name: str) -> Any:
        home = home_of.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{home}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def listed() -> list[str]:
        return sorted(home_of)

    return get, listed
