"""Runs a Python program in a process that has just been forked from a warm interpreter.

Everything happens in the nested namespaces the supervisor made, with no rights left: what to run is
read only there, so that nothing of one run is ever in the memory another is forked from. What
a program can tell from a fresh interpreter: modules are imported already, the order of sets of text
is that of its siblings, and packages beside the standard library are not found.
"""

# Paths are text, as in the supervisor. Whatever a program raises is its own result.
# ruff: noqa: BLE001, PTH100, PTH103, PTH120, SIM115

from __future__ import annotations

import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from types import CodeType
    from typing import Any, NoReturn
else:
    import _signal as signal


def run(
    given: int,
    env: dict[bytes, bytes],
    execute: Callable[[list[bytes], dict[bytes, bytes]], None],
) -> None:
    """Writes a run's files into the working folder and becomes its program.

    Args:
        given: descriptor of the marshalled run: words, files, and the program's place among the
            words if it is one for this interpreter, else None.
        execute: becomes another program.
    """
    with open(given, "rb") as file:
        words, files, flags = marshal.loads(file.read())
    try:
        for name, content in files:
            above = os.path.dirname(name)
            if above:
                os.makedirs(above, exist_ok=True)
            with open(name, "wb") as new:
                new.write(content)
    except OSError as error:
        os.write(2, b"a file of this run could not be written: %s\n" % str(error).encode())
        os._exit(126)
    if flags is None:
        execute(words, env)
    os.environ.clear()
    os.environb.update(env)
    _become(words, flags)


def _become(words: list[bytes], flags: list[str]) -> NoReturn:
    """What the interpreter does around a program."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # The old ones are of what was there before the fork.
    streams = (
        # As Python opens them where the language is C.UTF-8.
        open(0, encoding="utf-8", errors="surrogateescape", closefd=False),
        open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False),
        open(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False),
    )
    for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.path[:] = [place for place in sys.path if not place.startswith("/.sandbox")]
    for name in ("supervisor", "program", "__main__"):
        sys.modules.pop(name, None)
    if "random" in sys.modules:
        sys.modules["random"].seed()
    if "site" in sys.modules and "S" not in flags:
        sys.modules["site"].setquit()
        sys.modules["site"].sethelper()
    main = type(sys)("__main__")
    sys.modules["__main__"] = main
    main.__dict__["__builtins__"] = sys.modules["builtins"]
    command = os.fsdecode(words[0])
    if command == "-c":
        sys.argv = ["-c", *map(os.fsdecode, words[2:])]
        code = _compiled(words[1], "<string>")
        first = ""
    else:
        sys.argv = list(map(os.fsdecode, words))
        place = os.path.abspath(command)
        main.__dict__["__file__"] = place
        code = _compiled(_source(command), place)
        first = os.path.dirname(place)
    if "I" not in flags:
        sys.path.insert(0, first)
    status = 0
    try:
        exec(code, main.__dict__)  # noqa: S102 - in a process made for it
    except SystemExit as error:
        status = _status(error.code)
    except BaseException as error:
        if error.__traceback__ is not None:
            error.__traceback__ = error.__traceback__.tb_next
        sys.excepthook(type(error), error, error.__traceback__)
        status = 1
    _finish(status)


def _source(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        text = f"{sys.executable}: can't open file {os.path.abspath(path)!r}: [Errno {error.errno}]"
        os.write(2, f"{text} {error.strerror}\n".encode("utf-8", "surrogateescape"))
        os._exit(2)


def _compiled(source: bytes, name: str) -> CodeType:
    try:
        return compile(source, name, "exec", dont_inherit=True)
    except BaseException as error:
        error.__traceback__ = None
        sys.excepthook(type(error), error, None)
        _finish(1)


def _status(code: Any) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    try:
        sys.stderr.write(f"{code}\n")
    except BaseException:
        return 1
    return 1


def _finish(status: int) -> NoReturn:
    """Threads, exit functions, and what is left to write, in the interpreter's order."""
    try:
        if "threading" in sys.modules:
            sys.modules["threading"]._shutdown()
        if "atexit" in sys.modules:
            sys.modules["atexit"]._run_exitfuncs()
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    for stream in (sys.stdout, sys.stderr):
        if stream is None or stream.closed:
            continue
        try:
            stream.flush()
        except BaseException:
            status = 120
    os._exit(status)
