"""Trees of verifiers: scores by hand, outcomes by rule, names, batches, pickles, pictures."""

from __future__ import annotations

import math
import pickle
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.core import Verifier
from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome, Verdict, graded, infra_error, timeout, unparsable, wrong
from veragym.verifiers.compose import (
    Composite,
    FirstFailing,
    Gate,
    Lexicographic,
    Minimum,
    Product,
    WeightedSum,
)
from veragym.verifiers.compose.tree import LARGEST, MAX_DEPTH, SMALLEST


class Task:
    """A task whose response is looked up by the `Says` verifiers."""

    public: dict[str, Any] = {}
    secret: dict[str, Any] = {}


TASK = Task()
BROKEN = infra_error("the worker died")
SLOW = timeout("too slow")
UNREAD = unparsable("not readable")
NO = wrong("not this")
YES = graded(1.0, "right")


def part(score: float) -> Verdict:
    return graded(score, f"worth {score}")


@dataclass(frozen=True)
class Says(Verifier):
    """Gives the verdict that the response holds under its name."""

    name: str

    def verify(self, task: Any, response: Any) -> Verdict:
        said = response[self.name]
        if isinstance(said, BaseException):
            raise said
        return said


def kids(n: int) -> list[tuple[str, Verifier]]:
    return [(name, Says(name)) for name in "abcdef"[:n]]


def ask(tree: Composite, *verdicts: Any) -> Verdict:
    return tree(TASK, dict(zip("abcdef", verdicts)))


def test_weighted_sum_adds_weighted_scores() -> None:
    tree = WeightedSum(kids(3), {"a": 0.5, "b": 0.3, "c": 0.2})
    verdict = ask(tree, YES, part(0.5), NO)
    assert verdict.score == pytest.approx(0.65, abs=1e-15)
    assert verdict.outcome is Outcome.PARTIAL
    assert verdict.parts == {"a": 1.0, "b": 0.5, "c": 0.0}
    assert verdict.reason == "c: not this"


def test_weighted_sum_of_right_parts_is_exactly_right() -> None:
    # 0.1 * 3 + 0.7 is 0.9999999999999999 in floats.
    tree = WeightedSum(kids(4), {"a": 0.1, "b": 0.1, "c": 0.1, "d": 0.7})
    assert ask(tree, YES, YES, YES, YES).outcome is Outcome.CORRECT


def test_a_part_of_weight_zero_is_reported_and_pays_nothing() -> None:
    tree = WeightedSum(kids(2), {"a": 1.0, "b": 0.0})
    assert ask(tree, YES, NO).outcome is Outcome.CORRECT
    assert ask(tree, YES, NO).parts == {"a": 1.0, "b": 0.0}
    assert ask(tree, NO, YES).score == 0.0


def test_product_multiplies_and_minimum_takes_the_least() -> None:
    assert ask(Product(kids(3)), part(0.5), part(0.5), YES).score == 0.25
    assert ask(Product(kids(2)), part(0.5), NO).outcome is Outcome.WRONG
    verdict = ask(Minimum(kids(3)), part(0.5), part(0.25), YES)
    assert (verdict.score, verdict.reason) == (0.25, "b: worth 0.25")
    assert ask(Minimum(kids(2)), YES, YES).outcome is Outcome.CORRECT


def test_gate_pays_only_behind_a_correct_first_part() -> None:
    gate = Gate(kids(2))
    assert ask(gate, YES, part(0.5)).score == 0.5
    assert ask(gate, part(0.99), YES).outcome is Outcome.WRONG
    assert ask(gate, UNREAD, YES).outcome is Outcome.UNPARSABLE
    closed = ask(gate, NO, YES)
    assert (closed.score, closed.parts, closed.reason) == (0.0, {"a": 0.0}, "a: not this")


def test_a_closed_gate_does_not_ask_what_it_guards() -> None:
    assert ask(Gate(kids(2)), NO, RuntimeError("was asked")).outcome is Outcome.WRONG
    assert ask(Gate(kids(2)), YES, RuntimeError("was asked")).outcome is Outcome.INFRA_ERROR


