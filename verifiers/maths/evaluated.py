"""Is an answer evaluated, or is it the problem written down again?

Where a value is asked for, `17*23` is no answer to "what is 17 times 23?", nor is
`\\sqrt{9+16}` or `\\sin(\\pi/6)`. Each way of leaving something undone is a *trait*; a gold that
has a trait itself (2^{98}, \\ln 2, 10!) permits it in answers, anything else is a restatement.
"""

from __future__ import annotations

from fractions import Fraction

from veragym.verifiers.faults import Restated, TooLarge, Unreadable
from veragym.verifiers.maths.exact import Undecided, normal
from veragym.verifiers.maths.nodes import Apply, Const, Group, Node, Num, walk

_STRUCTURAL = frozenset(["add", "mul", "neg", "div", "mixed", "pow", "root"])
_NAMES = {
    "sum": "a sum", "product": "a product", "power": "a power", "root": "a root",
    "quotient": "a quotient", "ln": "a logarithm", "binom": "a binomial coefficient",
    "factorial": "a factorial", "abs": "an absolute value", "mod": "a remainder",
}  # fmt: skip


def traits(node: Node) -> frozenset[str]:
    """What a node leaves unevaluated."""
    found: set[str] = set()
    for part in walk(node):
        if isinstance(part, Apply):
            if part.op not in _STRUCTURAL:
                found.add(part.op)
            else:
                found.update(_STRUCTURE.get(part.op, _nothing)(part.args))
    return frozenset(found)


def require_evaluated(answer: Node, permitted: frozenset[str]) -> None:
    """Passes if the answer leaves nothing undone but what the gold does too.

    Raises:
        Restated: it does.
    """
    excess = traits(answer) - permitted
    if excess:
        name = min(excess)
        what = _NAMES.get(name, name)
        raise Restated(f"the answer leaves {what} unevaluated; give its value")


def _number(node: Node) -> Fraction | None:
    """The value of a node that is written with rational numbers only, of bounded size."""
    if isinstance(node, Num):
        return node.value
    if isinstance(node, (Apply, Group)):
        if any(
            not isinstance(part, (Num, Apply, Group))
            or (isinstance(part, Apply) and part.op == "root")
            for part in walk(node)
        ):
            return None
        try:
            return normal(node).rational
        except (Undecided, TooLarge, Unreadable):
            return None
    return None


def _terms(node: Node) -> int | None:
    """Terms of a node's normal form, if it is a polynomial in generators."""
    try:
        form = normal(node)
    except (Undecided, TooLarge, Unreadable):
        return None
    return len(form.over) if len(form.under) == 1 else None


def _is_sum(node: Node) -> bool:
    if isinstance(node, Group) and len(node.items) == 1:
        return _is_sum(node.items[0])
    return isinstance(node, Apply) and node.op in {"add", "pm"}


def _nothing(args: tuple[Node, ...]) -> tuple[str, ...]:
    return ()


def _sum(args: tuple[Node, ...]) -> tuple[str, ...]:
    """Terms that could be put together; `0 + 2i` and `7 + 0i` are what a + bi asks for."""
    if len(args) == 2 and _number(args[0]) is not None and _imaginary(args[1]):
        return ()
    counts = [_terms(arg) for arg in args]
    total = _terms(Apply("add", args))
    if total is not None and None not in counts and sum(max(1, c or 0) for c in counts) > total:
        return ("sum",)
    return ()


def _product(args: tuple[Node, ...]) -> tuple[str, ...]:
    """Two numbers, two roots, two sums, i times i, or a root times a sum."""
    numbers = sum(_number(arg) is not None for arg in args)
    roots = sum(isinstance(arg, Apply) and arg.op == "root" for arg in args)
    sums = sum(_is_sum(arg) for arg in args)
    imaginary = sum(_unsigned(arg) == Const("i") for arg in args)
    if max(numbers, roots, sums, imaginary) > 1 or (sums and (roots or imaginary)):
        return ("product",)
    return ()


def _quotient(args: tuple[Node, ...]) -> tuple[str, ...]:
    """An integer as a fraction, a fraction of fractions, division by a sum or by i."""
    over, under = (_number(arg) for arg in args)
    if over is not None and under is not None:
        plain = over.denominator == 1 and under.denominator == 1
        if not plain or (under and (over / under).denominator == 1):
            return ("quotient",)
    by_i = any(part == Const("i") for part in walk(args[1]))
    return ("quotient",) if by_i or _is_sum(args[1]) else ()


def _power(args: tuple[Node, ...]) -> tuple[str, ...]:
    """An integer power of a number, a root, a sum or i; a power that comes out rational."""
    base, exponent = args
    if any(part == Const("i") for part in walk(exponent)):
        return ("exponential form",)
    power = _number(exponent)
    if power is None:
        return ()
    if power.denominator != 1:
        return ("power",) if _rational(Apply("pow", args)) else ()
    if _number(base) is not None or _is_sum(base) or base == Const("i"):
        return ("power",)
    return ("power",) if isinstance(base, Apply) and base.op in {"root", "pow"} else ()


def _root(args: tuple[Node, ...]) -> tuple[str, ...]:
    """A root that comes out rational, perhaps times i, or a root of a sum (which may denest)."""
    positive = (_unsigned(args[0]), *args[1:])
    rational = _rational(Apply("root", args)) or _rational(Apply("root", positive))
    return ("root",) if _is_sum(args[0]) or rational else ()


def _rational(node: Node) -> bool:
    try:
        return normal(node).rational is not None
    except (Undecided, TooLarge, Unreadable):
        return False


def _imaginary(node: Node) -> bool:
    """Whether a term is a number times i."""
    node = _unsigned(node)
    if isinstance(node, Apply) and node.op == "mul":
        return len(node.args) == 2 and (
            (_number(node.args[0]) is not None and node.args[1] == Const("i"))
            or (_number(node.args[1]) is not None and node.args[0] == Const("i"))
        )
    return node == Const("i")


def _unsigned(node: Node) -> Node:
    while isinstance(node, Apply) and node.op == "neg":
        node = node.args[0]
    return node


_STRUCTURE = {
    "add": _sum,
    "mul": _product,
    "div": _quotient,
    "pow": _power,
    "root": _root,
}
