"""Mutation testing of the verifier: near misses of right answers fail, other writings pass.

Where tasks declare an answer form, both are certain, and the bounds are tight. Where none is
declared, near misses are only likely to be wrong, and the bound is loose. What may be right after
all (a changed program that passes its tests, a line of moves that also wins) is only counted.

In episodes of several turns the oracle's own actions are changed as well: one left out, one done
twice, the last one only. Some of that is harmless by nature, so that it is reported and never held
against the environment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from veragym.check import policies
from veragym.check.exploits.playing import takes_text
from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.mutation import MOST_OF_A_KIND, Case, Rates, family_of, variants_of
from veragym.check.mutation.variants import HALF
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
CHANGED_EPISODES = 5
"""Episodes of the oracle's that are changed at most, however many seeds are asked for."""
LONG = 12
"""An episode's actions that are left out one by one."""


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Plays the variants of the right answers of some tasks."""
    env = subject.make()
    if has(env, "answer_forms") and takes_text(env):
        declared, undeclared = _measured(env, plan)
        yield _killed(declared, undeclared)
        yield _accepted(declared)
    else:
        yield not_applicable("killed", "no right answer as text to change (answer_forms)")
    if base_of(env).max_turns > 1 and has(env, "oracle"):
        yield _actions(env, plan)


def _measured(env: Environment, plan: Plan) -> tuple[Rates, Rates]:
    """Rates over the tasks that declare their answer form, and over the others."""
    declared, undeclared = Rates(), Rates()
    base = base_of(env)
    differs = getattr(base.generator, "differs", None)
    most = min(MOST_OF_A_KIND, plan.seeds)
    for split, seed, task in draws(env, max(FEWEST_TASKS, plan.seeds)):
        gold = gold_of(env)
        if gold is None:
            continue
        spelt = spelling_of(env)
        case = Case(task, gold, base.verifier, differs, framed=spelt != Spelling())
        family = family_of(case)
        rates = declared if family.declared else undeclared
        for variant, right, proved in variants_of(case, most):
            action = spelt(variant.answer)
            episode = play(
                env, policies.constant(action), options={"task": task}, max_steps=plan.max_steps
            )
            example = {
                "seed": seed,
                "options": {"split": split},
                "actions": [action],
                "prompt": task.prompt,
                "gold": gold,
            }
            counted = episode.score >= 1.0
            rates.add(variant, right, counted, example, proved=proved, family=family.name)
    return declared, undeclared


def _actions(env: Environment, plan: Plan) -> Finding:
    """What changed episodes of the oracle's are worth."""
    tried: dict[str, int] = {}
    solved: dict[str, int] = {}
    shown: dict[str, dict[str, Any]] = {}
    for split, seed, task in draws(env, min(CHANGED_EPISODES, plan.seeds)):
        try:
            way = play(env, policies.oracle(), options={"task": task}, max_steps=plan.max_steps)
        except policies.OracleRanDry:
            continue  # the witness `oracle` says so
        for how, actions in changed_ways(way.actions):
            policy = policies.scripted(actions)
            episode = play(
                env, policy, options={"task": task}, max_steps=plan.max_steps, written=False
            )
            tried[how] = tried.get(how, 0) + 1
            if episode.score >= 1.0:
                solved[how] = solved.get(how, 0) + 1
                recipe = {"seed": seed, "options": {"split": split}, "actions": actions[:20]}
                shown.setdefault(how, recipe)
    if not tried:
        return not_applicable("actions", "the oracle needs one action; there is none to leave out")
    total = sum(tried.values())
    return ok(
        "actions",
        f"{total - sum(solved.values())} of {total} changed episodes of the oracle fail; what is "
        "solved without an action did not need it",
        solved={how: f"{n} of {tried[how]}" for how, n in solved.items()},
        tried=tried,
        examples=shown,
    )


def changed_ways(actions: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    """An episode's actions with one change each: left out, done twice, exchanged, the end only."""
    actions = list(actions)
    if len(actions) < 2:
        return
    step = max(1, len(actions) // LONG)
    for i in range(0, len(actions) - 1, step):
        yield "one action left out", actions[:i] + actions[i + 1 :]
    for i in range(0, len(actions) - 1, step):
        if actions[i] != actions[i + 1]:
            swapped = [*actions[:i], actions[i + 1], actions[i], *actions[i + 2 :]]
            yield "two actions exchanged", swapped
    yield "the first action twice", [actions[0], *actions]
    yield "the last action only", actions[-1:]


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
        unproved = sum(tried for tried, _ in declared.unproved.values())
        counted = sum(n for _, n in declared.unproved.values())
        return not_applicable(
            "killed",
            f"none of {unproved} changed answers is proved wrong ({counted} of them count as right)"
            if unproved
            else "no near miss could be made from the right answers",
        )
    for rates, least, least_of_a_kind in (
        (declared, LEAST_KILLED, LEAST_KILLED_OF_A_KIND),
        (undeclared, LEAST_KILLED_UNDECLARED, 0.0),
    ):
        how = _worst(rates.missed, 1.0 - least_of_a_kind)
        if how is None and rates is undeclared:
            how = _worst({how: n for how, n in rates.missed.items() if how == HALF}, 0.5)
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
            "no other writing is known to be right: no task declares an answer form that has any",
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
