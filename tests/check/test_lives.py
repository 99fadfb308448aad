"""The rank statistic behind the comparison of first and second episodes."""

from __future__ import annotations

import numpy as np
import pytest

from veragym.check.witnesses.lives import ranks_apart


def test_it_is_the_textbook_value() -> None:
    # 1 2 3 against 4 5 6: U = 0 of 9, mean 4.5, variance 3 * 3 * 7 / 12 = 5.25
    apart = ranks_apart(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]))
    assert apart == pytest.approx(4.5 / np.sqrt(5.25))


def test_ties_count_half_and_narrow_the_spread() -> None:
    # ranks 1.5 1.5 3.5 | 3.5 5.5 5.5: rank sum of the second 14.5 against 10.5
    first, second = np.array([1.0, 1.0, 2.0]), np.array([2.0, 3.0, 3.0])
    variance = 9 / 12 * (7 - 3 * (8 - 2) / 30)
    assert ranks_apart(first, second) == pytest.approx(4.0 / np.sqrt(variance))


def test_equal_samples_are_not_apart() -> None:
    assert ranks_apart(np.ones(5), np.ones(7)) == 0.0
