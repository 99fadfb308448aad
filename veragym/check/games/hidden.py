"""What a game says is hidden from a player is exchanged; what the player is given has to stay.

A game that offers `permute_hidden(agent, seed) -> bool` has what `agent` must not know exchanged
for something else that is possible (False: nothing is). Two looks follow:

    at once    everything `agent` can ask for now is the same as before the exchange
    a step on  what a game computes in `step` shows nothing until the next step, and what was paid
               is paid. Where nobody's observation (or info) changed with the exchange, both games
               take the same step; a leak shows after every step that is tried. So does a payment
               that tells, unless it goes to a player who did nothing for it.

A step may reveal by right, so only what is still in place after it can have leaked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium as gym

from veragym.check.finding import Finding, bad, not_applicable, ok
from veragym.check.games.table import (
    AecTable,
    Moves,
    Record,
    Table,
    Unrepeatable,
    View,
    choose,
    episodes_for,
    legal,
    play,
    replay,
    sit,
    table_of,
)
from veragym.check.subject import Plan, Subject
from veragym.check.transcript import first_difference, plain

HOOK = "permute_hidden"
EPISODES = 24
MOMENTS = 4
"""Moments of an episode at which something is exchanged."""
OTHERS = 4
"""Other hidden states tried at each moment."""
STEPS = 6
"""Ways to go on that are drawn after an exchange."""
FEWEST_STEPS = 2
"""Different steps that must all show it before an observation counts as telling."""
STORED = ("observation", "info")
"""What may have been computed before the exchange."""
UNSEEN = (
    "nobody's observation changed with what was exchanged, now or a step later: nothing was "
    "tested. Observations are stored; refresh them in permute_hidden or compute them in observe()"
)


@dataclass(slots=True)
class _Seen:
    """What came of the exchanges so far."""

    exchanged: int = 0
    felt: int = 0
    """Exchanges that somebody's view changed with: those that can tell."""


def hidden(subject: Subject, plan: Plan) -> Finding:
    """The finding `hidden`, or the reason why it cannot be asked."""
    table = table_of(subject.make())
    if not callable(getattr(table.env.unwrapped, HOOK, None)):
        return not_applicable(
            "hidden",
            f"the game offers no {HOOK}(agent, seed): which part of an observation is meant to be "
            "hidden is not known",
        )
    seen = _Seen()
    reached: set[str] = set()
    for record, number, agent in _moments(table, plan):
        stepped = False
        for other in range(OTHERS):
            branches = _Branches(table, record, number, agent, other)
            if not branches.exchanged:
                continue
            seen.exchanged += 1
            reached |= {name for name in branches.inside if not name.startswith("_")}
            found = branches.at_once()
            if found is None and not stepped:
                stepped, found = True, branches.a_step_on()
            seen.felt += branches.felt
            if found is not None:
                return found
    if not seen.exchanged:
        return not_applicable("hidden", f"{HOOK} found nothing to exchange")
    if not seen.felt:
        return not_applicable("hidden", UNSEEN)
    return ok(
        "hidden",
        f"{seen.exchanged} times what is hidden was exchanged: observation, mask, info and reward "
        "stay",
        attributes_of_the_game_object_that_show_it=sorted(reached),
    )


