"""Equational proofs: worked cases, and soundness over all small algebras."""

import itertools
import pickle
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.core import Draft
from veragym.core.verdict import Outcome
from veragym.verifiers.proof import EquationalVerifier
from veragym.verifiers.proof.equational import Rewrite, read_chain, read_theory, step_flaw
from veragym.verifiers.proof.terms import Node, match, read_term, show_term

JUDGE = EquationalVerifier()

GROUP = {
    "axioms": {"assoc": "(x*y)*z = x*(y*z)", "unit": "e*x = x", "inverse": "i(x)*x = e"},
    "variables": ["x", "y", "z"],
}
LATTICE = {
    "axioms": {
        "meet_comm": "x ∧ y = y ∧ x",
        "join_comm": "x ∨ y = y ∨ x",
        "absorb": "x ∧ (x ∨ y) = x",
        "absorb2": "x ∨ (x ∧ y) = x",
    },
    "variables": ["x", "y"],
}
PEANO = {
    "axioms": {
        "add0": "x + 0 = x",
        "addS": "x + s(y) = s(x + y)",
        "mul0": "x * 0 = 0",
        "mulS": "x * s(y) = x * y + x",
    },
    "variables": ["x", "y"],
}


def task(theory, goal, **more):
    return Draft(content="", prompt="", public={**theory, "goal": goal, **more}, secret={})


VALID = {
    "a group cancels": (GROUP, "i(a)*(a*b) = b", """
        i(a)*(a*b)
        = (i(a)*a)*b   [assoc]
        = e*b          [inverse]
        = b            [unit]""", {}),
    "from right to left of the goal": (GROUP, "b = i(a)*(a*b)", """
        i(a)*(a*b)
        = (i(a)*a)*b   [assoc]
        = e*b          [inverse]
        = b            [unit]""", {}),
    "directions, positions and instances said": (GROUP, "i(a)*(a*b) = b", """
        i(a)*(a*b)
        = (i(a)*a)*b   [<- assoc at root with x := i(a), y := a, z := b]
        = e*b          [inverse -> at 1 x := a]
        = b            [unit, at root, where x := b]""", {}),
    "on one line": (GROUP, "e*(e*a) = a", "e*(e*a) = e*a [unit] = a [unit]", {}),
    "in curly brackets": (GROUP, "e*(e*a) = a", "e*(e*a) = e*a {unit} = a {unit}", {}),
    "by words": (GROUP, "e*(e*a) = a", "e*(e*a)\n= e*a by unit at 2\n= a by unit", {}),
    "by semicolons": (GROUP, "e*(e*a) = a", "e*(e*a)\n= e*a ; unit\n= a // unit", {}),
    "a right inverse, the long way": (GROUP, "a*i(a) = e", """
        a*i(a)
        = e*(a*i(a))                        [unit]
        = (i(i(a))*i(a))*(a*i(a))           [inverse with x := i(a)]
        = i(i(a))*(i(a)*(a*i(a)))           [assoc]
        = i(i(a))*((i(a)*a)*i(a))           [assoc]
        = i(i(a))*(e*i(a))                  [inverse]
        = i(i(a))*i(a)                      [unit]
        = e                                 [inverse]""", {}),
    "meet is idempotent": (LATTICE, "a ∧ a = a", """
        a ∧ a
        = a ∧ (a ∨ (a ∧ a))    [absorb2 <-]
        = a                    [absorb]""", {}),
    "commuted twice": (LATTICE, "(a ∧ b) ∨ c = c ∨ (b ∧ a)", """
        (a & b) | c
        = (b & a) | c    [meet_comm]
        = c | (b & a)    [join_comm]""", {}),
    "two and two": (PEANO, "s(s(0)) + s(s(0)) = s(s(s(s(0))))", """
        s(s(0)) + s(s(0))
        = s(s(s(0)) + s(0))      [addS]
        = s(s(s(s(0)) + 0))      [addS]
        = s(s(s(s(0))))          [add0]""", {}),
    "a side that drops a variable, backwards": (PEANO, "0 = a * 0", """
        0 = a * 0   [mul0 <-]""", {}),
    "a hypothesis": (GROUP, "a*c = b*c", "a*c = b*c [h]", {"hypotheses": {"h": "a = b"}}),
    "a hypothesis backwards, one place of two": (
        GROUP, "b*b = a*b", "b*b = a*b [h at 1]", {"hypotheses": {"h": "a = b"}}),
    "names ignore case and hyphens": (
        LATTICE, "a ∧ b = b ∧ a", "a ∧ b = b ∧ a [Meet-Comm]", {}),
    "variables of axioms are fixed in the goal": (
        GROUP, "e*x = x", "e*x = x [unit]", {}),
    "both sides alike": (GROUP, "a*b = a*b", "a*b", {}),
    "postfix inverse and prefix minus": (
        {"axioms": {"inv": "x'*x = e", "neg": "-(-x) = x"}, "variables": ["x"]},
        "(-(-a))'*a = e", "(-(-a))'*a = a'*a [neg] = e [inv]", {}),
    "there and back again": (GROUP, "a = a", "a = e*a [unit] = a [unit]", {}),
}  # fmt: skip

