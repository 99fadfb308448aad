"""Verifiers: executable judges of answers.

    maths       MathVerifier, grade_answer        one final answer, judged by its answer form
    forms       Form, KINDS                       the answer-form contract
    extract     offers                            the final answer(s) a response gives

Everything is loaded on first use; importing this package imports no other library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from veragym.verifiers.extract import offers
    from veragym.verifiers.forms import KINDS, Form
    from veragym.verifiers.maths import MathVerifier, grade_answer

_HOMES = {
    "MathVerifier": "maths",
    "grade_answer": "maths",
    "Form": "forms",
    "KINDS": "forms",
    "offers": "extract",
}

__all__ = ["KINDS", "Form", "MathVerifier", "grade_answer", "offers"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
