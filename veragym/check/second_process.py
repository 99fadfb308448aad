"""The same episodes in a fresh interpreter, under another hash seed.

Run as a module it reads a job (JSON) from standard input and writes one list of transcript lines to
standard output; `transcripts` starts it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from veragym.check import policies
from veragym.check.subject import Environment, Plan, Subject, build, is_task_env
from veragym.check.transcript import Policy, play
from veragym.core.capabilities import has

INSIDE = "VERAGYM_CHECK_PROCESS"
"""Set in the environment of a second process, where starting another check would never end."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One episode to play: an agent by name, a seed, and a split where there are splits."""

    agent: str
    seed: int
    split: str | None


def scenes(env: Environment, seeds: int) -> list[Scene]:
    """Episodes that show an environment from every side: each split, good and bad agents."""
    splits: Sequence[str | None] = [None]
    if is_task_env(env):
        splits = env.unwrapped.generator.splits  # type: ignore[attr-defined]
    agents = ["sampled", "sampled"]
    if is_task_env(env):
        agents = ["gibberish", "sampled"]
    if has(env, "oracle"):
        agents = ["oracle", *agents]
    return [
        Scene(agents[seed % len(agents)], seed, split) for split in splits for seed in range(seeds)
    ]


def agent_of(scene: Scene) -> Policy:
    """The agent a scene names."""
    if scene.agent == "oracle":
        return policies.oracle()
    if scene.agent == "gibberish":
        return policies.constant(policies.GIBBERISH)
    return policies.sampled(scene.seed)


def perform(
    env: Environment, scene: Scene, max_steps: int, policy: Policy | None = None
) -> list[str]:
    """The transcript of a scene, and of the start of the episode that follows it.

    `policy` takes the place of the agent that the scene names.
    """
    options = None if scene.split is None else {"split": scene.split}
    policy = policy or agent_of(scene)
    episode = play(env, policy, seed=scene.seed, options=options, max_steps=max_steps)
    following = play(env, policies.sampled(scene.seed), max_steps=1)
    return [
        f"{scene.agent} seed={scene.seed} split={scene.split}",
        *episode.lines,
        *following.lines,
    ]


def transcripts(
    subject: Subject, script: Sequence[Scene], plan: Plan, hash_seed: int
) -> list[list[str]]:
    """The transcripts of `script`, from a new interpreter with the given PYTHONHASHSEED.

    Raises:
        RuntimeError: it did not come back with a result.
    """
    assert isinstance(subject.recipe, Mapping)
    return elsewhere(
        "veragym.check.second_process",
        {
            "recipe": subject.recipe,
            "script": [asdict(scene) for scene in script],
            "max_steps": plan.max_steps,
        },
        hash_seed,
        plan.limit_s,
    )


def elsewhere(
    module: str, job: Mapping[str, Any], hash_seed: int, limit_s: float
) -> list[list[str]]:
    """What `python -m module` answers to `job` in a new interpreter; see `serve`.

    Raises:
        RuntimeError: it did not come back with a result.
    """
    done = subprocess.run(
        [sys.executable, "-m", module],
        input=json.dumps({**job, "path": [p for p in sys.path if p]}),
        capture_output=True,
        text=True,
        timeout=limit_s,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed), INSIDE: "1"},
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise RuntimeError(f"a second process failed with status {done.returncode}: {lines[-1]}")
    result: list[list[str]] = json.loads(done.stdout)
    return result


def serve(played: Callable[[Any, Mapping[str, Any]], list[list[str]]]) -> None:
    """The other side of `elsewhere`: reads the job, plays it and writes the result.

    Args:
        played: transcripts from a factory of what the job's recipe makes, and the job. Each is
            played in a new one, as here: what survives a reset is another question.
    """
    answer = os.dup(1)
    os.dup2(2, 1)  # whatever is printed meanwhile must not mix with the result
    job: dict[str, Any] = json.load(sys.stdin)
    sys.path.extend(p for p in job["path"] if p not in sys.path)
    lines = played(build(job["recipe"]).make, job)
    with open(answer, "w", encoding="utf-8") as out:
        json.dump(lines, out)


def main() -> None:
    """Plays the scenes of a job."""
    serve(
        lambda make, job: [
            perform(make(), Scene(**scene), job["max_steps"]) for scene in job["script"]
        ]
    )


if __name__ == "__main__":
    main()
