"""Judges of sets, tuples and matrices: structure first, then each element by exact value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from veragym.core.verdict import Verdict, wrong
from veragym.verifiers.faults import Mismatched, TooLarge, Unreadable
from veragym.verifiers.maths.equality import scalar_or_none
from veragym.verifiers.maths.evaluated import traits
from veragym.verifiers.maths.forms import Form
from veragym.verifiers.maths.judges import RIGHT, Judge, judge_for
from veragym.verifiers.maths.nodes import Apply, Const, Group, Listing, Matrix, Node, Relation, Sym
from veragym.verifiers.maths.syntax import parse
from veragym.verifiers.maths.values import ExactValue

MAX_INEXACT = 64
"""Elements that are not rational numerals are matched pairwise; more than this are refused."""

OTHER_SET = wrong("the answer is a different set")
OTHER_TUPLE = wrong("the answer is a different tuple")
OTHER_MATRIX = wrong("the answer is a different matrix")


@dataclass(frozen=True, slots=True)
class Element:
    """A gold element: a value or a tuple of elements."""

    value: ExactValue | None
    items: tuple[Element, ...] = ()

    @classmethod
    def of(cls, node: Node) -> Element:
        """Compiles a gold node.

        Raises:
            Mismatched: it is neither a value nor a tuple.
        """
        items = tuple_items(node)
        if items is not None:
            return cls(None, tuple(cls.of(item) for item in items))
        return cls(ExactValue.of(node))

    @property
    def rational(self) -> Fraction | None:
        """Its value, if that is known to be rational."""
        return self.value.scalar.rational if self.value is not None else None

    def matches(self, node: Node) -> bool:
        """Whether an answer's node is this element.

        Raises:
            Restated: an unevaluated value. Mismatched: another kind of thing.
        """
        if self.value is None:
            items = tuple_items(node)
            return (
                items is not None
                and len(items) == len(self.items)
                and all(gold.matches(item) for gold, item in zip(self.items, items))
            )
        if isinstance(node, (Group, Listing, Matrix, Relation)):
            raise Mismatched("an element is not a single value")
        number, quick = self.rational, scalar_or_none(node)
        if number is not None and quick is not None and quick != number:
            return False
        if number is not None and quick is not None and number.denominator != 1:
            return True
        return self.value.matches(node)


def tuple_items(node: Node) -> tuple[Node, ...] | None:
    """The items of a round or square bracket of two or more, else None."""
    if isinstance(node, Group) and (node.open, node.close) in {("(", ")"), ("[", "]")}:
        return node.items if len(node.items) > 1 else None
    return None


def _named_values(items: Sequence[Node]) -> tuple[Node, ...]:
    """Items without `x =` before each; all must be named, or none."""
    named = [
        isinstance(item, Relation) and item.ops == ("=",) and isinstance(item.args[0], Sym)
        for item in items
    ]
    if not any(named):
        return tuple(items)
    if not all(named):
        raise Unreadable("name every part of the answer, or none")
    return tuple(item.args[1] for item in items if isinstance(item, Relation))


def _without_membership(node: Node) -> Node:
    """`{…}` from `x in {…}`."""
    if (
        isinstance(node, Relation)
        and node.ops in (("in",), ("=",))
        and isinstance(node.args[0], Sym)
    ):
        return node.args[1]
    return node


# -- sets ---------------------------------------------------------------------------------------


def set_items(node: Node) -> tuple[Node, ...]:
    """The elements of a set as written: `{1, 2}`, `1, 2`, `x = 1 or x = 2`, `±3`, the empty set.

    Raises:
        Mismatched: an interval, tuple or matrix. Unreadable: mixed notation.
    """
    node = _without_membership(node)
    if isinstance(node, Const) and node.name == "emptyset":
        return ()
    if isinstance(node, Group):
        if node.open != "{":
            raise Mismatched("a set is asked for; a tuple or interval is none")
        items = node.items
    elif isinstance(node, Listing):
        names = {
            item.args[0] for item in node.items if isinstance(item, Relation) and item.ops == ("=",)
        }
        if len(names) > 1:
            raise Unreadable("the elements are given as values of different variables")
        first, *others = node.items
        if isinstance(first, Relation) and not any(isinstance(o, Relation) for o in others):
            items = (_without_membership(first), *others)  # x = 1, 2
        else:
            items = _named_values(node.items)
    elif isinstance(node, Apply) and node.op == "union":
        return (*set_items(node.args[0]), *set_items(node.args[1]))
    elif isinstance(node, (Relation, Matrix)):
        raise Mismatched("a set is asked for")
    else:
        items = (node,)
    spread: list[Node] = []
    for item in items:
        spread.extend(_both_signs(item))
    return tuple(spread)


def _both_signs(node: Node) -> list[Node]:
    """a ± b as its two values."""
    if isinstance(node, Apply) and node.op == "pm":
        if len(node.args) == 1:
            return [node.args[0], Apply("neg", node.args)]
        left, right = node.args
        return [Apply("add", (left, right)), Apply("add", (left, Apply("neg", (right,))))]
    if isinstance(node, Apply) and node.op == "mul" and _is_both(node.args[0]):
        # `\pm 2\sqrt{3}` is read as (±2) times √3
        return [Apply("mul", (first, *node.args[1:])) for first in _both_signs(node.args[0])]
    if isinstance(node, Apply) and node.op == "div":
        return [Apply("div", (over, node.args[1])) for over in _both_signs(node.args[0])]
    return [node]


def _is_both(node: Node) -> bool:
    """Whether a node is ± something, perhaps over something."""
    while isinstance(node, Apply) and node.op == "div":
        node = node.args[0]
    return isinstance(node, Apply) and node.op == "pm" and len(node.args) == 1


@judge_for("set")
def set_judge(form: Form, gold: str) -> Judge:
    """A finite set in any order; a repeated element is refused."""
    golds = [Element.of(item) for item in set_items(parse(gold))]
    numbers = [element.rational for element in golds]
    rational = frozenset(number for number in numbers if number is not None)
    others = [element for element, number in zip(golds, numbers) if number is None]

    def judge(candidate: str) -> Verdict:
        seen: set[Fraction] = set()
        rest: list[Node] = []
        for item in set_items(parse(candidate)):
            number = scalar_or_none(item)
            if number is None or (number.denominator == 1 and traits(item)):
                rest.append(item)
            elif number in seen:
                return wrong("the answer repeats an element")
            else:
                seen.add(number)
        if seen - rational:
            return OTHER_SET
        return _match_rest(rest, [*others, *_elements(golds, rational - seen)])

    return judge


def _elements(golds: list[Element], numbers: frozenset[Fraction]) -> list[Element]:
    found: dict[Fraction, Element] = {}
    for element in golds:
        number = element.rational
        if number is not None and number in numbers:
            found.setdefault(number, element)
    return list(found.values())


def _match_rest(items: list[Node], golds: list[Element]) -> Verdict:
    """Pairs off what is not a rational numeral; equality is transitive, so greedily."""
    if len(items) > MAX_INEXACT:
        raise TooLarge("the answer has too many elements to compare")
    left = list(golds)
    for item in items:
        for index, gold in enumerate(left):
            if gold.matches(item):
                del left[index]
                break
        else:
            return OTHER_SET
    return OTHER_SET if left else RIGHT


# -- tuples -------------------------------------------------------------------------------------


def _tuple(node: Node) -> tuple[Node, ...]:
    """The parts of a tuple as written: `(1, 2)`, `[1, 2]`, `1, 2`, `x = 1, y = 2`.

    Raises:
        Mismatched: a set, half-open interval or matrix. Unreadable: alternatives.
    """
    if isinstance(node, Relation) and node.ops == ("=",):
        left = tuple_items(node.args[0])
        if isinstance(node.args[0], Sym) or (
            left is not None and all(isinstance(item, Sym) for item in left)
        ):
            node = node.args[1]
    if isinstance(node, Listing):
        if node.word == "or":
            raise Unreadable("several answers are given with 'or'; give one")
        names = [item.args[0] for item in node.items if isinstance(item, Relation)]
        texts = [name.name for name in names if isinstance(name, Sym)]
        if texts != sorted(set(texts)):
            raise Unreadable("name the parts of the answer in alphabetical order, each once")
        return _named_values(node.items)
    items = tuple_items(node)
    if items is None:
        raise Mismatched("a tuple is asked for")
    return items


@judge_for("tuple")
def tuple_judge(form: Form, gold: str) -> Judge:
    """A tuple: the same elements in the same order."""
    golds = [Element.of(item) for item in _tuple(parse(gold))]

    def judge(candidate: str) -> Verdict:
        items = _tuple(parse(candidate))
        if len(items) != len(golds):
            return OTHER_TUPLE
        for element, item in zip(golds, items):
            if not element.matches(item):
                return OTHER_TUPLE
        return RIGHT

    return judge


# -- matrices -----------------------------------------------------------------------------------

Rows = tuple[tuple[Node, ...], ...]


def matrix_rows(node: Node) -> tuple[Rows, bool]:
    """(rows, flat) of a matrix as written; flat: a list without inner brackets.

    Raises:
        Mismatched: not a matrix, or rows of different length.
    """
    if isinstance(node, Relation) and node.ops == ("=",) and isinstance(node.args[0], Sym):
        node = node.args[1]
    flat = False
    if isinstance(node, Group) and len(node.items) == 1 and isinstance(node.items[0], Matrix):
        node = node.items[0]
    if isinstance(node, Matrix):
        rows = node.rows
    elif isinstance(node, Group) and node.open in "([" and node.items:
        if all(isinstance(item, Group) and item.open in "([" for item in node.items):
            rows = tuple(item.items for item in node.items if isinstance(item, Group))
        else:
            rows, flat = (node.items,), True
    else:
        raise Mismatched("a matrix is asked for")
    if len({len(row) for row in rows}) != 1:
        raise Mismatched("the rows of the matrix differ in length")
    return rows, flat


@judge_for("matrix")
def matrix_judge(form: Form, gold: str) -> Judge:
    """A matrix of the same shape and elements; a flat list may stand for a row or a column."""
    gold_rows, gold_flat = matrix_rows(parse(gold))
    golds = [[Element.of(cell) for cell in row] for row in gold_rows]
    line = [cell for row in golds for cell in row]

    def judge(candidate: str) -> Verdict:
        rows, flat = matrix_rows(parse(candidate))
        cells = [cell for row in rows for cell in row]
        shapes_agree = (len(rows), len(rows[0])) == (len(golds), len(golds[0]))
        a_line = min(len(golds), len(golds[0])) == 1 and min(len(rows), len(rows[0])) == 1
        if not shapes_agree and not ((flat or gold_flat) and a_line):
            return wrong("the matrix has another shape")
        if len(cells) != len(line):
            return wrong("the matrix has another shape")
        for element, cell in zip(line, cells):
            if not element.matches(cell):
                return OTHER_MATRIX
        return RIGHT

    return judge
