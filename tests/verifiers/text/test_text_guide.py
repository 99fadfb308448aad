"""The guide's Python runs, and its table names every verifier."""

import re
from pathlib import Path

from veragym.verifiers import text

GUIDE = (Path(__file__).parents[3] / "docs/verifiers/text.md").read_text(encoding="utf-8")


def test_the_guides_examples_run() -> None:
    blocks = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert len(blocks) >= 5
    exec(compile("\n".join(blocks), "text.md", "exec"), {})


def test_the_guide_names_every_verifier() -> None:
    for name in text.__all__:
        if name.endswith("Verifier") and name != "TextVerifier":
            assert f"`{name}`" in GUIDE
