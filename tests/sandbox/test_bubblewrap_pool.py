"""A pool of sessions: bounded, clean, patient, and tidy. With sessions that only count."""

import threading
import time

import pytest

from veragym.core import OptionError
from veragym.sandbox import RunnerUnavailable, SandboxSpec, SessionClosed
from veragym.sandbox.pool import SessionPool


class Counted:
    """A session that is nothing but what became of it."""

    def __init__(self, sandbox, spec):
        self.sandbox, self.spec = sandbox, spec
        self.resets, self.closed, self.broken = 0, False, False

    def reset(self):
        if self.broken:
            raise RunnerUnavailable("broken")
        self.resets += 1

    def close(self):
        self.closed = True


class Counting:
    """A sandbox that keeps what it opened."""

    name = "counting"

    def __init__(self, fail=()):
        self.opened = []
        self.fail = list(fail)

    def open(self, spec=None):
        if self.fail:
            raise self.fail.pop()
        session = Counted(self, spec)
        self.opened.append(session)
        return session

    def living(self):
        return [session for session in self.opened if not session.closed]


def test_a_session_is_used_again_at_its_start():
    sandbox, spec = Counting(), SandboxSpec(disk_bytes=5)
    with SessionPool(sandbox, spec, size=2) as pool:
        first = pool.acquire()
        assert first.spec is spec
        pool.release(first)
        assert first.resets == 1
        assert pool.acquire() is first
        second = pool.acquire()
        assert second is not first
        assert len(pool) == 2
        pool.release(first)
        pool.release(second)
    assert sandbox.living() == []
    assert len(sandbox.opened) == 2


def test_who_comes_when_all_are_out_waits():
    sandbox = Counting()
    with SessionPool(sandbox, size=1) as pool:
        session = pool.acquire()
        started = time.monotonic()
        with pytest.raises(RunnerUnavailable, match=r"all 1 sessions .* 0.05 s"):
            pool.acquire(timeout=0.05)
        assert time.monotonic() - started >= 0.05
        got = []
        waiter = threading.Thread(target=lambda: got.append(pool.acquire(timeout=10)))
        waiter.start()
        pool.release(session)
        waiter.join(10)
        assert got == [session]
        pool.release(session)


def test_many_threads_never_have_more_than_there_are():
    sandbox = Counting()
    lock, out, most, used = threading.Lock(), set(), [0], [0]
    with SessionPool(sandbox, size=3) as pool:

        def work():
            for _ in range(50):
                with pool.session(timeout=20) as session:
                    with lock:
                        assert id(session) not in out
                        out.add(id(session))
                        most[0] = max(most[0], len(out))
                        used[0] += 1
                    with lock:
                        out.discard(id(session))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert used[0] == 400
        assert most[0] <= 3
        assert len(sandbox.opened) <= 3


def test_a_session_that_cannot_go_back_is_closed_and_makes_room():
    sandbox = Counting()
    with SessionPool(sandbox, size=1) as pool:
        session = pool.acquire()
        session.broken = True
        pool.release(session)
        assert session.closed
        assert pool.acquire(timeout=1) is not session
    assert len(sandbox.opened) == 2


def test_a_session_that_cannot_be_opened_takes_no_room():
    sandbox = Counting(fail=[RunnerUnavailable("full")])
    with SessionPool(sandbox, size=1) as pool:
        with pytest.raises(RunnerUnavailable, match="full"):
            pool.acquire()
        assert len(pool) == 0
        pool.release(pool.acquire(timeout=1))


def test_only_what_is_out_comes_back():
    sandbox = Counting()
    with SessionPool(sandbox, size=2) as pool:
        session = pool.acquire()
        pool.release(session)
        for strange in (session, Counted(sandbox, None)):
            with pytest.raises(OptionError, match="not taken from this pool"):
                pool.release(strange)


def test_those_at_rest_for_long_are_closed_by_themselves():
    sandbox = Counting()
    with SessionPool(sandbox, size=3, idle_seconds=0.1, warm=2) as pool:
        assert len(sandbox.living()) == 2
        busy = pool.acquire()
        end = time.monotonic() + 10
        while len(sandbox.living()) > 1 and time.monotonic() < end:
            threading.Event().wait(0.01)
        assert sandbox.living() == [busy]
        pool.release(busy)
        assert pool.reap() == 0
    assert sandbox.living() == []


def test_a_closed_pool_takes_back_what_is_out_and_gives_nothing():
    sandbox = Counting()
    pool = SessionPool(sandbox, size=2)
    session = pool.acquire()
    pool.close()
    pool.close()
    assert not session.closed
    pool.release(session)
    assert session.closed
    with pytest.raises(SessionClosed):
        pool.acquire()


def test_waiting_ends_when_the_pool_does():
    pool = SessionPool(Counting(), size=1)
    pool.acquire()
    told = []

    def wait():
        try:
            pool.acquire(timeout=20)
        except SessionClosed as error:
            told.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    while not pool._change._waiters:
        threading.Event().wait(0.001)
    pool.close()
    waiter.join(10)
    assert len(told) == 1


@pytest.mark.parametrize(
    "wrong", [{"size": 0}, {"size": 2, "warm": 3}, {"warm": -1}, {"idle_seconds": 0}]
)
def test_numbers_that_make_no_sense_are_refused(wrong):
    with pytest.raises(OptionError, match="got size="):
        SessionPool(Counting(), **wrong)
