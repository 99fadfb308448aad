"""One command's three streams in a container, over the connection that the engine hands us."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from typing import Any

_HEADER = 8
_BLOCK = 1 << 16


class ExecStream:
    """A started `exec` of an engine.

    Args:
        api: a `docker.APIClient`.
        number: the exec's id.
        stdin: its whole input; None leaves it open for `send`.
    """

    def __init__(self, api: Any, number: str, stdin: bytes | None) -> None:
        self._api, self._number = api, number
        self._held = api.exec_start(number, socket=True)
        self._socket: socket.socket = getattr(self._held, "_sock", self._held)
        self._socket.setblocking(False)
        self._raw = bytearray()
        self._ended = False
        self._unsent = bytearray(stdin or b"")
        self._closing = stdin is not None
        self._out: dict[int, bytearray] = {1: bytearray(), 2: bytearray()}
        self.truncated = False

    @property
    def stdout(self) -> bytes:
        """What has come from standard output."""
        return bytes(self._out[1])

    @property
    def stderr(self) -> bytes:
        """What has come from standard error."""
        return bytes(self._out[2])

    def read(self, end: float, most: int) -> bool:
        """Takes input and output to the command's end; output beyond `most` is dropped.

        Returns:
            Whether it ended by the time `end` of the monotonic clock.
        """
        while not self._ended:
            left = end - time.monotonic()
            if left <= 0:
                return False
            # Something it left may hold the streams open after it.
            if not self._turn(min(left, 0.1)) and not self._unsent and not self.running():
                self._turn(0.05)
                self._ended = True
            self._take(most)
        self._take(most)
        return True

    def send(self, data: bytes) -> None:
        """Puts data on the way; it goes out while `until` waits."""
        self._unsent += data

    def until(self, delimiter: bytes, end: float, most: int = 1 << 20) -> bytes | None:
        """Standard output up to and with a delimiter; None if it does not come.

        What was sent before goes out meanwhile. Output beyond `most` without a delimiter is
        dropped from its beginning.
        """
        out = self._out[1]
        while True:
            self._take(None)
            self._out[2].clear()
            place = out.find(delimiter)
            if place >= 0 and not self._unsent:
                found = bytes(out[: place + len(delimiter)])
                del out[: place + len(delimiter)]
                return found
            if place < 0 and len(out) > most:
                del out[: len(out) - most]
            left = end - time.monotonic()
            if left <= 0 or self._ended:
                return None
            if not self._turn(min(left, 0.2)) and not self.running():
                self._ended = not self._turn(0.05)

    def running(self) -> bool:
        """Whether the engine says that it runs."""
        return bool(self._api.exec_inspect(self._number)["Running"])

    def pid(self) -> int:
        """Its number on the engine's machine."""
        return int(self._api.exec_inspect(self._number)["Pid"])

    def exit_status(self) -> int | None:
        """What it returned, 128 + n if signal n ended it; None if it still runs."""
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            said = self._api.exec_inspect(self._number)
            if not said["Running"] and said["ExitCode"] is not None:
                return int(said["ExitCode"])
            time.sleep(0.005)
        return None

    def close(self) -> None:
        """Gives the connection back."""
        with contextlib.suppress(OSError):
            self._socket.close()
        with contextlib.suppress(OSError, AttributeError):
            self._held.close()

    def _turn(self, wait: float) -> bool:
        """Sends and receives what can be; whether anything moved."""
        sending = [self._socket] if self._unsent or self._closing else []
        ready, free, _ = select.select([self._socket], sending, [], wait)
        with contextlib.suppress(BlockingIOError):
            if free and self._unsent:
                del self._unsent[: self._socket.send(self._unsent[:_BLOCK])]
            elif free:
                self._closing = False
                self._socket.shutdown(socket.SHUT_WR)
        if ready:
            try:
                block = self._socket.recv(_BLOCK)
            except BlockingIOError:
                return bool(free)
            except ConnectionResetError:
                block = b""
            self._ended = not block
            self._raw += block
        return bool(ready or free)

    def _take(self, most: int | None) -> None:
        """Sorts whole frames by stream."""
        while len(self._raw) >= _HEADER:
            size = int.from_bytes(self._raw[4:_HEADER], "big")
            if len(self._raw) < _HEADER + size:
                return
            stream = self._out.setdefault(self._raw[0], bytearray())
            data = self._raw[_HEADER : _HEADER + size]
            room = size if most is None else max(0, most - len(stream))
            self.truncated = self.truncated or room < size
            stream += data[:room]
            del self._raw[: _HEADER + size]
