"""The text space holds ordinary text and travels through every kind of vector."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector.utils import (
    batch_space,
    concatenate,
    create_empty_array,
    create_shared_memory,
    read_from_shared_memory,
    write_to_shared_memory,
)
from hypothesis import given
from hypothesis import strategies as st

from veragym.core.spaces import UnicodeText


def test_it_contains_ordinary_sentences_and_other_scripts():
    space = UnicodeText(100)
    for text in ("hello world", "", "x = \\frac{1}{2}\n", "数学 עברית 🙂", "\x00"):
        assert text in space
    for other in (b"bytes", 3, None, "x" * 101, ["a"]):
        assert other not in space


def test_samples_are_members_seeded_and_varied():
    a, b = UnicodeText(40, seed=1), UnicodeText(40, seed=1)
    texts = [a.sample() for _ in range(50)]
    assert texts == [b.sample() for _ in range(50)]
    assert all(text in a for text in texts)
    assert len(set(texts)) > 40
    assert all(len(UnicodeText(5, min_length=5, seed=s).sample()) == 5 for s in range(20))


def test_equality_json_and_bounds():
    assert UnicodeText(5) == UnicodeText(5) != UnicodeText(6)
    space = UnicodeText(5)
    assert space.from_jsonable(space.to_jsonable(["a", "b"])) == ["a", "b"]
    assert not space.is_np_flattenable
    with pytest.raises(ValueError, match="min_length"):
        UnicodeText(3, min_length=4)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_shared_memory_returns_what_was_written(texts):
    space = UnicodeText(30)
    memory = create_shared_memory(space, n=len(texts))
    for i, text in enumerate(texts):
        write_to_shared_memory(space, i, text, memory)
    assert read_from_shared_memory(space, memory, n=len(texts)) == tuple(texts)


def test_shared_memory_keeps_lone_surrogates_and_refuses_what_does_not_fit():
    space = UnicodeText(4)
    memory = create_shared_memory(space, n=1)
    write_to_shared_memory(space, 0, "\ud800ab", memory)
    assert read_from_shared_memory(space, memory, n=1) == ("\ud800ab",)
    with pytest.raises(ValueError, match="does not fit"):
        write_to_shared_memory(space, 0, "🙂" * 5, memory)


def test_batches_are_tuples():
    space = UnicodeText(10)
    assert batch_space(space, 3).contains(("a", "b", "c"))
    assert create_empty_array(space, 2) == ("", "")
    assert concatenate(space, ["a", "b"], ("", "")) == ("a", "b")


@pytest.mark.parametrize("shared_memory", [None, True, False])
def test_sync_and_async_vectors_agree(make_sum_env, shared_memory):
    fns = [lambda: make_sum_env(max_observation_chars=256) for _ in range(2)]
    if shared_memory is None:
        vector = gym.vector.SyncVectorEnv(fns)
    else:
        vector = gym.vector.AsyncVectorEnv(fns, shared_memory=shared_memory)
    try:
        observations, infos = vector.reset(seed=3)
        alone = [make_sum_env().reset(seed=3 + i)[0] for i in range(2)]
        assert list(observations) == alone
        observations, rewards, terminated, _, infos = vector.step(("1", "word"))
        assert list(observations) == ["try again", "try again"]
        assert rewards.tolist() == [0.0, 0.0] and not terminated.any()
        assert infos["valid"].tolist() == [True, False]
        assert infos["cost"]["characters"].tolist() == [1, 4]
    finally:
        vector.close()


def test_the_global_random_state_is_left_alone():
    before = np.random.get_state()[1].copy()
    UnicodeText(9, seed=0).sample()
    assert np.array_equal(before, np.random.get_state()[1])
