"""Arithmetic expressions as trees: written, worked out and brought into one order.

A tree is a leaf or (op, left, right) with op one of + - * / ^. Leaves are whole numbers; `ordered`
also takes fractions as leaves (numerator, denominator).
"""

from __future__ import annotations

from typing import Any

RANK = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
"""What binds more tightly ranks higher."""
_LEAF_RANK = 4


def is_leaf(tree: Any) -> bool:
    """Whether the tree is a single number."""
    return isinstance(tree, int) or not isinstance(tree[0], str)


def infix(tree: Any) -> str:
    """The expression with the fewest brackets: `3 * (4 + 5)`."""
    return _infix(tree)[0]


def _infix(tree: Any) -> tuple[str, int]:
    """The text, and the rank of its outermost operation."""
    if isinstance(tree, int):
        return str(tree), _LEAF_RANK
    op, left, right = tree
    rank = RANK[op]
    a, a_rank = _infix(left)
    b, b_rank = _infix(right)
    a = f"({a})" if a_rank < rank else a
    b = f"({b})" if b_rank < rank or (b_rank == rank and op in "-/") else b
    return f"{a} {op} {b}", rank


def evaluate(tree: Any, steps: list[str] | None = None) -> int:
    """The value of a tree whose divisions are all exact.

    Args:
        tree: the expression.
        steps: takes one line per operation, in the order in which they are due.
    """
    if isinstance(tree, int):
        return tree
    op, left, right = tree
    a, b = evaluate(left, steps), evaluate(right, steps)
    value: int
    if op == "+":
        value = a + b
    elif op == "-":
        value = a - b
    elif op == "*":
        value = a * b
    elif op == "/":
        value = a // b
    else:
        value = a**b
    if steps is not None:
        first = f"({a})" if a < 0 and op == "^" else str(a)
        steps.append(f"{first} {op} {f'({b})' if b < 0 else b} = {value}")
    return value


def ordered(tree: Any) -> Any:
    """The tree with the operands of + and * in a fixed order."""
    if is_leaf(tree):
        return tree
    op, left, right = tree[0], ordered(tree[1]), ordered(tree[2])
    if op in "+*" and repr(right) < repr(left):
        left, right = right, left
    return op, left, right
