"""The right player is paid: sums, seats and a referee, as far as the game declares them.

Who ought to win cannot be read off a stranger's game. What a game says in its `metadata` is held
against what it does:

    zero_sum   True: what all players are paid in an episode adds up to zero; a number: to that
    symmetric  True: when the players move round the table by one seat, so do their rewards; where
               something is dealt to the seats, on average over many deals
    referee    a function from the record of an episode to what each player must be paid, or to a
               sentence that says which rule was broken; or its name as "module:function"

Without a declaration two things are left. A game that pays at the end only and names a winner in
`info` must not pay the winner less than a loser. And where payments add up to the same in every
episode, the report says so, as a declaration that could be made; it convicts nobody.
"""

from __future__ import annotations

import copy
import importlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.games.table import (
    Record,
    Table,
    declared,
    episodes_for,
    legal,
    mask_of,
    play,
    scripted,
    table_of,
)
from veragym.check.subject import Plan, Subject
from veragym.check.transcript import plain

EPISODES = 40
LONGEST_SCRIPT = 400
DEALS = 4
"""Seeds under which the same moves are made to see whether anything is dealt."""
DEALT, MOST_DEALT = 10, 1000
"""Deals over which payments are averaged, per seed of the plan and in all."""
SIGMAS = 5.0
"""Standard errors by which a seat must be better before it counts."""
FEWEST = 4
"""Episodes from which on it is worth saying what their payments have in common."""
USUALLY = 0.8
WINNERS = ("winner", "winners")
ENDS = ("terminated", "truncated")


def examine(subject: Subject, plan: Plan) -> Iterator[Finding]:
    """Legal random play; what was paid is compared with what was declared."""
    env = subject.make()
    sums = declared(subject.entry, env, "zero_sum")
    referee = _function(declared(subject.entry, env, "referee"))
    table = table_of(env)
    records = []
    for seed in range(episodes_for(plan, EPISODES)):
        record = play(table, legal(seed), seed=seed, max_turns=plan.max_steps, everyone=True)
        if record.ended:
            records.append(record)
    yield _sums(records, sums)
    yield _refereed(records, referee)
    yield _winners(records)
    yield _seats(subject, plan)


def _function(declaration: Any) -> Any:
    if isinstance(declaration, str):
        module, _, name = declaration.partition(":")
        return getattr(importlib.import_module(module), name)
    return declaration


def _sums(records: list[Record], declaration: Any) -> Finding:
    if declaration is None or declaration is False:
        said = _usual_sum(records) if declaration is None else ""
        return not_applicable(
            "sum", f'not declared{said}; metadata["zero_sum"] = True (or the sum) has it checked'
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


def _usual_sum(records: list[Record]) -> str:
    """What payments add up to in (nearly) all episodes, as a hint what could be declared."""
    sums = [round(sum(record.returns().values()), 6) for record in records]
    if len(sums) < FEWEST or not any(any(record.returns().values()) for record in records):
        return ""
    usual, often = Counter(sums).most_common(1)[0]
    if often == len(sums):
        return f", though in all {often} episodes the payments add up to {usual:g}"
    if often >= USUALLY * len(sums):
        odd = next(record for record, total in zip(records, sums) if total != usual)
        return (
            f", though in {often} of {len(sums)} episodes the payments add up to {usual:g} and "
            f"with seed {odd.seed} to {sum(odd.returns().values()):g}"
        )
    return ""


def _winners(records: list[Record]) -> Finding:
    """Whoever `info` calls the winner is not paid less than somebody else."""
    compared = 0
    for record in records:
        named = _named(record)
        paid = record.returns()
        if not named or not _paid_at_the_end(record):
            continue
        if len({winners for _, winners in named}) > 1:
            return bad(
                "winner",
                f"seed {record.seed}: players are told different winners, {_told(named)}",
                "decide once who has won, and tell everybody the same",
                **record.recipe(),
            )
        winners = named[0][1]
        losers = set(paid) - winners
        compared += bool(losers)
        if losers and min(paid[a] for a in winners) < max(paid[a] for a in losers) - 1e-6:
            return bad(
                "winner",
                f"seed {record.seed}: the winner is {sorted(map(str, winners))}, by info, and the "
                f"players are paid {_shown(paid)}",
                "pay whom the game calls the winner",
                **record.recipe(),
                returns=_shown(paid),
            )
    if not compared:
        return not_applicable(
            "winner",
            'no info names a winner ("winner": a player, or "won": True) in a game that pays at '
            'its end; naming one there, or metadata["referee"], has it checked',
        )
    return ok("winner", f"in {compared} episodes the winner that info names is not paid less")


def _told(named: list[tuple[Any, frozenset[Any]]]) -> str:
    return ", ".join(f"{agent!r}: {sorted(map(str, who))}" for agent, who in named)[:200]


def _named(record: Record) -> list[tuple[Any, frozenset[Any]]]:
    """Who is told what about the winners when the game is over: (player, winners)."""
    agents = record.turns[0].outcome["agents"]
    named: dict[Any, frozenset[Any]] = {}
    won: set[Any] = set()
    for turn in record.turns:
        for agent, view in turn.views.items():
            if not view.dead or not isinstance(view.info, Mapping):
                continue
            said = next((view.info[key] for key in WINNERS if key in view.info), None)
            several = isinstance(said, list | tuple | set | frozenset)
            who: list[Any] = list(said) if several else [said]  # type: ignore[arg-type]
            # Names only: a number may count from anywhere.
            if who and all(isinstance(name, str) and name in agents for name in who):
                named[agent] = frozenset(who)
            if view.info.get("won") is True:
                won.add(agent)
    return [*named.items(), *([("all", frozenset(won))] if won and not named else [])]


def _paid_at_the_end(record: Record) -> bool:
    """Whether nothing is paid before somebody is out: payments are wins and losses, not points."""
    for turn in record.turns:
        if any(turn.outcome[kind].get(a) for kind in ENDS for a in turn.outcome[kind]):
            return True
        if any(float(reward) != 0.0 for reward in turn.outcome["rewards"].values()):
            return False
    return False


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
        len(agents) < 2
        or any(space != spaces[0] for space in spaces)
        or any(mask_of(table.view(agent)) is not None for agent in table.viewers())
    ):
        return not_applicable("seats", "exchanged where all have the same moves, and no mask, only")
    exchange = _Exchange(table, agents, spaces[0], plan)
    if exchange.dealt():
        return _on_average(exchange, plan)
    count = episodes_for(plan, EPISODES)
    for seed in range(count):
        here, there = exchange.returns(seed)
        if not all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(here, there)):
            return exchange.bad(
                seed, f"the payments {_numbers(here)} become, player by player, {_numbers(there)}"
            )
    return ok(
        "seats", f"in {count} episodes of {len(agents)} players payments move with the players"
    )


