"""Answers made to hang, crash or fill the memory get a verdict in time."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from typing import Any

import pytest

from veragym.core.verdict import Outcome
from veragym.verifiers import grade_answer

DEADLINE_S = 5.0
JUNK = "".join(
    random.Random(0).choices(
        "\\{}$()[]^_+-*/=<>,;:!%&|.0123456789abcxyz \n\t\"'#@~`éπ√∑", k=100_000
    )
)
HOSTILE: dict[str, Any] = {
    "power tower": "10^{10^{10}}",
    "taller tower": "9^9^9^9^9",
    "tower of braces": "2^{2^{2^{2^{2^{2}}}}}",
    "huge factorial": "100000000!",
    "iterated factorial": "((100!)!)!",
    "huge binomial": "\\binom{10^{9}}{5\\cdot10^{8}}",
    "huge polynomial": "(x+1)^{10^9}",
    "wide polynomial": "(x+y+z+1)^{500}",
    "many factors": "(x+1)*" * 2_000 + "(x+1)",
    "thirteen letters": "".join(f"({letter}+1)" for letter in "abcdfghjklmno"),
    "300 parentheses": "(" * 300 + "1" + ")" * 300,
    "400 fractions": "\\frac{1}{" * 400 + "2" + "}" * 400,
    "open brackets": "[" * 100_000,
    "minus signs": "-" * 100_000 + "1",
    "set of 2000": "\\{" + ",".join(map(str, range(2_000))) + "\\}",
    "set of 2000 roots": "\\{" + ",".join(f"\\sqrt{{{k}}}" for k in range(2_000)) + "\\}",
    "list": "1," * 16_000,
    "alternatives": "x=1 or " * 4_000 + "x=1",
    "junk": JUNK,
    "long number": "1" * 100_000,
    "long decimals": "0." + "1" * 30_000,
    "huge exponent": "1e999999999",
    "tiny number": "10^{-10^{10}}",
    "boxes": "\\boxed{1}" * 20_000,
    "open boxes": "\\boxed{" * 20_000,
    "open tags": "<answer>" * 20_000,
    "thoughts": "<think>" * 20_000 + "</think>" * 20_000,
    "phrases": "Answer: " * 20_000,
    "hashes": "#### 1\n" * 20_000 + "#### 2",
    "dollars": "$" * 50_000,
    "exponentials": "e^{e^{e^{e^{e^{e}}}}}",
    "variable tower": "x^{x^{x^{x^{x^{x^x}}}}}",
    "sine of a giant": "\\sin(10^{1000})",
    "drowned": "\\sin(10^{900})\\cdot 10^{900}",
    "long radicand": "\\sqrt{" + "7" * 900 + "}",
    "odd exponent": "2^{1/" + "7" * 300 + "}",
    "nested functions": "\\cos(" * 30 + "x" + ")" * 30,
    "many unions": "(1,2)\\cup" * 300 + "(3,4)",
    "wide matrix": "\\begin{pmatrix}" + "1&" * 5_000 + "1\\end{pmatrix}",
    "full-width digits": "３９１",
    "arabic digits": "٣٩١",
    "right-to-left": "\u202e391",
    "mark": "391\u200f",
    "zero width": "3\u200b91",
    "null": "\x00391",
    "lone surrogate": "\ud800391",
    "none": None,
    "bytes": b"391",
    "nan": float("nan"),
    "number": 391,
    "list object": ["391"],
}
TASKS: list[tuple[str, Any]] = [
    ("391", "integer"),
    ("3/2", "rational"),
    ("2*sqrt(3)", "value"),
    ("2^{98} + \\ln 2", "value"),
    ("3+4i", "complex"),
    ("sin(2*x)*e^x", {"kind": "expression", "variables": ["x"]}),
    ("x^x", {"kind": "expression", "variables": ["x"], "modulo_constant": True}),
    ("y = sin(x)", {"kind": "equation", "variables": ["x", "y"]}),
    ("{sqrt(2), 2}", "set"),
    ("(1, 2)", "interval"),
    ("[[1, 2], [3, 4]]", "matrix"),
    ("5 km", {"kind": "quantity", "unit": "km"}),
    ("", {"kind": "arithmetic", "numbers": [1, 2, 3], "target": 6}),
    ("72", "any"),
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_answers_are_refused_in_time(name: str) -> None:
    for gold, form in TASKS:
        started = time.monotonic()
        verdict = grade_answer(gold, HOSTILE[name], form)
        assert time.monotonic() - started < 1.2 * DEADLINE_S, (gold, form)
        assert verdict.score == 0.0, (gold, form)
        assert verdict.outcome is not Outcome.INFRA_ERROR, (gold, form, verdict.reason)
        assert len(verdict.reason) < 300


def test_hostile_answers_leave_the_process_small() -> None:
    program = (
        "import importlib.util, resource, sys; "
        "spec = importlib.util.spec_from_file_location('hostile', sys.argv[1]); "
        "module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module); "
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; before = peak(); "
        "[module.grade_answer(gold, answer, form) for answer in module.HOSTILE.values() "
        "for gold, form in module.TASKS[2:8]]; "
        "print((peak() - before) // 1024)"
    )
    grown_mb = int(subprocess.check_output([sys.executable, "-c", program, __file__], text=True))
    assert grown_mb < 64


@pytest.mark.parametrize(
    "answer", ["100000000!", "\\binom{10^9}{10^8}", "10^{10^{10}}", "(x+1)^{10^9}"]
)
def test_an_answer_beyond_the_bounds_is_a_timeout_and_not_merely_wrong(answer: str) -> None:
    form = {"kind": "expression", "variables": ["x"]}
    assert grade_answer("x + 1", answer, form).outcome is Outcome.TIMEOUT


TOWERS = ["10^{10^{10}}", "9^9^9^9^9", "2^{2^{2^{2^{2^{2}}}}}", "100000000!"]


@pytest.mark.parametrize("gold", TOWERS)
@pytest.mark.parametrize("form", ["any", "value", {"kind": "expression", "variables": ["x"]}])
def test_a_gold_beyond_all_bounds_costs_no_deadline(gold: str, form: Any) -> None:
    started = time.monotonic()
    assert grade_answer(gold, gold, form).outcome is Outcome.CORRECT
    for answer in ["7", gold + "+1", "x"]:
        assert grade_answer(gold, answer, form).score == 0.0
    assert time.monotonic() - started < DEADLINE_S  # for all four together


def test_a_set_of_two_thousand_numbers_can_be_right() -> None:
    numbers = [str(k) for k in range(2_000)]
    gold = "{" + ", ".join(numbers) + "}"
    assert grade_answer(gold, "{" + ", ".join(reversed(numbers)) + "}", "set").score == 1.0
    assert grade_answer(gold, "{" + ", ".join(numbers[1:]) + "}", "set").score == 0.0


@pytest.mark.parametrize("wrap", [1, 3, 6, 12])
def test_a_variable_is_seen_however_deep_it_stands(wrap: int) -> None:
    """A term in x is no constant of integration, even inside many functions."""
    term = "x"
    for name in ["sin", "cos", "exp"] * 4:
        if wrap:
            term, wrap = f"\\{name}({term})", wrap - 1
    form = {"kind": "expression", "variables": ["x"], "modulo_constant": True}
    assert grade_answer("x^2", f"x^2 + {term}", form).score == 0.0
    assert grade_answer("x^2", f"x^2 + {term.replace('x)', '2)')}", form).score == 1.0


def test_deep_nesting_and_long_blanks_cost_little_memory_and_time() -> None:
    form = {"kind": "expression", "variables": ["x"]}
    started = time.process_time()
    for answer in ("|" * 30 + "2s x - x" + "|" * 30, "x^" * 30 + "2", "\\left|" * 22 + "x"):
        assert grade_answer("x^3 - 3*x + 2", answer, form).score == 0.0
    assert grade_answer("5%", '["' + " " * 20_000 + '"]', {"kind": "percent"}).score == 0.0
    assert time.process_time() - started < 5.0  # doubling per level, it took minutes
