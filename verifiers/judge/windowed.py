"""The rubric verifier: reads a transcript window by window and keeps the items' states itself.

    transcript --windows--> signals of programs and of a model --states--> score

The model never holds the score: it sends one signal per item and window, and must quote the words
that justify it. A quote that is not in the window (or not from an allowed role) makes the judgement
contradictory, and a contradictory, malformed, empty or missing judgement is an `infra_error`:
never a pass, and never a fail.

Source: A15 (VitaBench), A31 and C22 (rubric judging).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.verdict import Verdict, graded, infra_error, unparsable
from veragym.core.verifier import Judgeable, Verifier
from veragym.verifiers.judge.client import JudgeClient
from veragym.verifiers.judge.failure import JudgeFailure
from veragym.verifiers.judge.predicates import Predicate, predicate_of
from veragym.verifiers.judge.questions import asked, read_signals
from veragym.verifiers.judge.rubric import (
    Item,
    RubricFault,
    Signal,
    State,
    advance,
    parse_rubric,
    rubric_score,
    settled,
)
from veragym.verifiers.judge.transcript import (
    Message,
    TranscriptFault,
    Window,
    messages_of,
    windows,
)


@dataclass(frozen=True)
class RubricVerifier(Verifier):
    """Scores a transcript by the task's rubric.

    Reads `task.secret["rubric"]`, or `task.public["rubric"]` if the agent may know it: a list of
    objects with the fields of `rubric.Item`. Items that name a predicate are judged by a program;
    the others by the model, which is asked only if there are any. Verdicts name items by number.

    Args:
        client: whom to ask; by default nobody, so that items for a model are an `infra_error`.
        predicates: programs of your own, by name, which must also take a window without messages;
            module-level functions if the verifier is to be pickled.
        size, overlap, chars: the windows, see `transcript.windows`.
        max_windows: transcripts with more are `unparsable`: each window is a question.
        repeats: how often the model is asked about each window, the items in the other order every
            second time; answers that differ are contradictory.
        all_or_nothing: a score below 1 becomes 0.
    Raises:
        OptionError: an option out of range.
    """

    client: JudgeClient = field(default_factory=JudgeClient)
    predicates: Mapping[str, Predicate] = field(default_factory=dict)
    size: int = 8
    overlap: int = 2
    chars: int = 12_000
    max_windows: int = 64
    repeats: int = 1
    all_or_nothing: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.overlap < self.size:
            raise OptionError(f"overlap must be in [0, size), got {self.overlap} of {self.size}")
        if self.chars < 64 or self.max_windows < 1 or not 1 <= self.repeats <= 16:
            raise OptionError(
                "chars must be at least 64, max_windows at least 1, repeats between 1 and 16; got "
                f"{self.chars}, {self.max_windows}, {self.repeats}"
            )

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """The verdict on a transcript: a `Trajectory`, a list of chat messages, or a string."""
        try:
            items = parse_rubric(task.secret.get("rubric", task.public.get("rubric")))
            programs = {
                index: predicate_of(item, index + 1, self.predicates)
                for index, item in enumerate(items)
                if item.predicate
            }
            for index, program in programs.items():
                _signal(program, (), items[index], index + 1)
        except RubricFault as fault:
            return infra_error(f"the task cannot be judged: {fault}")
        try:
            found = windows(messages_of(response), self.size, self.overlap, self.chars)
        except TranscriptFault as fault:
            return unparsable(str(fault))
        if len(found) > self.max_windows:
            return unparsable(
                f"the transcript fills {len(found)} windows; at most {self.max_windows} are read"
            )
        states = [item.start for item in items]
        try:
            for window in found:
                self._read(items, programs, window, states)
        except (JudgeFailure, RubricFault) as fault:
            return infra_error(f"the transcript was not judged: {fault}")
        score, parts = rubric_score(items, states)
        if self.all_or_nothing and score < 1.0:
            score = 0.0
        done = sum(value == 1.0 for name, value in parts.items() if name.startswith("item."))
        return graded(score, f"{done} of {len(items)} rubric items hold", parts)

    def _read(
        self,
        items: Sequence[Item],
        programs: Mapping[int, Predicate],
        window: Window,
        states: list[State],
    ) -> None:
        """Moves the states on by one window."""
        signals = {
            index: _signal(program, window, items[index], index + 1)
            for index, program in programs.items()
        }
        open_items = [
            index
            for index, item in enumerate(items)
            if index not in programs and not settled(item, states[index])
        ]
        if open_items:
            signals.update(self._ask(items, open_items, window, states))
        for index, signal in signals.items():
            states[index] = advance(items[index], states[index], signal)

    def _ask(
        self, items: Sequence[Item], which: list[int], window: Window, states: Sequence[State]
    ) -> dict[int, Signal]:
        agreed: dict[int, Signal] | None = None
        for repeat in range(self.repeats):
            order = which if repeat % 2 == 0 else which[::-1]
            lines = [(items[index], states[index]) for index in order]
            request = asked(lines, window, repeat)
            read = partial(
                read_signals, nonce=request.nonce, items=[i for i, _ in lines], window=window
            )
            signals = self.client.ask(request, read)
            answer = dict(zip(order, signals, strict=True))
            if agreed is not None and answer != agreed:
                raise JudgeFailure("the judge contradicted itself when asked again")
            agreed = answer
        return agreed or {}


def _signal(program: Predicate, window: Sequence[Message], item: Item, number: int) -> Signal:
    heard = [message for message in window if not item.roles or message.role in item.roles]
    try:
        signal = program(heard, item.args)
    except RubricFault:
        raise
    except Exception as error:  # noqa: BLE001 - a user's program; its failure is nobody's verdict
        raise RubricFault(
            f"the predicate of item {number} failed with {type(error).__name__}"
        ) from None
    if not isinstance(signal, Signal):
        raise RubricFault(
            f"the predicate of item {number} returned a {type(signal).__name__}, not a Signal"
        )
    return signal
