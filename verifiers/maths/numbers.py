"""Judges of plain numbers: integer, rational, decimal, percent, numeral in a base.

All demand a *numeral*: an expression of the right value is wrong, since it may be the problem
written again. All arithmetic is exact.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

from veragym.core.verdict import Verdict, unparsable, wrong
from veragym.verifiers.extract import undressed
from veragym.verifiers.faults import AnswerFault, Restated, Unreadable
from veragym.verifiers.maths.characters import legible
from veragym.verifiers.maths.forms import Form
from veragym.verifiers.maths.judges import RIGHT, Judge, judge_for
from veragym.verifiers.maths.numerals import (
    Numeral,
    plain,
    read_decimal,
    read_numeral,
    refuse_other_notation,
    without_name,
)
from veragym.verifiers.maths.syntax import parse

OTHER_VALUE = wrong("the answer is a different number")
_UNIT_PERCENT = re.compile(r"(?<!\s)\s*(?:\\?%|percent\b|per cent\b)\.?\s*\Z", re.IGNORECASE)
_APPROXIMATE = re.compile(r"^(?:[A-Za-z]\s*)?(?:≈|\\approx(?![A-Za-z]))\s*")
_BASE_PREFIX = {2: "0b", 8: "0o", 16: "0x"}
_IN_BASE = re.compile(
    r"([-+]?)(0[xbo])?([0-9a-z]+)(?:_(?:\{\s*(\d{1,2})\s*\}|\(\s*(\d{1,2})\s*\)|(\d{1,2})))?\Z",
    re.IGNORECASE | re.ASCII,
)


def gold_number(gold: str) -> Fraction:
    """The exact rational value of a gold numeral.

    Raises:
        Unreadable: it is not a numeral.
    """
    numeral = read_numeral(plain(gold))
    if numeral is None:
        raise Unreadable("the gold answer is not a numeral")
    return numeral.value


def not_a_numeral(text: str, wanted: str) -> Verdict:
    """Tells an unevaluated answer (wrong) from one that cannot be read (unparsable).

    Raises:
        Unreadable: it is a number in a notation that is not read, such as `3,5`.
    """
    refuse_other_notation(text)
    try:
        parse(text)
    except Restated as fault:
        return fault.verdict()
    except AnswerFault:
        return unparsable(f"the answer cannot be read as {wanted}; give it alone")
    return wrong(f"{wanted} is asked for, written as a number and not as an expression")


@judge_for("integer")
def integer_judge(form: Form, gold: str) -> Judge:
    """An integer numeral: sign, thousands separators, `1e3` and `5.0` are fine; `6/3` is not."""
    value = gold_number(gold)
    if value.denominator != 1:
        raise Unreadable("the gold answer is not an integer")
    target, texts = value.numerator, {str(value.numerator)}

    def judge(candidate: str) -> Verdict:
        if candidate in texts:
            return RIGHT
        text = plain(candidate)
        numeral = read_decimal(text)
        if numeral is None:
            return not_a_numeral(text, "an integer")
        return RIGHT if numeral.value == target else OTHER_VALUE

    return judge


@judge_for("rational")
def rational_judge(form: Form, gold: str) -> Judge:
    """An exact rational as a fraction, mixed number or terminating or repeating decimal."""
    target = gold_number(gold)

    def judge(candidate: str) -> Verdict:
        text = plain(candidate)
        numeral = read_numeral(text)
        if numeral is None:
            return not_a_numeral(text, "an exact fraction or decimal")
        if numeral.value != target:
            return OTHER_VALUE
        if form.lowest:
            return _lowest(numeral)
        return RIGHT

    return judge


def _lowest(numeral: Numeral) -> Verdict:
    """RIGHT if a numeral of the right value is an integer or a fraction in lowest terms."""
    if numeral.style == "decimal":
        if numeral.value.denominator == 1:
            return RIGHT
        return wrong("a fraction in lowest terms is asked for, not a decimal")
    if math.gcd(numeral.over, numeral.under) != 1 or numeral.under < 1:
        return wrong("the fraction is not in lowest terms")
    return RIGHT


@judge_for("decimal")
def decimal_judge(form: Form, gold: str) -> Judge:
    """A decimal numeral within half a unit of the asked decimal place of the gold."""
    target = gold_number(gold)
    tolerance = Fraction(1, 2 * 10**form.places)

    def judge(candidate: str) -> Verdict:
        text = plain(_APPROXIMATE.sub("", undressed(candidate)))
        numeral = read_decimal(text)
        if numeral is None:
            return not_a_numeral(text, "a decimal number")
        if abs(numeral.value - target) <= tolerance:
            return RIGHT
        return OTHER_VALUE

    return judge


@judge_for("percent")
def percent_judge(form: Form, gold: str) -> Judge:
    """A percentage: `12%`, `12 percent` or `12`; neither `0.12` nor `$12`."""
    target = gold_number(_UNIT_PERCENT.sub("", undressed(legible(gold))))

    def judge(candidate: str) -> Verdict:
        bare = undressed(_UNIT_PERCENT.sub("", undressed(legible(candidate))))
        text = plain(bare, currency=False)
        numeral = read_numeral(text)
        if numeral is None:
            return not_a_numeral(text, "a percentage")
        return RIGHT if numeral.value == target else OTHER_VALUE

    return judge


@judge_for("numeral")
def numeral_judge(form: Form, gold: str) -> Judge:
    """An integer in the form's base; a prefix or subscript, if given, must name that base."""
    target = _in_base(gold, form.base)

    def judge(candidate: str) -> Verdict:
        return RIGHT if _in_base(candidate, form.base) == target else OTHER_VALUE

    return judge


def _in_base(text: str, base: int) -> int:
    text = undressed(without_name(legible(text)))
    text = re.sub(r"\\(?:text|mathrm|mathtt|texttt)\s*\{\s*(\w+)\s*\}", r"\1", text)
    text = re.sub(r"^\(\s*(\w+)\s*\)(?=_)", r"\1", text).replace("\\_", "_")
    found = _IN_BASE.match(text)
    if not found or len(text) > 1_000:
        raise Unreadable(f"the answer cannot be read as one numeral in base {base}")
    sign, prefix, digits, *subscripts = found.groups()
    if prefix and _BASE_PREFIX.get(base) != prefix.lower():
        # `0b1` may also be digits of a larger base, such as 16.
        digits, prefix = prefix + digits, None
    named = next((piece for piece in subscripts if piece), None)
    if named and int(named) != base:
        raise Unreadable(f"the answer is marked as base {named}; base {base} is asked for")
    try:
        value = int(digits, base)
    except ValueError:
        raise Unreadable(f"the answer holds digits that base {base} does not have") from None
    return -value if sign == "-" else value
