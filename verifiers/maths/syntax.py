"""Reads LaTeX and plain mathematics into the tree of `nodes`: a bounded recursive-descent reader.

Nothing is evaluated and nothing of the text is ever executed. Depth, length and numerals are
bounded, so garbage costs linear time. Where notation is ambiguous the reader follows the
commonest convention and says so here:

    a/b c       (a/b)·c, left to right                  -x^2     -(x^2)
    3 1/2       a mixed number (so is 3\\frac{1}{2})     2^3^2    2^(3^2)
    sin 2x      sin(2x); sin x cos x is a product       log x    the natural logarithm
    e, i        Euler's number and the imaginary unit, unless the form names them variables
"""

from __future__ import annotations

from fractions import Fraction

from veragym.verifiers.faults import Restated, Unreadable
from veragym.verifiers.maths.nodes import (
    Apply,
    Const,
    Group,
    Listing,
    Matrix,
    Node,
    Num,
    Relation,
    Sym,
)
from veragym.verifiers.maths.tokens import Token, tokenise
from veragym.verifiers.maths.vocabulary import (
    ALIASES,
    CONSTANTS,
    FUNCTIONS,
    GREEK,
    INVERSE,
    MATRICES,
    PLAIN_PROBLEMS,
    PROBLEMS,
    RELATION_COMMANDS,
    RELATIONS,
    WORDS,
)

MAX_DEPTH = 40
"""Nested brackets, fractions and exponents; a reader frame is about nine Python frames."""
MAX_SCIENTIFIC = 1_000
"""Largest exponent of a numeral such as 1e300."""

_CLOSERS = frozenset({")", "]", "}"})


def parse(text: str, variables: tuple[str, ...] = (), mixed: bool = True) -> Node:
    """The tree of one answer.

    Args:
        text: the answer alone, dressing such as `$…$` removed.
        variables: names that are variables even where they mean something else (`e`, `i`, `rate`).
        mixed: read `3 1/2` as three and a half; otherwise it is an error.
    Raises:
        Unreadable: it is not mathematics this reader knows, or exceeds its bounds.
        Restated: it holds an unevaluated sum, product, integral, limit or determinant.
    """
    reader = _Reader(tokenise(text), frozenset(variables), mixed)
    node = reader.listing()
    reader.expect_stop()
    return node


