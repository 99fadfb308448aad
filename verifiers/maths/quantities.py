"""Judge of quantities: a number with a unit. Centimetres are not kilometres.

The unit may be left out. If it is given it must be the asked one, or, with `convert`, another of
the same dimension, the number then being converted exactly.
"""

from __future__ import annotations

import re
from fractions import Fraction

from veragym.core.verdict import Verdict
from veragym.verifiers.extract import undressed
from veragym.verifiers.faults import Mismatched, Unreadable
from veragym.verifiers.maths.characters import legible
from veragym.verifiers.maths.equality import equal, scalar_or_none
from veragym.verifiers.maths.evaluated import require_evaluated
from veragym.verifiers.maths.forms import Form
from veragym.verifiers.maths.judges import RIGHT, Judge, judge_for
from veragym.verifiers.maths.nodes import Apply, Node, Num, symbols
from veragym.verifiers.maths.numbers import OTHER_VALUE
from veragym.verifiers.maths.numerals import (
    plain,
    read_numeral,
    refuse_other_notation,
    without_name,
)
from veragym.verifiers.maths.syntax import parse
from veragym.verifiers.maths.units import Unit, conversion, read_unit
from veragym.verifiers.maths.values import ExactValue, one_scalar

MAX_QUANTITY = 400
_CURRENCY = re.compile(r"([-+]?)\s*(\\\$|\$|€|£|\\pounds|USD|EUR|GBP)\s*(?=[\d.(\\])")


def split_quantity(text: str) -> tuple[str, str]:
    """(number, unit) of a candidate; the unit is empty when there is none."""
    if len(text) > MAX_QUANTITY:
        raise Unreadable(f"a quantity longer than {MAX_QUANTITY} characters cannot be read")
    text = undressed(without_name(text.replace("°", "^\\circ ")))
    found = _CURRENCY.match(text)
    if found:
        symbol = {"\\$": "$", "\\pounds": "£"}.get(found.group(2), found.group(2))
        return found.group(1) + text[found.end() :], symbol
    end = _number_end(text)
    return text[:end].rstrip(), text[end:].strip()


_NUMBER = re.compile(
    r"(?:[-+\s]|\d|[.,](?=\d)|/(?=\s*\d)|\{,\}|\\[,!;](?=\s*\d)|\\[dtc]?frac\s*(?:\{[^{}]*\}\s*\{[^{}]*\}|\d\d)"
    r"|\\sqrt\s*(?:\[\d\])?(?:\{[^{}]*\}|\d)|sqrt\s*\([^()]*\)|\\pi(?![a-z])|pi\b|\\times(?=\s*10)|\\cdot"
    r"|\*|(?<=10)\^\s*(?:\{[^{}]*\}|-?\d+)|[eE](?=[-+]?\d)|\([^()A-Za-z]*\))*"
)


def _number_end(text: str) -> int:
    found = _NUMBER.match(text)
    end = found.end() if found else 0
    return len(text[:end].rstrip(" \\,+*"))


def _number_node(text: str) -> Node:
    numeral = read_numeral(plain(text))
    if numeral is not None and numeral.style == "decimal":
        return Num(numeral.value)
    refuse_other_notation(plain(text))
    return one_scalar(parse(plain(text)))


@judge_for("quantity")
def quantity_judge(form: Form, gold: str) -> Judge:
    """A number with the form's unit, or none, or a convertible one."""
    wanted = read_unit(form.unit)
    number, unit = split_quantity(legible(gold))
    target_node = _converted(_number_node(number), *_conversion(unit, wanted, True))
    target = ExactValue.of(target_node)

    def judge(candidate: str) -> Verdict:
        value, unit = split_quantity(legible(candidate))
        node = _number_node(value)
        if symbols(node):
            raise Unreadable("the answer cannot be read as a number with a unit")
        factor, shift = _conversion(unit, wanted, form.convert)
        require_evaluated(node, target.permitted)
        quick, exact = scalar_or_none(node), target.scalar.rational
        if quick is not None and exact is not None:
            return RIGHT if quick * factor + shift == exact else OTHER_VALUE
        return RIGHT if equal(target.scalar, _converted(node, factor, shift)) else OTHER_VALUE

    return judge


def _converted(node: Node, factor: Fraction, shift: Fraction) -> Node:
    quick = scalar_or_none(node)
    if quick is not None:
        return Num(quick * factor + shift)
    if factor != 1:
        node = Apply("mul", (Num(factor), node))
    return Apply("add", (node, Num(shift))) if shift else node


def _conversion(unit: str, wanted: Unit, convert: bool) -> tuple[Fraction, Fraction]:
    """(factor, shift) that bring a number in `unit` into the wanted unit.

    Raises:
        Mismatched: another unit.
    """
    if not unit:
        return Fraction(1), Fraction(0)
    given = read_unit(unit)
    if given == wanted:
        return Fraction(1), Fraction(0)
    if given.dimension != wanted.dimension:
        raise Mismatched("the answer is in a unit of another kind")
    if not convert:
        raise Mismatched("the answer is in another unit than the one asked for")
    return conversion(given, wanted)
