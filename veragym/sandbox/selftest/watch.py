"""Watching an attack's processes from outside, through this machine's /proc.

They are known by a mark in their command lines. What a process holds open, which privileges and
namespaces it has, how much memory: the kernel says it, whatever the process says.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from dataclasses import dataclass, field
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Seen:
    """The most of everything that was seen at one time.

    Attributes:
        processes: alive together.
        memory: their resident bytes together.
        opened: what they held open, as the links of /proc name it; `(w)`: for writing.
        devices: block devices and raw memory among it.
        descriptors: of one process.
        users: their user namespaces.
        privileged: one had a capability.
        gaining: one could have gained privileges by running a file.
        cores: one could have written a core file.
        sources: the sources of what was mounted for them.
    """

    processes: int = 0
    memory: int = 0
    opened: set[str] = field(default_factory=set)
    devices: set[str] = field(default_factory=set)
    descriptors: int = 0
    users: set[str] = field(default_factory=set)
    privileged: bool = False
    gaining: bool = False
    cores: bool = False
    sources: set[str] = field(default_factory=set)


class Watch:
    """Looks again and again, in a thread of its own, while it is open.

    Args:
        mark: in the command line of every process to be watched.
        pause: seconds between looks.
    """

    def __init__(self, mark: str, pause: float = 0.02) -> None:
        self.seen = Seen()
        self._mark, self._pause = mark, pause
        self._times: dict[tuple[str, int], int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(self._pause):
            self._look()

    def _look(self) -> None:
        found = marked(self._mark)
        self.seen.processes = max(self.seen.processes, len(found))
        memory = 0
        for number, pid in enumerate(found):
            with contextlib.suppress(OSError, ValueError, IndexError):
                memory += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
            if number < 40:
                with contextlib.suppress(OSError, ValueError, KeyError):
                    self._privileges(pid)
                with contextlib.suppress(OSError):
                    self._descriptors(pid)
        self.seen.memory = max(self.seen.memory, memory)

    def _privileges(self, pid: int) -> None:
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        fields = dict(line.split(":\t", 1) for line in status if ":\t" in line)
        self._often("privileged", pid, int(fields["CapEff"], 16) != 0)
        self._often("gaining", pid, fields["NoNewPrivs"].strip() != "1")
        self.seen.users.add(str(Path(f"/proc/{pid}/ns/user").readlink()))
        for line in Path(f"/proc/{pid}/limits").read_text().splitlines():
            if line.startswith("Max core file size"):
                self._often("cores", pid, line.split()[5] != "0")
        for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines():
            self.seen.sources.add(line.rpartition(" - ")[2].split()[1])

    def _often(self, name: str, pid: int, found: bool) -> None:
        """Not at once: what starts the attack has its command line too, and still its rights."""
        self._times[name, pid] = self._times.get((name, pid), 0) + 1 if found else 0
        if self._times[name, pid] >= 5:
            setattr(self.seen, name, True)

    def _descriptors(self, pid: int) -> None:
        folder = f"/proc/{pid}/fd"
        names = os.listdir(folder)  # noqa: PTH208
        self.seen.descriptors = max(self.seen.descriptors, len(names))
        for name in names[:200]:
            with contextlib.suppress(OSError):
                target = os.readlink(f"{folder}/{name}")  # noqa: PTH115
                info = Path(f"/proc/{pid}/fdinfo/{name}").read_text().split()
                writable = int(info[info.index("flags:") + 1], 8) & 3 != 0
                self.seen.opened.add(f"{target} (w)" if writable else target)
                if stat.S_ISBLK(os.stat(f"{folder}/{name}").st_mode):  # noqa: PTH116
                    self.seen.devices.add(target)


def marked(mark: str) -> list[int]:
    """The living processes of this machine with a mark in their command line, but for ourselves."""
    found = []
    wanted = mark.encode()
    for entry in os.listdir("/proc"):  # noqa: PTH208
        if entry.isdigit() and int(entry) != os.getpid():
            with contextlib.suppress(OSError):
                # A zombie has no command line left.
                if wanted in Path(f"/proc/{entry}/cmdline").read_bytes():
                    found.append(int(entry))
    return found
