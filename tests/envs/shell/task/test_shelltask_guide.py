"""The shell guide's examples run as printed, and its tables are complete."""

import re
from pathlib import Path

import pytest

from veragym.envs.shell.task import TEMPLATES
from veragym.envs.shell.task.folder import FIELDS
from veragym.sandbox import RunnerUnavailable
from veragym.sandbox.choose import choose

GUIDE = (Path(__file__).parents[4] / "docs" / "shell.md").read_text()


def test_the_examples_of_the_shell_guide_run(tmp_path, monkeypatch):
    try:
        choose("auto")
    except RunnerUnavailable as error:
        pytest.skip(f"no sandbox works here: {error}")
    monkeypatch.chdir(tmp_path)
    page = GUIDE.partition("## ShellTask-v0")[2].partition("\n## ShIOEnv")[0]
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 2
    exec("\n".join(blocks), {})


def test_the_guide_counts_and_names_the_templates_and_fields():
    assert f"{len(TEMPLATES)} templates" in GUIDE
    for theme in {each.theme for each in TEMPLATES.values()}:
        assert f"`{theme}`" in GUIDE
    for field in FIELDS:
        assert f"`{field}`" in GUIDE
