"""What is hidden stays hidden, whatever the agent does.

The same actions are played on a task and on the same task with another task's secret: words that
look like tools, the oracle's way and what lies beside it, spoilt and random actions. Up to the
verdict both must look the same: observations, `info` and drawings. What an agent may find out by
acting (a maze, a database) is declared in `discoverable` and is not exchanged.

A secret that was copied elsewhere when the task was made is exchanged nowhere, so what blind
actions show is also searched for the secret's values.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.subject import Environment, Plan, Subject
from veragym.check.transcript import first_difference, plain
from veragym.check.witnesses.sightings import (
    Sighting,
    betrayed,
    discoverable_of,
    hidden_values,
)
from veragym.core.capabilities import has
from veragym.core.spaces import UnicodeText
from veragym.core.task import Task

STEPS = 12
"""Steps on every task, over as many episodes as they take."""
LONGEST_WAY = 40
"""Steps the oracle is followed for."""
PROBES = (
    "look", "help", "show", "hint", "answer", "debug", "ls", "print", "env", "secret", "state",
    "inspect", "status", "solution", "reveal", "?", "cat answer.txt", "undo", "give up",
    "print(answer)",
)  # fmt: skip
"""Calls that environments have had and did not mention."""
Drawn = Sequence[tuple[str, int, Task]]


def examine(subject: Subject, drawn: Drawn, plan: Plan) -> Iterator[Finding]:
    """Compares what is seen under exchanged secrets, then searches it."""
    env = _drawable(subject)
    discoverable = discoverable_of(env)
    unknown = sorted(key for key in discoverable if not any(key in t.secret for *_, t in drawn))
    if unknown:
        yield bad(
            "discoverable",
            f"`discoverable` names {', '.join(map(repr, unknown))}, which no secret has",
            "name keys of task.secret",
            keys_of_a_secret=sorted(drawn[0][2].secret),
        )
    compared, blind = 0, []
    for number, (split, seed, task) in enumerate(drawn):
        donor = donor_of(task, drawn, discoverable)
        first = _episode(env, task, [])
        kind = KINDS[number % len(KINDS)]
        own = list(_played(env, task, kind.__name__, kind(env, task, first.start, number)))
        if kind in BLIND:
            done = " ".join(str(action) for episode in own for action in episode.actions)
            values = hidden_values(task, discoverable, done)
            blind.append((Sighting(values, _places(own)), split, seed, own))
        if donor is None:
            continue
        masked = exchanged(task, donor, discoverable)
        for episode in own:
            difference = _difference(episode, _episode(env, masked, episode.actions))
            if difference is None:
                compared += 1
            elif all(
                _difference(episode, _episode(env, task, episode.actions)) is None
                and _difference(episode, _episode(env, masked, episode.actions)) is not None
                for _ in range(CONFIRMATIONS)
            ):
                turn = difference.pop("line")
                yield bad(
                    "acting",
                    f"seed {seed}: after {turn} steps what is seen changes with the secret",
                    "let no observation, error or drawing depend on the secret; name what may be "
                    "found out by acting in `discoverable`",
                    seed=seed,
                    options={"split": split},
                    actions=episode.actions[:turn],
                    difference=difference,
                )
                return
    if compared:
        yield ok(
            "acting",
            f"{compared} episodes of searching, right, spoilt and random actions look the same "
            "under another task's secret",
            discoverable=sorted(discoverable),
        )
    else:
        yield not_applicable("acting", "no two tasks with different secrets were found")
    yield _literally(blind)


def donor_of(task: Task, others: Drawn, discoverable: frozenset[str] = frozenset()) -> Task | None:
    """A task with another secret, as like in what is public as can be found."""
    hidden = _without(task, discoverable)

    def likeness(other: Task) -> tuple[int, int]:
        same = sum(other.public.get(key) == value for key, value in task.public.items())
        return same, set(other.secret) == set(task.secret)

    candidates = [other for *_, other in others if _without(other, discoverable) != hidden]
    return max(candidates, key=likeness, default=None)


def exchanged(task: Task, donor: Task, discoverable: frozenset[str]) -> Task:
    """The task with the donor's secret, but for what may be found out."""
    kept = {key: value for key, value in task.secret.items() if key in discoverable}
    return dataclasses.replace(task, secret={**_without(donor, discoverable), **kept})


def _without(task: Task, discoverable: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in task.secret.items() if key not in discoverable}


def _drawable(subject: Subject) -> Environment:
    """One that can be drawn as text, if it can be made so."""
    env = subject.make()
    if "ansi" in (env.metadata.get("render_modes") or ()):
        try:
            return subject.make(render_mode="ansi")
        except Exception:  # noqa: BLE001 - another witness looks at drawing
            return env
    return env


# -- what is done ----------------------------------------------------------------------------------


def _words(env: Environment, task: Task, start: str, number: int) -> Iterator[Any]:
    """What looks like a call: names of tools, words of the prompt, calls nobody mentioned."""
    if not _takes_text(env):
        yield from _random(env, task, start, number)
        return
    words = [*PROBES, *_tools(env), *dict.fromkeys(re.findall(r"[A-Za-z_]{3,}", start))]
    at = number // len(KINDS) * STEPS
    for i in range(STEPS):
        yield words[(at + i) % len(words)]


def _way(env: Environment, task: Task, start: str, number: int) -> Iterator[Any]:
    """The oracle's."""
    if has(env, "oracle"):
        yield from itertools.islice(env.unwrapped.oracle(), LONGEST_WAY)  # type: ignore[attr-defined]


