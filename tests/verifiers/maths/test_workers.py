"""The pool of killable workers: deadlines, memory, recovery, threads, forks, clean endings."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome
from veragym.verifiers import grade_answer
from veragym.verifiers.faults import MachineryFailed, TooLarge
from veragym.verifiers.maths import workers
from veragym.verifiers.maths.equality import to_wire
from veragym.verifiers.maths.syntax import parse
from veragym.verifiers.maths.workers import WorkerPool, one_answer, shared_pool

FORM = {"kind": "expression", "variables": ["x"]}
# Within the bounds on single numbers, and yet without end for sympy: a wide polynomial.
HANG = {
    "do": "prove",
    "gold": ["num", "1"],
    "answer": to_wire(parse("(x+y+z+w)^{60} + (x-y+z-w)^{59} + 1")),
}
# 1,500 numbers of a million bits.
HUNGRY = {
    "do": "prove",
    "gold": ["num", "1"],
    "answer": [
        "add",
        *(
            ["mul", ["pow", ["num", "2"], ["num", str(990_000 + k)]], ["sym", f"x_{k}"]]
            for k in range(1_500)
        ),
    ],
}


def question(left: str, right: str) -> dict[str, Any]:
    return {
        "do": "decide",
        "gold": to_wire(parse(left)),
        "answer": to_wire(parse(right)),
        "names": ["x"],
        "real": True,
        "constant": False,
    }


GOOD = question("sin(2*x)", "2*sin(x)*cos(x)")


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    made = WorkerPool(size=2, deadline=1.0)
    yield made
    made.close()


def processes(pool: WorkerPool) -> list[int]:
    return [worker.process.pid for worker in (*pool._idle, *pool._busy)]


def gone(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = (
                Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
            )
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_a_worker_decides_equal_and_different(pool: WorkerPool) -> None:
    assert pool.ask(GOOD) == {"equal": True, "how": "probed"}
    assert pool.ask(question("sin(2*x)", "2*sin(x)"))["equal"] is False
    assert len(processes(pool)) == 1, "an idle worker is used again"


def test_what_has_no_real_values_is_left_to_a_proof(pool: WorkerPool) -> None:
    left, right = "ln(-1 - x^2)", "ln(-(x^2 + 1))"
    assert pool.ask(question(left, right)) == {"equal": True, "how": "simplified"}
    assert pool.ask(question(left, "ln(-2 - x^2)"))["equal"] is False


def test_a_question_past_its_deadline_is_ended_and_the_pool_recovers(pool: WorkerPool) -> None:
    pool.ask(GOOD)
    (pid,) = processes(pool)
    started = time.monotonic()
    with pytest.raises(TooLarge):
        pool.ask(HANG)
    assert time.monotonic() - started < 1.2 * pool.deadline + 1.0
    assert gone(pid, 1.0)
    assert pool.ask(GOOD)["equal"] is True


def test_memory_is_limited_and_the_pool_recovers() -> None:
    pool = WorkerPool(size=1, deadline=20.0, memory=64 << 20)
    try:
        try:
            reply = pool.ask(HUNGRY)
            assert reply.get("fault") == "memory"
        except TooLarge:
            pass
        assert pool.ask(GOOD)["equal"] is True
    finally:
        pool.close()


def test_a_killed_worker_loses_nobody_an_answer(pool: WorkerPool) -> None:
    pool.ask(GOOD)
    (pid,) = processes(pool)
    os.kill(pid, signal.SIGKILL)
    assert pool.ask(GOOD)["equal"] is True
    assert processes(pool) != [pid]


def test_hanging_questions_do_not_disturb_others_in_other_threads(pool: WorkerPool) -> None:
    pool.ask(GOOD)

    def hang(_: int) -> str:
        with pytest.raises(TooLarge):
            pool.ask(HANG)
        return "ended"

    with ThreadPoolExecutor(4) as threads:
        hanging = threads.submit(hang, 0)
        good = list(threads.map(lambda _: pool.ask(GOOD)["equal"], range(30)))
        assert good == [True] * 30
        assert hanging.result() == "ended"
    assert len(processes(pool)) <= 2


def test_grading_works_from_threads_and_asyncio() -> None:
    def judge(k: int) -> float:
        right = "2 sin x cos x" if k % 2 else "2 sin x cos 2x"
        return grade_answer("sin(2*x)", right, FORM).score

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(judge, range(40))) == [float(k % 2) for k in range(40)]

    async def many() -> list[float]:
        return await asyncio.gather(*(asyncio.to_thread(judge, k) for k in range(20)))

    assert asyncio.run(many()) == [float(k % 2) for k in range(20)]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_makes_workers_of_its_own_and_leaves_ours_alone() -> None:
    assert grade_answer("sin(2*x)", "2 sin x cos x", FORM).score == 1.0
    before = processes(shared_pool())
    inherited = list(shared_pool()._idle)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            score = grade_answer("sin(2*x)", "2 sin x cos x", FORM).score
            mine = processes(shared_pool())
            apart = not set(mine) & set(before)
            # An inherited pipe left open would keep the parent's worker from seeing its end.
            closed = [stream.closed for w in inherited if (stream := w.process.stdin)]
            apart = apart and bool(closed) and all(closed)
            shared_pool().close()
            os.write(writing, b"1" if score == 1.0 and mine and apart else b"0")
        finally:
            os._exit(0)
    os.close(writing)
    assert os.read(reading, 1) == b"1"
    os.close(reading)
    os.waitpid(child, 0)
    assert processes(shared_pool()) == before
    assert grade_answer("sin(2*x)", "2 sin x cos x", FORM).score == 1.0
    assert processes(shared_pool()) == before


PARENT = """
import sys, time
from veragym.verifiers.maths.workers import WorkerPool
from veragym.verifiers.maths.equality import to_wire
from veragym.verifiers.maths.syntax import parse
import threading
pool = WorkerPool(size=2, deadline=1.0)
pool.ask({"do": "decide", "gold": ["sym", "x"], "answer": ["sym", "x"], "names": ["x"],
          "real": True, "constant": False})
