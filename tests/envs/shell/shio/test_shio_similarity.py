"""The likeness of outputs, against values by hand and the textbook table."""

from hypothesis import given
from hypothesis import strategies as st

from veragym.envs.shell.shio.similarity import LONGEST, common_subsequence, similarity

texts = st.text("abc\n", max_size=24)


def table(a: str, b: str) -> int:
    """Longest common subsequence by the quadratic table."""
    row = [0] * (len(b) + 1)
    for x in a:
        before = row
        row = [0]
        for j, y in enumerate(b):
            row.append(before[j] + 1 if x == y else max(before[j + 1], row[j]))
    return row[-1]


def test_values_by_hand():
    assert common_subsequence("ABCBDAB", "BDCABA") == 4
    assert similarity("", "") == 1.0
    assert similarity("", "x") == 0.0
    assert similarity("ab", "cd") == 0.0
    assert similarity("abcd", "abcx") == 2 * 3 / 8
    assert similarity("abc", "abcabc") == 2 * 3 / 9


@given(texts, texts)
def test_the_bits_agree_with_the_table(a, b):
    assert common_subsequence(a, b) == table(a, b)
    if a != b:
        assert similarity(a, b) == 2 * table(a, b) / (len(a) + len(b))


@given(texts, texts)
def test_likeness_is_symmetric_and_bounded(a, b):
    assert similarity(a, b) == similarity(b, a)
    assert 0.0 <= similarity(a, b) <= 1.0
    assert (similarity(a, b) == 1.0) == (a == b)


def test_texts_that_differ_beyond_the_bound_are_not_equal():
    head = "x" * LONGEST
    assert 0.99 < similarity(head + "a", head + "b") < 1.0
