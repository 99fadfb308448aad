"""Every call and every returned value, over whole episodes.

Gymnasium's own checker looks at one step. What is added here: the spaces, the types and the order
of calls over many episodes, hostile actions, bad reset options, and that records can be stored.
"""

from __future__ import annotations

import copy
import json
import math
import pickle
import warnings
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.utils.env_checker import check_env

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.second_process import agent_of, scenes
from veragym.check.subject import Environment, Plan, Subject, base_of, draw, is_task_env, splits_of
from veragym.check.transcript import Episode, first_difference, plain, play
from veragym.core.env import RESET_OPTIONS
from veragym.core.task import Task
from veragym.core.verdict import Outcome, Verdict

INFO_KEYS = ("task", "parts", "cost", "valid", "error", "verdict")
EPISODES = 12
"""Episodes per split that are looked at step by step."""
PATIENCE = 30
"""Where no episode ended within the plan's steps, one is played this many times longer."""
FEWEST_ENDS = 3
"""Endings below which flags that always come together may be chance."""
HOSTILE: tuple[tuple[str, Any], ...] = (
    ("None", None),
    ("an int", 7),
    ("bytes", b"\\boxed{1}"),
    ("a list", ["\\boxed{1}"]),
    ("NUL characters", "\x00" * 50),
    ("a lone surrogate", "\\boxed{\ud800}"),
    ("right-to-left marks", "\u202e\u200f1\u202c"),
    ("deep brackets", "\\boxed{" + "(" * 5000 + ")" * 5000 + "}"),
    ("a tower of powers", "\\boxed{9^{9^{9^{9^{9}}}}}"),
    ("a huge factorial", "\\boxed{(10^9)!}"),
    ("Python code", "\\boxed{__import__('os').system('true')}"),
    ("10 MB", "7" * 10_000_000),
)
ODD_ACTIONS: tuple[tuple[str, Any], ...] = (
    ("None", None),
    ("-1", -1),
    ("a huge integer", 10**30),
    ("a text", "north"),
    ("an empty list", []),
    ("NaN", float("nan")),
    ("an array of NaN", np.full(3, np.nan)),
    ("an array of another shape", np.zeros((2, 3, 4))),
    ("an object", object()),
)
"""For environments of other action types: they may refuse these, and must be well afterwards."""
BAD_OPTIONS: tuple[dict[str, Any], ...] = (
    {"no_such_option": 1},
    {"split": "no-such-split"},
    {"split": 3},
    {"difficulty": 1.5},
    {"difficulty": "hard"},
    {"difficulty": float("nan")},
    {"index": -1},
    {"hint": 99},
    {"budget": {"no_such_entry": 1}},
    {"task": {"id": "half a task"}},
    {"task": "not a task"},
)


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """All of it; what belongs to tasks only where there are tasks."""
    env = subject.make()
    yield _gymnasium(subject)
    yield from _episodes(env, plan)
    yield from _order(subject, env)
    yield _closing(subject)
    if not is_task_env(env):
        yield _arguments(subject)
        yield _recovers(subject)
        yield _copies(subject)
    if is_task_env(env):
        yield _hostile(env)
        yield _options(env)
        yield _foreign(env)
        yield _storable(env)


def _gymnasium(subject: Subject) -> Finding:
    env = subject.make()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            try:
                check_env(env.unwrapped)
            except gym.error.DependencyNotInstalled:
                # Drawing needs what is not installed here; all the rest can be judged.
                check_env(env.unwrapped, skip_render_check=True)
        except Exception as error:  # noqa: BLE001 - a stranger's environment may raise anything
            return bad(
                "gymnasium",
                f"gymnasium's check_env fails: {type(error).__name__}: {error}"[:300],
                "see gymnasium.utils.env_checker.check_env; begin with what it names",
            )
    return ok(
        "gymnasium",
        "gymnasium's check_env passes",
        warnings=list(dict.fromkeys(str(w.message)[:200] for w in caught))[:5],
    )


# -- whole episodes --------------------------------------------------------------------------------


def _episodes(env: Environment, plan: Plan) -> Iterator[Finding]:
    steps = 0
    seen: list[Episode] = []
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
        problem = _problem(env, episode, plan)
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
    return _info_problem(episode) if tasks else None


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


# -- the order of calls ---------------------------------------------------------------------------


def _order(subject: Subject, env: Environment) -> Iterator[Finding]:
    if not is_task_env(env):
        yield not_applicable("order", "gymnasium leaves open what a step out of order does")
        return
    fresh = subject.make()
    try:
        result = fresh.step("too early")
    except gym.error.ResetNeeded:
        yield ok("step-before-reset", "step() before reset() raises")
    except Exception as error:  # noqa: BLE001 - judged below
        yield _wrong_error("step-before-reset", error, [])
    else:
        yield _accepted("step-before-reset", result, [])
    play(env, policies.constant(policies.GIBBERISH), seed=0)
    actions = [policies.GIBBERISH, "once more"]
    try:
        result = env.step("once more")
    except gym.error.ResetNeeded:
        yield ok("step-after-end", "step() after the end raises")
    except Exception as error:  # noqa: BLE001 - judged below
        yield _wrong_error("step-after-end", error, actions)
    else:
        yield _accepted("step-after-end", result, actions)


