"""Environments with one fault each, and the sound ones they are made from.

`FAULTS` says which finding has to reject which; a fault is as small as it can be made.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import random
import re
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import SyncVectorEnv

from veragym.core import Draft, Generator, Move, Solution, Task, TaskEnv, TaskRng, Verdict, Verifier
from veragym.core.task import content_digest
from veragym.core.verdict import Outcome, correct, infra_error, unparsable, wrong
from veragym.envs.text.question import QuestionEnv

# -- sound environments ----------------------------------------------------------------------------


class SumTasks(Generator):
    """a + b, of a size that grows with the level."""

    def sample(self, rng: TaskRng, level: float) -> Draft:
        top = 100 + int(900 * level)
        a, b = rng.integers(10, top), rng.integers(10, top)
        return Draft(
            f"sum:{a},{b}",
            f"What is {a} + {b}?",
            {"form": "integer"},
            {"answer": str(a + b), "terms": [a, b]},
        )

    def solve(self, task: Task) -> Solution:
        a, b = task.secret["terms"]
        return Solution(task.secret["answer"], (f"{a} + {b} = {a + b}",))

    def decoys(self, task: Task) -> list[str]:
        a, b = task.secret["terms"]
        return [str(a + b + 1), str(a + b - 1), str(a * b)]

    def hint(self, task: Task, level: int) -> str:
        return "Add." if level else ""

    def paraphrases(self, task: Task, n: int) -> list[str]:
        a, b = task.secret["terms"]
        return [f"Add {b} to {a}.", f"Find {a} plus {b}."][:n]


_BOX = re.compile(r"\\boxed\{([^{}]*)\}")


def read(response: str) -> int | None:
    """The one integer a response gives: in its last box, or alone."""
    boxes = _BOX.findall(response)
    text = (boxes[-1] if boxes else response).strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,50}", text) else None


class SumVerifier(Verifier):
    """The integer has to be the sum."""

    def verify(self, task: Any, response: Any) -> Verdict:
        answer = read(response)
        if answer is None:
            return unparsable("no integer could be read")
        return correct() if answer == int(task.secret["answer"]) else wrong("another number")


class Sums(QuestionEnv):
    """The sound single-turn environment."""

    generator_class: type[Generator] = SumTasks
    verifier_class: type[Verifier] = SumVerifier

    def __init__(self, **options: Any) -> None:
        super().__init__(
            generator=self.generator_class(),
            verifier=self.verifier_class(),
            env_id="Sums-v0",
            **options,
        )


class ClimbTasks(Generator):
    """A number of steps to climb."""

    def sample(self, rng: TaskRng, level: float) -> Draft:
        start, steps = rng.integers(0, 10**6), 5 + rng.integers(0, 14 + int(8 * level))
        return Draft(
            f"climb:{start},{steps}", f"Climb from {start} to {start + steps}.", {"start": start},
            {"top": start + steps},
        )  # fmt: skip

    def solve(self, task: Task) -> Solution:
        left = task.secret["top"] - task.public["start"]
        return Solution(str(left), tuple(f"+{n}" for n in pieces(left)))

    def decoys(self, task: Task) -> list[str]:
        return ["+0", "+1", "stop"]


def pieces(n: int) -> list[int]:
    """A sum of 1s, 2s and 3s."""
    return [3] * (n // 3) + ([n % 3] if n % 3 else [])


class Judge(Verifier):
    """Where one stands at the end."""

    def verify(self, task: Any, response: Any) -> Verdict:
        return correct() if response == task.secret["top"] else wrong("not at the top")


class Climb(TaskEnv):
    """The sound environment of several turns: +1, +2, +3, then `stop` at the top."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            generator=ClimbTasks(), verifier=Judge(), env_id="Climb-v0", max_turns=12, **options
        )
        self._at = 0

    def _begin(self, task: Task) -> str:
        self._at = task.public["start"]
        return task.prompt

    def _act(self, action: str) -> Move:
        if action == "stop":
            return Move("", self.verifier(self.task, self._at))
        if action not in ("+1", "+2", "+3"):
            return Move("Say +1, +2, +3 or stop.", valid=False)
        self._at += int(action)
        return Move(f"You are at {self._at}.")

    def oracle(self) -> Iterator[str]:
        for n in pieces(self.task.secret["top"] - self._at):
            yield f"+{n}"
        yield "stop"

    def snapshot(self) -> dict[str, Any]:
        return {**self._save_episode(), "at": self._at}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        self._load_episode(snapshot)
        self._at = snapshot["at"]


