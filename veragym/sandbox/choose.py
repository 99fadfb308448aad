"""Picks a sandbox that works on this machine, by trying to break out of it first.

The candidates are tried in order of strength. Each must run a command that does what it can to read
a secret of ours, write beside its files, reach a listener of ours, end a process of ours, and
outlive its session. What happened is judged from outside. If anything got through, or nothing ran,
the candidate is refused; if all are, so is the choice: there is no weaker place to fall back to.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import platform
import secrets
import shlex
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from veragym.core.errors import OptionError, VeragymError
from veragym.sandbox.interface import Limits, Runner, RunnerUnavailable
from veragym.sandbox.session import Sandbox, SandboxSpec

AUTOMATIC = ("bubblewrap", "landlock")
"""What is tried, the strongest first. The others must be asked for by name."""

_PLACES = {
    "bubblewrap": ("veragym.sandbox.bubblewrap", "BubblewrapSandbox"),
    "landlock": ("veragym.sandbox.landlock", "LandlockSandbox"),
    "docker": ("veragym.sandbox.docker_session", "DockerSandbox"),
    "subprocess": ("veragym.sandbox.unsafe_session", "SubprocessSandbox"),
}
REMEDIES = {
    "bubblewrap": (
        "apt-get install bubblewrap (or your system's package of that name), and let processes "
        "make user namespaces. On Ubuntu 24.04 AppArmor forbids it: give bwrap a profile, or "
        "sysctl kernel.apparmor_restrict_unprivileged_userns=0. In Docker: --security-opt "
        "seccomp=unconfined --security-opt apparmor=unconfined"
    ),
    "landlock": "Linux 5.13 or later, started with landlock among lsm=…",
    "docker": 'pip install "veragym[docker]" and a running engine that this user may talk to',
    "subprocess": "unsafe=True, for programs of your own",
}
"""How to get each of them."""

_RAN = 42
_WALL_S = 20.0

_lock = threading.RLock()
_known: dict[str, Sandbox | RunnerUnavailable] = {}


def choose(backend: str = "auto", *, unsafe: bool = False) -> Sandbox:
    """A sandbox that was tried on this machine; the answer is kept for this process.

    Args:
        backend: `auto`, or `bubblewrap`, `landlock`, `docker`, `subprocess`.
        unsafe: must be True for `subprocess`, which keeps nothing in.
    Raises:
        OptionError: an unknown backend, or `subprocess` without `unsafe`.
        RunnerUnavailable: none works; the message says for each what is missing and how to get it.
    """
    if backend != "auto" and backend not in _PLACES:
        raise OptionError(f"backend must be 'auto' or one of {sorted(_PLACES)}, got {backend!r}")
    if backend == "subprocess":
        made: Sandbox = _class(backend)(unsafe=unsafe)
        return made
    with _lock:
        if backend not in _known:
            try:
                _known[backend] = _automatic() if backend == "auto" else _tried(backend)
            except RunnerUnavailable as error:
                _known[backend] = error
        found = _known[backend]
    if isinstance(found, RunnerUnavailable):
        raise RunnerUnavailable(str(found))
    return found


def choose_runner(
    backend: str = "auto", *, unsafe: bool = False, size: int | None = None
) -> Runner:
    """A runner over what `choose` gives; the same one whenever it is asked for.

    Args:
        backend, unsafe: see `choose`.
        size: commands at once; see `SandboxRunner`.
    Raises:
        OptionError, RunnerUnavailable: see `choose`.
    """
    from veragym.sandbox.runner import SandboxRunner
    from veragym.sandbox.unsafe import SubprocessRunner

    if backend == "subprocess":
        return SubprocessRunner(unsafe=unsafe)
    key = f"{backend}/{size}"
    with _lock:
        if key not in _runners:
            sandbox = choose(backend)
            if sandbox.name == "bubblewrap":
                # Python is forked warm there, which saves most of a short program's time.
                from veragym.sandbox.python import PythonExecutor

                _runners[key] = PythonExecutor(size=size)
            else:
                _runners[key] = SandboxRunner(sandbox, size)
        return _runners[key]


_runners: dict[str, Runner] = {}


def why_not(backend: str) -> str:
    """Why a backend does not work here and how to get it; empty if it works."""
    try:
        choose(backend)
    except VeragymError as error:
        return str(error)
    return ""


def _automatic() -> Sandbox:
    if platform.system() != "Linux":
        raise RunnerUnavailable(
            f"sandboxes of this machine need Linux, and this is {platform.system()}: use Docker, "
            "choose('docker')"
        )
    failures = []
    for backend in AUTOMATIC:
        try:
            found = choose(backend)
        except RunnerUnavailable as error:
            failures.append(f"- {error}")
        else:
            return found
    raise RunnerUnavailable(
        "no sandbox works on this machine, and nothing is run without one:\n"
        + "\n".join(failures)
        + "\nOr use Docker: choose('docker')."
    )


def _class(backend: str) -> type:
    module, name = _PLACES[backend]
    found: type = getattr(importlib.import_module(module), name)
    return found


def _tried(backend: str) -> Sandbox:
    """A backend that ran the canary and kept it in.

    Raises:
        RunnerUnavailable: it did not.
    """
    try:
        sandbox: Sandbox = _class(backend)()
        breaches = canary(sandbox)
    except (VeragymError, ImportError, OSError) as error:
        raise RunnerUnavailable(f"{backend}: {error}. To get it: {REMEDIES[backend]}") from error
    if breaches:
        raise RunnerUnavailable(
            f"{backend}: refused, because a command in it {' and '.join(breaches)}. "
            f"To get it: {REMEDIES[backend]}"
        )
    return sandbox


@dataclass(frozen=True, slots=True)
class Bait:
    """What a canary is after.

    Attributes:
        secret: the word that must not come out, by file, variable or command line.
        folder: of ours, with the secret in it.
        open_folder: everybody's, to be left empty.
        port: where we listen on this machine.
        process: number of a process of ours that must live.
        mark: an argument by which what outlives its session is known.
    """

    secret: str
    folder: Path
    open_folder: Path
    port: int
    process: int
    mark: str


def canary(sandbox: Sandbox) -> list[str]:
    """What a command could do in a sandbox that it must not; empty if nothing.

    Raises:
        RunnerUnavailable: the command did not run.
    """
    with contextlib.ExitStack() as stack:
        bait, listener, decoy = stack.enter_context(_baits())
        limits = Limits(wall_seconds=_WALL_S, cpu_seconds=_WALL_S)
        with sandbox.open(SandboxSpec(limits=limits)) as session:
            done = session.exec(attack(bait))
        said = done.stdout + done.stderr
        if done.exit_status != _RAN:
            raise RunnerUnavailable(
                f"a command does not run in it (status {done.exit_status}, signal {done.signal}): "
                f"{done.stderr.decode(errors='replace').strip()[-300:]}"
            )
        breaches = []
        if bait.secret.encode() in said:
            breaches.append("read a secret of this process's user")
        if any(bait.open_folder.iterdir()) or not (bait.folder / "secret").exists():
            breaches.append("changed files outside")
        with contextlib.suppress(BlockingIOError):
            listener.accept()[0].close()
            breaches.append("reached a listener on this machine")
        if decoy.poll() is not None:
            breaches.append("ended a process outside")
        if survivors(bait.mark):
            breaches.append("outlived its session")
        return breaches


def attack(bait: Bait) -> str:
    """The canary's text for bash. It ends with a status of its own, so that we know it ran."""
    folder, opened = shlex.quote(str(bait.folder)), shlex.quote(str(bait.open_folder))
    return "\n".join(
        (
            f"cat {folder}/secret 2>/dev/null",
            f"tr '\\0' '\\n' < /proc/{bait.process}/environ 2>/dev/null",
            f"cat /proc/{bait.process}/root{folder}/secret 2>/dev/null",
            f"(echo x > {opened}/x; ln -s /etc/passwd {opened}/y; mkdir {opened}/z) 2>/dev/null",
            f"rm -f {folder}/secret 2>/dev/null",
            f"(exec 9<>/dev/tcp/127.0.0.1/{bait.port}; echo x >&9) 2>/dev/null",
            f"kill -9 {bait.process} 2>/dev/null",
            f"(setsid sleep {bait.mark} >/dev/null 2>&1 &)",
            f"exit {_RAN}",
        )
    )