INVALID = {
    "a step left out": (GROUP, "e*(e*a) = a", "e*(e*a) = a [unit]", "step 1"),
    "two places at once": (GROUP, "(e*a)*(e*b) = a*b", "(e*a)*(e*b) = a*b [unit]", "step 1"),
    "the wrong axiom": (GROUP, "e*a = a", "e*a = a [inverse]", "step 1"),
    "an axiom that is not there": (GROUP, "a*e = a", "a*e = a [right_unit]", "no axiom"),
    "the goal as an axiom": (GROUP, "a*b = b*a", "a*b = b*a [goal]", "no axiom"),
    "a grouping taken for granted": (GROUP, "(a*b)*c = a*(b*c)", "a*b*c", "the two sides"),
    "commuted without a law": (GROUP, "a*b = b*a", "a*b = b*a [assoc]", "step 1"),
    "the unit on the other side": (GROUP, "a*e = a", "a*e = a [unit]", "step 1"),
    "the wrong direction": (GROUP, "e*a = a", "e*a = a [unit <-]", "step 1"),
    "the wrong position": (GROUP, "(e*a)*b = a*b", "(e*a)*b = a*b [unit at 2]", "position"),
    "a position beyond the term": (GROUP, "e*a = a", "e*a = a [unit at 1.1.1]", "position"),
    "the wrong instance": (GROUP, "e*a = a", "e*a = a [unit x := b]", "step 1"),
    "an instance of no variable": (GROUP, "e*a = a", "e*a = a [unit w := a]", "no variable"),
    "an instance of a constant": (GROUP, "i(a)*a = a", "i(a)*a = a [inverse e := a]",
                                  "no variable"),
    "a variable with two values": (GROUP, "i(a)*b = e", "i(a)*b = e [inverse]", "step 1"),
    "a dropped variable with two values": (
        {"axioms": {"idem": "x*x = x"}, "variables": ["x"]}, "a*b = a", "a*b = a [idem]", "step 1"),
    "a symbol bound like a variable": (
        {"axioms": {"ax": "f(c) = c"}, "variables": ["x"]}, "f(a) = a", "f(a) = a [ax]", "step 1"),
    "a hypothesis instantiated": (
        {**GROUP, "hypotheses": {"h": "x = e"}}, "a = e", "a = e [h]", "step 1"),
    "nothing changes": (GROUP, "a = a", "a = a [unit]", "does not change"),
    "the chain ends elsewhere": (GROUP, "e*(e*a) = a", "e*(e*a) = e*a [unit]", "the two sides"),
    "the chain begins elsewhere": (GROUP, "e*(e*a) = a", "e*a = a [unit]", "the two sides"),
    "both ends are the same side": (GROUP, "e*a = a", "a = e*a [unit] = a [unit]",
                                    "the two sides"),
    "a side alone": (GROUP, "e*a = a", "e*a", "the two sides"),
    "an instance of the goal": (GROUP, "e*a = a", "e*b = b [unit]", "the two sides"),
    "a circle around a gap": (
        GROUP, "a = b", "a = e*a [unit] = e*b [unit] = b [unit]", "step 2"),
    "an unrelated middle": (GROUP, "e*a = a", "e*a = e*b [unit] = a [unit]", "step 1"),
    "other operators": (GROUP, "e*a = a", "e∘a = a [unit]", "step 1"),
    "a function for its argument": (GROUP, "i(a) = a", "i(a) = a [unit]", "step 1"),
}  # fmt: skip

