"""The same seed and actions give the same bytes: again, elsewhere, among others, later."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import numpy as np

from veragym.check.clock import shifted
from veragym.check.finding import Finding, bad, not_applicable
from veragym.check.network import connections
from veragym.check.policies import OracleRanDry
from veragym.check.sameness import (
    global_state,
    offline,
    repeated,
    same_bytes,
    same_elsewhere,
    touched,
    untouched,
)
from veragym.check.second_process import Scene, agent_of, perform, scenes, transcripts
from veragym.check.subject import Environment, Plan, Subject
from veragym.check.transcript import Policy, line, play

SCENES_PER_SPLIT = 12
MOST_STEPS = 2500
STEPS_PER_SEED = 200
"""Steps of all episodes together, beyond which episodes that come last are left out."""
FEWEST_SCENES = 3
AGAIN = 3
"""Scenes that are first played again in new environments."""
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
    moved: tuple[list[str], Scene] | None = None
    steps, most = 0, min(MOST_STEPS, STEPS_PER_SEED * plan.seeds)
    try:
        with connections() as addresses:
            for scene in script:
                before = global_state()
                reference.append(perform(subject.make(), scene, plan.max_steps))
                if moved is None and (names := touched(before)):
                    moved = names, scene
                steps += len(reference[-1])
                if steps > most and len(reference) >= FEWEST_SCENES:
                    break
    except OracleRanDry:
        yield not_applicable("repeats", "the oracle does not reach the end; see the oracle witness")
        return
    script = script[: len(reference)]
    names, culprit = moved or ([], script[0])
    yield untouched(
        names,
        "draw from self.np_random, or the TaskRng a generator is given, never from module-level "
        "functions",
        **_recipes([culprit])[0],
    )
    yield offline(addresses)
    yield _repeats(subject, script, reference, plan)
    yield _ignores_global_rng(subject, script, reference, plan)
    yield _interleaved(subject, script, reference, plan)
    yield _threads(subject, script, reference, plan)
    yield _another_hour(subject, script, reference, plan)
    yield _slow_agent(subject, script, reference, plan)
    yield _elsewhere(subject, script, reference, plan)


def repeats_anew(subject: Subject, plan: Plan) -> Finding | None:
    """What is wrong if a new one does not play the same, for `veragym.check.steadiness`."""
    script = scenes(subject.make(), min(plan.seeds, AGAIN))[:AGAIN]
    one, two = ([_performed(subject.make(), s, plan) for s in script] for _ in range(2))
    return repeated(_recipes(script), one, two)


def _performed(
    env: Environment, scene: Scene, plan: Plan, policy: Policy | None = None
) -> list[str]:
    """A scene's transcript; raising, where the reference raised nothing, is a difference."""
    try:
        return perform(env, scene, plan.max_steps, policy)
    except Exception as error:  # noqa: BLE001 - whatever it is, it was not there before
        return [f"raises {type(error).__name__}: {error}"[:300]]


def _recipes(script: Sequence[Scene]) -> list[dict[str, Any]]:
    """How to see each scene again."""
    return [
        {
            "seed": scene.seed,
            "options": None if scene.split is None else {"split": scene.split},
            "agent": scene.agent,
        }
        for scene in script
    ]


def _repeats(
    subject: Subject, script: Sequence[Scene], reference: list[list[str]], plan: Plan
) -> Finding:
    """In new ones; then one environment for everything, backwards: what came before is nothing.

    By turns it is left in the middle of an episode (a scene ends so) and at the end of one.
    """
    again = [_performed(subject.make(), scene, plan) for scene in script[:AGAIN]]
    new = repeated(_recipes(script), reference, again)
    if new is not None:
        return new
    env = subject.make()
    other = []
    for number, scene in enumerate(reversed(script)):
        other.append(_performed(env, scene, plan))
        if number % 2 == 0:
            with suppress(Exception):  # a scene that raises is a difference already
                play(env, agent_of(scene), seed=scene.seed, max_steps=plan.max_steps)
    return same_bytes(
        "repeats",
        "let reset(seed=...) set everything the episode depends on, and leave nothing behind",
        "when the environment was used before",
        _recipes(script),
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
    return same_bytes(
        "global-rng-unread",
        "draw from self.np_random, or the TaskRng a generator is given, never from module-level "
        "functions",
        "when the global random generators are seeded differently",
        _recipes(script),
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
    return same_bytes(
        "interleaved",
        "keep state in the instance: class attributes and module globals are shared",
        f"with {len(script)} environments stepped in turn",
        _recipes(script),
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
    return same_bytes(
        "threads",
        "keep state in the instance; set no signal handlers and no process-wide options",
        f"in {THREADS} threads",
        _recipes(script),
        reference,
        other,
    )


def _another_hour(
    subject: Subject, script: Sequence[Scene], reference: list[list[str]], plan: Plan
) -> Finding:
    with shifted():
        other = [_performed(subject.make(), scene, plan) for scene in script]
    return same_bytes(
        "clock-unread",
        "let nothing depend on the date or the time",
        "when the clock shows another time",
        _recipes(script),
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
    return same_bytes(
        "patient",
        "limit turns, characters or tokens, never the time between two calls",
        f"when the agent thinks for {THINKING_S:g} s before each action",
        _recipes(script),
        reference,
        other,
    )


def _elsewhere(
    subject: Subject, script: Sequence[Scene], reference: list[list[str]], plan: Plan
) -> Finding:
    return same_elsewhere(
        subject,
        HASH_SEEDS if plan.seeds >= SEVERAL else HASH_SEEDS[:1],
        lambda hash_seed: transcripts(subject, script, plan, hash_seed),
        _recipes(script),
        reference,
    )
