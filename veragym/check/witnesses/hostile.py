"""Bad input: hostile actions, wrong reset options, a foreign task; and arguments left as they are.

A `TaskEnv` judges any action. Another environment may refuse in any way it likes, but must be well
afterwards.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.subject import Environment, Subject, draw, is_task_env, splits_of
from veragym.check.transcript import first_difference, plain, play
from veragym.core.env import RESET_OPTIONS
from veragym.core.verdict import Outcome

AFTERMATH = 30
"""Steps of the episode that follows an odd action."""
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


def examine(subject: Subject, env: Environment) -> Iterator[Finding]:
    """What is given, and what may not be."""
    if is_task_env(env):
        yield _hostile(env)
        yield _options(env)
        yield _foreign(env)
    else:
        yield _arguments(subject)
        yield _recovers(subject)


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
