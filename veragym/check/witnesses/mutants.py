"""Mutation testing of the verifier: near misses of right answers fail, other writings pass.

Where tasks declare an answer form, both are certain, and the bounds are tight. Where none is
declared, near misses are only likely to be wrong, and the bound is loose.
"""

from __future__ import annotations

from collections.abc import Iterator

from veragym.check import policies
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.mutation import Rates, form_of, near_misses, rewritings
from veragym.check.subject import Environment, Plan, Subject, draws, gold_of, spelling_of
from veragym.check.transcript import play
from veragym.core.capabilities import has

FEWEST_TASKS = 12
LEAST_KILLED = 0.98
LEAST_KILLED_OF_A_KIND = 0.9
"""One kind of near miss that passes is a hole, even if it is a small part of all."""
LEAST_KILLED_UNDECLARED = 0.5
MOST_REJECTED = 0.02
MOST_REJECTED_OF_A_KIND = 0.1
FEWEST_OF_A_KIND = 5


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Plays the variants of the right answers of some tasks."""
    env = subject.make()
    if not has(env, "answer_forms"):
        yield not_applicable("killed", "no answer_forms: there is no right answer to change")
        return
    declared, undeclared = _measured(env, plan)
    yield _killed(declared, undeclared)
    yield _accepted(declared)


def _measured(env: Environment, plan: Plan) -> tuple[Rates, Rates]:
    """Rates over the tasks that declare their answer form, and over the others."""
    declared, undeclared = Rates(), Rates()
    for split, seed, task in draws(env, max(FEWEST_TASKS, plan.seeds)):
        gold = gold_of(env)
        if gold is None:
            continue
        form, spelt = form_of(task), spelling_of(env)
        rates = undeclared if form is None else declared
        for right, variants in ((False, near_misses(gold, form)), (True, rewritings(gold, form))):
            for variant in variants:
                action = spelt(variant.answer)
                episode = play(
                    env,
                    policies.constant(action),
                    options={"task": task},
                    max_steps=plan.max_steps,
                )
                example = {
                    "seed": seed,
                    "options": {"split": split},
                    "actions": [action],
                    "prompt": task.prompt,
                    "gold": gold,
                }
                rates.add(variant, right, episode.score >= 1.0, example)
    return declared, undeclared


def _worst(table: dict[str, tuple[int, int]], bound: float) -> str | None:
    """The kind most often decided wrongly, if that is more often than `bound`."""
    rates = {how: n / tried for how, (tried, n) in table.items() if tried >= FEWEST_OF_A_KIND}
    worst = max(rates, key=lambda how: rates[how], default=None)
    return worst if worst is not None and rates[worst] > bound else None


def _commonest(table: dict[str, tuple[int, int]]) -> str:
    return max(table, key=lambda how: table[how][1])


def _killed(declared: Rates, undeclared: Rates) -> Finding:
    evidence = {"declared": declared.to_json(), "undeclared": undeclared.to_json()}
    if not declared.near_misses and not undeclared.near_misses:
        return not_applicable("killed", "no near miss could be made from the right answers")
    for rates, least, least_of_a_kind in (
        (declared, LEAST_KILLED, LEAST_KILLED_OF_A_KIND),
        (undeclared, LEAST_KILLED_UNDECLARED, 0.0),
    ):
        how = _worst(rates.missed, 1.0 - least_of_a_kind)
        if how is None and rates.kill_rate < least:
            how = _commonest(rates.missed)
        if how is not None:
            tried, accepted = rates.missed[how]
            return bad(
                "killed",
                f"{accepted} of {tried} near misses of the kind {how!r} count as right "
                f"(kill rate {rates.kill_rate:.1%})",
                "compare exact values of the declared form, every part of them, with nothing left "
                "over in the answer",
                **rates.first_missed[how],
                **evidence,
            )
    tried = declared.near_misses + undeclared.near_misses
    survived = sum(n for rates in (declared, undeclared) for _, n in rates.missed.values())
    return ok(
        "killed", f"{tried - survived} of {tried} near misses of right answers fail", **evidence
    )


def _accepted(declared: Rates) -> Finding:
    if not declared.rewritings:
        return not_applicable(
            "rewritings-accepted",
            "no task declares an answer form, so that no other writing is known to be right",
        )
    how = _worst(declared.rewritten, MOST_REJECTED_OF_A_KIND)
    if how is None and declared.false_reject_rate > MOST_REJECTED:
        how = _commonest(declared.rewritten)
    if how is not None:
        tried, rejected = declared.rewritten[how]
        return bad(
            "rewritings-accepted",
            f"{rejected} of {tried} right answers written {how!r} are refused "
            f"(false-reject rate {declared.false_reject_rate:.1%})",
            "accept every writing that the declared form names, or declare a narrower form",
            **declared.first_rejected[how],
            **declared.to_json(),
        )
    return ok(
        "rewritings-accepted",
        f"{declared.rewritings} other writings of right answers: "
        f"{declared.false_reject_rate:.1%} are refused",
        **declared.to_json(),
    )
