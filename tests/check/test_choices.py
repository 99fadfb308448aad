"""What a mask says of each part of an action, in the forms that are in use."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Tuple
from hypothesis import given
from hypothesis import strategies as st

from veragym.check.choices import Unreadable, maskable, read


def status(space: Any, mask: Any) -> list[Any]:
    return [part.status for part in read(space, mask).parts]


def test_both_forms_of_a_multidiscrete_mask_say_the_same() -> None:
    space = MultiDiscrete([3, 2])
    due = [(True, False, True), (False, True)]
    parted = (np.array([1, 0, 1], np.int8), np.array([0, 1], np.int8))
    assert status(space, parted) == due
    assert status(space, np.array([1, 0, 1, 0, 1])) == due
    grid = MultiDiscrete([[2, 2], [2, 2]])
    nested = (([1, 0], [0, 1]), ([1, 1], [1, 0]))
    assert status(grid, nested) == status(grid, np.array([1, 0, 0, 1, 1, 1, 1, 0]))


def test_what_two_readings_of_a_bit_mask_disagree_about_is_left_open() -> None:
    space = MultiBinary(3)
    assert status(space, np.array([0, 1, 2])) == [(True, False), (None, True), (True, True)]
    assert status(space, np.array([1, 0, 0, 1, 1, 1])) == [
        (True, False),
        (False, True),
        (True, True),
    ]
    choices = read(space, np.array([0, 1, 2]))
    assert choices.legal((0, 0, 1)) is None
    assert choices.legal((1, 1, 0)) is False
    assert choices.first() == (0, 1, 0)


def test_actions_are_put_together_as_their_space_has_them() -> None:
    space = Dict({"by": Discrete(3, start=-1), "of": Tuple((MultiDiscrete([2, 2]), Box(0, 1)))})
    choices = read(space, {"by": np.array([0, 1, 1])})
    assert [part.masked for part in choices.parts] == [True, False, False, False]
    action = choices.action((2, 1, 0, 0))
    assert space.contains(action)
    assert action["by"] == 1
    assert action["of"][0].tolist() == [1, 0]
    # Only what is masked is varied: one other allowed step, and one that is forbidden.
    assert list(choices.around(choices.first())) == [(1, 0, 0, 0), (0, 0, 0, 0), (2, 0, 0, 0)]


@pytest.mark.parametrize(
    ("space", "mask", "said"),
    [
        (Discrete(3), [1, 1], "shape (2,) for 3 options"),
        (Discrete(2), [1, 7], "holds [1, 7]"),
        (MultiDiscrete([3, 2]), np.ones(4), "4 entries"),
        (MultiDiscrete([3, 2]), (np.ones(2), np.ones(2)), "shape (2,) for 3 options"),
        (MultiBinary(2), [0, 3], "[0, 3]"),
        (Dict({"a": Discrete(2)}), {"b": [1, 1]}, "'b'"),
        (Dict({"a": Discrete(2)}), [1, 1], "a list"),
        (Tuple((Discrete(2), Discrete(2))), ([1, 1],), "one entry for each part"),
        (Dict({"a": Box(0, 1)}), {"a": [1]}, "no options to mask"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused_with_the_reason(
    space: Any, mask: Any, said: str
) -> None:
    with pytest.raises(Unreadable) as caught:
        read(space, mask)
    assert said in str(caught.value)


def test_what_cannot_be_counted_cannot_be_masked() -> None:
    assert not maskable(Box(0, 1))
    assert not maskable(Dict({"a": Box(0, 1)}))
    assert maskable(Tuple((Box(0, 1), Discrete(2))))


sizes = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@given(sizes, st.data())
def test_what_is_drawn_is_what_gymnasium_could_sample(shape: list[int], data: Any) -> None:
    space = MultiDiscrete(shape)
    mask = tuple(
        np.array(
            data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n).filter(any)), np.int8
        )
        for n in shape
    )
    choices = read(space, mask)
    drawn = choices.drawn(random.Random(0))
    assert choices.legal(drawn)
    space.seed(0)
    for action in (choices.action(drawn), space.sample(mask)):
        assert space.contains(action)
        assert all(said[option] for said, option in zip(mask, action))
    around = list(choices.around(drawn))
    assert len(around) == len(set(around)) == 1 + sum(shape) - len(shape)
