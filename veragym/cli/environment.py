"""The options that choose an environment, shared by the commands that make one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from veragym.cli.outcome import USAGE, Failed

EnvId = Annotated[str, typer.Argument(metavar="ID", help="An id from `veragym list`.")]
Topics = Annotated[
    str | None, typer.Option("--topics", metavar="A,B", help="Only these topics, by name or group.")
]
Difficulty = Annotated[
    str | None,
    typer.Option("--difficulty", metavar="D|LOW,HIGH", help="A number in [0, 1], or a range."),
]
Split = Annotated[str | None, typer.Option("--split", help="train, test or ood.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Any argument of the environment; the value is YAML."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def env_kwargs(
    topics: str | None = None,
    difficulty: str | None = None,
    split: str | None = None,
    settings: Sequence[str] | None = None,
) -> dict[str, Any]:
    """The arguments to make an environment with.

    Raises:
        Failed: an option that cannot be read, naming its value (status 2).
    """
    kwargs: dict[str, Any] = {}
    if topics is not None:
        kwargs["topics"] = [name for name in (part.strip() for part in topics.split(",")) if name]
    if difficulty is not None:
        kwargs["difficulty"] = parse_difficulty(difficulty)
    if split is not None:
        kwargs["split"] = split
    for setting in settings or ():
        key, equals, value = setting.partition("=")
        if not equals or not key.isidentifier():
            raise Failed(f"--set needs KEY=VALUE with a Python name as KEY, got {setting!r}", USAGE)
        kwargs[key] = _yaml(setting, value)
    return kwargs


def _yaml(setting: str, value: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(value)
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise Failed(f"--set {setting!r}: the value is not YAML: {reason}", USAGE) from None


def parse_difficulty(text: str) -> float | tuple[float, float]:
    """`0.3` or `0,0.5` as a number or a range.

    Raises:
        Failed: it is neither (status 2).
    """
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 1:
        return numbers[0]
    if len(numbers) == 2:
        return numbers[0], numbers[1]
    raise Failed(
        f"--difficulty must be a number such as 0.3 or a range such as 0,0.5; got {text!r}", USAGE
    )


def make_env(env_id: str, kwargs: dict[str, Any]) -> Any:
    """The environment.

    Raises:
        gymnasium.error.NameNotFound: unknown id.
        Failed: it does not take one of the arguments (status 2).
    """
    import veragym

    try:
        return veragym.make(env_id, **kwargs)
    except TypeError as error:
        message = str(error).partition(" was raised from the environment creator")[0]
        if kwargs and "argument" in message:
            raise Failed(f"{env_id} cannot be made with {kwargs}: {message}", USAGE) from error
        raise


def make_task_env(env_id: str, kwargs: dict[str, Any]) -> Any:
    """The `TaskEnv` of an id, its wrappers removed.

    Raises:
        Failed: it is an environment of another kind (status 2).
    """
    from veragym.core.env import TaskEnv

    env = make_env(env_id, kwargs).unwrapped
    if not isinstance(env, TaskEnv):
        raise Failed(f"{env_id} poses no text tasks; this command needs an id that does", USAGE)
    return env


def entry_of(env_id: str) -> Any:
    """The registry entry of an id, with or without `module:` before it.

    Raises:
        gymnasium.error.NameNotFound: unknown id; the nearest are suggested.
    """
    import gymnasium as gym

    from veragym import registry

    name = env_id.rpartition(":")[2]
    found = registry.entries().get(name)
    if found is None:
        raise gym.error.NameNotFound(registry.unknown_id(env_id))
    return found
