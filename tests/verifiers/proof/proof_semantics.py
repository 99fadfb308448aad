"""The tables of proofs, and semantics to hold the checker against.

The semantics are written from the textbook definitions and share nothing with the checker but the
formulas' shape: truth tables, Kripke models, and all interpretations over small domains.
"""

import itertools
import random
import re
from dataclasses import dataclass
from pathlib import Path

from veragym.core import Draft
from veragym.verifiers.proof.formulas import (
    Apply,
    Atom,
    Binary,
    Bound,
    Equal,
    Falsum,
    Not,
    Quantified,
)

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """One proof of the tables.

    Attributes:
        name, logic, premises, goal, proof: what is judged.
        expected: empty for a valid proof, else what the table says of it.
    """

    name: str
    logic: str
    premises: tuple
    goal: str
    proof: str
    expected: str = ""

    @property
    def task(self):
        return deduction_task(self.premises, self.goal, self.logic)


def deduction_task(premises, goal, logic="classical"):
    public = {"premises": list(premises), "goal": goal, "logic": logic}
    return Draft(content="", prompt="", public=public, secret={})


def read_cases(name):
    """`### name [logic] premise ; premise ⊢ goal`, the proof, `=> what is expected`."""
    cases = []
    for block in (HERE / name).read_text().split("### ")[1:]:
        head, _, body = block.partition("\n")
        title, logic, sequent = re.fullmatch(r"(.*?) \[(\w+)\] (.*)", head).groups()
        premises, goal = sequent.split("⊢")
        proof, _, expected = ("\n" + body).partition("\n=> ")
        stated = tuple(text.strip() for text in premises.split(";") if text.strip())
        cases.append(Case(title, logic, stated, goal.strip(), proof, expected.strip()))
    return cases


VALID = read_cases("valid.txt")
INVALID = read_cases("invalid.txt")


def symbols(formulas):
    """{symbol: arity} of the predicates, and of the functions and free names."""
    predicates, functions = {}, {}

    def terms(term):
        if isinstance(term, Apply):
            functions[term.symbol] = len(term.args)
            for arg in term.args:
                terms(arg)

    def walk(node):
        match node:
            case Atom(symbol, args):
                predicates[symbol] = len(args)
                for arg in args:
                    terms(arg)
            case Equal(left, right):
                terms(left)
                terms(right)
            case Not(body) | Quantified(_, body, _):
                walk(body)
            case Binary(_, left, right):
                walk(left)
                walk(right)

    for formula in formulas:
        walk(formula)
    return predicates, functions


def truth(formula, size, predicates, functions, values=()):
    """Whether a formula holds in an interpretation over {0, …, size - 1}.

    Args:
        predicates: {symbol: set of tuples}.
        functions: {symbol: {tuple: value}}.
        values: of the bound variables, innermost last.
    """

    def value(term):
        if isinstance(term, Bound):
            return values[-1 - term.index]
        return functions[term.symbol][tuple(value(arg) for arg in term.args)]

    match formula:
        case Atom(symbol, args):
            return tuple(value(arg) for arg in args) in predicates[symbol]
        case Equal(left, right):
            return value(left) == value(right)
        case Falsum():
            return False
        case Not(body):
            return not truth(body, size, predicates, functions, values)
        case Binary(sign, left, right):
            one = truth(left, size, predicates, functions, values)
            two = truth(right, size, predicates, functions, values)
            return {"∧": one and two, "∨": one or two, "→": not one or two, "↔": one == two}[sign]
        case Quantified(sign, body, _):
            each = (
                truth(body, size, predicates, functions, (*values, element))
                for element in range(size)
            )
            return all(each) if sign == "∀" else any(each)
    raise AssertionError(formula)


