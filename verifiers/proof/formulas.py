"""First-order formulas in which a name cannot be captured.

Bound variables are written as numbers (how many quantifiers lie between the variable and its own:
de Bruijn's indices), free ones as names. So two formulas that differ only in the names of their
bound variables are equal objects, and putting a term in place of a variable can capture nothing.
The names the author used are kept for messages only.

Free names stand for arbitrary individuals: a constant and a free variable are the same thing here,
and the side conditions on eigenvariables keep them apart where it matters.

Source: N. G. de Bruijn, "Lambda calculus notation with nameless dummies", 1972.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound variable: `index` quantifiers lie between it and the one that binds it."""

    index: int


@dataclass(frozen=True, slots=True)
class Apply:
    """A function of terms; without arguments, a name."""

    symbol: str
    args: tuple[Term, ...] = ()


Term = Bound | Apply


@dataclass(frozen=True, slots=True)
class Atom:
    """A predicate of terms; without arguments, a propositional letter."""

    symbol: str
    args: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Equal:
    """`left = right`."""

    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Falsum:
    """The formula that is never true."""


@dataclass(frozen=True, slots=True)
class Not:
    """`¬ body`. Kept apart from `body → ⊥`, which is another formula."""

    body: Formula


@dataclass(frozen=True, slots=True)
class Binary:
    """Two formulas joined by `∧`, `∨`, `→` or `↔` (`sign`)."""

    sign: str
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Quantified:
    """`∀` or `∃` (`sign`) over `body`, in which `Bound(0)` is the variable."""

    sign: str
    body: Formula
    variable: str = field(default="x", compare=False)


Formula = Atom | Equal | Falsum | Not | Binary | Quantified

FALSUM = Falsum()


def put_term(term: Term, value: Term, depth: int) -> Term:
    """`term` with `value` in place of the variable bound `depth` quantifiers further out."""
    if isinstance(term, Bound):
        # An index above `depth` cannot occur: formulas are closed but for the one variable.
        return value if term.index == depth else term
    if not term.args:
        return term
    return Apply(term.symbol, tuple(put_term(arg, value, depth) for arg in term.args))


def put(body: Formula, value: Term, depth: int = 0) -> Formula:
    """`body` with the closed term `value` in place of its variable `Bound(0)`."""
    match body:
        case Atom(symbol, args):
            return Atom(symbol, tuple(put_term(arg, value, depth) for arg in args))
        case Equal(left, right):
            return Equal(put_term(left, value, depth), put_term(right, value, depth))
        case Not(inner):
            return Not(put(inner, value, depth))
        case Binary(sign, first, second):
            return Binary(sign, put(first, value, depth), put(second, value, depth))
        case Quantified(sign, inner, variable):
            return Quantified(sign, put(inner, value, depth + 1), variable)
    return body


def closed(term: Term) -> bool:
    """Whether the term holds no bound variable."""
    return not isinstance(term, Bound) and all(closed(arg) for arg in term.args)


def pairs(a: Formula, b: Formula) -> list[tuple[Term, Term, int]] | None:
    """The terms at matching places of two formulas of one shape, with the quantifiers above them.

    Returns:
        None if the formulas differ in anything but their terms.
    """
    found: list[tuple[Term, Term, int]] = []
    stack = [(a, b, 0)]
    while stack:
        left, right, level = stack.pop()
        match left, right:
            case Atom(), Atom():
                if left.symbol != right.symbol or len(left.args) != len(right.args):
                    return None
                found.extend((one, two, level) for one, two in zip(left.args, right.args))
            case Equal(), Equal():
                found.append((left.left, right.left, level))
                found.append((left.right, right.right, level))
            case Falsum(), Falsum():
                pass
            case Not(), Not():
                stack.append((left.body, right.body, level))
            case Binary(), Binary():
                if left.sign != right.sign:
                    return None
                stack.append((left.left, right.left, level))
                stack.append((left.right, right.right, level))
            case Quantified(), Quantified():
                if left.sign != right.sign:
                    return None
                stack.append((left.body, right.body, level + 1))
            case _:
                return None
    return found


