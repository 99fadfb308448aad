"""The knob turns something, and what it turns is hard.

The difficulty asked for is the one given; tasks at both ends of the knob are not the same; and the
higher the knob, the fewer of the reference solvers (`veragym.check.solvers`) succeed, by rank
correlation over tasks. Where the solvers cannot measure (no worked steps, several turns, all of
them fail), that is said, and nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from statistics import mean
from typing import Any

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.solvers import LADDER, rank_correlation
from veragym.check.subject import (
    Environment,
    Plan,
    Subject,
    base_of,
    gold_of,
    spelling_of,
    splits_of,
)
from veragym.check.transcript import play
from veragym.envs.text.question import QuestionEnv

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
MOST_SEEDS = 200
"""Seeds per level beyond which nothing more is learnt."""
LEAST_CORRELATION = 0.1
"""A knob whose correlation with hardness is surely below this turns nothing that is hard."""


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Draws the same seeds at five difficulties."""
    env = subject.make()
    split = splits_of(env)[0]
    curve: list[dict[str, Any]] = []
    contents: dict[float, list[str]] = {}
    for level in LEVELS:
        prompts, golds = [], []
        contents[level] = []
        for seed in range(min(plan.seeds, MOST_SEEDS)):
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
    yield _harder(env, split, plan)


def _harder(env: Environment, split: str, plan: Plan) -> Finding:
    """Whether fewer reference solvers succeed as the knob rises."""
    if not isinstance(env.unwrapped, QuestionEnv):
        return not_applicable(
            "harder", "the reference solvers answer single questions; no other solver is known"
        )
    levels: list[float] = []
    failed: list[float] = []
    curve: list[dict[str, Any]] = []
    for level in LEVELS:
        passes = [0.0] * len(LADDER)
        count = min(plan.seeds, MOST_SEEDS)
        for seed in range(count):
            scores = _ladder_scores(env, split, level, seed, plan)
            if scores is None:
                return not_applicable(
                    "harder",
                    "its solutions have no worked steps, which the reference solvers carry out: "
                    "nothing shows whether the knob makes tasks harder",
                )
            passes = [total + score for total, score in zip(passes, scores)]
            levels.append(level)
            failed.append(sum(score < 1.0 for score in scores))
        rates = [total / count for total in passes]
        curve.append(
            {
                "difficulty": level,
                "mean": round(mean(rates), 4),
                "solvers": {s.name: round(rate, 4) for s, rate in zip(LADDER, rates)},
            }
        )
    rho = rank_correlation(levels, failed)
    if rho is None:
        return not_applicable(
            "harder", "every task defeats the same reference solvers: they cannot tell levels apart"
        )
    margin = 2.0 / sqrt(len(levels) - 1)
    said = (
        f"rank correlation {rho:+.2f} ± {margin:.2f} between the knob and the solvers that fail, "
        f"over {len(levels)} tasks; pass rates " + ", ".join(f"{row['mean']:.2f}" for row in curve)
    )
    evidence = {"rho": round(rho, 4), "margin": round(margin, 4), "curve": curve}
    if rho + margin < LEAST_CORRELATION:
        return bad(
            "harder",
            said,
            "let the working grow with `level`: more steps, larger numbers",
            seed=0,
            options={"split": split, "difficulty": LEVELS[-1]},
            **evidence,
        )
    if rho - margin > 0.0:
        return ok("harder", said, **evidence)
    return Finding("harder", None, f"too few tasks to tell: {said}", evidence)


def _ladder_scores(
    env: Environment, split: str, level: float, seed: int, plan: Plan
) -> list[float] | None:
    """Each solver's score on one task; None if the task has no worked steps."""
    env.reset(seed=seed, options={"split": split, "difficulty": level})
    base = base_of(env)
    task, spelt = base.task, spelling_of(env)
    solution = base.generator.solve(task)
    if not solution.steps:
        return None
    scores: dict[str, float] = {}
    answers = [solver.answer(task.prompt, solution.steps, solution.answer) for solver in LADDER]
    for answer in dict.fromkeys(answers):
        policy = policies.constant(spelt(answer))
        scores[answer] = play(
            env, policy, options={"task": task}, max_steps=plan.max_steps, written=False
        ).score
    return [scores[answer] for answer in answers]
