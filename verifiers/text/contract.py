"""What all text verifiers share: reading a task, reading a response, and the rule about form.

    task --judge()--> a function of the response's text --plain_text(response)--> verdict

A task that cannot be judged (no gold, a broken pattern) is an `infra_error` whatever the response
is, so a malformed task can never be won or lost. A response that is not plain, legible text is
`unparsable` before any verifier reads it.

The rule about form: being well-formed is no proof of being right. A verifier of form alone (a
schema, tags, citations, constraints) hands the content to an inner verifier, or the task says
`public["format_only"] = True`; with neither, the task is malformed.
"""

from __future__ import annotations

import math
import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal
from unicodedata import combining

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome, Verdict, infra_error, unparsable
from veragym.core.verifier import MAX_RESPONSE_CHARS, Judgeable, Verifier
from veragym.verifiers.extract import offers
from veragym.verifiers.faults import AnswerFault, Unreadable

Judge = Callable[[str], Verdict]
Take = Literal["whole", "marked"]
"""Where the answer is: the whole response, or its one marked final answer (`extract.offers`)."""

MAX_MARKS = 32
"""Longest run of combining marks: normalising a run of n marks takes time n squared."""

MAX_PROSE = 200_000
"""Characters of a response whose every word is looked at (citations, refusals, constraints)."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Zero-width joiner and non-joiner are left alone: emoji and several scripts are written with them.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc"
    "\u115f\u1160\u3164\uffa0\U000e0000-\U000e007f]"
)
_ASCII_TEXT = re.compile(r"[\t\n\r -~]*")


class TaskFault(Exception):
    """The task cannot be judged; the message says why and never quotes the secret."""


class TextVerifier(Verifier):
    """Base of the verifiers in this package: subclasses compile a task into a judge of texts."""

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """The verdict on one response, a string. See the module's docstring for the outcomes."""
        try:
            judge = self.judge(task)
        except (TaskFault, OptionError) as fault:
            return infra_error(f"the task cannot be judged: {fault}")
        try:
            return judge(plain_text(response))
        except AnswerFault as fault:
            return fault.verdict()
        except RecursionError:
            return unparsable("the response is nested too deeply")

    @abstractmethod
    def judge(self, task: Judgeable) -> Judge:
        """A function from the response's text to its verdict; it may raise `AnswerFault`.

        Raises:
            TaskFault: the task lacks what this verifier needs.
        """


def plain_text(response: Any) -> str:
    """The response, if it is text that reads the way it is stored.

    Raises:
        Unreadable: not a string, blank, over `MAX_RESPONSE_CHARS`, or holding control characters,
            unpaired surrogates, direction marks, invisible characters or piles of accents.
    """
    if not isinstance(response, str):
        raise Unreadable(f"the response is a {type(response).__name__}, not text")
    if len(response) > MAX_RESPONSE_CHARS:
        raise Unreadable(f"the response is longer than {MAX_RESPONSE_CHARS} characters")
    if not response.strip():
        raise Unreadable("the response is empty")
    if response.isascii() and _ASCII_TEXT.fullmatch(response):
        return response
    if _CONTROL.search(response):
        raise Unreadable("the response holds control characters; send plain text")
    hidden = _INVISIBLE.search(response)
    if hidden:
        raise Unreadable(f"the response holds the invisible character U+{ord(hidden.group()):04X}")
    if _marks_pile_up(response):
        raise Unreadable(f"the response holds more than {MAX_MARKS} combining marks in a row")
    return response


def _marks_pile_up(text: str) -> bool:
    # A run of marks is never ASCII, nor letters or digits, so those reset the count in C.
    return any(
        _long_run(run.group())
        for run in re.finditer(rf"[^\x00-\x7f\u4e00-\u9fff]{{{MAX_MARKS + 1},}}", text)
    )


def _long_run(piece: str) -> bool:
    run = 0
    for char in piece:
        run = run + 1 if combining(char) else 0
        if run > MAX_MARKS:
            return True
    return False


def not_endless(text: str) -> str:
    """The text, if it is short enough for verifiers that read every word.

    Raises:
        Unreadable: it is longer than `MAX_PROSE`.
    """
    if len(text) > MAX_PROSE:
        raise Unreadable(f"the response is longer than {MAX_PROSE} characters")
    return text