def _beside(env: Environment, task: Task, start: str, number: int) -> Iterator[Any]:
    """The oracle's way but for its end, then words."""
    way = list(_way(env, task, start, number))
    yield from way[:-1] if number // len(KINDS) % 2 == 0 else way[: 1 + number % max(1, len(way))]
    yield from itertools.islice(_words(env, task, start, number), 4)


def _spoilt(env: Environment, task: Task, start: str, number: int) -> Iterator[Any]:
    """The oracle's actions with something wrong in each, and noise."""
    way = list(_way(env, task, start, number))
    if not _takes_text(env):
        yield from _random(env, task, start, number)
        return
    for turn, action in enumerate(way[: STEPS // 2]):
        yield SPOILS[(number // len(KINDS) + turn) % len(SPOILS)](str(action))
    yield from ("", "\x00", "{", policies.typed(number), "-1", "x" * 3000)


SPOILS = (
    lambda text: " ".join([*text.split()[:-1], "x"]),
    lambda text: " ".join(text.split()[:-1]),
    lambda text: f"{text} {text}",
    lambda text: text.upper() + "!",
    lambda text: re.sub(r"\d+", "99999999999999999999", text),
    lambda text: re.sub(r"\d+", "-1", text),
)


def _random(env: Environment, task: Task, start: str, number: int) -> Iterator[Any]:
    act = policies.sampled(number)
    for turn in range(STEPS // 2):
        yield act(env, start, turn)


CONFIRMATIONS = 6
"""Times both episodes are played again: what comes out in either order by chance is no leak."""

KINDS = (_words, _beside, _spoilt, _way, _random)
BLIND = (_words, _random)


def _takes_text(env: Environment) -> bool:
    return isinstance(env.action_space, UnicodeText | gym.spaces.Text)


def _tools(env: Environment) -> list[str]:
    if not has(env, "tools"):
        return []
    listed = env.unwrapped.tools  # type: ignore[attr-defined]
    names = [t.get("name") or t.get("function", {}).get("name") for t in listed]
    return [str(name) for name in names if name]


# -- what is seen ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Seen:
    """One episode as an agent sees it.

    Attributes:
        start: the first observation.
        actions: what was done.
        looks: what was seen at the start and after every action.
        outcomes: whether it ended then, and how.
    """

    start: str = ""
    actions: list[Any] = field(default_factory=list)
    looks: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[Any] = field(default_factory=list)


def _played(env: Environment, task: Task, kind: str, actions: Iterator[Any]) -> Iterator[_Seen]:
    """The episodes that the actions fill; after the oracle's way there is no other."""
    rest = list(actions)
    while rest:
        episode = _episode(env, task, rest)
        yield episode
        rest = [] if kind in ("_way", "_beside") else rest[max(1, len(episode.actions)) :]


def _episode(env: Environment, task: Task, actions: Sequence[Any]) -> _Seen:
    """Plays until the episode or the actions end."""
    seen = _Seen()
    try:
        observation, info = env.reset(options={"task": task})
        seen.start = str(observation)
        _note(seen, env, observation, info, None)
        for action in actions:
            seen.actions.append(action)
            observation, _, terminated, truncated, info = env.step(action)
            ended = (bool(terminated), bool(truncated)) if terminated or truncated else None
            _note(seen, env, observation, info, ended)
            if ended:
                break
    except Exception as error:  # noqa: BLE001 - what it says is seen too
        seen.looks.append({"raised": f"{type(error).__name__}: {error}"})
        seen.outcomes.append("raised")
    return seen


def _note(seen: _Seen, env: Environment, observation: Any, info: Any, ended: Any) -> None:
    verdict = info.get("verdict")
    # Rewards and their parts are for the trainer, and depend on the secret by right.
    shown = {key: value for key, value in info.items() if key not in ("verdict", "parts")}
    if verdict is not None:
        shown["reason"] = verdict.reason
        shown["evidence"] = verdict.evidence
    drawing = env.render() if env.render_mode == "ansi" else None
    seen.looks.append({"observation": observation, "info": plain(shown), "drawing": drawing})
    judged = verdict and (verdict.outcome.value, verdict.score, dict(verdict.parts))
    seen.outcomes.append(None if ended is None else (ended, judged))


def _difference(one: _Seen, other: _Seen) -> dict[str, Any] | None:
    """Where two episodes part before they end differently."""
    for turn, (a, b) in enumerate(zip(one.looks, other.looks)):
        if one.outcomes[turn] != other.outcomes[turn]:
            return None  # the verdict, or a secret that this kind of task cannot have
        texts = [[f"{key}: {value}" for key, value in look.items()] for look in (a, b)]
        difference = first_difference(*texts)
        if difference is not None:
            return {**difference, "line": turn}
    return None


def _places(episodes: Sequence[_Seen]) -> dict[str, str]:
    looks = [look for episode in episodes for look in episode.looks]
    return {
        name: "\n".join(str(look[key]) for look in looks if look.get(key))
        for name, key in (
            ("an observation", "observation"),
            ("info", "info"),
            ("the drawing", "drawing"),
            ("an exception", "raised"),
        )
    }


def _literally(blind: list[tuple[Sighting, str, int, list[_Seen]]]) -> Finding:
    sightings = [sighting for sighting, *_ in blind]
    found = betrayed(sightings)
    if found is None:
        values = sum(len(sighting.values) for sighting in sightings)
        return ok("literal", f"blind actions showed none of {values} hidden values")
    path, place, number = found
    sighting, split, seed, episodes = blind[number]
    return bad(
        "literal",
        f"{path} can be read in {place}, whatever is done",
        "keep it out of all that is shown; what may be found out is named in `discoverable`",
        seed=seed,
        options={"split": split},
        actions=[action for episode in episodes for action in episode.actions][:20],
        value=sighting.values[path],
    )
