"""Strongly connected components of a small graph, by closing its reachability matrix.

Bradley–Terry needs them to see separation, cyclic preferences to see cycles.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def strong_components(edges: NDArray[np.bool_]) -> tuple[int, ...]:
    """Labels of the strongly connected components of a graph.

    Args:
        edges: (n, n) True where there is an edge from row to column.
    Returns:
        (n,) each node's component, named by the component's smallest node.
    """
    n = edges.shape[0]
    reach = edges | np.eye(n, dtype=np.bool_)
    for _ in range(max(n - 1, 1).bit_length()):
        # Floats: numpy multiplies boolean matrices without BLAS, a hundred times slower.
        wide = reach.astype(np.float32)
        reach = (wide @ wide) > 0
    both = reach & reach.T
    return tuple(int(row.argmax()) for row in both)
