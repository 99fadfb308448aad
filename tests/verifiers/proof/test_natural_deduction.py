"""The tables of valid and invalid proofs: every verdict, and the line and rule it blames."""

import pickle
import re

import pytest
from proof_semantics import INVALID, VALID, countermodel, deduction_task, kripke_countermodel

from veragym.core import Draft, OptionError
from veragym.core.verdict import Outcome
from veragym.verifiers.proof import (
    NaturalDeductionVerifier,
    justification,
    read_lines,
    read_sequent,
)
from veragym.verifiers.proof.justification import RULES as NAMED
from veragym.verifiers.proof.justification import read_justification
from veragym.verifiers.proof.rules import RULES

JUDGE = NaturalDeductionVerifier()


@pytest.mark.seeds("A18")
@pytest.mark.parametrize("case", VALID, ids=lambda case: case.name)
def test_a_valid_proof_is_correct(case):
    verdict = JUDGE(case.task, case.proof)
    assert verdict.outcome is Outcome.CORRECT, verdict.reason


@pytest.mark.parametrize("case", INVALID, ids=lambda case: case.name)
def test_an_invalid_proof_is_refused_for_its_first_fault(case):
    verdict = JUDGE(case.task, case.proof)
    if case.expected.startswith("unparsable: "):
        assert verdict.outcome is Outcome.UNPARSABLE
        assert case.expected.removeprefix("unparsable: ") in verdict.reason
        return
    line, rule, what = re.fullmatch(r"wrong (\d+) ?(\S*?) ?: (.*)", case.expected).groups()
    assert verdict.outcome is Outcome.WRONG, verdict.reason
    assert verdict.evidence["line"] == int(line)
    assert verdict.evidence["rule"] == rule
    assert what in verdict.reason
    assert verdict.reason.startswith(f"line {line}")


@pytest.mark.parametrize("case", VALID, ids=lambda case: case.name)
def test_every_sequent_of_the_valid_table_holds_in_all_small_models(case):
    sequent = read_sequent(case.premises, case.goal, case.logic)
    assert countermodel(sequent.premises, sequent.goal) is None


def test_the_tables_are_large_and_use_every_rule():
    assert len(VALID) >= 60
    assert len(INVALID) >= 80
    used = {
        line.by.rule
        for case in VALID
        for line in read_lines(case.proof, read_sequent(case.premises, case.goal).signature)
    }
    assert used == NAMED == {*RULES, "premise", "assumption", "fresh"}
    blamed = {case.expected.split()[2].rstrip(":") for case in INVALID if "wrong" in case.expected}
    # R and the shape of citations stand for what every rule shares.
    assert set(RULES) <= blamed


def test_a_proof_in_a_stronger_logic_is_refused_in_a_weaker_one():
    order = ["minimal", "intuitionistic", "classical"]
    refused = 0
    for case in VALID:
        for logic in order:
            verdict = JUDGE(deduction_task(case.premises, case.goal, logic), case.proof)
            expected = order.index(logic) >= order.index(case.logic)
            # The table names the weakest logic in which a proof holds, but for `identity`.
            assert (verdict.score == 1.0) == expected, case.name
            refused += not expected
    assert refused >= 15


@pytest.mark.parametrize(
    ("text", "rule", "cites"),
    [
        ("∧E 1", "∧E", (1,)),
        ("→E 1, 2", "→E", (1, 2)),
        ("->E 2,1", "→E", (2, 1)),
        ("-> elim 1 2", "→E", (1, 2)),
        ("by modus ponens on lines 3 and 4", "→E", (3, 4)),
        ("∨E 1, 2-4, 5–7", "∨E", (1, (2, 4), (5, 7))),
        ("1, 2-4, 5-7 ∨E", "∨E", (1, (2, 4), (5, 7))),
        ("~ Introduction: 2 - 5", "¬I", ((2, 5),)),
        ("[ Premise ]", "premise", ()),
        ("_|_ E 3", "⊥E", (3,)),
        ("⊥I 3, 4", "¬E", (3, 4)),
        ("Law of Excluded Middle", "LEM", ()),
        ("double-negation elimination 4", "DNE", (4,)),
        ("\\land I 1, 2", "∧I", (1, 2)),
    ],
)
def test_a_justification_is_read_in_its_usual_spellings(text, rule, cites):
    found = read_justification(text)
    assert found is not None
    assert (found.rule, found.cites) == (rule, cites)


