"""The action mask says what the environment executes.

The mask is `env.action_mask()` or `info["action_mask"]`; 1 means legal. What an environment does
with an illegal action is its own affair: raising, marking it invalid, punishing it or leaving
everything as it was are all refusals. Wrong is a mask that calls legal what is refused, or illegal
what is carried out.

Each action is tried in a second instance that is brought to the same state by the same seed and
actions, so that all are judged in one state and by the same draw of chance.
"""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np

from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.subject import Environment, Plan, Subject
from veragym.check.transcript import line
from veragym.core.capabilities import has

EPISODES = 8
STEPS = 24
MOST_ACTIONS = 64
"""Actions tried in one state."""
RESEEDS = 4
MOST_COMPARED = 8
"""States in which an idle action is compared with itself masked out."""
FLAGS = ("illegal", "invalid", "illegal_action", "invalid_action", "is_illegal", "is_invalid")
"""Entries of `info` that are true where an action was refused."""


Where = tuple[int, tuple[int, ...]]
"""A state: the seed, and the actions that lead there."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one action did in one state.

    Attributes:
        outcome: observation, reward and end as text; what is compared between actions.
        refused: why it counts as refused, or None.
        same: the observation stayed what it was and the episode went on.
        reward: as given.
    """

    outcome: str
    refused: str | None
    same: bool
    reward: float


@dataclass(slots=True)
class Notes:
    """Where an action left everything as it was: masked out, or legal whatever chance drew."""

    masked: dict[int, list[tuple[Where, float]]] = field(default_factory=dict)
    legal: dict[int, tuple[Where, float]] = field(default_factory=dict)


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Plays legal actions and tries all actions in the states on the way."""
    env, other = subject.make(), subject.make()
    _, info = env.reset(seed=0)
    if mask_of(env, info) is None:
        yield not_applicable("executed", "it has no action mask over one Discrete space")
        return
    notes = Notes()
    states = 0
    for seed in range(min(plan.seeds, EPISODES)):
        rng = np.random.default_rng(seed)
        observation, info = env.reset(seed=seed)
        actions: list[int] = []
        for _ in range(STEPS):
            where = (seed, tuple(actions))
            problem = _shape(env, info)
            mask = mask_of(env, info)
            if problem is not None or mask is None:
                yield bad(
                    "shape",
                    problem or "the mask is gone",
                    "give one 0 or 1 per action with every observation, at least one of them 1",
                    seed=seed,
                    actions=actions,
                )
                return
            wrong = _state(other, observation, mask, notes, where)
            if wrong is not None:
                yield wrong
                return
            states += 1
            actions.append(int(rng.choice(np.flatnonzero(mask))))
            observation, _, terminated, truncated, info = env.step(_as_action(env, actions[-1]))
            if terminated or truncated:
                break
    wrong = _idle_legal(other, notes)
    if wrong is not None:
        yield wrong
        return
    yield ok("shape", f"in {states} states the mask has one entry per action, some of them legal")
    yield ok(
        "executed",
        f"in {states} states what the mask calls legal is executed and the rest is refused",
    )


def mask_of(env: Environment, info: Mapping[str, Any]) -> np.ndarray[Any, Any] | None:
    """The current mask, from the method or from `info`."""
    if not isinstance(env.action_space, gym.spaces.Discrete):
        return None
    if has(env, "action_mask") and _asks_nothing(env.unwrapped.action_mask):  # type: ignore[attr-defined]
        return np.asarray(env.unwrapped.action_mask())  # type: ignore[attr-defined]
    given = info.get("action_mask")
    return None if given is None else np.asarray(given)


def _asks_nothing(method: Callable[..., Any]) -> bool:
    """Whether it can be called without arguments: Taxi's asks for a state, and is no capability."""
    try:
        inspect.signature(method).bind()
    except (TypeError, ValueError):
        return False
    return True


def _as_action(env: Environment, index: int) -> Any:
    return np.int64(index + int(getattr(env.action_space, "start", 0)))


def _shape(env: Environment, info: Mapping[str, Any]) -> str | None:
    mask = mask_of(env, info)
    size = getattr(env.action_space, "n", None)
    if mask is None:
        return "the mask is missing from info"
    if mask.shape != (size,):
        return f"the mask has shape {mask.shape} for {env.action_space}"
    if not set(np.unique(mask).tolist()) <= {0, 1}:
        return f"the mask holds {np.unique(mask).tolist()[:5]}"
    if not mask.any():
        return "no action is legal, and the episode goes on"
    in_info = info.get("action_mask")
    if in_info is not None and not np.array_equal(np.asarray(in_info), mask):
        return "action_mask() and info['action_mask'] differ"
    return None


