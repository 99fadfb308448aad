"""The right player is paid: sums, seats and a referee, as far as the game declares them.

What a game says in its `metadata` is held against what it does:

    zero_sum   True: what all players are paid in an episode adds up to zero; a number: to that
    symmetric  True: with the seats of two players exchanged, so are their rewards
    referee    a function from the record of an episode to what each player must be paid, or to a
               sentence that says which rule was broken; or its name as "module:function"
"""

from __future__ import annotations

import importlib
import math
import random
from collections.abc import Iterator, Mapping
from typing import Any

import gymnasium as gym

from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.games.table import (
    Record,
    declared,
    episodes_for,
    legal,
    mask_of,
    play,
    scripted,
    table_of,
)
from veragym.check.subject import Plan, Subject

EPISODES = 40
LONGEST_SCRIPT = 400


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Legal random play; what was paid is compared with what was declared."""
    env = subject.make()
    sums = declared(subject.entry, env, "zero_sum")
    referee = _function(declared(subject.entry, env, "referee"))
    table = table_of(env)
    records = []
    if sums is not None or referee is not None:
        for seed in range(episodes_for(plan, EPISODES)):
            record = play(table, legal(seed), seed=seed, max_turns=plan.max_steps, everyone=True)
            if record.ended:
                records.append(record)
    yield _sums(records, sums)
    yield _refereed(records, referee)
    yield _seats(subject, plan)


def _function(declaration: Any) -> Any:
    if isinstance(declaration, str):
        module, _, name = declaration.partition(":")
        return getattr(importlib.import_module(module), name)
    return declaration


def _sums(records: list[Record], declaration: Any) -> Finding:
    if declaration is None or declaration is False:
        return not_applicable(
            "sum", 'not declared; metadata["zero_sum"] = True (or the sum) has it checked'
        )
    total = 0.0 if declaration is True else float(declaration)
    for record in records:
        paid = record.returns()
        if not math.isclose(sum(paid.values()), total, rel_tol=1e-6, abs_tol=1e-6):
            return bad(
                "sum",
                f"seed {record.seed}: the players are paid {_shown(paid)}, which adds up to "
                f"{sum(paid.values()):g} instead of {total:g}",
                "pay each winner what the losers lose, once",
                **record.recipe(),
                returns=_shown(paid),
            )
    if not records:
        return not_applicable("sum", "no episode came to its end")
    return ok("sum", f"in {len(records)} episodes all payments add up to {total:g}")


def _refereed(records: list[Record], referee: Any) -> Finding:
    if referee is None:
        return not_applicable(
            "referee", 'none declared; metadata["referee"] names a function that says who wins'
        )
    for record in records:
        due = referee(record)
        paid = record.returns()
        if isinstance(due, str):
            complaint = due
        elif all(
            math.isclose(paid.get(agent, 0.0), float(due.get(agent, 0.0)), abs_tol=1e-6)
            for agent in {*paid, *due}
        ):
            continue
        else:
            complaint = f"the players are paid {_shown(paid)}, the referee says {_shown(due)}"
        return bad(
            "referee",
            f"seed {record.seed}: {complaint}"[:300],
            "correct the rule the moves show to be broken",
            **record.recipe(),
            returns=_shown(paid),
        )
    if not records:
        return not_applicable("referee", "no episode came to its end")
    return ok("referee", f"the referee agrees with what was paid in {len(records)} episodes")


def _shown(paid: Mapping[Any, Any]) -> dict[str, float]:
    return {str(agent): float(value) for agent, value in paid.items()}


def _seats(subject: Subject, plan: Plan) -> Finding:
    env = subject.make()
    if not declared(subject.entry, env, "symmetric"):
        return not_applicable("seats", 'not declared; metadata["symmetric"] = True has it checked')
    table = table_of(env)
    table.reset(0)
    agents = table.agents
    spaces = [table.space(agent) for agent in agents]
    if (
        len(agents) != 2
        or spaces[0] != spaces[1]
        or not isinstance(spaces[0], gym.spaces.Discrete)
        or any(mask_of(table.view(agent)) is not None for agent in table.viewers())
    ):
        return not_applicable("seats", "exchanged for two players with equal, unmasked moves only")
    one, other = agents
    low, count = int(spaces[0].start), int(spaces[0].n)
    compared = 0
    for seed in range(episodes_for(plan, EPISODES)):
        rng = random.Random(seed)
        length = min(plan.max_steps, LONGEST_SCRIPT)
        scripts = [[low + rng.randrange(count) for _ in range(length)] for _ in agents]
        returns = []
        for pair in (scripts, scripts[::-1]):
            rounds = [dict(zip(agents, moves)) for moves in zip(*pair)]
            record = play(table, scripted(rounds, legal(seed)), seed=seed, max_turns=plan.max_steps)
            returns.append(record.returns())
        compared += 1
        if not all(
            math.isclose(returns[0][a], returns[1][b], abs_tol=1e-6)
            for a, b in ((one, other), (other, one))
        ):
            return bad(
                "seats",
                f"seed {seed}: with seats exchanged the payments {_shown(returns[0])} become "
                f"{_shown(returns[1])}",
                "let no seat be better, or do not declare the game symmetric",
                seed=seed,
                moves={str(a): s[:60] for a, s in zip(agents, scripts)},
            )
    return ok("seats", f"in {compared} episodes payments change places with the players")
