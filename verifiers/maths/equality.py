"""Are two scalar expressions equal? Exact first, then floats, then a worker.

exact.same      proves equality or inequality in microseconds, for most answers
symbolic.differ rejects what floats can tell apart
worker          decides the rest at high precision, within a deadline (see `symbolic`)
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from veragym.verifiers.faults import MachineryFailed, Mismatched, TooLarge, Unreadable
from veragym.verifiers.maths.exact import Polynomial, Quotient, Undecided, minus, normal, same
from veragym.verifiers.maths.nodes import Apply, Const, Group, Node, Num, Sym, symbols, walk
from veragym.verifiers.maths.symbolic import Wire, differ
from veragym.verifiers.maths.workers import shared_pool

MAX_NODES = 2_000
"""Parts of an expression that is compared numerically."""


def to_wire(node: Node) -> Wire:
    """A scalar node as nested lists for `symbolic`.

    Raises:
        Mismatched: it is no scalar expression.
    """
    if isinstance(node, Num):
        return ["num", str(node.value)]
    if isinstance(node, Sym):
        return ["sym", node.name]
    if isinstance(node, Const) and node.name in {"pi", "e", "i"}:
        return ["const", node.name]
    if isinstance(node, Group) and len(node.items) == 1 and node.open == "[":
        return to_wire(node.items[0])
    if isinstance(node, Apply) and node.op not in {"union", "intersection", "difference", "pm"}:
        return [node.op, *map(to_wire, node.args)]
    raise Mismatched("the answer is not one number or expression")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A gold expression, compiled once.

    Attributes:
        node: as read.
        form: its normal form, or None where it has none.
        infinite: +1 or -1 for an infinity, else 0.
    """

    node: Node
    form: Quotient | None
    infinite: int = 0

    @classmethod
    def of(cls, node: Node) -> Scalar:
        """Compiles a gold.

        Raises:
            Mismatched: it is no scalar.
        """
        infinite = infinity(node)
        if infinite:
            return cls(node, None, infinite)
        to_wire(node)
        try:
            return cls(node, normal(node))
        except (Undecided, TooLarge):
            return cls(node, None)

    @property
    def rational(self) -> Fraction | None:
        """Its value, if that is known to be rational."""
        return self.form.rational if self.form is not None else None


def infinity(node: Node) -> int:
    """+1 for oo, -1 for -oo, else 0."""
    if isinstance(node, Const) and node.name == "oo":
        return 1
    if isinstance(node, Apply) and node.op == "neg":
        return -infinity(node.args[0])
    return 0


def equal(
    gold: Scalar,
    answer: Node,
    variables: tuple[str, ...] | None = None,
    modulo_constant: bool = False,
) -> bool:
    """Whether an answer equals a gold expression.

    Args:
        gold: compiled gold.
        answer: the answer's node.
        variables: what counts as variable when constants are disregarded.
        modulo_constant: equality up to an added constant.
    Raises:
        Mismatched: the answer is no scalar expression.
        TooLarge: it exceeds the bounds or the deadline.
        MachineryFailed: no worker could be started.
    """
    infinite = infinity(answer)
    if infinite or gold.infinite:
        return infinite == gold.infinite
    if answer == gold.node:
        return True  # word for word; a gold beyond all bounds (10^{10^{10}}) has no other way
    wire = to_wire(answer)
    form: Quotient | None = None
    try:
        form = normal(answer)
        if gold.form is not None:
            verdict = (
                _same_up_to_constant(gold.form, form, variables or ())
                if modulo_constant
                else same(gold.form, form)
            )
            if verdict is not None:
                return verdict
    except Undecided:
        pass
    except TooLarge:
        if gold.form is not None and gold.form.complete:
            raise
    return _numerically_equal(gold.node, answer, wire, variables, modulo_constant)


def _same_up_to_constant(
    gold: Quotient, answer: Quotient, variables: tuple[str, ...]
) -> bool | None:
    difference = minus(answer, gold)
    if difference.under == {(): Fraction(1)} and not _mentions(difference.over, variables):
        return True
    names = {name for monomial in difference.over for name, _ in monomial}
    if any(name.startswith("o:") for name in names):
        return None
    if difference.under == {(): Fraction(1)}:
        return False
    return None


def _mentions(poly: Polynomial, variables: tuple[str, ...]) -> bool:
    """Whether a variable occurs in a polynomial, inside opaque generators too."""
    for monomial in poly:
        for name, _ in monomial:
            for variable in variables:
                # Inside a name, `x` is found in `x_1` too: then the probing decides.
                if name == f"s:{variable}" or (name[:2] == "o:" and f"s:{variable}" in name):
                    return True
    return False


def _numerically_equal(
    gold: Node, answer: Node, wire: Wire, variables: tuple[str, ...] | None, constant: bool
) -> bool:
    for index, _ in enumerate(walk(answer)):
        if index > MAX_NODES:
            raise TooLarge("the answer has too many parts to be compared")
    names = tuple(sorted(symbols(gold) | symbols(answer)))
    if constant and variables is not None:
        # Constants of integration keep one value while the variables move.
        wire = _frozen(wire, frozenset(names) - frozenset(variables))
        names = tuple(name for name in names if name in variables)
    real = bool(names) and not any(
        isinstance(part, Const) and part.name == "i" for part in walk(gold)
    )
    target = to_wire(gold)
    if differ(target, wire, names, real, constant):
        return False
    reply = shared_pool().ask(
        {
            "do": "decide",
            "gold": target,
            "answer": wire,
            "names": list(names),
            "real": real,
            "constant": constant,
        }
    )
    fault = reply.get("fault")
    if fault in {"memory", "depth", "Oversized"}:
        raise TooLarge("checking the answer exceeded its memory")
    if fault in {"ValueError", "TypeError", "ZeroDivisionError", "OverflowError"}:
        raise Unreadable("the answer cannot be evaluated anywhere")
    if fault:
        raise MachineryFailed("the checking process failed; the answer was not judged")
    return bool(reply["equal"])


def _frozen(wire: Wire, names: frozenset[str]) -> Wire:
    if wire[0] == "sym":
        return ["num", "17/19"] if wire[1] in names else wire
    if wire[0] in {"num", "const"}:
        return wire
    return [wire[0], *(_frozen(part, names) for part in wire[1:])]


def scalar_or_none(node: Node) -> Fraction | None:
    """The exact rational value of a plainly rational node, quickly; else None.

    Raises:
        Unreadable: it divides by zero.
    """
    if isinstance(node, Num):
        return node.value
    if isinstance(node, Apply):
        if node.op == "neg":
            inner = scalar_or_none(node.args[0])
            return None if inner is None else -inner
        if node.op in {"div", "mixed"}:
            left, right = scalar_or_none(node.args[0]), scalar_or_none(node.args[1])
            if left is None or right is None:
                return None
            if node.op == "mixed":
                return left + right
            if not right:
                raise Unreadable("the answer divides by zero")
            return left / right
    return None
