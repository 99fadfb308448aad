"""Multiple choice: one option by letter or text, or a set of options.

The answer is read as a whole, by a small grammar, and never searched: `B`, `(b)`, `B.`, `Option B`,
the option's text, or `B) its text`. Naming two options, or a letter with another option's text, is
unparsable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from veragym.core.verdict import Verdict, correct, graded, wrong
from veragym.core.verifier import Judgeable
from veragym.verifiers.faults import Unreadable
from veragym.verifiers.text.contract import (
    Judge,
    Take,
    TaskFault,
    TextVerifier,
    check_choice,
    need,
    public,
    secret,
    the_answer,
)
from veragym.verifiers.text.normal import Normal

OPTION_TEXT = Normal("NFC", case=True, whitespace="collapse", punctuation=True)
MAX_ANSWER = 4_000
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_LABELLED = re.compile(
    r"(?:(?:option|choice|answer)\s{1,4})?"
    r"(?:\(([A-Za-z0-9]{1,3})\)|\[([A-Za-z0-9]{1,3})\]|([A-Za-z0-9]{1,3})(?=[\s).:\-]|$))"
    r"[).:\-]?(?:\s{1,8}(\S.*))?",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)


@dataclass(frozen=True)
class Options:
    """The options of one task.

    Attributes:
        texts: label to text as shown.
        labels: folded text to label.
    """

    texts: Mapping[str, str]
    labels: Mapping[str, str]

    @classmethod
    def of(cls, task: Judgeable) -> Options:
        """Reads `task.public["choices"]`: a list of texts (A, B, …), or a mapping label to text.

        Raises:
            TaskFault: fewer than two options, two that read the same, a label of over 3 characters.
        """
        raw = need(public(task), "choices", (list, tuple, Mapping), "public")
        if isinstance(raw, Mapping):
            texts = {str(label).upper(): text for label, text in raw.items()}
            if len(texts) < len(raw):
                raise TaskFault("public['choices'] has two labels that differ in case only")
        elif len(raw) > len(LETTERS):
            raise TaskFault("public['choices'] has over 26 texts; give a mapping with labels")
        else:
            texts = dict(zip(LETTERS, raw))
        if len(texts) < 2 or not all(isinstance(text, str) and text for text in texts.values()):
            raise TaskFault("public['choices'] must hold at least two non-empty texts")
        if not all(re.fullmatch("[A-Z0-9]{1,3}", label) for label in texts):
            raise TaskFault("labels in public['choices'] are 1 to 3 ASCII letters or digits")
        labels = {OPTION_TEXT(text): label for label, text in texts.items()}
        if len(labels) < len(texts) or "" in labels:
            raise TaskFault("two texts in public['choices'] read the same, or one reads as nothing")
        return cls(texts, labels)

    def one(self, text: str) -> str:
        """The label of the option that a text names.

        A bare label wins over an option whose text happens to be that label.

        Raises:
            Unreadable: it names none, or two.
        """
        text = text.strip()
        if len(text) > MAX_ANSWER:
            raise Unreadable("the answer is too long to be one of the options")
        found = _LABELLED.fullmatch(text)
        if found:
            label = (found[1] or found[2] or found[3]).upper()
            rest = found[4]
            if label in self.texts:
                if rest is None or self.labels.get(OPTION_TEXT(rest)) == label:
                    return label
                if OPTION_TEXT(text) not in self.labels:
                    raise Unreadable("the answer is a label and something else; give one option")
        by_text = self.labels.get(OPTION_TEXT(text))
        if by_text is None:
            raise Unreadable("the answer is not exactly one of the options")
        return by_text

    def recited(self, text: str) -> bool:
        """Whether the text ends in a list of options, its last line being one of them.

        Otherwise reciting the question would be read as choosing its last option. A last line that
        repeats an option listed before is a choice.
        """
        lines = [line for line in text.strip().split("\n")[-len(self.texts) * 2 :] if line.strip()]
        named = []
        for line in lines:
            try:
                named.append(self.one(line))
            except Unreadable:
                named.append("")
        return bool(named[-1]) and named.count(named[-1]) == 1 and len(set(named) - {""}) > 1


def _gold_label(value: Any, options: Options) -> str:
    if isinstance(value, str):
        if value.upper() in options.texts:
            return value.upper()
        if OPTION_TEXT(value) in options.labels:
            return options.labels[OPTION_TEXT(value)]
    raise TaskFault("secret['answer'] names none of public['choices']")


@dataclass(frozen=True)
class ChoiceVerifier(TextVerifier):
    """Exactly one option, the right one.

    Reads `task.public["choices"]` (see `Options.of`) and `task.secret["answer"]`, a label or text.

    Attributes:
        take: where the answer is; by default the one marked final answer.
    """

    take: Take = "marked"

    def __post_init__(self) -> None:
        check_choice("take", self.take, ("whole", "marked"))

    def judge(self, task: Judgeable) -> Judge:
        """Compares labels."""
        options = Options.of(task)
        gold = _gold_label(secret(task).get("answer"), options)

        def decide(text: str) -> Verdict:
            given = options.one(the_answer(text, self.take))
            if options.recited(text):
                raise Unreadable("the options are recited; give one")
            return correct("the right option") if given == gold else wrong("another option")

        return decide


_SEPARATOR = re.compile(r"\s*(?:[,;\n]|&|\band\b)\s*", re.IGNORECASE)
Credit = Literal["none", "youden"]


@dataclass(frozen=True)
class MultiSelectVerifier(TextVerifier):
    """A set of options, each named once: `A, C` or `A and C`, `["A", "C"]`, or `none`.

    Reads `task.public["choices"]` and `task.secret["answer"]`, a list of labels or texts, possibly
    empty. A repeated or unknown option makes the answer unparsable.

    Attributes:
        credit: `none`: the set or nothing. `youden`: max(0, sensitivity + specificity − 1), which
            is 0 for choosing everything and for choosing nothing, and in expectation no more than
            chance for any answer that ignores the question; where the gold is everything or
            nothing it is undefined and only the exact set counts.
        take: where the answer is.

    Source: Youden 1950.
    """

    credit: Credit = "none"
    take: Take = "marked"

    def __post_init__(self) -> None:
        check_choice("credit", self.credit, ("none", "youden"))
        check_choice("take", self.take, ("whole", "marked"))

    def judge(self, task: Judgeable) -> Judge:
        """Compares sets of labels."""
        options = Options.of(task)
        raw = need(secret(task), "answer", (list, tuple), "secret")
        gold = {_gold_label(value, options) for value in raw}
        if len(gold) < len(raw):
            raise TaskFault("secret['answer'] names an option twice")

        def decide(text: str) -> Verdict:
            try:
                given = _several(text, options)  # a list over several lines is one answer
            except Unreadable:
                given = _several(the_answer(text, self.take), options)
            if given == gold:
                return correct("the right options")
            others = len(options.texts) - len(gold)
            if self.credit == "none" or not gold or not others:
                return wrong("another set of options")
            score = len(given & gold) / len(gold) - len(given - gold) / others
            return graded(max(0.0, score), "another set of options")

        return decide


def _several(text: str, options: Options) -> set[str]:
    text = text.strip()
    if len(text) > MAX_ANSWER:
        raise Unreadable("the answer is too long to be a set of options")
    if (
        text.casefold().strip(".") in ("none", "none of them", "[]", "{}")
        and OPTION_TEXT(text) not in options.labels
    ):
        return set()
    for opening, closing in ("[]", "{}"):
        if text.startswith(opening) and text.endswith(closing):
            text = text[1:-1]
    try:
        return {options.one(text.strip("\"' "))}
    except Unreadable:
        pieces = [piece.strip("\"' ") for piece in _SEPARATOR.split(text)]
    labels = [options.one(piece) for piece in pieces if piece]
    if len(set(labels)) < len(labels) or not labels:
        raise Unreadable("an option is named twice, or none is named")
    return set(labels)
