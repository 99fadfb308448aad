"""A check script of a task's author, run where no program of the agent has ever been.

The script meets a copy of the final files, as data, in a fresh sandbox of its own; whether it holds
is its exit status, which we read ourselves. It should not run programs from that copy. If it does,
they are beside the script, in its sandbox and not in the agent's: they cannot write a verdict
anywhere, but they can keep the script from ending well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from veragym.sandbox.interface import Limits
from veragym.sandbox.session import Sandbox, SandboxSpec
from veragym.sandbox.tree import Node, Tree

FOLDER = "final"
SCRIPT = "check.sh"


def run_check(sandbox: Sandbox, script: Mapping[str, Any], files: Tree) -> bool:
    """Whether the script ends with status 0. What cannot be copied fails the check.

    Args:
        script: its `text`, the `seconds` it gets, and further `files` beside it.
        files: the final files, put into the folder `final` beside the script.
    Raises:
        RunnerUnavailable: the machinery failed.
    """
    if any(node.kind == "special" or not node.whole for node in files.values()):
        return False
    place: dict[str, Node | str | bytes] = {
        f"{FOLDER}/{path}": node for path, node in files.items()
    }
    place[FOLDER] = Node("folder", 0o755)
    place[SCRIPT] = str(script["text"])
    for path, text in script.get("files", {}).items():
        place[path] = str(text)
    seconds = float(script.get("seconds", 20.0))
    spec = SandboxSpec(Tree(place), limits=Limits(wall_seconds=seconds, cpu_seconds=seconds))
    with sandbox.open(spec) as session:
        result = session.exec(["/bin/bash", "--noprofile", "--norc", SCRIPT, FOLDER])
    return result.exit_status == 0 and not result.timed_out
