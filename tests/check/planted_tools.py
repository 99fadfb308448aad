"""An environment with tools, and versions of it with one fault each.

A shop's drawers are put in order by calls such as `move red 2`; the final state decides. `FAULTS`
says which finding has to reject which.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import gymnasium as gym

from veragym.core import Draft, Generator, Move, Solution, Task, TaskEnv, TaskRng, Verdict, Verifier
from veragym.core.verdict import correct, unparsable, wrong

THINGS = ("red", "blue", "green", "white", "black", "grey", "pink", "brown")
DRAWERS = 6
TURNS = 14

# -- the sound environment -------------------------------------------------------------------------


class DrawerTasks(Generator):
    """Things in drawers, and where they should be; more things at higher levels."""

    def sample(self, rng: TaskRng, level: float) -> Draft:
        count = 4 + int(4 * level)
        names = list(THINGS[:count])
        start = {name: rng.integers(1, DRAWERS + 1) for name in names}
        wanted = {name: rng.integers(1, DRAWERS + 1) for name in names}
        if start == wanted:
            wanted[names[0]] = start[names[0]] % DRAWERS + 1
        prompt = "; ".join(
            f"{name} lies in drawer {start[name]} and belongs in {wanted[name]}" for name in names
        )
        return Draft(f"drawers:{start}:{wanted}", prompt, {"start": start}, {"wanted": wanted})

    def solve(self, task: Task) -> Solution:
        return Solution("done", tuple(moves(task.public["start"], task.secret["wanted"])))

    def decoys(self, task: Task) -> list[str]:
        return ["done", "move red 1", "look"]


def moves(start: Mapping[str, int], wanted: Mapping[str, int]) -> list[str]:
    """The calls that bring everything where it belongs."""
    return [f"move {name} {wanted[name]}" for name in start if start[name] != wanted[name]]


class Tidy(Verifier):
    """Where everything lies at the end."""

    def verify(self, task: Any, response: Any) -> Verdict:
        if not isinstance(response, Mapping):
            return unparsable("no state")
        return correct() if response == task.secret["wanted"] else wrong("not in order")


class Drawers(TaskEnv):
    """The sound environment: `move THING DRAWER`, `look`, `done`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            generator=DrawerTasks(),
            verifier=Tidy(),
            env_id="Drawers-v0",
            max_turns=TURNS,
            **options,
        )
        self.drawers: dict[str, int] = {}

    tools = (
        {"name": "move", "parameters": {"thing": "string", "drawer": "integer"}},
        {"name": "look", "parameters": {}},
        {"name": "done", "parameters": {}},
    )

    def _begin(self, task: Task) -> str:
        self.drawers = dict(task.public["start"])
        return task.prompt

    def _act(self, action: str) -> Move:
        words = action.split()
        if words == ["done"]:
            return Move("", self.verifier(self.task, self.drawers))
        if words == ["look"]:
            return Move(str(self.drawers))
        if len(words) == 3 and words[0] == "move" and words[1] in self.drawers:
            number = words[2]
            if len(number) == 1 and number in "123456":
                return self.moved(words[1], int(number))
        return Move("No such call. Tools: move THING DRAWER, look, done.", valid=False)

    def moved(self, thing: str, drawer: int) -> Move:
        before, self.drawers[thing] = self.drawers[thing], drawer
        return Move(f"{thing} goes from {before} to {drawer}.")

    def oracle(self) -> Iterator[str]:
        yield from moves(self.drawers, self.task.secret["wanted"])
        yield "done"

    def snapshot(self) -> dict[str, Any]:
        return {**self._save_episode(), "drawers": dict(self.drawers)}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        self._load_episode(snapshot)
        self.drawers = dict(snapshot["drawers"])


@functools.lru_cache(maxsize=64)
def _plural(word: str) -> str:
    """Something worth remembering."""
    return " ".join([word + "s"] * 50)


