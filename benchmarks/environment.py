"""Speed of the environment: import, `gym.make`, fresh tasks judged, native vector.

Run `python benchmarks/environment.py [--quick]`. The rival is reasoning-gym's `basic_arithmetic`
(generate one item and score its right answer), timed in the same run, turn by turn. All rates are
per CPU second of one process.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import gymnasium as gym
from measure import rates, record

import veragym  # noqa: F401 - registers the ids

NUM_ENVS = 1024


def import_seconds(module: str, repeats: int) -> float:
    """Median seconds that `import module` takes in a fresh interpreter."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    runs = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(repeats)
    ]
    return statistics.median(runs)


def episodes(env: Any, count: int) -> Callable[[], int]:
    """Right answers to `count` fresh tasks: reset, step, verdict."""
    base = env.unwrapped

    def work() -> int:
        for _ in range(count):
            env.reset()
            _, reward, *_ = env.step(base.task.secret["answer"])
            assert reward == 1.0
        return count

    return work


def vector_steps(steps: int) -> Callable[[], int]:
    """Steps of the native vector, every one a right answer to a fresh task."""
    env = gym.make_vec("MathRLVR-v0", num_envs=NUM_ENVS, topics=["arithmetic"])
    env.reset(seed=0)
    tasks: Any = env.unwrapped

    def work() -> int:
        for _ in range(steps):
            # `tasks.tasks` would price the making of Task objects, which stepping does not need.
            answers = list(tasks._columns[0].answers)
            _, rewards, *_ = env.step(answers)
            assert rewards.sum() == NUM_ENVS
        return steps * NUM_ENVS

    return work


def rival(count: int) -> Callable[[], int]:
    """reasoning-gym: generate an item of basic_arithmetic and score its own answer."""
    import reasoning_gym

    # Its first indices are several times slower than the rest; it gets its better ones.
    position = 1_000_000
    data = reasoning_gym.create_dataset("basic_arithmetic", size=10**9, seed=0)

    def work() -> int:
        nonlocal position
        for _ in range(count):
            item = data[position]
            position += 1
            assert data.score_answer(item["answer"], item) == 1.0
        return count

    return work


class Echo(gym.Env[str, str]):
    """The cheapest possible text environment, to price `gym.make` itself."""

    def __init__(self) -> None:
        from veragym.core import UnicodeText

        self.observation_space = self.action_space = UnicodeText(100)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[str, dict[str, Any]]:
        return "", {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        return action, 0.0, False, False, {}


def echo_steps(env: Any, count: int) -> Callable[[], int]:
    """Steps of the echo environment."""
    env.reset()

    def work() -> int:
        for _ in range(count):
            env.step("hello")
        return count

    return work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the work")
    scale = 1 if parser.parse_args().quick else 10
    made = gym.make("MathRLVR-v0", topics=["arithmetic"])
    made.reset(seed=0)
    bare: Any = gym.make("MathRLVR-v0", topics=["arithmetic"]).unwrapped
    bare.reset(seed=0)
    gym.register("VeragymEcho-v0", entry_point=Echo, disable_env_checker=True)
    echo = gym.make("VeragymEcho-v0")
    found = rates(
        {
            "made": episodes(made, 1000 * scale),
            "bare": episodes(bare, 1000 * scale),
            "rival": rival(1000 * scale),
            "vector": vector_steps(2 * scale),
            "echo_made": echo_steps(echo, 20_000 * scale),
            "echo_bare": echo_steps(echo.unwrapped, 20_000 * scale),
        },
        repeats=7,
    )
    imports = {name: import_seconds(name, 2 + scale) for name in ("veragym", "gymnasium")}
    overhead = 1e6 * (1 / found["made"] - 1 / found["bare"])
    echo_overhead = 1e6 * (1 / found["echo_made"] - 1 / found["echo_bare"])
    made_rate, rival_rate, vector_rate = found["made"], found["rival"], found["vector"]
    rows = [
        (
            "`import veragym`",
            f"{imports['veragym']:.3f} s",
            "< 0.3 s",
            f"gymnasium alone {imports['gymnasium']:.3f} s",
        ),
        (
            "`gym.make` per step, echo environment",
            f"{echo_overhead:.2f} µs",
            "< 5 µs",
            f"{found['echo_made']:,.0f} steps/s",
        ),
        (
            "`gym.make` per episode of MathRLVR-v0 (reset and step)",
            f"{overhead:.2f} µs",
            "< 5 µs",
            "the difference of two noisy times of about 30 µs",
        ),
        (
            "fresh arithmetic task: reset + step + verdict",
            f"{made_rate:,.0f}/s",
            "≥ 30,000/s",
            f"reasoning-gym generate + score {rival_rate:,.0f}/s; "
            f"ratio {made_rate / rival_rate:.2f}",
        ),
        (
            f"native vector, {NUM_ENVS:,} environments, a fresh task each step",
            f"{vector_rate:,.0f}/s",
            "≥ 200,000/s",
            f"ratio to scalar {vector_rate / made_rate:.1f}, "
            f"to reasoning-gym {vector_rate / rival_rate:.1f}",
        ),
    ]
    table = "| what | measured | aim | beside it |\n|---|---|---|---|\n" + "\n".join(
        "| " + " | ".join(row) + " |" for row in rows
    )
    record(
        "environment",
        "Speed of the environment",
        {"rates_per_cpu_second": found, "import_seconds": imports},
        table,
    )


if __name__ == "__main__":
    main()