def test_lexicographic_scores_are_mixed_radix_numbers() -> None:
    tree = Lexicographic(kids(3))
    table = {(0, 0, 0): 0, (0, 0, 1): 1, (0, 1, 0): 2, (0, 1, 1): 3, (1, 0, 0): 4, (1, 1, 1): 7}
    for scores, number in table.items():
        assert ask(tree, *(part(float(s)) for s in scores)).score == number / 7


def test_lexicographic_levels_round_down_and_the_top_needs_a_full_score() -> None:
    tree = Lexicographic(kids(2), {"a": 101, "b": 2})
    assert ask(tree, part(0.29), NO).score == 58 / 201  # 0.29 * 100 is 28.999999999999996
    assert ask(tree, part(1 - 1e-12), YES).score == (99 * 2 + 1) / 201
    assert ask(tree, YES, YES).outcome is Outcome.CORRECT


@given(
    first=st.tuples(*[st.integers(0, 4)] * 3),
    second=st.tuples(*[st.integers(0, 4)] * 3),
)
def test_lexicographic_orders_as_tuples_do(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    tree = Lexicographic(kids(3), 5)
    a, b = (ask(tree, *(part(s / 4) for s in scores)).score for scores in (first, second))
    assert (a < b, a == b) == (first < second, first == second)


def test_first_failing_stops_at_the_first_stage_that_is_not_correct() -> None:
    tree = FirstFailing(kids(3))
    verdict = ask(tree, YES, part(0.9), RuntimeError("was asked"))
    assert (verdict.outcome, verdict.score) == (Outcome.WRONG, 0.0)
    assert verdict.reason == "b: worth 0.9"
    assert verdict.parts == {"a": 1.0, "b": 0.9}
    assert ask(tree, YES, YES, YES).outcome is Outcome.CORRECT
    assert ask(tree, YES, SLOW, YES).outcome is Outcome.TIMEOUT


def test_first_failing_with_credit_counts_stages() -> None:
    tree = FirstFailing(kids(4), credit="stages")
    assert ask(tree, YES, part(0.5), YES, YES).score == 1.5 / 4
    assert ask(tree, NO, YES, YES, YES).outcome is Outcome.WRONG
    assert ask(tree, YES, YES, YES, NO).score == 3 / 4


TREES = [
    WeightedSum(kids(3)),
    WeightedSum(kids(3), {"a": 0.7, "b": 0.3, "c": 0.0}),
    Product(kids(3)),
    Minimum(kids(3)),
    Lexicographic(kids(3), 3),
    FirstFailing(kids(3)),
    FirstFailing(kids(3), credit="stages"),
    Gate([("a", Says("a")), ("rest", Product({"b": Says("b"), "c": Says("c")}))]),
]
EAGER = TREES[:5]
verdicts = st.sampled_from(
    [YES, NO, UNREAD, SLOW, BROKEN, part(0.25), part(0.5), part(1e-300), part(LARGEST)]
)
scored = verdicts.filter(lambda verdict: verdict.scored)
triples = st.tuples(verdicts, verdicts, verdicts)


@pytest.mark.parametrize("tree", EAGER, ids=lambda t: type(t).__name__)
@given(said=triples)
def test_an_infrastructure_failure_dominates_and_never_becomes_a_zero(
    tree: Composite, said: tuple[Verdict, ...]
) -> None:
    verdict = ask(tree, *said)
    assert verdict.scored == all(s.scored for s in said)
    for name, child in zip("abc", said):
        if not child.scored:
            assert name not in verdict.parts


@pytest.mark.parametrize("tree", TREES, ids=lambda t: type(t).__name__)
@given(said=st.tuples(scored, scored, scored))
def test_a_tree_is_correct_only_if_every_paying_part_is(
    tree: Composite, said: tuple[Verdict, ...]
) -> None:
    verdict = ask(tree, *said)
    paying = said[:2] if tree is TREES[1] else said
    assert (verdict.outcome is Outcome.CORRECT) == all(s.score == 1.0 for s in paying)
    if all(s.score == 0.0 for s in said):
        assert verdict.score == 0.0


@pytest.mark.parametrize("tree", TREES, ids=lambda t: type(t).__name__)
@given(said=st.tuples(scored, scored, scored), place=st.integers(0, 2), better=scored)
def test_raising_a_part_never_lowers_the_tree(
    tree: Composite, said: tuple[Verdict, ...], place: int, better: Verdict
) -> None:
    raised = [*said]
    if better.score >= said[place].score:
        raised[place] = better
    assert ask(tree, *raised).score >= ask(tree, *said).score


@pytest.mark.parametrize("tree", TREES, ids=lambda t: type(t).__name__)
@settings(deadline=None)
@given(rows=st.lists(triples, max_size=12), seed=st.randoms(use_true_random=False))
def test_a_batch_judges_like_its_rows_in_any_order(
    tree: Composite, rows: list[tuple[Verdict, ...]], seed: Any
) -> None:
    responses = [dict(zip("abc", row)) for row in rows]
    alone = [tree(TASK, response) for response in responses]
    assert tree.verify_many([TASK] * len(rows), responses) == alone
    order = list(range(len(rows)))
    seed.shuffle(order)
    shuffled = tree.verify_many([TASK] * len(rows), [responses[i] for i in order])
    assert shuffled == [alone[i] for i in order]


@given(said=triples)
def test_the_gravest_outcome_names_a_zero(said: tuple[Verdict, ...]) -> None:
    verdict = ask(Product(kids(3)), *said)
    zeros = {s.outcome for s in said if s.score == 0.0}
    if Outcome.INFRA_ERROR in zeros:
        expected = Outcome.INFRA_ERROR
    elif Outcome.TIMEOUT in zeros:
        expected = Outcome.TIMEOUT
    elif Outcome.UNPARSABLE in zeros:
        expected = Outcome.UNPARSABLE
    elif zeros:
        expected = Outcome.WRONG
    else:
        expected = Outcome.CORRECT if all(s.score == 1.0 for s in said) else Outcome.PARTIAL
    assert verdict.outcome is expected


def test_partial_products_never_underflow_to_wrong() -> None:
    tree = Product(kids(2))
    assert ask(tree, part(1e-300), part(1e-300)).score == SMALLEST
    assert ask(WeightedSum(kids(2)), part(LARGEST), YES).outcome is Outcome.PARTIAL


def nested() -> Composite:
    answer = WeightedSum({"value": Says("b"), "units": Says("c")}, {"value": 0.8, "units": 0.2})
    return Gate([("format", Says("a")), ("answer", answer)])


def test_parts_are_the_flattened_tree() -> None:
    verdict = ask(nested(), YES, YES, NO)
    assert verdict.parts == {
        "format": 1.0, "answer": 0.8, "answer.value": 1.0, "answer.units": 0.0,
    }  # fmt: skip
    assert verdict.reason == "answer.units: not this"
    assert verdict.evidence["outcomes"]["answer.units"] == "wrong"


def test_a_leafs_own_parts_and_evidence_keep_their_path() -> None:
    leaf = Verdict(Outcome.PARTIAL, 0.5, {"x": -3.0}, "half", {"seen": 7})
    verdict = ask(nested(), YES, leaf, YES)
    assert verdict.parts["answer.value.x"] == -3.0
    assert verdict.evidence["details"] == {"answer.value": {"seen": 7}}
    assert Verdict.from_json(verdict.to_json()) == verdict


def test_a_tree_prints_itself() -> None:
    assert str(nested()) == (
        "Gate\n"
        "├─ format: Says  (must be correct)\n"
        "└─ answer: WeightedSum  (pays)\n"
        "   ├─ value: Says  (× 0.8)\n"
        "   └─ units: Says  (× 0.2)"
    )


@pytest.mark.parametrize("tree", [*TREES, nested()], ids=lambda t: type(t).__name__)
def test_a_tree_survives_pickling(tree: Composite) -> None:
    again = pickle.loads(pickle.dumps(tree))
    assert str(again) == str(tree)
    assert ask(again, YES, part(0.5), NO) == ask(tree, YES, part(0.5), NO)


@pytest.mark.parametrize(
    ("children", "says"),
    [
        ([], "at least one"),
        ([("a", Says("a")), ("a", Says("b"))], "two parts are named 'a'"),
        ([("a.b", Says("a"))], "dots separate"),
        ([("", Says("a"))], "1-64"),
        ([("a" * 65, Says("a"))], "1-64"),
        ([("ä", Says("a"))], "1-64"),
        ([("a\n", Says("a"))], "1-64"),
        ([(1, Says("a"))], "1-64"),
        ([("a", lambda task, response: YES)], "not a Verifier"),
        ([Says("a")], "pairs"),
        (None, "pairs"),
    ],
)
def test_malformed_children_are_refused(children: Any, says: str) -> None:
    with pytest.raises(OptionError, match=says):
        Product(children)


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ({"a": 1.0}, "exactly the parts"),
        ({"a": 0.5, "b": 0.3, "x": 0.2}, "exactly the parts"),
        ({"a": 0.5, "b": 0.6}, "add up to 1, got 1.1"),
        ({"a": 1.5, "b": -0.5}, "at least 0"),
        ({"a": math.nan, "b": 1.0}, "finite"),
        ({"a": math.inf, "b": 1.0}, "finite"),
        ({"a": True, "b": 0.0}, "a number"),
        ({"a": "0.5", "b": 0.5}, "a number"),
        ({"a": 0.0, "b": 0.0}, "positive weight"),
        ([0.5, 0.5], "exactly the parts"),
    ],
)
def test_malformed_weights_are_refused(weights: Any, says: str) -> None:
    with pytest.raises(OptionError, match=says):
        WeightedSum(kids(2), weights)


