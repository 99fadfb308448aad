"""Variants of a right answer, wrong or right by construction, by answer form.

The forms are those of `veragym.verifiers.maths.forms`. A near miss is made only where it is
certainly wrong: numbers are compared as exact fractions, an antiderivative's constant is left
alone, an equation is changed where no factor can undo it. A rewriting is made only where the form
promises to accept it. Nothing here asks the verifier under test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from veragym.check.mutation.case import Variant
from veragym.core.verifier import Judgeable
from veragym.verifiers import KINDS

Form = Mapping[str, Any]
Maker = Callable[[str, Form], Iterator[tuple[str, str]]]

_INTEGER = re.compile(r"-?\d{1,300}")
_FRACTION = re.compile(r"(-?\d{1,300})/(\d{1,300})")
_DECIMAL = re.compile(r"-?\d{1,300}\.\d{1,300}")
_NUMBER = re.compile(r"\d+")
_INTERVAL = re.compile(r"([\[(])([^,\[\]()]+),([^,\[\]()]+)([\])])")
_AROUND = re.compile(r"\s*([+\-*/=])\s*")
_COEFFICIENT = re.compile(r"\d+(?=\s*\*?\s*[a-z])|(?<=\^)\d+")


def form_of(task: Judgeable) -> Form | None:
    """The answer form a task declares, if it is one of the contract's."""
    form = task.public.get("form") if isinstance(task.public, Mapping) else None
    if isinstance(form, Mapping) and form.get("kind") in KINDS and form["kind"] != "any":
        return form
    return None


def near_misses(gold: str, form: Form | None) -> list[Variant]:
    """Answers that are wrong, each by one change of the right one.

    Args:
        gold: a right answer, bare.
        form: what the task declares, or None; wrongness is then likely, not certain.
    """
    made = _WRONG.get(form["kind"], _no_variants) if form else _wrong_by_looks
    return _distinct(gold, made(gold.strip(), form or {}))


def rewritings(gold: str, form: Form | None) -> list[Variant]:
    """Other writings of the right answer that the declared form promises to accept."""
    if form is None:
        return []
    made = _RIGHT.get(form["kind"], _no_variants)
    return _distinct(gold, [("spaces around", f" {gold} "), *made(gold.strip(), form)])


def _distinct(gold: str, variants: Iterable[tuple[str, str]]) -> list[Variant]:
    found: dict[str, Variant] = {}
    for how, answer in variants:
        if answer != gold:
            found.setdefault(answer, Variant(how, answer))
    return list(found.values())


def _no_variants(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    return iter(())


# -- numbers ---------------------------------------------------------------------------------------


def value_of(text: str) -> Fraction | None:
    """The number a plain numeral or fraction stands for."""
    if _INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text):
        return Fraction(text)
    found = _FRACTION.fullmatch(text)
    return Fraction(int(found[1]), int(found[2])) if found and int(found[2]) else None


