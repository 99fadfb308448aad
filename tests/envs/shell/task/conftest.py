"""Where these tests run commands: the strongest sandbox that works here, else a plain folder.

All commands are the project's own (solutions and near misses of its tasks), so that a machine
without a working sandbox can still judge the tasks themselves.
"""

from __future__ import annotations

import pytest

from veragym.sandbox import RunnerUnavailable
from veragym.sandbox.choose import choose
from veragym.sandbox.unsafe_session import SubprocessSandbox


@pytest.fixture(scope="session")
def shell_sandbox():
    try:
        return choose("auto")
    except RunnerUnavailable:
        return SubprocessSandbox(unsafe=True)
