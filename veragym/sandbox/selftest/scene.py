"""What stands outside of a sandbox while it is attacked: things to steal, to break and to reach.

An attack is judged by what becomes of these, never by what it says of itself: a secret that turns
up in what it wrote, a listener that heard something, a file that changed, a process that died.
"""

from __future__ import annotations

import contextlib
import os
import pty
import secrets
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from veragym.sandbox.selftest.watch import marked

CANARY = "VERAGYM_CANARY"
_VICTIM = "import sys, time; kept = sys.stdin.read(); print('ready', flush=True); time.sleep(3600)"


@dataclass
class Scene:
    """Everything planted for one attack.

    Attributes:
        secret: stands in our environment, in a file, and in the victim's environment and memory.
        mark: stands in the command line of everything that the attack runs.
        folder: a folder of this machine that everybody may write to.
        secret_file: a file in it with the secret, readable for everybody.
        precious: a file in it that everybody may write to.
        victim: a process of ours.
        heard: what reached a listener, by its name.
        terminal: path of a terminal of ours; `typed` reads what was put into it.
    """

    secret: str
    mark: str
    folder: Path
    victim: subprocess.Popen[bytes]
    targets: dict[str, str]
    heard: dict[str, int] = field(default_factory=dict)
    master: int = -1
    slave: int = -1

    @property
    def secret_file(self) -> Path:
        return self.folder / "secret"

    @property
    def precious(self) -> Path:
        return self.folder / "precious"

    def victim_is_well(self) -> bool:
        """The victim runs, is not stopped and nobody traces it."""
        status = Path(f"/proc/{self.victim.pid}/status")
        try:
            fields = dict(
                line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line
            )
        except OSError:
            return False
        return fields["State"][0] in "SR" and fields["TracerPid"] == "0"

    def typed(self) -> bytes:
        """What stands in the terminal's input."""
        os.set_blocking(self.slave, False)
        try:
            return os.read(self.slave, 100)
        except BlockingIOError:
            return b""


@contextlib.contextmanager
def scene() -> Iterator[Scene]:
    """Plants everything, and removes it afterwards."""
    secret = secrets.token_hex(16)
    mark = str(10**9 + secrets.randbelow(9 * 10**9))
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="outside-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o777)
        (folder / "secret").write_text(secret)
        (folder / "secret").chmod(0o644)
        (folder / "precious").write_text("precious")
        (folder / "precious").chmod(0o666)
        stack.enter_context(_environment(secret))
        # An open file that a careless start of a process would pass on.
        left_open = os.open(folder / "secret", os.O_RDONLY)
        stack.callback(os.close, left_open)
        os.set_inheritable(left_open, True)
        victim = stack.enter_context(_victim(secret, folder))
        master, slave = pty.openpty()
        stack.callback(os.close, master)
        stack.callback(os.close, slave)
        made = Scene(secret, mark, folder, victim, {}, master=master, slave=slave)
        stack.enter_context(_listeners(made))
        made.targets.update(
            TARGET_MARK=mark,
            TARGET_FOLDER=str(folder),
            TARGET_SECRET_FILE=str(made.secret_file),
            TARGET_PRECIOUS=str(made.precious),
            TARGET_VICTIM=str(victim.pid),
            TARGET_US=str(os.getpid()),
            TARGET_TERMINAL=os.ttyname(slave),
        )
        stack.callback(_clear, mark)
        yield made


def _clear(mark: str) -> None:
    """Removes what an attack without walls around it has left in places for everybody."""
    for folder in ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/"):
        for place in Path(folder).glob(f"*.{mark}*"):
            with contextlib.suppress(OSError):
                place.unlink()
    for pid in marked(mark):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def _environment(secret: str) -> Iterator[None]:
    os.environ[CANARY] = secret
    try:
        yield
    finally:
        del os.environ[CANARY]


@contextlib.contextmanager
def _victim(secret: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _VICTIM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=folder,
        env={CANARY: secret},
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(secret.encode())
    process.stdin.close()
    process.stdout.readline()
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextlib.contextmanager
def _listeners(made: Scene) -> Iterator[None]:
    """Sockets of every kind that a program could try to reach, and a thread that counts."""
    opened: list[tuple[str, socket.socket]] = []
    stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
    kinds: list[tuple[str, int, int, Any]] = [
        ("tcp", socket.AF_INET, stream, ("0.0.0.0", 0)),
        ("udp", socket.AF_INET, datagram, ("0.0.0.0", 0)),
        ("tcp6", socket.AF_INET6, stream, ("::1", 0)),
        ("abstract", socket.AF_UNIX, stream, f"\0{made.mark}"),
        ("unix", socket.AF_UNIX, stream, str(made.folder / "socket")),
    ]
    for name, family, kind, address in kinds:
        # A machine without IPv6 has nothing to reach by it.
        with contextlib.suppress(OSError):
            listener = socket.socket(family, kind)
            listener.bind(address)
            if kind == stream:
                listener.listen()
            listener.setblocking(False)
            opened.append((name, listener))
            if family != socket.AF_UNIX:
                made.targets[f"TARGET_{name.upper()}"] = str(listener.getsockname()[1])
    with contextlib.suppress(OSError):
        (made.folder / "socket").chmod(0o666)
    made.targets["TARGET_ADDRESS"] = _own_address()
    stop, wake = socket.socketpair()

    def count() -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(stop, selectors.EVENT_READ)
            for name, listener in opened:
                selector.register(listener, selectors.EVENT_READ, name)
            while True:
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    _take(key.fileobj)  # type: ignore[arg-type]
                    made.heard[key.data] = made.heard.get(key.data, 0) + 1

    thread = threading.Thread(target=count, daemon=True)
    thread.start()
    try:
        yield
    finally:
        wake.close()
        thread.join()
        stop.close()
        for _, listener in opened:
            listener.close()


def _take(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        if listener.type == socket.SOCK_STREAM:
            listener.accept()[0].close()
        else:
            listener.recv(1000)


def _own_address() -> str:
    """An address of this machine beside the loopback, if it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: this only asks for a route
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
