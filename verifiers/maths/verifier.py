"""The maths verifier: reads one final answer, checks its form, compares it exactly.

    response --extract--> answer text --form's judge--> verdict

Most answers are settled by exact arithmetic in microseconds; what is left (general functions,
factorised shapes) goes to a killable child process (`workers`). No model text is ever executed.

Verdicts: `correct`; `wrong` (read, and not right: another value, another form, or the problem
restated); `unparsable` (no single answer could be read); `timeout` (the answer exceeds the bounds
on time or memory); `infra_error` (a gold that is no answer of its form, or no worker).
`reason` and `evidence` speak of the answer only: they never contain the gold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome, Verdict, infra_error, unparsable
from veragym.core.verifier import Judgeable, Verifier
from veragym.verifiers.extract import offers
from veragym.verifiers.faults import AnswerFault, Unreadable
from veragym.verifiers.maths.forms import Form
from veragym.verifiers.maths.inference import infer
from veragym.verifiers.maths.judges import OPEN, RIGHT, WORDY, Judge, make_judge
from veragym.verifiers.maths.numbers import OTHER_VALUE
from veragym.verifiers.maths.workers import one_answer

MAX_GOLDS = 4_096
"""Compiled gold answers kept."""

_INTEGER = {"kind": "integer"}
_PLAIN = re.compile(r"0|-?[1-9][0-9]{0,17}").fullmatch
_SEVERAL = unparsable("several different final answers are given; give one")


class MathVerifier(Verifier):
    """Judges answers to maths tasks.

    Reads the gold from `task.secret["answer"]` (a string or a number) and the answer form from
    `task.public["form"]` (default `any`: inferred from the gold). Holds no state, so it pickles
    and works from any thread or process.
    """

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """The verdict on one response; see the module's docstring for what each outcome means."""
        gold = task.secret.get("answer")
        form = task.public.get("form")
        if form == _INTEGER and type(response) is str and type(gold) is str:
            # The commonest case by far: two plain integers are equal if their digits are.
            text = response.strip(" \t\r\n")
            if _PLAIN(text) and _PLAIN(gold):
                return RIGHT if text == gold else OTHER_VALUE
        return grade_answer(gold, response, form)

    def settle(
        self, golds: Sequence[str], public: Mapping[str, Any], responses: Sequence[Any]
    ) -> list[Verdict | None]:
        """The verdicts that `verify` gives from digits alone, for a batch with one public part.

        Args:
            golds: each task's `secret["answer"]`.
            public: the `public` they all share.
            responses: one each.

        Returns:
            One verdict each, or None where `verify` has to be asked.
        """
        if public.get("form") != _INTEGER or type(self).verify is not MathVerifier.verify:
            return [None] * len(responses)
        return [
            None
            if type(response) is not str or not _PLAIN(response)
            else RIGHT
            if gold == response
            else OTHER_VALUE
            if _PLAIN(gold)
            else None
            for gold, response in zip(golds, responses)
        ]


def grade_answer(
    gold: str | int | float, response: Any, form: Form | Mapping[str, Any] | str | None = None
) -> Verdict:
    """Judges a response against a gold answer, without a task. Never raises.

    Args:
        gold: the right answer, e.g. `"3/4"` or `"\\\\frac{3}{4}"`.
        response: the model's whole text; its final answer is extracted.
        form: what counts as an answer, e.g. `{"kind": "rational", "lowest": True}`.
    """
    with one_answer():
        return _graded(gold, response, form)


def _graded(
    gold: str | int | float, response: Any, form: Form | Mapping[str, Any] | str | None
) -> Verdict:
    try:
        contract = Form.of(form)
        judge, wordy = _compiled(_gold_text(gold, contract.kind), contract)
    except OptionError as error:
        return infra_error(f"the task cannot be judged: {error}")
    except (AnswerFault, RecursionError, ArithmeticError):
        return infra_error("the task cannot be judged: its gold answer does not fit its form")
    try:
        found = offers(response, wordy)
        if len(found) == 1:
            return judge(found[0])
        verdicts = [judge(text) for text in found]
    except AnswerFault as fault:
        return fault.verdict()
    except RecursionError:
        return Unreadable("the answer is nested too deeply").verdict()
    for verdict in verdicts:
        if verdict.outcome is Outcome.INFRA_ERROR:
            return verdict
    if all(verdict.outcome is Outcome.CORRECT for verdict in verdicts):
        return verdicts[0]
    return _SEVERAL


def _gold_text(gold: Any, kind: str) -> str:
    if kind in OPEN:
        return ""  # its contract holds all that decides
    if isinstance(gold, str) and gold.strip():
        return gold
    if isinstance(gold, (int, float)) and not isinstance(gold, bool):
        return repr(gold)
    raise OptionError(f"its gold answer is a {type(gold).__name__}, not a non-empty text")


@lru_cache(maxsize=MAX_GOLDS)
def _compiled(gold: str, form: Form) -> tuple[Judge, bool]:
    judge = make_judge(form, gold)
    kind = infer(gold)[0].kind if form.kind == "any" else form.kind
    return judge, kind in WORDY
