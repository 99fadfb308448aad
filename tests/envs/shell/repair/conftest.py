"""Where repositories are worked on: the strongest sandbox that works here, or the tests skip."""

from __future__ import annotations

import os

import pytest

from veragym.envs.shell.repair.env import CodeRepairEnv
from veragym.sandbox import RunnerUnavailable
from veragym.sandbox.choose import choose

REQUIRED = set(filter(None, os.environ.get("VERAGYM_REQUIRE_BACKENDS", "").split(",")))


@pytest.fixture(scope="session")
def repair_sandbox():
    try:
        return choose("auto")
    except RunnerUnavailable as error:
        if REQUIRED:
            pytest.fail(str(error))
        pytest.skip(f"no sandbox works here: {error}")


@pytest.fixture(scope="session")
def shared_env(repair_sandbox):
    """One environment for many episodes: a reset brings everything back."""
    made = CodeRepairEnv(sandbox=repair_sandbox)
    yield made
    made.close()
