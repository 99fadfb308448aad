"""Judges of answers in words: one of several choices, or an exact text."""

from __future__ import annotations

import re

from veragym.core.verdict import Verdict, wrong
from veragym.verifiers.extract import undressed
from veragym.verifiers.faults import Unreadable
from veragym.verifiers.maths.characters import legible
from veragym.verifiers.maths.forms import Form
from veragym.verifiers.maths.judges import RIGHT, Judge, judge_for

MAX_TEXT = 10_000
_LABEL = re.compile(r"\(\s*(.*?)\s*\)|\[\s*(.*?)\s*\]|(.*?)\s*[.):]", re.DOTALL)
_LEAD = re.compile(r"(?:option|choice|answer)\s+(?=\S)", re.IGNORECASE)
_TEXT_COMMAND = re.compile(r"\\(?:text|textbf|textit|mathrm|mbox|mathbf)\s*\{([^{}]*)\}")


def folded(text: str) -> str:
    """A text with dressing, case, runs of spaces and the final stop removed."""
    if len(text) > MAX_TEXT:
        raise Unreadable(f"the answer is longer than {MAX_TEXT} characters")
    text = _TEXT_COMMAND.sub(r" \1 ", undressed(legible(text)))
    text = undressed(text.strip("\"'"))
    return " ".join(text.split()).casefold()


@judge_for("choice")
def choice_judge(form: Form, gold: str) -> Judge:
    """Exactly one of the options, alone; `(B)`, `B.`, `b` and `option B` all mean B."""
    options = {folded(option): index for index, option in enumerate(form.options)}

    def chosen(text: str) -> int | None:
        flat = folded(text)
        for piece in (flat, _LEAD.sub("", flat, count=1)):
            if piece in options:
                return options[piece]
            label = _LABEL.fullmatch(piece)
            if label:
                inner = next(part for part in label.groups() if part is not None)
                if inner in options:
                    return options[inner]
        return None

    target = chosen(gold)
    if target is None:
        raise Unreadable("the gold answer is not among the form's options")

    def judge(candidate: str) -> Verdict:
        choice = chosen(candidate)
        if choice is None:
            raise Unreadable("the answer is not exactly one of the options")
        return RIGHT if choice == target else wrong("another option is right")

    return judge


@judge_for("text")
def text_judge(form: Form, gold: str) -> Judge:
    """The same text; case, spacing, dressing and a final stop do not matter."""
    target = folded(gold)

    def judge(candidate: str) -> Verdict:
        return RIGHT if folded(candidate) == target else wrong("the text differs")

    return judge