def far_longer(text: str, golds: Iterable[str]) -> bool:
    """Whether an answer is too long to be any of the golds, however much normalising drops."""
    return len(text) > 1_000 + 16 * max(map(len, golds))


def public(task: Judgeable) -> Mapping[str, Any]:
    """The task's public facts (an empty mapping if there are none)."""
    found = getattr(task, "public", None)
    return found if isinstance(found, Mapping) else {}


def secret(task: Judgeable) -> Mapping[str, Any]:
    """The task's secret facts (an empty mapping if there are none)."""
    found = getattr(task, "secret", None)
    return found if isinstance(found, Mapping) else {}


def need(facts: Mapping[str, Any], name: str, kind: type | tuple[type, ...], where: str) -> Any:
    """`facts[name]`, which must be there and of the kind; `True` does not pass for a number.

    Raises:
        TaskFault: it is missing or of another type; the message never shows its value.
    """
    value = facts.get(name)
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if value is None:
        raise TaskFault(f"{where}[{name!r}] is missing")
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        wanted = " or ".join(k.__name__ for k in kinds)
        raise TaskFault(f"{where}[{name!r}] is a {type(value).__name__}, not a {wanted}")
    return value


def need_texts(facts: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    """`facts[name]`: one non-blank text or several, as a tuple of at least one.

    Raises:
        TaskFault: missing, empty, or holding something else.
    """
    value = need(facts, name, (str, list, tuple), where)
    texts = (value,) if isinstance(value, str) else tuple(value)
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise TaskFault(f"{where}[{name!r}] must hold at least one non-empty text, and texts only")
    return texts


def finite(value: Any) -> bool:
    """Whether the value is a number, not a bool, not NaN or infinite, and float can hold it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def the_answer(text: str, take: Take) -> str:
    """The one text to judge.

    Raises:
        Unreadable: `marked`, and there is no single marked final answer.
    """
    if take == "whole":
        return text
    found = offers(text, words=True)
    if len(found) > 1:
        raise Unreadable("several different final answers are given; give one")
    return found[0]


def check_choice(name: str, value: Any, allowed: Sequence[Any]) -> None:
    """Refuses a constructor option outside its values.

    Raises:
        OptionError: names the option, the value and the remedy.
    """
    if not any(value is item or (type(value) is type(item) and value == item) for item in allowed):
        raise OptionError(f"{name} must be one of {list(allowed)}, got {value!r}")


def check_share(name: str, value: Any, low: float = 0.0, high: float = 1.0) -> None:
    """Refuses a constructor option that is not a number in [low, high].

    Raises:
        OptionError: names the option, the value and the range.
    """
    if not finite(value) or not low <= value <= high:
        raise OptionError(f"{name} must be a number in [{low:g}, {high:g}], got {value!r}")


def conclusion(
    task: Judgeable, inner: Verifier | None, settled: str
) -> Callable[[str, Mapping[str, float]], Verdict]:
    """What follows once the form is right: the inner verdict, or `correct` if form is the task.

    Args:
        task: passed on to the inner verifier.
        inner: judges the content; None if the task is about form only.
        settled: the reason given when form was the whole task.
    Returns:
        A function of (content, parts of the form's own) to the verdict. The inner verifier's parts
        are added under `content.`.
    Raises:
        TaskFault: there is no inner verifier and the task does not say `format_only`, or the inner
            verifier is one of this package and cannot judge the task.
    """
    declared = public(task).get("format_only", False)
    if not isinstance(declared, bool):
        raise TaskFault("public['format_only'] must be True or False")
    if inner is None and not declared:
        raise TaskFault(
            "form alone proves nothing: give the verifier an inner one, or set "
            "public['format_only'] to True"
        )

    if isinstance(inner, TextVerifier):
        inner.judge(task)  # a task it cannot judge is malformed, even if the form is never right

    def conclude(content: str, parts: Mapping[str, float]) -> Verdict:
        if inner is None:
            return Verdict(Outcome.CORRECT, 1.0, dict(parts), settled)
        found = inner(task, content)
        inside = {f"content.{name}": value for name, value in found.parts.items()}
        merged = {**parts, "content": found.score, **inside}
        return Verdict(found.outcome, found.score, merged, found.reason, found.evidence)

    return conclude
