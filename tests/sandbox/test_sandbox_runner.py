"""The runner over sessions: a fresh place for each run, the `Runner` contract, and no leftovers."""

import importlib
import os
import pickle
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from veragym.core import OptionError
from veragym.sandbox import Limits, Runner, RunnerUnavailable, RunSpec, SubprocessSandbox
from veragym.sandbox.runner import SandboxRunner

# The module, whose name in the package is its function's.
choosing = importlib.import_module("veragym.sandbox.choose")
REQUIRED = set(filter(None, os.environ.get("VERAGYM_REQUIRE_BACKENDS", "").split(",")))
BACKENDS = ["subprocess", *choosing.AUTOMATIC, "chosen"]


@pytest.fixture(scope="module", params=BACKENDS)
def runner(request):
    if request.param == "subprocess":
        sandbox = SubprocessSandbox(unsafe=True)
    else:
        reason = choosing.why_not(request.param.replace("chosen", "auto"))
        if "refused" in reason or (reason and request.param in REQUIRED):
            pytest.fail(reason)
        if reason:
            pytest.skip(reason)
        if request.param == "chosen":
            yield choosing.choose_runner(size=2)
            return
        sandbox = choosing.choose(request.param)
    made = SandboxRunner(sandbox, size=2)
    yield made
    made.close()


def sh(text, files=None, stdin=b"", env=None, **limits):
    return RunSpec(("sh", "-c", text), files or {}, stdin, env or {}, Limits(**limits))


def test_it_is_a_runner_that_can_be_sent_elsewhere(runner):
    assert isinstance(runner, Runner)
    again = pickle.loads(pickle.dumps(runner))
    assert again == runner
    assert again.run(sh("echo sent")).stdout == b"sent\n"
    again.close()


def test_input_files_variables_output_and_status_come_through(runner):
    result = runner.run(
        sh(
            'cat; cat data/a.txt; echo "$GIVEN"; echo warning >&2; exit 7',
            {"data/a.txt": b"file\n"},
            b"in\0put\n",
            {"GIVEN": "yes"},
        )
    )
    assert result.stdout == b"in\0put\nfile\nyes\n"
    assert result.stderr == b"warning\n"
    assert (result.exit_status, result.signal, result.timed_out) == (7, None, False)


def test_each_run_finds_only_its_own_files_and_nothing_of_earlier_runs(runner):
    text = "ls -A; mkdir -p left/deep; echo x > left/deep/x; chmod 000 left; mkfifo pipe"
    for _ in range(3):
        assert runner.run(sh(text, {"mine": b""})).stdout == b"mine\n"
    assert runner.run(sh("ls -A")).stdout == b""


def test_runs_with_other_limits_and_many_threads_do_not_mix(runner):
    def one(number):
        spec = sh(f"cat f; echo {number} > f; sleep 0.02; cat f", {"f": b"%d-" % number})
        return runner.run(spec).stdout == b"%d-%d\n" % (number, number)

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(one, range(24)))
    assert runner.run(sh("echo x", wall_seconds=3.0)).stdout == b"x\n"


def test_bounds_are_those_of_the_run(runner):
    started = time.monotonic()
    late = runner.run(sh("sleep 60", wall_seconds=0.4))
    assert late.timed_out and time.monotonic() - started < 15
    busy = runner.run(sh("while :; do :; done", cpu_seconds=1.0, wall_seconds=60.0))
    assert (busy.exit_status, busy.cpu_seconds < 4.0) == (None, True)
    if runner.sandbox.name != "subprocess":
        # Without walls it is the kernel that ends it, by a signal others could have sent.
        assert busy.timed_out
    flood = runner.run(sh("yes", output_bytes=1000, wall_seconds=1.0))
    assert flood.truncated and len(flood.stdout) == 1000
    killed = runner.run(sh("kill -9 $$"))
    assert (killed.exit_status, killed.signal) == (None, signal.SIGKILL)


def test_memory_that_runs_out_is_not_a_success(runner):
    text = "x = bytearray(1 << 30); x[::4096] = b'1' * len(x[::4096]); print(len(x))"
    result = runner.run(RunSpec(("python3", "-c", text), limits=Limits(memory_bytes=128 << 20)))
    assert result.stdout == b""
    assert result.exit_status != 0


def test_a_missing_program_is_the_commands_failure(runner):
    assert runner.run(RunSpec(("no-such-program",))).exit_status == 127


def test_sessions_are_used_again_and_closed_with_the_runner():
    opened = []

    class Counting:
        name = "counting"

        def open(self, spec=None):
            session = SubprocessSandbox(unsafe=True).open(spec)
            opened.append(session)
            return session

    runner = SandboxRunner(Counting(), size=3)
    for _ in range(5):
        runner.run(sh("true"))
    assert len(opened) == 1
    runner.run(sh("true", wall_seconds=5.0))
    assert len(opened) == 2
    runner.close()
    assert all(session._closed for session in opened)
    assert runner.run(sh("echo again")).stdout == b"again\n"
    runner.close()


def test_no_more_than_size_run_at_once():
    now, most, lock = [0], [0], threading.Lock()

    class Slow:
        name = "slow"

        def open(self, spec=None):
            session = SubprocessSandbox(unsafe=True).open(spec)
            real = session.exec

            def exec(*words, **more):
                with lock:
                    now[0] += 1
                    most[0] = max(most[0], now[0])
                try:
                    return real(*words, **more)
                finally:
                    with lock:
                        now[0] -= 1

            session.exec = exec
            return session

    runner = SandboxRunner(Slow(), size=2)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(runner.run, [sh("sleep 0.05")] * 8))
    runner.close()
    assert most[0] == 2
    with pytest.raises(OptionError, match="at least 1, got 0"):
        SandboxRunner(Slow(), size=0)


def test_a_session_that_cannot_go_back_is_not_used_again():
    opened = []

    class Broken:
        name = "broken"

        def open(self, spec=None):
            session = SubprocessSandbox(unsafe=True).open(spec)

            def reset():
                raise RunnerUnavailable("the disk is broken")

            session.reset = reset
            opened.append(session)
            return session

    runner = SandboxRunner(Broken())
    for _ in range(2):
        assert runner.run(sh("echo result")).stdout == b"result\n"
    assert len(opened) == 2
    assert all(session._closed for session in opened)


def test_a_forked_process_has_sessions_of_its_own(runner):
    assert runner.run(sh("echo before")).stdout == b"before\n"
    code = os.fork()
    if code == 0:
        status = 1
        try:
            status = 0 if runner.run(sh("echo child")).stdout == b"child\n" else 2
            runner.close()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(code, 0)[1]) == 0
    assert runner.run(sh("echo after")).stdout == b"after\n"


def test_what_does_not_fit_is_the_machinerys_failure_and_names_the_bound():
    class Full:
        name = "full"

        def open(self, spec=None):
            session = SubprocessSandbox(unsafe=True).open(spec)

            def put(path, content, mode=0o644):
                raise OSError(28, "No space left on device")

            session.put = put
            return session

    runner = SandboxRunner(Full(), disk_bytes=1 << 20)
    with pytest.raises(RunnerUnavailable, match="'big' does not fit.*disk_bytes=1048576"):
        runner.run(sh("true", {"big": b"x"}))
