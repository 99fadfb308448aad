"""What an attack is, what it left behind, and the ways of telling whether it came through.

A judge looks at the scene, at what was watched and at the session from outside. It returns None if
the attack was kept in, else one sentence on what came through.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from veragym.core.errors import OptionError
from veragym.sandbox.interface import Limits, RunResult
from veragym.sandbox.selftest.scene import Scene
from veragym.sandbox.selftest.watch import Seen, marked
from veragym.sandbox.session import Sandbox, Session
from veragym.sandbox.tree import Tree

Aspect = Literal["files", "processes", "memory", "disk", "network", "kernel"]
LIMITS = Limits(
    wall_seconds=8.0,
    cpu_seconds=8.0,
    memory_bytes=96 << 20,
    output_bytes=64 << 10,
    file_bytes=8 << 20,
    processes=32,
)
_PAGE = os.sysconf("SC_PAGE_SIZE")
DISK_BYTES = 24 << 20
INODES = 1000


@dataclass
class Trial:
    """One attack as it went.

    Attributes:
        sandbox: where.
        session: still open, after the attack.
        result: what the attack's command did.
        seen: what its processes were seen to do.
        plain: the same of a process that only sleeps.
        watched: processes of a session can be seen from here at all.
        seconds: how long the attack ran.
        growth: bytes by which this process grew meanwhile.
        filled: bytes by which disks or shared memory of this machine filled meanwhile, at most.
        faults: what came through to what we did at the same time.
    """

    scene: Scene
    sandbox: Sandbox
    session: Session
    result: RunResult
    seen: Seen
    plain: Seen
    watched: bool
    seconds: float
    growth: int
    filled: int
    faults: list[str] = field(default_factory=list)


class Space:
    """The most by which disks and shared memory of this machine fill while it is open."""

    def __init__(self) -> None:
        self.most = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Space:
        self._before = self._taken()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._look()

    def _work(self) -> None:
        while not self._stop.wait(0.05):
            self._look()

    def _look(self) -> None:
        grown = (now - before for now, before in zip(self._taken(), self._before))
        self.most = max(self.most, *grown)

    def _taken(self) -> list[int]:
        taken = []
        for place in ("/", tempfile.gettempdir()):
            held = os.statvfs(place)
            taken.append((held.f_blocks - held.f_bfree) * held.f_frsize)
        with open("/proc/meminfo") as stream:
            fields = dict(line.split(":") for line in stream)
        taken.append(int(fields["Shmem"].split()[0]) << 10)
        return taken


Judge = Callable[[Trial], str | None]


class CannotTell(Exception):
    """Nothing can be said from here, such as of processes on another machine."""


@dataclass(frozen=True)
class Attack:
    """One attempt to get out, to take in or to break down.

    Attributes:
        name: unique.
        group: attacks of one kind.
        tries: what it tries, as a phrase.
        aspect: the promise of `Capabilities` that it tests.
        program: Python, or text for bash.
        judge: whether it came through.
        language: `python` and `bash` run as one command; `shell` in the session's own shell.
        hurts: where nothing holds it, it would harm this machine, and is not tried.
        meanwhile: what we do while it runs.
        knows: it is told the secret, to leave it for somebody else.
        timeout: seconds.
    """

    name: str
    group: str
    tries: str
    aspect: Aspect
    program: str
    judge: Judge
    language: Literal["python", "bash", "shell"] = "python"
    hurts: bool = False
    meanwhile: Callable[[Session, Scene], str | None] | None = None
    knows: bool = False
    timeout: float = 6.0


def not_fooled(trial: Trial) -> str | None:
    """What we did at the same time was not led astray."""
    return trial.faults[0] if trial.faults else None


def every(*judges: Judge) -> Judge:
    """The first thing that came through."""

    def judge(trial: Trial) -> str | None:
        return next((said for each in judges if (said := each(trial)) is not None), None)

    return judge


def secret_kept(trial: Trial) -> str | None:
    """The secret is neither in what was written nor in a file of the session."""
    secret = trial.scene.secret.encode()
    if secret in trial.result.stdout + trial.result.stderr:
        return "the secret was read"
    if any(secret in node.content for node in _tree(trial).values()):
        return "the secret was copied into the session"
    return None


def not_heard(trial: Trial) -> str | None:
    """Nothing reached a listener."""
    time.sleep(0.05)  # what was sent may still be on its way to the thread that counts
    heard = ", ".join(sorted(trial.scene.heard))
    return f"a listener was reached: {heard}" if heard else None


def host_untouched(trial: Trial) -> str | None:
    """The folder outside is as it was."""
    folder = trial.scene.folder
    there = {path.name for path in folder.iterdir()}
    if there - {"secret", "precious", "socket"}:
        return "a file was made outside"
    if {"secret", "precious"} - there:
        return "a file outside was removed"
    same = trial.scene.precious.read_text() == "precious"
    return None if same else "a file outside was changed"


def victim_well(trial: Trial) -> str | None:
    """The process outside was neither killed nor stopped nor traced."""
    return None if trial.scene.victim_is_well() else "a process outside was stopped or killed"


def nothing_runs(trial: Trial) -> str | None:
    """All that it started is gone, soon after its command returned."""
    _can_watch(trial)
    end = time.monotonic() + 1.0
    while left := marked(trial.scene.mark):
        if time.monotonic() > end:
            return f"{len(left)} processes outlived their command"
        time.sleep(0.02)
    return None


def session_well(trial: Trial) -> str | None:
    """The session goes on: what we ask next gets its own answer."""
    token = trial.scene.secret[::-1]
    for _ in range(2):
        once = trial.session.exec(["printf", "%s", token], timeout=8.0)
        if once.stdout != token.encode() or once.exit_status != 0:
            return "the next command did not get its own answer"
        # Programs, because the shell's own commands are whatever the attack has made of them.
        asked = f"/usr/bin/printf %s {token}; /bin/sh -c 'exit 3'"
        result = trial.session.shell(asked, timeout=8.0)
        if (result.stdout, result.exit_status) == (token.encode(), 3):
            return None
        if not result.replaced:
            return "the next command in the shell did not get its own answer"
    return "the shell did not come back"


def session_recovers(trial: Trial) -> str | None:
    """What it did to its own shell ends with a reset, and never reached other commands."""
    token = trial.scene.secret[::-1].encode()
    if trial.session.exec(["printf", "%s", token.decode()], timeout=8.0).stdout != token:
        return "the next command did not get its own answer"
    trial.session.reset()
    return session_well(trial)


def ended_in_time(trial: Trial) -> str | None:
    """It took no longer than it was given, and a little."""
    return None if trial.seconds < 15.0 else f"it held us for {trial.seconds:.0f} seconds"


def memory_bounded(trial: Trial) -> str | None:
    """Its processes never held much more memory together than they may."""
    _can_watch(trial)
    most = trial.seen.memory
    return None if most < 1.6 * LIMITS.memory_bytes else f"it held {most >> 20} MB of memory"


def processes_bounded(trial: Trial) -> str | None:
    """There were never many more processes than there may be."""
    _can_watch(trial)
    most = trial.seen.processes
    return None if most <= LIMITS.processes + 12 else f"it had {most} processes"


def we_stayed_small(trial: Trial) -> str | None:
    """What it wrote did not grow this process."""
    return None if trial.growth < 64 << 20 else f"this process grew by {trial.growth >> 20} MB"


def readable(trial: Trial) -> str | None:
    """What it made can be read from outside, or refused, soon and with little memory."""
    before, started = resident(), time.monotonic()
    try:
        trial.session.diff()
    except OSError:
        pass  # a refusal that says so is an answer
    except (RecursionError, MemoryError) as error:
        return f"looking at its files ended in {type(error).__name__}"
    seconds, grown = time.monotonic() - started, resident() - before
    if seconds > 15.0:
        return f"looking at its files took {seconds:.0f} seconds"
    return None if grown < 300 << 20 else f"looking at its files took {grown >> 20} MB"


def names_bounded(trial: Trial) -> str | None:
    """There are no more names than there may be."""
    try:
        count = len(trial.session.tree())
    except OSError as error:
        return str(error)
    return None if count <= INODES + 64 else f"it made {count} names"


def filled_at_most(most: float) -> Judge:
    """Disks and shared memory of this machine did not fill by what it could write.

    Others write too while we look, so that its own count must agree with what is missing.
    """

    def judge(trial: Trial) -> str | None:
        counted = trial.result.stdout.rpartition(b"wrote ")[2].strip()
        claimed = int(counted) << 20 if counted.isdigit() else trial.filled
        held = min(claimed, trial.filled)
        return None if held < most else f"it filled {held >> 20} MB"

    return judge


def not_opened(*places: str) -> Judge:
    """None of these was seen open for writing (`… (w)`) or, as named, at all."""

    def judge(trial: Trial) -> str | None:
        _can_watch(trial)
        for name in sorted(trial.seen.opened - trial.plain.opened):
            if any(place in name for place in places):
                return f"it held {name} open"
        return None

    return judge


def no_device(trial: Trial) -> str | None:
    """No block device was seen open."""
    _can_watch(trial)
    return f"it held {min(trial.seen.devices)} open" if trial.seen.devices else None


def unprivileged(trial: Trial) -> str | None:
    """No process had a capability or could gain one by running a file."""
    _can_watch(trial)
    if trial.seen.privileged:
        return "it had capabilities"
    return "it could gain privileges by running a file" if trial.seen.gaining else None


def same_users(trial: Trial) -> str | None:
    """No process got into a user namespace of its own."""
    _can_watch(trial)
    more = len(trial.seen.users) > max(1, len(trial.plain.users))
    return "it made a user namespace, where it has every capability" if more else None


def nothing_mounted(trial: Trial) -> str | None:
    """Nothing of its own was mounted."""
    _can_watch(trial)
    return "it mounted something" if trial.scene.mark in trial.seen.sources else None


def no_cores(trial: Trial) -> str | None:
    """No process could write a core file, or have the machine's handler of them run."""
    _can_watch(trial)
    return "it could dump core" if trial.seen.cores else None


