"""Exact match after declared normalisation.

The laziest answers that must fail: the gold among other words, several candidates, the gold with
something invisible in it. The whole answer is compared, never searched.
"""

from __future__ import annotations

from dataclasses import dataclass

from veragym.core.verdict import Verdict, correct, unparsable, wrong
from veragym.core.verifier import Judgeable
from veragym.verifiers.text.contract import (
    Judge,
    Take,
    TaskFault,
    TextVerifier,
    check_choice,
    far_longer,
    need_texts,
    secret,
    the_answer,
)
from veragym.verifiers.text.normal import Normal

VERBATIM = Normal()


@dataclass(frozen=True)
class TextMatchVerifier(TextVerifier):
    """The answer is the gold text, or one of several.

    Reads `task.secret["answer"]`: a text, or a list of texts that are all right.

    Attributes:
        normal: which differences do not count; by default every one does.
        take: `whole` response, or its `marked` final answer (`\\boxed{}`, `<answer>`, "Answer: …").

    Raises:
        OptionError: `take` is neither.
    """

    normal: Normal = VERBATIM
    take: Take = "whole"

    def __post_init__(self) -> None:
        check_choice("take", self.take, ("whole", "marked"))

    def judge(self, task: Judgeable) -> Judge:
        """Compares the normal forms."""
        golds = {self.normal(gold) for gold in need_texts(secret(task), "answer", "secret")}
        if "" in golds:
            raise TaskFault("a gold answer is empty after normalisation")

        def compare(text: str) -> Verdict:
            answer = the_answer(text, self.take)
            if far_longer(answer.strip(), golds):
                return wrong("another text, and far longer than the right one")
            given = self.normal(answer)
            if not given.strip():
                return unparsable("the answer is empty after normalisation")
            return correct("the answer is right") if given in golds else wrong("another text")

        return compare
