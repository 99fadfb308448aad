"""Reads first-order formulas in Unicode, ASCII, LaTeX commands or words.

    ¬  ~ ! not          ∧  & && /\\ ^ and       ∨  | || \\/ or
    →  -> => ⊃ implies  ↔  <-> <=> ≡ iff       ⊥  _|_ false bot
    ∀  forall           ∃  exists              =  ≠ !=

From tight to loose: ¬ and quantifiers, ∧, ∨, → (to the right), ↔ (not chained). A dot or colon
after the variable stretches a quantifier as far right as possible: `∀x. P(x) → Q(x)` is
`∀x (P(x) → Q(x))`, while `∀x P(x) → Q(x)` is `(∀x P(x)) → Q(x)`. Predicates and functions take
their arguments in brackets: `R(a, f(b))`. Variables begin with a small letter.

Only these characters are read: a look-alike letter of another script, a digit of another script or
an invisible character is an error that names it. Reading takes time linear in the text, and the
nesting is bounded, so that everything that works on formulas may recurse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from veragym.verifiers.faults import Unreadable
from veragym.verifiers.proof.formulas import (
    FALSUM,
    Apply,
    Atom,
    Binary,
    Bound,
    Equal,
    Formula,
    Not,
    Quantified,
    Term,
)

MAX_CHARS = 2_000
"""Characters of one formula."""
MAX_DEPTH = 60
"""Nesting of one formula, its terms included."""

Signature = Mapping[str, tuple[str, int]]
"""What each symbol is: ("predicate" | "function" | "name", number of arguments)."""

_SIGNS = {
    "¬": "¬", "~": "¬", "!": "¬", "not": "¬", "\\neg": "¬", "\\lnot": "¬",
    "∧": "∧", "&": "∧", "&&": "∧", "/\\": "∧", "^": "∧", "and": "∧", "\\land": "∧",
    "\\wedge": "∧",
    "∨": "∨", "|": "∨", "||": "∨", "\\/": "∨", "or": "∨", "\\lor": "∨", "\\vee": "∨",
    "→": "→", "->": "→", "=>": "→", "⊃": "→", "⇒": "→", "implies": "→", "\\to": "→",
    "\\rightarrow": "→", "\\Rightarrow": "→", "\\implies": "→",
    "↔": "↔", "<->": "↔", "<=>": "↔", "≡": "↔", "⇔": "↔", "iff": "↔", "\\iff": "↔",
    "\\leftrightarrow": "↔", "\\Leftrightarrow": "↔",
    "⊥": "⊥", "_|_": "⊥", "false": "⊥", "bot": "⊥", "\\bot": "⊥",
    "∀": "∀", "forall": "∀", "\\forall": "∀", "∃": "∃", "exists": "∃", "\\exists": "∃",
    "=": "=", "≠": "≠", "!=": "≠", "\\neq": "≠", "\\ne": "≠",
    "(": "(", ")": ")", "[": "(", "]": ")", ",": ",", ".": ".", ":": ".",
}  # fmt: skip
_TOKEN = re.compile(
    r"\s*(?:(_\|_|<->|<=>|->|=>|&&|\|\||/\\|\\/|!=|\\[A-Za-z]+|[^\sA-Za-z0-9_])"
    r"|([A-Za-z0-9][A-Za-z0-9_]*'*))"
)
_SPACE = re.compile(r"\s*")
_VARIABLE = re.compile(r"\s*([a-z][a-z0-9_]*'*)")
_LEVEL = {"↔": 1, "→": 2, "∨": 3, "∧": 4}


@dataclass(frozen=True, slots=True)
class Token:
    """A sign in its canonical form, or a word (`word` is true)."""

    text: str
    word: bool = False


def _tokens(text: str) -> list[Token]:
    if len(text) > MAX_CHARS:
        raise Unreadable(f"a formula is longer than {MAX_CHARS} characters")
    found: list[Token] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        if found and found[-1].text in {"∀", "∃"} and not found[-1].word:
            variable = _VARIABLE.match(text, position)
            if not variable:
                raise Unreadable(
                    f"{found[-1].text} must be followed by a variable that begins with a small "
                    f"letter, but {text[position : position + 12]!r} follows"
                )
            found.append(Token(variable.group(1), True))
            position = variable.end()
            continue
        match = _TOKEN.match(text, position)
        if not match:
            start = _SPACE.match(text, position)
            raise _strange(text[start.end() if start else position])
        sign, word = match.groups()
        position = match.end()
        if word and word not in _SIGNS:
            found.append(Token(word, True))
        elif (sign or word) in _SIGNS:
            found.append(Token(_SIGNS[sign or word]))
        else:
            raise _strange(sign)
    return found


def _strange(sign: str) -> Unreadable:
    if len(sign) > 1:
        return Unreadable(f"{sign} is no sign of a formula")
    return Unreadable(f"the character U+{ord(sign):04X} ({sign!a}) is no part of a formula")


class _Reader:
    """Recursive descent over one formula's tokens."""

    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0
        self.bound: list[str] = []
        self.uses: dict[str, tuple[str, int]] = {}

    def peek(self, ahead: int = 0) -> str:
        """The sign at hand; "" at a word or the end."""
        place = self.at + ahead
        if place >= len(self.tokens) or self.tokens[place].word:
            return ""
        return self.tokens[place].text

    def word(self) -> str:
        """The word at hand, taken; "" if there is none."""
        if self.at < len(self.tokens) and self.tokens[self.at].word:
            self.at += 1
            return self.tokens[self.at - 1].text
        return ""

    def expect(self, sign: str) -> None:
        if self.peek() != sign:
            raise Unreadable(f"{sign!r} is missing {self.place()}")
        self.at += 1

    def place(self) -> str:
        """Where the reader stands, for messages."""
        if self.at >= len(self.tokens):
            return "at the end of the formula"
        return f"before {self.tokens[self.at].text!r}"

    def use(self, symbol: str, kind: str, arity: int) -> None:
        merge(self.uses, {symbol: (kind, arity)})

    def whole(self) -> Formula:
        if not self.tokens:
            raise Unreadable("a formula is missing")
        formula = self.binary(0)
        if self.at < len(self.tokens):
            raise Unreadable(f"the formula cannot be read on {self.place()}")
        return formula

    def binary(self, level: int) -> Formula:
        left = self.unary()
        while (sign := self.peek()) in _LEVEL and _LEVEL[sign] > level:
            self.at += 1
            own = _LEVEL[sign]
            left = Binary(sign, left, self.binary(own - 1 if sign == "→" else own))
            if sign == "↔" and self.peek() == "↔":
                raise Unreadable("a chain of ↔ needs brackets")
        return left

    def unary(self) -> Formula:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable(f"a formula is nested deeper than {MAX_DEPTH}")
        try:
            return self._unary()
        finally:
            self.depth -= 1

    def _unary(self) -> Formula:
        sign = self.peek()
        if sign == "¬":
            self.at += 1
            return Not(self.unary())
        if sign in {"∀", "∃"}:
            self.at += 1
            variable = self.variable(sign)
            wide = self.peek() == "."
            self.at += wide
            return self.quantified(sign, variable, wide)
        if sign == "(":
            self.at += 1
            inner = self.peek()
            if inner in {"∀", "∃"} and self.peek(2) == ")":
                self.at += 1
                variable = self.variable(inner)
                self.at += 1
                return self.quantified(inner, variable, False)
            formula = self.binary(0)
            self.expect(")")
            return formula
        if sign == "⊥":
            self.at += 1
            return FALSUM
        return self.atom()

    def variable(self, sign: str) -> str:
        variable = self.word()
        if not variable:
            raise Unreadable(f"{sign} must be followed by a variable")
        self.use(variable, "name", 0)
        return variable

    def quantified(self, sign: str, variable: str, wide: bool) -> Formula:
        self.bound.append(variable)
        body = self.binary(0) if wide else self.unary()
        self.bound.pop()
        return Quantified(sign, body, variable)

    def atom(self) -> Formula:
        symbol = self.word()
        if not symbol:
            raise Unreadable(f"a formula is missing {self.place()}")
        args = self.arguments()
        sign = self.peek()
        if sign in {"=", "≠"}:
            self.at += 1
            left = self.made_term(symbol, args)
            equation = Equal(left, self.term())
            if self.peek() in {"=", "≠"}:
                raise Unreadable("a chain of equations needs ∧")
            return equation if sign == "=" else Not(equation)
        if symbol in self.bound and not args:
            raise Unreadable(f"the variable {symbol!r} stands where a formula is expected")
        if symbol[0].isdigit():
            raise Unreadable(f"the numeral {symbol!r} stands where a formula is expected")
        self.use(symbol, "predicate", len(args))
        return Atom(symbol, args)

    def arguments(self) -> tuple[Term, ...]:
        if self.peek() != "(":
            return ()
        self.at += 1
        found = [self.term()]
        while self.peek() == ",":
            self.at += 1
            found.append(self.term())
        self.expect(")")
        return tuple(found)

    def term(self) -> Term:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable(f"a formula is nested deeper than {MAX_DEPTH}")
        symbol = self.word()
        if not symbol:
            raise Unreadable(f"a term is missing {self.place()}")
        made = self.made_term(symbol, self.arguments())
        self.depth -= 1
        return made

    def made_term(self, symbol: str, args: tuple[Term, ...]) -> Term:
        self.use(symbol, "function" if args else "name", len(args))
        if not args and symbol in self.bound:
            # The innermost quantifier over the name binds it.
            return Bound(self.bound[::-1].index(symbol))
        return Apply(symbol, args)


