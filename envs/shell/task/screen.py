"""What a command did, as a text an agent can read and nobody can be fooled by.

Output is bounded (its beginning and its end are kept), and everything that would act on a terminal
or hide in a text (escape sequences, null bytes, other controls, marks of direction) is spelt out.
The last line is ours: how the command ended, where the shell is, how many turns are left. A
command can print such a line, too; the real one is always the last.
"""

from __future__ import annotations

import re
import signal

from veragym.sandbox.session import HOME, ShellResult

SHOWN = 8000
"""Characters of output that are shown, standard output and error together."""
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff]"
)


def harmless(content: bytes) -> str:
    """Bytes as text: what is no UTF-8, or no visible character, is spelt `\\x1b`."""
    text = content.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    return _HIDDEN.sub(_spelt, text)


def _spelt(found: re.Match[str]) -> str:
    number = ord(found.group())
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def is_binary(content: bytes) -> bool:
    """Whether showing it as text would be noise: null bytes, or mostly no characters."""
    start = content[:4096]
    if not start:
        return False
    odd = sum(byte < 9 or (13 < byte < 32 and byte != 27) for byte in start)
    broken = start.decode("utf-8", "replace").count("\ufffd")
    return b"\0" in start or odd + broken > 0.3 * len(start)


def bounded(text: str, limit: int) -> str:
    """The text, or its beginning and end with the middle counted."""
    if len(text) <= limit:
        return text
    head, tail = limit * 2 // 3, limit - limit * 2 // 3
    return f"{text[:head]}\n[... {len(text) - limit:,} characters left out ...]\n{text[-tail:]}"


def stream(content: bytes, limit: int) -> str:
    """One stream's content for the screen."""
    if is_binary(content):
        shown = content[:32].hex(" ")
        return f"[{len(content):,} bytes of binary output, beginning {shown}]"
    # Cut before it is decoded: a megabyte is not worth the time.
    if len(content) > 8 * limit:
        cut = len(content) - 8 * limit
        content = (
            content[: 6 * limit] + f"\n[... {cut:,} bytes left out ...]\n".encode()
            + content[-2 * limit :]
        )  # fmt: skip
    return bounded(harmless(content).rstrip("\n"), limit)


def shown(result: ShellResult, turns_left: int, limit: int = SHOWN) -> str:
    """The observation after a command."""
    parts = []
    errors = stream(result.stderr, limit // 2)
    output = stream(result.stdout, limit - min(len(errors), limit // 2))
    if output:
        parts.append(output)
    if errors:
        parts.append(f"[stderr]\n{errors}")
    if result.truncated:
        parts.append("[more was printed than is kept]")
    return "\n".join([*parts, f"[{_ending(result)}{turns_line(turns_left)}]"])


def turns_line(left: int) -> str:
    return f" | {left} turn{'' if left == 1 else 's'} left"


def _ending(result: ShellResult) -> str:
    if result.timed_out:
        said = "stopped: it took too long"
    elif result.out_of_memory:
        said = "stopped: it used too much memory"
    elif result.signal is not None:
        said = f"ended by {_signal_name(result.signal)}"
    elif result.exit_status is None:
        said = "ended"
    else:
        said = f"exit {result.exit_status}"
    if result.replaced:
        return f"{said} | the shell was replaced by a new one; files are as they were | in ~"
    return f"{said} | in {place(result.cwd)}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def place(cwd: str) -> str:
    """A folder as the agent calls it."""
    if not cwd or cwd == HOME:
        return "~"
    text = "~" + cwd[len(HOME) :] if cwd.startswith(HOME + "/") else cwd
    return bounded(harmless(text.encode("utf-8", "surrogateescape")).replace("\n", "\\n"), 200)
