"""The action mask says what the environment executes.

The mask is `env.action_mask()`, `env.action_masks()` (the name Stable-Baselines3's MaskablePPO
calls) or `info["action_mask"]`; 1 means legal. Over a composite space it
speaks of each part of an action (see `veragym.check.choices`), and parts are varied one by one.
What an environment does with an illegal action is its own affair: raising, marking it invalid,
punishing it, treating all illegal ones alike or leaving everything as it was (but for what goes on
whatever is done, such as a clock) are all refusals. Wrong is a mask that calls legal what is
refused, or illegal what is carried out.

Each action is tried in a second instance that is brought to the same state by the same seed and
actions, so that all are judged in one state and by the same draw of chance.
"""

from __future__ import annotations

import inspect
import itertools
import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from veragym.check.choices import Choice, Choices, Unreadable, maskable, read
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.subject import Environment, Plan, Subject
from veragym.check.transcript import line, plain
from veragym.core.capabilities import has

EPISODES = 8
STEPS = 24
MOST_ACTIONS = 64
"""Actions tried in one state."""
KNOWN = 3
"""States in which a legal action was seen, before anything is said of what it always changes."""
RESEEDS = 4
OTHERS = 6
"""Other legal combinations in which a refused part is tried before the mask is blamed."""
MOST_COMPARED = 8
"""States in which an idle action is compared with itself masked out."""
FLAGS = ("illegal", "invalid", "illegal_action", "invalid_action", "is_illegal", "is_invalid")
"""Entries of `info` that are true where an action was refused."""


Parts = tuple[str, ...]
Where = tuple[int, tuple[Any, ...]]
"""A state: the seed, and the actions that lead there."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one action did in one state.

    Attributes:
        outcome: observation, reward and end as text; what is compared between actions.
        refused: why it counts as refused, or None.
        same: the observation stayed what it was and the episode went on.
        reward: as given.
        parts: the observation in its smallest parts, and whether it ended; None where it raised.
    """

    outcome: str
    refused: str | None
    same: bool
    reward: float
    parts: Parts | None = None


@dataclass(slots=True)
class Notes:
    """What is judged when all states have been seen.

    Attributes:
        masked, legal: where an action left everything as it was: masked out, or legal whatever
            chance drew.
        effects: the places of the observation that a legal action changed, in each state.
        suspects: masked out and not simply without effect: what it changed, and the finding.
    """

    masked: dict[Choice, list[tuple[Where, Any, float]]] = field(default_factory=dict)
    legal: dict[Choice, tuple[Where, Any, float]] = field(default_factory=dict)
    effects: dict[Choice, list[frozenset[int]]] = field(default_factory=dict)
    suspects: list[tuple[Choice, frozenset[int], Finding]] = field(default_factory=list)


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Plays legal actions and tries others in the states on the way."""
    env, other = subject.make(), subject.make()
    _, info = env.reset(seed=0)
    if mask_of(env, info) is None:
        yield not_applicable("executed", "it has no action mask over choices that can be counted")
        return
    notes = Notes()
    states = 0
    for seed in range(min(plan.seeds, EPISODES)):
        rng = np.random.default_rng(seed)
        observation, info = env.reset(seed=seed)
        actions: list[Any] = []
        for _ in range(STEPS):
            where = (seed, tuple(actions))
            try:
                choices = _choices(env, info)
            except Unreadable as error:
                yield bad(
                    "shape",
                    str(error),
                    "give a 0 or 1 per option with every observation, in the form that "
                    "action_space.sample(mask) takes, and leave at least one action legal",
                    seed=seed,
                    actions=actions,
                )
                return
            wrong = _state(other, observation, choices, notes, where)
            if wrong is not None:
                yield wrong
                return
            states += 1
            actions.append(choices.action(choices.drawn(rng)))
            observation, _, terminated, truncated, info = env.step(actions[-1])
            if terminated or truncated:
                break
    wrong = _carried_out(notes) or _idle_legal(other, notes)
    if wrong is not None:
        yield wrong
        return
    yield ok("shape", f"in {states} states the mask has one entry per action, some of them legal")
    yield ok(
        "executed",
        f"in {states} states what the mask calls legal is executed and the rest is refused",
    )


def mask_of(env: Environment, info: Mapping[str, Any]) -> Any:
    """The current mask, from the method or from `info`; None if there is none, or none to read."""
    if not maskable(env.action_space):
        return None
    if has(env, "action_mask") and _asks_nothing(env.unwrapped.action_mask):  # type: ignore[attr-defined]
        return env.unwrapped.action_mask()  # type: ignore[attr-defined]
    method = getattr(env.unwrapped, "action_masks", None)
    if callable(method) and _asks_nothing(method):
        return method()
    return info.get("action_mask")


def _asks_nothing(method: Callable[..., Any]) -> bool:
    """Whether it can be called without arguments: Taxi's asks for a state, and is no capability."""
    try:
        inspect.signature(method).bind()
    except (TypeError, ValueError):
        return False
    return True


