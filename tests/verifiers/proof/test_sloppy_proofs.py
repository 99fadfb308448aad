"""Thousands of drawn proofs: what is accepted is true, and a checker without a condition is caught.

The second half plants a fault in the checker and sees the first half fail, condition by condition.
"""

import random

import pytest
from proof_semantics import countermodel, deduction_task, kripke_countermodel, symbols
from sloppy_proofs import sloppy_proof

from veragym.core.verdict import Outcome
from veragym.verifiers.proof import (
    NaturalDeductionVerifier,
    deduction,
    formulas,
    read_sequent,
    rules,
)

JUDGE = NaturalDeductionVerifier()
LOGICS = ("classical", "intuitionistic", "minimal")


def first_falsehood(proofs):
    """The first drawn proof that is accepted although its sequent has a countermodel."""
    accepted = 0
    for seed in range(proofs):
        drawn = sloppy_proof(random.Random(seed))
        if drawn is None:
            continue
        premises, goal, proof = drawn
        verdict = JUDGE.verify(deduction_task(premises, goal), proof)
        assert verdict.outcome in (Outcome.CORRECT, Outcome.WRONG), verdict.reason
        if verdict.score == 1.0:
            accepted += 1
            sequent = read_sequent(premises, goal)
            if countermodel(sequent.premises, sequent.goal, (1, 2), 100) is not None:
                return drawn, accepted
    return None, accepted


def test_no_drawn_proof_of_a_falsehood_is_accepted():
    found, accepted = first_falsehood(2_000)
    assert found is None
    assert accepted >= 1_000


@pytest.mark.parametrize("logic", ["intuitionistic", "minimal"])
def test_no_drawn_proof_is_accepted_in_a_logic_whose_models_refute_it(logic):
    accepted = 0
    for seed in range(1_200):
        drawn = sloppy_proof(random.Random(seed))
        if drawn is None:
            continue
        premises, goal, proof = drawn
        sequent = read_sequent(premises, goal)
        predicates, functions = symbols([*sequent.premises, sequent.goal])
        if functions or any(predicates.values()) or "∀" in proof or "∃" in proof:
            continue
        if JUDGE.verify(deduction_task(premises, goal, logic), proof).score == 1.0:
            accepted += 1
            refuted = kripke_countermodel(sequent.premises, sequent.goal, logic == "minimal", 100)
            assert refuted is None, proof
    assert accepted >= 100


def forget(where):
    """Drops one side condition on names."""

    def plant(patch):
        whole = rules._eigenvariable
        patch.setattr(
            rules,
            "_eigenvariable",
            lambda term, fresh, forbidden: whole(
                term, fresh, {k: v for k, v in forbidden.items() if not k.startswith(where)}
            ),
        )

    return plant


def reach_into_closed_subproofs(patch):
    def line(self, index, number):
        place = self.index.get(number)
        if place is None or place >= index or self.lines[place].formula is None:
            return "no such line"
        cited = self.lines[place]
        return deduction.Stated(cited.formula, self.open_names(cited.path))

    patch.setattr(deduction._Proof, "_line", line)


def take_any_part_of_a_subproof(patch):
    def subproof(self, index, cite):
        first, last = self.index.get(cite[0]), self.index.get(cite[1])
        if first is None or last is None or last >= index:
            return "no such lines"
        opening, closing = self.lines[first], self.lines[last]
        inside = closing.path[: len(opening.path)] == opening.path
        if not inside or opening.formula is None or opening.path[-1:] != (first,):
            return "no subproof"
        return deduction.Derived(
            opening.formula, "", closing.formula, self.open_names(opening.path[:-1])
        )

    patch.setattr(deduction._Proof, "_sub", subproof)


def capture_variables(patch):
    patch.setattr(formulas, "closed", lambda term: True)


def confuse_sides(rule, wrong):
    def plant(patch):
        patch.setitem(rules.RULES, rule, (wrong, rules.RULES[rule][1]))

    return plant


def converse(step):
    one, two = (line.formula for line in step.lines)
    for whole, part in ((one, two), (two, one)):
        if isinstance(whole, formulas.Binary) and part in (whole.left, whole.right):
            return None
    return "no"


def one_case_is_enough(step):
    return None if step.formula in (made.result for made in step.subproofs) else "no"


PLANTED = {
    "the name may be in the conclusion": forget("in the conclusion"),
    "the name may be in an assumption": forget("in a premise"),
    "closed subproofs are open": reach_into_closed_subproofs,
    "any part of a subproof will do": take_any_part_of_a_subproof,
    "variables may be captured": capture_variables,
    "implications run both ways": confuse_sides("→E", converse),
    "one case is enough": confuse_sides("∨E", one_case_is_enough),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_checker_without_a_condition_is_caught_by_these_proofs(name, monkeypatch):
    PLANTED[name](monkeypatch)
    found, _ = first_falsehood(6_000)
    assert found is not None
