"""The same seed and actions give the same bytes: again, elsewhere, among others, later."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import numpy as np

from veragym.check.clock import shifted
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.network import connections
from veragym.check.policies import OracleRanDry
from veragym.check.second_process import Scene, agent_of, perform, scenes, transcripts
from veragym.check.subject import Environment, Plan, Subject
from veragym.check.transcript import Policy, first_difference, line, play

SCENES_PER_SPLIT = 12
MOST_STEPS = 2500
STEPS_PER_SEED = 200
"""Steps of all episodes together, beyond which episodes that come last are left out."""
FEWEST_SCENES = 3
HASH_SEEDS = (1, 4)
SEVERAL = 8
"""Seeds from which on a plan is worth a second new interpreter."""
THREADS = 4
THINKING_S = 977.0
"""Longer than any time-out, by the clock; nobody waits."""


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Plays one script over and over, each time with something changed that must not matter."""
    env = subject.make()
    script = scenes(env, min(plan.seeds, SCENES_PER_SPLIT))
    reference: list[list[str]] = []
    touched: Finding | None = None
    steps, most = 0, min(MOST_STEPS, STEPS_PER_SEED * plan.seeds)
    try:
        with connections() as addresses:
            for scene in script:
                before = _global_state()
                reference.append(perform(subject.make(), scene, plan.max_steps))
                touched = touched or _touched(before, scene)
                steps += len(reference[-1])
                if steps > most and len(reference) >= FEWEST_SCENES:
                    break
    except OracleRanDry:
        yield not_applicable("repeats", "the oracle does not reach the end; see the oracle witness")
        return
    script = script[: len(reference)]
    yield touched or ok("global-rng-untouched", "the global random states are left as they were")
    yield _offline(addresses)
    yield _repeats(subject, script, reference, plan)
    yield _ignores_global_rng(subject, script, reference, plan)
    yield _interleaved(subject, script, reference, plan)
    yield _threads(subject, script, reference, plan)
    yield _another_hour(subject, script, reference, plan)
    yield _slow_agent(subject, script, reference, plan)
    yield _elsewhere(subject, script, reference, plan)


def _performed(
    env: Environment, scene: Scene, plan: Plan, policy: Policy | None = None
) -> list[str]:
    """A scene's transcript; raising, where the reference raised nothing, is a difference."""
    try:
        return perform(env, scene, plan.max_steps, policy)
    except Exception as error:  # noqa: BLE001 - whatever it is, it was not there before
        return [f"raises {type(error).__name__}: {error}"[:300]]


def _global_state() -> tuple[Any, ...]:
    keys: Any = np.random.get_state(legacy=True)  # noqa: NPY002 - looks whether it was touched
    torch = sys.modules.get("torch")  # only what is loaded can have been touched
    tensors = None if torch is None else torch.random.get_rng_state().numpy().tobytes()
    return random.getstate(), (keys[1].tobytes(), keys[2], keys[3], keys[4]), tensors


def _touched(before: tuple[Any, ...], scene: Scene) -> Finding | None:
    after = _global_state()
    if before[2] is None:
        after = (*after[:2], None)  # loaded meanwhile, which is no draw
    names = [
        name for name, a, b in zip(("random", "numpy.random", "torch"), before, after) if a != b
    ]
    if names:
        return bad(
            "global-rng-untouched",
            f"playing changed the global state of {' and '.join(names)}",
            "draw from the TaskRng a generator is given, never from module-level functions",
            seed=scene.seed,
            options=None if scene.split is None else {"split": scene.split},
            agent=scene.agent,
        )
    return None


def _offline(addresses: Sequence[str]) -> Finding:
    if addresses:
        return bad(
            "offline",
            f"playing contacted {', '.join(sorted(set(addresses))[:5])}",
            "ship the data with the package; an episode may not depend on the network",
            addresses=sorted(set(addresses))[:20],
        )
    return ok("offline", "no address outside this machine was contacted")


def _compare(
    name: str,
    fix: str,
    what: str,
    script: Sequence[Scene],
    reference: Sequence[list[str]],
    other: Sequence[list[str]],
) -> Finding:
    for scene, one, two in zip(script, reference, other):
        difference = first_difference(one, two)
        if difference is not None:
            return bad(
                name,
                f"seed {scene.seed}: the episode differs {what}",
                fix,
                seed=scene.seed,
                options=None if scene.split is None else {"split": scene.split},
                agent=scene.agent,
                difference=difference,
            )
    return ok(name, f"{len(script)} episodes are byte-identical {what}")


def _repeats(
    subject: Subject, script: Sequence[Scene], reference: list[list[str]], plan: Plan
) -> Finding:
    """One environment for everything, backwards: what came before must not matter.

    By turns it is left in the middle of an episode (a scene ends so) and at the end of one.
    """
    env = subject.make()
    other = []
    for number, scene in enumerate(reversed(script)):
        other.append(_performed(env, scene, plan))
        if number % 2 == 0:
            with suppress(Exception):  # a scene that raises is a difference already
                play(env, agent_of(scene), seed=scene.seed, max_steps=plan.max_steps)
    return _compare(
        "repeats",
        "let reset(seed=...) set everything the episode depends on, and leave nothing behind",
        "when the environment was used before",
        script,
        reference,
        other[::-1],
    )