def _wrong_error(name: str, error: Exception, actions: list[str]) -> Finding:
    return bad(
        name,
        f"step() out of order raises {type(error).__name__} instead of EpisodeOrderError",
        "raise veragym.core.EpisodeOrderError",
        seed=0,
        actions=actions,
    )


def _accepted(name: str, result: Any, actions: list[str]) -> Finding:
    return bad(
        name,
        f"step() out of order was accepted and gave the reward {result[1]!r}",
        "raise EpisodeOrderError: a second answer must never be judged",
        seed=0,
        actions=actions,
    )


def _closing(subject: Subject) -> Finding:
    for used in (False, True):
        env = subject.make()
        if used:
            env.reset(seed=0)
        try:
            env.close()
            env.close()
        except Exception as error:  # noqa: BLE001 - a stranger's environment may raise anything
            return bad(
                "close-twice",
                f"close() twice raises {type(error).__name__}: {error}"[:300],
                "make close() do nothing the second time",
            )
    return ok("close-twice", "close() can be called twice, before and after reset()")


# -- bad input -------------------------------------------------------------------------------------


def _hostile(env: Environment) -> Finding:
    for what, action in HOSTILE:
        env.reset(seed=0)
        try:
            _, reward, _, _, info = env.step(action)
        except Exception as error:  # noqa: BLE001 - one bad action must not end a batch
            return bad(
                "hostile-actions",
                f"{what} as action raises {type(error).__name__}: {error}"[:300],
                "judge what cannot be read as unparsable instead of raising",
                seed=0,
                actions=[repr(action)[:100]],
            )
        verdict = info["verdict"]
        if float(reward) > 0 or (verdict is not None and verdict.outcome is Outcome.INFRA_ERROR):
            return bad(
                "hostile-actions",
                f"{what} as action gave the reward {reward!r}"
                + (f" and {verdict.outcome.value}: {verdict.reason}" if verdict else ""),
                "such an answer is wrong or unparsable, and never the machinery's failure",
                seed=0,
                actions=[repr(action)[:100]],
            )
    return ok("hostile-actions", f"{len(HOSTILE)} hostile actions are judged, not raised")


def _arguments(subject: Subject) -> Finding:
    """What the caller hands over stays the caller's: actions and reset options are only read."""
    env = subject.make()
    act = policies.sampled(3)
    actions: list[Any] = []
    env.reset(seed=3)
    for turn in range(AFTERMATH):
        action = act(env, None, turn)
        before = copy.deepcopy(action)
        actions.append(before)
        _, _, terminated, truncated, _ = env.step(action)
        if plain(action) != plain(before):
            return bad(
                "arguments",
                f"step {turn + 1} wrote into the action it was given: {before!r:.60} became "
                f"{action!r:.60}",
                "copy an action before changing it; a learner keeps what it has chosen",
                seed=3,
                actions=actions,
            )
        if terminated or truncated:
            break
    options = {"asked_by": ["the check"]}
    try:
        env.unwrapped.reset(seed=3, options=options)
    except Exception:  # noqa: BLE001 - it may know only options of its own
        return ok("arguments", "step() leaves the actions it is given as they are")
    if options != {"asked_by": ["the check"]}:
        return bad(
            "arguments",
            f"reset() wrote into the options it was given: they became {options!r:.100}",
            "copy the options before changing them",
            seed=3,
            options={"asked_by": ["the check"]},
        )
    return ok("arguments", "step() and reset() leave what they are given as it is")


def _recovers(subject: Subject) -> Finding:
    """Whatever an odd action does or raises, the next seeded episode is as it should be."""
    env = subject.make()
    reference = play(env, policies.sampled(3), seed=3, max_steps=AFTERMATH).lines
    if play(env, policies.sampled(3), seed=3, max_steps=AFTERMATH).lines != reference:
        return not_applicable("hostile-actions", "no episode repeats; see the determinism witness")
    for what, action in ODD_ACTIONS:
        env.reset(seed=5)
        try:
            env.step(action)
        except Exception:  # noqa: BLE001 - it may refuse in any way it likes
            pass
        except BaseException as error:  # noqa: BLE001 - such as sys.exit()
            return bad(
                "hostile-actions",
                f"{what} as action raises {type(error).__name__}, which ends the whole program",
                "raise a ValueError",
                seed=5,
                actions=[repr(action)[:100]],
            )
        try:
            after = play(env, policies.sampled(3), seed=3, max_steps=AFTERMATH).lines
            difference = first_difference(reference, after)
        except Exception as error:  # noqa: BLE001 - judged here
            difference = {"error": f"{type(error).__name__}: {error}"}
        if difference is not None:
            return bad(
                "hostile-actions",
                f"after {what} as action, a new seeded episode is not what it was",
                "look at an action before anything is changed; let reset() set everything",
                seed=5,
                actions=[repr(action)[:100]],
                difference=difference,
            )
    return ok("hostile-actions", f"{len(ODD_ACTIONS)} odd actions are survived")