def _choices(env: Environment, info: Mapping[str, Any]) -> Choices:
    """What the mask allows.

    Raises:
        Unreadable: it is missing, does not fit the space, allows nothing or contradicts itself.
    """
    mask = mask_of(env, info)
    if mask is None:
        raise Unreadable("the mask is gone")
    choices = read(env.action_space, mask)
    if choices.stuck:
        raise Unreadable("no action is legal, and the episode goes on")
    in_info = info.get("action_mask")
    if in_info is not None and read(env.action_space, in_info).parts != choices.parts:
        raise Unreadable("action_mask() and info['action_mask'] differ")
    return choices


# -- one state ------------------------------------------------------------------------------------


def _state(
    env: Environment, observation: Any, choices: Choices, notes: Notes, where: Where
) -> Finding | None:
    now = line(o=observation)
    tried = list(itertools.islice(choices.around(choices.first()), MOST_ACTIONS))
    actions = {choice: choices.action(choice) for choice in tried}
    trials = {choice: _trial(env, where, action, now) for choice, action in actions.items()}
    legal = {choice: trial for choice, trial in trials.items() if choices.legal(choice)}
    for choice, trial in legal.items():
        if trial.refused is not None and _convicts(env, choices, choice, where, now):
            return _refused_legal(actions[choice], trial.refused, where)
        idle = trial.same and choice not in notes.legal
        if idle and _always(env, where, actions[choice], now):
            notes.legal[choice] = (where, actions[choice], trial.reward)
    outcomes = {trial.outcome for trial in legal.values()}
    before = (*parts_of(observation), str(False))
    telling = _telling(before, list(trials.values()))
    for choice, trial in legal.items():
        if (changed := _places(before, trial, telling)) and trial.refused is None:
            notes.effects.setdefault(choice, []).append(changed)
    masked = Counter(trial.outcome for choice, trial in trials.items() if choice not in legal)
    lowest = min((trial.reward for trial in legal.values()), default=0.0)
    for choice, trial in trials.items():
        if choice in legal:
            continue
        if trial.same and trial.refused is None:
            notes.masked.setdefault(choice, []).append((where, actions[choice], trial.reward))
        changed = _places(before, trial, telling)
        refused = (
            trial.refused is not None
            or trial.same
            or trial.reward < lowest
            or masked[trial.outcome] > 1
            or (telling is not None and trial.parts is not None and not changed)
        )
        if not refused and legal and trial.outcome not in outcomes:
            finding = bad(
                "executed",
                f"action {_shown(actions[choice])} is masked out and carried out all the same: "
                f"{trial.outcome:.160}",
                "derive the mask from the rule that step() applies, or let step() leave everything "
                "as it is, or end with a penalty, where the mask forbids the action",
                seed=where[0],
                actions=[*where[1], actions[choice]],
            )
            notes.suspects.append((choice, changed, finding))
    return None


def _carried_out(notes: Notes) -> Finding | None:
    """A masked action that changed what it always changes where it is legal.

    An environment may answer an illegal action (a bump, a clock that runs); that is not the action.
    """
    for choice, changed, finding in notes.suspects:
        effects = notes.effects.get(choice, [])
        always = frozenset.intersection(*effects) if len(effects) >= KNOWN else frozenset()
        if not always or not changed or changed & always:
            return finding
    return None


