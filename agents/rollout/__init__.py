"""Episodes through `reset` and `step`.

    groups    several attempts at each task, all advancing together
    batches   episodes as tensors (torch)

Importing this package does not import torch.
"""

from veragym.agents.rollout.groups import EnvPool, Episode, collect

__all__ = ["EnvPool", "Episode", "collect"]
