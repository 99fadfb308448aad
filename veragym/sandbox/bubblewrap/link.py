"""The parent's end of the socket to a supervisor: requests with descriptors, short plain answers.

Requests are trusted by who receives them and are marshalled. Answers are a few words of ASCII, and
files travel in records of plain numbers and bytes: nothing that comes out of a sandbox is
unpickled.
"""

from __future__ import annotations

import array
import contextlib
import marshal
import os
import select
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from veragym.sandbox.interface import RunnerUnavailable

_PACKET = 1 << 16


@dataclass(frozen=True, slots=True)
class Ended:
    """How something that was started has ended.

    Attributes:
        status: as from `os.waitstatus_to_exitcode`; None if it was ended with its namespace.
        cpu_seconds: of it and all that it started.
        largest: bytes of memory of the largest process of it.
    """

    status: int | None
    cpu_seconds: float
    largest: int


class Link:
    """A conversation with one supervisor.

    Args:
        end: our end of the socket pair.
    """

    def __init__(self, end: socket.socket) -> None:
        self.socket = end
        self._ended: dict[int, Ended] = {}
        self._keys = iter(range(1, 1 << 62))

    def new_key(self) -> int:
        return next(self._keys)

    def ask(
        self,
        name: str,
        *arguments: Any,
        descriptors: Sequence[int] = (),
        timeout: float = 60.0,
    ) -> list[int]:
        """Sends a request and waits for its answer; gives the descriptors that came with it.

        Raises:
            OSError: the supervisor met one.
            RunnerUnavailable: the supervisor is gone or silent.
        """
        data = marshal.dumps((name, *arguments))
        extra = []
        if descriptors:
            extra = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        try:
            self.socket.sendmsg([data], extra, socket.MSG_NOSIGNAL)
        except OSError as error:
            raise RunnerUnavailable(f"the sandbox's supervisor is gone: {error}") from error
        end = time.monotonic() + timeout
        while True:
            text, found = self._receive(end - time.monotonic())
            if text == b"done":
                return found
            for number in found:
                os.close(number)
            if text.startswith(b"failed "):
                _, code, reason = text.split(b" ", 2)
                raise OSError(int(code), reason.decode(errors="replace"))

    def hello(self, timeout: float) -> int:
        """Waits for the supervisor to begin; gives its number as we see it.

        Raises:
            RunnerUnavailable: it did not.
        """
        self.socket.settimeout(timeout)
        try:
            text, extra, _, _ = self.socket.recvmsg(_PACKET, socket.CMSG_SPACE(12))
        except OSError as error:
            raise RunnerUnavailable(f"the sandbox's supervisor did not begin: {error}") from error
        finally:
            self.socket.settimeout(None)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        if text != b"hello":
            raise RunnerUnavailable("the sandbox's supervisor did not begin")
        return next(int(struct.unpack("iII", data)[0]) for _, kind, data in extra if kind == 2)

    def hear(self, timeout: float) -> None:
        """Takes in one message, which can only be that something has ended.

        Raises:
            RunnerUnavailable: the supervisor is gone or silent.
        """
        self._receive(timeout)

    def ended(self, key: int) -> Ended | None:
        """How something has ended, once; None while it is not known to have."""
        with contextlib.suppress(BlockingIOError):
            while self._waiting():
                self._receive(1.0)
        return self._ended.pop(key, None)

    def _waiting(self) -> bool:
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        return bool(poll.poll(0))

    def _receive(self, timeout: float) -> tuple[bytes, list[int]]:
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        if not poll.poll(max(0, 1000 * timeout)):
            raise RunnerUnavailable(f"the sandbox's supervisor did not answer in {timeout:.0f} s")
        try:
            text, numbers, _, _ = socket.recv_fds(self.socket, _PACKET, 4)
        except OSError as error:
            raise RunnerUnavailable(f"the sandbox's supervisor is gone: {error}") from error
        for number in numbers:
            os.set_inheritable(number, False)
        if not text:
            raise RunnerUnavailable("the sandbox's supervisor has ended")
        if text.startswith(b"ended "):
            _, key, cpu, largest, how = text.split(b" ", 4)
            if how.startswith(b"broken"):
                raise RunnerUnavailable(f"a command could not be started: {how[7:].decode()}")
            status = None if how == b"none" else int(how)
            self._ended[int(key)] = Ended(status, int(cpu) / 1e6, int(largest) * 1024)
        return text, list(numbers)

    def close(self) -> None:
        """Ends the conversation, the supervisor with it, and everything with the supervisor."""
        self.socket.close()
