"""The rules of natural deduction, one small function each.

A rule gets what it concludes and what it is applied to, and returns None, or what is wrong in one
clause. Whether the cited lines may be cited is settled before (`deduction`); the side conditions on
names are settled here, because they belong to the rules.

Source: G. Gentzen 1935; the layout with subproofs is Fitch's (1952). Intuitionistic logic leaves
out RAA, DNE and LEM; minimal logic leaves out ⊥E as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from veragym.verifiers.proof.formulas import (
    FALSUM,
    Apply,
    Binary,
    Equal,
    Formula,
    Not,
    Quantified,
    Term,
    instance_of,
    names,
    replaced,
    show,
)

LOGICS = ("classical", "intuitionistic", "minimal")
CLASSICAL_ONLY = frozenset({"DNE", "LEM"})


@dataclass(frozen=True, slots=True)
class Stated:
    """A cited line.

    Attributes:
        formula: what it says.
        open_names: names free in the premises and in the assumptions it stands under.
    """

    formula: Formula
    open_names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Derived:
    """A cited subproof, closed.

    Attributes:
        assumption: its first line; None where it opens with a fresh name only.
        fresh: the fresh name it opens with, or "".
        result: its last line.
        open_names: names free in the premises and in the assumptions it stands under, its own
            assumption not counted.
    """

    assumption: Formula | None
    fresh: str
    result: Formula
    open_names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Step:
    """One application of a rule.

    Attributes:
        formula: the conclusion.
        lines, subproofs: what is cited, in order.
        open_names: names free in the premises and in the assumptions the conclusion stands under.
        logic: one of `LOGICS`.
    """

    formula: Formula
    lines: tuple[Stated, ...]
    subproofs: tuple[Derived, ...]
    open_names: frozenset[str]
    logic: str


Rule = Callable[[Step], str | None]


def reiterate(step: Step) -> str | None:
    """φ ⊢ φ."""
    return None if step.lines[0].formula == step.formula else "it does not repeat the cited line"


def and_intro(step: Step) -> str | None:
    """φ, ψ ⊢ φ ∧ ψ."""
    one, two = (line.formula for line in step.lines)
    match step.formula:
        case Binary("∧", left, right) if (left, right) in ((one, two), (two, one)):
            return None
    return "it is not the conjunction of the cited lines"


def and_elim(step: Step) -> str | None:
    """φ ∧ ψ ⊢ φ; φ ∧ ψ ⊢ ψ."""
    match step.lines[0].formula:
        case Binary("∧", left, right):
            if step.formula in (left, right):
                return None
            return "it is neither side of the cited conjunction"
    return f"the cited line {show(step.lines[0].formula)} is no conjunction"


def or_intro(step: Step) -> str | None:
    """φ ⊢ φ ∨ ψ; ψ ⊢ φ ∨ ψ."""
    match step.formula:
        case Binary("∨", left, right):
            if step.lines[0].formula in (left, right):
                return None
            return "the cited line is neither side of it"
    return "it is no disjunction"


def or_elim(step: Step) -> str | None:
    """φ ∨ ψ, [φ … χ], [ψ … χ] ⊢ χ."""
    one, two = step.subproofs
    match step.lines[0].formula:
        case Binary("∨", left, right):
            if (one.assumption, two.assumption) not in ((left, right), (right, left)):
                return "the two subproofs do not assume the two sides of the cited disjunction"
        case other:
            return f"the cited line {show(other)} is no disjunction"
    if not one.result == two.result == step.formula:
        return "the two subproofs do not both end with it"
    return None


def if_intro(step: Step) -> str | None:
    """[φ … ψ] ⊢ φ → ψ."""
    made = step.subproofs[0]
    match step.formula:
        case Binary("→", left, right):
            if made.assumption != left:
                return "the subproof does not assume its left side"
            if made.result != right:
                return "the subproof does not end with its right side"
            return None
    return "it is no implication"


def if_elim(step: Step) -> str | None:
    """φ → ψ, φ ⊢ ψ."""
    one, two = (line.formula for line in step.lines)
    for whole, part in ((one, two), (two, one)):
        if whole == Binary("→", part, step.formula):
            return None
    return "the cited lines are not an implication of it and that implication's left side"


def not_intro(step: Step) -> str | None:
    """[φ … ⊥] ⊢ ¬φ."""
    made = step.subproofs[0]
    if made.result != FALSUM:
        return "the subproof does not end with ⊥"
    if made.assumption is None or step.formula != Not(made.assumption):
        return "it is not the negation of what the subproof assumes"
    return None


def not_elim(step: Step) -> str | None:
    """φ, ¬φ ⊢ ⊥."""
    one, two = (line.formula for line in step.lines)
    if step.formula != FALSUM:
        return "its conclusion must be ⊥"
    if one != Not(two) and two != Not(one):
        return "the cited lines are not a formula and its negation"
    return None


def falsum_elim(step: Step) -> str | None:
    """⊥ ⊢ φ. Not in minimal logic."""
    if step.logic == "minimal":
        return "minimal logic does not have it"
    return None if step.lines[0].formula == FALSUM else "the cited line is not ⊥"


def reductio(step: Step) -> str | None:
    """[¬φ … ⊥] ⊢ φ, classical only. Many also write it for `not_intro`, which it then is."""
    made = step.subproofs[0]
    if made.result != FALSUM:
        return "the subproof does not end with ⊥"
    if made.assumption is not None and step.formula == Not(made.assumption):
        return None
    if made.assumption != Not(step.formula):
        return "the subproof does not assume its negation"
    return None if step.logic == "classical" else f"{step.logic} logic does not have it"


def double_negation(step: Step) -> str | None:
    """¬¬φ ⊢ φ. Classical only."""
    return None if step.lines[0].formula == Not(Not(step.formula)) else "the cited line is not ¬¬it"


def excluded_middle(step: Step) -> str | None:
    """⊢ φ ∨ ¬φ. Classical only."""
    match step.formula:
        case Binary("∨", left, Not(right)) if left == right:
            return None
    return "it is not of the form φ ∨ ¬φ"


def iff_intro(step: Step) -> str | None:
    """[φ … ψ], [ψ … φ] ⊢ φ ↔ ψ; φ → ψ, ψ → φ ⊢ φ ↔ ψ."""
    match step.formula:
        case Binary("↔", left, right):
            pass
        case _:
            return "it is no equivalence"
    ways = {(line.formula.left, line.formula.right) for line in step.lines
            if isinstance(line.formula, Binary) and line.formula.sign == "→"}  # fmt: skip
    ways |= {(made.assumption, made.result) for made in step.subproofs if made.assumption}
    if (left, right) in ways and (right, left) in ways:
        return None
    return "what is cited does not lead from each side to the other"


def iff_elim(step: Step) -> str | None:
    """φ ↔ ψ, φ ⊢ ψ and φ ↔ ψ, ψ ⊢ φ; also φ ↔ ψ ⊢ φ → ψ and φ ↔ ψ ⊢ ψ → φ."""
    formulas = [line.formula for line in step.lines]
    if len(formulas) == 1:
        match formulas[0], step.formula:
            case Binary("↔", left, right), Binary("→", first, second):
                if (first, second) in ((left, right), (right, left)):
                    return None
        return "it is neither direction of a cited equivalence"
    for whole, part in (formulas, formulas[::-1]):
        if whole in (Binary("↔", part, step.formula), Binary("↔", step.formula, part)):
            return None
    return "the cited lines are not an equivalence and one of its sides"


def all_elim(step: Step) -> str | None:
    """∀x φ ⊢ φ[t]."""
    match step.lines[0].formula:
        case Quantified("∀", body):
            fits, _ = instance_of(body, step.formula)
            return None if fits else "it is no instance of the cited line"
    return f"the cited line {show(step.lines[0].formula)} does not begin with ∀"


def all_intro(step: Step) -> str | None:
    """φ[a] ⊢ ∀x φ, from a line or from a subproof that opens with the fresh name a.

    The name may occur neither in the conclusion nor in an open assumption or premise.
    """
    match step.formula:
        case Quantified("∀", body):
            pass
        case _:
            return "it does not begin with ∀"
    if step.subproofs:
        made = step.subproofs[0]
        if made.assumption is not None:
            return "the subproof must open with a fresh name alone, such as [a]"
        source, open_names, fresh = made.result, made.open_names, made.fresh
    else:
        line = step.lines[0]
        source, open_names, fresh = line.formula, line.open_names, ""
    fits, term = instance_of(body, source)
    if not fits:
        return f"{show(source)} is no instance of it"
    return _eigenvariable(term, fresh, {
        "in the conclusion": names(step.formula),
        "in a premise or an open assumption": open_names,
    })  # fmt: skip


def some_intro(step: Step) -> str | None:
    """φ[t] ⊢ ∃x φ."""
    match step.formula:
        case Quantified("∃", body):
            fits, _ = instance_of(body, step.lines[0].formula)
            return None if fits else "the cited line is no instance of it"
    return "it does not begin with ∃"


def some_elim(step: Step) -> str | None:
    """∃x φ, [φ[a] … χ] ⊢ χ.

    The name a may occur neither in ∃x φ, nor in χ, nor in an open assumption or premise.
    """
    made = step.subproofs[0]
    source = step.lines[0].formula
    match source:
        case Quantified("∃", body):
            pass
        case _:
            return f"the cited line {show(source)} does not begin with ∃"
    if made.assumption is None:
        return "the subproof assumes nothing; it must assume an instance of the cited line"
    fits, term = instance_of(body, made.assumption)
    if not fits:
        return "the subproof does not assume an instance of the cited line"
    if made.result != step.formula:
        return "the subproof does not end with it"
    return _eigenvariable(term, made.fresh, {
        "in the cited line": names(source),
        "in the conclusion": names(step.formula),
        "in a premise or an open assumption": made.open_names | step.open_names,
    })  # fmt: skip


def _eigenvariable(
    term: Term | None, fresh: str, forbidden: dict[str, frozenset[str]]
) -> str | None:
    """None if `term` may stand for an arbitrary individual."""
    if term is None:
        return None
    if not isinstance(term, Apply) or term.args:
        return "what is generalised must be a name, not a compound term"
    if fresh and term.symbol != fresh:
        return f"the subproof opens with the name {fresh}, but {term.symbol} is generalised"
    for where, used in forbidden.items():
        if term.symbol in used:
            return f"the name {term.symbol} is not arbitrary: it occurs {where}"
    return None


def equal_intro(step: Step) -> str | None:
    """⊢ t = t."""
    match step.formula:
        case Equal(left, right) if left == right:
            return None
    return "it is not of the form t = t"


def equal_elim(step: Step) -> str | None:
    """s = t, φ[s] ⊢ φ[t], and φ[t] ⊢ φ[s]; any of the occurrences, none under its own binder."""
    one, two = (line.formula for line in step.lines)
    for equation, before in ((one, two), (two, one)):
        if isinstance(equation, Equal):
            for old, new in ((equation.left, equation.right), (equation.right, equation.left)):
                if replaced(before, step.formula, old, new):
                    return None
    if not isinstance(one, Equal) and not isinstance(two, Equal):
        return "neither cited line is an equation"
    return "it does not come from one cited line by replacing equals given by the other"


RULES: dict[str, tuple[Rule, tuple[tuple[int, int], ...]]] = {
    "R": (reiterate, ((1, 0),)),
    "∧I": (and_intro, ((2, 0),)),
    "∧E": (and_elim, ((1, 0),)),
    "∨I": (or_intro, ((1, 0),)),
    "∨E": (or_elim, ((1, 2),)),
    "→I": (if_intro, ((0, 1),)),
    "→E": (if_elim, ((2, 0),)),
    "¬I": (not_intro, ((0, 1),)),
    "¬E": (not_elim, ((2, 0),)),
    "⊥E": (falsum_elim, ((1, 0),)),
    "RAA": (reductio, ((0, 1),)),
    "DNE": (double_negation, ((1, 0),)),
    "LEM": (excluded_middle, ((0, 0),)),
    "↔I": (iff_intro, ((0, 2), (2, 0), (1, 1))),
    "↔E": (iff_elim, ((2, 0), (1, 0))),
    "∀I": (all_intro, ((1, 0), (0, 1))),
    "∀E": (all_elim, ((1, 0),)),
    "∃I": (some_intro, ((1, 0),)),
    "∃E": (some_elim, ((1, 1),)),
    "=I": (equal_intro, ((0, 0),)),
    "=E": (equal_elim, ((2, 0),)),
}
"""Each rule, and the numbers of (lines, subproofs) it may be applied to."""
