"""Numeric match within a declared tolerance, in exact arithmetic.

One number must be given and nothing else: "3 or 4" and "not 5" are no answers. NaN and infinities
are not numbers here, so no comparison with them can come out true.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.verdict import Verdict, correct, unparsable, wrong
from veragym.core.verifier import Judgeable
from veragym.verifiers.faults import Unreadable
from veragym.verifiers.text.contract import (
    Judge,
    Take,
    TaskFault,
    TextVerifier,
    check_choice,
    finite,
    public,
    secret,
    the_answer,
)

MAX_DIGITS = 400
"""Longer numerals, and exponents beyond ±`MAX_DIGITS`, are refused."""

_NUMERAL = re.compile(
    r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,4})?"
)


def numeral(text: str) -> Fraction:
    """The value of a decimal numeral: `-1,234.5`, `.5`, `2e-3`; ASCII digits only.

    Raises:
        Unreadable: the text is not one numeral, or is too long or too large.
    """
    text = text.replace("\u2212", "-").strip()
    if len(text) > MAX_DIGITS:
        raise Unreadable(f"the number is longer than {MAX_DIGITS} characters")
    mantissa = re.split("[eE]", text)[0]
    if not _NUMERAL.fullmatch(text) or not any(char.isdigit() for char in mantissa):
        raise Unreadable("the answer is not one number; write it in digits 0-9 and nothing else")
    value = Decimal(text.replace(",", ""))
    if value and abs(value.adjusted()) > MAX_DIGITS:
        raise Unreadable(f"the number's exponent is beyond ±{MAX_DIGITS}")
    return Fraction(value)


@dataclass(frozen=True)
class NumericVerifier(TextVerifier):
    """The answer is one number near the gold: |answer − gold| ≤ max(abs_tol, rel_tol · |gold|).

    Reads `task.secret["answer"]`: a finite number, or its numeral; and, if there,
    `task.public["rel_tol"]`, `task.public["abs_tol"]`, which replace the attributes, and
    `task.public["unit"]`, a unit that may (and only it may) follow the number.

    Attributes:
        rel_tol: relative tolerance, in [0, 1).
        abs_tol: absolute tolerance, at least 0, in the gold's unit.
        take: where the answer is.

    Raises:
        OptionError: a tolerance outside its range.
    """

    rel_tol: float = 0.0
    abs_tol: float = 0.0
    take: Take = "whole"

    def __post_init__(self) -> None:
        check_choice("take", self.take, ("whole", "marked"))
        if not finite(self.rel_tol) or not 0 <= self.rel_tol < 1:
            raise OptionError(f"rel_tol must be in [0, 1), got {self.rel_tol!r}")
        if not finite(self.abs_tol) or self.abs_tol < 0:
            raise OptionError(f"abs_tol must be a number from 0 up, got {self.abs_tol!r}")

    def judge(self, task: Judgeable) -> Judge:
        """Compares exact values; a float stands for its shortest decimal."""
        gold = _gold(secret(task).get("answer"))
        facts = public(task)
        rel, abs_ = facts.get("rel_tol", self.rel_tol), facts.get("abs_tol", self.abs_tol)
        if not finite(rel) or not 0 <= rel < 1 or not finite(abs_) or abs_ < 0:
            raise TaskFault("public['rel_tol'] must be in [0, 1), public['abs_tol'] from 0 up")
        unit = facts.get("unit", "")
        if not isinstance(unit, str):
            raise TaskFault(f"public['unit'] is a {type(unit).__name__}, not a str")
        room = max(Fraction(repr(abs_)), Fraction(repr(rel)) * abs(gold))

        def compare(text: str) -> Verdict:
            given = the_answer(text, self.take).strip()
            if unit and given.endswith(unit):
                given = given.removesuffix(unit)
            try:
                value = numeral(given)
            except Unreadable as fault:
                return unparsable(str(fault))
            if abs(value - gold) <= room:
                return correct("the number is right")
            return wrong("another number")

        return compare


def _gold(value: Any) -> Fraction:
    if isinstance(value, str):
        try:
            return numeral(value)
        except Unreadable:
            raise TaskFault("secret['answer'] is a text that is no number") from None
    if not finite(value):
        raise TaskFault(f"secret['answer'] is a {type(value).__name__}, not a finite number")
    return Fraction(repr(value))
