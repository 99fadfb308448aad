"""Importing the agents costs nothing; what is missing is named with its remedy."""

from __future__ import annotations

import subprocess
import sys

import pytest

from veragym.agents.extras import require
from veragym.core.errors import MissingExtra

LIGHT = (
    "veragym.agents, veragym.agents.policy, veragym.agents.rollout, veragym.agents.objective, "
    "veragym.agents.evaluate, veragym.agents.recipe, veragym.agents.demo, veragym.cli.train, "
    "veragym.cli.eval"
)


def test_importing_the_agents_imports_neither_torch_nor_matplotlib() -> None:
    code = f"import sys, {LIGHT}; print([m for m in ('torch', 'matplotlib') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_missing_package_is_named_with_the_extra_that_brings_it() -> None:
    with pytest.raises(MissingExtra, match=r'pip install "veragym\[train\]"'):
        require("no_such_package_here", "train", "training")


def test_a_broken_package_is_not_called_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, *rest: object) -> None:
        raise ModuleNotFoundError("no inner", name="inner")

    monkeypatch.setattr("veragym.agents.extras.import_module", fail)
    with pytest.raises(ModuleNotFoundError) as caught:
        require("outer", "train", "training")
    assert not isinstance(caught.value, MissingExtra)
