"""Attacks that are real, judges that are not fooled, and a report that keeps promises apart."""

import dataclasses
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from careless import CarelessSandbox
from engine import engine, missing

from veragym.core import OptionError
from veragym.sandbox import Promise, RunnerUnavailable, RunResult, SubprocessSandbox
from veragym.sandbox.choose import choose
from veragym.sandbox.docker_session import DockerSandbox
from veragym.sandbox.selftest import ATTACKS, named, selftest, try_attack
from veragym.sandbox.selftest.attack import CannotTell
from veragym.sandbox.selftest.scene import scene
from veragym.sandbox.selftest.watch import Watch, marked

OPEN = SubprocessSandbox(unsafe=True)
BY_NAME = {attack.name: attack for attack in ATTACKS}
# Sessions without walls are careful where it costs nothing; these need one that is not.
ONLY_CARELESS = {
    "links to outside",
    "race of links",
    "own environment",
    "deaf to signals",
    "empty giants",
    "deep folders",
    "flood of output",
    "core files",
    "forged end",
    "printed end",
    "another prompt",
    "other commands",
    "half a command",
    "stopped shell",
}
HARMFUL = {attack.name for attack in ATTACKS if attack.hurts}
QUICK = {"read outside", "links to outside", "own environment", "TCP", "rings", "printed end"}


def cases(names):
    return [
        name if name in QUICK else pytest.param(name, marks=pytest.mark.slow)
        for name in sorted(names)
    ]


def can_open_disks(folder):
    major, minor = Path("/proc/partitions").read_text().splitlines()[2].split()[:2]
    try:
        os.mknod(folder / "node", 0o600 | stat.S_IFBLK, os.makedev(int(major), int(minor)))
        os.close(os.open(folder / "node", os.O_RDONLY))
    except OSError:
        return False
    return True


def test_there_are_at_least_thirty_attacks_with_names_of_their_own():
    assert len(ATTACKS) >= 50
    assert len(BY_NAME) == len(ATTACKS)
    assert len({attack.group for attack in ATTACKS}) == 8
    assert named(["TCP"]) == (BY_NAME["TCP"],)
    with pytest.raises(OptionError, match="no attack is called 'TPC'"):
        named(["TPC"])


@pytest.mark.parametrize("name", cases(set(BY_NAME) - ONLY_CARELESS - HARMFUL))
def test_an_attack_comes_through_where_there_are_no_walls(name, tmp_path):
    root = {"trace", "typing into a terminal", "memory of others", "settings of the kernel"}
    root |= {"magic requests", "control groups", "mount", "privileges by running a file"}
    if name in root and os.geteuid() != 0:
        pytest.skip("takes root where there are no walls")
    if name == "device node" and not can_open_disks(tmp_path):
        pytest.skip("nobody may make and open a disk's node on this machine")
    assert try_attack(OPEN, BY_NAME[name])


@pytest.mark.parametrize("name", cases(ONLY_CARELESS))
def test_an_attack_comes_through_where_nobody_was_careful(name):
    careless = CarelessSandbox(reports=name == "forged end")
    assert try_attack(careless, BY_NAME[name])


