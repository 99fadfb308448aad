"""A verifier as what is checked: questions around it make an environment the witnesses can judge.

    check(MyVerifier(), tasks=MyTasks())                     with a generator that can solve them
    check(MyVerifier(), tasks=[(task, "1/2"), (task, "x")])  with right answers to given tasks

A list of tasks is served whole, in its order. It is too short to say what guessing scores, so that
with a list the witness `floors` is not heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from veragym.check.subject import Subject
from veragym.core.errors import OptionError
from veragym.core.generator import Generator
from veragym.core.seeding import TaskRng
from veragym.core.task import Draft, Solution, Task, content_digest
from veragym.core.verifier import Judgeable, Verifier
from veragym.envs.text.question import QuestionEnv

Answered = Sequence[tuple[Judgeable, str]]
"""Tasks (drafts, tasks, anything with `public` and `secret`), each with a right response."""

WITH_GENERATOR = ("oracle", "floors", "decoys", "mutants", "determinism", "splits", "leak")
WITH_LIST = ("oracle", "decoys", "mutants", "determinism", "leak")
"""What says something about a verifier; the rest is about environments."""


class GivenTasks(Generator):
    """Given tasks with right answers, served whole and in order; the index wraps around."""

    splits = ("all",)
    levelled = False

    def __init__(self, answered: Answered) -> None:
        self._rows = [_row(number, pair) for number, pair in enumerate(answered, 1)]
        if not self._rows:
            raise OptionError("tasks is empty; give at least one pair of a task and its answer")

    def draw(self, rng: TaskRng, split: str, difficulty: float, seed: int, index: int) -> Draft:
        return self._copy((seed + index) % len(self._rows))

    def sample(self, rng: TaskRng, level: float) -> Draft:
        return self._copy(rng.integers(0, len(self._rows)))

    def solve(self, task: Task) -> Solution:
        answer = task.secret[_KEY]
        return Solution(answer, response=answer)

    def _copy(self, row: int) -> Draft:
        draft = self._rows[row]
        public, secret = dict(draft.public), dict(draft.secret)
        return Draft(draft.content, draft.prompt, public, secret, draft.digest)


_KEY = "veragym.check: a right response"
"""Where the right response of a given task stands, beside the task's own secret."""


def _row(number: int, pair: Any) -> Draft:
    try:
        task, answer = pair
        public, secret = dict(task.public), dict(task.secret)
    except (TypeError, ValueError, AttributeError) as error:
        raise OptionError(
            f"tasks, item {number}: each must be a pair (task, right answer), where the task has "
            f"`public` and `secret`; got {pair!r:.80} ({error})"
        ) from error
    if not isinstance(answer, str):
        raise OptionError(f"tasks, item {number}: the right answer must be a text, got {answer!r}")
    prompt = str(getattr(task, "prompt", ""))
    content = f"given:{getattr(task, 'content', '') or getattr(task, 'content_hash', '')}:{number}"
    secret[_KEY] = answer
    return Draft(content, prompt, public, secret, content_digest(content))


def subject_of_verifier(verifier: Verifier, tasks: Generator | Answered | None) -> Subject:
    """An environment of single questions that this verifier judges.

    Raises:
        OptionError: no tasks, or tasks that cannot be used.
    """
    if tasks is None:
        raise OptionError(
            f"the verifier {type(verifier).__name__} is checked on tasks: pass tasks=, a generator "
            "or a list of pairs (task, right answer)"
        )
    generator = tasks if isinstance(tasks, Generator) else GivenTasks(tasks)
    name = type(verifier).__name__

    def factory(*, verifier: Verifier, tasks: Generator, **options: Any) -> QuestionEnv:
        settings = {"env_id": f"{name}-v0", "instruction": "none", **options}
        first = tasks.splits[0]
        return QuestionEnv(generator=tasks, verifier=verifier, **{"split": first, **settings})

    return Subject(
        name,
        factory,
        {"verifier": verifier, "tasks": generator},
        None,
        "a verifier is an object of this process",
    )


def witnesses_for(tasks: Generator | Answered | None) -> tuple[str, ...]:
    """Names of the witnesses that say something about a verifier with these tasks."""
    return WITH_GENERATOR if isinstance(tasks, Generator) else WITH_LIST


def unasked_of(tasks: Generator | Answered | None) -> dict[str, str]:
    """Witnesses that are expected here and are not heard, with the reason."""
    reasons = {"difficulty": "the knob is the generator's, and a verifier has none"}
    if not isinstance(tasks, Generator):
        reasons |= {
            "floors": "a list of tasks is too short to say what guessing scores; give a generator",
            "splits": "a list of tasks has no splits; give a generator",
        }
    return reasons
