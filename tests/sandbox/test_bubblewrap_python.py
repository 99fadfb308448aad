"""Python programs forked from a warm interpreter: like fresh ones, apart, and contained."""

import os
import pickle
import subprocess
import sys
import threading
import time

import pytest

from veragym.core import Draft
from veragym.sandbox import Limits, Runner, RunnerUnavailable, RunSpec
from veragym.sandbox.bubblewrap import BubblewrapSandbox
from veragym.sandbox.python import PythonExecutor, warm_words
from veragym.verifiers.program import ProgramVerifier

REQUIRED = "bubblewrap" in os.environ.get("VERAGYM_REQUIRE_BACKENDS", "").split(",")
LIMITS = Limits(wall_seconds=15.0, memory_bytes=96 << 20, processes=16)


@pytest.fixture(scope="module")
def executor():
    try:
        BubblewrapSandbox().capabilities()
    except RunnerUnavailable as error:
        if REQUIRED:
            raise
        pytest.skip(f"bubblewrap does not work here: {error}")
    made = PythonExecutor(size=2)
    yield made
    made.close()


def run(executor, code, stdin=b"", **files):
    return executor.run_code(code, stdin, {k: v.encode() for k, v in files.items()}, LIMITS)


def test_it_is_a_runner_that_can_be_sent_elsewhere(executor):
    assert isinstance(executor, Runner)
    again = pickle.loads(pickle.dumps(executor))
    assert again.run_code("print(6 * 7)").stdout == b"42\n"
    again.close()