UNREADABLE = {
    "no axiom named": "e*a = a",
    "an empty justification": "e*a = a []",
    "a first term with an axiom": "e*a [unit] = a [unit]",
    "text behind the justification": "e*a = a [unit] obviously",
    "two justifications": "e*a = a [unit] [unit]",
    "half a term": "e* = a [unit]",
    "unbalanced": "(e*a = a [unit]",
    "an open bracket": "e*a = a [unit",
    "no term": "= a [unit]",
    "two signs": "e*a == a [unit]",
    "a symbol with another number of arguments": "e(a)*a = a [unit]",
    "two values": "e*a = a [unit x := a, x := b]",
    "two directions": "e*a = a [-> unit <-]",
    "a Cyrillic letter": "e*\u0430 = a [unit]",
    "a full-width digit": "e*\uff11 = a [unit]",
    "a zero-width space": "e*a\u200b = a [unit]",
    "prose": "it is obvious",
    "nothing": "",
    "too deep": "(" * 100 + "e*a" + ")" * 100 + " = a [unit]",
    "two proofs": "<proof>e*a = a [unit]</proof><proof>a = e*a [unit]</proof>",
}


@pytest.mark.seeds("A18")
@pytest.mark.parametrize("name", VALID)
def test_a_valid_chain_is_correct(name):
    theory, goal, proof, more = VALID[name]
    verdict = JUDGE(task(theory, goal, **more), proof)
    assert verdict.outcome is Outcome.CORRECT, verdict.reason


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_chain_is_wrong_where_it_breaks(name):
    theory, goal, proof, what = INVALID[name]
    verdict = JUDGE(task(theory, goal), proof)
    assert verdict.outcome is Outcome.WRONG
    assert what in verdict.reason


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_chain_is_unparsable(name):
    verdict = JUDGE(task(GROUP, "e*a = a"), UNREADABLE[name])
    assert verdict.outcome is Outcome.UNPARSABLE, verdict.reason


@pytest.mark.parametrize(
    "public",
    [None, [], {}, {"goal": "a"}, {"goal": "a = b = c"}, {"goal": 3},
     {"goal": "a = b", "axioms": ["x = y"]}, {"goal": "a = b", "axioms": {"h": 3}},
     {"goal": "a = b", "axioms": {"h": "f(x) = f(x, x)"}},
     {"goal": "a = b", "axioms": {"h": "a = b"}, "hypotheses": {"H": "a = b"}},
     {"goal": "a = b", "axioms": {"two words": "a = b"}},
     {"goal": "a = b", "variables": "x"}, {"goal": "a = b", "variables": [3]}],
    ids=repr,
)  # fmt: skip
def test_a_broken_task_is_nobodys_wrong_answer(public):
    broken = Draft(content="", prompt="", public=public, secret={})
    verdict = JUDGE.verify(broken, "a = b [h]")
    assert verdict.outcome is Outcome.INFRA_ERROR


