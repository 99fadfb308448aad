"""The runner contract, and the runner without walls as its first implementation."""

import pickle
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from veragym.core import OptionError
from veragym.core.errors import VeragymError
from veragym.sandbox import Limits, Runner, RunnerUnavailable, RunResult, RunSpec
from veragym.sandbox.unsafe import SubprocessRunner

RUNNER = SubprocessRunner(unsafe=True)
PYTHON = (sys.executable, "-I", "-S")


def python(code, stdin=b"", files=None, **limits):
    files = {"main.py": code.encode(), **(files or {})}
    return RUNNER.run(RunSpec((*PYTHON, "main.py"), files, stdin, limits=Limits(**limits)))


def test_the_runner_without_walls_must_be_asked_for_by_name():
    for unsafe in ((), (False,), (1,), ("yes",)):
        with pytest.raises(OptionError, match="unsafe=True"):
            SubprocessRunner(*unsafe)
    assert isinstance(RUNNER, Runner)
    assert pickle.loads(pickle.dumps(RUNNER)) == RUNNER


def test_input_files_output_and_status_come_through():
    result = python(
        "import sys\n"
        "sys.stdout.write(sys.stdin.read()[::-1] + open('data/a.txt').read())\n"
        "sys.stderr.write('warning')\n"
        "sys.exit(7)",
        "añb".encode(),
        {"data/a.txt": b"file"},
    )
    assert result.stdout == "bñafile".encode()
    assert result.stderr == b"warning"
    assert (result.exit_status, result.signal) == (7, None)
    assert not (result.timed_out or result.out_of_memory or result.truncated)
    assert 0.0 < result.cpu_seconds < 5.0


def test_the_environment_is_not_inherited(monkeypatch):
    monkeypatch.setenv("A_SECRET", "4711")
    result = python("import os; print(sorted(os.environ))")
    assert b"A_SECRET" not in result.stdout
    spec = RunSpec((*PYTHON, "-c", "import os; print(os.environ['GIVEN'])"), env={"GIVEN": "yes"})
    assert RUNNER.run(spec).stdout == b"yes\n"


def test_each_run_starts_in_an_empty_folder_that_is_gone_afterwards():
    write = "import os; open('left', 'w').close(); print(os.getcwd()); print(sorted(os.listdir()))"
    first, second = python(write), python(write)
    for result in (first, second):
        folder, listing = result.stdout.decode().splitlines()
        assert listing == "['left', 'main.py']"
        assert not Path(folder).exists()
    assert first.stdout != second.stdout


def test_a_sleeper_is_ended_at_the_wall():
    started = time.monotonic()
    result = python("import time; time.sleep(60)", wall_seconds=0.4)
    assert time.monotonic() - started < 5.0
    assert result.timed_out
    assert (result.exit_status, result.signal) == (None, signal.SIGKILL)


def test_an_endless_loop_is_ended_by_its_processor_time():
    result = python("while True: pass", cpu_seconds=1.0, wall_seconds=60.0)
    assert result.timed_out
    assert 0.5 < result.cpu_seconds < 3.0


def test_what_a_command_started_ends_with_it():
    code = "import os, sys, time\npid = os.fork()\nif pid == 0:\n    time.sleep(60)\nprint(pid)\n"
    started = time.monotonic()
    result = python(code)
    assert time.monotonic() - started < 10.0
    child = int(result.stdout)
    for _ in range(200):
        try:
            if Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
                break
        except OSError:
            break
        time.sleep(0.01)
    else:
        pytest.fail("the child outlived its run")


def test_a_flood_is_cut_and_said_to_be():
    result = python("while True: print('x' * 1000)", output_bytes=5_000, file_bytes=50_000)
    assert result.truncated
    assert len(result.stdout) == 5_000
    exact = python("print('x' * 4_999)", output_bytes=5_000)
    assert not exact.truncated
    assert len(exact.stdout) == 5_000


def test_memory_is_limited():
    result = python("x = bytearray(10**9)", memory_bytes=200 << 20)
    assert result.exit_status == 1
    assert b"MemoryError" in result.stderr


def test_a_signal_is_told_from_a_status():
    result = python("import os; os.kill(os.getpid(), 11)")
    assert (result.exit_status, result.signal) == (None, 11)
    assert not result.timed_out


def test_runs_from_many_threads_do_not_mix():
    results = {}

    def work(n):
        results[n] = python("print(input())", str(n).encode()).stdout

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {n: f"{n}\n".encode() for n in range(8)}


def test_a_missing_command_is_no_result():
    with pytest.raises(RunnerUnavailable, match="not-installed-anywhere"):
        RUNNER.run(RunSpec(("not-installed-anywhere",)))
    with pytest.raises(RunnerUnavailable):
        RUNNER.run(RunSpec(("/no/such/python",)))
    assert issubclass(RunnerUnavailable, VeragymError)


@pytest.mark.parametrize("argv", [(), ("",) * 0, ("python\0",), (3,)])
def test_a_run_without_a_command_cannot_be_described(argv):
    with pytest.raises(OptionError, match="argv"):
        RunSpec(argv)


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../up", "a/../../up", "nul\0"])
def test_a_file_cannot_be_put_outside_the_run(name):
    with pytest.raises(OptionError, match="inside the run"):
        RunSpec(("true",), {name: b""})


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), True, "2", None])
def test_a_limit_is_a_positive_number(value):
    with pytest.raises(OptionError, match="wall_seconds"):
        Limits(wall_seconds=value)


def test_an_odd_shaped_object_is_no_runner():
    assert not isinstance(object(), Runner)
    assert RunResult(b"", b"", 0) == RunResult(b"", b"", 0)
