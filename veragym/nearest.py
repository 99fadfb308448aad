"""What to write in place of a name that nobody knows: ids of ours and of Gymnasium's, modules of
games, names in a module.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import pkgutil
import re
from collections.abc import Collection, Iterable
from types import ModuleType

import gymnasium as gym

MOST = 3
CLOSE = 0.5
FAMILIES = ("atari", "butterfly", "classic", "mpe", "sisl")
"""Folders of PettingZoo that hold games."""
_VERSION = re.compile(r"[-_]v\d+$")


def unknown(name: str, ours: Collection[str]) -> str:
    """The message for an id, or the name of a module, that is not found.

    Args:
        name: as it was written.
        ours: ids of our own registry, which are named before Gymnasium's.
    """
    said = _of_gymnasium(name)
    if said:
        return said
    written = _with_a_colon(name)
    if written:
        return f"no environment {name!r} is registered; a class is written {written}"
    near = _games(name) if "." in name or name.islower() else []
    near = near or _ids(name, ours)
    hint = f" Nearest: {', '.join(near)}." if near else ""
    return f"no environment {name!r} is registered.{hint} `veragym list` shows ours."


def missing(module: ModuleType, name: str) -> str:
    """The message for `module:name` where the module has no such name."""
    own = [
        key
        for key, value in vars(module).items()
        if not key.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and getattr(value, "__module__", None) == module.__name__
    ]
    near = _close(name, own) or own[:8]
    has = f"; it has {', '.join(near)}" if near else ""
    return f"the module {module.__name__!r} has no {name}{has}"


def _of_gymnasium(name: str) -> str:
    """What Gymnasium says of an environment that it has under a newer name."""
    try:
        gym.spec(name)
    except gym.error.DeprecatedEnv as error:
        return " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - it is only asked for a hint
        return ""
    return ""


def _ids(name: str, ours: Collection[str]) -> list[str]:
    """Registered ids that are written nearly so; another version of the same name comes first."""
    stem = _VERSION.sub("", name).lower()
    every = list(dict.fromkeys([*ours, *gym.registry]))
    same = [known for known in every if _VERSION.sub("", known).lower() == stem]
    return same[::-1][:MOST] or _close(name, ours, 0.6) or _close(name, every)


def _games(name: str) -> list[str]:
    """Modules of games: the siblings of the one that was named, or PettingZoo's of that name."""
    folder, _, last = name.rpartition(".")
    if folder:
        paths = _path(folder)
        return [f"{folder}.{near}" for near in _versions(last, _modules(paths))]
    found = []
    for family in FAMILIES:
        where = f"pettingzoo.{family}"
        found += [f"{where}.{near}" for near in _versions(last, _modules(_path(where)), 0.8)]
    return found[:MOST]


def _versions(name: str, known: list[str], close: float = CLOSE) -> list[str]:
    stem = _VERSION.sub("", name)
    return [n for n in known if _VERSION.sub("", n) == stem] or _close(name, known, close)


def _modules(paths: Iterable[str]) -> list[str]:
    return [m.name for m in pkgutil.iter_modules(list(paths)) if _VERSION.search(m.name)]


def _path(package: str) -> list[str]:
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError, AttributeError):
        return []
    return list((spec and spec.submodule_search_locations) or [])


def _with_a_colon(name: str) -> str:
    """`module:Name`, where `module.Name` was written for something that is there."""
    module, _, last = name.rpartition(".")
    if not module or not last.isidentifier():
        return ""
    try:
        if importlib.util.find_spec(module) is None:
            return ""
        found = getattr(importlib.import_module(module), last, None)
    except Exception:  # noqa: BLE001 - a stranger's module may raise anything; it is only a hint
        return ""
    return f"{module}:{last}" if callable(found) else ""


def _close(name: str, known: Collection[str], close: float = CLOSE) -> list[str]:
    """The nearest, whatever the case of the letters; each once."""
    lower: dict[str, str] = {}
    for one in known:
        lower.setdefault(one.lower(), one)
    return [lower[n] for n in difflib.get_close_matches(name.lower(), lower, MOST, close)]