def _unequal(gold: str, variants: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Those that stand for another number."""
    right = value_of(gold)
    for how, answer in variants:
        if value_of(answer) != right:
            yield how, answer


def _wrong_integer(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    if not _INTEGER.fullmatch(gold):
        return
    n, digits = int(gold), gold.lstrip("-")
    sign = "-" if n < 0 else ""
    made = [
        ("one more", str(n + 1)),
        ("one less", str(n - 1)),
        ("sign lost", str(-n)),
        ("doubled", str(2 * n)),
        ("ten times", str(10 * n)),
        ("a half more", f"{gold}.5"),
        ("digits around it", f"{sign}7{digits}3"),
    ]
    if len(digits) > 1:
        made.append(("last digit dropped", sign + digits[:-1]))
        made.append(("last digits swapped", sign + digits[:-2] + digits[-1] + digits[-2]))
    yield from _unequal(gold, made)


def _right_integer(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    if not _INTEGER.fullmatch(gold):
        return
    n = int(gold)
    yield "as a decimal", f"{n}.0"
    if 1000 <= abs(n) < 10**15:
        yield "thousands grouped", f"{n:,}"
    zeros = len(gold) - len(gold.rstrip("0"))
    if n and 3 <= zeros <= 12:
        yield "in scientific notation", f"{n // 10**zeros}e{zeros}"


def _wrong_rational(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    right = value_of(gold)
    if right is None or _DECIMAL.fullmatch(gold):
        return
    a, b = right.numerator, right.denominator
    made = [
        ("numerator off by one", f"{a + 1}/{b}"),
        ("denominator off by one", f"{a}/{b + 1}"),
        ("sign lost", f"{-a}/{b}"),
        ("doubled", f"{2 * a}/{b}"),
        ("fraction part dropped", str(a // b)),
    ]
    if a:
        made.append(("inverted", f"{b}/{a}" if a > 0 else f"-{b}/{-a}"))
    yield from _unequal(gold, made)
    if form.get("lowest"):
        yield "not in lowest terms", f"{2 * a}/{2 * b}"


def _right_rational(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    right = value_of(gold)
    if right is None:
        return
    a, b = right.numerator, right.denominator
    if b == 1:
        return
    sign = "-" if a < 0 else ""
    yield "as \\frac", f"{sign}\\frac{{{abs(a)}}}{{{b}}}"
    yield "as \\dfrac", f"{sign}\\dfrac{{{abs(a)}}}{{{b}}}"
    yield "spaces at the bar", f"{a} / {b}"
    if not form.get("lowest"):
        yield "not reduced", f"{3 * a}/{3 * b}"
        if 10**12 % b == 0:
            yield "as a decimal", _plain(Decimal(a) / Decimal(b))


def _plain(number: Decimal) -> str:
    """Without an exponent."""
    return f"{number:f}"


def _wrong_decimal(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    if value_of(gold) is None or "/" in gold:
        return
    unit, x = Decimal(1).scaleb(-int(form["places"])), Decimal(gold)
    made = [
        ("one unit more", x + unit),
        ("one unit less", x - unit),
        ("sign lost", -x),
        ("doubled", 2 * x),
        ("ten times", 10 * x),
        ("a tenth", x / 10),
    ]
    for how, number in made:
        if abs(number - x) > unit / 2:
            yield how, _plain(number)


def _right_decimal(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    if value_of(gold) is None or "/" in gold:
        return
    unit, x = Decimal(1).scaleb(-int(form["places"])), Decimal(gold)
    yield "one more place", _plain(x + unit * Decimal("0.3"))
    yield "one more place below", _plain(x - unit * Decimal("0.3"))


# -- several numbers in a text ---------------------------------------------------------------------


def _with_number(gold: str, which: int) -> str | None:
    """The text with one of its whole numbers raised by one."""
    found = list(_NUMBER.finditer(gold))
    if not found:
        return None
    at = found[which]
    return f"{gold[: at.start()]}{int(at.group()) + 1}{gold[at.end() :]}"


def _one_number_off(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    for how, which in (("first number off by one", 0), ("last number off by one", -1)):
        changed = _with_number(gold, which)
        if changed is not None:
            yield how, changed


def _last_number_off(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    changed = _with_number(gold, -1)
    if changed is not None:
        yield "last number off by one", changed


def _wrong_value(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    yield from _one_number_off(gold, form)
    if gold.strip("-0. "):
        yield "sign lost", gold[1:].strip() if gold.startswith("-") else _negated(gold)


def _negated(gold: str) -> str:
    """-gold, where that is one product; a sum keeps its text and gets a bracket."""
    inner = gold[1:]
    return f"-({gold})" if "+" in inner or "-" in inner else f"-{gold}"


def _wrong_expression(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    if form.get("modulo_constant"):
        # An added constant would still be right: only coefficients and exponents are touched.
        at = _COEFFICIENT.search(gold)
        if at:
            yield (
                "coefficient off by one",
                (f"{gold[: at.start()]}{int(at.group()) + 1}{gold[at.end() :]}"),
            )
    else:
        yield from _last_number_off(gold, form)
    for variable in tuple(form.get("variables", ()))[:1]:
        yield "a term added", f"{gold} + {variable}"


def _tight(gold: str) -> str:
    """Without the spaces around operators."""
    return _AROUND.sub(r"\1", gold)


def _right_expression(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    yield "spaces dropped", _tight(gold)


def _right_equation(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    yield "spaces dropped", _tight(gold)
    left, equals, right = gold.partition("=")
    if equals and "=" not in right:
        yield "sides swapped", f"{right.strip()} = {left.strip()}"


# -- several elements ------------------------------------------------------------------------------


def elements(gold: str, opening: str, closing: str) -> list[str] | None:
    """The parts between brackets, split at the commas outside any bracket."""
    text = gold.replace("\\{", "{").replace("\\}", "}").strip()
    if len(text) < 2 or text[0] not in opening or text[-1] not in closing:
        return None
    parts, depth, start, inner = [], 0, 0, text[1:-1]
    for i, char in enumerate(inner):
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            parts.append(inner[start:i].strip())
            start = i + 1
    parts.append(inner[start:].strip())
    return parts if all(parts) else None


def _all_numbers(parts: Sequence[str]) -> list[Fraction] | None:
    values = [value_of(part) for part in parts]
    found = [value for value in values if value is not None]
    return found if len(found) == len(values) else None


def _wrong_set(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    parts = elements(gold, "{", "}")
    values = _all_numbers(parts) if parts else None
    if parts is None or values is None:
        return
    beyond = str(max(values) // 1 + 2)
    yield "an element added", f"{{{', '.join([*parts, beyond])}}}"
    yield "an element changed", f"{{{', '.join([*parts[:-1], beyond])}}}"
    if len(set(values)) > 1:
        others = [part for part, value in zip(parts, values) if value != values[0]]
        yield "an element dropped", f"{{{', '.join(others)}}}"


def _right_set(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    parts = elements(gold, "{", "}")
    if parts:
        yield "in another order", f"{{{', '.join(reversed(parts))}}}"
        yield "with LaTeX braces", f"\\{{{', '.join(parts)}\\}}"


def _wrong_tuple(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    parts = elements(gold, "(", ")")
    values = _all_numbers(parts) if parts else None
    if parts is None or values is None:
        return
    if len(parts) > 1 and values[0] != values[1]:
        yield "order swapped", f"({', '.join([parts[1], parts[0], *parts[2:]])})"
    yield "an element changed", f"({', '.join([*parts[:-1], str(values[-1] + 1)])})"
    yield "an element added", f"({', '.join([*parts, '1'])})"
    if len(parts) > 2:
        yield "an element dropped", f"({', '.join(parts[:-1])})"


def _right_tuple(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    parts = elements(gold, "(", ")")
    if parts:
        yield "spaces dropped", f"({','.join(parts)})"
        yield "with \\left and \\right", f"\\left({', '.join(parts)}\\right)"


def _wrong_interval(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    found = _INTERVAL.fullmatch(gold)
    if not found:
        return
    opening, low, high, closing = (part.strip() for part in found.groups())
    ends = (value_of(low), value_of(high))
    if ends[0] is not None and ends[0] == ends[1]:
        return
    if ends[0] is not None:
        yield "left bracket flipped", f"{'(' if opening == '[' else '['}{low}, {high}{closing}"
        yield "left end moved", f"{opening}{ends[0] - 1}, {high}{closing}"
    if ends[1] is not None:
        yield "right bracket flipped", f"{opening}{low}, {high}{']' if closing == ')' else ')'}"
        yield "right end moved", f"{opening}{low}, {ends[1] + 1}{closing}"


def _right_interval(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    if _INTERVAL.fullmatch(gold):
        yield "spaces dropped", gold.replace(" ", "")


# -- words, units, choices -------------------------------------------------------------------------


def _number_and_unit(gold: str) -> tuple[str, str] | None:
    found = re.fullmatch(r"(-?\d+(?:\.\d+|/\d+)?)\s*(.*)", gold)
    return (found[1], found[2]) if found else None


def _wrong_quantity(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    split = _number_and_unit(gold)
    value = value_of(split[0]) if split else None
    if split is None or value is None:
        return
    unit = split[1] or str(form.get("unit", ""))
    yield "one more", f"{value + 1} {unit}".strip()
    if value:
        yield "ten times", f"{value * 10} {unit}".strip()
        yield "sign lost", f"{-value} {unit}".strip()
        if form.get("unit"):
            other = "kg" if form["unit"] not in ("kg", "g", "mg", "t") else "m"
            yield "another unit", f"{split[0]} {other}"


def _right_quantity(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    split = _number_and_unit(gold)
    if split:
        yield "without the unit", split[0]


def _wrong_percent(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    number = gold.removesuffix("%").removesuffix("\\").strip()
    value = value_of(number)
    if value is None:
        return
    yield "one more", f"{_written(value + 1)}%"
    if value:
        yield "ten times", f"{_written(value * 10)}%"
        yield "sign lost", f"{_written(-value)}%"


def _written(value: Fraction) -> str:
    """As a decimal where that is exact."""
    if 10**12 % value.denominator == 0:
        return _plain(Decimal(value.numerator) / Decimal(value.denominator))
    return str(value)


def _right_percent(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    number = gold.removesuffix("%").removesuffix("\\").strip()
    yield "without the sign", number
    yield "sign in LaTeX", f"{number}\\%"


def _wrong_choice(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    for option in form.get("options", ()):
        if str(option).casefold() != gold.casefold():
            yield "another option", str(option)


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _wrong_numeral(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    base = int(form.get("base", 10))
    digits = gold.lower()
    if not digits or any(char not in _DIGITS[:base] for char in digits):
        return
    yield "last digit off by one", gold[:-1] + _DIGITS[(_DIGITS.index(digits[-1]) + 1) % base]
    if digits.strip("0"):
        yield "a zero added", f"{gold}0"
    if base < 10 and int(digits, base) >= base:
        yield "in base ten", str(int(digits, base))


def _wrong_arithmetic(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    yield "one added", f"{gold} + 1"
    yield "the target itself", str(form["target"])
    yield "negated", f"-({gold})"


def _right_arithmetic(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    yield "spaces dropped", gold.replace(" ", "")
    yield "in brackets", f"({gold})"
    yield "\\times for *", gold.replace("*", "\\times")


def _wrong_multiple(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    if not _INTEGER.fullmatch(gold):
        return
    n, divisor = int(gold), int(form["divisor"])
    if divisor > 1:
        yield "one more", str(n + 1)
        yield "one less", str(n - 1)
    yield "out of the range", str((int(form["high"]) // divisor + 1) * divisor)


def _right_multiple(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    divisor, high = int(form["divisor"]), int(form["high"])
    yield "the largest one", str(high // divisor * divisor)


def _wrong_text(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    words = gold.split()
    yield "a word added", f"{gold} zqxj"
    if len(words) > 1:
        yield "a word dropped", " ".join(words[:-1])
        if words[0].casefold() != words[1].casefold():
            yield "words swapped", " ".join([words[1], words[0], *words[2:]])
    if len(gold) > 2 and gold.isalnum():
        yield "last letter dropped", gold[:-1]


def _right_text(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    yield "in capitals", gold.upper()
    yield "with a final stop", f"{gold}."


HALF = "half of the word only"
"""Wrong whatever the form is; of undeclared answers, the one kind that is held to a bound."""
_MARKED = re.compile(
    r"(?P<before>.*<(?P<tag>[A-Za-z][\w-]*)>\s*|.*\\boxed\{)(?P<answer>[^<>{}]+?)"
    r"(?P<after>\s*</(?P=tag)>.*|\}.*)",
    re.DOTALL,
)


def _wrong_by_looks(gold: str, form: Form) -> Iterator[tuple[str, str]]:
    """For an answer whose form nobody declared.

    Where the response marks its answer (a pair of tags, a box), the answer inside is changed: what
    stands around it may well be free.
    """
    marked = _MARKED.fullmatch(gold)
    if marked:
        for how, answer in _wrong_by_looks(marked["answer"], form):
            yield how, marked["before"] + answer + marked["after"]
        return
    if len(gold) > 3 and gold.isalpha():
        yield HALF, gold[: len(gold) // 2]
    if _INTEGER.fullmatch(gold):
        yield from _wrong_integer(gold, form)
    elif _FRACTION.fullmatch(gold):
        yield from _wrong_rational(gold, form)
    elif _DECIMAL.fullmatch(gold):
        yield from _wrong_decimal(gold, {"places": len(gold.partition(".")[2])})
    else:
        yield from _wrong_text(gold, form)


_WRONG: dict[str, Maker] = {
    "integer": _wrong_integer,
    "rational": _wrong_rational,
    "decimal": _wrong_decimal,
    "value": _wrong_value,
    "complex": _one_number_off,
    "expression": _wrong_expression,
    "equation": _last_number_off,
    "set": _wrong_set,
    "tuple": _wrong_tuple,
    "interval": _wrong_interval,
    "matrix": _one_number_off,
    "quantity": _wrong_quantity,
    "percent": _wrong_percent,
    "choice": _wrong_choice,
    "numeral": _wrong_numeral,
    "arithmetic": _wrong_arithmetic,
    "multiple": _wrong_multiple,
    "text": _wrong_text,
}
_RIGHT: dict[str, Maker] = {
    "integer": _right_integer,
    "rational": _right_rational,
    "decimal": _right_decimal,
    "expression": _right_expression,
    "equation": _right_equation,
    "complex": _right_expression,
    "set": _right_set,
    "tuple": _right_tuple,
    "interval": _right_interval,
    "quantity": _right_quantity,
    "percent": _right_percent,
    "arithmetic": _right_arithmetic,
    "multiple": _right_multiple,
    "text": _right_text,
}