def interpretations(predicates, functions, size, most=600):
    """All interpretations over `size` elements if there are at most `most`, else that many."""
    elements = range(size)
    slots = []
    for symbol, arity in predicates.items():
        slots += [("p", symbol, place, (False, True)) for place in
                  itertools.product(elements, repeat=arity)]  # fmt: skip
    for symbol, arity in functions.items():
        slots += [("f", symbol, place, tuple(elements)) for place in
                  itertools.product(elements, repeat=arity)]  # fmt: skip
    count = 1
    for slot in slots:
        count *= len(slot[3])
    if count <= most:
        choices = itertools.product(*(slot[3] for slot in slots))
    else:
        draw = random.Random(0)
        choices = ([draw.choice(slot[3]) for slot in slots] for _ in range(most))
    for choice in choices:
        holds = {symbol: set() for symbol in predicates}
        maps = {symbol: {} for symbol in functions}
        for (kind, symbol, place, _), chosen in zip(slots, choice):
            if kind == "f":
                maps[symbol][place] = chosen
            elif chosen:
                holds[symbol].add(place)
        yield holds, maps


def countermodel(premises, goal, sizes=(1, 2, 3), most=600):
    """An interpretation in which the premises hold and the goal does not, or None."""
    predicates, functions = symbols([*premises, goal])
    if not functions and not any(predicates.values()) and not has_quantifier([*premises, goal]):
        sizes = (1,)
    for size in sizes:
        for holds, maps in interpretations(predicates, functions, size, most):
            if all(truth(p, size, holds, maps) for p in premises) and not truth(
                goal, size, holds, maps
            ):
                return size, holds, maps
    return None


def has_quantifier(formulas):
    stack = list(formulas)
    while stack:
        match stack.pop():
            case Quantified() | Equal():
                return True
            case Not(body):
                stack.append(body)
            case Binary(_, left, right):
                stack += [left, right]
    return False


# Frames of up to three worlds, by the worlds above each (itself included).
FRAMES = [
    ((0,),),
    ((0, 1), (1,)),
    ((0, 1, 2), (1, 2), (2,)),
    ((0, 1, 2), (1,), (2,)),
]


def forced(formula, world, frame, facts, absurd):
    """Kripke forcing; `absurd` is the set of worlds that force ⊥ (empty but in minimal logic)."""
    match formula:
        case Atom(symbol, ()):
            return world in facts[symbol]
        case Falsum():
            return world in absurd
        case Not(body):
            return all(
                not forced(body, above, frame, facts, absurd) or above in absurd
                for above in frame[world]
            )
        case Binary("∧", left, right):
            return forced(left, world, frame, facts, absurd) and forced(
                right, world, frame, facts, absurd
            )
        case Binary("∨", left, right):
            return forced(left, world, frame, facts, absurd) or forced(
                right, world, frame, facts, absurd
            )
        case Binary("→", left, right):
            return all(
                not forced(left, above, frame, facts, absurd)
                or forced(right, above, frame, facts, absurd)
                for above in frame[world]
            )
        case Binary("↔", left, right):
            return all(
                forced(left, above, frame, facts, absurd)
                == forced(right, above, frame, facts, absurd)
                for above in frame[world]
            )
    raise AssertionError(formula)


def kripke_countermodel(premises, goal, minimal, most=400):
    """A frame and valuation refuting the sequent at its root, or None."""
    letters = sorted(symbols([*premises, goal])[0])
    draw = random.Random(0)
    for frame in FRAMES:
        worlds = range(len(frame))
        upward = [
            chosen
            for n in range(len(frame) + 1)
            for chosen in itertools.combinations(worlds, n)
            if all(above in chosen for world in chosen for above in frame[world])
        ]
        slots = [*letters, "⊥"]
        choices = list(itertools.product(upward, repeat=len(slots)))
        if len(choices) > most:
            choices = draw.sample(choices, most)
        for choice in choices:
            facts = dict(zip(slots, map(set, choice)))
            absurd = facts.pop("⊥") if minimal else set()
            if all(forced(p, 0, frame, facts, absurd) for p in premises) and not forced(
                goal, 0, frame, facts, absurd
            ):
                return frame, facts, absurd
    return None
