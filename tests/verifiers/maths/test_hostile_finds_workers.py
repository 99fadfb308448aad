"""Regression tests for faults found by attacking the pool of workers."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor

from veragym.verifiers.maths.equality import to_wire
from veragym.verifiers.maths.syntax import parse
from veragym.verifiers.maths.workers import WorkerPool

GOOD = {
    "do": "decide",
    "gold": to_wire(parse("sin(2*x)")),
    "answer": to_wire(parse("2*sin(x)*cos(x)")),
    "names": ["x"],
    "real": True,
    "constant": False,
}


def test_when_the_system_ends_every_idle_worker_the_next_answer_is_still_judged() -> None:
    pool = WorkerPool(size=2)
    try:
        with ThreadPoolExecutor(2) as threads:
            assert all(r["equal"] for r in threads.map(lambda _: pool.ask(GOOD), range(40)))
        while len(pool._idle) < 2:  # one thread may have done all the work
            pool._idle.append(pool._take(fresh=True))
            pool._busy.clear()
            pool._idle[-1].ask(GOOD, 30)
        for worker in pool._idle:
            os.kill(worker.process.pid, signal.SIGKILL)
            worker.process.wait()
        assert pool.ask(GOOD)["equal"]
        assert pool.ask(GOOD)["equal"]
    finally:
        pool.close()
