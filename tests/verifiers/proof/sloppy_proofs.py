"""Draws proofs from an author who knows the rules but forgets their side conditions.

Each line applies a rule to earlier lines, mostly properly. Now and then the author reaches into a
closed subproof, takes a subproof that is still open or does not end there, generalises a name that
is not arbitrary, generalises some of its occurrences only, or lets a variable be captured. Checkers
with a missing condition accept such proofs, and some of them prove what is false.
"""

from proof_semantics import symbols

from veragym.verifiers.proof.formulas import (
    FALSUM,
    Apply,
    Atom,
    Binary,
    Bound,
    Equal,
    Falsum,
    Not,
    Quantified,
    put,
    show,
)
from veragym.verifiers.proof.syntax import read_formula

NAMES = "ab"
PROPOSITIONAL = ["P", "Q", "P → Q", "Q → P", "P ∨ Q", "P ∨ Q", "P ∧ Q", "¬P", "¬Q", "P ↔ Q", "⊥"]
FIRST_ORDER = [
    "S(a)", "S(b)", "∀x S(x)", "∃x S(x)", "R(a, b)", "R(a, a)", "∀x ∃y R(x, y)", "∃x ∀y R(x, y)",
    "∃x R(x, a)", "a = b", "∀x (S(x) → T(x))", "T(a)", "∃x T(x)", "∀x R(x, x)",
]  # fmt: skip


def mapped(formula, change, depth=0):
    """The formula with `change(term, depth)` in place of each of its names and variables."""

    def term(one):
        if isinstance(one, Bound) or not one.args:
            return change(one, depth)
        return Apply(one.symbol, tuple(term(arg) for arg in one.args))

    match formula:
        case Atom(symbol, args):
            return Atom(symbol, tuple(term(arg) for arg in args))
        case Equal(left, right):
            return Equal(term(left), term(right))
        case Not(body):
            return Not(mapped(body, change, depth))
        case Binary(sign, left, right):
            return Binary(sign, mapped(left, change, depth), mapped(right, change, depth))
        case Quantified(sign, body, variable):
            return Quantified(sign, mapped(body, change, depth + 1), variable)
    return formula