@contextlib.contextmanager
def _baits() -> Iterator[tuple[Bait, socket.socket, subprocess.Popen[bytes]]]:
    secret = secrets.token_hex(16)
    # Enough digits to be ours alone, for a number of seconds that sleep takes.
    mark = f"{3600 + secrets.randbelow(1000)}.{secrets.randbelow(10**12):012d}"
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="canary-")))
        (folder / "secret").write_text(secret)
        (folder / "secret").chmod(0o600)
        opened = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="canary-")))
        opened.chmod(0o777)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        listener.setblocking(False)
        decoy = subprocess.Popen(
            ["sleep", "120"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "SECRET": secret},
        )
        try:
            port = listener.getsockname()[1]
            yield Bait(secret, folder, opened, port, decoy.pid, mark), listener, decoy
        finally:
            decoy.kill()
            decoy.wait()
            for pid in survivors(mark, patience=0.0):
                with contextlib.suppress(OSError):
                    os.kill(pid, 9)


def survivors(mark: str, *, patience: float = 1.0) -> list[int]:
    """Processes of this machine with this argument; they get a moment to be gone."""
    end = time.monotonic() + patience
    while True:
        found = []
        for place in Path("/proc").iterdir():
            if place.name.isdigit():
                with contextlib.suppress(OSError):
                    if mark.encode() in (place / "cmdline").read_bytes().split(b"\0"):
                        found.append(int(place.name))
        if not found or time.monotonic() >= end:
            return found
        time.sleep(0.01)
