"""Every step of whole episodes: spaces, types, endings and `info`, at each step of many episodes.

Gymnasium's own checker looks at one step.
"""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import numpy as np

from veragym.check import policies
from veragym.check.finding import Finding, bad, ok
from veragym.check.second_process import agent_of, scenes
from veragym.check.subject import Environment, Plan, is_task_env
from veragym.check.transcript import Episode, plain, play
from veragym.core.verdict import Outcome, Verdict

INFO_KEYS = ("task", "parts", "cost", "valid", "error", "verdict")
EPISODES = 12
"""Episodes per split that are looked at step by step."""
PATIENCE = 30
"""Where no episode ended within the plan's steps, one is played this many times longer."""
FEWEST_ENDS = 3
"""Endings below which flags that always come together may be chance."""


def examine(env: Environment, plan: Plan) -> Iterator[Finding]:
    """Plays episodes of good and bad agents and looks at every one of their steps."""
    steps = 0
    seen: list[Episode] = []
    spaces = copy.deepcopy((env.observation_space, env.action_space))
    for scene in scenes(env, min(plan.seeds, EPISODES)):
        options = None if scene.split is None else {"split": scene.split}
        try:
            episode = play(
                env, agent_of(scene), seed=scene.seed, options=options, max_steps=plan.max_steps
            )
        except policies.OracleRanDry:
            continue  # the oracle witness reports it
        seen.append(episode)
        steps += len(episode.actions)
        problem = _spaces_kept(env, spaces) or _problem(env, episode, plan)
        if problem is not None:
            name, verdict, fix = problem
            yield bad(name, verdict, fix, **episode.recipe(), agent=scene.agent)
            return
    problem = None if is_task_env(env) else _endings(env, seen, plan)
    if problem is not None:
        name, verdict, fix = problem
        yield bad(name, verdict, fix, **seen[0].recipe())
        return
    yield ok(
        "episodes",
        f"{len(seen)} episodes, {steps} steps: spaces, dtypes, rewards, endings and info are as "
        "promised",
    )


Problem = tuple[str, str, str] | None
"""Name, verdict and fix of what is wrong."""


def _spaces_kept(env: Environment, spaces: tuple[Any, Any]) -> Problem:
    """Learners and batches read the spaces once."""
    for name, before in zip(("observation_space", "action_space"), spaces):
        now = getattr(env, name)
        if now != before:
            return (
                "spaces",
                f"{name} was {before!r:.80} before the episode and is {now!r:.80} after it",
                "set the spaces in __init__ and leave them; say with a mask what is possible now",
            )
    return None


def _problem(env: Environment, episode: Episode, plan: Plan) -> Problem:
    """The first thing wrong with an episode."""
    for turn, observation in enumerate(episode.observations):
        if not env.observation_space.contains(observation):
            return (
                "observation-space",
                f"after {turn} steps the observation {observation!r:.100} is not in "
                f"{env.observation_space}",
                "return what the space contains, with its dtype, or widen the space",
            )
        drift = drifted(env.observation_space, observation)
        if drift is not None:
            return (
                "dtype",
                f"after {turn} steps {drift}",
                "return every array with the dtype its space declares, at every step",
            )
    for turn, info in enumerate(episode.infos):
        if not isinstance(info, dict):
            return ("info-dict", f"after {turn} steps info is {info!r:.80}", "return a dict")
    for turn, text in enumerate(episode.lines[1:], 1):
        problem = _types(turn, json.loads(text))
        if problem is not None:
            return problem
    for turn, reward in enumerate(episode.rewards, 1):
        if not math.isfinite(reward):
            return ("reward-finite", f"step {turn} gave the reward {reward!r}", "return a number")
    tasks = is_task_env(env)
    if tasks and episode.terminated and episode.truncated:
        return (
            "terminated-and-truncated",
            f"step {len(episode.actions)} returned terminated and truncated both true",
            "terminated if the task is decided, truncated if a limit cut it short; never both",
        )
    if tasks and not episode.ended:
        return (
            "ends",
            f"the episode had not ended after {plan.max_steps} steps",
            "count turns and truncate",
        )
    for turn, (text, observation) in enumerate(zip(episode.lines, episode.observations)):
        if isinstance(observation, (np.ndarray, dict, list, tuple)) and not _recorded(
            text, observation
        ):
            return (
                "aliased",
                f"the observation of step {turn} was changed by a later step",
                "return a copy of the observation, not the environment's own array",
            )
    return _info_problem(episode) if tasks else _infos_kept(episode)


def _infos_kept(episode: Episode) -> Problem:
    """Whether each `info` still is what it was when its line was written, as far as it is data."""
    for turn, (text, info) in enumerate(zip(episode.lines, episode.infos)):
        recorded = json.loads(text)["info"]
        data = {str(key): value for key, value in info.items() if _is_data(value)}
        gone = set(map(str, info)) - set(recorded)
        now = json.loads(json.dumps(plain(data)))
        changed = sorted(gone) or [key for key in now if now[key] != recorded[key]]
        if changed:
            return (
                "aliased",
                f"the info of step {turn} was changed by a later step: {changed[0]!r}",
                "return a new dict with copies at every step; learners keep what they were given",
            )
    return None


