"""Antiderivatives, up to a constant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.terms import (
    INTEGRABLE,
    antiderivative,
    derivative,
    function_text,
    pieces,
    power_text,
    random_function,
    sum_text,
)
from veragym.envs.text.maths.topic import Params, Topic, register


@register
class Antiderivative(Topic):
    """Term by term, up to a constant."""

    name = "antiderivative"
    group = "calculus"
    summary = "Antiderivatives of polynomials, powers of linear terms, sin, cos, exp, x*exp."
    method = "Integrate term by term; divide by the new power and by the factor of x inside."
    phrasings = 4

    def draw(self, rng: TaskRng, level: float) -> Params:
        terms = random_function(rng, level, INTEGRABLE)
        return tuple((*t[:2], 1, t[3]) if t[0] == "times" else t for t in terms)

    def question(self, params: Params, phrasing: int) -> str:
        text = function_text(params)
        where = " for x > 0" if any(t[0] == "over" and t[2] == 1 for t in params) else ""
        return (
            f"Find an antiderivative of {text}{where}.",
            f"Integrate {text} with respect to x{where} (indefinite integral).",
            f"Which function F(x) has F'(x) = {text}{where}? One such F is enough.",
            f"Compute the indefinite integral of {text} dx{where}.",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "expression", "variables": ["x"], "modulo_constant": True}

    def answer(self, params: Params) -> str:
        return sum_text([piece for term in params for piece in antiderivative(term)])

    def steps(self, params: Params) -> Sequence[str]:
        steps = [
            f"{sum_text(pieces(term))} comes from {sum_text(antiderivative(term))}"
            for term in params
        ]
        return [*steps, f"Sum: {self.answer(params)}"]

    def decoys(self, params: Params) -> Sequence[str]:
        undivided = [
            piece
            for term in params
            for piece in (
                [(term[1], power_text("x", term[2] + 1), "")]
                if term[0] == "pow"
                else antiderivative(term)
            )
        ]
        derived = sum_text([piece for term in params for piece in derivative(term)])
        return [sum_text(undivided), derived, f"{self.answer(params)} + x"]
