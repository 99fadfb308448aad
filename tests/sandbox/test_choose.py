"""Choosing a sandbox: the canary sees what gets through, and a choice without a wall is refused."""

import importlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest

from veragym.core import OptionError
from veragym.sandbox import RunnerUnavailable, RunSpec, Sandbox, SubprocessSandbox, choose
from veragym.sandbox.unsafe import SubprocessRunner

# The module, whose name in the package is its function's.
choosing = importlib.import_module("veragym.sandbox.choose")
REQUIRED = set(filter(None, os.environ.get("VERAGYM_REQUIRE_BACKENDS", "").split(",")))
WITHOUT = SubprocessSandbox(unsafe=True)


@pytest.fixture(autouse=True)
def forgetful(monkeypatch):
    monkeypatch.setattr(choosing, "_known", {})
    monkeypatch.setattr(choosing, "_runners", {})


def works(backend):
    found = choosing.why_not(backend)
    if found and (backend in REQUIRED or "refused" in found):
        pytest.fail(found)
    if found:
        pytest.skip(found)


def test_the_canary_gets_through_where_there_is_no_wall():
    breaches = choosing.canary(WITHOUT)
    # Processes are ended there all the same, by a mark in their environment.
    assert set(breaches) >= {
        "read a secret of this process's user",
        "changed files outside",
        "reached a listener on this machine",
        "ended a process outside",
    }


@pytest.mark.parametrize("backend", choosing.AUTOMATIC)
def test_the_canary_stays_inside_what_is_chosen(backend):
    works(backend)
    found = choosing.choose(backend)
    assert isinstance(found, Sandbox)
    assert found.name == backend
    assert choosing.canary(found) == []


def test_the_strongest_that_works_is_chosen_and_kept():
    if all(choosing.why_not(backend) for backend in choosing.AUTOMATIC):
        pytest.skip("no sandbox works here")
    found = choosing.choose()
    best = next(backend for backend in choosing.AUTOMATIC if not choosing.why_not(backend))
    assert found.name == best
    assert choosing.choose() is found


@dataclass(frozen=True)
class Leaky:
    """A sandbox whose walls all leak, under a name that promises some."""

    name = "bubblewrap"

    def capabilities(self):
        return WITHOUT.capabilities()

    def open(self, spec=None):
        return WITHOUT.open(spec)


class Missing:
    name = "landlock"

    def __init__(self):
        raise RunnerUnavailable("the kernel has none")


def test_if_everything_leaks_or_lacks_nothing_is_chosen_and_all_remedies_are_told(monkeypatch):
    monkeypatch.setattr(
        choosing, "_class", lambda name: {"bubblewrap": Leaky, "landlock": Missing}[name]
    )
    with pytest.raises(RunnerUnavailable) as failure:
        choosing.choose()
    said = str(failure.value)
    assert "bubblewrap: refused, because a command in it read a secret" in said
    assert "ended a process outside" in said
    assert "landlock: the kernel has none" in said
    for remedy in ("apt-get install bubblewrap", "apparmor_restrict", "--security-opt", "docker"):
        assert remedy in said
    # Nor does asking again, for a runner or by name, find a weaker place.
    for ask in (choosing.choose, choosing.choose_runner, lambda: choosing.choose("landlock")):
        with pytest.raises(RunnerUnavailable):
            ask()


def test_a_sandbox_in_which_nothing_runs_is_not_taken_for_a_tight_one():
    class Dead(Leaky):
        def open(self, spec=None):
            session = WITHOUT.open(spec)
            session.exec = lambda *a, **k: SubprocessRunner(unsafe=True).run(RunSpec(("false",)))
            return session

    with pytest.raises(RunnerUnavailable, match="does not run in it"):
        choosing.canary(Dead())


def test_what_outlives_its_session_is_seen():
    nap = subprocess.Popen(["sleep", "3601.5"])
    try:
        end = time.monotonic() + 10
        while not choosing.survivors("3601.5", patience=0.0) and time.monotonic() < end:
            time.sleep(0.01)
        assert choosing.survivors("3601.5", patience=0.0) == [nap.pid]
        assert choosing.survivors("3601.6", patience=0.0) == []
    finally:
        nap.kill()
        nap.wait()


def test_no_walls_must_be_asked_for_twice():
    for ask in (choosing.choose, choosing.choose_runner):
        with pytest.raises(OptionError, match="unsafe=True"):
            ask("subprocess")
    assert choosing.choose("subprocess", unsafe=True).name == "subprocess"
    assert choosing.choose_runner("subprocess", unsafe=True) == SubprocessRunner(unsafe=True)
    with pytest.raises(OptionError, match="'auto' or one of.*got 'chroot'"):
        choosing.choose("chroot")


def test_elsewhere_than_on_linux_docker_is_recommended(monkeypatch):
    monkeypatch.setattr(choosing.platform, "system", lambda: "Darwin")
    with pytest.raises(RunnerUnavailable, match=r"this is Darwin.*choose\('docker'\)"):
        choosing.choose()


def test_choosing_needs_no_package_but_this_one():
    code = (
        "import sys; from veragym.sandbox import choose, choose_runner; "
        "print(sorted({'docker', 'numpy', 'torch'} & set(sys.modules)))"
    )
    # The package's own top imports numpy; the sandbox adds nothing.
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "docker" not in done.stdout and "torch" not in done.stdout
    assert callable(choose)
