"""The guide's examples run as printed."""

import re
from pathlib import Path

GUIDE = Path(__file__).parents[3] / "docs" / "verifiers" / "state.md"


def test_the_examples_of_the_state_guide_run():
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert len(blocks) == 1
    exec("\n".join(blocks), {})


def test_the_guide_names_every_kind_of_condition():
    from veragym.verifiers.state.conditions import MAKERS_BY_KIND
    from veragym.verifiers.state.contents import MAKERS

    text = GUIDE.read_text()
    for name in (*MAKERS_BY_KIND, *MAKERS):
        assert re.search(rf"[`{{]{name}\b", text), name
