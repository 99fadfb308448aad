"""The maths verifier: one final answer, judged by its answer form.

    verifier    MathVerifier, grade_answer        response -> answer -> verdict
    forms       Form, KINDS                       the answer-form contract
    syntax      parse                             LaTeX and plain maths as a small tree
    exact       normal, same                      exact normal forms, without sympy
    symbolic    points, differ, agree, prove      numeric probing and the worker's program
    workers     WorkerPool, shared_pool           killable processes for what may never end
    judges      make_judge, judge_for             one judge per kind of answer form, in
        numbers, words, arithmetic, values, expressions, structures, intervals, quantities,
        inference

Everything is loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from veragym.core.lazy import lazily

if TYPE_CHECKING:
    from veragym.verifiers.maths.forms import KINDS, Form
    from veragym.verifiers.maths.judges import judge_for, make_judge
    from veragym.verifiers.maths.syntax import parse
    from veragym.verifiers.maths.verifier import MathVerifier, grade_answer
    from veragym.verifiers.maths.workers import WorkerPool, shared_pool

__all__ = [
    "KINDS",
    "Form",
    "MathVerifier",
    "WorkerPool",
    "grade_answer",
    "judge_for",
    "make_judge",
    "parse",
    "shared_pool",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "forms": "KINDS Form",
        "judges": "judge_for make_judge",
        "syntax": "parse",
        "verifier": "MathVerifier grade_answer",
        "workers": "WorkerPool shared_pool",
    },
)
