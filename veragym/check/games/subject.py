"""Which targets of a check are PettingZoo games, and how each is made again."""

from __future__ import annotations

import contextlib
import copy
import importlib.util
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import veragym.registry
from veragym.check import strangers
from veragym.check.finding import Finding, ok
from veragym.check.games.table import is_game
from veragym.check.isolation import isolated
from veragym.check.subject import Subject, _checked, _of_object
from veragym.core.errors import OptionError
from veragym.registry import Entry

FACTORIES = ("env", "parallel_env")
"""What a module of PettingZoo's kind calls its factories, the one to be checked first."""
EXTRAS = ("classic", "butterfly", "atari", "sisl", "other")
"""Families of PettingZoo whose games need `pip install "pettingzoo[family]"`."""

ASKING_S = 60.0
"""Seconds a factory may take to show what it makes."""


def game_of(
    target: Any, entry: Entry | None = None, kwargs: Mapping[str, Any] | None = None
) -> Subject | None:
    """The subject behind a target that is a game, or None if it is none.

    Args:
        target: a module with `env` or `parallel_env` (by name), `module:factory`, an id registered
            with `api: pettingzoo`, a game class, a factory, or a game that can be copied.

    Raises:
        OptionError: a module of games that cannot be imported, or a game that cannot be copied.
    """
    kwargs = dict(kwargs or {})
    if isinstance(target, str):
        return _named(target, entry, kwargs)
    if is_game(target):
        return _instance(target, entry)
    if entry is not None and entry.api == "pettingzoo":
        return _made_by(target, entry, kwargs)
    if not callable(target):
        return None
    if isinstance(target, type):
        return _made_by(target, entry, kwargs) if _is_game_class(target) else None
    subject = _made_by(target, entry, kwargs)
    return subject if makes_games(subject) else None


def _is_game_class(target: type) -> bool:
    from pettingzoo import AECEnv, ParallelEnv

    return issubclass(target, (AECEnv, ParallelEnv))


def makes_games(subject: Subject) -> bool:
    """Whether a factory of unknown kind gives games: a child process asks it for one.

    What it raises or prints there is left to the check proper, which says so with evidence.
    """

    def work() -> Iterator[Finding]:
        if is_game(subject.make()):
            yield ok("game", "it gives PettingZoo games")

    with contextlib.closing(isolated(work, ASKING_S)) as messages:
        return any(isinstance(message, Finding) for message in messages)


def _named(target: str, entry: Entry | None, kwargs: dict[str, Any]) -> Subject | None:
    module, _, name = target.rpartition(":")
    known = veragym.registry.entries().get(name)
    if known is not None:
        if (entry or known).api != "pettingzoo":
            return None
        recipe = _checked({"module": "veragym.registry", "file": None, "name": "make",
                           "kwargs": {"env_id": name, **kwargs}})  # fmt: skip
        return Subject(
            name, lambda **extra: veragym.registry.make(name, **extra), kwargs, known, recipe
        )
    if module:
        return _attribute(module, name, entry, kwargs)
    if not _exists(target):
        return None
    home = imported(target)
    for factory in FACTORIES:
        if callable(getattr(home, factory, None)):
            recipe = _checked({"module": target, "file": None, "name": factory, "kwargs": kwargs})
            return Subject(target, getattr(home, factory), kwargs, entry, recipe)
    return None


def _attribute(
    module: str, name: str, entry: Entry | None, kwargs: dict[str, Any]
) -> Subject | None:
    if not _exists(module):
        return None
    target = getattr(imported(module), name, None)
    if is_game(target):
        return _instance(target, entry)
    if isinstance(target, type) and not _is_game_class(target):
        return None
    if not callable(target):
        return None
    recipe = _checked({"module": module, "file": None, "name": name, "kwargs": kwargs})
    subject = Subject(f"{module}:{name}", target, kwargs, entry, recipe)
    return subject if isinstance(target, type) or makes_games(subject) else None


def _made_by(target: Callable[..., Any], entry: Entry | None, kwargs: dict[str, Any]) -> Subject:
    name = getattr(target, "__qualname__", type(target).__name__)
    return Subject(name, target, kwargs, entry, _of_object(target, kwargs))


def _instance(game: Any, entry: Entry | None) -> Subject:
    try:
        copy.deepcopy(game)
    except Exception as error:
        raise OptionError(
            f"{type(game).__name__} cannot be copied ({type(error).__name__}: {error}), and a "
            "check needs many fresh games; give its class or a factory instead"
        ) from error
    return Subject(
        type(game).__qualname__,
        lambda: copy.deepcopy(game),
        {},
        entry,
        "it was given as an object, not as a class or factory",
    )


def companion(subject: Subject) -> Callable[..., Any] | None:
    """The Parallel factory of a module whose AEC factory is under test, if it has both."""
    if isinstance(subject.recipe, str) or subject.recipe.get("name") != FACTORIES[0]:
        return None
    home = imported(str(subject.recipe["module"]))
    other = getattr(home, FACTORIES[1], None)
    return other if callable(other) else None


def _exists(module: str) -> bool:
    if "." in module:
        strangers.tried(module)  # to find it, the packages round it are imported
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError, AttributeError):
        return False


def imported(module: str) -> Any:
    """A module of games.

    Raises:
        OptionError: it needs something that is not installed; says what to install.
    """
    try:
        with _no_greeting():
            return strangers.imported(module)
    except ImportError as error:
        family = next((f for f in EXTRAS if module.startswith(f"pettingzoo.{f}.")), None)
        advice = f'; pip install "pettingzoo[{family}]" brings what it needs' if family else ""
        raise OptionError(f"the module {module!r} cannot be imported: {error}{advice}") from error


@contextlib.contextmanager
def _no_greeting() -> Iterator[None]:
    """pygame prints a line when it is imported, unless asked not to."""
    name = "PYGAME_HIDE_SUPPORT_PROMPT"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