class Author:
    """Writes one proof; `draw` is a seeded `random.Random`, `care` the chance to do it properly."""

    def __init__(self, draw, care):
        self.draw, self.care = draw, care
        quantified = draw.random() < 0.6
        self.pool = [
            read_formula(text)[0] for text in (FIRST_ORDER if quantified else PROPOSITIONAL)
        ]
        self.premises = draw.sample(self.pool, draw.randint(0, 3))
        self.lines = []  # (path, formula, rule, cites)
        self.path = ()
        for premise in self.premises:
            self.add(premise, "premise")

    def careful(self):
        return self.draw.random() < self.care

    def add(self, formula, rule, *cites):
        self.lines.append((self.path, formula, rule, cites))

    def line(self, fits=lambda formula: True):
        """Number of some earlier line that fits, within reach if the author takes care; else 0."""
        near = self.careful()
        found = [
            n
            for n, (path, formula, *_) in enumerate(self.lines, 1)
            if fits(formula) and (not near or self.path[: len(path)] == path)
        ]
        return self.draw.choice(found[-4:]) if found else 0

    def subproof(self, fits=lambda first, last: True):
        """First and last line of some subproof that fits, or None."""
        near, found = self.careful(), []
        for n, (path, formula, rule, _) in enumerate(self.lines, 1):
            if rule != "assumption":
                continue
            inside = [m for m, one in enumerate(self.lines, 1) if n - 1 in one[0]]
            ends = [inside[-1]] if near else inside
            if near and (n - 1 in self.path or self.path[: len(path) - 1] != path[:-1]):
                continue
            if near and self.lines[ends[0] - 1][0] != path:
                continue
            found += [(n, end) for end in ends if fits(formula, self.formula(end))]
        return self.draw.choice(found) if found else None

    def formula(self, n):
        return self.lines[n - 1][1]

    def write(self, length):
        for _ in range(length):
            self.draw.choice(self.MOVES)(self)
        while self.path:
            self.close()
            self.if_intro()
        while self.lines and self.lines[-1][0]:
            self.lines.pop()
        return self.lines

    def open(self):
        if len(self.path) < 3:
            self.assume(self.draw.choice(self.pool))

    def assume(self, formula):
        self.path = (*self.path, len(self.lines))
        self.add(formula, "assumption")

    def block(self, formula):
        """A subproof from the formula, of a few moves; its first and last line, and the level."""
        outer = self.path
        self.assume(formula)
        first = len(self.lines)
        for _ in range(self.draw.randint(0, 3)):
            self.draw.choice(self.SMALL)(self)
        self.path = outer
        return first, len(self.lines)

    def some_block(self):
        n = self.line(lambda f: isinstance(f, Quantified) and f.sign == "∃")
        if n and len(self.path) < 3:
            made = self.block(put(self.formula(n).body, Apply(self.draw.choice("abc"))))
            self.add(self.formula(made[1]), "∃E", n, made)

    def cases(self):
        n = self.line(lambda f: isinstance(f, Binary) and f.sign == "∨")
        if n and len(self.path) < 3:
            whole, outer = self.formula(n), self.path
            one = self.block(whole.left)
            result = self.formula(one[1])
            self.assume(whole.right)
            first = len(self.lines)
            if result != whole.right:
                near = self.line(lambda f: f == result)
                if near:
                    self.add(result, "R", near)
                elif m := self.line(lambda f: f == Binary("→", whole.right, result)):
                    self.add(result, "→E", m, first)
                elif isinstance(result, Binary) and result.sign == "∨":
                    self.add(result, "∨I", first)
            self.path = outer
            if self.lines[-1][1] == result or not self.careful():
                self.add(result, "∨E", n, one, (first, len(self.lines)))

    def refute(self):
        if len(self.path) < 3:
            denied = self.line(lambda f: isinstance(f, Not))
            choice = self.formula(denied).body if denied else Not(self.draw.choice(self.pool))
            outer = self.path
            self.assume(self.draw.choice((choice, Not(choice))))
            first = len(self.lines)
            self.falsum()
            self.path = outer
            assumed = self.formula(first)
            if self.lines[-1][1] == FALSUM or not self.careful():
                made = (first, len(self.lines))
                if isinstance(assumed, Not) and self.draw.random() < 0.5:
                    self.add(assumed.body, "RAA", made)
                else:
                    self.add(Not(assumed), "¬I", made)

    def close(self):
        self.path = self.path[:-1]

    def repeat(self):
        if n := self.line():
            self.add(self.formula(n), "R", n)

    def and_intro(self):
        if (n := self.line()) and (m := self.line()):
            self.add(Binary("∧", self.formula(n), self.formula(m)), "∧I", n, m)

    def elim(self):
        n = self.line(lambda f: isinstance(f, Binary) and f.sign in "∧→↔")
        if not n:
            return
        whole = self.formula(n)
        if whole.sign == "∧":
            self.add(self.draw.choice((whole.left, whole.right)), "∧E", n)
        elif m := self.line(lambda f: f == whole.left):
            self.add(whole.right, whole.sign + "E", n, m)
        elif m := self.line(
            lambda f: f == whole.right and (whole.sign == "↔" or not self.careful())
        ):
            self.add(whole.left, whole.sign + "E", n, m)

    def or_intro(self):
        if n := self.line():
            self.add(Binary("∨", self.formula(n), self.draw.choice(self.pool)), "∨I", n)

    def or_elim(self):
        n = self.line(lambda f: isinstance(f, Binary) and f.sign == "∨")
        if not n:
            return
        whole = self.formula(n)
        one = self.subproof(lambda first, last: first == whole.left)
        if one:
            two = self.subproof(
                lambda first, last: first == whole.right and last == self.formula(one[1])
            )
            if two:
                self.add(self.formula(one[1]), "∨E", n, one, two)

    def if_intro(self):
        if made := self.subproof():
            self.add(Binary("→", self.formula(made[0]), self.formula(made[1])), "→I", made)

    def not_intro(self):
        if made := self.subproof(lambda first, last: last == FALSUM):
            first = self.formula(made[0])
            if isinstance(first, Not) and self.draw.random() < 0.5:
                self.add(first.body, "RAA", made)
            else:
                self.add(Not(first), "¬I", made)

    def falsum(self):
        if n := self.line(lambda f: isinstance(f, Not)):
            if m := self.line(lambda f: f == self.formula(n).body):
                self.add(FALSUM, "¬E", n, m)
        elif n := self.line(lambda f: isinstance(f, Falsum)):
            self.add(self.draw.choice(self.pool), "⊥E", n)

    def all_elim(self):
        n = self.line(lambda f: isinstance(f, Quantified) and f.sign == "∀")
        if n:
            self.add(self.instance(self.formula(n).body), "∀E", n)

    def instance(self, body):
        value = Apply(self.draw.choice("abc"))
        if self.careful():
            return put(body, value)

        def sloppy(term, depth):
            if isinstance(term, Bound) and term.index == depth:
                # Under another quantifier the value is captured, elsewhere it is not the same.
                return Bound(0) if depth else Apply(self.draw.choice("abc"))
            return term

        return mapped(body, sloppy)

    def generalised(self, formula):
        """A body made from the formula by taking a name out, at all places or at some."""
        functions = symbols([formula])[1]
        name = self.draw.choice(sorted(functions) or ["a"])
        every = self.careful()

        def change(term, depth):
            if term == Apply(name) and (every or self.draw.random() < 0.5):
                return Bound(depth)
            return term

        return mapped(formula, change)

    def all_intro(self):
        if n := self.line(lambda f: symbols([f])[1]):
            self.add(Quantified("∀", self.generalised(self.formula(n)), "x"), "∀I", n)

    def some_intro(self):
        if n := self.line(lambda f: symbols([f])[1]):
            self.add(Quantified("∃", self.generalised(self.formula(n)), "x"), "∃I", n)

    def some_elim(self):
        n = self.line(lambda f: isinstance(f, Quantified) and f.sign == "∃")
        if n:
            body = self.formula(n).body
            made = self.subproof(
                lambda first, last: any(put(body, Apply(name)) == first for name in "abc")
            )
            if made:
                self.add(self.formula(made[1]), "∃E", n, made)

    def equal_elim(self):
        n = self.line(lambda f: isinstance(f, Equal))
        m = self.line()
        if n and m:
            old, new = self.formula(n).left, self.formula(n).right

            def change(term, depth):
                return new if term == old and self.draw.random() < 0.7 else term

            self.add(mapped(self.formula(m), change), "=E", n, m)

    SMALL = (repeat, and_intro, elim, elim, or_intro, or_intro, falsum, all_elim, all_intro,
             some_intro, some_intro, equal_elim)  # fmt: skip
    MOVES = (
        open, open, close, close, repeat, and_intro, elim, elim, elim, or_intro, or_elim, cases,
        cases, cases, if_intro, if_intro, not_intro, refute, refute, falsum, falsum, all_elim,
        all_elim, all_intro, all_intro, some_intro, some_elim, some_block, some_block, some_block,
        equal_elim,
    )  # fmt: skip


def sloppy_proof(draw, care=0.9):
    """(premises, goal, proof text) of one drawn proof, or None if nothing was proved."""
    author = Author(draw, care)
    lines = author.write(draw.randint(3, 11))
    if not lines:
        return None
    text = []
    for n, (path, formula, rule, cites) in enumerate(lines, 1):
        cited = ", ".join(str(c) if isinstance(c, int) else f"{c[0]}-{c[1]}" for c in cites)
        text.append(f"{n}. {'| ' * len(path)}{show(formula)} ; {rule} {cited}")
    return [show(premise) for premise in author.premises], show(lines[-1][1]), "\n".join(text)
