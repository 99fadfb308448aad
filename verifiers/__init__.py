"""Verifiers: executable judges of answers.

    maths/      MathVerifier, grade_answer        one final answer, judged by its answer form
    text/       text and structure                exact text, JSON, tags, choices, citations, …
    compose/    trees of verifiers                weighted sum, gate, …; reward transforms
    process/    judging how, not only what        turns, step labels, policies, faithfulness
    compare/    answers against one another       tournaments, Bradley-Terry, consensus
    judge/      rubrics                           programmatic or by a model, cached, replayable
    proof/      proof checkers                    natural deduction, equational chains
    program/    programs against tests            through a sandbox runner
    state/      final files                       predicates, a frame, a typed answer
    extract     offers                            the final answer(s) a response gives
    faults      what makes an answer unreadable
    many        verify_many, Verdicts             many responses, with progress and threads

Every public name of the folders can be imported from here, except `Formula`: `process` and `proof`
each have one of their own, which are imported from there. A name's home is loaded on its first
use; importing this package imports no other library.
"""

# ruff: noqa: F403, I001 - star imports, and several names to one import statement

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The folders' own lists, for type checkers; those of `process` and `proof` without `Formula`.
    from veragym.verifiers.compare import *
    from veragym.verifiers.compose import *
    from veragym.verifiers.extract import offers as offers
    from veragym.verifiers.judge import *
    from veragym.verifiers.many import (
        Interrupted as Interrupted,
        Verdicts as Verdicts,
        verify_many as verify_many,
    )
    from veragym.verifiers.maths import *
    from veragym.verifiers.process import (
        Credit as Credit,
        DetectViolation as DetectViolation,
        Event as Event,
        EventFault as EventFault,
        FaithfulAnswer as FaithfulAnswer,
        FindWrongStep as FindWrongStep,
        MetaReasoning as MetaReasoning,
        Monitor as Monitor,
        NotATrajectory as NotATrajectory,
        Pattern as Pattern,
        Policy as Policy,
        PolicyCompliance as PolicyCompliance,
        PolicyReport as PolicyReport,
        Step as Step,
        StepLabels as StepLabels,
        Tag as Tag,
        Truth as Truth,
        Turnwise as Turnwise,
        constant_floors as constant_floors,
        early_warning_index as early_warning_index,
        events_of as events_of,
        holds as holds,
        label_verdict as label_verdict,
        majority_labels as majority_labels,
        meta_credits as meta_credits,
        meta_rewards as meta_rewards,
        parse_rule as parse_rule,
        potentials_of as potentials_of,
        prefix_truths as prefix_truths,
        process_f1 as process_f1,
        recovery_rate as recovery_rate,
        redistribute as redistribute,
        redundant_share as redundant_share,
        steps_of as steps_of,
        watch as watch,
        with_executability as with_executability,
    )
    from veragym.verifiers.program import *
    from veragym.verifiers.proof import (
        EquationalVerifier as EquationalVerifier,
        NaturalDeductionVerifier as NaturalDeductionVerifier,
        first_flaw as first_flaw,
        read_chain as read_chain,
        read_formula as read_formula,
        read_lines as read_lines,
        read_sequent as read_sequent,
        read_theory as read_theory,
        show as show,
        step_flaw as step_flaw,
    )
    from veragym.verifiers.state import *
    from veragym.verifiers.text import *
else:
    from veragym.core.lazy import lazily

    __getattr__, __dir__ = lazily(
        __name__,
        {
            "maths": (
                "KINDS Form MathVerifier WorkerPool grade_answer judge_for make_judge parse "
                "shared_pool"
            ),
            "text": (
                "WORDING ChoiceVerifier CitationVerifier ConsistencyReport ConsistencyVerifier "
                "ConstraintVerifier EditVerifier IntervalVerifier JsonVerifier Language "
                "MultiSelectVerifier Normal NumericVerifier OrderingVerifier RefusalGrammar "
                "RefusalReport RefusalVerifier RegularVerifier TagVerifier TextMatchVerifier "
                "TextVerifier WordOverlapVerifier consistency refusal_report"
            ),
            "compose": (
                "HBPO_BUDGETS UNSCORED Composite FirstFailing Gate Level Lexicographic Minimum "
                "Product Truncation WeightedSum budget_subgroups clipped clipped_linear "
                "episode_discounted flip format_gate hbpo_reward jitter keys_of level_rewards "
                "levels_of otc_grpo_factor otc_ppo_factor outlier_truncation overlong_penalty "
                "perturb preference_pairs scores_of tool_cost tool_productivity turn_discounted "
                "uncertain unflip"
            ),
            "process": (
                "Credit DetectViolation Event EventFault FaithfulAnswer FindWrongStep "
                "MetaReasoning Monitor NotATrajectory Pattern Policy PolicyCompliance "
                "PolicyReport Step StepLabels Tag Truth Turnwise constant_floors "
                "early_warning_index events_of holds label_verdict majority_labels meta_credits "
                "meta_rewards parse_rule potentials_of prefix_truths process_f1 recovery_rate "
                "redistribute redundant_share steps_of watch with_executability"
            ),
            "compare": (
                "Agreement Arena BaselineVerifier BradleyTerry Choice Clusters CollapseReport "
                "Comparison Consensus Cycle Duels FormatReport Lottery PairwiseJudge Standing "
                "Undecided Vote agreement both_orders bradley_terry by_verifier cluster "
                "collapse_report compare_formats condorcet_winner consensus consensus_rewards "
                "final_answer kendall knockout lottery_of maximal_lottery preference_cycles "
                "round_robin same_answer seeding_by semantic_entropy spearman swiss transitivity "
                "vote vote_steps win_rates"
            ),
            "judge": (
                "AnswerCache Backend Call Item JudgeClient JudgeFailure Message ModelComparer "
                "Offline OpenAIBackend Predicate Request RubricVerifier Signal State"
            ),
            "proof": (
                "EquationalVerifier NaturalDeductionVerifier first_flaw read_chain read_formula "
                "read_lines read_sequent read_theory show step_flaw"
            ),
            "program": "ProgramVerifier Sameness decode encode read_suite same_output",
            "state": (
                "Check CheckFault FinalState Frame Report StateVerifier matches members_of "
                "read_check tree_from_json tree_to_json"
            ),
            "extract": "offers",
            "many": "Interrupted Verdicts verify_many",
        },
    )
    __all__ = __dir__()
