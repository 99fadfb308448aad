"""`veragym` as a program: streams, exit statuses, interruption, speed of starting."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

RUN = (sys.executable, "-c", "from veragym.cli import main; main()")


def start(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*RUN, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def finish(arguments: Sequence[str], text: str = "") -> tuple[int, str, str]:
    process = start(*arguments)
    out, err = process.communicate(text, timeout=60)
    return process.returncode, out, err


def test_json_is_all_there_is_on_stdout() -> None:
    for arguments in (
        ["list"],
        ["version"],
        ["show", "MathRLVR-v0"],
        ["play", "MathRLVR-v0", "--episodes", "1"],
        ["check", "MathRLVR-v0", "--seeds", "2", "--witness", "determinism"],
    ):
        status, out, _ = finish([*arguments, "--json"], "1\n")
        assert status == 0
        json.loads(out)


def test_errors_are_one_line_on_stderr() -> None:
    status, out, err = finish(["show", "Maths-v0"])
    assert (status, out) == (2, "")
    assert err.startswith("error: no environment 'Maths-v0'")
    assert err.count("\n") == 1


def test_a_terminal_without_unicode_gets_escapes_and_no_crash() -> None:
    words = ("--set", "instruction=√ 数")
    process = start("show", "MathRLVR-v0", *words, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert "\\u221a \\u6570" in out


def test_an_interrupted_player_leaves_with_status_130_and_the_score() -> None:
    process = start(
        "play", "MathRLVR-v0", "--seed", "1", env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    assert process.stdout is not None
    while "Task 1" not in (line := process.stdout.readline()):
        assert line
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "0 of 0 right" in out
    assert err == "interrupted\n"


def test_an_interrupted_check_leaves_no_process_behind() -> None:
    process = start("check", "MathRLVR-v0", "--seeds", "100000", "--witness", "oracle")
    children: list[int] = []
    while not children:
        assert process.poll() is None
        children = _children(process.pid)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == "interrupted\n"
    assert not any(_alive(pid) for pid in children)


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        done = subprocess.run(
            ["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False
        )
        return [int(child) for child in done.stdout.split()]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    process = start("tasks", "MathRLVR-v0", "-n", "100000")
    assert process.stdout is not None
    json.loads(process.stdout.readline())
    process.stdout.close()
    process.stdout = None
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert process.wait(timeout=30) == 0


def test_starting_imports_neither_torch_nor_sympy_nor_a_command_that_is_not_called() -> None:
    probe = (
        "import sys; from veragym.cli import app; from typer.testing import CliRunner; "
        "CliRunner().invoke(app, ['list', '--json']); "
        "print([m for m in ('torch', 'sympy', 'pyarrow', 'veragym.check', 'veragym.cli.show', "
        "'veragym.agents', 'veragym.envs') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
