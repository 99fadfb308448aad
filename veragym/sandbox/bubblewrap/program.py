"""Runs a Python program in a process that has just been forked from a warm interpreter.

Everything happens in the nested namespaces the supervisor made, with no rights left: this file reads
what to run only there, so that nothing of one run is ever in the memory another is forked from. What
a program can tell from a fresh interpreter: modules are imported already, the order of sets of text
is that of its siblings, and packages beside the standard library are not found.
"""

from __future__ import annotations

import _signal
import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any, NoReturn


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
        words, files, flags = marshal.loads(file.read())  # noqa: S302 - the parent wrote it
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
    _signal.signal(_signal.SIGPIPE, _signal.SIG_IGN)
    _signal.signal(_signal.SIGXFSZ, _signal.SIG_IGN)
    _signal.signal(_signal.SIGINT, _signal.default_int_handler)
    # The old ones are of what was there before the fork.
    errors = "backslashreplace"
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = open(  # type: ignore[misc]
        2, "w", 1, encoding="utf-8", errors=errors, closefd=False
    )
    sys.path[:] = [place for place in sys.path if not place.startswith("/.sandbox")]
    for name in ("supervisor", "program", "__main__"):
        sys.modules.pop(name, None)
    if "random" in sys.modules:
        sys.modules["random"].seed()  # type: ignore[attr-defined]
    if "site" in sys.modules and "S" not in flags:
        sys.modules["site"].setquit()  # type: ignore[attr-defined]
        sys.modules["site"].sethelper()  # type: ignore[attr-defined]
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
        main.__dict__["__file__"] = command
        code = _compiled(_source(command), command)
        first = os.path.dirname(os.path.abspath(command))
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
            sys.modules["threading"]._shutdown()  # type: ignore[attr-defined]
        if "atexit" in sys.modules:
            sys.modules["atexit"]._run_exitfuncs()  # type: ignore[attr-defined]
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            status = 120
    os._exit(status)