PROGRAMS = {
    "output": "import sys; print('a', 'b'); sys.stderr.write('err'); sys.exit(7)",
    "input": "print(input()[::-1]); print(repr(open(0).read()))",
    "uncaught": "def f():\n    raise ValueError('x')\nf()",
    "syntax": "print('never')\ndef f(:\n",
    "indentation": "if 1:\nprint(2)",
    "exit text": "import sys; sys.exit('said at the end')",
    "exit none": "raise SystemExit",
    "exit big": "import sys; sys.exit(1000)",
    "exit functions": "import atexit; atexit.register(print, 'last'); print('first')",
    "threads": (
        "import threading, time\n"
        "threading.Thread(target=lambda: (time.sleep(.1), print('t'))).start()"
    ),
    "name": "print(__name__, __file__, __doc__)",
    "main": "x = 5\nimport __main__\nprint(__main__.x, __builtins__ is not None)",
    "arguments": "import sys; print(sys.argv)",
    "unicode": "print('é ☃'); import sys; print(sys.stdout.encoding, sys.stdout.errors)",
    "surrogate": "print('\\ud800')",
    "recursion": "def f(n): return f(n + 1)\ntry: f(0)\nexcept RecursionError: print('deep')",
    "os exit": "import os; print('lost'); os._exit(3)",
    "signal": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "future": "from __future__ import annotations\ndef f(x: y): pass\nprint(f.__annotations__)",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\nprint(A(3))",
    "pickle": "import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)",
    "multiprocessing": "import multiprocessing as m\nprint(m.Pool(2).map(abs, [-1, 2]))",
    "closed output": "import sys; sys.stdout.close()",
    "help": "exit(4)",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_does_what_it_does_in_a_fresh_interpreter(executor, name, tmp_path):
    code = PROGRAMS[name]
    (tmp_path / "main.py").write_text(code)
    alone = subprocess.run(
        [sys.executable, "-I", "main.py"],
        input=b"abc\nrest\n",
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={"LANG": "C.UTF-8"},
    )
    result = run(executor, code, b"abc\nrest\n")
    here = str(tmp_path).encode()
    assert result.stdout == alone.stdout.replace(here, b"/home/agent")
    status = alone.returncode
    assert (result.exit_status, result.signal) == (
        (status, None) if status >= 0 else (None, -status)
    )
    assert result.stderr == alone.stderr.replace(here, b"/home/agent")


def test_nothing_of_one_run_reaches_the_next(executor):
    leave = (
        "import builtins, os, json, threading\n"
        "builtins.left = json.left = 1; os.environ['LEFT'] = '1'\n"
        "for place in ('.', '/tmp', '/dev/shm'): open(place + '/left', 'w').close()\n"
        "if os.fork() == 0:\n    os.setsid()\n    import time; time.sleep(60)\n"
    )
    for _ in range(3):
        run(executor, leave)
    look = (
        "import builtins, os, json\n"
        "print(hasattr(builtins, 'left'), hasattr(json, 'left'), 'LEFT' in os.environ)\n"
        "print([os.path.exists(p + '/left') for p in ('.', '/tmp', '/dev/shm')])\n"
        "print(len([p for p in os.listdir('/proc') if p.isdigit()]))\n"
    )
    for _ in range(3):
        assert run(executor, look).stdout == b"False False False\n[False, False, False]\n2\n"


def test_the_memory_a_run_is_forked_from_holds_no_other_run(executor):
    mark = "mark-" + "4711" * 5
    run(executor, f"# {mark}\nprint(input())", f"{mark}\n".encode(), data=mark)
    seek = (
        "found = 0\nword = b'mark-' + b'4711' * 5\n"
        "for line in open('/proc/self/maps'):\n"
        "    span, rights = line.split()[:2]\n"
        "    if 'r' in rights and 'v' not in line.split()[-1][:2]:\n"
        "        a, b = (int(x, 16) for x in span.split('-'))\n"
        "        try:\n"
        "            with open('/proc/self/mem', 'rb', 0) as m:\n"
        "                m.seek(a); found += m.read(b - a).count(word)\n"
        "        except (OSError, ValueError, OverflowError): pass\n"
        "print(found)\n"
    )
    # Its own copies of the word are built while it runs: a few, and never the long mark's source.
    result = run(executor, seek)
    assert result.exit_status == 0
    with_own = int(result.stdout)
    again = run(executor, seek.replace("4711", "1174"))
    assert with_own == int(again.stdout)


def test_chance_is_fresh_in_each_run(executor):
    drawn = {run(executor, "import random; print(random.random())").stdout for _ in range(4)}
    assert len(drawn) == 4


@pytest.mark.parametrize(
    "bomb",
    [
        "import os\nos.kill(-1, 9)",
        "import os, time\nfor _ in range(10): os.fork()\ntime.sleep(9)",
        "x = [1] * 10**9",
        "x = []\nwhile True: x.append(bytearray(10**6))",
        "while True: print('x' * 10**5)",
        "import os, sys\nfor n in range(3, 2000):\n    try: os.close(n)\n    except OSError: pass",
        "open('big', 'wb').write(bytes(10**8))",
        "import ctypes; ctypes.string_at(0)",
        "import signal, os\nfor n in range(1, 32):\n    if n not in (9, 17, 19, 18): os.kill(1, n)",
    ],
)
def test_the_interpreter_outlives_what_it_runs(executor, bomb):
    result = executor.run(
        RunSpec(("python3", "-c", bomb), limits=Limits(wall_seconds=2, memory_bytes=96 << 20))
    )
    assert result is not None
    assert executor.run_code("print('well')", limits=LIMITS).stdout == b"well\n"


def test_limits_are_told(executor):
    result = executor.run_code("while True: pass", limits=Limits(wall_seconds=0.5))
    assert (result.timed_out, result.signal) == (True, 9)
    result = run(executor, "x = bytearray(b'x') * (300 << 20)")
    if BubblewrapSandbox().found().support.memory:
        assert result.out_of_memory
    else:
        assert b"MemoryError" in result.stderr


def test_flags_that_matter_not_are_understood_and_others_start_a_fresh_interpreter():
    assert warm_words(("python3", "main.py", "-x")) == (("main.py", "-x"), ())
    assert warm_words(("python3", "-I", "-S", "-c", "code", "a")) == (
        ("-c", "code", "a"),
        ("I", "S"),
    )
    assert warm_words((sys.executable, "-IS", "x.py")) == (("x.py",), ("I", "S"))
    for argv in (
        ("python3",),
        ("python3", "-m", "timeit"),
        ("python3", "-X", "dev", "a.py"),
        ("python3", "-"),
        ("python3", "-c"),
        ("python2", "a.py"),
        ("gcc", "a.c"),
    ):
        assert warm_words(argv) is None, argv


def test_other_commands_run_in_the_same_empty_folders(executor):
    spec = RunSpec(("sh", "-c", "cat; ls; echo $X"), {"d/a": b"1"}, b"in\n", {"X": "y"}, LIMITS)
    assert executor.run(spec).stdout == b"in\nd\ny\n"
    assert executor.run(RunSpec(("no-such",), limits=LIMITS)).exit_status == 127


def test_several_threads_share_it(executor):
    found = {}

    def work(number):
        for turn in range(5):
            result = run(executor, f"import time; time.sleep(0.01); print({number}, {turn})")
            found[number, turn] = result.stdout

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {(n, t): f"{n} {t}\n".encode() for n in range(6) for t in range(5)}


def test_it_is_many_times_as_quick_as_a_fresh_sandbox(executor):
    def once(act):
        started = time.perf_counter()
        act()
        return time.perf_counter() - started

    fresh = BubblewrapSandbox()
    fresh.found()

    def cold():
        with fresh.open() as session:
            assert session.exec(["python3", "-c", "print(1)"]).stdout == b"1\n"

    run(executor, "")
    warm = min(once(lambda: run(executor, "print(1)")) for _ in range(10))
    assert warm < min(once(cold) for _ in range(5)) / 2


def test_programs_are_judged_on_it(executor):
    draft = Draft(
        content="add",
        prompt="Write f(a, b), the sum.",
        public={"entry": "f", "limits": {"seconds": 5, "memory_mb": 96}},
        secret={"tests": [{"args": [1, 2], "expected": 3}, {"args": [-1, 1], "expected": 0}]},
    )
    judge = ProgramVerifier(executor, ("python3", "-I", "-S"))
    assert judge(draft, "def f(a, b):\n    return a + b\n").score == 1.0
    assert judge(draft, "def f(a, b):\n    return a - b\n").outcome == "wrong"
    assert judge(draft, "import os\nos.kill(-1, 9)\nos._exit(0)\n").score == 0.0
    assert judge(draft, "def f(a, b):\n    while True: pass\n").outcome == "timeout"
    stolen = "import sys\ndef f(a, b):\n    return sum(map(len, sys.modules)) and 3\n"
    assert judge(draft, stolen).score == 0.0
