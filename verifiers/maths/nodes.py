"""The small syntax tree that answers are read into, before anything is evaluated.

Num        a numeral                         Sym     a variable
Const      pi, e, i, oo, emptyset, reals     Apply   an operation or function
Group      bracketed items: tuple, interval, set (the form decides which)
Relation   a = b, -1 <= x < 4, x in [0, 1]   Matrix  rows of a matrix environment
Listing    items at top level: 1, 2 or 3
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Num:
    """A numeral; `digits` is its text when it is plain digits, else empty."""

    value: Fraction
    digits: str = ""


@dataclass(frozen=True, slots=True)
class Sym:
    """A variable, subscript included: `x`, `x_1`, `theta`."""

    name: str


@dataclass(frozen=True, slots=True)
class Const:
    """A named constant: `pi`, `e`, `i`, `oo`, `emptyset`, `reals`."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation: add, mul, div, neg, pow, root, factorial, percent, sin, union, …"""

    op: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Items between brackets `open` and `close`, each one of ( [ { < and ) ] } >."""

    open: str
    close: str
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A chain `args[0] ops[0] args[1] ops[1] …`; ops among = != < <= > >= in."""

    ops: tuple[str, ...]
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of equal or unequal length, as written."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Two or more items not in brackets, joined by commas or by the one word `or` or `and`."""

    items: tuple[Node, ...]
    word: str = ""


Node = Num | Sym | Const | Apply | Group | Relation | Matrix | Listing


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node."""
    if isinstance(node, (Apply, Relation)):
        return node.args
    if isinstance(node, (Group, Listing)):
        return node.items
    if isinstance(node, Matrix):
        return tuple(cell for row in node.rows for cell in row)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in no promised order; iterative."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(children(top))


def symbols(node: Node) -> frozenset[str]:
    """Names of the variables in a node."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Sym))


def operations(node: Node) -> frozenset[str]:
    """Names of the operations in a node."""
    return frozenset(part.op for part in walk(node) if isinstance(part, Apply))
