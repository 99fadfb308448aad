"""Judges of expressions and equations in variables.

`expanded` is checked on what was written: a sum of monomials, like terms put together.
`factored` needs no factoring algorithm: a product equal to the gold, with as many non-constant
factors as the fully factored gold, has only irreducible factors, because factorisation is unique.
"""

from __future__ import annotations

import math
from fractions import Fraction

from veragym.core.verdict import Verdict, wrong
from veragym.verifiers.faults import Mismatched, Restated, TooLarge, Unreadable
from veragym.verifiers.maths.equality import Scalar, equal, to_wire
from veragym.verifiers.maths.exact import Quotient, Undecided, normal
from veragym.verifiers.maths.forms import Form
from veragym.verifiers.maths.judges import RIGHT, Judge, judge_for
from veragym.verifiers.maths.nodes import Apply, Group, Node, Num, Relation, symbols, walk
from veragym.verifiers.maths.numerals import without_name
from veragym.verifiers.maths.syntax import parse
from veragym.verifiers.maths.values import one_scalar

OTHER_EXPRESSION = wrong("the answer is a different expression")


def read_expression(text: str, variables: tuple[str, ...]) -> Node:
    """The node of a candidate expression; `y = …` and `f(x) = …` before it are dropped."""
    named = without_name(text)
    if named != text and text[: len(text) - len(named)].split("=")[0].strip() in variables:
        raise Unreadable("an expression is asked for, not an equation")
    return one_scalar(parse(named, variables))


@judge_for("expression")
def expression_judge(form: Form, gold: str) -> Judge:
    """An expression equal to the gold as a function of its variables."""
    target_node = read_expression(gold, form.variables)
    variables = form.variables or tuple(sorted(symbols(target_node)))
    target = Scalar.of(target_node)
    factors = factor_count(target_node) if form.shape == "factored" else 0

    def judge(candidate: str) -> Verdict:
        node = read_expression(candidate, variables)
        if not equal(target, node, variables, form.modulo_constant):
            return OTHER_EXPRESSION
        if form.shape == "expanded":
            require_expanded(node)
        elif form.shape == "factored":
            require_factored(node, factors)
        return RIGHT

    return judge


def terms_of(node: Node) -> list[Node]:
    """The terms of a sum, signs dropped."""
    if isinstance(node, Apply) and node.op == "add":
        return [term for arg in node.args for term in terms_of(arg)]
    if isinstance(node, Apply) and node.op == "neg":
        return terms_of(node.args[0])
    return [node]


def factors_of(node: Node) -> list[tuple[Node, int]]:
    """The (factor, multiplicity) pairs of a product, signs dropped."""
    if isinstance(node, Group) and len(node.items) == 1:
        return factors_of(node.items[0])
    if isinstance(node, Apply):
        if node.op == "mul":
            return [pair for arg in node.args for pair in factors_of(arg)]
        if node.op == "neg":
            return factors_of(node.args[0])
        if node.op == "div" and not symbols(node.args[1]):
            return [*factors_of(node.args[0]), (node.args[1], 1)]
        if node.op == "pow" and isinstance(node.args[1], Num):
            exponent = node.args[1].value
            if exponent.denominator == 1 and 0 < exponent <= 1_000:
                return [
                    (factor, count * exponent.numerator)
                    for factor, count in factors_of(node.args[0])
                ]
    return [(node, 1)]


def factor_count(node: Node) -> int:
    """Non-constant factors of a product, with multiplicity."""
    return sum(count for factor, count in factors_of(node) if symbols(factor))


def require_expanded(node: Node) -> None:
    """Passes for a sum of monomials with like terms put together.

    Raises:
        Restated: something is left to multiply out or collect.
    """
    terms = terms_of(node)
    for part in walk(node):
        if (
            isinstance(part, Apply)
            and part.op == "mul"
            and sum(isinstance(arg, Num) for arg in part.args) > 1
        ):
            raise Restated("the answer has numbers that are not multiplied out")
    for term in terms:
        for factor, _ in factors_of(term):
            if isinstance(factor, Apply) and factor.op in {"add", "neg", "div", "pow", "mul"}:
                inside = [factor] if factor.op == "add" else list(factor.args)
                if any(isinstance(part, Apply) and part.op == "add" for part in inside):
                    raise Restated("the answer is not expanded")
    try:
        form = normal(node)
    except (Undecided, TooLarge):
        return
    if len(form.under) == 1 and len(terms) > max(1, len(form.over)):
        raise Restated("the answer has like terms that are not put together")


def require_factored(node: Node, factors: int) -> None:
    """Passes for a product with as many non-constant factors as the fully factored gold.

    Raises:
        Restated: it has fewer, or a factor with a common numerical divisor.
    """
    if factor_count(node) != factors:
        raise Restated("the answer is not fully factored")
    for factor, _ in factors_of(node):
        if not symbols(factor) or not (isinstance(factor, Apply) and factor.op == "add"):
            continue
        try:
            form = normal(factor)
        except (Undecided, TooLarge):
            continue
        if all(value.denominator == 1 for value in form.over.values()):
            divisor = math.gcd(*(value.numerator for value in form.over.values()))
            if divisor > 1:
                raise Restated("a factor still has a common divisor")


@judge_for("equation")
def equation_judge(form: Form, gold: str) -> Judge:
    """An equation whose two sides differ by a non-zero constant multiple of the gold's."""
    target_node = _difference(parse(gold, form.variables))
    target = Scalar.of(target_node)
    lead = _monic(target.form) if target.form is not None else None

    def judge(candidate: str) -> Verdict:
        node = _difference(parse(candidate, form.variables))
        to_wire(node)
        try:
            quotient = normal(node)
        except (Undecided, TooLarge):
            quotient = None
        if quotient is not None:
            if not quotient.over:
                return wrong("the equation holds for all values")
            if lead is not None and _monic(quotient) == lead:
                return RIGHT
            if lead is not None and quotient.complete and _polynomial(quotient):
                return wrong("the answer is a different equation")
        ratio = Apply("div", (node, target_node))
        one = Scalar.of(Num(Fraction(1), "1"))
        names = tuple(sorted(symbols(ratio)))
        if equal(Scalar(one.node, None), ratio, names, True) and not equal(
            Scalar(Num(Fraction(0), "0"), None), node
        ):
            return RIGHT
        return wrong("the answer is a different equation")

    return judge


def _difference(node: Node) -> Node:
    """Left side minus right side.

    Raises:
        Mismatched: it is not one equation.
    """
    if not isinstance(node, Relation) or node.ops != ("=",):
        raise Mismatched("one equation is asked for")
    left, right = node.args
    return Apply("add", (left, Apply("neg", (right,))))


def _polynomial(form: Quotient) -> bool:
    return len(form.under) == 1 and all(
        exponent > 0 and exponent.denominator == 1
        for monomial in form.over
        for _, exponent in monomial
    )


def _monic(form: Quotient) -> frozenset[tuple[object, Fraction]]:
    """Numerator terms divided by the coefficient of the first one; same for multiples."""
    if not form.over:
        return frozenset()
    lead = form.over[min(form.over)]
    base = min(form.under)
    under = frozenset(
        (monomial, value / form.under[base]) for monomial, value in form.under.items()
    )
    over = frozenset((monomial, value / lead) for monomial, value in form.over.items())
    return (
        frozenset({("over", Fraction(0))}) | over | frozenset((("under", m), v) for m, v in under)
    )
