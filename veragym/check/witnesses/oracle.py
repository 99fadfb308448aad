"""Every task can be solved: the environment's own oracle scores 1.0 on N seeds of every split."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.subject import Environment, Plan, Subject, draw, gold_of, splits_of
from veragym.check.transcript import play
from veragym.core.capabilities import has


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Solves, solves again after a task has been through JSON, and looks at the gold answers."""
    env = subject.make()
    if not has(env, "oracle"):
        yield bad(
            "offered",
            "there is no oracle, so nothing shows that the tasks can be solved",
            "give the environment an `oracle()` that yields actions solving the current task",
        )
        return
    for split in splits_of(env):
        yield _solves(env, split, plan)
    yield _survives_json(env, plan)
    if has(env, "answer_forms"):
        yield from _golds(env, plan)


def _solves(env: Environment, split: str, plan: Plan) -> Finding:
    for seed in range(plan.seeds):
        options = {"split": split}
        try:
            episode = play(
                env, policies.oracle(), seed=seed, options=options, max_steps=plan.max_steps
            )
        except policies.OracleRanDry as dry:
            return bad(
                f"solves-{split}",
                f"seed {seed}: {dry}",
                "let oracle() yield actions until the task is decided",
                seed=seed,
                options=options,
            )
        if not (episode.terminated and episode.score == 1.0):
            verdict = episode.verdict
            return bad(
                f"solves-{split}",
                f"seed {seed}: the oracle scored {episode.score:g}"
                + (f" ({verdict.outcome.value}: {verdict.reason})" if verdict else ""),
                "correct the gold answer, the oracle or the verifier: one of them is wrong here",
                **episode.recipe(),
                prompt=episode.observations[0],
                final=episode.lines[-1],
            )
    return ok(f"solves-{split}", f"the oracle scores 1.0 on {plan.seeds} of {plan.seeds} seeds")


def _survives_json(env: Environment, plan: Plan) -> Finding:
    """A task written to a file and read again is the same task, and solvable."""
    for split in splits_of(env):
        for seed in range(min(plan.seeds, 20)):
            task = draw(env, split, seed)
            again = json.loads(json.dumps(task.to_json()))
            try:
                episode = play(
                    env, policies.oracle(), options={"task": again}, max_steps=plan.max_steps
                )
            except policies.OracleRanDry:
                return not_applicable("survives-json", "the oracle does not reach the end")
            if episode.score != 1.0:
                return bad(
                    "survives-json",
                    f"task {task.id} can no longer be solved after a round trip through JSON "
                    f"(score {episode.score:g})",
                    "keep to JSON types in `public` and `secret`, and accept lists for tuples",
                    seed=seed,
                    options={"split": split},
                )
    return ok("survives-json", "tasks can be written to a file and solved when read again")


def _golds(env: Environment, plan: Plan) -> Iterator[Finding]:
    golds: list[str] = []
    restated = 0
    for split in splits_of(env):
        for seed in range(plan.seeds):
            task = draw(env, split, seed)
            gold = gold_of(env) or ""
            if not gold.strip() or gold.strip() == task.prompt.strip():
                yield bad(
                    "gold-not-trivial",
                    f"seed {seed}: the gold answer is {gold!r}",
                    "drop tasks whose answer is empty or is the question itself",
                    seed=seed,
                    options={"split": split},
                    prompt=task.prompt,
                )
                return
            golds.append(gold)
            restated += gold in task.prompt.split()
    commonest, count = Counter(golds).most_common(1)[0]
    evidence = {
        "tasks": len(golds),
        "distinct": len(set(golds)),
        "commonest": commonest,
        "commonest_share": round(count / len(golds), 4),
        "stands_in_prompt_share": round(restated / len(golds), 4),
    }
    if len(golds) >= 20 and count == len(golds):
        yield bad(
            "gold-not-trivial",
            f"all {count} tasks have the answer {commonest!r}",
            "vary the tasks: an agent that always says this wins",
            **evidence,
        )
    else:
        yield ok(
            "gold-not-trivial",
            f"{len(set(golds))} different answers in {len(golds)} tasks; the commonest is "
            f"{commonest!r} ({count / len(golds):.1%})",
            **evidence,
        )
