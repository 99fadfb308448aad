"""How many commands ShIOEnv-v0 really executes, with its cache and without.

    python benchmarks/shio.py [--episodes 300] [--trees 4] [--sandbox bubblewrap]

Random and oracle policies play the grammar view with intermediate execution, as published. `asked`
is how many executions the reward asks for, which without a cache are all made; `run` is how many
were made. `published` is what the published procedure starts for the same commands: for a command
of m arguments, after every argument, output and context, five for noise, and each argument left out
twice. A part of the episodes is also played with the cache switched off, as a check by the clock.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

from veragym.core.seeding import TaskRng
from veragym.envs.shell.shio.grammar_view import ShIOGrammarEnv

RESULTS = Path(__file__).parent / "results"
UTILITIES = ("sort", "cut", "head", "grep", "ls", "cp", "mkdir", "find")


def play(env: ShIOGrammarEnv, policy: str, episodes: int) -> dict[str, float]:
    """Plays episodes and counts."""
    rng = TaskRng.from_seed("shio benchmark", policy)
    count = env.lab.count
    asked, run, start = count.asked, count.run, time.perf_counter()
    published = arguments = 0
    scores: list[float] = []
    for episode in range(episodes):
        _, info = env.reset(seed=1 if episode == 0 else None)
        way = env.oracle() if policy == "oracle" else None
        ended = False
        while not ended:
            action = (
                rng.choice(np.flatnonzero(info["action_mask"]).tolist())
                if way is None
                else next(way)
            )
            _, _, terminated, truncated, info = env.step(np.int64(action))
            ended = terminated or truncated
        scores.append(info["verdict"].score)
        m = len(env.text.arguments)
        arguments += m
        published += sum(7 + 2 * t for t in range(1, m + 1))
    return {
        "episodes": episodes,
        "arguments": arguments,
        "score": round(float(np.mean(scores)), 4),
        "asked": count.asked - asked,
        "run": count.run - run,
        "published": published,
        "seconds": round(time.perf_counter() - start, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--episodes", type=int, default=300)
    parser.add_argument("--uncached", type=int, default=12)
    parser.add_argument("--trees", type=int, nargs="*", default=[1, 4, 256])
    parser.add_argument("--sandbox", default="auto")
    parser.add_argument("--unsafe", action="store_true")
    chosen = parser.parse_args()
    rows = []
    for trees in chosen.trees:
        for policy in ("random", "oracle"):
            env = ShIOGrammarEnv(
                utilities=UTILITIES, trees=trees, sandbox=chosen.sandbox, unsafe=chosen.unsafe
            )
            lab = env.lab
            lab.caching = False
            plain = play(env, policy, chosen.uncached)
            lab.caching = True
            lab.forget()
            cached = play(env, policy, chosen.episodes)
            env.close()
            row = {
                "policy": policy,
                "trees": trees,
                **cached,
                "fewer_than_asked": round(cached["asked"] / max(1, cached["run"]), 2),
                "fewer_than_published": round(cached["published"] / max(1, cached["run"]), 2),
                "ms_per_episode": round(1e3 * cached["seconds"] / cached["episodes"], 1),
                "ms_per_episode_uncached": round(1e3 * plain["seconds"] / plain["episodes"], 1),
            }
            rows.append(row)
            print(json.dumps(row), flush=True)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "shio_cache.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
