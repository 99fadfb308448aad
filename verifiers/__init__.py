"""Verifiers: executable judges of answers.

    maths/      MathVerifier, grade_answer        one final answer, judged by its answer form
    text/       text and structure                exact text, JSON, tags, choices, citations, …
    compose/    trees of verifiers                weighted sum, gate, …; reward transforms
    process/    judging how, not only what        turns, step labels, policies, faithfulness
    compare/    answers against one another       tournaments, Bradley-Terry, consensus
    judge/      rubrics                           programmatic or by a model, cached, replayable
    proof/      proof checkers                    natural deduction, equational chains
    program/    programs against tests            through a sandbox runner
    extract     offers                            the final answer(s) a response gives
    faults      what makes an answer unreadable

The common names are here; the rest is imported from its folder. Everything is loaded on first use;
importing this package imports no other library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from veragym.verifiers.extract import offers
    from veragym.verifiers.maths.forms import KINDS, Form
    from veragym.verifiers.maths.judges import judge_for, make_judge
    from veragym.verifiers.maths.syntax import parse
    from veragym.verifiers.maths.verifier import MathVerifier, grade_answer
    from veragym.verifiers.maths.workers import WorkerPool, shared_pool

_HOMES = {
    "MathVerifier": "maths.verifier",
    "grade_answer": "maths.verifier",
    "Form": "maths.forms",
    "KINDS": "maths.forms",
    "offers": "extract",
    "parse": "maths.syntax",
    "judge_for": "maths.judges",
    "make_judge": "maths.judges",
    "WorkerPool": "maths.workers",
    "shared_pool": "maths.workers",
}

__all__ = [
    "KINDS",
    "Form",
    "MathVerifier",
    "WorkerPool",
    "grade_answer",
    "judge_for",
    "make_judge",
    "offers",
    "parse",
    "shared_pool",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
