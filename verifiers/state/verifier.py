"""The verdict on a final state: every condition, the frame, and the answer to the question.

What is judged is files that were read from outside and one typed answer, never what a program
printed. The score is 1 if everything holds, else 0; which parts held is in `parts`.

    task.secret["files"]    the files at the start (`records`)
    task.secret["check"]    conditions and frame (`check`)
    task.secret["answer"]   where the task asks a question: a text, or several that are right
    task.public["answer_form"]   its form: `integer` or `text`; absent where nothing is asked
    task.secret["script"]   where a script has a say, too; whoever judges has run it (`checked`)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from veragym.core.verdict import Outcome, Verdict, infra_error, unparsable
from veragym.core.verifier import Judgeable, Verifier
from veragym.sandbox.tree import Tree
from veragym.verifiers.maths import grade_answer
from veragym.verifiers.state.check import CheckFault, read_check
from veragym.verifiers.state.records import tree_from_json
from veragym.verifiers.text import Normal

FORMS = ("integer", "text")
LONGEST_ANSWER = 2000


@dataclass(frozen=True, slots=True)
class FinalState:
    """What an episode leaves behind.

    Attributes:
        files: the home folder, read from outside.
        answer: what was said in answer; None if nothing was.
        checked: what the task's own check script said of the files; None if it was not run.
    """

    files: Tree
    answer: str | None = None
    checked: bool | None = None


@lru_cache(maxsize=1)
def _normal() -> Normal:
    return Normal(whitespace="collapse")


def right_answer(form: str, gold: Any, given: str | None) -> bool:
    """Whether an answer is the gold one, or one of several.

    An integer by its value, however it is written; a text by its characters, blanks aside.
    """
    if given is None or len(given) > LONGEST_ANSWER:
        return False
    golds = [gold] if isinstance(gold, (str, int)) else list(gold)
    if form == "integer":
        return any(grade_answer(str(g), given, "integer").score == 1.0 for g in golds)
    text = _normal()(_bare(given))
    return any(_normal()(str(g)) == text for g in golds)


def _bare(text: str) -> str:
    """Without one pair of quotation marks around it."""
    text = text.strip()
    if len(text) > 2 and text[0] == text[-1] and text[0] in "\"'`":
        return text[1:-1]
    return text


class StateVerifier(Verifier):
    """Judges final states; see the module's docstring for what it reads of a task."""

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """The verdict on one `FinalState`; a text is no state and is `unparsable`."""
        try:
            check = read_check(task.secret.get("check", {}))
            before = tree_from_json(task.secret.get("files", {}))
        except CheckFault:
            # The fault's text may quote the secret.
            return infra_error("the task's check or its files are malformed; validate the task")
        form = task.public.get("answer_form")
        if form is not None and (form not in FORMS or not task.secret.get("answer")):
            return infra_error(f"the task asks for an answer of form {form!r:.40}, without a gold")
        script = bool(task.secret.get("script"))
        if not check.conditions and form is None and not script:
            return infra_error("the task asks for nothing: it has neither conditions nor an answer")
        if not isinstance(response, FinalState):
            return unparsable("a final state is judged here, and a text is none")
        if script and response.checked is None:
            return infra_error("the task's check script was not run")
        report = check(before, response.files)
        parts = {f"files.{name}": float(held) for name, held in report.conditions.items()}
        parts["frame"] = float(not report.breaches)
        said = [report.told()] if report.conditions or report.breaches else []
        right = True
        if script:
            right = response.checked is True
            parts["script"] = float(right)
            said.append(f"the check script {'agrees' if right else 'does not agree'}")
        if form is not None:
            answered = right_answer(form, task.secret["answer"], response.answer)
            parts["answer"] = float(answered)
            right = right and answered
            if response.answer is None:
                said.append("no answer was given")
            else:
                said.append("the answer is right" if answered else "the answer is wrong")
        score = float(report.holds and right)
        outcome = Outcome.CORRECT if score else Outcome.WRONG
        return Verdict(outcome, score, parts, "; ".join(said))
