"""Whatever the checker accepts is true: checked against models it knows nothing of."""

import itertools
import random
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proof_semantics import (
    VALID,
    countermodel,
    deduction_task,
    has_quantifier,
    kripke_countermodel,
    symbols,
    truth,
)

from veragym.core.verdict import Outcome
from veragym.verifiers.faults import Unreadable
from veragym.verifiers.proof import (
    NaturalDeductionVerifier,
    first_flaw,
    read_formula,
    read_lines,
    read_sequent,
    show,
)
from veragym.verifiers.proof.formulas import (
    FALSUM,
    Apply,
    Atom,
    Binary,
    Bound,
    Equal,
    Not,
    Quantified,
    instance_of,
    names,
    put,
    replaced,
)
from veragym.verifiers.proof.rules import CLASSICAL_ONLY, RULES, Derived, Stated, Step

JUDGE = NaturalDeductionVerifier()
LOGICS = ("classical", "intuitionistic", "minimal")


def rows(case):
    """A proof of the table as mutable rows: [level, fresh, formula text, rule, citations]."""
    sequent = read_sequent(case.premises, case.goal, case.logic)
    lines = read_lines(case.proof, sequent.signature)
    renumber = {line.number: n for n, line in enumerate(lines, 1)}
    return [
        [
            len(line.path),
            line.fresh,
            "" if line.formula is None else show(line.formula),
            line.by.rule,
            [
                renumber[c] if isinstance(c, int) else (renumber[c[0]], renumber[c[1]])
                for c in line.by.cites
            ],
        ]
        for line in lines
    ]


def render(table):
    text = []
    for n, (level, fresh, formula, rule, cites) in enumerate(table, 1):
        boxed = f"[{fresh}] " if fresh else ""
        cited = ", ".join(str(c) if isinstance(c, int) else f"{c[0]}-{c[1]}" for c in cites)
        why = "" if rule == "fresh" else f" ; {rule} {cited}"
        text.append(f"{n}. {'| ' * level}{boxed}{formula}{why}")
    return "\n".join(text)


def mutate(table, draw, pool):
    """One small change of a proof, of the kinds people and models make."""
    kind = draw.randrange(9)
    n = draw.randrange(len(table))
    row = table[n]
    if kind == 0:
        row[2] = draw.choice(pool)
    elif kind == 1:
        row[3] = draw.choice(sorted(RULES))
    elif kind == 2 and row[4]:
        place = draw.randrange(len(row[4]))
        cite = row[4][place]
        if isinstance(cite, int):
            row[4][place] = draw.randint(1, len(table))
        else:
            row[4][place] = tuple(sorted(draw.choices(range(1, len(table) + 1), k=2)))
    elif kind == 3:
        row[0] = max(0, row[0] + draw.choice((-1, 1)))
    elif kind == 4 and len(table) > 1:
        del table[n]
    elif kind == 5:
        other = draw.choice(table)
        row[2], other[2] = other[2], row[2]
    elif kind == 6:
        letters = re.findall(r"[A-Za-z]\w*", row[2])
        if letters:
            row[2] = re.sub(rf"\b{draw.choice(letters)}\b", draw.choice(letters), row[2])
    elif kind == 7:
        row[2] = draw.choice((f"¬({row[2]})", row[2].replace("¬", "", 1)))
    else:
        for later in table:
            if later[1] or later[2]:
                names_used = re.findall(r"\b[a-e]\b", later[2])
                if names_used:
                    later[2] = re.sub(rf"\b{names_used[0]}\b", "a", later[2])


def mutant(case, seed):
    """A proof changed in one to three places, with the sequent it would prove if it were right."""
    draw = random.Random(seed)
    table = rows(case)
    pool = [row[2] for row in table if row[2]] + list(case.premises)
    parts = [part.strip("() ") for text in pool for part in re.split(r"[∧∨→↔]", text)]
    pool += [part for part in parts if part.count("(") == part.count(")") and part]
    for _ in range(draw.randint(1, 3)):
        mutate(table, draw, pool)
    # The goal is what the mutant ends with: so it is refused for a wrong step only, never for
    # missing a goal, and acceptance says something.
    goal = table[-1][2] or "P"
    return render(table), goal, draw.choice(LOGICS)


