"""Proof checkers, written for this project: nothing is proved that is not written down.

deduction      NaturalDeductionVerifier      numbered lines and subproofs, propositional and
                                             first-order; classical, intuitionistic, minimal
rules          its rules                     justification, layout: how lines are read
formulas       formulas without capture      syntax: how they are read
equational     EquationalVerifier            chains t1 = t2 = … by named axioms
terms          terms with operators          how they are read
submission     only_block                    the one piece of work a response hands in
"""

from veragym.verifiers.proof.deduction import NaturalDeductionVerifier, first_flaw, read_sequent
from veragym.verifiers.proof.equational import (
    EquationalVerifier,
    read_chain,
    read_theory,
    step_flaw,
)
from veragym.verifiers.proof.formulas import Formula, show
from veragym.verifiers.proof.layout import read_lines
from veragym.verifiers.proof.syntax import read_formula

__all__ = [
    "EquationalVerifier",
    "Formula",
    "NaturalDeductionVerifier",
    "first_flaw",
    "read_chain",
    "read_formula",
    "read_lines",
    "read_sequent",
    "read_theory",
    "show",
    "step_flaw",
]
