"""What code that runs beside the environment can reach: variables, commands, files, attributes.

An agent's program sees the variables and the command lines of processes, and files; a secret may
stand in none of them while the agent has its turn. Processes that are gone when a step returns are
seen by the command that started them. A file is looked at when the agent is to move, not after the
end.

The Python object itself is the trainer's. Names with an underscore, the `Task`, the generator, the
verifier and every method are left alone there; a public attribute that holds a part of the secret
is a fault, because it is copied into agents' prompts and logs by whoever looks for the state.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import gymnasium as gym

from veragym.check import policies
from veragym.check.finding import Finding, bad, ok
from veragym.check.keeper import descendants
from veragym.check.subject import Environment, Plan, Subject
from veragym.check.transcript import plain
from veragym.check.witnesses.scratch import Record, left_files, private_folder, recorded
from veragym.check.witnesses.sightings import (
    Sighting,
    betrayed,
    discoverable_of,
    hidden_values,
    leaves,
)
from veragym.core.capabilities import has
from veragym.core.env import TaskEnv
from veragym.core.task import Task

MOST_TASKS = 30
STEPS = 3
LARGEST_FILE = 1 << 20
LARGEST_ATTRIBUTE = 1000
"""Items of an array or container above which it is not searched."""
TRAINERS = frozenset(
    (*vars(TaskEnv), "env", "task", "generator", "verifier", "spec", "np_random", "unwrapped")
) | frozenset(dir(gym.Wrapper))  # fmt: skip
"""Public names that are not the environment's own, or are meant for trainers."""

Where = tuple[str, int, list[Any]]
"""Split, seed and actions."""


def examine(
    subject: Subject, drawn: Sequence[tuple[str, int, Task]], plan: Plan
) -> Iterator[Finding]:
    """Resets and acts on some tasks, and looks around after each step."""
    with private_folder() as private:
        environ = dict(os.environ)
        env = subject.make()
        discoverable = discoverable_of(env)
        around: list[tuple[Sighting, Where]] = []
        held: list[tuple[Sighting, Where]] = []
        for split, seed, task in drawn[: min(MOST_TASKS, 2 * plan.seeds)]:
            with recorded() as record:
                env.reset(seed=seed, options={"split": split})
                values = hidden_values(task, discoverable)
                places = _around(record, private)
                held.append((Sighting(values, _attributes(env)), (split, seed, [])))
                actions = _act(env, record, private, places)
            if dict(os.environ) != environ:
                yield _changed(environ, (split, seed, actions))
                break
            around.append((Sighting(values, places), (split, seed, actions)))
        else:
            yield _reached(around)
        yield _held(held)
        env.close()


def _act(env: Environment, record: Record, private: Path, places: dict[str, str]) -> list[Any]:
    """A few actions, the oracle's first step among them; adds what can be seen after each."""
    actions: list[Any] = [policies.GIBBERISH, "look"]
    if has(env, "oracle"):
        actions[:0] = [action for action, _ in zip(env.unwrapped.oracle(), range(1))]  # type: ignore[attr-defined]
    done: list[Any] = []
    for action in actions[:STEPS]:
        if not env.action_space.contains(action):
            break
        done.append(action)
        try:
            _, _, terminated, truncated, _ = env.step(action)
        except Exception:  # noqa: BLE001 - other witnesses judge exceptions
            break
        over = bool(terminated or truncated)
        for place, text in _around(record, private, files=not over).items():
            # What an action says is no secret, wherever it is written.
            places[place] = places.get(place, "") + "\n" + text.replace(str(action), " ")
        if over:
            break
    return done


def _around(record: Record, private: Path, files: bool = True) -> dict[str, str]:
    """Texts by place; the record of commands is emptied."""
    lines = [line for line, _ in record.commands]
    variables = [variables for _, variables in record.commands]
    record.commands.clear()
    for pid in descendants(os.getpid()):
        for name, into in (("cmdline", lines), ("environ", variables)):
            with suppress(OSError):
                text = Path(f"/proc/{pid}/{name}").read_bytes().decode("utf-8", "replace")
                into.append(text.replace("\0", "\n"))
    found = {
        "the command line of a process it started": "\n".join(lines),
        "the environment variables of a process it started": "\n".join(variables),
    }
    if files:
        found["a file it has written"] = "\n".join(_contents(left_files(record, private)))
    return found


def _contents(paths: set[str]) -> Iterator[str]:
    for path in sorted(paths):
        with suppress(OSError):
            if Path(path).is_file() and Path(path).stat().st_size <= LARGEST_FILE:
                yield f"{path}\n{Path(path).read_bytes().decode('utf-8', 'replace')}"


# -- attributes ------------------------------------------------------------------------------------


def _attributes(env: Environment) -> dict[str, str]:
    """What the public attributes of every layer hold, as text, by name."""
    found: dict[str, str] = {}
    layer: Any = env
    while True:
        for name in _public(layer):
            with suppress(Exception):  # a property may refuse
                value = getattr(layer, name)
                if not callable(value) and _small(value):
                    for path, text in leaves(plain(value), f"env.{name}"):
                        found.setdefault(path, text)
        if not isinstance(layer, gym.Wrapper):
            return found
        layer = layer.env


def _public(layer: Any) -> list[str]:
    properties = {
        name
        for kind in type(layer).__mro__
        for name, value in vars(kind).items()
        if isinstance(value, property)
    }
    names = {*vars(layer), *properties}
    return sorted(name for name in names if not name.startswith("_") and name not in TRAINERS)


def _small(value: Any) -> bool:
    try:
        size = getattr(value, "size", None)
        return (size if isinstance(size, int) else len(value)) <= LARGEST_ATTRIBUTE
    except TypeError:
        return True


# -- what was found --------------------------------------------------------------------------------


def _changed(before: dict[str, str], where: Where) -> Finding:
    changed = sorted(set(os.environ.items()) ^ set(before.items()))
    return bad(
        "surroundings",
        f"the environment variable {changed[0][0]!r} was set or changed",
        "pass values as arguments; child processes inherit environment variables",
        seed=where[1],
        options={"split": where[0]},
        actions=where[2],
    )


def _reached(around: list[tuple[Sighting, Where]]) -> Finding:
    found = betrayed([sighting for sighting, _ in around])
    if found is None:
        return ok("surroundings", "variables, command lines and files hold no secrets")
    path, place, number = found
    sighting, (split, seed, actions) = around[number]
    return bad(
        "surroundings",
        f"{path} stands in {place}",
        "send it through a pipe, and only to processes that run no agent code; remove files before "
        "the agent has its turn",
        seed=seed,
        options={"split": split},
        actions=actions,
        value=sighting.values[path],
    )


def _held(held: list[tuple[Sighting, Where]]) -> Finding:
    found = betrayed([sighting for sighting, _ in held])
    if found is None:
        return ok("attributes", "no public attribute of any layer holds a part of the secret")
    path, place, number = found
    sighting, (split, seed, _) = held[number]
    return bad(
        "attributes",
        f"{path} can be read from {place}",
        "begin its name with an underscore, or read it from `task` where it is needed; what may be "
        "found out by acting is named in `discoverable`",
        seed=seed,
        options={"split": split},
        actions=[],
        value=sighting.values[path],
    )
