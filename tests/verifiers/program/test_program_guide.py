"""The guide's examples run as printed."""

import importlib
import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[3] / "docs" / "verifiers" / "program.md"


def test_the_examples_of_the_program_guide_run():
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert len(blocks) == 2
    reason = importlib.import_module("veragym.sandbox.choose").why_not("auto")
    if reason:
        pytest.skip(reason)
    exec("\n".join(blocks), {})
