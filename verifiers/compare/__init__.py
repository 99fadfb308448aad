"""Comparison: which of two answers is better, which of many are the same.

pairwise        PairwiseJudge, Comparison, both_orders     asking a judge fairly
duels           Duels, win_rates, Arena                    the record of judged pairs (E04)
tournament      round_robin, swiss, knockout               rankings and their price (C22)
agreement       spearman, kendall, compare_formats         how far rankings agree
bradley_terry   bradley_terry                              strengths with intervals
cycles          maximal_lottery, preference_cycles         preferences that go in circles
clusters        cluster, same_answer                       classes of equivalent answers (D18)
consensus       semantic_entropy, vote, consensus          votes and label-free rewards (A28, E17)
baseline        BaselineVerifier                           win rate against fixed answers
graph           strong_components                          components, for bradley_terry and cycles
"""

from __future__ import annotations

from veragym.verifiers.compare.agreement import (
    Agreement,
    FormatReport,
    agreement,
    compare_formats,
    kendall,
    spearman,
)
from veragym.verifiers.compare.baseline import BaselineVerifier
from veragym.verifiers.compare.bradley_terry import BradleyTerry, bradley_terry
from veragym.verifiers.compare.clusters import (
    Clusters,
    Undecided,
    cluster,
    final_answer,
    same_answer,
)
from veragym.verifiers.compare.consensus import (
    CollapseReport,
    Consensus,
    Vote,
    collapse_report,
    consensus,
    consensus_rewards,
    semantic_entropy,
    vote,
    vote_steps,
)
from veragym.verifiers.compare.cycles import (
    Cycle,
    Lottery,
    condorcet_winner,
    lottery_of,
    maximal_lottery,
    preference_cycles,
    transitivity,
)
from veragym.verifiers.compare.duels import Arena, Duels, win_rates
from veragym.verifiers.compare.pairwise import (
    Choice,
    Comparison,
    PairwiseJudge,
    both_orders,
    by_verifier,
)
from veragym.verifiers.compare.tournament import (
    Standing,
    knockout,
    round_robin,
    seeding_by,
    swiss,
)

__all__ = [
    "Agreement",
    "Arena",
    "BaselineVerifier",
    "BradleyTerry",
    "Choice",
    "Clusters",
    "CollapseReport",
    "Comparison",
    "Consensus",
    "Cycle",
    "Duels",
    "FormatReport",
    "Lottery",
    "PairwiseJudge",
    "Standing",
    "Undecided",
    "Vote",
    "agreement",
    "both_orders",
    "bradley_terry",
    "by_verifier",
    "cluster",
    "collapse_report",
    "compare_formats",
    "condorcet_winner",
    "consensus",
    "consensus_rewards",
    "final_answer",
    "kendall",
    "knockout",
    "lottery_of",
    "maximal_lottery",
    "preference_cycles",
    "round_robin",
    "same_answer",
    "seeding_by",
    "semantic_entropy",
    "spearman",
    "swiss",
    "transitivity",
    "vote",
    "vote_steps",
    "win_rates",
]