def algebras(symbols, size):
    """Every interpretation of {symbol: arity} over `size` elements (at most 3,000, drawn)."""
    slots = [
        (symbol, place)
        for symbol, arity in symbols.items()
        for place in itertools.product(range(size), repeat=arity)
    ]
    if size ** len(slots) <= 3_000:
        choices = itertools.product(range(size), repeat=len(slots))
    else:
        draw = random.Random(0)
        choices = ([draw.randrange(size) for _ in slots] for _ in range(3_000))
    for choice in choices:
        yield dict(zip(slots, choice))


def value(term, algebra):
    return algebra[term.symbol, tuple(value(arg, algebra) for arg in term.args)]


def holds(axiom, algebra, size):
    for values in itertools.product(range(size), repeat=len(axiom.variables)):
        named = {(v, ()): x for v, x in zip(sorted(axiom.variables), values)}
        if value(axiom.left, {**algebra, **named}) != value(axiom.right, {**algebra, **named}):
            return False
    return True


def fails_somewhere(theory, left, right, sizes=(2,)):
    """Whether some small algebra satisfies the axioms and not `left = right`."""
    free = frozenset().union(*(axiom.variables for axiom in theory.axioms.values()))
    fixed = {s: n for s, n in theory.arity.items() if s not in free}
    for term in (left, right):
        stack = [term]
        while stack:
            node = stack.pop()
            fixed[node.symbol] = len(node.args)
            stack.extend(node.args)
    for size in sizes:
        for algebra in algebras(fixed, size):
            if all(holds(axiom, algebra, size) for axiom in theory.axioms.values()) and value(
                left, algebra
            ) != value(right, algebra):
                return True
    return False


SMALL = read_theory(
    {"swap": "g(x, y) = g(y, x)", "idem": "g(x, x) = x", "drop": "f(f(x)) = f(x)"},
    "a = b",
    ("x", "y"),
)


def small_terms():
    return st.recursive(
        st.sampled_from("ab").map(Node),
        lambda inner: st.one_of(
            inner.map(lambda t: Node("f", (t,))),
            st.tuples(inner, inner).map(lambda t: Node("g", t)),
        ),
        max_leaves=4,
    )


def neighbours(term):
    """Terms one careless edit away: a subterm swapped, dropped, doubled or replaced."""
    yield from (Node("f", (term,)), Node("g", (term, term)), *term.args)
    if term.symbol == "g":
        yield Node("g", term.args[::-1])
    for n, arg in enumerate(term.args):
        for other in (*neighbours(arg), Node("a"), Node("b")):
            yield Node(term.symbol, (*term.args[:n], other, *term.args[n + 1 :]))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(small_terms(), st.sampled_from(["swap", "idem", "drop"]))
def test_an_accepted_step_holds_in_every_small_algebra(term, axiom):
    for after in list(neighbours(term))[:60]:
        if step_flaw(term, Rewrite(after, axiom), SMALL) is None:
            assert not fails_somewhere(SMALL, term, after), (show_term(term), show_term(after))


def test_the_algebras_of_these_tests_refute_what_does_not_follow():
    assert fails_somewhere(SMALL, read_term("f(a)"), read_term("a"))
    assert fails_somewhere(SMALL, read_term("g(a, b)"), read_term("a"))
    assert not fails_somewhere(SMALL, read_term("g(f(a), f(a))"), read_term("f(f(a))"))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(small_terms(), small_terms(), st.integers(0, 2**30))