def instance_of(body: Formula, formula: Formula) -> tuple[bool, Term | None]:
    """Whether `formula` is `body` with one closed term in place of `Bound(0)`, and that term.

    Returns:
        (fits, term); the term is None where the variable does not occur.
    """
    places = pairs(body, formula)
    if places is None:
        return False, None
    value: Term | None = None
    stack = places
    while stack:
        pattern, term, depth = stack.pop()
        if isinstance(pattern, Bound) and pattern.index == depth:
            if not closed(term) or (value is not None and value != term):
                return False, None
            value = term
        elif isinstance(pattern, Bound) or isinstance(term, Bound):
            if pattern != term:
                return False, None
        elif pattern.symbol != term.symbol or len(pattern.args) != len(term.args):
            return False, None
        else:
            stack.extend((one, two, depth) for one, two in zip(pattern.args, term.args))
    return True, value


def replaced(before: Formula, after: Formula, old: Term, new: Term) -> bool:
    """Whether `after` is `before` with some occurrences (also none or all) of `old` made `new`.

    `old` and `new` are closed, so that no occurrence lies under a quantifier that binds into it.
    """
    places = pairs(before, after)
    if places is None:
        return False
    stack = [(one, two) for one, two, _ in places]
    while stack:
        one, two = stack.pop()
        if one == two or (one == old and two == new):
            continue
        if isinstance(one, Bound) or isinstance(two, Bound):
            return False
        if one.symbol != two.symbol or len(one.args) != len(two.args):
            return False
        stack.extend(zip(one.args, two.args))
    return True


def names(formula: Formula) -> frozenset[str]:
    """The names (terms without arguments) that occur free."""
    found: set[str] = set()
    terms: list[Term] = []
    stack = [formula]
    while stack:
        match stack.pop():
            case Atom(_, args):
                terms.extend(args)
            case Equal(left, right):
                terms += [left, right]
            case Not(inner) | Quantified(_, inner, _):
                stack.append(inner)
            case Binary(_, first, second):
                stack += [first, second]
    while terms:
        term = terms.pop()
        if isinstance(term, Apply):
            if term.args:
                terms.extend(term.args)
            else:
                found.add(term.symbol)
    return frozenset(found)


_TIGHT = {"↔": 1, "→": 2, "∨": 3, "∧": 4}


def show(formula: Formula) -> str:
    """The formula in Unicode; `read_formula` reads it back to an equal object."""
    return _show(formula, [], 0, names(formula))


def _show(formula: Formula, bound: list[str], tight: int, taken: frozenset[str]) -> str:
    match formula:
        case Atom(symbol, args):
            return _show_term(Apply(symbol, args), bound)
        case Equal(left, right):
            return f"{_show_term(left, bound)} = {_show_term(right, bound)}"
        case Falsum():
            return "⊥"
        case Not(Equal() as inner):
            return f"¬({_show(inner, bound, 0, taken)})"
        case Not(inner):
            return "¬" + _show(inner, bound, 5, taken)
        case Quantified(sign, inner, variable):
            while variable in taken or variable in bound:
                variable += "'"
            if isinstance(inner, Equal):
                return f"{sign}{variable} ({_show(inner, [*bound, variable], 0, taken)})"
            return f"{sign}{variable} {_show(inner, [*bound, variable], 5, taken)}"
        case Binary(sign, first, second):
            own = _TIGHT[sign]
            one = _show(first, bound, own + (sign in "→↔"), taken)
            two = _show(second, bound, own + (sign != "→"), taken)
            text = f"{one} {sign} {two}"
            return f"({text})" if own < tight else text


def _show_term(term: Term, bound: list[str]) -> str:
    if isinstance(term, Bound):
        return bound[-1 - term.index]
    if not term.args:
        return term.symbol
    return f"{term.symbol}({', '.join(_show_term(arg, bound) for arg in term.args)})"
