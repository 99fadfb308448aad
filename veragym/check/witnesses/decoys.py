"""What must not be paid: the generator's decoys, hedges around an answer, known reward hacks.

The decoys are the generator author's promise and every one must fail. The mutants made here from
the gold answer may by accident be right (a task with several answers): a share of them is allowed.
The exploits are data (`veragym.check.exploits`), use no answer, and may win no more often than the
bound on the floor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from veragym.check import policies
from veragym.check.exploits.playing import examine_exploits, takes_text
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.subject import (
    Environment,
    Plan,
    Spelling,
    Subject,
    base_of,
    draws,
    gold_of,
    spelling_of,
)
from veragym.check.transcript import Episode, play
from veragym.core.capabilities import has
from veragym.core.task import Task
from veragym.core.verdict import Outcome

MOST_ACCEPTED_MUTANTS = 0.2
_WHOLE = re.compile(r"^-?\d{1,30}$")


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Plays decoys, exploits, then mutants."""
    env = subject.make()
    if not takes_text(env):
        # Decoys, hacks and mutants are texts; `floors` plays agents that look at nothing.
        for name in ("fail", "exploits", "mutants"):
            yield not_applicable(name, "actions are no texts")
        return
    yield from _decoys(subject, env, plan)
    yield examine_exploits(subject, env, plan)
    if has(env, "answer_forms"):
        yield _mutants(env, plan)
    else:
        yield not_applicable("mutants", "no answer_forms: there is no gold answer to mutate")


def _play(env: Environment, task: Task, action: str, plan: Plan) -> Episode:
    return play(
        env,
        policies.constant(action),
        options={"task": task},
        max_steps=plan.max_steps,
        written=False,
    )


def _decoys(subject: Subject, env: Environment, plan: Plan) -> Iterator[Finding]:
    played = without = 0
    partial = 0.0
    total = plan.seeds * 2
    for split, seed, task in draws(env, total):
        spelt = spelling_of(env)
        wrong_answers = list(base_of(env).generator.decoys(task))
        without += not wrong_answers
        for decoy in wrong_answers:
            for action in dict.fromkeys((decoy, spelt(decoy))):
                episode = _play(env, task, action, plan)
                played += 1
                verdict = episode.verdict
                broken = verdict is not None and verdict.outcome is Outcome.INFRA_ERROR
                if episode.score >= 1.0 or broken:
                    yield bad(
                        "fail",
                        f"the decoy {decoy!r} "
                        + ("made the verifier fail" if broken else f"scored {episode.score:g}"),
                        "correct the verifier, or the generator if the decoy is in fact right",
                        seed=seed,
                        options={"split": split},
                        actions=[action],
                        prompt=task.prompt,
                        gold=gold_of(env),
                    )
                    return
                partial = max(partial, episode.score)
    if without == total and not subject.as_published:
        yield not_applicable("offered", "made with these arguments, its tasks have no decoys")
    elif without > total // 10:
        yield bad(
            "offered",
            f"{without} of {total} tasks have no decoys",
            "let the generator's decoys() give plausible wrong answers: typical slips, near misses",
            tasks=total,
        )
    else:
        yield ok("offered", f"{total - without} of {total} tasks have decoys")
    if played:
        yield ok(
            "fail",
            f"all {played} decoys fail; the best scores {partial:g}",
            played=played,
            best=partial,
        )


def mutants(gold: str, spelt: Spelling, *, unique: bool = True) -> dict[str, str]:
    """Responses made from the gold answer that are not the answer, by kind.

    Args:
        unique: no other number is right as well.
    """
    made = {
        "hedged": spelt(f"{gold} or {gold}1"),
        "retracted": f"{spelt(gold)}\nNo, that is wrong. The answer is {spelt('zqxj')}",
        "buried": spelt(f"zqxj{gold}zqxj"),
    }
    if _WHOLE.match(gold):
        sign, digits = ("-", gold[1:]) if gold.startswith("-") else ("", gold)
        made |= {
            "one more": spelt(str(int(gold) + 1)),
            "one less": spelt(str(int(gold) - 1)),
            "substring": spelt(f"{sign}7{digits}3"),
            "a little more": spelt(f"{gold}.4"),
            "one of two": spelt(f"{gold}, {int(gold) + 7}"),
        }
        if unique:
            made |= {
                "a thousand more": spelt(str(int(gold) + 1000)),
                "a million more": spelt(str(int(gold) + 10**6)),
            }
            turned = digits[::-1].lstrip("0")
            if turned not in ("", digits):
                made["digits turned round"] = spelt(sign + turned)
            if int(gold):
                made["other sign"] = spelt(str(-int(gold)))
    return made


def _unique(task: Task) -> bool:
    form = task.public.get("form")
    return not (isinstance(form, Mapping) and form.get("kind") == "multiple")


def _mutants(env: Environment, plan: Plan) -> Finding:
    tried: dict[str, int] = {}
    accepted: dict[str, int] = {}
    shown: dict[str, dict[str, object]] = {}
    for split, seed, task in draws(env, plan.seeds):
        gold = gold_of(env)
        if gold is None:
            continue
        for kind, action in mutants(gold, spelling_of(env), unique=_unique(task)).items():
            tried[kind] = tried.get(kind, 0) + 1
            if _play(env, task, action, plan).score >= 1.0:
                accepted[kind] = accepted.get(kind, 0) + 1
                shown.setdefault(
                    kind, {"seed": seed, "options": {"split": split}, "actions": [action]}
                )
    rates = {kind: accepted.get(kind, 0) / count for kind, count in tried.items()}
    evidence = {"accepted": {kind: round(rate, 4) for kind, rate in rates.items()}}
    worst = max(rates, key=lambda kind: rates[kind], default=None)
    if worst is not None and rates[worst] > MOST_ACCEPTED_MUTANTS:
        return bad(
            "mutants",
            f"{rates[worst]:.0%} of {tried[worst]} {worst!r} mutants of the right answer count as "
            "right",
            "compare values, not substrings; take one final answer and no alternatives",
            **evidence,
            **shown[worst],
        )
    return ok(
        "mutants",
        f"{sum(tried.values()) - sum(accepted.values())} of {sum(tried.values())} mutants of the "
        "right answer fail",
        **evidence,
    )