def _is_data(value: Any) -> bool:
    """Whether it is made of numbers, texts and arrays alone; of objects nothing is known."""
    if isinstance(value, dict):
        return all(map(_is_data, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_data, value))
    if isinstance(value, np.ndarray):
        return value.dtype != object
    return value is None or isinstance(value, bool | int | float | str | np.generic)


def _recorded(text: str, observation: Any) -> bool:
    """Whether an observation still is what it was when its line was written."""
    return bool(json.loads(text)["observation"] == json.loads(json.dumps(plain(observation))))


def drifted(space: gym.Space[Any], observation: Any, where: str = "the observation") -> str | None:
    """Which array of an observation has not the dtype its space declares, in words.

    `Box.contains` takes any dtype that can be cast; a buffer of the declared dtype then silently
    converts some steps and not others.
    """
    if isinstance(space, gym.spaces.Dict):
        found = (
            drifted(part, observation[key], f"{where}[{key!r}]")
            for key, part in space.spaces.items()
        )
        return next((text for text in found if text), None)
    if isinstance(space, gym.spaces.Tuple):
        found = (
            drifted(part, observation[i], f"{where}[{i}]") for i, part in enumerate(space.spaces)
        )
        return next((text for text in found if text), None)
    if not isinstance(space, gym.spaces.Box):
        return None
    dtype = getattr(observation, "dtype", None)
    if dtype != space.dtype:
        kind = type(observation).__name__ if dtype is None else f"{dtype} array"
        return f"{where} is a {kind}, and its space declares {space.dtype}"
    return None


def _types(turn: int, recorded: dict[str, Any]) -> Problem:
    """The reward is one number and the flags are booleans, at every step."""
    reward = recorded["reward"]
    if isinstance(reward, dict) and "shape" in reward:
        return (
            "reward-type",
            f"step {turn} gave an array of shape {tuple(reward['shape'])} as reward",
            "return a float",
        )
    if not isinstance(reward, int | float | dict) and reward not in ("nan", "inf", "-inf"):
        return ("reward-type", f"step {turn} gave {reward!r:.80} as reward", "return a float")
    for name in ("terminated", "truncated"):
        flag = recorded[name]
        if not (isinstance(flag, bool) or (isinstance(flag, dict) and flag.get("dtype") == "bool")):
            return (
                "flags",
                f"step {turn} gave {flag!r:.80} as {name}",
                "return True or False",
            )
    return None


def _endings(env: Environment, seen: list[Episode], plan: Plan) -> Problem:
    """What Gymnasium leaves open: episodes end, and the two flags do not mean the same."""
    ends = [episode for episode in seen if episode.ended]
    limit = getattr(env.spec, "max_episode_steps", None)
    own = [episode for episode in ends if len(episode.actions) != limit]
    if len(own) >= FEWEST_ENDS and all(e.terminated and e.truncated for e in own):
        return (
            "terminated-and-truncated",
            f"all {len(own)} episodes ended with terminated and truncated both true",
            "terminated if a final state was reached, truncated if a limit cut the episode short; "
            "agents bootstrap after the second only",
        )
    if ends or not seen:
        return None
    patience = PATIENCE * plan.max_steps
    if _quickly(env, policies.sampled(0), patience):
        return None
    return (
        "ends",
        f"none of {len(seen)} episodes ended within {plan.max_steps} steps, nor one of {patience}",
        "count steps and truncate, or register it with max_episode_steps",
    )


def _quickly(env: Environment, policy: Any, steps: int) -> bool:
    """Whether an episode ends within so many steps; keeps no record of them."""
    observation, _ = env.reset(seed=0)
    for turn in range(steps):
        observation, _, terminated, truncated, _ = env.step(policy(env, observation, turn))
        if terminated or truncated:
            return True
    return False


def _info_problem(episode: Episode) -> tuple[str, str, str] | None:
    for turn, info in enumerate(episode.infos):
        if set(info) != set(INFO_KEYS):
            extra, missing = set(info) - set(INFO_KEYS), set(INFO_KEYS) - set(info)
            return (
                "info-keys",
                f"after {turn} steps info has extra keys {sorted(extra)} and lacks "
                f"{sorted(missing)}",
                f"always give exactly {', '.join(INFO_KEYS)}",
            )
        last = turn == len(episode.actions) and episode.ended
        if (info["verdict"] is not None) != last:
            return (
                "verdict-at-end",
                f"after {turn} steps info['verdict'] is {info['verdict']!r:.80}, and the episode "
                + ("has ended" if last else "goes on"),
                "give a Verdict with the last step and None before",
            )
    verdict = episode.infos[-1]["verdict"]
    if not isinstance(verdict, Verdict):
        return (
            "verdict-at-end",
            f"info['verdict'] is a {type(verdict).__name__}",
            "give a Verdict",
        )
    if episode.rewards[-1] != verdict.score:
        return (
            "reward-is-score",
            f"the last reward is {episode.rewards[-1]!r}, the verdict's score {verdict.score!r}",
            "return verdict.score as the reward of the last step",
        )
    if verdict.outcome is Outcome.INFRA_ERROR or episode.infos[-1]["error"]:
        return (
            "works",
            f"the environment failed: {episode.infos[-1]['error']!r:.200} {verdict.reason}",
            "correct the exception that is named",
        )
    earned = sum(episode.rewards[:-1])
    if earned > 1.0:
        return (
            "shaping",
            f"the rewards before the end add up to {earned:g}, more than solving the task gives",
            "keep the sum of shaping rewards below the success reward",
        )
    return None