def _moments(table: Table, plan: Plan) -> Iterator[tuple[Record, int, Any]]:
    """Turns of several episodes before anybody is out, for each player."""
    for seed in range(episodes_for(plan, EPISODES)):
        record = play(table, legal(seed), seed=seed, max_turns=min(plan.max_steps, 200))
        living = [i for i, turn in enumerate(record.turns) if turn.actors and not over(turn)]
        for number in living[:: max(1, len(living) // MOMENTS)]:
            for agent in record.turns[number].outcome["agents"]:
                yield record, number, agent


class _Branches:
    """The same moment twice: as it came, and with what `agent` must not know exchanged."""

    def __init__(self, table: Table, record: Record, number: int, agent: Any, other: int) -> None:
        self.table, self.record, self.number = table, record, number
        self.agent, self.other = agent, other
        self.felt = False
        self._lead(False)
        before, inside = _everyone(table), _attributes(table)
        self.exchanged = self._lead(True)
        after, outside = _everyone(table), _attributes(table)
        self.before, self.after = before, after
        self.inside = {
            name: (value, outside[name])
            for name, value in inside.items()
            if name in outside and outside[name] != value
        }
        """Attributes that hold what was exchanged: without and with it."""
        self.fresh = {
            place for place in STORED for who in before if before[who][place] != after[who][place]
        }
        """What is computed when it is asked for."""
        self.felt = bool(self.fresh)

    def _lead(self, exchange: bool, step: Moves | None = None) -> bool:
        replay(self.table, self.record.seed, self.record.moves[: self.number])
        done = not exchange or bool(getattr(self.table.env.unwrapped, HOOK)(self.agent, self.other))
        if step is not None:
            self.table.act(step)
        return done

    def at_once(self) -> Finding | None:
        """What the player is given now, before and after the exchange."""
        one, two = self.before[self.agent], self.after[self.agent]
        place = next((name for name in one if one[name] != two[name]), None)
        return None if place is None else self._bad(place, one, two, ())

    def a_step_on(self) -> Finding | None:
        """What the player is given after the same step of both."""
        stale = [place for place in STORED if place not in self.fresh]
        telling: dict[str, list[tuple[Any, Any, Moves]]] = {n: [] for n in (*stale, "paid")}
        tried = 0
        for step in self._steps():
            pair = self._after(step)
            if pair is None:
                continue
            one, two = pair
            tried += 1
            told = [place for place in STORED if one[place] != two[place]]
            if not told and one["paid"] != two["paid"]:
                if self.agent not in step:
                    return self._bad("paid", one, two, (step,))
                telling["paid"].append((one, two, step))
            for place in stale:
                if place in told:
                    telling[place].append((one, two, step))
        for place, cases in telling.items():
            if len(cases) == tried >= FEWEST_STEPS:
                one, two, _ = cases[0]
                return self._bad(place, one, two, tuple(case[2] for case in cases))
        return None

    def _steps(self) -> list[Moves]:
        """Different legal ways to go on from here."""
        self._lead(False)
        turn, _ = sit(self.table, {}, False)
        drawn = [choose(self.table, turn, legal(number)) for number in range(STEPS)]
        return list({json.dumps(plain(dict(moves))): moves for moves in drawn}.values())

    def _after(self, step: Moves) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """What the player is given after a step of each; None where that says nothing."""
        given: list[dict[str, Any]] = []
        for index, exchange in enumerate((False, True)):
            try:
                self._lead(exchange, step)
            except Unrepeatable:
                raise
            except Exception:  # noqa: BLE001 - a move may be possible in one of the two games only
                return None
            turn, _ = sit(self.table, {}, False)
            if not turn.actors or over(turn) or self.agent not in self.table.viewers():
                return None
            now = _attributes(self.table)
            if not any(now.get(name) == pair[index] for name, pair in self.inside.items()):
                return None  # it is gone: played, dealt anew or shown by right
            everyone = _everyone(self.table)
            paid = [
                plain(turn.outcome["rewards"].get(self.agent, 0)), everyone[self.agent]["reward"]
            ]  # fmt: skip
            given.append({**everyone[self.agent], "paid": paid, "everyone": everyone})
        one, two = (view.pop("everyone") for view in given)
        self.felt = self.felt or any(
            one[who][place] != two[who][place]
            for who in one
            if who in two
            for place in (*STORED, "reward")
        )
        return given[0], given[1]

    def _bad(self, place: str, one: Any, two: Any, steps: Sequence[Moves]) -> Finding:
        if steps and (again := self._after(steps[0])) is not None and again[0] != one:
            raise Unrepeatable(f"seed {self.record.seed}: the same moves lead to something else")
        what = "what is paid to" if place == "paid" else f"the {place} of"
        when = f"after {self.number} turns" + (" and one more" if steps else "")
        return bad(
            "hidden",
            f"{when} {what} {self.agent!r} changes with what is hidden from it",
            "build what a player is given from what it may know"
            + (
                "; if it may know by then, refresh what is stored in permute_hidden"
                if steps and place != "paid"
                else ""
            ),
            **self.record.recipe(self.number),
            agent=str(self.agent),
            permute_hidden=[str(self.agent), self.other],
            **({"then": [dict(step) for step in steps[:1]]} if steps else {}),
            difference=first_difference(*([json.dumps(x[place])] for x in (one, two))),
        )


def _everyone(table: Table) -> dict[Any, dict[str, Any]]:
    """What each player would be given now, asked for anew."""
    return {agent: _again(table, agent).plain() for agent in table.viewers()}


def _again(table: Table, agent: Any) -> View:
    """A player's view asked for anew; a Parallel game has to build it by a method `observe`."""
    old = table.view(agent)
    observe = getattr(table.env.unwrapped, "observe", None)
    if isinstance(table, AecTable) or observe is None:
        return old
    return View(observe(agent), old.info, old.reward, old.terminated, old.truncated)


def over(turn: Any) -> bool:
    """Whether somebody is out: from then on a game may show everything."""
    outcome: Mapping[str, Any] = turn.outcome
    return any(outcome[k].get(a) for k in ("terminated", "truncated") for a in outcome["agents"])


def _attributes(table: Table) -> dict[str, str]:
    """What the game object holds, by name."""
    return {
        name: repr(plain(value))
        for name, value in vars(table.env.unwrapped).items()
        if not isinstance(value, gym.Space)
    }
