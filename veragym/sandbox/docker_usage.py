"""What a container has used: read from the kernel where the engine is on this machine.

The engine's own statistics come once a second, too slowly to be asked before and after a command.
They serve where the engine is elsewhere.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_GROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Usage:
    """Totals of a container.

    Attributes:
        cpu_seconds: processor time.
        peak_memory: bytes; None where it cannot be told.
        memory_kills: processes killed for memory; None where it cannot be told.
    """

    cpu_seconds: float
    peak_memory: int | None
    memory_kills: int | None


class Meter:
    """Reads the usage of one running container.

    Args:
        api: a `docker.APIClient`.
        container: its id.
        pid: of its first process, on the engine's machine.
    """

    def __init__(self, api: Any, container: str, pid: int) -> None:
        self._api, self._container = api, container
        self._folders: dict[str, Path] = {}
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
                _, controllers, path = line.split(":", 2)
                # Only if that number is this container's: then the engine is on this machine.
                if container in path:
                    place = _GROUPS / controllers / path.lstrip("/")
                    for name in controllers.split(","):
                        self._folders[name] = place

    def read(self) -> Usage:
        """The usage so far."""
        if "" in self._folders:
            folder = self._folders[""]
            cpu = _fields(folder / "cpu.stat").get("usage_usec")
            if cpu is not None:
                kills = _fields(folder / "memory.events").get("oom_kill")
                return Usage(cpu / 1e6, _number(folder / "memory.peak"), kills)
        if "cpuacct" in self._folders:
            spent = _number(self._folders["cpuacct"] / "cpuacct.usage")
            if spent is not None:
                memory = self._folders.get("memory", Path("/nowhere"))
                kills = _fields(memory / "memory.oom_control").get("oom_kill")
                return Usage(spent / 1e9, _number(memory / "memory.max_usage_in_bytes"), kills)
        said = self._api.stats(self._container, stream=False, one_shot=True)
        spent_there = said["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9
        return Usage(spent_there, said["memory_stats"].get("max_usage"), None)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _fields(path: Path) -> dict[str, int]:
    try:
        words = path.read_text().split()
        return dict(zip(words[::2], map(int, words[1::2])))
    except (OSError, ValueError):
        return {}