class RemembersSome(Drawers):
    """A bounded cache and a bounded history fill up and stay as they are."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._last: deque[str] = deque(maxlen=100)

    def moved(self, thing: str, drawer: int) -> Move:
        _plural(f"{thing} {drawer}")
        move = super().moved(thing, drawer)
        self._last.append(move.observation)
        return move


SOUND: tuple[type[gym.Env[Any, Any]], ...] = (Drawers, RemembersSome)

# -- faults ----------------------------------------------------------------------------------------


class OneShop(Drawers):
    """All instances share their drawers."""

    shop: dict[str, int] = {}

    def _begin(self, task: Task) -> str:
        first = super()._begin(task)
        self.shop.clear()
        self.shop.update(self.drawers)
        self.drawers = self.shop
        return first


class ForgottenDrawers(Drawers):
    """What an episode leaves in the drawers stays there."""

    def _begin(self, task: Task) -> str:
        before = dict(self.drawers)
        first = super()._begin(task)
        return first + (f"\nThere is also {min(before)}." if before else "")


class LiveSnapshot(Drawers):
    """Its snapshots go on changing."""

    def snapshot(self) -> dict[str, Any]:
        return {**super().snapshot(), "drawers": self.drawers}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        self._load_episode(snapshot)
        self.drawers = snapshot["drawers"]


class DoneIsEnough(Drawers):
    """The call `done` is believed."""

    def _act(self, action: str) -> Move:
        return Move("", correct()) if action.split() == ["done"] else super()._act(action)


class ToolNamesTwice(Drawers):
    tools = (*Drawers.tools, {"name": "look", "parameters": {"at": "string"}})


class ToolsAreNoData(Drawers):
    tools = (*Drawers.tools, {"name": "call", "parameters": {"what": print}})


class PaysPerCall(Drawers):
    """Moving things to and fro pays."""

    def moved(self, thing: str, drawer: int) -> Move:
        move = super().moved(thing, drawer)
        move.reward = 0.2
        return move


class LooksElsewhere(Drawers):
    """Looking is a draw of the wrong kind: it moves something."""

    def state_key(self) -> str:
        key = str(sorted(self.drawers.items()))
        self.drawers[min(self.drawers)] = 1
        return key

    def history_key(self, k: int) -> str:
        return self.state_key()


class CallsTimeOut(Drawers):
    """A session ends after ten minutes of the agent's time."""

    def _begin(self, task: Task) -> str:
        self.since = time.monotonic()
        return super()._begin(task)

    def _act(self, action: str) -> Move:
        if time.monotonic() - self.since > 600:
            return Move("", wrong("the session has expired"))
        return super()._act(action)


class StampsItsRows(Drawers):
    def moved(self, thing: str, drawer: int) -> Move:
        move = super().moved(thing, drawer)
        move.observation += f" ({time.strftime('%d %b %H:%M', time.localtime())})"
        return move


class KeepsAWorker(Drawers):
    """Every episode starts a worker that nobody ends."""

    def _begin(self, task: Task) -> str:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        return super()._begin(task)


class KeepsEveryObservation(Drawers):
    """Its log of observations is never emptied."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._log: list[str] = []

    def _act(self, action: str) -> Move:
        move = super()._act(action)
        self._log.append(f"{action[:20]}: {move.observation}")
        return move


class SetsAVariable(Drawers):
    def _begin(self, task: Task) -> str:
        os.environ["SHOP"] = task.prompt
        return super()._begin(task)


class NeedsDeepStacks(Drawers):
    """Leaves a setting of the interpreter's behind."""

    def _begin(self, task: Task) -> str:
        sys.setrecursionlimit(5000)
        return super()._begin(task)


class StopsTheProgram(Drawers):
    def _act(self, action: str) -> Move:
        if not action.isascii():
            sys.exit("ASCII only")
        return super()._act(action)


FAULTS: dict[type[gym.Env[Any, Any]], str] = {
    OneShop: "determinism.interleaved",
    ForgottenDrawers: "determinism.repeats",
    LiveSnapshot: "snapshot.replays",
    DoneIsEnough: "floors.bounded",
    ToolNamesTwice: "capabilities.tools",
    ToolsAreNoData: "capabilities.tools",
    PaysPerCall: "returns.shaping",
    LooksElsewhere: "reads.questions",
    CallsTimeOut: "determinism.patient",
    StampsItsRows: "determinism.clock-unread",
    KeepsAWorker: "residue.threads",
    KeepsEveryObservation: "residue.memory",
    SetsAVariable: "residue.settings",
    NeedsDeepStacks: "residue.settings",
    StopsTheProgram: "api.completes",
}