def _numbers(values: list[float]) -> str:
    return f"({', '.join(f'{value:g}' for value in values)})"


class _Exchange:
    """The same scripts of moves, played with the players in their seats and one seat on."""

    def __init__(self, table: Table, agents: list[Any], space: Any, plan: Plan) -> None:
        self.table, self.agents, self.space = table, agents, space
        self.plan = plan

    def scripts(self, seed: int) -> list[list[Any]]:
        """A player's moves, for each seat."""
        space = copy.deepcopy(self.space)
        space.seed(seed)
        length = min(self.plan.max_steps, LONGEST_SCRIPT)
        return [[space.sample() for _ in range(length)] for _ in self.agents]

    def _play(self, scripts: list[list[Any]], seed: int, then: int) -> Record:
        rounds = [dict(zip(self.agents, moves)) for moves in zip(*scripts)]
        policy = scripted(rounds, legal(then))
        return play(self.table, policy, seed=seed, max_turns=self.plan.max_steps)

    def dealt(self) -> bool:
        """Whether the same moves lead elsewhere under another seed: something is left to chance."""
        scripts = self.scripts(0)
        return len({tuple(self._play(scripts, s, 0).lines) for s in range(DEALS)}) > 1

    def returns(self, seed: int, deal: int | None = None) -> tuple[list[float], list[float]]:
        """What each player is paid, in its seat and one seat on."""
        deal = seed if deal is None else deal
        scripts = self.scripts(seed)
        followers = [*self.agents[1:], *self.agents[:1]]
        here = self._play(scripts, deal, seed).returns()
        there = self._play([*scripts[-1:], *scripts[:-1]], deal, seed).returns()
        return [here[a] for a in self.agents], [there[a] for a in followers]

    def bad(self, seed: int, what: str, **evidence: Any) -> Finding:
        """The finding against it."""
        moves = {str(a): plain(s[:60]) for a, s in zip(self.agents, self.scripts(seed))}
        return bad(
            "seats",
            f"seed {seed}: when everybody moves on by one seat, {what}"[:300],
            "let no seat be better, or do not declare the game symmetric",
            seed=seed,
            moves=moves,
            **evidence,
        )


def _on_average(exchange: _Exchange, plan: Plan) -> Finding:
    """Where something is dealt to the seats, one deal favours one and the next another."""
    count = min(plan.seeds * DEALT, MOST_DEALT)
    pairs = [exchange.returns(seed) for seed in range(count)]
    for power, what in ((1, "on average"), (2, "in the mean square")):
        for place, agent in enumerate(exchange.agents):
            differences = [here[place] ** power - there[place] ** power for here, there in pairs]
            mean = sum(differences) / count
            spread = sum((d - mean) ** 2 for d in differences) / max(1, count - 1)
            if abs(mean) > max(SIGMAS * math.sqrt(spread / count), 1e-6):
                return exchange.bad(
                    next(seed for seed, d in enumerate(differences) if d * mean > 0),
                    f"{agent!r} is paid {'less' if mean > 0 else 'more'} {what} (by "
                    f"{abs(mean):.3g} over {count} deals), which is beyond chance",
                    mean=mean,
                    standard_error=math.sqrt(spread / count),
                    deals=count,
                )
    return ok(
        "seats",
        f"over {count} deals of {len(exchange.agents)} players the seats are paid alike on average",
    )
