"""Judges of exact values: real and complex numbers in closed form, evaluated."""

from __future__ import annotations

from dataclasses import dataclass

from veragym.core.verdict import Verdict, wrong
from veragym.verifiers.faults import Mismatched, Unreadable
from veragym.verifiers.maths.equality import Scalar, equal, scalar_or_none
from veragym.verifiers.maths.evaluated import require_evaluated, traits
from veragym.verifiers.maths.forms import Form
from veragym.verifiers.maths.judges import RIGHT, Judge, judge_for
from veragym.verifiers.maths.nodes import (
    Apply,
    Const,
    Group,
    Listing,
    Matrix,
    Node,
    Relation,
    symbols,
)
from veragym.verifiers.maths.numerals import (
    plain,
    read_numeral,
    refuse_other_notation,
    without_name,
)
from veragym.verifiers.maths.syntax import parse

# One wording whatever the gold is: a reason that depends on it would tell about it.
NOT_EXACT = wrong("the answer is a different number; an exact value is asked for")


def read_scalar(text: str, variables: tuple[str, ...] = ()) -> Node:
    """The node of a candidate that must be a single scalar.

    Raises:
        Unreadable: several answers, or a chain of equalities.
        Mismatched: a set, interval, tuple or matrix.
    """
    node = parse(without_name(text), variables)
    return one_scalar(node)


def one_scalar(node: Node) -> Node:
    """The node itself, if it is a single scalar; raises as `read_scalar`."""
    if isinstance(node, Listing):
        raise Unreadable("several answers are given; give one")
    if isinstance(node, Relation):
        raise Unreadable("one value is asked for, not an equation, chain or inequality")
    if isinstance(node, Group) and (len(node.items) != 1 or node.open != "["):
        raise Mismatched("one value is asked for, not a set, tuple or interval")
    if isinstance(node, Matrix):
        raise Mismatched("one value is asked for, not a matrix")
    if isinstance(node, Apply) and node.op in {"union", "intersection", "difference"}:
        raise Mismatched("one value is asked for, not a set or interval")
    if isinstance(node, Apply) and node.op == "pm":
        raise Unreadable("several answers are given with ±; give one")
    if isinstance(node, Const) and node.name in {"emptyset", "reals"}:
        raise Mismatched("one value is asked for, not a set")
    return node


@dataclass(frozen=True, slots=True)
class ExactValue:
    """A compiled gold value; `matches` demands the same value, evaluated."""

    scalar: Scalar
    permitted: frozenset[str]

    @classmethod
    def of(cls, node: Node) -> ExactValue:
        """Compiles a gold node."""
        return cls(Scalar.of(node), traits(node))

    def matches(self, node: Node) -> bool:
        """Whether an answer's node has this value and is evaluated.

        Raises:
            Restated: it has not been evaluated.
            Mismatched: it contains variables, or is no scalar.
        """
        if symbols(node) - symbols(self.scalar.node):
            raise Mismatched("the answer contains variables; a value is asked for")
        require_evaluated(node, self.permitted)
        return equal(self.scalar, node)


@judge_for("value")
@judge_for("complex")
def value_judge(form: Form, gold: str) -> Judge:
    """An exact value: rational numerals, radicals, pi, e (and i for `complex`), evaluated."""
    numeral = read_numeral(plain(gold))
    target = ExactValue.of(read_scalar(plain(gold, currency=False)))
    number = numeral.value if numeral is not None else target.scalar.rational

    def judge(candidate: str) -> Verdict:
        text = plain(candidate)
        written = read_numeral(text)
        if written is not None and number is not None:
            if written.value != number:
                return NOT_EXACT
            if written.value.denominator != 1 or written.style == "decimal":
                return RIGHT
        refuse_other_notation(text)
        node = read_scalar(text)
        quick = scalar_or_none(node)
        if quick is not None and number is not None and quick != number:
            return NOT_EXACT
        return RIGHT if target.matches(node) else NOT_EXACT

    return judge
