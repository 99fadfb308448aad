"""What is under test, and how hard it is tested."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium as gym

import veragym.registry
from veragym.check import strangers
from veragym.core.capabilities import has
from veragym.core.env import TaskEnv
from veragym.core.errors import OptionError
from veragym.core.task import Task
from veragym.nearest import missing
from veragym.registry import Entry

Environment = gym.Env[Any, Any]

FLOOR = 0.10
"""Default bound on what an agent that solves nothing may score."""
LIMIT_S = 300.0
"""Default wall time of one witness, in seconds."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How hard to look.

    Attributes:
        seeds: seeds per split.
        max_steps: an episode longer than this counts as never ending.
        floor: the highest mean score an agent that solves nothing may reach.
        limit_s: wall seconds after which a witness is killed and reported.
        isolate: run each witness in a child process, where a crash or a hang is only a finding.
        mode: name of the `Mode` the numbers come from.
    """

    seeds: int = 100
    max_steps: int = 1000
    floor: float = FLOOR
    limit_s: float = LIMIT_S
    isolate: bool = True
    mode: str = "standard"

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise OptionError(f"seeds must be at least 1, got {self.seeds!r}")
        if not 0.0 <= self.floor <= 1.0:
            raise OptionError(f"floor must lie in [0, 1], got {self.floor!r}")
        if not self.limit_s > 0:
            raise OptionError(f"the limit must be a positive number of seconds: {self.limit_s!r}")


@dataclass(frozen=True)
class Subject:
    """An environment that can be made as often as needed.

    Attributes:
        name: for the report.
        factory: makes one; takes keyword arguments.
        kwargs: arguments it is always made with.
        entry: its registry entry, if it has one.
        recipe: what `build` needs to make it in another process, or why it cannot be.
    """

    name: str
    factory: Callable[..., Environment]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    entry: Entry | None = None
    recipe: Mapping[str, Any] | str = "it was not said how"

    @property
    def as_published(self) -> bool:
        """Made without arguments of the user's own.

        With them (say, a file of questions and answers) it may lack decoys, hints and a difficulty;
        as published it may not.
        """
        return not self.kwargs

    @property
    def dear(self) -> bool:
        """An episode needs more than this process (a sandbox, a browser): so it is declared."""
        return self.entry is not None and self.entry.cost != "cheap"

    def make(self, **extra: Any) -> Environment:
        """A fresh environment."""
        return self.factory(**{**self.kwargs, **extra})


def subject_of(
    target: str | Callable[..., Environment],
    entry: Entry | None = None,
    kwargs: Mapping[str, Any] | None = None,
) -> Subject:
    """The subject behind an id (ours or any of Gymnasium's), a class or a factory.

    A text may also be `package.module:Name` of a class or factory that is not registered.

    Raises:
        gymnasium.error.NameNotFound: unknown id; the nearest are suggested.
        OptionError: a game with several agents, which these witnesses cannot judge.
    """
    kwargs = dict(kwargs or {})
    if isinstance(target, str):
        module, _, name = target.rpartition(":")
        home = _imported(module) if module else None
        known = veragym.registry.entries().get(name)
        if known is None and name not in gym.registry and hasattr(home, name):
            return subject_of(getattr(home, name), entry, kwargs)
        if known is None and name not in gym.registry:
            if home is not None:
                raise OptionError(missing(home, name))
            raise gym.error.NameNotFound(veragym.registry.unknown_id(name))
        entry = entry or known
        if entry is not None and entry.api != "gymnasium":
            raise OptionError(
                f"{name} is a {entry.api} game; `check` judges single-agent environments so far"
            )
        return Subject(
            name, lambda **extra: gym.make(name, **extra), kwargs, entry, _of_id(target, kwargs)
        )
    if not callable(target):
        raise OptionError(
            f"check needs an id, an environment class or a factory, got {type(target).__name__}"
        )
    name = getattr(target, "__qualname__", type(target).__name__)
    return Subject(name, target, kwargs, entry, _of_object(target, kwargs))


def _imported(module: str) -> Any:
    try:
        return strangers.imported(module)
    except ImportError as error:
        raise OptionError(f"the module {module!r} cannot be imported: {error}") from error


# -- the same subject in another process -------------------------------------------------------


def _of_id(env_id: str, kwargs: Mapping[str, Any]) -> Mapping[str, Any] | str:
    return _checked({"id": env_id, "kwargs": dict(kwargs)})


def _of_object(target: Any, kwargs: Mapping[str, Any]) -> Mapping[str, Any] | str:
    name = getattr(target, "__qualname__", None)
    if name is None or "<" in name:
        return f"{name or type(target).__name__} is not a class or function at a module's top level"
    try:
        file = inspect.getsourcefile(target)
    except TypeError:
        file = None
    if file is not None and not Path(file).is_file():
        file = None  # typed at a prompt or in a notebook
    module = target.__module__
    if module == "__main__" and file is None:
        return "it was defined in an interactive session"
    return _checked({"module": module, "file": file, "name": name, "kwargs": dict(kwargs)})


def _checked(recipe: dict[str, Any]) -> Mapping[str, Any] | str:
    try:
        again = json.loads(json.dumps(recipe))
    except (TypeError, ValueError):
        return f"its arguments are not plain data: {recipe['kwargs']!r:.200}"
    return recipe if again == recipe else f"its arguments are not plain data: {recipe['kwargs']!r}"


def build(recipe: Mapping[str, Any]) -> Subject:
    """Inverse of `Subject.recipe`, in another interpreter."""
    if "id" in recipe:
        return subject_of(recipe["id"], kwargs=recipe["kwargs"])
    target: Any = _module(recipe["module"], recipe["file"])
    for part in recipe["name"].split("."):
        target = getattr(target, part)
    return subject_of(target, kwargs=recipe["kwargs"])


def _module(name: str, file: str | None) -> Any:
    """By name if that gives the same file, else from the file."""
    if name != "__main__":
        try:
            module = importlib.import_module(name)
        except ImportError:
            module = None
        if module is not None and (
            file is None or Path(getattr(module, "__file__", "") or "").resolve() == Path(file)
        ):
            return module
    if file is None:
        raise ImportError(f"module {name!r} cannot be imported and its file is not known")
    spec = importlib.util.spec_from_file_location("veragym_checked_module", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} cannot be loaded as a module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


# -- questions every witness asks ----------------------------------------------------------------


def is_task_env(env: Environment) -> bool:
    """Whether the full contract of `veragym.core.env` applies."""
    return isinstance(env.unwrapped, TaskEnv)


def base_of(env: Environment) -> TaskEnv:
    """The `TaskEnv` under the wrappers."""
    base = env.unwrapped
    assert isinstance(base, TaskEnv)
    return base


def splits_of(env: Environment) -> tuple[str, ...]:
    """The splits it serves; an environment without tasks has the one unnamed split."""
    return tuple(base_of(env).generator.splits) if is_task_env(env) else ()


def draw(env: Environment, split: str, seed: int) -> Task:
    """The first task of (split, seed)."""
    env.reset(seed=seed, options={"split": split})
    return base_of(env).task


def gold_of(env: Environment) -> str | None:
    """The bare right answer of the current task, where the environment can name one."""
    if has(env, "answer_forms"):
        forms = env.unwrapped.answer_forms()  # type: ignore[attr-defined]
        if len(forms):
            return str(forms[0])
    return None


def draws(env: Environment, count: int, first_seed: int = 0) -> Iterator[tuple[str, int, Task]]:
    """`count` tasks with their split and seed, the splits by turns."""
    splits = splits_of(env)
    for i in range(count):
        split, seed = splits[i % len(splits)], first_seed + i // len(splits)
        yield split, seed, draw(env, split, seed)


@dataclass(frozen=True, slots=True)
class Spelling:
    """How an answer has to be written to count, learnt from the environment's own gold answers."""

    before: str = ""
    after: str = ""

    def __call__(self, answer: str) -> str:
        return f"{self.before}{answer}{self.after}"


def spelling_of(env: Environment) -> Spelling:
    """The first of the current task's answer forms that contains the bare answer in a frame."""
    gold = gold_of(env)
    if gold:
        for form in env.unwrapped.answer_forms():  # type: ignore[attr-defined]
            before, found, after = str(form).partition(gold)
            if found and (before or after):
                return Spelling(before, after)
    return Spelling()