@pytest.mark.parametrize("levels", [1, 0, True, 2.0, {"a": 2}, {"a": 2, "b": 1}, 2**27])
def test_malformed_levels_are_refused(levels: Any) -> None:
    with pytest.raises(OptionError):
        Lexicographic(kids(2), levels)


def test_other_options_are_checked() -> None:
    with pytest.raises(OptionError, match="two parts"):
        Gate(kids(3))
    with pytest.raises(OptionError, match="credit"):
        FirstFailing(kids(2), credit="some")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="2 tasks but 1 responses"):
        Product(kids(1)).verify_many([TASK, TASK], [{}])


def test_trees_have_a_greatest_depth() -> None:
    tree: Verifier = Says("a")
    for _ in range(MAX_DEPTH):
        tree = Product({"a": tree})
    assert tree(TASK, {"a": YES}).outcome is Outcome.CORRECT
    with pytest.raises(OptionError, match="levels deep"):
        Product({"a": tree})


class Breaks(Verifier):
    """Its batch breaks or comes short; its single verdicts are sound."""

    def __init__(self, how: str) -> None:
        self.how = how

    def verify(self, task: Any, response: Any) -> Verdict:
        return YES if response == "yes" else NO

    def verify_many(self, tasks: Any, responses: Any) -> Any:
        if self.how == "raises":
            raise RuntimeError("the pool is gone")
        return [YES]


@pytest.mark.parametrize("how", ["raises", "short"])
def test_a_broken_batch_is_judged_row_by_row(how: str) -> None:
    tree = Product({"a": Breaks(how)})
    scores = [v.score for v in tree.verify_many([TASK] * 3, ["yes", "no", "yes"])]
    assert scores == [1.0, 0.0, 1.0]


def test_a_child_that_returns_no_verdict_is_our_failure() -> None:
    verdict = ask(Product(kids(2)), YES, True)
    assert verdict.outcome is Outcome.INFRA_ERROR
    assert "returned a bool" in verdict.reason