class _Reader:
    """One pass over the tokens; each method reads one level of precedence."""

    def __init__(self, tokens: list[Token], variables: frozenset[str], mixed: bool) -> None:
        self.variables = variables
        self.mixed = mixed
        self.depth = 0
        self.bars = 0
        self.at = 0
        self.tokens: list[Token] = []
        for token in tokens:
            if token.kind == "word":
                self._spell(token)
            else:
                self.tokens.append(token)

    # -- words ------------------------------------------------------------------------------

    def _spell(self, token: Token) -> None:
        """Splits a run of letters into variables, functions and keywords."""
        word, spaced = token.text, token.spaced
        put = self.tokens.append
        if word in self.variables:
            put(Token("sym", word, spaced))
        elif word in WORDS:
            put(Token("cmd", WORDS[word], spaced))
        elif word in PLAIN_PROBLEMS:
            put(Token("cmd", PLAIN_PROBLEMS[word], spaced))
        elif word in FUNCTIONS or word in ALIASES or word in CONSTANTS or word in GREEK:
            put(Token("cmd", word, spaced))
        elif len(word) <= 3:
            for letter in word:
                known = letter in CONSTANTS and letter not in self.variables
                put(Token("cmd" if known else "sym", letter, spaced))
                spaced = False
        else:
            for size in (6, 4, 3, 2):
                head, tail = word[:size], word[size:]
                if (head in FUNCTIONS or head in ALIASES) and len(tail) == 1:
                    put(Token("cmd", head, spaced))
                    put(Token("sym", tail, False))
                    return
            raise Unreadable("the answer holds words; give the answer alone")

    # -- tokens -----------------------------------------------------------------------------

    def peek(self) -> Token:
        return self.tokens[self.at]

    def is_op(self, *texts: str) -> bool:
        token = self.tokens[self.at]
        return token.kind == "op" and token.text in texts

    def is_cmd(self, *texts: str) -> bool:
        token = self.tokens[self.at]
        return token.kind == "cmd" and token.text in texts

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def expect_stop(self) -> None:
        token = self.peek()
        if token.kind != "stop":
            raise Unreadable(f"the answer cannot be read at {token.text[:20]!r}")

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable(f"the answer is nested more than {MAX_DEPTH} deep")

    # -- precedence levels ------------------------------------------------------------------

    def listing(self) -> Node:
        """item {, item | or item | and item}"""
        items, words = [self.relation()], set()
        while self.is_op(",") or self.is_cmd("or", "and"):
            if self.is_op(","):
                self.take()
            if self.is_cmd("or", "and"):
                words.add(self.take().text)
            items.append(self.relation())
        if len(items) == 1:
            return items[0]
        if len(words) > 1:
            raise Unreadable("'or' and 'and' are mixed in the answer")
        return Listing(tuple(items), words.pop() if words else "")

    def relation(self) -> Node:
        """union {= union | < union | …}"""
        args, ops = [self.union()], []
        while True:
            token = self.peek()
            if token.kind == "op" and token.text in RELATIONS:
                ops.append(RELATIONS[token.text])
            elif token.kind == "cmd" and token.text in RELATION_COMMANDS:
                ops.append(RELATION_COMMANDS[token.text])
            else:
                break
            self.take()
            args.append(self.union())
        return args[0] if not ops else Relation(tuple(ops), tuple(args))

    def union(self) -> Node:
        node = self.sum()
        while self.is_cmd("cup", "cap", "setminus"):
            name = self.take().text
            op = {"cup": "union", "cap": "intersection"}.get(name, "difference")
            node = Apply(op, (node, self.sum()))
        return node

    def sum(self) -> Node:
        terms = [self.product()]
        while True:
            if self.is_op("+"):
                self.take()
                terms.append(self.product())
            elif self.is_op("-"):
                self.take()
                terms.append(Apply("neg", (self.product(),)))
            elif self.is_cmd("pm", "mp"):
                self.take()
                left = terms[0] if len(terms) == 1 else Apply("add", tuple(terms))
                terms = [Apply("pm", (left, self.product()))]
            else:
                break
        return terms[0] if len(terms) == 1 else Apply("add", tuple(terms))

    def product(self) -> Node:
        factors = [self.unary()]
        while True:
            if self.is_op("*") or self.is_cmd("cdot", "times"):
                self.take()
                factors.append(self.unary())
            elif self.is_op("/") or self.is_cmd("div"):
                self.take()
                factors = [Apply("div", (_times(factors), self.unary()))]
            elif self.starts_factor():
                factors.append(self.power())
            else:
                before = self.tokens[self.at - 1]
                if self.peek().kind == "num" and before.kind == "num":
                    raise Unreadable(
                        "two numbers stand side by side; close the gap or put a sign in it"
                    )
                return _times(factors)

    def starts_factor(self) -> bool:
        """Whether a factor follows without a multiplication sign."""
        token = self.peek()
        if token.kind == "sym" or token.kind == "begin":
            return True
        if token.kind == "cmd":
            return token.text in _FACTOR_COMMANDS
        if token.kind == "op":
            return token.text in "([{" or (token.text == "|" and not self.bars)
        if token.kind == "num":
            # 2^{x} 3^{y} and 5! 7! are products; 2 3 and x2 are not readable.
            before = self.tokens[self.at - 1]
            return before.kind == "op" and before.text in ")}!"
        return False

    def unary(self) -> Node:
        if self.is_op("-"):
            self.take()
            self.enter()
            node = Apply("neg", (self.unary(),))
            self.depth -= 1
            return node
        if self.is_op("+"):
            self.take()
            self.enter()
            node_plus = self.unary()
            self.depth -= 1
            return node_plus
        if self.is_cmd("pm", "mp"):
            self.take()
            return Apply("pm", (self.power(),))
        return self.power()

    def power(self) -> Node:
        base = self.postfix()
        if not self.is_op("^"):
            return base
        self.take()
        if self.is_cmd("circ"):
            self.take()
            return Apply("degree", (base,))
        self.enter()
        exponent = self.exponent()
        self.depth -= 1
        if exponent == _CIRC:
            return Apply("degree", (base,))
        return Apply("pow", (base, exponent))

    def exponent(self) -> Node:
        """A brace group, or one signed factor (its own power included: 2^3^2)."""
        if self.is_op("-"):
            self.take()
            return Apply("neg", (self.exponent_factor(),))
        if self.is_op("+"):
            self.take()
        return self.exponent_factor()

    def exponent_factor(self) -> Node:
        if self.is_op("{"):
            self.take()
            if self.is_cmd("circ"):
                self.take()
                self.close("}")
                return _CIRC
            node = self.listing()
            self.close("}")
            return node
        return self.power()

    def close(self, text: str) -> None:
        token = self.take() if self.peek().kind != "stop" else self.peek()
        if token.kind != "op" or token.text != text:
            raise Unreadable(f"a closing {text!r} is missing in the answer")

    def postfix(self) -> Node:
        node = self.atom()
        while True:
            if self.is_op("!"):
                self.take()
                node = Apply("factorial", (node,))
            elif self.is_op("%") or self.is_cmd("%"):
                self.take()
                node = Apply("percent", (node,))
            elif self.is_op("_"):
                raise Unreadable("a subscript stands where none can be read")
            else:
                return node

    # -- atoms ------------------------------------------------------------------------------

    def atom(self) -> Node:
        token = self.peek()
        if token.kind == "stop":
            raise Unreadable("the answer breaks off" if self.at else "the answer is empty")
        self.enter()
        self.take()
        node: Node
        if token.kind == "num":
            node = self.numeral(token)
        elif token.kind == "sym":
            node = self.symbol(token.text)
        elif token.kind == "cmd":
            node = self.command(token.text)
        elif token.kind == "begin":
            node = self.matrix(token.text)
        elif token.kind == "op" and token.text in "([{":
            node = self.group(token.text)
        elif token.kind == "op" and token.text == "|":
            self.bars += 1
            node = Apply("abs", (self.listing(),))
            self.bars -= 1
            self.close("|")
        else:
            raise Unreadable(f"the answer cannot be read at {token.text[:20]!r}")
        self.depth -= 1
        return node

    def numeral(self, token: Token) -> Node:
        number = numeral_node(token.text)
        if not (number.digits and self.mixed):
            return number
        following = self.peek()
        if following.kind == "cmd" and following.text == "frac":
            before = self.at
            self.take()
            part = self.fraction()
            proper = _proper(part)
            if proper is None:
                self.at = before
                return number
            return Apply("mixed", (number, part))
        if following.kind == "num" and following.spaced and self.at + 2 < len(self.tokens):
            slash, below = self.tokens[self.at + 1], self.tokens[self.at + 2]
            if slash.kind == "op" and slash.text == "/" and below.kind == "num":
                part = Apply("div", (numeral_node(following.text), numeral_node(below.text)))
                if _proper(part) is not None:
                    self.at += 3
                    return Apply("mixed", (number, part))
        return number

    def symbol(self, name: str) -> Node:
        while self.is_op("'"):
            self.take()
            name += "'"
        if self.is_op("_"):
            self.take()
            name = f"{name}_{self.subscript()}"
        while self.is_op("'"):
            self.take()
            name += "'"
        return Sym(name)

    def subscript(self) -> str:
        token = self.take() if self.peek().kind != "stop" else self.peek()
        if token.kind in {"num", "sym"} or (token.kind == "cmd" and token.text.isalpha()):
            return token.text
        if token.kind == "op" and token.text == "{":
            parts: list[str] = []
            while not self.is_op("}"):
                part = self.peek()
                prime = part.kind == "op" and part.text == "'"
                if not (prime or part.kind in {"num", "sym", "cmd"}) or len(parts) > 8:
                    raise Unreadable("a subscript cannot be read")
                parts.append(self.take().text)
            self.take()
            return "".join(parts)
        raise Unreadable("a subscript cannot be read")

    def group(self, opened: str) -> Node:
        """Items up to a closing bracket; `(x)` and LaTeX's `{x}` are x itself."""
        bars, self.bars = self.bars, 0
        items: tuple[Node, ...] = ()
        if not self.closes():
            inner = self.listing()
            items = inner.items if isinstance(inner, Listing) else (inner,)
            if isinstance(inner, Listing) and inner.word:
                raise Unreadable("'or' and 'and' cannot stand inside brackets")
        if not self.closes():
            raise Unreadable(f"a bracket {opened!r} is not closed")
        closed = self.take().text
        self.bars = bars
        if len(items) == 1 and (opened, closed) in {("(", ")"), ("{", "}")}:
            return items[0]
        if (opened == "{") != (closed == "}"):
            raise Unreadable(f"{opened!r} is closed by {closed!r}")
        return Group(opened, closed, items)

    def closes(self) -> bool:
        token = self.peek()
        return token.kind == "op" and token.text in _CLOSERS

    def set_braces(self) -> Node:
        r"""`\{ … \}`: always a set, also of one element."""
        bars, self.bars = self.bars, 0
        items: tuple[Node, ...] = ()
        if not self.is_cmd("}"):
            inner = self.listing()
            items = inner.items if isinstance(inner, Listing) else (inner,)
        if not self.is_cmd("}"):
            raise Unreadable("a set brace is not closed")
        self.take()
        self.bars = bars
        return Group("{", "}", items)

    def bracketed(self, closer: str, op: str) -> Node:
        node = self.listing()
        if not self.is_cmd(closer):
            raise Unreadable(f"\\{closer} is missing in the answer")
        self.take()
        return Apply(op, (node,))

    def argument(self) -> Node:
        """One LaTeX argument: a brace group, one digit of a numeral, or one atom."""
        token = self.peek()
        if token.kind == "op" and token.text == "{":
            self.take()
            node = self.listing()
            self.close("}")
            return node
        if token.kind == "num" and token.text.isdigit() and len(token.text) > 1:
            self.tokens[self.at] = Token("num", token.text[1:], False)
            return numeral_node(token.text[0])
        return self.atom()

    def fraction(self) -> Apply:
        self.enter()
        over = self.argument()
        under = self.argument()
        self.depth -= 1
        return Apply("div", (over, under))

    def command(self, name: str) -> Node:
        if name in PROBLEMS:
            raise Restated(f"the answer is {PROBLEMS[name]} left unevaluated; give its value")
        if name == "frac":
            return self.fraction()
        if name in {"sqrt", "cbrt"}:
            return self.root(name)
        if name == "binom":
            over = self.argument()
            if isinstance(over, Listing):
                return Apply("binom", over.items)
            return Apply("binom", (over, self.argument()))
        if name in CONSTANTS and name not in self.variables:
            return Const(CONSTANTS[name])
        if name == "{":
            return self.set_braces()
        if name == "lfloor":
            return self.bracketed("rfloor", "floor")
        if name == "lceil":
            return self.bracketed("rceil", "ceil")
        if name == "langle":
            inner = self.listing()
            if not self.is_cmd("rangle"):
                raise Unreadable("\\rangle is missing in the answer")
            self.take()
            return Group("(", ")", inner.items if isinstance(inner, Listing) else (inner,))
        if name in FUNCTIONS or name in ALIASES:
            return self.function(ALIASES.get(name, name))
        if name in GREEK:
            return self.symbol(name)
        if name in {"or", "and"}:
            raise Unreadable(f"{name!r} stands where an answer was expected")
        raise Unreadable(f"the command \\{name[:20]} is not known in answers")

    def root(self, name: str) -> Node:
        degree: Node = numeral_node("3" if name == "cbrt" else "2")
        if name == "sqrt" and self.is_op("["):
            self.take()
            degree = self.relation()
            self.close("]")
        self.enter()
        token = self.peek()
        radicand = self.argument() if token.kind == "op" and token.text == "{" else self.atom()
        self.depth -= 1
        if isinstance(degree, Num):
            return Apply("root", (radicand, degree))
        return Apply("pow", (radicand, Apply("div", (numeral_node("1"), degree))))

    def function(self, name: str) -> Node:
        """`\\sin x`, `\\sin^2 x`, `\\log_2 8`, `sin(x)`, `max(a, b)`."""
        base: Node | None = None
        outer: Node | None = None
        if self.is_op("_"):
            self.take()
            base = self.argument()
        if self.is_op("^"):
            self.take()
            self.enter()
            outer = self.exponent()
            self.depth -= 1
        args = self.function_arguments()
        if outer == Apply("neg", (Num(Fraction(1), "1"),)) and name in INVERSE:
            name, outer = INVERSE[name], None
        node: Node
        if name == "ln" and base is not None:
            node = Apply("div", (Apply("ln", args), Apply("ln", (base,))))
        elif name == "log10":
            node = Apply("div", (Apply("ln", args), Apply("ln", (numeral_node("10"),))))
        elif name == "ln" and len(args) == 2:
            node = Apply("div", (Apply("ln", args[:1]), Apply("ln", args[1:])))
        elif base is not None:
            raise Unreadable(f"{name} has a subscript that cannot be read")
        elif name == "exp" and len(args) == 1:
            node = Apply("pow", (Const("e"), args[0]))
        else:
            node = Apply(name, args)
        return node if outer is None else Apply("pow", (node, outer))

    def function_arguments(self) -> tuple[Node, ...]:
        token = self.peek()
        self.enter()
        if token.kind == "op" and token.text in {"(", "{", "["}:
            self.take()
            bars, self.bars = self.bars, 0
            inner = self.listing()
            self.bars = bars
            self.close({"(": ")", "{": "}", "[": "]"}[token.text])
            self.depth -= 1
            return inner.items if isinstance(inner, Listing) else (inner,)
        factors = [self.power()]
        while self.starts_factor() and not self.is_op("(", "[", "{"):
            following = self.peek()
            if following.kind == "cmd" and (
                following.text in FUNCTIONS or following.text in ALIASES
            ):
                break
            factors.append(self.power())
        self.depth -= 1
        return (_times(factors),)

    def matrix(self, name: str) -> Node:
        if name == "vmatrix" or name == "Vmatrix":
            raise Restated("the answer is a determinant left unevaluated; give its value")
        if name not in MATRICES:
            raise Unreadable(f"the environment {name!r} is not known in answers")
        if name == "array" and self.is_op("{"):
            while not self.is_op("}"):
                if self.take().kind == "stop":
                    raise Unreadable("an array's column list is not closed")
            self.take()
        rows: list[tuple[Node, ...]] = []
        row: list[Node] = []
        while True:
            row.append(self.relation())
            if self.is_op("&"):
                self.take()
                continue
            rows.append(tuple(row))
            row = []
            if self.is_cmd("\\"):
                self.take()
            ended = self.peek()
            if ended.kind == "end":
                self.take()
                if ended.text != name:
                    raise Unreadable(f"environment {name!r} is closed by {ended.text!r}")
                return Matrix(tuple(rows))
            if self.tokens[self.at - 1].text != "\\":
                raise Unreadable("a matrix row cannot be read")


