"""Judge of "make this number from those": any arithmetic over given numbers with a given value.

The gold is not compared: every right expression counts. Only + - * / and brackets, each given
number at most once (exactly once with `use_all`), nothing else, and the exact value decides.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from veragym.core.verdict import Verdict, wrong
from veragym.verifiers.faults import Mismatched, Unreadable
from veragym.verifiers.maths.forms import Form
from veragym.verifiers.maths.judges import RIGHT, Judge, judge_for
from veragym.verifiers.maths.nodes import Apply, Group, Node, Num, Relation, walk
from veragym.verifiers.maths.syntax import parse

_ALLOWED = frozenset({"add", "mul", "div", "neg"})


@judge_for("arithmetic")
def arithmetic_judge(form: Form, gold: str) -> Judge:
    """Judges by value and by the numbers used; see the module's docstring."""
    given = Counter(form.numbers)

    def judge(candidate: str) -> Verdict:
        node = parse(candidate, mixed=False)
        if isinstance(node, Relation):
            node = _left_side(node, form.target)
        used = numbers_used(node)
        extra = used - given
        if extra:
            number = min(extra)
            why = "more often than given" if number in given else "and it is not among those given"
            return wrong(f"the expression uses {number} {why}")
        if form.use_all and used != given:
            return wrong(f"the expression does not use {min(given - used)}, but all must be used")
        value = arithmetic_value(node)
        if value != form.target:
            return wrong("the expression has another value than the target", value=str(value))
        return RIGHT

    return judge


def _left_side(node: Relation, target: int) -> Node:
    """The expression of `expression = target`."""
    if node.ops != ("=",):
        raise Unreadable("give one expression, with at most `= target` behind it")
    left, right = node.args
    while isinstance(right, Apply) and right.op == "neg" and isinstance(right.args[0], Num):
        right = Num(-right.args[0].value)
    if not isinstance(right, Num) or right.value != target:
        raise Mismatched("what stands behind = is not the target")
    return left


def numbers_used(node: Node) -> Counter[int]:
    """The integers written in an arithmetic expression, with multiplicity.

    Raises:
        Mismatched: it holds anything but plain integers, + - * / and brackets.
    """
    used: Counter[int] = Counter()
    for part in walk(node):
        if isinstance(part, Num):
            if not part.digits:
                raise Mismatched("only the given whole numbers may be used")
            used[part.value.numerator] += 1
        elif isinstance(part, Apply):
            if part.op not in _ALLOWED:
                raise Mismatched("only + - * / and brackets may be used")
        elif not (isinstance(part, Group) and len(part.items) == 1 and part.open == "["):
            raise Mismatched("only numbers, + - * / and brackets may be used")
    return used


def arithmetic_value(node: Node) -> Fraction:
    """The exact value; its size is bounded by the numbers written, each of which occurs once.

    Raises:
        Unreadable: division by zero.
    """
    if isinstance(node, Num):
        return node.value
    if isinstance(node, Group):
        return arithmetic_value(node.items[0])
    if not isinstance(node, Apply):
        raise Unreadable("the expression cannot be evaluated")
    values = [arithmetic_value(arg) for arg in node.args]
    if node.op == "add":
        return sum(values, Fraction(0))
    if node.op == "neg":
        return -values[0]
    if node.op == "div":
        if not values[1]:
            raise Unreadable("the expression divides by zero")
        return values[0] / values[1]
    product = Fraction(1)
    for value in values:
        product *= value
    return product
