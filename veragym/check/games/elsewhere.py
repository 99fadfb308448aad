"""The same games in a fresh interpreter, under another hash seed.

Run as a module it reads a job (JSON) from standard input and writes one list of transcript lines
per seed to standard output; `transcripts` starts it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from veragym.check.games.table import Table, legal, play, table_of
from veragym.check.second_process import INSIDE
from veragym.check.subject import Plan, Subject, build

FOLLOWING = 3
"""Turns of the next episode, begun without a seed, that are part of a performance."""


def perform(table: Table, seed: int, max_turns: int) -> list[str]:
    """The transcript of a seed's episode, and of the start of the one that follows it."""
    record = play(table, legal(seed), seed=seed, max_turns=max_turns, everyone=True)
    following = play(table, legal(seed), max_turns=FOLLOWING, everyone=True)
    return [*record.lines, *following.lines]


def transcripts(
    subject: Subject, seeds: Sequence[int], max_turns: int, plan: Plan, hash_seed: int
) -> list[list[str]]:
    """The transcripts of all seeds, from a new interpreter with the given PYTHONHASHSEED.

    Raises:
        RuntimeError: it did not come back with a result.
    """
    assert isinstance(subject.recipe, Mapping)
    job = {
        "recipe": subject.recipe,
        "seeds": list(seeds),
        "max_turns": max_turns,
        "path": [p for p in sys.path if p],
    }
    done = subprocess.run(
        [sys.executable, "-m", "veragym.check.games.elsewhere"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        timeout=plan.limit_s,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed), INSIDE: "1"},
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise RuntimeError(f"a second process failed with status {done.returncode}: {lines[-1]}")
    result: list[list[str]] = json.loads(done.stdout)
    return result


def main() -> None:
    """Reads the job, plays it and writes the result."""
    answer = os.dup(1)
    os.dup2(2, 1)  # whatever the game prints must not mix with the result
    job: dict[str, Any] = json.load(sys.stdin)
    sys.path.extend(p for p in job["path"] if p not in sys.path)
    env = build(job["recipe"]).make()
    lines = [perform(table_of(env), seed, job["max_turns"]) for seed in job["seeds"]]
    with open(answer, "w", encoding="utf-8") as out:
        json.dump(lines, out)
    env.close()


if __name__ == "__main__":
    main()
