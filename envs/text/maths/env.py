"""MathRLVR-v0: procedural maths problems with one short answer (A17, B05, D39)."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.generator import Difficulty, Generator
from veragym.envs.text.maths.tasks import MathTasks
from veragym.envs.text.question import QuestionEnv
from veragym.verifiers import MathVerifier

ENV_ID = "MathRLVR-v0"


class MathEnv(QuestionEnv):
    """A maths problem is asked; the answer is judged by exact or symbolic equivalence.

    Args:
        topics: which topics to draw from; see `MathTasks`. Not together with `source`.
        source: a `.jsonl` or `.parquet` file (or a dict of split to file) with the columns
            `question` and `answer`: its rows are the tasks; see `FileTasks`.
        skip_bad: leave out rows of `source` without a usable answer instead of raising.
        split: `train`, `test` or `ood`; with a single-file `source` also `all`, its default.
        verifier: judges the answers; a `MathVerifier` unless given.
        **options: see `QuestionEnv`: difficulty, instruction, budget, max_action_chars,
            render_mode, env_id.
    """

    def __init__(
        self,
        *,
        topics: str | Sequence[str] | Mapping[str, float] | None = None,
        source: str | Path | Mapping[str, str | Path] | None = None,
        skip_bad: bool = False,
        split: str | None = None,
        difficulty: float | Difficulty = (0.0, 1.0),
        verifier: MathVerifier | None = None,
        env_id: str = ENV_ID,
        **options: Any,
    ) -> None:
        _refuse_unknown(options)
        generator = maths_generator(topics, source, skip_bad)
        super().__init__(
            generator=generator,
            verifier=MathVerifier() if verifier is None else verifier,
            env_id=env_id,
            split=generator.splits[0] if split is None else split,
            difficulty=difficulty,
            **options,
        )

    def answer_forms(self) -> Sequence[str]:
        """The gold answer, bare and boxed. For trainers only."""
        bare = super().answer_forms()
        return [*bare, *(f"\\boxed{{{answer}}}" for answer in bare)]


def _refuse_unknown(options: Mapping[str, Any]) -> None:
    """Says which argument was meant.

    Raises:
        OptionError: an argument the environment does not have.
    """
    own = inspect.signature(MathEnv.__init__).parameters
    more = inspect.signature(QuestionEnv.__init__).parameters
    known = sorted({*own, *more} - {"self", "options", "generator"})
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise OptionError(f"unknown argument {name!r}; {hint}There are: {', '.join(known)}")


def maths_generator(
    topics: str | Sequence[str] | Mapping[str, float] | None,
    source: str | Path | Mapping[str, str | Path] | None,
    skip_bad: bool,
) -> Generator:
    """The catalogue, or a user's file.

    Raises:
        OptionError: both were asked for.
        SourceError: the file cannot be used.
    """
    if source is None:
        return MathTasks(topics)
    from veragym.envs.text.maths.source import FileTasks

    if topics is not None:
        raise OptionError("topics= and source= exclude each other: a file brings its own problems")
    return FileTasks(source, skip_bad=skip_bad)