AFTERMATH = 30
"""Steps of the episode that follows an odd action or is played with a copy."""


def _copies(subject: Subject) -> Finding:
    """A copy plays like its original, and playing with it leaves the original alone."""
    env = subject.make().unwrapped
    reference = play(env, policies.sampled(3), seed=3, max_steps=AFTERMATH).lines
    half = len(reference) // 2
    how: dict[str, Any] = {
        "pickled": lambda original: pickle.loads(pickle.dumps(original)),
        "deep": copy.deepcopy,
    }
    made = []
    for kind, copied in how.items():
        env.reset(seed=3)
        act = policies.sampled(3)
        steps = [env.step(act(env, None, turn)) for turn in range(half)]
        try:
            other = copied(env)
        except Exception:  # noqa: BLE001 - Gymnasium does not promise that it can be copied
            continue
        made.append(kind)
        twin = play(other, policies.sampled(3), seed=3, max_steps=AFTERMATH).lines
        difference = first_difference(reference, twin)
        for turn in range(half, len(reference) - 1):
            steps.append(env.step(act(env, None, turn)))
        rest = [json.loads(text) for text in reference[1:]]
        own = [json.loads(json.dumps(plain(step[0]))) for step in steps]
        if difference is not None or own != [text["observation"] for text in rest]:
            return bad(
                "copies",
                f"a {kind} copy plays another episode"
                if difference
                else f"playing with a {kind} copy changed the original's episode",
                "keep all state in the instance; share nothing that changes",
                seed=3,
                difference=difference,
            )
    if not made:
        return not_applicable("copies", "it cannot be copied, which Gymnasium does not promise")
    return ok("copies", f"{' and '.join(made)} copies play alike and leave the original alone")


def _options(env: Environment) -> Finding:
    for options in BAD_OPTIONS:
        env.reset(seed=3)
        before = play(env, policies.constant(policies.GIBBERISH)).lines
        env.reset(seed=3)
        try:
            env.reset(options=options)
        except ValueError:
            after = play(env, policies.constant(policies.GIBBERISH)).lines
            if after != before:
                return bad(
                    "reset-options",
                    f"the refused reset({options!r}) changed the next episode",
                    "check all options before anything changes",
                    seed=3,
                    options=options,
                )
        except Exception as error:  # noqa: BLE001 - judged here
            return bad(
                "reset-options",
                f"reset(options={options!r}) raises {type(error).__name__}, not OptionError",
                "raise OptionError naming the value and what is allowed",
                options=options,
            )
        else:
            return bad(
                "reset-options",
                f"reset(options={options!r}) was accepted",
                f"know exactly {', '.join(RESET_OPTIONS)}; refuse the rest with OptionError",
                options=options,
            )
    return ok("reset-options", f"{len(BAD_OPTIONS)} bad reset options are refused, nothing changes")


def _foreign(env: Environment) -> Finding:
    task = draw(env, splits_of(env)[0], 0).to_json()
    try:
        env.reset(options={"task": {**task, "env_id": "Another-v0"}})
    except ValueError:
        return ok("foreign-task", "a task of another environment is refused")
    return bad(
        "foreign-task",
        "a task of another environment was accepted",
        "compare task.env_id and raise TaskMismatch",
        options={"task": {"env_id": "Another-v0"}},
    )


def _storable(env: Environment) -> Finding:
    task = draw(env, splits_of(env)[0], 0)
    verdict = play(env, policies.constant(policies.GIBBERISH), seed=0).verdict
    try:
        assert pickle.loads(pickle.dumps(task)) == task
        assert Task.loads(task.dumps()).dumps() == task.dumps()
        assert verdict is not None
        assert pickle.loads(pickle.dumps(verdict)) == verdict
        Verdict.from_json(verdict.to_json())
        pickle.loads(pickle.dumps(base_of(env).verifier))
    except Exception as error:  # noqa: BLE001 - pickling runs anybody's code
        return bad(
            "storable",
            f"task, verdict or verifier does not survive pickling or JSON: "
            f"{type(error).__name__}: {error}"[:300],
            "keep them to plain data; a verifier must not hold open resources when pickled",
            seed=0,
        )
    return ok("storable", "tasks, verdicts and the verifier survive pickling and JSON")