def _ignores_global_rng(
    subject: Subject, script: Sequence[Scene], reference: list[list[str]], plan: Plan
) -> Finding:
    other = []
    for i, scene in enumerate(script):
        random.seed(i)
        np.random.seed(i)  # noqa: NPY002 - to see that it does not matter
        other.append(_performed(subject.make(), scene, plan))
    return _compare(
        "global-rng-unread",
        "draw from the TaskRng a generator is given, never from module-level functions",
        "when the global random generators are seeded differently",
        script,
        reference,
        other,
    )


def _interleaved(
    subject: Subject, script: Sequence[Scene], reference: list[list[str]], plan: Plan
) -> Finding:
    """All episodes at once, a step of each in turn."""
    running = [stepwise(subject.make(), scene, plan.max_steps) for scene in script]
    other: list[list[str]] = [
        [f"{scene.agent} seed={scene.seed} split={scene.split}"] for scene in script
    ]
    waiting = set(range(len(script)))
    while waiting:
        for i in sorted(waiting):
            try:
                text = next(running[i], None)
            except Exception as error:  # noqa: BLE001 - alone it raised nothing
                text = f"raises {type(error).__name__}: {error}"[:300]
                running[i] = iter(())
            if text is None:
                waiting.discard(i)
            else:
                other[i].append(text)
    # The reference also holds the start of the following episode, which is not played here.
    own = [lines[: len(two)] for lines, two in zip(reference, other)]
    return _compare(
        "interleaved",
        "keep state in the instance: class attributes and module globals are shared",
        f"with {len(script)} environments stepped in turn",
        script,
        own,
        other,
    )


def stepwise(env: Environment, scene: Scene, max_steps: int) -> Iterator[str]:
    """`play`, one line at a time."""
    act = agent_of(scene)
    options: dict[str, Any] | None = None if scene.split is None else {"split": scene.split}
    observation, info = env.reset(seed=scene.seed, options=options)
    task = getattr(env.unwrapped, "task", None)
    yield line(seed=scene.seed, observation=observation, info=info, task=task)
    for turn in range(max_steps):
        action = act(env, observation, turn)
        observation, reward, terminated, truncated, info = env.step(action)
        yield line(
            action=action,
            observation=observation,
            reward=reward,
            terminated=terminated,
            truncated=truncated,
            info=info,
        )
        if terminated or truncated:
            return


def _threads(
    subject: Subject, script: Sequence[Scene], reference: list[list[str]], plan: Plan
) -> Finding:
    """Each episode in one of a few threads, none of them the main one."""
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            other = list(pool.map(lambda s: perform(subject.make(), s, plan.max_steps), script))
    except Exception as error:  # noqa: BLE001 - whatever it cannot do in a thread is the finding
        return bad(
            "threads",
            f"an episode in a thread raises {type(error).__name__}: {error}"[:300],
            "use nothing that works in the main thread only, such as signal.alarm",
        )
    return _compare(
        "threads",
        "keep state in the instance; set no signal handlers and no process-wide options",
        f"in {THREADS} threads",
        script,
        reference,
        other,
    )


def _another_hour(
    subject: Subject, script: Sequence[Scene], reference: list[list[str]], plan: Plan
) -> Finding:
    with shifted():
        other = [_performed(subject.make(), scene, plan) for scene in script]
    return _compare(
        "clock-unread",
        "let nothing depend on the date or the time",
        "when the clock shows another time",
        script,
        reference,
        other,
    )


def _slow_agent(
    subject: Subject, script: Sequence[Scene], reference: list[list[str]], plan: Plan
) -> Finding:
    """Between two calls the clock goes on by a long while: the agent was thinking."""
    other = []
    with shifted() as clock:
        for scene in script:
            act = agent_of(scene)

            def slowly(env: Environment, observation: Any, turn: int, act: Policy = act) -> Any:
                clock.advance(THINKING_S)
                return act(env, observation, turn)

            other.append(_performed(subject.make(), scene, plan, slowly))
    return _compare(
        "patient",
        "limit turns, characters or tokens, never the time between two calls",
        f"when the agent thinks for {THINKING_S:g} s before each action",
        script,
        reference,
        other,
    )


def _elsewhere(
    subject: Subject, script: Sequence[Scene], reference: list[list[str]], plan: Plan
) -> Finding:
    if isinstance(subject.recipe, str):
        return not_applicable(
            "other-process", f"it cannot be made in another process: {subject.recipe}"
        )
    hash_seeds = HASH_SEEDS if plan.seeds >= SEVERAL else HASH_SEEDS[:1]
    for hash_seed in hash_seeds:
        try:
            other = transcripts(subject, script, plan, hash_seed)
        except (RuntimeError, ValueError, subprocess.SubprocessError) as error:
            return bad(
                "other-process",
                f"it cannot be played in another process: {error}"[:300],
                "keep import and construction free of what only this process has",
            )
        finding = _compare(
            "other-process",
            "sort sets and dictionaries before drawing from them; never use hash() or id()",
            f"in another process with PYTHONHASHSEED={hash_seed} (here "
            f"{os.environ.get('PYTHONHASHSEED', 'random')})",
            script,
            reference,
            other,
        )
        if not finding.passed:
            return finding
    return ok(
        "other-process",
        f"{len(script)} episodes are byte-identical in other processes, under hash seeds "
        f"{', '.join(map(str, hash_seeds))}",
    )