def _telling(before: Parts, trials: list[Trial]) -> frozenset[int] | None:
    """Places of the observation that do not become the same whatever is done; None: unknown.

    Steps left, or the time, say nothing about an action.
    """
    seen = [trial.parts for trial in trials if trial.parts is not None]
    if len(set(seen)) < 2 or {len(parts) for parts in seen} != {len(before)}:
        return None
    return frozenset(place for place, values in enumerate(zip(*seen)) if len(set(values)) > 1)


def _places(before: Parts, trial: Trial, telling: frozenset[int] | None) -> frozenset[int]:
    """Where a trial changed what tells something; empty where that cannot be said."""
    after = trial.parts
    if telling is None or after is None or len(after) != len(before):
        return frozenset()
    return frozenset(place for place in telling if after[place] != before[place])


def parts_of(observation: Any) -> Parts:
    """The numbers and words of an observation, in order."""
    if isinstance(observation, Mapping):
        return tuple(part for key in sorted(observation) for part in parts_of(observation[key]))
    if isinstance(observation, tuple | list):
        return tuple(part for item in observation for part in parts_of(item))
    if isinstance(observation, str):
        return tuple(observation.split())
    return tuple(map(repr, np.asarray(observation).ravel().tolist()))


def _convicts(env: Environment, choices: Choices, choice: Choice, where: Where, now: str) -> bool:
    """Whether some part of a refused combination is refused whatever the other parts are.

    A mask over parts cannot say that two of them exclude each other, so one refused combination
    convicts nobody.
    """
    if len(choices.parts) == 1:
        return True
    rng = np.random.default_rng(len(where[1]))
    drawn = [choices.drawn(rng) for _ in range(4 * OTHERS)]
    for place in range(len(choice)):
        others = {(*other[:place], choice[place], *other[place + 1 :]) for other in drawn}
        if all(
            _trial(env, where, choices.action(other), now).refused is not None
            for other in sorted(others)[:OTHERS]
        ):
            return True
    return False


def _shown(action: Any) -> str:
    return f"{action if np.ndim(action) == 0 and not isinstance(action, dict) else plain(action)}"


def _refused_legal(action: Any, how: str, where: Where) -> Finding:
    return bad(
        "executed",
        f"the mask calls action {_shown(action)} legal, and it {how}"[:300],
        "derive the mask from the rule that step() applies",
        seed=where[0],
        actions=[*where[1], action],
    )


def _idle_legal(env: Environment, notes: Notes) -> Finding | None:
    """A legal action that did no more than the same action does where it is masked out."""
    for choice, (where, action, reward) in notes.legal.items():
        changed = _changed(env, where, action)
        for there, same, fine in notes.masked.get(choice, [])[:MOST_COMPARED]:
            if fine == reward and changed <= _changed(env, there, same):
                return _refused_legal(
                    action, "changes nothing, as where the mask calls it illegal", where
                )
    return None


def _brought(env: Environment, where: Where) -> Any:
    env.reset(seed=where[0])
    for action in where[1]:
        env.step(action)
    return env.unwrapped


def _trial(
    env: Environment, where: Where, action: Any, now: str, reseed: int | None = None
) -> Trial:
    """`action` in the state at `where`, whose observation is `now` as text."""
    base = _brought(env, where)
    if reseed is not None:
        base.np_random = np.random.default_rng(reseed)
    try:
        seen, reward, terminated, truncated, info = env.step(action)
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
        (*parts_of(seen), str(ended)),
    )


def _always(env: Environment, where: Where, action: Any, now: str) -> bool:
    """Whether the action changes nothing whatever chance draws."""
    return all(_trial(env, where, action, now, reseed).same for reseed in range(RESEEDS))


def _changed(env: Environment, where: Where, action: Any) -> frozenset[str]:
    """Names of the environment's attributes that an action changes, whether seen or not."""
    base = _brought(env, where)
    before = _attributes(base)
    env.step(action)
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