@pytest.mark.parametrize(
    "text",
    ["", "1, 2", "obvious", "∧E one", "∧E 1-", "∧E 1-2-3", "∧E 1 1 1 1 1 1 1 1 1", "∧E ١",
     "∧E 1.5", "∧ 1", "E 1", "∧∧E 1", "premise!", "∧E 99999999"],
)  # fmt: skip
def test_what_is_no_justification_is_not_read_as_one(text):
    assert read_justification(text) is None


def test_no_spelling_names_two_rules():
    spelled = {}
    tables = [
        (rule, spelling)
        for rule, spellings in justification._OTHERS.items()
        for spelling in spellings
    ]
    for rule, spelling in tables:
        assert spelled.setdefault(justification._plain(spelling), rule) == rule
        assert justification._NAMES[justification._plain(spelling)] == rule


@pytest.mark.parametrize(
    "public",
    [
        None,
        {},
        {"goal": 3},
        {"goal": "P &"},
        {"goal": "P", "premises": "P"},
        {"goal": "P", "premises": [3]},
        {"goal": "P", "premises": ["P", "P(a)"]},
        {"goal": "P", "logic": "fuzzy"},
        {"goal": "P", "logic": ["classical"]},
        {"goal": ""},
    ],
    ids=repr,
)
def test_a_broken_task_is_nobodys_wrong_answer(public):
    task = Draft(content="", prompt="", public=public, secret={})
    verdict = JUDGE.verify(task, "1. P ; premise")
    assert verdict.outcome is Outcome.INFRA_ERROR
    assert not verdict.scored
    assert "task" in verdict.reason


def test_the_logic_of_the_verifier_serves_tasks_that_name_none():
    task = Draft(content="", prompt="", public={"goal": "P | ~P"}, secret={})
    proof = "1. P | ~P ; LEM"
    assert NaturalDeductionVerifier()(task, proof).score == 1.0
    assert NaturalDeductionVerifier("intuitionistic")(task, proof).score == 0.0
    with pytest.raises(OptionError, match="fuzzy"):
        NaturalDeductionVerifier("fuzzy")


def test_a_verifier_survives_pickling():
    case = VALID[0]
    judge = pickle.loads(pickle.dumps(NaturalDeductionVerifier("minimal")))
    assert judge == NaturalDeductionVerifier("minimal")
    assert judge(case.task, case.proof).score == 1.0


def test_the_semantics_of_these_tests_know_right_from_wrong():
    for premises, goal in [
        (["P -> Q", "Q"], "P"),
        (["forall y exists x R(x, y)"], "exists x forall y R(x, y)"),
        (["exists x P(x)"], "forall x P(x)"),
        ([], "a = b"),
    ]:
        sequent = read_sequent(premises, goal)
        assert countermodel(sequent.premises, sequent.goal) is not None
    for premises, goal, minimal, refuted in [
        (["~~P"], "P", False, True),
        ([], "P | ~P", False, True),
        ([], "((P -> Q) -> P) -> P", False, True),
        ([], "~~(P | ~P)", True, False),
        (["false"], "P", False, False),
        (["false"], "P", True, True),
        (["P", "~P"], "~Q", True, False),
    ]:
        sequent = read_sequent(premises, goal)
        found = kripke_countermodel(sequent.premises, sequent.goal, minimal)
        assert (found is not None) == refuted, (premises, goal)
