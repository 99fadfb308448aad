"""Control groups: bounds on memory and processes of a whole session, and a way to end all of it.

Both versions of the kernel's interface are served, and machines that mix them. Groups are made
beneath this process's own group (version 1) or beneath the nearest group above it that hands its
controllers down (version 2), which is what root and a systemd user session have. Where neither can
be written, `available()` says so and callers bound single processes instead.

A group's name holds the number and start time of the process that made it, so that `sweep` can tell
what a dead one left.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Self

from veragym.core.errors import OptionError
from veragym.sandbox.interface import RunnerUnavailable

PREFIX = "veragym-"
_WANTED = ("memory", "pids", "cpuacct", "cpu", "freezer")
UNIFIED = "unified"
_CLOSE_S = 5.0
_PERIOD_US = 100_000


@dataclass(frozen=True, slots=True)
class CgroupSupport:
    """What control groups can do here, found by making one.

    Attributes:
        version: `v1`, `v2`, `hybrid` (version 1 controllers beside a version 2 tree) or `none`.
        places: folders in which groups are made, by controller; `unified` is the version 2 tree.
        memory, processes: can be bounded.
        cpu: processor time is counted.
        reason: what is missing and how to get it; empty if nothing is.
    """

    version: str
    places: Mapping[str, Path] = field(default_factory=dict)
    memory: bool = False
    processes: bool = False
    cpu: bool = False
    reason: str = ""

    @property
    def usable(self) -> bool:
        """Both bounds that nothing else can give are there."""
        return self.memory and self.processes


def available(proc: Path = Path("/proc/self")) -> CgroupSupport:
    """What this process may do with control groups; tries it by making groups and removing them.

    Args:
        proc: where `mountinfo` and `cgroup` of this process are.
    """
    try:
        version, candidates = _candidates(
            (proc / "mountinfo").read_text(), (proc / "cgroup").read_text()
        )
    except OSError as error:
        return CgroupSupport("none", reason=f"control groups cannot be looked up: {error}")
    if not candidates:
        return CgroupSupport(
            "none", reason="no control groups are mounted; mount cgroup2 at /sys/fs/cgroup"
        )
    places: dict[str, Path] = {}
    failures: list[str] = []
    for controller, folders in candidates.items():
        for folder in folders:
            problem = _try(controller, folder, version)
            if not problem:
                places[controller] = folder
                break
            failures.append(problem)
    if version == "v2":
        found = places.get(UNIFIED)
        handed = _handed_down(found) if found else frozenset()
        memory, processes, cpu = "memory" in handed, "pids" in handed, found is not None
    else:
        memory, processes, cpu = (name in places for name in ("memory", "pids", "cpuacct"))
    reason = ""
    if not (memory and processes):
        reason = (
            f"control groups cannot be made here ({'; '.join(failures[:2])}); run as root, or as a "
            "user within `systemd-run --user --scope -p Delegate=yes`, or in a container with a "
            "writable /sys/fs/cgroup"
        )
    return CgroupSupport(version, places, memory, processes, cpu, reason)


def _candidates(mountinfo: str, own: str) -> tuple[str, dict[str, list[Path]]]:
    """Folders to try by controller, the best first, and which version this is."""
    groups: dict[str, str] = {}
    for line in own.splitlines():
        _, names, path = line.split(":", 2)
        for name in names.split(",") if names else (UNIFIED,):
            groups[name] = path
    found: dict[str, list[Path]] = {}
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        if not after:
            continue
        kind, _, options = after.split(" ", 2)
        root, point = (_unescaped(word) for word in before.split(" ")[3:5])
        shown = {"cgroup": set(options.split(",")) & set(_WANTED), "cgroup2": {UNIFIED}}
        for name in sorted(shown.get(kind, ())):
            if name in groups and name not in found:
                folder = _beneath(Path(point), root, groups[name])
                found[name] = [folder]
                if kind == "cgroup2":
                    # A group with processes cannot hand controllers down; one above it may.
                    above = [up for up in folder.parents if up.is_relative_to(point)]
                    found[name] = [folder, *above]
    if not found:
        return "none", {}
    if set(found) == {UNIFIED}:
        return "v2", found
    return ("hybrid" if UNIFIED in found else "v1"), found


def _unescaped(word: str) -> str:
    return word.encode().decode("unicode_escape") if "\\" in word else word


def _beneath(point: Path, root: str, group: str) -> Path:
    """Where a group is found under a mount that shows `root` of the hierarchy."""
    path = PurePosixPath(group)
    if path.is_relative_to(root):
        return point / path.relative_to(root)
    # In a namespace of control groups the two can be relative to different places.
    return point


def _handed_down(folder: Path) -> frozenset[str]:
    with contextlib.suppress(OSError):
        return frozenset((folder / "cgroup.subtree_control").read_text().split())
    return frozenset()


def _try(controller: str, folder: Path, version: str) -> str:
    """Makes a group in a folder and removes it; says what went wrong."""
    if version == "v2":
        missing = {"memory", "pids"} - _handed_down(folder)
        if missing:
            try:
                for name in sorted(missing):
                    (folder / "cgroup.subtree_control").write_text(f"+{name}")
            except OSError as error:
                return f"{folder} hands no {' or '.join(sorted(missing))} down: {error.strerror}"
    trial = folder / name_of_ours("try")
    needed = {"memory": "memory.limit_in_bytes", "pids": "pids.max", "freezer": "freezer.state"}
    try:
        trial.mkdir()
        try:
            if not os.access(trial / needed.get(controller, "cgroup.procs"), os.W_OK):
                return f"{trial} lacks its controls"
            # Moving a process also takes the right to write where it comes from.
            if version == "v2" and not os.access(folder / "cgroup.procs", os.W_OK):
                return f"{folder}/cgroup.procs may not be written"
        finally:
            trial.rmdir()
    except OSError as error:
        return f"{folder}: {error.strerror}"
    return ""


_count = iter(range(1 << 62))


def name_of_ours(name: str) -> str:
    """Unique, and telling whose it is: namespace of process numbers, number, start time."""
    pid = os.getpid()
    return f"{PREFIX}{_number_space()}-{pid}-{_start_time(pid)}-{next(_count)}-{name}"


def _number_space() -> int:
    """Identity of the namespace process numbers are of; 0 where it cannot be seen."""
    with contextlib.suppress(OSError):
        return Path("/proc/self/ns/pid").stat().st_ino
    return 0


def _start_time(pid: int) -> int:
    """When a process started, in ticks since boot; 0 if there is no such process."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        line = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        return int(line.rpartition(")")[2].split()[19])
    return 0


