"""The guide's Python runs, its table names every form, and what the table says is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from veragym.verifiers import KINDS, grade_answer

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs/verifiers/maths.md").read_text(encoding="utf-8")

ROWS = [
    ("integer", "1000", ["1,000", "1e3", "1000.0", "1\\,000"], ["10^3", "2000/2", "1 000"]),
    ("rational", "3/2", ["1.5", "6/4", "1 1/2", "\\frac32"], ["1+\\frac12", "150%"]),
    ("value", "2*sqrt(3)", ["\\sqrt{12}", "\\frac{6}{\\sqrt3}"], ["3.4641", "\\sqrt{4\\cdot3}"]),
    ("complex", "2i", ["2i", "0+2i"], ["\\sqrt{-4}", "\\frac{-2}{i}", "2e^{i\\pi/2}"]),
    ("equation", "y=2x+1", ["4x-2y+2=0", "y-1=2x"], ["2x+1", "(y-2x-1)^2=0", "x(y-2x-1)=0"]),
    ("set", "{1,-2}", ["\\{-2,1\\}", "x=1 or x=-2"], ["(1,-2)", "[-2,1]", "\\{1,1,-2\\}"]),
    ("tuple", "(3,-2)", ["x=3, y=-2", "\\langle 3,-2\\rangle"], ["\\{3,-2\\}", "(6/2,-2)"]),
    ("interval", "[1,4)", ["1\\le x<4", "[1,2]\\cup(1,4)"], ["(1,4)", "2\\le 2x<8"]),
    ("percent", "12", ["12%", "12", "12 percent"], ["0.12", "$12", "1200%"]),
]


def test_the_guides_examples_run() -> None:
    blocks = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert len(blocks) >= 5
    exec(compile("\n".join(blocks), "maths.md", "exec"), {})


def test_the_guides_table_names_every_form() -> None:
    named = re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE)
    assert set(KINDS) <= set(named)


@pytest.mark.parametrize(("kind", "gold", "right", "wrong"), ROWS)
def test_what_the_guides_table_says_is_so(
    kind: str, gold: str, right: list[str], wrong: list[str]
) -> None:
    line = next(line for line in GUIDE.splitlines() if line.startswith(f"| `{kind}` |"))
    for answer in right:
        assert grade_answer(gold, answer, kind).score == 1.0, answer
        assert f"`{answer}`" in line
    for answer in wrong:
        assert grade_answer(gold, answer, kind).score == 0.0, answer
        assert f"`{answer}`" in line