class Walk(gym.Env[np.ndarray, int]):
    """A sound environment that is no TaskEnv: a walk on a line, with an array as observation."""

    observation_space = gym.spaces.Box(-10, 10, (1,), np.float32)
    action_space = gym.spaces.Discrete(2)
    metadata = {"render_modes": []}

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[np.ndarray, dict]:
        super().reset(seed=seed)
        self.at = np.array([self.np_random.integers(-3, 4)], np.float32)
        self.left = 9
        return self.at.copy(), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict]:
        self.at = np.clip(self.at + (1 if action else -1), -10, 10).astype(np.float32)
        self.left -= 1
        return self.at.copy(), self.pay(), False, self.left == 0, {}

    def pay(self) -> float:
        return float(self.at[0] == 0)


# -- faults: tasks and oracle ----------------------------------------------------------------------


class _WrongGold(SumTasks):
    def solve(self, task: Task) -> Solution:
        answer = int(task.secret["answer"])
        return Solution(str(answer + 1 if answer % 7 == 3 else answer))


class WrongGold(Sums):
    generator_class = _WrongGold


class _EmptyGold(SumTasks):
    def sample(self, rng: TaskRng, level: float) -> Draft:
        draft = super().sample(rng, level)
        if rng.integers(0, 4) == 0:
            draft.secret["answer"] = ""
        return draft


class _EmptyIsRight(SumVerifier):
    def verify(self, task: Any, response: Any) -> Verdict:
        if task.secret["answer"] == "":
            return correct() if response == "\\boxed{}" else wrong("something was said")
        return super().verify(task, response)


class EmptyGold(Sums):
    generator_class = _EmptyGold
    verifier_class = _EmptyIsRight


class _MostlyZero(SumTasks):
    def sample(self, rng: TaskRng, level: float) -> Draft:
        draft = super().sample(rng, level)
        if rng.integers(0, 3):
            a = rng.integers(10, 10**6)
            draft = Draft(
                f"zero:{a}", f"What is {a} - {a}?", {"form": "integer"},
                {"answer": "0", "terms": [a, -a]},
            )  # fmt: skip
        return draft


class ConstantWins(Sums):
    generator_class = _MostlyZero


class _LastNumber(SumTasks):
    def sample(self, rng: TaskRng, level: float) -> Draft:
        a, b = sorted((rng.integers(1, 10**6), rng.integers(1, 10**6)))
        return Draft(
            f"larger:{a},{b}", f"Which is larger, {a} or {b}?", {"form": "integer"},
            {"answer": str(b), "terms": [0, b]},
        )  # fmt: skip


class AnswerIsCopied(Sums):
    generator_class = _LastNumber


class _NoDecoys(SumTasks):
    def decoys(self, task: Task) -> list[str]:
        return []


class NoDecoys(Sums):
    generator_class = _NoDecoys


class _Flat(SumTasks):
    def sample(self, rng: TaskRng, level: float) -> Draft:
        return super().sample(rng, 0.5)


class KnobDoesNothing(Sums):
    generator_class = _Flat


# -- faults: verifiers -----------------------------------------------------------------------------


class _Substring(SumVerifier):
    def verify(self, task: Any, response: Any) -> Verdict:
        return correct() if task.secret["answer"] in response else wrong("not in it")


class AcceptsSubstring(Sums):
    verifier_class = _Substring


class _Anything(SumVerifier):
    def verify(self, task: Any, response: Any) -> Verdict:
        return correct() if response.strip() else wrong("nothing was said")


class AcceptsAnything(Sums):
    verifier_class = _Anything


class _Nearby(SumVerifier):
    def verify(self, task: Any, response: Any) -> Verdict:
        answer = read(response)
        near = answer is not None and abs(answer - int(task.secret["answer"])) <= 1
        return correct() if near else wrong("far off")


class AcceptsDecoy(Sums):
    verifier_class = _Nearby


class _Fails(SumVerifier):
    def verify(self, task: Any, response: Any) -> Verdict:
        if read(response) is None:
            return infra_error("the parser gave up")
        return super().verify(task, response)


