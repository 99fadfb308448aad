"""The knob turns something: a sanity check, not yet a calibrated curve.

Whether tasks get harder for an agent needs reference solvers and is not judged here; what is: the
difficulty asked for is the one given, and tasks at both ends of the knob are not the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import mean
from typing import Any

from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.subject import Plan, Subject, base_of, gold_of, splits_of

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Draws the same seeds at five difficulties."""
    env = subject.make()
    split = splits_of(env)[0]
    curve: list[dict[str, Any]] = []
    contents: dict[float, list[str]] = {}
    for level in LEVELS:
        prompts, golds = [], []
        contents[level] = []
        for seed in range(min(plan.seeds, 60)):
            _, info = env.reset(seed=seed, options={"split": split, "difficulty": level})
            task = base_of(env).task
            if level == LEVELS[1] and task.difficulty == LEVELS[0] and not subject.as_published:
                yield not_applicable(
                    "kept", "made with these arguments, its tasks have no difficulty"
                )
                return
            if task.difficulty != level or info["task"]["difficulty"] != level:
                yield bad(
                    "kept",
                    f"asked for difficulty {level}, got a task of {task.difficulty!r}",
                    "draw at the difficulty of the reset option",
                    seed=seed,
                    options={"split": split, "difficulty": level},
                )
                return
            contents[level].append(task.content_hash)
            prompts.append(len(task.prompt))
            golds.append(len(gold_of(env) or ""))
        curve.append(
            {
                "difficulty": level,
                "prompt_characters": round(mean(prompts), 1),
                "answer_characters": round(mean(golds), 2),
                "different_tasks": len(set(contents[level])),
            }
        )
    yield ok("kept", "tasks have the difficulty they were asked for")
    if contents[LEVELS[0]] == contents[LEVELS[-1]] and hasattr(base_of(env).generator, "sample"):
        yield bad(
            "turns",
            "the easiest and the hardest tasks are the same",
            "let the generator's sample() read its `level`",
            seed=0,
            options={"split": split, "difficulty": 1.0},
            curve=curve,
        )
    else:
        yield ok(
            "turns",
            "prompts of "
            + ", ".join(f"{row['prompt_characters']:.0f}" for row in curve)
            + f" characters at difficulty {', '.join(f'{x:g}' for x in LEVELS)}",
            curve=curve,
        )