def alone(script, words, limits=()):
    """Runs a script with a process table of its own, so that it can harm nobody else."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("takes root to give it a process table of its own")
    command = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *limits]
    return subprocess.Popen([*command, "sh", "-c", script, "sh", *words], stdout=subprocess.PIPE)


@pytest.mark.slow
def test_signals_to_all_and_to_the_parents_do_end_processes():
    everybody = BY_NAME["signal to all"].program
    process = alone('sleep 60 & python3 -c "$1"; sleep 0.2; kill -0 $! || echo dead', [everybody])
    assert process.communicate(timeout=30)[0] == b"dead\n"
    parents = BY_NAME["signal to the parents"].program
    script = 'sh -c \'python3 -c "$1"; echo survived\' sh "$1"; echo next'
    assert alone(script, [parents]).communicate(timeout=30)[0] == b"next\n"


@pytest.mark.slow
def test_a_fork_bomb_does_multiply():
    mark = "5" + str(time.monotonic_ns())
    bounds = ["setpriv", "--reuid", "54321", "--clear-groups", "prlimit", "--nproc=120"]
    bomb = BY_NAME["fork bomb"].program
    process = alone('bash -c "$1" bash "$2" 2>/dev/null', [bomb, mark], bounds)
    try:
        most = 0
        for _ in range(100):
            most = max(most, len(marked(mark)))
            if most > 44:
                break
            time.sleep(0.02)
        assert most > 44
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    for _ in range(200):
        if not marked(mark):
            break
        time.sleep(0.02)
    assert not marked(mark)


# Judges


def test_a_scene_leaves_nothing_behind():
    before = dict(os.environ)
    with scene() as around:
        assert around.victim_is_well()
        assert around.secret_file.read_text() == around.secret
        folder, victim = around.folder, around.victim
    assert not folder.exists()
    assert victim.poll() is not None
    assert dict(os.environ) == before


def test_a_victim_that_is_stopped_is_not_well():
    with scene() as around:
        around.victim.send_signal(signal.SIGSTOP)
        for _ in range(100):
            if not around.victim_is_well():
                break
            time.sleep(0.01)
        assert not around.victim_is_well()


def test_what_a_process_holds_is_seen_from_outside(tmp_path):
    mark = "6" + str(time.monotonic_ns())
    code = f"import sys, time; kept = open({str(tmp_path / 'held')!r}, 'w'); time.sleep(0.6)"
    with Watch(mark) as watch:
        subprocess.run([sys.executable, "-c", code, mark], check=True)
    assert watch.seen.processes == 1
    assert f"{tmp_path}/held (w)" in watch.seen.opened
    assert watch.seen.memory > 1 << 20
    assert not marked(mark)


def test_processes_that_cannot_be_seen_are_not_called_contained():
    class Elsewhere(CarelessSandbox):
        def open(self, spec=None):
            session = super().open(spec)
            session.exec = lambda *_, **__: RunResult(b"", b"", 0)
            return session

    with pytest.raises(CannotTell):
        try_attack(Elsewhere(), BY_NAME["daemon"])
    report = selftest(Elsewhere(), attacks=named(["daemon"]))
    assert report.findings[0].outcome == "cannot tell"


# Reports


class Boaster(SubprocessSandbox):
    """Promises what it does not keep."""

    promise = Promise.CONTAINED

    def capabilities(self):
        return dataclasses.replace(super().capabilities(), network=self.promise)


class Honest(Boaster):
    promise = Promise.DEGRADED


def test_an_attack_that_comes_through_breaks_a_promise_only_if_there_was_one():
    tcp = named(["TCP"])
    broken = selftest(Boaster(unsafe=True), attacks=tcp)
    assert not broken.passed
    assert (broken.findings[0].outcome, broken.findings[0].broken) == ("not contained", True)
    assert "tcp" in broken.findings[0].reason
    honest = selftest(Honest(unsafe=True), attacks=tcp)
    assert honest.passed
    assert honest.findings[0].outcome == "degraded"
    plain = selftest(OPEN, attacks=tcp)
    assert plain.passed
    assert plain.findings[0].outcome == "not contained"


def test_an_attack_that_would_hurt_is_not_tried_without_walls():
    report = selftest(OPEN, attacks=named(sorted(HARMFUL)))
    assert {finding.outcome for finding in report.findings} == {"not tried"}


def test_a_session_that_an_attack_breaks_is_a_broken_promise():
    class Breaks(SubprocessSandbox):
        def open(self, spec=None):
            session = super().open(spec)
            plain = session.exec

            def broken(command, **options):
                if command[0] == "python3":
                    raise RunnerUnavailable("gone")
                return plain(command, **options)

            session.exec = broken
            return session

    assert "machinery" in try_attack(Breaks(unsafe=True), BY_NAME["TCP"])


# Backends


def backend(name):
    required = os.environ.get("VERAGYM_REQUIRE_BACKENDS", "").split(",")
    try:
        return choose(name)
    except RunnerUnavailable as error:
        if name in required:
            raise
        pytest.skip(f"{name} does not work here: {error}")


@pytest.mark.parametrize("name", ["bubblewrap", "landlock"])
def test_a_backend_keeps_its_promises_against_one_attack_of_each_group(name):
    attacks = {attack.group: attack for attack in ATTACKS if not attack.hurts}
    report = selftest(backend(name), attacks=attacks.values())
    assert report.passed, [finding for finding in report.findings if finding.broken]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bubblewrap", "landlock"])
def test_a_backend_keeps_its_promises_against_every_attack(name):
    report = selftest(backend(name))
    assert report.passed, [finding for finding in report.findings if finding.broken]
    if name == "bubblewrap":
        assert {finding.outcome for finding in report.findings} == {"contained"}


@pytest.mark.slow
def test_docker_keeps_its_promises_against_every_attack():
    if missing():
        pytest.skip(missing())
    with engine() as address:
        report = selftest(DockerSandbox(base_url=address))
    assert report.passed, [finding for finding in report.findings if finding.broken]


# The command


VERAGYM = [sys.executable, "-c", "from veragym.cli import main; main()"]


def command(*words):
    return subprocess.run(
        [*VERAGYM, *words],
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_command_prints_a_matrix_and_a_document():
    words = ("sandbox", "selftest", "--backend", "subprocess", "--attack", "TCP")
    shown = command(*words)
    assert shown.returncode == 0, shown.stderr
    assert "not contained" in shown.stdout
    assert "shares this machine's kernel" in shown.stdout
    said = json.loads(command(*words, "--json").stdout)
    assert said[0]["backend"] == "subprocess"
    assert said[0]["attacks"][0]["name"] == "TCP"
    assert said[0]["attacks"][0]["outcome"] == "not contained"


def test_the_command_refuses_what_it_does_not_know():
    for words in (("attack",), ("selftest", "--attack", "nothing"), ("selftest", "--backend", "x")):
        refused = command("sandbox", *words)
        assert refused.returncode == 2, refused.stdout + refused.stderr
        assert "Traceback" not in refused.stderr
