"""What the maths topics share: the catalogue's order, expressions as trees, sizes, slips."""

from __future__ import annotations

import ast
from collections import Counter
from fractions import Fraction
from hashlib import blake2b
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.core.generator import TaskStream
from veragym.core.seeding import TaskRng
from veragym.envs.text.maths import topics
from veragym.envs.text.maths.chances import probability_text, sum_counts
from veragym.envs.text.maths.expressions import RANK, evaluate, infix, ordered
from veragym.envs.text.maths.sizes import grow, nonzero
from veragym.envs.text.maths.slips import enough_slips, slips
from veragym.envs.text.maths.tasks import MathTasks
from veragym.envs.text.maths.topic import TOPICS


def test_every_module_of_the_catalogue_holds_a_topic() -> None:
    homes = Counter(type(topic).__module__ for topic in TOPICS.values())
    modules = [f"{topics.__name__}.{module.name}" for module in iter_modules(topics.__path__)]
    assert set(modules) == set(homes)
    assert all(import_module(name).__doc__ for name in modules)


def test_a_seed_of_the_whole_catalogue_gives_the_same_problems_as_ever() -> None:
    """A golden digest: it changes when the order of topics, or any drawn problem, does."""
    stream = TaskStream(MathTasks(), "MathRLVR-v0", "train", 7)
    tasks = [stream.task(i) for i in range(300)]
    assert len({task.public["topic"] for task in tasks}) > 60
    text = "\n".join(f"{task.content_hash} {task.prompt}" for task in tasks)
    assert blake2b(text.encode(), digest_size=8).hexdigest() == "c79ab44fa8dc193e"


def trees(leaves: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    def grown(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.tuples(st.sampled_from("+-*"), parts, parts)

    return st.recursive(leaves, grown, max_leaves=12)


TREES = trees(st.integers(0, 20))


def python_value(text: str) -> int:
    """The value of an expression by Python's own rules of precedence."""
    return int(eval(compile(ast.parse(text.replace("^", "**"), mode="eval"), "tree", "eval")))


@given(TREES)
def test_a_written_tree_has_the_value_of_the_tree(tree: Any) -> None:
    assert python_value(infix(tree)) == evaluate(tree)


@given(TREES)
def test_no_pair_of_brackets_is_superfluous(tree: Any) -> None:
    text = infix(tree)
    for opening in (i for i, c in enumerate(text) if c == "("):
        depth = 0
        for closing in range(opening, len(text)):
            depth += (text[closing] == "(") - (text[closing] == ")")
            if depth == 0:
                break
        bare = f"{text[:opening]}{text[opening + 1 : closing]}{text[closing + 1 :]}"
        assert ast.dump(ast.parse(bare)) != ast.dump(ast.parse(text))


@given(TREES)
def test_the_steps_of_a_tree_are_true_equations_that_end_in_its_value(tree: Any) -> None:
    steps: list[str] = []
    value = evaluate(tree, steps)
    for step in steps:
        left, right = step.split(" = ")
        assert python_value(left) == int(right)
    assert not steps or steps[-1].endswith(f"= {value}")
    assert len(steps) == str(tree).count("'") // 2


def test_quotients_and_powers_are_bracketed_and_worked_out() -> None:
    tree = ("/", ("-", 20, 8), ("*", 2, ("^", ("-", 1, 3), 1)))
    steps: list[str] = []
    assert infix(tree) == "(20 - 8) / (2 * (1 - 3) ^ 1)"
    assert evaluate(tree, steps) == -3
    assert steps == [
        "20 - 8 = 12",
        "1 - 3 = -2",
        "(-2) ^ 1 = -2",
        "2 * (-2) = -4",
        "12 / (-4) = -3",
    ]
    assert RANK["^"] > RANK["*"] == RANK["/"] > RANK["+"] == RANK["-"]


def mirrored(tree: Any) -> Any:
    """The tree with both sides of every sum and product exchanged."""
    if isinstance(tree, int):
        return tree
    op, left, right = tree[0], mirrored(tree[1]), mirrored(tree[2])
    return (op, right, left) if op in "+*" else (op, left, right)


@given(TREES)
def test_the_order_of_summands_and_factors_does_not_matter_to_the_ordered_tree(tree: Any) -> None:
    assert ordered(mirrored(tree)) == ordered(tree)
    assert evaluate(ordered(tree)) == evaluate(tree)


def test_fractions_are_leaves_when_a_tree_is_ordered() -> None:
    assert ordered(("+", (3, 4), (1, 2))) == ("+", (1, 2), (3, 4))
    assert ordered(("-", (3, 4), (1, 2))) == ("-", (3, 4), (1, 2))


@given(st.integers(1, 12), st.integers(0, 1000))
def test_numbers_that_are_not_zero_stay_within_their_size(size: int, seed: int) -> None:
    drawn = nonzero(TaskRng.from_seed("nonzero", seed), size)
    assert 1 <= abs(drawn) <= size


def test_both_ends_of_the_numbers_that_are_not_zero_are_reached() -> None:
    rng = TaskRng.from_seed("ends")
    assert {nonzero(rng, 3) for _ in range(200)} == {-3, -2, -1, 1, 2, 3}


def test_sizes_grow_by_decades_and_never_shrink() -> None:
    assert [grow(level, 30, 2.0) for level in (0.0, 0.25, 0.5, 0.75, 1.0)] == [
        30,
        165,
        300,
        1650,
        3000,
    ]
    sizes = [grow(i / 100, 13, 1.3) for i in range(151)]
    assert sizes == sorted(sizes)


def test_slips_leave_out_the_right_answer_and_repetitions() -> None:
    assert slips(Fraction(1, 2), [Fraction(2, 4), Fraction(1, 3), Fraction(2, 6)]) == ["1/3"]
    assert slips((1, 2), [(2, 1), (1, 2)], lambda pair: f"{pair[0]};{pair[1]}") == ["2;1"]


def test_near_misses_fill_up_the_slips_of_numbers_only() -> None:
    assert enough_slips(5, [5, 6]) == ["6", "4", "7"]
    assert enough_slips("x", ["x", "y"]) == ["y"]
    assert enough_slips(5, [1, 2, 3, 4]) == ["1", "2", "3", "4"]


@pytest.mark.parametrize("faces", [(4,), (6, 6), (4, 6, 20)])
def test_the_sums_of_dice_count_every_outcome_once(faces: tuple[int, ...]) -> None:
    outcomes = [0]
    for f in faces:
        outcomes = [total + v for total in outcomes for v in range(1, f + 1)]
    counted = Counter(outcomes)
    assert [counted[s] for s in range(sum(faces) + 1)] == list(sum_counts(faces))


def test_a_probability_shows_the_count_and_the_reduced_fraction() -> None:
    assert probability_text(3, 8) == "P = 3/8"
    assert probability_text(2, 8) == "P = 2/8 = 1/4"
    assert probability_text(8, 8) == "P = 8/8 = 1"