def test_a_rewriting_carried_out_is_accepted_and_can_be_undone(term, filling, seed):
    """An independent rewriter picks place, axiom and instance; the checker finds them again."""
    draw = random.Random(seed)
    name = draw.choice(["swap", "idem", "drop"])
    axiom = SMALL.axioms[name]

    def fill(pattern, bindings):
        if pattern.symbol in bindings:
            return bindings[pattern.symbol]
        return Node(pattern.symbol, tuple(fill(arg, bindings) for arg in pattern.args))

    bindings = {"x": filling, "y": term}
    old, new = fill(axiom.left, bindings), fill(axiom.right, bindings)
    before, after, position = old, new, ()
    for _ in range(draw.randrange(3)):
        other = Node(draw.choice("ab"))
        place = draw.randrange(2)
        before = Node("g", (before, other)[:: 1 - 2 * place])
        after = Node("g", (after, other)[:: 1 - 2 * place])
        position = (place + 1, *position)
    if before == after:
        return
    used = {v: bindings[v] for v in axiom.variables}
    assert step_flaw(before, Rewrite(after, name), SMALL) is None
    assert step_flaw(after, Rewrite(before, name), SMALL) is None
    assert step_flaw(before, Rewrite(after, name, 1, position, used), SMALL) is None
    assert step_flaw(after, Rewrite(before, name, -1, position, used), SMALL) is None


@settings(max_examples=200, deadline=None, derandomize=True)
@given(small_terms(), small_terms())
def test_matching_gives_an_instance_or_nothing(pattern, term):
    variables = frozenset("ab")
    found = match(pattern, term, variables, {})

    def fill(node):
        if node.symbol in variables and not node.args:
            return found[node.symbol]
        return Node(node.symbol, tuple(fill(arg) for arg in node.args))

    if found is not None:
        assert fill(pattern) == term
    assert match(pattern, pattern, variables, {}) is not None


OPERATED = st.recursive(
    st.sampled_from(["a", "b1", "0", "f(x)"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "*", "-", "/", "∘", "∧", "∨", "^"]), inner).map(
            lambda t: f"({t[0]}) {t[1]} ({t[2]})"
        ),
        inner.map(lambda t: f"-({t})"),
        inner.map(lambda t: f"({t})'"),
        inner.map(lambda t: f"¬({t})"),
        st.tuples(inner, inner).map(lambda t: f"h({t[0]}, {t[1]})"),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(OPERATED)
def test_a_term_shown_is_read_back_as_the_same_object(text):
    term = read_term(text)
    assert read_term(show_term(term)) == term
    assert read_term(re.sub(r"([()+*/^',])", r" \1\t", text)) == term


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a+b*c", "a+(b*c)"),
        ("a*b*c", "(a*b)*c"),
        ("a-b-c", "(a-b)-c"),
        ("a^b^c", "a^(b^c)"),
        ("-a*b", "(-a)*b"),
        ("-a'", "-(a')"),
        ("a''", "(a')'"),
        ("a·b", "a*b"),
        ("¬a ∧ b ∨ c", "((¬a) ∧ b) ∨ c"),
        ("~a & b | c", "((¬a) ∧ b) ∨ c"),
    ],
)
def test_operators_group_as_documented(text, same):
    assert read_term(text) == read_term(same)


def test_long_chains_are_checked_in_full():
    theory = {"axioms": {"unit": "e*x = x"}, "variables": ["x"]}
    steps = ["a"] + [f"= {'e*(' * n}a{')' * n} [unit]" for n in range(1, 50)]
    goal = f"a = {'e*(' * 49}a{')' * 49}"
    assert JUDGE(task(theory, goal), "\n".join(steps)).score == 1.0
    steps[25] = steps[25].replace("a", "b")
    verdict = JUDGE(task(theory, goal), "\n".join(steps))
    assert verdict.outcome is Outcome.WRONG
    assert verdict.evidence["step"] == 25


def test_the_chain_is_read_as_written():
    theory = read_theory(GROUP["axioms"], "a = b", tuple(GROUP["variables"]))
    first, steps = read_chain("a*b = c [assoc <- at 1.2 with x := a*b, y := i(c)]", theory)
    assert first == read_term("a*b")
    assert steps == (
        Rewrite(Node("c"), "assoc", -1, (1, 2), {"x": read_term("a*b"), "y": read_term("i(c)")}),
    )


def test_a_verifier_survives_pickling():
    theory, goal, proof, _ = VALID["a group cancels"]
    assert pickle.loads(pickle.dumps(JUDGE))(task(theory, goal), proof).score == 1.0