_CIRC = Const("circ")
_FACTOR_COMMANDS = (
    FUNCTIONS
    | frozenset(ALIASES)
    | frozenset(CONSTANTS)
    | GREEK
    | frozenset(PROBLEMS)
    | {"frac", "langle", "lfloor", "lceil"}
)


def _times(factors: list[Node]) -> Node:
    return factors[0] if len(factors) == 1 else Apply("mul", tuple(factors))


def _proper(part: Apply) -> Fraction | None:
    """The value of a proper fraction of two plain numerals, else None."""
    over, under = part.args
    if (
        isinstance(over, Num)
        and isinstance(under, Num)
        and over.digits
        and under.digits
        and 0 < over.value < under.value
    ):
        return over.value / under.value
    return None


def numeral_node(text: str) -> Num:
    """A numeral token as an exact number.

    Raises:
        Unreadable: its power of ten is beyond `MAX_SCIENTIFIC`.
    """
    if text.isdigit():
        return Num(Fraction(int(text)), text)
    mantissa, _, power = text.lower().partition("e")
    if power and (len(power) > 6 or abs(int(power)) > MAX_SCIENTIFIC):
        raise Unreadable(f"a power of ten beyond {MAX_SCIENTIFIC} cannot be read")
    whole, _, decimals = mantissa.partition(".")
    value = Fraction(int((whole or "0") + decimals)) * Fraction(10) ** (
        int(power or 0) - len(decimals)
    )
    return Num(value)
