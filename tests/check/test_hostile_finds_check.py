"""What a hostile reader of the kit found, and what became of it."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import planted
import pytest
from planted_cards import Kuhn

from veragym.check import Finding, check
from veragym.check import isolation as isolation_module
from veragym.check.finding import ok
from veragym.check.isolation import Failure, isolated
from veragym.check.strangers import imported
from veragym.core.errors import OptionError

# -- the way back from the child -------------------------------------------------------------------


class Touches:
    """A pickle that runs a command where it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def pipes() -> list[Connection]:
    """The pipes of this process that can be written to, as an environment would find them."""
    return [
        pipe
        for pipe in gc.get_objects()
        if isinstance(pipe, Connection) and not pipe.closed and pipe.writable
    ]


def test_a_pickle_in_the_pipe_of_findings_is_never_opened(tmp_path: Path) -> None:
    def work() -> Iterator[Finding]:
        yield ok("one", "first")
        for pipe in pipes():
            pipe.send(Touches(tmp_path / "run"))
        yield ok("two", "second")

    found = list(isolated(work, 20.0))
    assert found[0] == ok("one", "first")
    assert isinstance(found[1], Failure)
    assert "wrote into the pipe" in found[1].verdict
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("noise", [b"{", b"[1, 2, 3]", b'["finding", {"passed": 7}]', b"\xff\xfe"])
def test_noise_in_the_pipe_of_findings_is_a_failure(noise: bytes) -> None:
    def work() -> Iterator[Finding]:
        yield ok("one", "first")
        for pipe in pipes():
            pipe.send_bytes(noise)

    assert [type(message) for message in isolated(work, 20.0)] == [Finding, Failure]


def test_a_finding_comes_back_from_the_child_as_it_was_sent() -> None:
    sent = ok("one", "a lone \ud800 surrogate", actions=[1, "\x00", None, 0.5], inf=float("inf"))

    def work() -> Iterator[Finding]:
        yield sent

    assert list(isolated(work, 20.0)) == [sent]


def test_a_witness_that_says_nothing_has_not_come_to_its_end() -> None:
    class Silences(planted.Walk):
        def __init__(self) -> None:
            for pipe in pipes():
                pipe.send_bytes(b"[]")

    report = check(Silences, seeds=1, witnesses=["snapshot"])
    assert [finding.name for finding in report.failures] == ["snapshot.completes"]


def test_a_fork_that_an_environment_lets_return_does_not_speak_for_it() -> None:
    def work() -> Iterator[Finding]:
        yield ok("one", "first")
        if os.fork() == 0:
            raise RuntimeError("in the child's child")
        os.wait()
        yield ok("two", "second")

    assert list(isolated(work, 20.0)) == [ok("one", "first"), ok("two", "second")]


def test_whoever_stops_the_keeper_and_hangs_is_ended_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(isolation_module, "PATIENCE_S", 0.2)

    def work() -> Iterator[Finding]:
        yield ok("one", "first")
        os.kill(os.getppid(), signal.SIGSTOP)
        time.sleep(600)

    start = time.monotonic()
    _, failure = isolated(work, 1.0)
    assert isinstance(failure, Failure)
    assert "was stopped" in failure.verdict
    assert time.monotonic() - start < 20


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


def test_an_exception_that_cannot_be_shown_is_named() -> None:
    def work() -> Iterator[Finding]:
        yield ok("one", "first")
        raise Unspeakable

    _, failure = isolated(work, 20.0)
    assert isinstance(failure, Failure)
    assert failure.verdict == "Unspeakable: (an exception that cannot be shown)"


def test_a_machine_that_is_full_for_a_moment_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attempts = []
    fork = os.fork

    def full() -> int:
        attempts.append(os.getpid())
        if len(attempts) < 3:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return fork()

    monkeypatch.setattr(os, "fork", full)
    assert list(isolated(lambda: iter([ok("one", "first")]), 20.0)) == [ok("one", "first")]


# -- a stranger's module ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("import ctypes; ctypes.string_at(0)", "killed by SIGSEGV"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import os; os._exit(0)", "it left with status 0"),
        ("raise RuntimeError('not today')", "RuntimeError: not today"),
    ],
)
def test_a_module_that_cannot_survive_its_import_is_refused(
    line: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"stranger_{abs(hash(line))}"
    (tmp_path / f"{name}.py").write_text(line + "\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(OptionError, match=reason):
        check(f"{name}:Env", seeds=1)
    assert name not in sys.modules


def test_a_module_that_hangs_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stranger_that_hangs.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("veragym.check.strangers.tried.__defaults__", (0.5,))
    start = time.monotonic()
    with pytest.raises(OptionError, match="hangs"):
        imported("stranger_that_hangs")
    assert time.monotonic() - start < 30


def test_what_a_module_prints_when_imported_does_not_mix_with_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stranger_that_greets.py").write_text("print('hello')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    imported("stranger_that_greets")
    assert capsys.readouterr() == ("", "hello\n")


# -- spaces that a batch cannot lay out in shared memory ------------------------------------------


class Varies(gym.Env[Any, Any]):
    """Sound: a walk that is told in a space of its own kind."""

    action_space = gym.spaces.Discrete(3)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.left, self.at = 12, int(self.np_random.integers(4, 7))
        return self.seen(), {}

    def seen(self) -> Any:
        raise NotImplementedError

    def step(self, action: int) -> Any:
        assert self.action_space.contains(action), f"no action {action!r}"
        self.left, self.at = self.left - 1, min(9, max(0, self.at + int(action) - 1))
        return self.seen(), float(self.at == 9), False, self.left == 0, {}


class Sequences(Varies):
    observation_space = gym.spaces.Sequence(gym.spaces.Discrete(10))

    def seen(self) -> Any:
        return tuple(np.int64(i) for i in range(self.at))


class Graphs(Varies):
    observation_space = gym.spaces.Graph(gym.spaces.Box(0, 9, (1,), np.float32), None)

    def seen(self) -> Any:
        nodes = np.full((self.at + 1, 1), self.at, np.float32)
        return gym.spaces.GraphInstance(nodes, None, None)


class Texts(Varies):
    observation_space = gym.spaces.Text(20)

    def seen(self) -> Any:
        return f"at{self.at}"


class Either(Varies):
    observation_space = gym.spaces.OneOf((gym.spaces.Discrete(10), gym.spaces.Discrete(20)))

    def seen(self) -> Any:
        return np.int64(self.at % 2), np.int64(self.at)


@pytest.mark.parametrize("environment", [Sequences, Graphs, Texts, Either])
def test_observations_of_changing_size_are_no_fault(environment: Any) -> None:
    report = check(environment, seeds=2, witnesses=["api", "vectors"])
    assert report.failures == ()
    assert "vectors.async" in {finding.name for finding in report.findings if finding.passed}


# -- games -----------------------------------------------------------------------------------------


class KuhnStartsDaemons(Kuhn):
    """Every game starts a process that lets go of its parents and lives on."""

    def __init__(self, render_mode: str | None = None) -> None:
        super().__init__(render_mode)
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
        os.wait()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_a_game_that_leaves_daemons_is_found() -> None:
    report = check(KuhnStartsDaemons, seeds=2, witnesses=["leftovers"])
    assert [finding.name for finding in report.failures] == ["leftovers.processes"]
