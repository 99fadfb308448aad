"""The policy-gradient estimator, made of named parts.

    parts         the registry: what a part is, what it may read
    samplers      which tasks come next, which groups are learned from
    reward_transforms  what happens to scores first
    advantages    how much better than expected
    weights       how tokens add up, and which count
    losses        the loss of a token
    regularisers  penalties
    presets       published algorithms as choices of parts (presets.yaml)
    estimator     parts put together and applied to a batch

A further method is one function with a decorator, one entry in presets.yaml and one test.
Importing this package does not import torch.
"""

from veragym.agents.objective.presets import Choice, Preset, built_in, load_preset, parse_preset

__all__ = ["Choice", "Preset", "built_in", "load_preset", "parse_preset"]
