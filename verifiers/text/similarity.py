"""Credit for being close: edit distance, and F1 over shared words.

Both need a floor, declared by the task's author: similarity at or below it earns nothing, and the
credit above it is rescaled to [0, 1]. Without a floor any text of about the right length is paid.
Only the gold itself is `correct`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from veragym.core.verdict import Verdict, correct, graded, unparsable, wrong
from veragym.core.verifier import Judgeable
from veragym.verifiers.text.contract import (
    Judge,
    Take,
    TaskFault,
    TextVerifier,
    check_choice,
    check_share,
    far_longer,
    need_texts,
    secret,
    the_answer,
)
from veragym.verifiers.text.distance import common_subsequence, levenshtein
from veragym.verifiers.text.normal import WORDING, Normal

MAX_GOLD = 20_000
"""Characters of a gold text."""
TRIMMED = Normal(whitespace="strip")
NEARLY = 1.0 - 2.0**-20
"""The most that an answer other than the gold can score."""


def above(value: float, floor: float) -> float:
    """What a similarity earns: 0 up to the floor, then evenly up to 1."""
    return max(0.0, (value - floor) / (1.0 - floor))


def word_f1(gold: list[str], given: list[str], ordered: bool = True) -> float:
    """Harmonic mean of the shares of the gold's and of the answer's words that the two share.

    F1 = 2 · shared / (len(gold) + len(given)); `shared` is the longest common subsequence, or,
    not `ordered`, the size of the common multiset. In [0, 1], symmetric, 0 for empty lists.

    Source: Rajpurkar et al. 2016 (multiset); Lin 2004, ROUGE-L (subsequence).
    """
    if not gold or not given:
        return 0.0
    if ordered:
        shared = common_subsequence(gold, given)
    else:
        shared = (Counter(gold) & Counter(given)).total()
    return 2.0 * shared / (len(gold) + len(given))


@dataclass(frozen=True)
class EditVerifier(TextVerifier):
    """The gold text, or, where credit is declared, one few edits away from it.

    Reads `task.secret["answer"]`, one text or several; the best counts.

    Attributes:
        floor: in [0.1, 1]. Similarity is 1 − distance / longer length; credit is
            (similarity − floor) / (1 − floor). At 1, the default, there is no credit: the gold or
            nothing.
        unit: edits of characters, or of words (as in word error rate).
        normal: which differences are no edits.
        take: where the answer is.

    Source: Levenshtein 1966.
    """

    floor: float = 1.0
    unit: Literal["character", "word"] = "character"
    normal: Normal = TRIMMED
    take: Take = "whole"

    def __post_init__(self) -> None:
        check_share("floor", self.floor, 0.1)
        check_choice("unit", self.unit, ("character", "word"))
        check_choice("take", self.take, ("whole", "marked"))

    def judge(self, task: Judgeable) -> Judge:
        """The best credit over the golds."""
        golds = _normal_golds(task, self.normal)

        def decide(text: str) -> Verdict:
            answer = the_answer(text, self.take)
            if far_longer(answer.strip(), golds):
                return wrong("another text, and far longer than the right one")
            given = self.normal(answer)
            if not given.strip():
                return unparsable("the answer is empty after normalisation")
            if given in golds:
                return correct("the answer is right")
            score = max(self._credit(gold, given) for gold in golds)
            return graded(min(score, NEARLY), "another text")

        return decide

    def _credit(self, gold: str, given: str) -> float:
        if self.floor == 1.0:
            return 0.0
        a = gold if self.unit == "character" else gold.split()
        b = given if self.unit == "character" else given.split()
        longer, shorter = max(len(a), len(b)), min(len(a), len(b))
        # The distance is at least the difference in length, so this is no shortcut in the result.
        if not shorter or shorter / longer <= self.floor:
            return 0.0
        return above(1.0 - levenshtein(a, b) / longer, self.floor)


@dataclass(frozen=True)
class WordOverlapVerifier(TextVerifier):
    """A short span of text, with credit for the words it shares with the gold.

    Reads `task.secret["answer"]`, one text or several; the best counts. A gold of one word gets no
    partial credit: "yes no" is no half answer to "yes".

    Attributes:
        floor: in [0, 1); F1 up to it earns nothing, see `above`.
        ordered: whether words must come in the gold's order (longest common subsequence). If not,
            the gold's words in any order count as the gold.
        normal: which differences do not count.
        take: where the answer is.

    Source: Rajpurkar et al. 2016; Lin 2004.
    """

    floor: float = 0.5
    ordered: bool = True
    normal: Normal = WORDING
    take: Take = "whole"

    def __post_init__(self) -> None:
        check_share("floor", self.floor, 0.0, NEARLY)
        check_choice("ordered", self.ordered, (True, False))
        check_choice("take", self.take, ("whole", "marked"))

    def judge(self, task: Judgeable) -> Judge:
        """The best credit over the golds."""
        golds = [gold.split() for gold in sorted(_normal_golds(task, self.normal))]

        def decide(text: str) -> Verdict:
            answer = the_answer(text, self.take)
            if far_longer(answer.strip(), map(" ".join, golds)):
                return wrong("another text, and far longer than the right one")
            given = self.normal(answer).split()
            if not given:
                return unparsable("the answer holds no words")
            score = max(self._credit(gold, given) for gold in golds)
            if score == 1.0:
                return correct("the answer is right")
            return graded(score, "the answer shares only part of its words, or none")

        return decide

    def _credit(self, gold: list[str], given: list[str]) -> float:
        if gold == given:
            return 1.0
        if len(gold) == 1 or 2 * len(gold) / (len(gold) + len(given)) <= self.floor:
            return 0.0
        return above(word_f1(gold, given, self.ordered), self.floor)


def _normal_golds(task: Judgeable, normal: Normal) -> frozenset[str]:
    golds = frozenset(normal(text) for text in need_texts(secret(task), "answer", "secret"))
    if any(not gold.split() or len(gold) > MAX_GOLD for gold in golds):
        raise TaskFault(f"a gold answer is empty, or longer than {MAX_GOLD} characters")
    return golds