def few_descriptors(trial: Trial) -> str | None:
    """No process held very many files open."""
    _can_watch(trial)
    most = trial.seen.descriptors
    return None if most <= 4200 else f"it held {most} files open"


def nothing_typed(trial: Trial) -> str | None:
    """Nothing was put into a terminal of ours."""
    return "it typed into a terminal of ours" if trial.scene.typed() else None


def status_is(number: int) -> Judge:
    """The attack's own true status was reported, unless its shell was lost."""

    def judge(trial: Trial) -> str | None:
        result = trial.result
        if getattr(result, "replaced", False) or result.exit_status == number:
            return None
        return f"status {result.exit_status} was reported, and {number} is true"

    return judge


def other_session_blind(program: str) -> Judge:
    """A second session, opened now, does not find what the first one has left or holds."""

    def judge(trial: Trial) -> str | None:
        spec = trial.session.spec
        with trial.sandbox.open(spec) as other:
            words = ["python3", "-c", program, trial.scene.mark]
            said = other.exec(words, env=trial.scene.targets, timeout=8.0)
        found = trial.scene.secret.encode() in said.stdout + said.stderr
        return "another session found what this one left" if found else None

    return judge


def handed_out(trial: Trial) -> str | None:
    """Reading and writing for the caller never left the home folder."""
    return meddle(trial.session, trial.scene)


def meddle(session: Session, scene: Scene) -> str | None:
    """Writes to and reads from names that an attack has prepared."""
    for name in ("place/made", "place/secret", "out/made", "out/secret", "file", "magic/made"):
        with contextlib.suppress(OptionError, OSError):
            if scene.secret.encode() in session.get(name):
                return f"we were made to read a file outside as {name}"
        with contextlib.suppress(OptionError, OSError):
            session.put(name, b"attacked")
    return None


def _can_watch(trial: Trial) -> None:
    if not trial.watched:
        raise CannotTell("the session's processes cannot be seen from here")


def _tree(trial: Trial) -> Tree:
    try:
        return trial.session.tree()
    except OSError:
        return Tree()


def resident() -> int:
    """Bytes of memory that this process holds."""
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[1]) * _PAGE
