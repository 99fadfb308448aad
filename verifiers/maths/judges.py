"""The table of judges: one per answer-form kind, each a function of (form, gold).

A judge factory compiles the gold answer once and returns a function from one candidate text to a
verdict. Adding a form kind is one entry in `forms`, one decorated factory in a module, and its
name in `_MODULES`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from veragym.core.verdict import Verdict, correct
from veragym.verifiers.maths.forms import Form

Judge = Callable[[str], Verdict]
Factory = Callable[[Form, str], Judge]

RIGHT = correct("the answer is right")
"""Shared: verdicts are frozen, and this one is given most often."""

_FACTORIES: dict[str, Factory] = {}
_MODULES = {
    "integer": "numbers",
    "rational": "numbers",
    "decimal": "numbers",
    "percent": "numbers",
    "numeral": "numbers",
    "choice": "words",
    "text": "words",
    "arithmetic": "arithmetic",
    "multiple": "multiples",
    "value": "values",
    "complex": "values",
    "expression": "expressions",
    "equation": "expressions",
    "set": "structures",
    "tuple": "structures",
    "matrix": "structures",
    "interval": "intervals",
    "quantity": "quantities",
    "any": "inference",
}
OPEN = frozenset({"arithmetic", "multiple"})
"""Kinds with many right answers: the form holds all that decides, and no gold is compared."""
WORDY = frozenset({"choice", "text"})
"""Kinds whose answers may be words."""


def judge_for(kind: str) -> Callable[[Factory], Factory]:
    """Registers a judge factory for a form kind."""

    def register(factory: Factory) -> Factory:
        _FACTORIES[kind] = factory
        return factory

    return register


def make_judge(form: Form, gold: str) -> Judge:
    """The judge of one task.

    Raises:
        AnswerFault: the gold itself is not an answer of this form.
    """
    if form.kind not in _FACTORIES:
        import_module(f"veragym.verifiers.maths.{_MODULES[form.kind]}")
    return _FACTORIES[form.kind](form, gold)
