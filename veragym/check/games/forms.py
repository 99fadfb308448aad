"""One game in two forms: move by move (AEC) and all at once (Parallel)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from pettingzoo import AECEnv
from pettingzoo.utils.conversions import aec_to_parallel, parallel_to_aec

from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.games.subject import companion
from veragym.check.games.table import ParallelTable, compact, legal, play
from veragym.check.subject import Plan, Subject

EPISODES = 6
TURNS = 100


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """The Parallel form is played; the AEC form is given the same moves, one by one."""
    first = subject.make()
    other = companion(subject)
    if isinstance(first, AECEnv):
        if other is not None:
            what, parallel = "the module's parallel_env", other(**subject.kwargs)
        elif first.metadata.get("is_parallelizable"):
            what, parallel = "its conversion to Parallel", aec_to_parallel(subject.make())
        else:
            yield not_applicable("same", "the players move one after another: there is one form")
            return
        aec = first
    else:
        what, parallel, aec = "its conversion to AEC", first, parallel_to_aec(subject.make())
    for seed in range(min(plan.seeds, EPISODES)):
        record = play(
            ParallelTable(parallel), legal(seed), seed=seed, max_turns=min(plan.max_steps, TURNS)
        )
        try:
            problem = _follow(aec, record)
        except Exception as error:  # noqa: BLE001 - that it cannot follow is the finding
            problem = (
                f"the AEC form raises {type(error).__name__}: {error}"[:200],
                len(record.moves),
            )
        if problem is not None:
            yield bad(
                "same",
                f"seed {seed}: the game and {what} differ: {problem[0]}",
                "derive both forms from one set of rules",
                **record.recipe(problem[1]),
            )
            return
    yield ok("same", f"the game and {what} agree, episode by episode", episodes=EPISODES)


def _follow(aec: Any, record: Any) -> tuple[str, int] | None:
    """What differs first, and after how many rounds."""
    aec.reset(seed=record.seed)
    for number, turn in enumerate(record.turns):
        living = set(turn.outcome["agents"])
        for agent, view in turn.views.items():
            if agent in aec.agents and compact(aec.observe(agent)) != compact(view.observation):
                return f"after {number} rounds {agent!r} is shown something else", number
        if living != {a for a in aec.agents if not (aec.terminations[a] or aec.truncations[a])}:
            return f"after {number} rounds other players are left", number
        if number == len(record.turns) - 1 or not turn.actors:
            return None
        while aec.agents and (
            aec.terminations[aec.agent_selection] or aec.truncations[aec.agent_selection]
        ):
            aec.step(None)
        paid: dict[Any, float] = {}
        moves = record.moves[number]
        for _ in range(len(moves)):
            aec.step(moves[aec.agent_selection])
            for agent, reward in aec.rewards.items():
                paid[agent] = paid.get(agent, 0.0) + float(reward)
        due = record.turns[number + 1].outcome["rewards"]
        for agent in moves:
            one, other = float(due.get(agent, 0.0)), paid.get(agent, 0.0)
            if not math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-6):
                return (
                    f"in round {number + 1} {agent!r} is paid {one:g} in one form, {other:g} in "
                    "the other",
                    number + 1,
                )
    return None
