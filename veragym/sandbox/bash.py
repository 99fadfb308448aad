"""One bash that outlasts its commands, over a socket and two named pipes per command.

Bash runs a loop of ours (`SCRIPT`). Each time round it says how the command before went, reads a
word and returns it, reads a command and evaluates it. Three things keep a command from passing for
its own end, or for another's:

- The word is new each time and is not in the shell's memory while a command runs: it lies unread
  in the socket.
- The kernel tells who wrote to a socket. Only what the first process on it wrote is heard.
- The socket is bash's alone: its number is closed on exec, so that programs do not have it.

What the shell's own code does to the loop (`exec 87>&-`, a function called `builtin`) costs the
shell: it falls silent, and is replaced.

Output goes to pipes made for each command. Those that a job in the background keeps open are still
read, and what comes is dropped, so that late output is nobody's and stops no job.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import select
import shlex
import socket
import struct
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass, field

CONTROL = 87
"""The socket's number in bash. It starts as 3, with all numbers from 10 to below this one taken."""

_LOOP = (
    f'while builtin printf "%d %s " "$?" "$-" >&{CONTROL}; do '
    f'builtin read -r -d "" -u {CONTROL} || builtin exit; '
    f'builtin printf "%s\\0" "$REPLY" >&{CONTROL}; '
    f'builtin read -r -d "" -u {CONTROL} || builtin exit; '
    'builtin eval "$REPLY"; done; '
)
# Closing 3 for the length of a group makes bash keep it at the lowest free number, closed on exec.
# A `break` ends the loop; there is another behind it.
SCRIPT = (
    "{ exec "
    + " ".join(f"{number}<&-" for number in range(10, CONTROL))
    + "; "
    + _LOOP * 8
    + "} 3<&-"
)
WORDS = ("bash", "--norc", "--noprofile", "-c", SCRIPT, "bash")
"""How the shell is started."""

STATE = (
    "{ declare -p; declare -f; alias -p; shopt -p; umask -p; trap -p; "
    'printf "cd -- %q\\n" "$PWD"; set +o; } 2>/dev/null'
)
"""Everything the shell knows, as commands that bring it back."""

_PIPE = 1 << 20
_CHUNK = 1 << 18
_FLOOD = 1 << 16
_OLD = 64
_TICK = 0.1
_PATIENCE = 0.1
_SCM_CREDENTIALS = 2
_CREDENTIALS = struct.Struct("iII")


@dataclass
class Said:
    """What one command did.

    Attributes:
        status: None if the shell did not come back.
        late: it met the deadline.
        spent: it met another bound.
    """

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    status: int | None = None
    late: bool = False
    spent: bool = False
    truncated: bool = False


class Desynchronised(Exception):
    """The shell does not keep to the protocol; nothing can be said to it any more."""