def abandoned(name: str) -> bool:
    """Whether the maker of something named by `name_of_ours` is surely dead."""
    words = name.removeprefix(PREFIX).split("-")
    if not name.startswith(PREFIX) or len(words) < 4 or not all(w.isdigit() for w in words[:3]):
        return False
    space, pid, start = map(int, words[:3])
    return space != 0 and space == _number_space() and _start_time(pid) != start


def sweep(support: CgroupSupport | None = None) -> int:
    """Ends and removes groups whose makers are dead; gives how many folders it removed."""
    support = support or available()
    left: dict[str, dict[str, Path]] = {}
    for controller, place in support.places.items():
        with contextlib.suppress(OSError):
            for folder in place.iterdir():
                if abandoned(folder.name):
                    left.setdefault(folder.name, {})[controller] = folder
    removed = 0
    for folders in left.values():
        group = Cgroup(folders)
        with contextlib.suppress(OSError):
            group.close()
        removed += sum(not folder.exists() for folder in set(folders.values()))
    return removed


@dataclass
class Cgroup:
    """One group: everything in it is bounded, counted and ended together.

    Attributes:
        folders: by controller; `unified` is the version 2 tree.
    """

    folders: Mapping[str, Path]

    @classmethod
    def create(
        cls,
        name: str,
        *,
        memory_bytes: int | None = None,
        processes: int | None = None,
        cpu: float | None = None,
        support: CgroupSupport | None = None,
    ) -> Self:
        """A new empty group.

        Args:
            name: letters, digits and dashes, for people; need not be unique.
            memory_bytes: of all members together, files in memory included; no swap.
            processes: processes and threads alive at once.
            cpu: processors used at once, such as 0.5; not enforced where there is no control.
            support: from `available`, to save asking again.
        Raises:
            RunnerUnavailable: groups cannot be made here, or not with these bounds.
        """
        if not name.replace("-", "").isalnum():
            raise OptionError(f"a group's name must be letters, digits and dashes, got {name!r}")
        support = support or available()
        if (memory_bytes and not support.memory) or (processes and not support.processes):
            raise RunnerUnavailable(support.reason or "control groups cannot be made here")
        if not support.places:
            raise RunnerUnavailable(support.reason)
        full = name_of_ours(name)
        group = cls({key: place / full for key, place in support.places.items()})
        try:
            for folder in dict.fromkeys(group.folders.values()):
                folder.mkdir(exist_ok=True)
            group._bound(memory_bytes, processes, cpu)
        except OSError as error:
            with contextlib.suppress(OSError):
                group.close()
            raise RunnerUnavailable(f"a control group cannot be made: {error}") from error
        return group

    def bound_memory(self, memory: int) -> None:
        """Bounds the members' memory anew.

        Raises:
            OSError: the kernel refuses, as where more is in use already.
        """
        self._bound(memory, None, None)

    def _bound(self, memory: int | None, processes: int | None, cpu: float | None) -> None:
        if memory is not None and "memory" in self.folders:
            folder = self.folders["memory"]
            (folder / "memory.limit_in_bytes").write_text(str(memory))
            # Swap is counted only where the kernel was told to; else it is kept unused.
            with contextlib.suppress(OSError):
                (folder / "memory.swappiness").write_text("0")
            with contextlib.suppress(OSError):
                (folder / "memory.memsw.limit_in_bytes").write_text(str(memory))
        elif memory is not None:
            (self._unified() / "memory.max").write_text(str(memory))
            with contextlib.suppress(OSError):
                (self._unified() / "memory.swap.max").write_text("0")
        if processes is not None:
            folder = self.folders.get("pids") or self._unified()
            (folder / "pids.max").write_text(str(processes))
        if cpu is not None:
            quota = str(max(1_000, int(cpu * _PERIOD_US)))
            if "cpu" in self.folders:
                (self.folders["cpu"] / "cpu.cfs_quota_us").write_text(quota)
            elif UNIFIED in self.folders and (self._unified() / "cpu.max").exists():
                (self._unified() / "cpu.max").write_text(f"{quota} {_PERIOD_US}")

    def _unified(self) -> Path:
        return self.folders[UNIFIED]

    def add(self, pid: int) -> None:
        """Moves a process, with its threads, into the group; its later children are born there.

        Raises:
            OSError: there is no such process, or the group is full.
        """
        for folder in dict.fromkeys(self.folders.values()):
            (folder / "cgroup.procs").write_text(str(pid))

    def members(self) -> frozenset[int]:
        """Numbers of the processes in the group."""
        found: set[int] = set()
        for folder in dict.fromkeys(self.folders.values()):
            with contextlib.suppress(OSError):
                found.update(map(int, (folder / "cgroup.procs").read_text().split()))
        # 0 stands for a process of a namespace that cannot be seen from here.
        return frozenset(found - {0})

    def kill(self, *, timeout: float = _CLOSE_S) -> bool:
        """Ends every process of the group, also those that are being started; True if all are gone.

        Version 2 has a switch for it. Otherwise members are frozen, so that none can start
        another, and killed, until none is left.
        """
        end = time.monotonic() + timeout
        pause = 0.0005
        while True:
            if not self.members():
                return True
            self._strike()
            if not self.members():
                return True
            if time.monotonic() > end:
                return False
            time.sleep(pause)
            pause = min(2 * pause, 0.02)

    def _strike(self) -> None:
        unified = self.folders.get(UNIFIED)
        if unified is not None:
            with contextlib.suppress(OSError):
                (unified / "cgroup.kill").write_text("1")
        if set(self.folders) == {UNIFIED} and unified and (unified / "cgroup.kill").exists():
            return
        with self.frozen():
            for pid in self.members():
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)

    @contextlib.contextmanager
    def frozen(self, *, timeout: float = 1.0) -> Iterator[bool]:
        """Members stand still meanwhile; yields whether all of them surely do."""
        freezer, unified = self.folders.get("freezer"), self.folders.get(UNIFIED)
        if freezer is not None:
            control, still, moving = freezer / "freezer.state", "FROZEN", "THAWED"
        elif unified is not None:
            control, still, moving = unified / "cgroup.freeze", "1", "0"
        else:
            yield False
            return
        try:
            try:
                control.write_text(still)
                yield self._stands(control, timeout)
            except OSError:
                yield False
        finally:
            with contextlib.suppress(OSError):
                control.write_text(moving)

    def _stands(self, control: Path, timeout: float) -> bool:
        end = time.monotonic() + timeout
        while True:
            if control.name == "freezer.state":
                done = control.read_text().strip() == "FROZEN"
            else:
                done = "frozen 1" in (control.parent / "cgroup.events").read_text()
            if done or time.monotonic() > end:
                return done
            time.sleep(0.0005)

    def usage(self) -> tuple[float, int | None, int]:
        """Processor seconds, peak of memory in bytes (None: not known), and times memory ran out.

        The three are of all members so far, dead ones included; memory includes files in memory.
        """
        cpu, peak, kills = 0.0, None, 0
        unified = self.folders.get(UNIFIED)
        if "cpuacct" in self.folders:
            cpu = int(_read(self.folders["cpuacct"] / "cpuacct.usage") or 0) / 1e9
        elif unified is not None:
            cpu = _keyed(unified / "cpu.stat").get("usage_usec", 0) / 1e6
        if "memory" in self.folders:
            folder = self.folders["memory"]
            text = _read(folder / "memory.max_usage_in_bytes")
            peak = int(text) if text else None
            kills = _keyed(folder / "memory.oom_control").get("oom_kill", 0)
        elif unified is not None:
            text = _read(unified / "memory.peak")
            peak = int(text) if text else None
            kills = _keyed(unified / "memory.events").get("oom_kill", 0)
        return cpu, peak, kills

    def forget_peak(self) -> bool:
        """Starts the peak of memory anew from what is used now; False where that cannot be."""
        if "memory" not in self.folders:
            return False
        with contextlib.suppress(OSError):
            (self.folders["memory"] / "memory.max_usage_in_bytes").write_text("0")
            return True
        return False

    def close(self, *, timeout: float = _CLOSE_S) -> None:
        """Ends every member and removes the group; a second time does nothing.

        Raises:
            OSError: a member does not die, as one that waits for a broken disk.
        """
        self.kill(timeout=timeout)
        end = time.monotonic() + timeout
        for folder in dict.fromkeys(self.folders.values()):
            pause = 0.0005
            while True:
                try:
                    folder.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    if time.monotonic() > end:
                        raise
                    # The last member is dead and still being taken apart.
                    time.sleep(pause)
                    pause = min(2 * pause, 0.02)


def _read(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text().strip()
    return ""


def _keyed(path: Path) -> dict[str, int]:
    """Lines of a name and a number."""
    pairs = (line.split() for line in _read(path).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}
