"""Commands that make the files of a session what they were at the start.

Only someone who knows the start can write them: they are for oracles, which have to solve a task
from wherever an episode has got to. What is right already is left alone.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator

from veragym.envs.shell.task.words import quoted
from veragym.sandbox.tree import Node, Tree, changes

CHUNK = 30_000
"""Characters of base64 in one command, well below what a command line may have."""


def rewind(start: Tree, now: Tree) -> list[str]:
    """Commands, each one turn, that lead from the files `now` to those of `start`.

    Run in the home folder. Hard links are not made again: a start has none.
    """
    lines = list(_lines(start, now))
    found: list[str] = []
    for line in lines:
        if found and len(found[-1]) + len(line) < CHUNK:
            found[-1] += "\n" + line
        else:
            found.append(line)
    return found


def _lines(start: Tree, now: Tree) -> Iterator[str]:
    changed = [change.path for change in changes(start, now)]
    if not changed:
        return
    # What cannot be entered or read cannot be mended either.
    yield "chmod -R u+rwX . 2>/dev/null"
    doubtful = [p for p in changed if p in now and (p not in start or not _same(start[p], now[p]))]
    for path in doubtful:
        yield f"rm -rf -- {quoted(path)}"
    gone = tuple(path + "/" for path in doubtful)
    for path, node in start.items():
        lost = path in doubtful or path not in now or path.startswith(gone)
        if not lost:
            continue
        name = quoted(path)
        if node.kind == "folder":
            yield f"mkdir -p -- {name}"
        elif node.kind == "link":
            yield f"ln -sfn -- {quoted(os.fsdecode(node.content))} {name}"
        else:
            code = base64.b64encode(node.content).decode()
            for at in range(0, max(1, len(code)), CHUNK - 6_000):
                part = code[at : at + CHUNK - 6_000]
                yield f"printf %s {part or quoted('')} | base64 -d {'>>' if at else '>'} {name}"
    # The first command touched every mode, so all are set again, the innermost first.
    for path in sorted(start, reverse=True):
        if start[path].kind in ("file", "folder"):
            yield f"chmod {start[path].mode:o} -- {quoted(path)}"


def _same(one: Node, other: Node) -> bool:
    """Alike but for the mode, and not shared with another name."""
    return (one.kind, one.digest) == (other.kind, other.digest) and not other.inode
