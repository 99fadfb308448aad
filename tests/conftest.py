"""A complete small environment, written the way a user would, for tests of the shared machinery."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from veragym.core import Draft, Generator, Move, Solution, Task, TaskEnv, TaskRng, Verdict, Verifier
from veragym.core.verdict import correct, unparsable, wrong

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background by a shell that ignores Ctrl-C for us: the processes that tests
    # interrupt would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Sums(Generator):
    """a + b with two numbers below 100 (below 200 out of distribution)."""

    def sample(self, rng: TaskRng, level: float) -> Draft:
        top = int(50 + 50 * level)
        a, b = rng.integers(1, top), rng.integers(1, top)
        return Draft(f"sum({a},{b})", f"{a} + {b} = ?", {"topic": "sum"}, {"answer": str(a + b)})

    def solve(self, task: Task) -> Solution:
        return Solution(task.secret["answer"], response=task.secret["answer"])


class Exact(Verifier):
    """The answer must be the number's digits."""

    def verify(self, task: Any, response: Any) -> Verdict:
        if response == "crash":
            raise RuntimeError("the verifier broke")
        if not response.strip().lstrip("-").isdigit():
            return unparsable("not a number")
        return correct() if response.strip() == task.secret["answer"] else wrong("another number")


class SumEnv(TaskEnv):
    """Guess the sum; up to three guesses."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            generator=Sums(), verifier=Exact(), env_id="Sum-v0", **{"max_turns": 3, **options}
        )

    def _begin(self, task: Task) -> str:
        return task.prompt

    def _act(self, action: str) -> Move:
        if action == "explode":
            raise ZeroDivisionError("inside the environment")
        verdict = self.verifier(self.task, action)
        if verdict.outcome == "correct" or not verdict.scored:
            return Move("done", verdict)
        return Move("try again", valid=verdict.outcome != "unparsable")

    def snapshot(self) -> Any:
        return self._save_episode()

    def restore(self, snapshot: Any) -> None:
        self._load_episode(snapshot)


@pytest.fixture
def sum_env() -> SumEnv:
    return SumEnv()


@pytest.fixture
def make_sum_env() -> type[SumEnv]:
    return SumEnv
