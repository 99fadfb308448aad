"""Every call and every returned value, over whole episodes.

First whether it can be played at all: where nothing works, nothing else is said. Then Gymnasium's
own checker, which looks at one step, and what is added here: whole episodes (`episodes`), the order
of calls, bad input (`hostile`), and copies and records (`copies`).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
from gymnasium.utils.env_checker import check_env

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.sameness import closes_twice
from veragym.check.second_process import agent_of, scenes
from veragym.check.subject import Environment, Plan, Subject, is_task_env
from veragym.check.transcript import play
from veragym.check.witnesses import copies, episodes, hostile
from veragym.core.verdict import Outcome

ATTEMPTS = 3
"""Episodes of which at least one has to be playable."""
FIRST_STEPS = 8


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """All of it; what belongs to tasks only where there are tasks."""
    broken = _broken(subject, plan)
    if broken is not None:
        yield broken
        return
    env = subject.make()
    yield _gymnasium(subject)
    heard = list(episodes.examine(env, plan))
    yield from heard
    yield from _order(subject, env)
    yield closes_twice(subject.make, lambda env: env.reset(seed=0))
    if any(finding.name == "works" for finding in heard):
        yield not_applicable("hostile-actions", "it fails on ordinary ones; see api.works")
    else:
        yield from hostile.examine(subject, env)
    yield copies.storable(env) if is_task_env(env) else copies.copies(subject)


def _broken(subject: Subject, plan: Plan) -> Finding | None:
    """The fault that leaves nothing else to look at: no episode can be played, whoever plays."""
    env = subject.make()
    failures: list[tuple[str, dict[str, Any]]] = []
    for scene in scenes(env, ATTEMPTS)[:ATTEMPTS]:
        options = None if scene.split is None else {"split": scene.split}
        try:
            episode = play(
                env,
                agent_of(scene),
                seed=scene.seed,
                options=options,
                max_steps=min(FIRST_STEPS, plan.max_steps),
            )
        except policies.OracleRanDry:
            return None
        except Exception as error:  # noqa: BLE001 - a stranger's environment may raise anything
            reason = f"{type(error).__name__}: {error}"
            failures.append((reason, {"seed": scene.seed, "options": options}))
            continue
        verdict = episode.verdict
        if verdict is None or verdict.outcome is not Outcome.INFRA_ERROR:
            return None
        reason = str(episode.infos[-1].get("error") or verdict.reason)
        failures.append((reason, episode.recipe()))
    reason, recipe = failures[0]
    return bad(
        "works",
        f"no episode can be played: {reason}"[:300],
        "correct the exception that is named; all other questions wait for that",
        **recipe,
        everywhere=True,
    )


def hopeless(finding: Finding) -> bool:
    """Whether a finding says that no other witness can find out anything."""
    return finding.name == "api.works" and bool(finding.evidence.get("everywhere"))


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
