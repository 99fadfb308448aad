"""The guide's examples run."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "verifiers" / "judge.md"


def test_the_examples_of_the_guide_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert len(blocks) >= 3
    exec(compile("\n".join(blocks), str(PAGE), "exec"), {"__name__": "guide"})
