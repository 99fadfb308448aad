"""Terms with operators, as equational proofs write them: `inv(a) * (a * b)`, `x ∧ (y ∨ z)`, `-x`.

From tight to loose: postfix `'` and `⁻¹`; prefix `-`, `¬` (`~`); `^` (to the right); `*` (`·`),
`/`, `∘`, `∧` (`&`); `+`, `-`, `∨` (`|`). Operators of one level group to the left, and grouping is
part of a term: `a*b*c` is `(a*b)*c` and not `a*(b*c)` unless an axiom says so. Signs mean nothing
by themselves; only the task's axioms speak about them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from veragym.verifiers.faults import Unreadable

MAX_CHARS = 2_000
MAX_DEPTH = 60


@dataclass(frozen=True, slots=True)
class Node:
    """A symbol applied to terms; without arguments, a constant or a variable."""

    symbol: str
    args: tuple[Node, ...] = ()


_LEVEL = {"+": 1, "-": 1, "∨": 1, "*": 2, "/": 2, "∘": 2, "∧": 2, "^": 3}
_PREFIX = {"-": "neg -", "¬": "¬"}
_POSTFIX = {"'": "'", "⁻¹": "⁻¹"}
_SAME = {"·": "*", "⋅": "*", "×": "*", "&": "∧", "/\\": "∧", "|": "∨", "\\/": "∨", "~": "¬",
         "−": "-", "!": "¬", "\\cdot": "*", "\\circ": "∘", "\\land": "∧", "\\wedge": "∧",
         "\\lor": "∨", "\\vee": "∨", "\\neg": "¬", "\\lnot": "¬"}  # fmt: skip
_TOKEN = re.compile(r"\s*(?:([A-Za-z0-9][A-Za-z0-9_]*)|(⁻¹|/\\|\\/|\\[A-Za-z]+|[^\sA-Za-z0-9_]))")
_SIGNS = frozenset([*_LEVEL, *_PREFIX, *_POSTFIX, "(", ")", ","])


def _tokens(text: str) -> list[str]:
    if len(text) > MAX_CHARS:
        raise Unreadable(f"a term is longer than {MAX_CHARS} characters")
    found = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if not match:
            raise Unreadable(f"the character {text[position]!a} is no part of a term")
        word, sign = match.groups()
        position = match.end()
        if word:
            found.append(word)
            continue
        sign = _SAME.get(sign, sign)
        if sign not in _SIGNS:
            code = f" (U+{ord(sign):04X})" if len(sign) == 1 else ""
            raise Unreadable(f"{sign!a}{code} is no part of a term")
        found.append(sign)
    return found


class _Reader:
    """Recursive descent over one term's tokens."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def expect(self, sign: str) -> None:
        if self.peek() != sign:
            raise Unreadable(f"{sign!r} is missing {self.place()}")
        self.at += 1

    def place(self) -> str:
        """Where the reader stands, for messages."""
        return f"before {self.peek()!r}" if self.peek() else "at the end of the term"

    def whole(self) -> Node:
        if not self.tokens:
            raise Unreadable("a term is missing")
        term = self.binary(0)
        if self.peek():
            raise Unreadable(f"the term cannot be read on {self.place()}")
        return term

    def binary(self, level: int) -> Node:
        left = self.unary()
        while _LEVEL.get(self.peek(), 0) > level:
            sign = self.peek()
            self.at += 1
            own = _LEVEL[sign]
            left = Node(sign, (left, self.binary(own - 1 if sign == "^" else own)))
        return left

    def unary(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable(f"a term is nested deeper than {MAX_DEPTH}")
        sign = self.peek()
        if sign in _PREFIX:
            self.at += 1
            term = Node(_PREFIX[sign], (self.unary(),))
        else:
            term = self.primary()
            while self.peek() in _POSTFIX:
                term = Node(_POSTFIX[self.peek()], (term,))
                self.at += 1
        self.depth -= 1
        return term

    def primary(self) -> Node:
        token = self.peek()
        if token == "(":
            self.at += 1
            term = self.binary(0)
            self.expect(")")
            return term
        if not token or token in _SIGNS:
            raise Unreadable(f"a term is missing {self.place()}")
        self.at += 1
        if self.peek() != "(":
            return Node(token)
        self.at += 1
        args = [self.binary(0)]
        while self.peek() == ",":
            self.at += 1
            args.append(self.binary(0))
        self.expect(")")
        return Node(token, tuple(args))


def read_term(text: str) -> Node:
    """The term that the text is.

    Raises:
        Unreadable: it is none; the message says where reading stopped.
    """
    term = _Reader(text).whole()
    stack, deepest = [(term, 1)], 0
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        stack.extend((arg, depth + 1) for arg in node.args)
    if deepest > MAX_DEPTH:
        raise Unreadable(f"a term is nested deeper than {MAX_DEPTH}")
    return term


def read_equation(text: str) -> tuple[Node, Node]:
    """The two sides of `left = right`.

    Raises:
        Unreadable: it is no equation.
    """
    sides = text.split("=")
    if len(sides) != 2:
        raise Unreadable(f"an equation has one '=', but {text[:80]!r} has {len(sides) - 1}")
    return read_term(sides[0]), read_term(sides[1])


def leaves(term: Node) -> frozenset[str]:
    """The symbols without arguments in the term."""
    found: set[str] = set()
    stack = [term]
    while stack:
        node = stack.pop()
        stack.extend(node.args)
        if not node.args:
            found.add(node.symbol)
    return frozenset(found)


def match(
    pattern: Node, term: Node, variables: frozenset[str], bindings: Mapping[str, Node]
) -> dict[str, Node] | None:
    """The bindings of variables, extending those given, that make `pattern` equal to `term`.

    There is at most one, because `term` is fixed: matching, not unification.

    Args:
        variables: the leaves of `pattern` that may be bound.
    """
    found = dict(bindings)
    stack = [(pattern, term)]
    while stack:
        one, two = stack.pop()
        if not one.args and one.symbol in variables:
            if found.setdefault(one.symbol, two) != two:
                return None
        elif one.symbol != two.symbol or len(one.args) != len(two.args):
            return None
        else:
            stack.extend(zip(one.args, two.args))
    return found


def show_term(term: Node) -> str:
    """The term as text, bracketed in full; `read_term` reads it back."""
    if not term.args:
        return term.symbol
    inner = [show_term(arg) for arg in term.args]
    if term.symbol in _LEVEL and len(inner) == 2:
        return f"({inner[0]} {term.symbol} {inner[1]})"
    if term.symbol in _POSTFIX:
        return f"({inner[0]}){term.symbol}"
    if term.symbol in _PREFIX.values():
        return f"{term.symbol[-1]}({inner[0]})"
    return f"{term.symbol}({', '.join(inner)})"