def judged(case, seed):
    """Whether a mutant is accepted, and whether it is a proof of something true."""
    proof, goal, logic = mutant(case, seed)
    try:
        sequent = read_sequent(case.premises, goal, logic)
    except Unreadable:
        # The change made no formula of the last line.
        return None
    verdict = JUDGE(deduction_task(case.premises, goal, logic), proof)
    assert verdict.outcome is not Outcome.INFRA_ERROR, verdict.reason
    if verdict.score == 1.0:
        assert countermodel(sequent.premises, sequent.goal) is None, f"{goal}\n{proof}"
        quantified = has_quantifier([*sequent.premises, sequent.goal])
        flat = not any(symbols([*sequent.premises, sequent.goal])[0].values())
        if logic != "classical" and not quantified and flat:
            refuted = kripke_countermodel(sequent.premises, sequent.goal, logic == "minimal")
            assert refuted is None, f"{logic}: {goal}\n{proof}"
    return verdict.score == 1.0, goal != case.goal


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.integers(0, len(VALID) - 1), st.integers(0, 2**32))
def test_a_mutated_proof_that_is_accepted_proves_something_true(place, seed):
    judged(VALID[place], seed)


def test_mutation_reaches_both_sides_of_the_line():
    counts = Counter()
    for seed in range(12):
        for place, case in enumerate(VALID):
            result = judged(case, 1_000 * place + seed)
            counts[result and result[0]] += 1
            if result and result[0]:
                counts["another goal"] += result[1]
    assert counts[True] >= 60
    assert counts[False] >= 500
    assert counts["another goal"] >= 10


P, Q, R = Atom("P"), Atom("Q"), Atom("R")
SMALL = [
    P, Q, FALSUM, Not(P), Not(Q), Not(Not(P)), Binary("∧", P, Q), Binary("∨", P, Q),
    Binary("→", P, Q), Binary("→", Q, P), Binary("↔", P, Q), Binary("∨", P, Not(P)),
    Binary("∨", Q, P), Binary("→", Not(P), FALSUM),
]  # fmt: skip
LETTERS = [
    {s: {()} if on else set() for s, on in zip("PQ", values)}
    for values in itertools.product((False, True), repeat=2)
]
TABLE = {formula: tuple(truth(formula, 1, row, {}) for row in LETTERS) for formula in SMALL}
PROPOSITIONAL = sorted(set(RULES) - {"∀I", "∀E", "∃I", "∃E", "=I", "=E"})


@pytest.mark.parametrize("rule", PROPOSITIONAL)
def test_a_propositional_rule_leads_from_truth_to_truth(rule):
    """Every application of every rule over fourteen formulas, by truth table.

    A subproof from φ to ψ counts as the truth of φ → ψ.
    """
    apply, shapes = RULES[rule]
    none = frozenset()
    accepted = tried = 0
    draw = random.Random(0)
    for lines, subproofs in shapes:
        slots = lines + 2 * subproofs + 1
        total = len(SMALL) ** slots
        if total <= 60_000:
            choices = itertools.product(SMALL, repeat=slots)
        else:
            choices = (draw.choices(SMALL, k=slots) for _ in range(60_000))
        for *cited, conclusion in choices:
            stated = tuple(Stated(formula, none) for formula in cited[:lines])
            derived = tuple(
                Derived(cited[n], "", cited[n + 1], none) for n in range(lines, slots - 1, 2)
            )
            tried += 1
            if apply(Step(conclusion, stated, derived, none, "classical")) is not None:
                continue
            accepted += 1
            for row in range(len(LETTERS)):
                holds = all(TABLE[line.formula][row] for line in stated) and all(
                    not TABLE[made.assumption][row] or TABLE[made.result][row] for made in derived
                )
                assert not holds or TABLE[conclusion][row], (rule, cited, conclusion)
    assert accepted, f"{rule} accepted none of {tried}"
    assert tried > accepted


def test_the_rules_of_the_weaker_logics_are_what_they_should_be():
    none = frozenset()
    line = (Stated(FALSUM, none),)
    assert RULES["⊥E"][0](Step(P, line, (), none, "intuitionistic")) is None
    assert RULES["⊥E"][0](Step(P, line, (), none, "minimal")) is not None
    made = (Derived(Not(P), "", FALSUM, none),)
    for logic, allowed in (("classical", True), ("intuitionistic", False), ("minimal", False)):
        assert (RULES["RAA"][0](Step(P, (), made, none, logic)) is None) == allowed
        assert RULES["RAA"][0](Step(Not(Not(P)), (), made, none, logic)) is None
    assert {"DNE", "LEM"} == CLASSICAL_ONLY