class BlamesTheMachinery(Sums):
    verifier_class = _Fails


class _Raises(SumVerifier):
    def verify(self, task: Any, response: Any) -> Verdict:
        raise LookupError("no such table")


class NeverJudges(Sums):
    verifier_class = _Raises


class NeverSteps(Walk):
    def step(self, action: int) -> Any:
        raise LookupError("no such table")


class _Hangs(SumVerifier):
    def verify(self, task: Any, response: Any) -> Verdict:
        while "(((" in response:
            time.sleep(0.01)
        return super().verify(task, response)


class HangsOnBrackets(Sums):
    verifier_class = _Hangs


# -- faults: randomness, clock, state --------------------------------------------------------------


class _ModuleRandom(SumTasks):
    def sample(self, rng: TaskRng, level: float) -> Draft:
        draft = super().sample(rng, level)
        draft.prompt = random.choice(["", "Now: ", "Well: ", "So: "]) + draft.prompt
        return draft


class UsesGlobalRandom(Sums):
    generator_class = _ModuleRandom


class SeedsGlobalRandom(Sums):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        if seed is not None:
            np.random.seed(seed)
        return super().reset(seed=seed, options=options)


class _SetOrder(SumTasks):
    def sample(self, rng: TaskRng, level: float) -> Draft:
        draft = super().sample(rng, level)
        names = list({"Ada", "Bert", "Cleo", "Dora", "Emil", "Fritz", "Gerda"})
        draft.prompt = f"{rng.choice(names)} asks: {draft.prompt}"
        return draft


class DependsOnHashSeed(Sums):
    generator_class = _SetOrder


class DatesItsPrompts(Sums):
    def _begin(self, task: Task) -> str:
        return f"{datetime.datetime.now():%d %B}: {super()._begin(task)}"


class PaysForSpeed(Sums):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self._since = time.perf_counter()
        return super().reset(seed=seed, options=options)

    def _act(self, action: str) -> Move:
        move = super()._act(action)
        if move.verdict is not None and move.verdict.score == 1.0:
            late = time.perf_counter() - self._since
            move.verdict = Verdict(Outcome.PARTIAL, 1 / (1.001 + late))
        return move


class SharesState(Sums):
    count = 0

    def _begin(self, task: Task) -> str:
        type(self).count = 0
        return super()._begin(task)

    def _act(self, action: str) -> Move:
        type(self).count += 1
        move = super()._act(action)
        move.observation = f"That was answer {self.count}."
        return move


class RemembersPastEpisodes(Sums):
    episodes = 0

    def _begin(self, task: Task) -> str:
        self.episodes += 1
        return super()._begin(task) + ("\nYou are good at this." if self.episodes > 2 else "")


class NeedsMainThread(Sums):
    def _act(self, action: str) -> Move:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        return super()._act(action)


class PhonesHome(Sums):
    def _begin(self, task: Task) -> str:
        with contextlib.suppress(OSError), socket.socket() as line:
            line.setblocking(False)
            line.connect(("192.0.2.1", 9))  # reserved for documentation: nobody is there
        return super()._begin(task)


class Prints(Sums):
    def _act(self, action: str) -> Move:
        print("judging", action[:10])
        return super()._act(action)


# -- faults: splits and seeds ----------------------------------------------------------------------


class _NoSplits(SumTasks):
    def draw(self, rng: TaskRng, split: str, difficulty: float, seed: int, index: int) -> Draft:
        a = rng.integers(10, 60)
        return Draft(
            f"double:{a}", f"What is {a} + {a}?", {"form": "integer"},
            {"answer": str(2 * a), "terms": [a, a]},
        )  # fmt: skip


class SplitsOverlap(Sums):
    generator_class = _NoSplits


class _Shifted(SumTasks):
    def draw(self, rng: TaskRng, split: str, difficulty: float, seed: int, index: int) -> Draft:
        again = TaskRng.from_seed(split, seed + index)
        return super().draw(again, split, 0.5, seed, index)


class SeedsAreShifted(Sums):
    generator_class = _Shifted


class _Same(SumTasks):
    def draw(self, rng: TaskRng, split: str, difficulty: float, seed: int, index: int) -> Draft:
        return super().draw(TaskRng.from_seed(split, seed), split, 0.5, seed, index)


