"""Pairs of command and behaviour as a data set: what the environment was published for (A03).

    python -m veragym.envs.shell.shio.export pairs.jsonl --commands 1000 --by random --seed 0

One JSON object per line: the task, the command as arguments and as a line for a shell, exit status,
output, effects, which arguments are redundant, the share that is not, and the score. A command that
was written before under the same task is left out.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from veragym.core.seeding import TaskRng
from veragym.envs.shell.shio.grammar_view import ShIOGrammarEnv
from veragym.envs.shell.shio.place import place
from veragym.envs.shell.shio.redundancy import Assessment
from veragym.envs.shell.shio.verifier import verdict_of

POLICIES = ("random", "oracle")


def pairs(
    env: ShIOGrammarEnv, commands: int, *, by: str = "random", seed: int = 0
) -> Iterator[dict[str, Any]]:
    """Rows of the data set, no two alike.

    Args:
        env: where commands are built; its utilities, trees and split are those of the rows.
        commands: how many rows; fewer come if most of ten times as many episodes repeat others.
        by: `random` draws productions evenly under the mask, `oracle` follows the search.
        seed: of the tasks and the draws.
    Raises:
        ValueError: no such policy.
    """
    if by not in POLICIES:
        raise ValueError(f"by must be one of {', '.join(POLICIES)}; got {by!r}")
    rng = TaskRng.from_seed("ShIOEnv export", by, seed)
    seen: set[str] = set()
    for episode in range(10 * commands):
        if len(seen) >= commands:
            return
        _, info = env.reset(seed=seed if episode == 0 else None)
        oracle = env.oracle() if by == "oracle" else None
        ended = False
        while not ended:
            if oracle is None:
                action = np.int64(rng.choice(np.flatnonzero(info["action_mask"]).tolist()))
            else:
                action = next(oracle)
            _, _, terminated, truncated, info = env.step(action)
            ended = terminated or truncated
        if not terminated:
            continue
        row = row_of(env, env.text.assessed())
        key = json.dumps([row["tree"], row["argv"]])
        if key not in seen:
            seen.add(key)
            yield row


def row_of(env: ShIOGrammarEnv, found: Assessment) -> dict[str, Any]:
    """One row: the command of the episode that has just ended, and what it did."""
    task, did = env.text.task, found.execution
    argv = [task.public["utility"], *env.text.arguments]
    return {
        "task": task.id,
        "tree": task.public["tree"],
        "cwd": place(task.public["tree"]).cwd,
        "argv": argv,
        "command": shlex.join(argv),
        "status": did.status,
        "stdout": did.stdout,
        "stderr": did.stderr,
        "effects": list(did.effects),
        "redundant": list(found.redundant),
        "irredundant": found.irredundancy,
        "by_output": found.by_output,
        "by_context": found.by_context,
        "score": verdict_of(found, task.public["arguments"]).score,
    }


def export(path: str | Path, rows: Iterator[dict[str, Any]]) -> int:
    """Writes rows as JSON lines; how many there were."""
    count = 0
    with Path(path).open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=True, sort_keys=True) + "\n")
            count += 1
    return count


def main(words: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Pairs of command and behaviour as JSON lines.")
    parser.add_argument("path")
    parser.add_argument("--commands", type=int, default=1000)
    parser.add_argument("--by", choices=POLICIES, default="random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", default="train")
    parser.add_argument("--trees", type=int, default=16)
    parser.add_argument("--utilities", nargs="*")
    parser.add_argument("--sandbox", default="auto")
    parser.add_argument("--unsafe", action="store_true")
    parser.add_argument("--cache")
    chosen = parser.parse_args(words)
    env = ShIOGrammarEnv(
        utilities=chosen.utilities,
        intermediate=False,
        trees=chosen.trees,
        sandbox=chosen.sandbox,
        unsafe=chosen.unsafe,
        cache=chosen.cache,
        split=chosen.split,
    )
    try:
        rows = pairs(env, chosen.commands, by=chosen.by, seed=chosen.seed)
        count = export(chosen.path, rows)
        ran = env.lab.count
        sys.stderr.write(f"{count} pairs; {ran.run} executions, {ran.asked} asked for\n")
    finally:
        env.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
