"""Nothing on the way pays more than success.

Agents that look at nothing walk in circles and collect what they can. If one of them earns more
before its last step than success pays, the shaping is the task, and success is a detour (Ng, Harada
and Russell 1999). The reward of the last step does not count: whoever reaches the goal by walking
blindly may have it.

What success pays: 1 in a `TaskEnv`; elsewhere the worst return of the environment's own oracle, or
the `reward_threshold` it was registered with. Where nothing says it, nothing can be said.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gymnasium as gym
import numpy as np

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.subject import Environment, Plan, Subject, is_task_env
from veragym.check.transcript import Policy, play
from veragym.core.capabilities import has

FIRST_SEEDS = 2
"""Episodes by which a suspect is found."""
MOST_SEEDS = 12
"""Episodes over which a suspect's mean return is taken."""
MOST_LOOPS = 40
LOOPS_PER_SEED = 4
"""Pairs of actions tried in turn."""
STEPS = 200
SLACK = 1e-9


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Finds what success pays, then what walking in circles pays."""
    env = subject.make()
    pay, source = success_of(env, min(plan.seeds, MOST_SEEDS), plan)
    if pay is None:
        yield not_applicable(
            "shaping",
            "nothing says what success pays: no oracle, and no reward_threshold in its spec; "
            "register it with gymnasium.register(..., reward_threshold=...) and check module:id",
        )
        return
    steps = min(STEPS, plan.max_steps)
    best = -np.inf
    agents = blind(env, min(MOST_LOOPS, LOOPS_PER_SEED * plan.seeds))
    if has(env, "oracle") and not is_task_env(env):
        yield _failure_pays(env, agents, steps, plan)
    for name, make in agents.items():
        earned = [_earned(env, make, seed, steps)[0] for seed in range(FIRST_SEEDS)]
        if _mean(earned) <= pay + SLACK:
            best = max(best, _mean(earned))
            continue
        episodes = [_earned(env, make, seed, steps) for seed in range(MOST_SEEDS)]
        mean = _mean([amount for amount, _ in episodes])
        best = max(best, mean)
        if mean > pay + SLACK:
            yield bad(
                "shaping",
                f"{name} earns {mean:g} before its last step, and success pays {pay:g} ({source})",
                "make shaping potential-based, or pay each part of the way once",
                seed=0,
                actions=episodes[0][1][:20],
                agent=name,
            )
            return
    yield ok(
        "shaping",
        f"{len(agents)} agents that look at nothing earn at most {best:g} on the way; success pays "
        f"{pay:g} ({source})",
        best=best,
        success=pay,
    )


def _failure_pays(
    env: Environment, agents: dict[str, Callable[[], Policy]], steps: int, plan: Plan
) -> Finding:
    """Whether an agent that looks at nothing earns more in all than the oracle, on the same seeds.

    Ending an episode badly may pay more than ending it well (or staying out of trouble).
    """
    due = [
        sum(play(env, policies.oracle(), seed=seed, max_steps=plan.max_steps).rewards)
        for seed in range(min(plan.seeds, MOST_SEEDS))
    ]
    for name, make in agents.items():
        earned: list[float] = []
        for seed in range(len(due)):
            if seed == FIRST_SEEDS and _mean(earned) <= _mean(due[:FIRST_SEEDS]) + SLACK:
                break
            earned.append(_return(env, make, seed, steps))
        if len(earned) == len(due) and _mean(earned) > _mean(due) + SLACK:
            return bad(
                "success",
                f"{name} earns {_mean(earned):g} an episode and looks at nothing; the oracle earns "
                f"{_mean(due):g} on the same seeds",
                "pay no ending more than success; or correct the oracle, if it does not succeed",
                seed=0,
                actions=_earned(env, make, 0, steps)[1][:20],
                agent=name,
            )
    return ok(
        "success", f"no agent that looks at nothing earns more than the oracle's {_mean(due):g}"
    )


def _return(env: Environment, make: Callable[[], Policy], seed: int, steps: int) -> float:
    """What an episode gave in all; keeps no transcript."""
    return sum(play(env, make(), seed=seed, max_steps=steps, written=False).rewards)


def success_of(env: Environment, seeds: int, plan: Plan) -> tuple[float | None, str]:
    """What success pays, and who says so."""
    if is_task_env(env):
        return 1.0, "the verdict's score"
    if has(env, "oracle"):
        try:
            played = [
                play(env, policies.oracle(), seed=seed, max_steps=plan.max_steps)
                for seed in range(seeds)
            ]
        except policies.OracleRanDry:
            return None, ""
        return min(sum(episode.rewards) for episode in played), "its oracle's worst return"
    threshold = getattr(env.spec, "reward_threshold", None)
    return (None, "") if threshold is None else (float(threshold), "its reward_threshold")


def blind(env: Environment, loops: int = MOST_LOOPS) -> dict[str, Callable[[], Policy]]:
    """Agents that look at nothing: constant, walking in circles, random, and stalling ones."""
    found: dict[str, Callable[[], Policy]] = {"random": lambda: policies.sampled(0)}
    space = env.action_space
    if isinstance(space, gym.spaces.Discrete):
        actions: Sequence[Any] = [np.int64(space.start + i) for i in range(min(int(space.n), 12))]
    elif isinstance(space, gym.spaces.Box) and np.isfinite([space.low, space.high]).all():
        actions = [space.low, space.high, ((space.low + space.high) / 2).astype(space.dtype)]
    else:
        actions = []
    for action in actions:
        found[f"always {action}"] = lambda a=action: policies.constant(a)  # type: ignore[misc]
    for one, two in itertools.islice(itertools.permutations(actions, 2), loops):
        found[f"{one} and {two} in turn"] = lambda a=one, b=two: cycle([a, b])  # type: ignore[misc]
    if has(env, "oracle"):
        found["its oracle's steps but the last, over and over"] = stalling
        found["its oracle's last steps but one, in turn"] = lambda: stalling(2)
    return found


def cycle(actions: Sequence[Any]) -> Policy:
    """The actions over and over."""
    return lambda env, observation, turn: actions[turn % len(actions)]


def stalling(tail: int | None = None) -> Policy:
    """The oracle's way up to its last step, then the way (or its last `tail` steps) again."""
    way: list[Any] = []

    def act(env: gym.Env[Any, Any], observation: Any, turn: int) -> Any:
        nonlocal way
        if turn == 0:
            way = list(itertools.islice(env.unwrapped.oracle(), STEPS))[:-1]  # type: ignore[attr-defined]
            if not way:
                way = [env.action_space.sample()]
        if turn < len(way):
            return way[turn]
        loop = way if tail is None else way[-tail:]
        return loop[(turn - len(way)) % len(loop)]

    return act


def _earned(
    env: Environment, make: Callable[[], Policy], seed: int, steps: int
) -> tuple[float, list[Any]]:
    """What an episode gave before its last step, and the actions; keeps no transcript."""
    policy = make()
    observation, _ = env.reset(seed=seed)
    earned = 0.0
    actions: list[Any] = []
    for turn in range(steps):
        actions.append(policy(env, observation, turn))
        observation, reward, terminated, truncated, _ = env.step(actions[-1])
        if terminated:
            break
        earned += float(reward)
        if truncated:
            break
    return earned, actions


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