class OneTaskPerSeed(Sums):
    generator_class = _Same


# -- faults: leaks ---------------------------------------------------------------------------------


class SecretInObservation(Sums):
    def _begin(self, task: Task) -> str:
        return super()._begin(task) + f"\n({len(task.secret['answer'])} digits)"


class SecretInInfo(Sums):
    def _info(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        info = super()._info(*args, **kwargs)
        info["task"]["digest"] = content_digest(self.task.secret["answer"]).hex()
        return info


class _Revealing(SumVerifier):
    def verify(self, task: Any, response: Any) -> Verdict:
        verdict = super().verify(task, response)
        if verdict.score == 0.0:
            return wrong(f"expected {task.secret['answer']}")
        return verdict


class SecretInReason(Sums):
    verifier_class = _Revealing


class _PublicKey(SumTasks):
    def sample(self, rng: TaskRng, level: float) -> Draft:
        draft = super().sample(rng, level)
        draft.public["answer"] = "none of your business"
        return draft


class GiveawayKey(Sums):
    generator_class = _PublicKey


class _PublicAnswer(SumTasks):
    def sample(self, rng: TaskRng, level: float) -> Draft:
        draft = super().sample(rng, level)
        draft.public["difficulty_hint"] = int(draft.secret["answer"])
        return draft


class AnswerInPublic(Sums):
    generator_class = _PublicAnswer


class SecretInEnvironment(Sums):
    def _begin(self, task: Task) -> str:
        os.environ["VERAGYM_PLANTED"] = task.secret["answer"]
        return super()._begin(task)


# -- faults: the interface -------------------------------------------------------------------------


class EndsTwice(Sums):
    def step(self, action: str) -> Any:
        observation, reward, terminated, _, info = super().step(action)
        return observation, reward, terminated, terminated, info


class TakesSecondAnswer(Sums):
    def step(self, action: str) -> Any:
        self._ended = False
        return super().step(action)


class StartsByItself(Sums):
    def step(self, action: str) -> Any:
        if self._task is None:
            self.reset(seed=0)
        return super().step(action)


class InfoKeysVary(Sums):
    def step(self, action: str) -> Any:
        *rest, info = super().step(action)
        return (*rest, {**info, "took_ms": 1})


class LosesVerdict(Sums):
    def step(self, action: str) -> Any:
        *rest, info = super().step(action)
        return (*rest, {**info, "verdict": None})


class RewardIsNotScore(Sums):
    def step(self, action: str) -> Any:
        observation, reward, *rest = super().step(action)
        return (observation, reward - 0.01, *rest)


class OutsideItsSpace(Sums):
    def _act(self, action: str) -> Move:
        move = super()._act(action)
        move.observation = "x" * 70000
        return move


class RaisesOnOddActions(Sums):
    def step(self, action: str) -> Any:
        return super().step(action.strip())


class IgnoresOptions(Sums):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        known = {k: v for k, v in (options or {}).items() if k != "no_such_option"}
        return super().reset(seed=seed, options=known)


class CannotBePickled(Sums):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.verifier.cache = open(os.devnull)  # type: ignore[attr-defined]  # noqa: SIM115


class ClosesOnce(Sums):
    def close(self) -> None:
        if getattr(self, "closed", False):
            raise RuntimeError("already closed")
        self.closed = True


class NeverEnds(Climb):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.max_turns = 10**9


class PaysOnTheWay(Climb):
    def _act(self, action: str) -> Move:
        move = super()._act(action)
        if move.verdict is None:
            move.reward = 0.3
        return move


class OracleStops(Climb):
    def oracle(self) -> Iterator[str]:
        yield from list(super().oracle())[:-1]


class ForgetfulSnapshot(Climb):
    def restore(self, snapshot: Mapping[str, Any]) -> None:
        self._load_episode(snapshot)


class SnapshotForgetsStream(Climb):
    def restore(self, snapshot: Mapping[str, Any]) -> None:
        index = self._next_index
        super().restore(snapshot)
        self._next_index = index


class SnapshotIsAHandle(Climb):
    def snapshot(self) -> int:
        self.saved = [*getattr(self, "saved", []), super().snapshot()]
        return len(self.saved) - 1

    def restore(self, snapshot: int) -> None:
        super().restore(self.saved[snapshot])


class DiesOnStep(Sums):
    def step(self, action: str) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(10)


class CannotBeMade(Sums):
    def __init__(self, **options: Any) -> None:
        raise RuntimeError("no such luck")


class HintsAreNotFlagged(Sums):
    def _info(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        info = super()._info(*args, **kwargs)
        info["task"]["hint_level"] = 0
        return info


class WrongAnswerForms(Sums):
    def answer_forms(self) -> list[str]:
        return [*super().answer_forms(), "the sum"]


class AliasedArray(Walk):
    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        return self.at, {}

    def step(self, action: int) -> Any:
        _, *rest = super().step(action)
        if self.left == 8:
            self.kept = self.at
        self.kept[:] = self.at
        return (self.kept, *rest)


class LateNaN(Walk):
    def pay(self) -> float:
        return float("nan") if self.left == 2 else 0.0


class SwappedBatch(SyncVectorEnv):
    """A native batch whose rewards belong to the neighbour."""

    def __init__(self, num_envs: int, **options: Any) -> None:
        super().__init__([lambda: Sums(**options)] * num_envs)

    def step(self, actions: Any) -> Any:
        observations, rewards, *rest = super().step(actions)
        return (observations, np.roll(rewards, 1), *rest)


SOUND: tuple[type[gym.Env[Any, Any]], ...] = (Sums, Climb, Walk)

FAULTS: dict[type[gym.Env[Any, Any]], str] = {
    WrongGold: "oracle.solves-train",
    EmptyGold: "oracle.gold-not-trivial",
    OracleStops: "oracle.solves-train",
    ConstantWins: "floors.bounded",
    AnswerIsCopied: "floors.bounded",
    AcceptsAnything: "floors.bounded",
    AcceptsSubstring: "decoys.mutants",
    AcceptsDecoy: "decoys.fail",
    NoDecoys: "decoys.offered",
    KnobDoesNothing: "difficulty.turns",
    BlamesTheMachinery: "api.works",
    NeverJudges: "api.works",
    NeverSteps: "api.works",
    UsesGlobalRandom: "determinism.global-rng-unread",
    SeedsGlobalRandom: "determinism.global-rng-untouched",
    DependsOnHashSeed: "determinism.other-process",
    DatesItsPrompts: "determinism.clock-unread",
    PaysForSpeed: "determinism.repeats",
    SharesState: "determinism.interleaved",
    RemembersPastEpisodes: "determinism.repeats",
    NeedsMainThread: "determinism.threads",
    PhonesHome: "determinism.offline",
    Prints: "oracle.quiet",
    SplitsOverlap: "splits.disjoint",
    SeedsAreShifted: "splits.streams",
    OneTaskPerSeed: "splits.streams",
    SecretInObservation: "leak.secret-permuted",
    SecretInInfo: "leak.secret-permuted",
    SecretInReason: "leak.secret-permuted",
    GiveawayKey: "leak.no-giveaway-key",
    AnswerInPublic: "leak.gold-not-in-info",
    SecretInEnvironment: "leak.surroundings",
    EndsTwice: "api.terminated-and-truncated",
    TakesSecondAnswer: "api.step-after-end",
    StartsByItself: "api.step-before-reset",
    InfoKeysVary: "api.info-keys",
    LosesVerdict: "api.verdict-at-end",
    RewardIsNotScore: "api.reward-is-score",
    OutsideItsSpace: "api.observation-space",
    RaisesOnOddActions: "api.hostile-actions",
    IgnoresOptions: "api.reset-options",
    CannotBePickled: "api.storable",
    ClosesOnce: "api.close-twice",
    NeverEnds: "api.ends",
    PaysOnTheWay: "api.shaping",
    LateNaN: "api.reward-finite",
    AliasedArray: "api.aliased",
    ForgetfulSnapshot: "snapshot.replays",
    SnapshotForgetsStream: "snapshot.replays",
    SnapshotIsAHandle: "snapshot.replays-elsewhere",
    HintsAreNotFlagged: "capabilities.hint",
    WrongAnswerForms: "capabilities.answer_forms",
    DiesOnStep: "oracle.completes",
    CannotBeMade: "oracle.completes",
}