def merge(signature: dict[str, tuple[str, int]], uses: Signature) -> None:
    """Adds what a formula uses its symbols as.

    Raises:
        Unreadable: a symbol is already used as something else.
    """
    for symbol, use in uses.items():
        before = signature.setdefault(symbol, use)
        if before != use:
            raise Unreadable(
                f"{symbol!r} is used both as {_use(before)} and as {_use(use)}; rename one"
            )


def _use(use: tuple[str, int]) -> str:
    kind, arity = use
    if kind == "name":
        return "a name of an individual"
    if kind == "predicate" and arity == 0:
        return "a propositional letter"
    return f"a {kind} of {arity}"


def read_formula(text: str) -> tuple[Formula, Signature]:
    """The formula that the text is, and what it uses its symbols as.

    Raises:
        Unreadable: it is none; the message says where reading stopped.
    """
    reader = _Reader(text)
    formula = reader.whole()
    if _depth(formula) > MAX_DEPTH:
        raise Unreadable(f"a formula is nested deeper than {MAX_DEPTH}")
    return formula, reader.uses


def _depth(formula: Formula) -> int:
    """Nesting of connectives: a chain `P ∧ P ∧ …` nests without brackets."""
    deepest = 0
    stack = [(formula, 1)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        if isinstance(node, (Not, Quantified)):
            stack.append((node.body, depth + 1))
        elif isinstance(node, Binary):
            stack += [(node.left, depth + 1), (node.right, depth + 1)]
    return deepest


def read_all(texts: Iterable[str]) -> tuple[list[Formula], dict[str, tuple[str, int]]]:
    """Formulas that use their symbols in one way, and the signature they share.

    Raises:
        Unreadable: one cannot be read, or two disagree about a symbol.
    """
    signature: dict[str, tuple[str, int]] = {}
    formulas = []
    for text in texts:
        formula, uses = read_formula(text)
        merge(signature, uses)
        formulas.append(formula)
    return formulas, signature
