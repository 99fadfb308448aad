"""The single-turn environment: a question is asked, one answer is given, a verdict follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from veragym.core.env import Move, TaskEnv
from veragym.core.errors import OptionError
from veragym.core.generator import Difficulty, Generator
from veragym.core.task import Task
from veragym.core.verdict import Outcome
from veragym.core.verifier import Verifier

INSTRUCTIONS = {
    "boxed": "Give the final answer in \\boxed{}.",
    "tagged": "Give the final answer between <answer> and </answer>.",
    "line": "End with a line of the form: Answer: ...",
    "none": "",
}
"""Named closing instructions; any other string is used as it stands."""


class QuestionEnv(TaskEnv):
    """One question, one answer.

    Offers snapshot, state_key, oracle, hint, answer_forms and paraphrases.

    Args:
        generator, verifier, env_id, split, difficulty, budget, max_action_chars, render_mode:
            see `TaskEnv`.
        instruction: `boxed` (default), `tagged`, `line`, `none`, or a sentence of your own, put
            after the question. Answers are read the same way whatever the instruction.
    """

    def __init__(
        self,
        *,
        generator: Generator,
        verifier: Verifier,
        env_id: str,
        split: str = "train",
        difficulty: float | Difficulty = (0.0, 1.0),
        instruction: str = "boxed",
        budget: Mapping[str, float] | None = None,
        max_action_chars: int = 65536,
        render_mode: str | None = None,
    ) -> None:
        if not isinstance(instruction, str):
            raise OptionError(
                f"instruction must be one of {', '.join(INSTRUCTIONS)} or a sentence, "
                f"got {instruction!r}"
            )
        super().__init__(
            generator=generator,
            verifier=verifier,
            env_id=env_id,
            split=split,
            difficulty=difficulty,
            budget=budget,
            max_action_chars=max_action_chars,
            render_mode=render_mode,
        )
        self.closing = INSTRUCTIONS.get(instruction, instruction)

    def _begin(self, task: Task) -> str:
        hint = self.generator.hint(task, self._hint_level) if self._hint_level else ""
        return compose(task.prompt, hint, self.closing)

    def _act(self, action: str) -> Move:
        verdict = self.verifier(self.task, action)
        return Move("", verdict, valid=verdict.outcome is not Outcome.UNPARSABLE)

    # -- capabilities ----------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """The episode's state; see `veragym.core.capabilities.Snapshots`."""
        return self._save_episode()

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Returns to `snapshot`."""
        self._load_episode(snapshot)

    def state_key(self) -> str:
        """Equal for two wordings of one problem at the same point of the episode."""
        return f"{self.task.content_hash}:{self._cost.turns}"

    def history_key(self, k: int) -> str:
        """A question has no history before its answer: the digest of the state key alone."""
        return blake2b(f"{k and self.state_key()}".encode(), digest_size=16).hexdigest()

    def oracle(self) -> Iterator[str]:
        """One response, with worked steps, that scores 1."""
        solution = self.generator.solve(self.task)
        yield solution.response or "\n".join([*solution.steps, f"\\boxed{{{solution.answer}}}"])

    def hint(self, level: int) -> str:
        """Guidance for the current task: 0 nothing, 1 the method, 2 half the steps, 3 most."""
        return self.generator.hint(self.task, level)

    def answer_forms(self) -> Sequence[str]:
        """The gold answer; subclasses add other spellings their verifier accepts. For trainers."""
        return [self.generator.solve(self.task).answer]

    def paraphrases(self, n: int) -> Sequence[str]:
        """Up to `n` other wordings of the current prompt, same problem, same answer."""
        return [compose(p, "", self.closing) for p in self.generator.paraphrases(self.task, n)]


def compose(prompt: str, hint: str, closing: str) -> str:
    """The observation: question, hint, closing instruction, one per line."""
    if not hint:
        return f"{prompt}\n{closing}" if closing else prompt
    return "\n".join(part for part in (prompt, hint and f"Hint: {hint}", closing) if part)
