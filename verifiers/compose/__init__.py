"""Composition: verifiers made of verifiers, and what may be done to a reward afterwards.

tree          Composite: named parts, flattened into a verdict's `parts`; printable, picklable
combinators   WeightedSum, Product, Minimum, Gate, Lexicographic, FirstFailing
columns       scores_of: a batch of verdicts as an array, failures of ours as NaN
tool_cost     fewer tool calls (C03)
length        budgets (D23), outlier truncation (D24), the overlong slope
levels        ordinal levels and preference pairs (D01)
noise         faulty, uncertain, perturbed and clipped rewards (E02, E13, D52)
discount      turn discounts (C01) and the format gate
"""

from __future__ import annotations

from veragym.verifiers.compose.columns import scores_of
from veragym.verifiers.compose.combinators import (
    FirstFailing,
    Gate,
    Lexicographic,
    Minimum,
    Product,
    WeightedSum,
)
from veragym.verifiers.compose.discount import episode_discounted, format_gate, turn_discounted
from veragym.verifiers.compose.length import (
    HBPO_BUDGETS,
    Truncation,
    budget_subgroups,
    hbpo_reward,
    outlier_truncation,
    overlong_penalty,
)
from veragym.verifiers.compose.levels import (
    UNSCORED,
    Level,
    level_rewards,
    levels_of,
    preference_pairs,
)
from veragym.verifiers.compose.noise import (
    clipped,
    clipped_linear,
    flip,
    jitter,
    keys_of,
    perturb,
    uncertain,
    unflip,
)
from veragym.verifiers.compose.tool_cost import (
    otc_grpo_factor,
    otc_ppo_factor,
    tool_cost,
    tool_productivity,
)
from veragym.verifiers.compose.tree import Composite

__all__ = [
    "HBPO_BUDGETS",
    "UNSCORED",
    "Composite",
    "FirstFailing",
    "Gate",
    "Level",
    "Lexicographic",
    "Minimum",
    "Product",
    "Truncation",
    "WeightedSum",
    "budget_subgroups",
    "clipped",
    "clipped_linear",
    "episode_discounted",
    "flip",
    "format_gate",
    "hbpo_reward",
    "jitter",
    "keys_of",
    "level_rewards",
    "levels_of",
    "otc_grpo_factor",
    "otc_ppo_factor",
    "outlier_truncation",
    "overlong_penalty",
    "perturb",
    "preference_pairs",
    "scores_of",
    "tool_cost",
    "tool_productivity",
    "turn_discounted",
    "uncertain",
    "unflip",
]
