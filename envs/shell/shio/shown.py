"""What an agent sees of an execution: bounded, readable whatever was printed."""

from __future__ import annotations

from veragym.envs.shell.shio.lab import Execution

MOST_SHOWN = 2000
"""Characters of a stream."""
_ENDED = {-1: "out of time", -2: "out of memory"}


def shown(did: Execution) -> str:
    """Status, output and effects as text."""
    lines = [f"[{_ENDED.get(did.status, f'status {did.status}')}]"]
    for name, stream in (("", did.stdout), ("stderr: ", did.stderr)):
        if stream:
            lines.append(name + readable(stream))
    if did.cut or len(did.stdout) > MOST_SHOWN or len(did.stderr) > MOST_SHOWN:
        lines.append("[output is cut]")
    lines += [f"[{effect}]" for effect in did.effects]
    return "\n".join(lines) + "\n"


def readable(stream: str) -> str:
    """Bytes (as Latin-1) as text: UTF-8 where it is, control characters and the rest escaped."""
    text = stream[:MOST_SHOWN].encode("latin-1").decode("utf-8", "backslashreplace")
    return "".join(
        c if c in "\n\t" or c.isprintable() else c.encode("unicode_escape").decode() for c in text
    ).rstrip("\n")
