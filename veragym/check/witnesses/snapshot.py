"""Going back is exact: after `restore`, the same actions give the same transitions."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.second_process import Scene, agent_of, scenes
from veragym.check.subject import Environment, Plan, Subject
from veragym.check.transcript import first_difference, line, play
from veragym.core.capabilities import has


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Branches at the start and in the middle of episodes, here and in another instance."""
    env = subject.make()
    if not has(env, "snapshot"):
        yield not_applicable("replays", "snapshot is not offered")
        return
    count = 0
    for scene in scenes(env, min(plan.seeds, 8)):
        for turn in _branch_points(subject, scene, plan):
            for name, target in (("replays", env), ("replays-elsewhere", subject.make())):
                difference = _branch(env, target, scene, turn, plan)
                count += 1
                if difference is not None:
                    yield bad(
                        name,
                        f"seed {scene.seed}: restored to turn {turn}, the episode goes on "
                        "differently",
                        "save everything a step reads: the task, counters, ledger, random state, "
                        "position in the stream",
                        seed=scene.seed,
                        options=None if scene.split is None else {"split": scene.split},
                        agent=scene.agent,
                        turn=turn,
                        difference=difference,
                    )
                    return
    yield ok(
        "replays", f"{count} branches, here and in another instance, go on byte for byte alike"
    )


def _branch_points(subject: Subject, scene: Scene, plan: Plan) -> list[int]:
    """The start, the middle and the end of a scene's episode."""
    options = None if scene.split is None else {"split": scene.split}
    try:
        episode = play(
            subject.make(), agent_of(scene), seed=scene.seed, options=options,
            max_steps=plan.max_steps,
        )  # fmt: skip
    except policies.OracleRanDry:
        return []
    length = len(episode.actions)
    return sorted({0, length // 2, length})


def _branch(
    env: Environment, target: Environment, scene: Scene, turn: int, plan: Plan
) -> dict[str, Any] | None:
    """Plays to `turn`, saves, plays on; then plays something else, restores and plays on again."""
    options: dict[str, Any] | None = None if scene.split is None else {"split": scene.split}
    whole = play(env, agent_of(scene), seed=scene.seed, options=options, max_steps=plan.max_steps)
    actions = whole.actions
    env.reset(seed=scene.seed, options=options)
    for action in actions[:turn]:
        env.step(action)
    saved = env.unwrapped.snapshot()  # type: ignore[attr-defined]
    stored = pickle.dumps(saved)
    one = _go_on(env, actions[turn:], scene)
    # Detours that must leave no trace: another end of this episode, and another episode.
    base: Any = env.unwrapped
    base.restore(saved)
    if turn < len(actions):
        env.step(
            policies.GIBBERISH if isinstance(actions[turn], str) else env.action_space.sample()
        )
    play(env, policies.sampled(99), seed=scene.seed + 17, max_steps=3)
    env.reset()
    if target is not env:
        target.reset(seed=scene.seed + 31)
        target.reset()
    other_base: Any = target.unwrapped
    try:
        other_base.restore(pickle.loads(stored))
        difference = first_difference(one, _go_on(target, actions[turn:], scene))
    except Exception as error:  # noqa: BLE001 - what it cannot go back to, it may refuse anyhow
        difference = {"error": f"{type(error).__name__}: {error}"}
    if difference is None and pickle.dumps(saved) != stored:
        # Equal bytes are not promised by pickle; equal behaviour is.
        base.restore(saved)
        difference = first_difference(one, _go_on(env, actions[turn:], scene))
    return difference


def _go_on(env: Environment, actions: list[Any], scene: Scene) -> list[str]:
    """The remaining steps, and the start of the next episode."""
    lines = []
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(action)
        lines.append(
            line(
                observation=observation,
                reward=reward,
                terminated=terminated,
                truncated=truncated,
                info=info,
            )
        )
    observation, info = env.reset()
    return [*lines, line(observation=observation, info=info)]
