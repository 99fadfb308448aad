"""Judge of intervals and their unions, in bracket or inequality notation.

Every notation becomes a sorted list of disjoint pieces, compared end by end: `[1, 3]`,
`[1, 2] U [2, 3]`, `1 <= x <= 3` and `x >= 1 and x <= 3` are one and the same. Ends may be any exact
real values; an end is ordered by a float and compared exactly.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cmp_to_key

from veragym.core.verdict import Verdict, wrong
from veragym.verifiers.faults import Mismatched, TooLarge, Unreadable
from veragym.verifiers.maths.equality import Scalar, equal, infinity, scalar_or_none, to_wire
from veragym.verifiers.maths.evaluated import require_evaluated, traits
from veragym.verifiers.maths.forms import Form
from veragym.verifiers.maths.judges import RIGHT, Judge, judge_for
from veragym.verifiers.maths.nodes import (
    Apply,
    Const,
    Group,
    Listing,
    Node,
    Num,
    Relation,
    Sym,
    symbols,
    walk,
)
from veragym.verifiers.maths.symbolic import Evaluation, Floats
from veragym.verifiers.maths.syntax import parse

MAX_PIECES = 64
_BUILDER = re.compile(
    r"^\\?\{\s*[^|:{}]{1,24}?\s*(?:\||:|\\mid|\\colon)\s*(.*?)\s*\\?\}$", re.DOTALL
)
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


@dataclass(frozen=True, slots=True)
class End:
    """An end of a piece: an exact node and the float it is ordered by."""

    node: Node
    approx: float

    @classmethod
    def of(cls, node: Node, permitted: frozenset[str]) -> End:
        """An end from its node.

        Raises:
            Mismatched: it contains variables or is not a real number. Restated: unevaluated.
        """
        sign = infinity(node)
        if sign:
            return cls(node, sign * math.inf)
        if symbols(node):
            raise Mismatched("an end of the interval contains a variable")
        require_evaluated(node, permitted)
        number = scalar_or_none(node)
        try:
            value = (
                complex(Floats.number(number))
                if number is not None
                else Evaluation(Floats(), {}).of(to_wire(node))
            )
        except (ArithmeticError, ValueError):
            raise Unreadable("an end of the interval is not a number") from None
        if abs(value.imag) > 1e-9:
            raise Mismatched("an end of the interval is not real")
        return cls(node, value.real)


def compare(left: End, right: End) -> int:
    """-1, 0 or 1; exact where floats are too close to tell."""
    if math.isinf(left.approx) or math.isinf(right.approx):
        return (left.approx > right.approx) - (left.approx < right.approx)
    a, b = scalar_or_none(left.node), scalar_or_none(right.node)
    if a is not None and b is not None:
        return (a > b) - (a < b)
    close = abs(left.approx - right.approx) <= 1e-9 * max(1.0, abs(left.approx))
    if close and equal(Scalar.of(left.node), right.node):
        return 0
    return 1 if left.approx > right.approx else -1


@dataclass(frozen=True, slots=True)
class Piece:
    """One interval; `low_in`/`high_in` tell whether the ends belong to it."""

    low: End
    low_in: bool
    high: End
    high_in: bool


Pieces = tuple[Piece, ...]


def _end(node: Node) -> End:
    return End(node, infinity(node) * math.inf)


_OO = Const("oo")
_LOWEST, _HIGHEST = _end(Apply("neg", (_OO,))), _end(_OO)
_LINE: Pieces = (Piece(_LOWEST, False, _HIGHEST, False),)


def _piece(low: End, low_in: bool, high: End, high_in: bool) -> Pieces:
    order = compare(low, high)
    if order > 0 or (order == 0 and not (low_in and high_in)):
        return ()
    return (Piece(low, low_in, high, high_in),)


def joined(pieces: Pieces) -> Pieces:
    """Sorted and merged: neighbours that overlap or touch become one."""
    if len(pieces) > MAX_PIECES:
        raise TooLarge(f"the answer has more than {MAX_PIECES} intervals")

    def order(a: Piece, b: Piece) -> int:
        return compare(a.low, b.low) or (b.low_in - a.low_in)

    merged: list[Piece] = []
    for piece in sorted(pieces, key=cmp_to_key(order)):
        if merged:
            last = merged[-1]
            gap = compare(piece.low, last.high)
            if gap < 0 or (gap == 0 and (piece.low_in or last.high_in)):
                far = compare(piece.high, last.high)
                high, high_in = (
                    (piece.high, piece.high_in) if far > 0 else (last.high, last.high_in)
                )
                if far == 0:
                    high_in = piece.high_in or last.high_in
                merged[-1] = Piece(last.low, last.low_in, high, high_in)
                continue
        merged.append(piece)
    return tuple(merged)


def intersected(left: Pieces, right: Pieces) -> Pieces:
    """Points in both."""
    if len(left) * len(right) > MAX_PIECES * MAX_PIECES:
        raise TooLarge(f"the answer has more than {MAX_PIECES} intervals")
    found: list[Piece] = []
    for a in left:
        for b in right:
            order = compare(a.low, b.low)
            low, low_in = (a.low, a.low_in) if order > 0 else (b.low, b.low_in)
            if order == 0:
                low_in = a.low_in and b.low_in
            order = compare(a.high, b.high)
            high, high_in = (a.high, a.high_in) if order < 0 else (b.high, b.high_in)
            if order == 0:
                high_in = a.high_in and b.high_in
            found.extend(_piece(low, low_in, high, high_in))
    return joined(tuple(found))


def complement(pieces: Pieces) -> Pieces:
    """All reals not in the pieces, which must be joined."""
    rest = _LINE
    for piece in pieces:
        outside = (
            *_piece(_LOWEST, False, piece.low, not piece.low_in),
            *_piece(piece.high, not piece.high_in, _HIGHEST, False),
        )
        rest = intersected(rest, outside)
    return rest


class _Reading:
    """Reads nodes as pieces of the real line, with one variable throughout."""

    def __init__(self, variable: str, permitted: frozenset[str]) -> None:
        self.variable = variable
        self.permitted = permitted

    def of(self, node: Node, part: bool = False) -> Pieces:
        """The set a node denotes; as `part` of a union a number is the point {a}.

        Raises:
            Mismatched: it denotes no set of reals.
        """
        if isinstance(node, Const) and node.name in {"reals", "emptyset"}:
            return _LINE if node.name == "reals" else ()
        if isinstance(node, Group):
            return self._group(node)
        if isinstance(node, Relation):
            return self._relation(node)
        if isinstance(node, Apply) and node.op == "union":
            return joined(self.of(node.args[0], True) + self.of(node.args[1], True))
        if isinstance(node, Apply) and node.op == "intersection":
            return intersected(self.of(node.args[0]), self.of(node.args[1]))
        if isinstance(node, Apply) and node.op == "difference":
            return intersected(self.of(node.args[0]), complement(self.of(node.args[1], True)))
        if isinstance(node, Listing) and node.word:
            # 'or' joins inequalities; between intervals it would offer alternatives.
            if not all(isinstance(item, Relation) for item in node.items):
                raise Unreadable("join intervals with \\cup, not with words")
            pieces = [self.of(item) for item in node.items]
            result = pieces[0]
            for more in pieces[1:]:
                both = node.word == "and"
                result = intersected(result, more) if both else joined(result + more)
            return result
        if isinstance(node, Listing) and all(
            isinstance(item, Relation) and item.ops == ("!=",) for item in node.items
        ):
            result = _LINE
            for item in node.items:
                result = intersected(result, self.of(item))
            return result
        if part and isinstance(node, (Num, Apply)):
            return self._group(Group("{", "}", (node,)))
        raise Mismatched("an interval is asked for")

    def _group(self, node: Group) -> Pieces:
        if node.open == "{":
            points: Pieces = ()
            for item in node.items:
                end = self.end(item)
                points += _piece(end, True, end, True)
            return joined(points)
        if len(node.items) != 2:
            raise Mismatched("an interval has two ends")
        low, high = (self.end(item) for item in node.items)
        low_in, high_in = node.open == "[", node.close == "]"
        if (low_in and math.isinf(low.approx)) or (high_in and math.isinf(high.approx)):
            raise Mismatched("an infinite end does not belong to the interval")
        if compare(low, high) > 0:
            raise Mismatched("the ends of the interval are in the wrong order")
        return _piece(low, low_in, high, high_in)

    def end(self, node: Node) -> End:
        return End.of(node, self.permitted)

    def _relation(self, node: Relation) -> Pieces:
        if node.ops == ("in",) or (
            node.ops == ("=",)
            and isinstance(node.args[1], (Group, Apply))
            and _denotes_set(node.args[1])
        ):
            self._check_variable(node.args[0])
            return self.of(node.args[1])
        result = _LINE
        for left, op, right in zip(node.args, node.ops, node.args[1:]):
            if isinstance(left, Sym):
                self._check_variable(left)
                step = self._half_line(op, right)
            elif isinstance(right, Sym):
                self._check_variable(right)
                step = self._half_line(_FLIPPED.get(op, op), left)
            else:
                raise Mismatched("an inequality must compare the variable with a number")
            result = intersected(result, step)
        return result

    def _check_variable(self, node: Node) -> None:
        if not isinstance(node, Sym) or node.name != (self.variable or node.name):
            raise Mismatched("the inequality is not one for the variable alone")
        self.variable = node.name

    def _half_line(self, op: str, bound: Node) -> Pieces:
        end = self.end(bound)
        if op in {"<", "<="}:
            return _piece(_LOWEST, False, end, op == "<=" and math.isfinite(end.approx))
        if op in {">", ">="}:
            return _piece(end, op == ">=" and math.isfinite(end.approx), _HIGHEST, False)
        point = _piece(end, True, end, True)
        if op == "=":
            return point
        if op == "!=":
            return complement(point)
        raise Mismatched("an interval is asked for")


def _denotes_set(node: Node) -> bool:
    return isinstance(node, Group) or (
        isinstance(node, Apply) and node.op in {"union", "intersection", "difference"}
    )


def read_pieces(text: str, variable: str, permitted: frozenset[str]) -> Pieces:
    """The joined pieces a text denotes; raises as the reader and `_Reading.of`."""
    found = _BUILDER.match(text.strip())
    node = parse(found.group(1) if found else text, (variable,) if variable else ())
    return joined(_Reading(variable, permitted).of(node))


def equal_pieces(left: Pieces, right: Pieces) -> bool:
    """Whether two joined lists are the same set."""
    return len(left) == len(right) and all(
        a.low_in == b.low_in
        and a.high_in == b.high_in
        and compare(a.low, b.low) == 0
        and compare(a.high, b.high) == 0
        for a, b in zip(left, right)
    )


@judge_for("interval")
def interval_judge(form: Form, gold: str) -> Judge:
    """An interval or union of intervals, in brackets or as inequalities in one variable."""
    found = _BUILDER.match(gold.strip())
    node = parse(found.group(1) if found else gold, (form.variable,) if form.variable else ())
    permitted = frozenset[str]().union(
        *(
            traits(part)
            for part in walk(node)
            if isinstance(part, (Apply, Num)) and not _denotes_set(part)
        )
    )
    target = joined(_Reading(form.variable, permitted).of(node))

    def judge(candidate: str) -> Verdict:
        if equal_pieces(read_pieces(candidate, form.variable, permitted), target):
            return RIGHT
        return wrong("the answer is a different interval")

    return judge
