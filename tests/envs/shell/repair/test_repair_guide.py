"""The guide to CodeRepair-v0: its example runs as printed, and its tables are complete."""

import re
from pathlib import Path

from veragym.core.seeding import TaskRng
from veragym.envs.shell.repair import FAMILIES, KINDS
from veragym.envs.shell.repair.program import places
from veragym.envs.shell.repair.tools import TOOLS
from veragym.envs.shell.task.template import Draw

GUIDE = (Path(__file__).parents[4] / "docs" / "shell_repair.md").read_text()


def test_the_example_of_the_guide_runs(repair_sandbox):
    (block,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    exec(block, {})


def test_the_guide_counts_and_names_families_kinds_and_tools():
    programs = [make(Draw(TaskRng.from_seed(name), 0.5)) for name, make in FAMILIES.items()]
    assert f"{len(FAMILIES)} families" in GUIDE
    assert f"{sum(len(places(p.modules)) for p in programs)} places for bugs" in GUIDE
    for name in FAMILIES:
        assert f"`{name}`" in GUIDE
    for kind, meaning in KINDS.items():
        assert f"| `{kind}` | {meaning} |" in GUIDE
    for tool in TOOLS:
        assert f'"name": "{tool["function"]["name"]}"' in GUIDE