def formulas():
    variables = st.sampled_from("xyz")
    leaves = st.sampled_from(["P", "Q", "⊥", "S(a)", "S(x)", "R(x, y)", "R(f(x), b)", "x = a",
                              "f(y) = f(b)", "¬(x = y)"])  # fmt: skip
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(lambda body: f"¬({body})"),
            st.tuples(inner, st.sampled_from("∧∨→↔"), inner).map(
                lambda t: f"({t[0]}) {t[1]} ({t[2]})"
            ),
            st.tuples(st.sampled_from("∀∃"), variables, inner).map(
                lambda t: f"{t[0]}{t[1]} ({t[2]})"
            ),
        ),
        max_leaves=8,
    )


@settings(max_examples=300, deadline=None, derandomize=True)
@given(formulas())
def test_a_formula_shown_is_read_back_as_the_same_object(text):
    formula, _ = read_formula(text)
    assert read_formula(show(formula))[0] == formula


@settings(max_examples=200, deadline=None, derandomize=True)
@given(formulas(), st.sampled_from(["  ", "\t", "\n", "\u00a0"]))
def test_white_space_in_a_formula_says_nothing(text, space):
    spread = re.sub(r"([()∧∨→↔¬,=])", rf"{space}\1{space}", text)
    assert read_formula(spread)[0] == read_formula(text)[0]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(formulas(), st.sampled_from(["a", "y", "f(y)", "f(f(x))"]))
def test_an_instance_is_recognised_and_its_value_recovered(text, value):
    body = read_formula(f"∀x ({text})")[0].body
    term = read_formula(f"S({value})")[0].args[0]
    formula = put(body, term)
    fits, found = instance_of(body, formula)
    assert fits
    assert found in (None, term)
    # A free name of the value stays free: nothing was captured.
    if found is not None:
        assert names(Atom("S", (term,))) <= names(formula)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(formulas(), formulas())
def test_an_instance_means_the_same_as_its_value(text, other):
    """∀x φ is true iff every φ[a] is, when a names each element in turn."""
    whole = read_formula(f"∀x ({text})")[0]
    instance = put(whole.body, Apply("k"))
    predicates = {"P": {()}, "Q": set(), "S": {(0,)}, "R": {(0, 1), (1, 1)}}
    for a, b, y, z in itertools.product((0, 1), repeat=4):
        base = {"a": {(): a}, "b": {(): b}, "x": {(): 0}, "y": {(): y}, "z": {(): z},
                "f": {(0,): 1, (1,): 1}}  # fmt: skip
        each = all(truth(instance, 2, predicates, {**base, "k": {(): k}}) for k in (0, 1))
        assert truth(whole, 2, predicates, base) == each


@settings(max_examples=200, deadline=None, derandomize=True)
@given(formulas(), st.integers(0, 2**30))
def test_replacing_equals_keeps_the_truth(text, seed):
    before = read_formula(text)[0]
    draw = random.Random(seed)
    old, new = Apply("a"), Apply("f", (Apply("b"),))

    def some(term):
        if term == old and draw.random() < 0.5:
            return new
        if isinstance(term, Bound) or not term.args:
            return term
        return Apply(term.symbol, tuple(some(arg) for arg in term.args))

    def walk(node):
        match node:
            case Atom(symbol, args):
                return Atom(symbol, tuple(some(arg) for arg in args))
            case Equal(left, right):
                return Equal(some(left), some(right))
            case Not(inner):
                return Not(walk(inner))
            case Binary(sign, left, right):
                return Binary(sign, walk(left), walk(right))
            case Quantified(sign, inner, variable):
                return Quantified(sign, walk(inner), variable)
        return node

    after = walk(before)
    assert replaced(before, after, old, new)
    predicates = {"P": {()}, "Q": set(), "S": {(0,)}, "R": {(0, 1), (1, 1)}}
    maps = {"a": {(): 1}, "b": {(): 0}, "x": {(): 0}, "y": {(): 1}, "z": {(): 0},
            "f": {(0,): 1, (1,): 0}}  # fmt: skip
    assert truth(before, 2, predicates, maps) == truth(after, 2, predicates, maps)


def test_the_first_flaw_is_found_among_several():
    case = next(case for case in VALID if case.name == "modus tollens")
    sequent = read_sequent(case.premises, case.goal, case.logic)
    table = rows(case)
    for wrong in (3, 4, 5):
        table[wrong][3] = "R"
    lines = read_lines(render(table), sequent.signature)
    flaw = first_flaw(sequent, lines)
    assert (flaw.line, flaw.rule) == (4, "R")
