"""The best one-to-one pairing of two lists, by total value."""

from __future__ import annotations

import math
from collections.abc import Sequence


def best_pairing(value: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Pairs (row, column), none used twice, of greatest total value; min(rows, columns) of them.

    The Hungarian method with potentials (Kuhn 1955; Jonker and Volgenant 1987): O(rows² · columns).

    Args:
        value: (rows, columns) finite numbers.
    """
    rows = len(value)
    columns = len(value[0]) if rows else 0
    if not columns:
        return []
    if rows > columns:
        turned = [[value[i][j] for i in range(rows)] for j in range(columns)]
        return sorted((i, j) for j, i in best_pairing(turned))
    # Row 0 and column 0 are sentinels; owner[j] is the row that holds column j.
    row_price, column_price = [0.0] * (rows + 1), [0.0] * (columns + 1)
    owner = [0] * (columns + 1)
    for row in range(1, rows + 1):
        owner[0] = row
        slack, came = [math.inf] * (columns + 1), [0] * (columns + 1)
        done = [False] * (columns + 1)
        column = 0
        while owner[column]:
            done[column] = True
            holder, step, following = owner[column], math.inf, 0
            for j in range(1, columns + 1):
                if done[j]:
                    continue
                left = -value[holder - 1][j - 1] - row_price[holder] - column_price[j]
                if left < slack[j]:
                    slack[j], came[j] = left, column
                if slack[j] < step:
                    step, following = slack[j], j
            for j in range(columns + 1):
                if done[j]:
                    row_price[owner[j]] += step
                    column_price[j] -= step
                else:
                    slack[j] -= step
            column = following
        while column:
            owner[column] = owner[came[column]]
            column = came[column]
    return sorted((owner[j] - 1, j - 1) for j in range(1, columns + 1) if owner[j])