busy = {"do": "prove", "gold": ["num", "1"], "answer": to_wire(parse("100000000!"))}
if sys.argv[1] == "busy":
    threading.Thread(target=lambda: pool.ask(busy), daemon=True).start()
    time.sleep(0.3)
print(*[w.process.pid for w in (*pool._idle, *pool._busy)], flush=True)
if sys.argv[1] != "exit":
    time.sleep(60)
"""


@pytest.mark.parametrize("how", ["idle", "busy", "exit"])
def test_workers_end_with_their_parent(how: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, how], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert pids
    if how != "exit":
        parent.kill()
    parent.wait(timeout=20)
    parent.stdout.close()
    for pid in pids:
        assert gone(pid, 40.0), f"worker {pid} outlived its parent"


def test_a_worker_that_cannot_start_is_our_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = WorkerPool(size=1)
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(MachineryFailed):
        pool.ask(GOOD)
    monkeypatch.setattr(workers, "_pool", pool)
    verdict = grade_answer("sin(2*x)", "2 sin x cos x", FORM)
    assert verdict.outcome is Outcome.INFRA_ERROR and not verdict.scored


def test_a_program_that_ends_at_once_is_our_failure_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(MachineryFailed):
        WorkerPool(size=1).ask(GOOD)


def test_threads_waiting_for_a_worker_all_get_one(pool: WorkerPool) -> None:
    answers: list[bool] = []
    threads = [
        threading.Thread(target=lambda: answers.append(pool.ask(GOOD)["equal"])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [True] * 8


@pytest.mark.parametrize("options", [{"deadline": 0}, {"memory": -1}, {"size": -2}])
def test_a_pool_with_impossible_limits_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        WorkerPool(**options)


def test_importing_the_verifiers_is_quick_and_brings_no_sympy() -> None:
    program = (
        "import sys, veragym.core, time; clock = time.process_time; t = clock(); "
        "import veragym.verifiers; bare = clock() - t; "
        "from veragym.verifiers import MathVerifier, grade_answer; "
        "assert grade_answer('391', '391', 'integer').score == 1.0; "
        "assert 'sympy' not in sys.modules and 'mpmath' not in sys.modules; "
        "print(bare, clock() - t)"
    )
    runs = [
        subprocess.check_output([sys.executable, "-c", program], text=True).split()
        for _ in range(3)
    ]
    assert min(float(bare) for bare, _ in runs) < 0.05
    assert min(float(used) for _, used in runs) < 0.15


def test_the_questions_of_one_answer_share_one_deadline(pool: WorkerPool) -> None:
    """Many hard parts get no more time than one; what follows has a deadline of its own again."""
    with one_answer():
        for _ in range(3):
            started = time.monotonic()
            with pytest.raises(TooLarge):
                pool.ask(HANG)
        assert time.monotonic() - started < 0.5 * pool.deadline, "nothing was left to spend"
    assert pool.ask(GOOD) == pool.ask(GOOD)
    with one_answer():
        assert pool.ask(GOOD) == pool.ask(GOOD)