class Bash:
    """The parent's side of one bash.

    Args:
        control: our end of the socket whose other end is bash's descriptor 3.
        folder: descriptor of a folder that bash sees as `place`, for pipes. Closed with this.
        place: see `folder`.
        owner: user and group that bash is to us; None for ourselves.
        output_bytes: kept of each stream of a command.

    Attributes:
        pid: bash's number as we see it; 0 before it began.
        status: of the last command, which is `$?` in the next.
    """

    def __init__(
        self,
        control: socket.socket,
        folder: int,
        place: str,
        *,
        owner: tuple[int, int] | None,
        output_bytes: int,
    ) -> None:
        control.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._control = control
        self._folder = folder
        self._place = place
        self._owner = owner
        self._limit = self._keep = output_bytes
        self._free: list[str] = []
        self._next: tuple[str, tuple[int, int]] | None = None
        self._old: list[int] = []
        self._heard = bytearray()
        self._flags = ""
        self.status = 0
        self.pid = 0

    def begin(self, timeout: float, *, over: Callable[[], bool], watch: int | None = None) -> None:
        """Waits until bash listens; see `run`.

        Raises:
            Desynchronised: it does not.
        """
        word = secrets.token_hex(16).encode()
        end = time.monotonic() + timeout
        self._send(word + b"\0", end)
        said = Said()
        self._wait(said, word, end, (), lambda _: False, over, watch, lambda: False)
        if said.status is None:
            raise Desynchronised("bash did not start")

    def ready(self) -> bool:
        """Whether there are pipes for the next command; those who run in there may break them."""
        if self._next is None:
            try:
                self._next = self._open_pipes()
            except OSError:
                return False
        return True

    def run(
        self,
        command: bytes,
        timeout: float,
        *,
        interrupt: Callable[[int], bool],
        over: Callable[[], bool],
        watch: int | None = None,
        spent: Callable[[], bool] = lambda: False,
        keep: int | None = None,
    ) -> Said:
        """Evaluates a command in the shell.

        Args:
            command: without null bytes.
            timeout: seconds.
            interrupt: called with 0, 1, … every while after the deadline; False to give up.
            over: whether the shell's process is gone.
            watch: a descriptor that can be read when `over` may have changed.
            spent: whether another bound is met; what follows is the same as after the deadline.
            keep: bytes of each stream, instead of `output_bytes`.
        """
        self._keep = self._limit if keep is None else keep
        name, streams = self._next or self._open_pipes()
        self._next = None
        text = "eval -- " + shlex.quote(command.decode("utf-8", "surrogateescape"))
        text += f" >{self._place}/{name}o 2>{self._place}/{name}e"
        if self.status and "x" not in self._flags:
            # So that `$?` is the status of the command before. Not under `set -e`: it would end.
            text = f"case $- in (*e*) ;; (*) (exit {self.status}) ;; esac; {text}"
        word = secrets.token_hex(16).encode()
        said = Said()
        end = time.monotonic() + timeout
        try:
            self._send(text.encode("utf-8", "surrogateescape") + b"\0" + word + b"\0", end)
            self._wait(said, word, end, streams, interrupt, over, watch, spent)
        finally:
            self._keep_or_close(name, streams)
        return said

    def _send(self, data: bytes, end: float) -> None:
        # A shell that is gone or does not read is found out by waiting for it.
        self._control.settimeout(max(0.1, end - time.monotonic()))
        with contextlib.suppress(OSError):
            self._control.sendall(data)

    def _wait(
        self,
        said: Said,
        word: bytes,
        end: float,
        streams: tuple[int, ...],
        interrupt: Callable[[int], bool],
        over: Callable[[], bool],
        watch: int | None,
        spent: Callable[[], bool],
    ) -> None:
        """Takes in output until the shell returns the word, is gone, or is given up on."""
        control = self._control.fileno()
        texts = dict(zip(streams, (said.stdout, said.stderr), strict=False))
        poll = select.poll()
        for number in (control, *streams, *self._old, *(() if watch is None else (watch,))):
            poll.register(number, select.POLLIN)
        tick, strikes, closed = time.monotonic() + _TICK, 0, False
        while True:
            wait = min(end, tick) - time.monotonic()
            # A shell that closed its socket is about to end, and says so elsewhere.
            ready = poll.poll(max(0.0, 1000 * min(wait, 0.01 if closed else wait)))
            for number, event in ready:
                if number == control:
                    if self._listen(said, word):
                        self._rest(texts, said)
                        return
                    if event & (select.POLLHUP | select.POLLERR):
                        closed = True
                        poll.unregister(control)
                elif number in texts and event & select.POLLIN:
                    self._take(number, texts[number], said, _CHUNK)
                elif number in self._old and event & select.POLLIN:
                    with contextlib.suppress(BlockingIOError):
                        os.read(number, _CHUNK)
                elif number != watch:
                    # Nobody can write to it any more.
                    poll.unregister(number)
            now = time.monotonic()
            if closed or now >= tick or (watch is not None and any(n == watch for n, _ in ready)):
                if over():
                    self._rest(texts, said)
                    return
                if now >= tick:
                    tick = now + _TICK
                    if not said.spent and spent():
                        said.spent, end = True, now
            if now >= end:
                said.late = said.late or not said.spent
                if not interrupt(strikes):
                    self._rest(texts, said)
                    return
                strikes += 1
                end = now + _PATIENCE

    def _listen(self, said: Said, word: bytes) -> bool:
        """Reads what came on the socket; whether the shell returned the word."""
        while True:
            try:
                data, extra, _, _ = self._control.recvmsg(
                    4096, socket.CMSG_SPACE(_CREDENTIALS.size), socket.MSG_DONTWAIT
                )
            except OSError:
                return False
            if not data:
                return False
            writer = 0
            for level, kind, packed in extra:
                if (level, kind) == (socket.SOL_SOCKET, _SCM_CREDENTIALS):
                    writer = _CREDENTIALS.unpack(packed)[0]
            # The first to write is bash: nothing else runs yet.
            self.pid = self.pid or writer
            if writer != self.pid:
                continue
            self._heard += data
            while b"\0" in self._heard:
                line, _, rest = bytes(self._heard).partition(b"\0")
                self._heard = bytearray(rest)
                words = line.rsplit(b" ", 3)[-3:]
                if len(words) == 3 and words[2] == word and words[0].isdigit():
                    said.status = self.status = int(words[0])
                    self._flags = words[1].decode(errors="replace")
                    return True
            del self._heard[:-4096]

    def _take(self, number: int, text: bytearray, said: Said, count: int) -> int:
        try:
            block = os.read(number, count)
        except OSError:
            return 0
        if len(block) >= _FLOOD and len(text) >= _FLOOD:
            with contextlib.suppress(OSError):
                fcntl.fcntl(number, fcntl.F_SETPIPE_SZ, _PIPE)
        room = self._keep - len(text)
        text += block[:room]
        said.truncated = said.truncated or len(block) > room
        return len(block)

    def _rest(self, texts: dict[int, bytearray], said: Said) -> None:
        """What is in the pipes at this moment: all that was written before the end, and no more."""
        for number, text in texts.items():
            waiting = struct.unpack("i", fcntl.ioctl(number, termios.FIONREAD, b"\0" * 4))[0]
            while waiting > 0:
                count = self._take(number, text, said, min(waiting, _CHUNK))
                if not count:
                    break
                waiting -= count

    def _open_pipes(self) -> tuple[str, tuple[int, int]]:
        name = self._free.pop() if self._free else ""
        if not name:
            # Not to be guessed either: a name of its own for every command that needs one.
            name = secrets.token_hex(4)
            for end in "oe":
                os.mkfifo(name + end, 0o600, dir_fd=self._folder)
                if self._owner is not None:
                    os.chown(name + end, *self._owner, dir_fd=self._folder)
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
        out = os.open(name + "o", flags, dir_fd=self._folder)
        try:
            return name, (out, os.open(name + "e", flags, dir_fd=self._folder))
        except OSError:
            os.close(out)
            raise

    def _keep_or_close(self, name: str, streams: tuple[int, ...]) -> None:
        """Pipes that somebody still writes to are read on, and others used again."""
        poll = select.poll()
        for number in (*streams, *self._old):
            poll.register(number, 0)
        gone = {number for number, event in poll.poll(0) if event & select.POLLHUP}
        if gone.issuperset(streams):
            self._free.append(name)
        else:
            self._unlink(name)
        self._old += streams
        for number in [*(n for n in self._old if n in gone), *self._old[:-_OLD]]:
            if number in self._old:
                self._old.remove(number)
                os.close(number)

    def _unlink(self, name: str) -> None:
        for end in "oe":
            with contextlib.suppress(OSError):
                os.unlink(name + end, dir_fd=self._folder)

    def close(self) -> None:
        """Forgets the shell; ending its processes is the caller's."""
        self._control.close()
        for name in self._free:
            self._unlink(name)
        for number in (*self._old, *(self._next[1] if self._next else ()), self._folder):
            os.close(number)
        self._old, self._next = [], None