# -- one state ------------------------------------------------------------------------------------


def _state(
    env: Environment,
    observation: Any,
    mask: np.ndarray[Any, Any],
    notes: Notes,
    where: Where,
) -> Finding | None:
    now = line(o=observation)
    actions = range(min(len(mask), MOST_ACTIONS))
    trials = {action: _trial(env, where, action, now) for action in actions}
    legal = {action: trial for action, trial in trials.items() if mask[action]}
    for action, trial in legal.items():
        if trial.refused is not None:
            return _refused_legal(action, trial.refused, where)
        if trial.same and action not in notes.legal and _always(env, where, action, now):
            notes.legal[action] = (where, trial.reward)
    outcomes = {trial.outcome for trial in legal.values()}
    lowest = min((trial.reward for trial in legal.values()), default=0.0)
    for action, trial in trials.items():
        if mask[action]:
            continue
        if trial.same and trial.refused is None:
            notes.masked.setdefault(action, []).append((where, trial.reward))
        refused = trial.refused is not None or trial.same or trial.reward < lowest
        if not refused and legal and trial.outcome not in outcomes:
            return bad(
                "executed",
                f"action {action} is masked out and carried out all the same: {trial.outcome:.160}",
                "derive the mask from the rule that step() applies, or refuse what it excludes",
                seed=where[0],
                actions=[*where[1], action],
            )
    return None


def _refused_legal(action: int, how: str, where: Where) -> Finding:
    return bad(
        "executed",
        f"the mask calls action {action} legal, and it {how}"[:300],
        "derive the mask from the rule that step() applies",
        seed=where[0],
        actions=[*where[1], action],
    )


def _idle_legal(env: Environment, notes: Notes) -> Finding | None:
    """A legal action that did no more than the same action does where it is masked out."""
    for action, (where, reward) in notes.legal.items():
        changed = _changed(env, where, action)
        for there, fine in notes.masked.get(action, [])[:MOST_COMPARED]:
            if fine == reward and changed <= _changed(env, there, action):
                return _refused_legal(
                    action, "changes nothing, as where the mask calls it illegal", where
                )
    return None


def _brought(env: Environment, where: Where) -> Any:
    env.reset(seed=where[0])
    for action in where[1]:
        env.step(_as_action(env, action))
    return env.unwrapped


def _trial(
    env: Environment, where: Where, action: int, now: str, reseed: int | None = None
) -> Trial:
    """`action` in the state at `where`, whose observation is `now` as text."""
    base = _brought(env, where)
    if reseed is not None:
        base.np_random = np.random.default_rng(reseed)
    try:
        seen, reward, terminated, truncated, info = env.step(_as_action(env, action))
    except Exception as error:  # noqa: BLE001 - a way to refuse
        return Trial("", f"raises {type(error).__name__}: {error}"[:200], True, 0.0)
    refused = None
    if info.get("valid") is False:
        refused = "is marked invalid in info['valid']"
    for flag in FLAGS:
        if isinstance(info.get(flag), bool | np.bool_) and info[flag]:
            refused = f"is marked in info[{flag!r}]"
    ended = bool(terminated or truncated)
    return Trial(
        line(observation=seen, reward=float(reward), ended=ended),
        refused,
        not ended and line(o=seen) == now,
        float(reward),
    )


def _always(env: Environment, where: Where, action: int, now: str) -> bool:
    """Whether the action changes nothing whatever chance draws."""
    return all(_trial(env, where, action, now, reseed).same for reseed in range(RESEEDS))


def _changed(env: Environment, where: Where, action: int) -> frozenset[str]:
    """Names of the environment's attributes that an action changes, whether seen or not."""
    base = _brought(env, where)
    before = _attributes(base)
    env.step(_as_action(env, action))
    after = _attributes(base)
    return frozenset(name for name in after if after[name] != before.get(name))


def _attributes(base: Any) -> dict[str, bytes | str]:
    """Every attribute as bytes, the random generator left out."""
    found: dict[str, bytes | str] = {}
    for name, value in vars(base).items():
        if name == "_np_random":
            continue
        try:
            found[name] = pickle.dumps(value)
        except Exception:  # noqa: BLE001 - what cannot be pickled is compared as text
            found[name] = repr(value)
    return found
