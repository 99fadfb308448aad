"""Sessions without namespaces: Landlock for files, a filter for calls, a reaper for the rest.

For machines where a process may not make namespaces, as inside most Kubernetes pods. A command runs
on the machine's own file system under rules of the kernel's Landlock module: it reads and executes
what the system installed, writes its home and its temporary folder, and opens nothing else. System
calls are filtered (no socket at all, no queue shared with others), a trusted launcher beside the
session ends what a command leaves, and where this process is root every session gets a user number
of its own.

What this cannot do, and `capabilities` says: the home folder is not at `/home/agent`, but where
`Session.home` says; names outside can be looked for, though not read or listed; disk use is watched
instead of bounded; without a control group memory is, too.
"""

from __future__ import annotations

import ctypes
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from veragym.sandbox import cgroup, seccomp
from veragym.sandbox.interface import RunnerUnavailable
from veragym.sandbox.session import Capabilities, Promise, SandboxSpec, Session

# Rights of Landlock, by the version of its interface that brought them.
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
_VERSION_1 = (1 << 13) - 1
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
FILE_ACCESS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_TCP = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
QUIET = 0b101
"""No line in the kernel's log for each refusal, from this program or those it starts."""

READ_ONLY = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
    *("/nix/store", "/gnu/store"),
    *(
        f"/etc/{name}"
        for name in (
            "alternatives", "bash.bashrc", "ca-certificates", "debian_version", "default/locale",
            "gitconfig", "group", "host.conf", "hostname", "hosts", "inputrc", "ld.so.cache",
            "ld.so.conf", "ld.so.conf.d", "locale.alias", "localtime", "login.defs", "magic",
            "magic.mime", "manpath.config", "mime.types", "networks", "nsswitch.conf", "os-release",
            "passwd", "perl", "profile", "profile.d", "protocols", "rpc", "services", "shells",
            "ssl/certs", "ssl/openssl.cnf", "terminfo", "timezone", "xattr.conf",
        )
    ),
    *(
        f"/proc/{name}"
        for name in (
            "cpuinfo", "filesystems", "loadavg", "meminfo", "stat", "uptime", "version",
            "sys/fs/pipe-max-size", "sys/kernel/cap_last_cap", "sys/kernel/hostname",
            "sys/kernel/ngroups_max", "sys/kernel/osrelease", "sys/kernel/ostype",
            "sys/kernel/pid_max", "sys/kernel/random/uuid", "sys/kernel/threads-max",
            "sys/kernel/version", "sys/vm/overcommit_memory",
        )
    ),
    "/sys/devices/system/cpu",
)  # fmt: skip
"""Read and execute; what does not exist is passed over."""
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")

_NEEDED = (0, 1, 3, 5, 6, 7)
"""Capabilities to give files away, read and signal across users, and change user."""


def version() -> int:
    """Version of the kernel's Landlock interface.

    Raises:
        RunnerUnavailable: there is none.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    found = int(libc.syscall(ctypes.c_long(444), None, ctypes.c_size_t(0), ctypes.c_uint32(1)))
    if found < 0:
        raise RunnerUnavailable(
            f"the kernel has no Landlock ({os.strerror(ctypes.get_errno())}): it needs Linux 5.13 "
            "or later, started with landlock among lsm=…, and a container that allows its calls"
        )
    return found


def handled(abi: int) -> tuple[int, int, int]:
    """Rights that are denied unless a rule grants them: files, network, scopes."""
    files = _VERSION_1
    files |= REFER if abi >= 2 else 0
    files |= TRUNCATE if abi >= 3 else 0
    files |= IOCTL_DEV if abi >= 5 else 0
    return files, _TCP if abi >= 4 else 0, _ABSTRACT_SOCKETS_AND_SIGNALS if abi >= 6 else 0


def rules(
    abi: int, folders: tuple[str, ...], work: tuple[str, ...], between: str, *, proc: bool
) -> list[tuple[str, int]]:
    """What is granted, as paths with rights.

    Args:
        folders: can be read, beside the system's.
        work: folders that are the session's.
        between: what lies in this folder can be read and written; nothing can be made there.
    """
    known = handled(abi)[0]
    read = (EXECUTE | READ_FILE | READ_DIR) & known
    write = (READ_FILE | WRITE_FILE | TRUNCATE) & known
    seen = (*READ_ONLY, *folders, *(("/proc",) if proc else ()))
    return [
        *((path, read) for path in seen),
        *((path, (READ_FILE | WRITE_FILE | IOCTL_DEV) & known) for path in DEVICES),
        *((path, known & ~(MAKE_CHAR | MAKE_BLOCK)) for path in work),
        (between, write),
    ]


def can_change_user() -> bool:
    """Whether this process is root with what it takes to run others as another user."""
    if os.geteuid() != 0:
        return False
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            held = int(line.split()[1], 16)
            return all(held >> number & 1 for number in _NEEDED)
    return False


@dataclass(frozen=True)
class LandlockSandbox:
    """Sessions behind Landlock and a filter on system calls.

    Args:
        processes_visible: let commands read all of `/proc`, so that `ps` works; they then see the
            command lines of every process of this machine or pod.
    """

    processes_visible: bool = False
    name = "landlock"

    def capabilities(self) -> Capabilities:
        """See `Sandbox.capabilities`."""
        abi = version()
        seccomp.machine()
        with self.open() as session:
            done = session.exec(["true"])
            if done.exit_status != 0:
                said = done.stderr.decode(errors="replace").strip()[:200]
                raise RunnerUnavailable(f"a command behind Landlock cannot run: {said}")
        return _capabilities(abi, can_change_user(), cgroup.available(), self.processes_visible)

    def open(self, spec: SandboxSpec | None = None) -> Session:
        """See `Sandbox.open`."""
        from veragym.sandbox.landlock_session import LandlockSession, sweep

        with _once:
            if not _swept:
                _swept.append(True)
                sweep()
        return LandlockSession(spec or SandboxSpec(), version(), proc=self.processes_visible)


_once = threading.Lock()
_swept: list[bool] = []


def _capabilities(
    abi: int, other_user: bool, groups: cgroup.CgroupSupport, proc: bool
) -> Capabilities:
    notes = [
        "the home folder is not at /home/agent, and names outside of it can be looked for, though "
        "not read or listed: use bubblewrap where user namespaces are allowed",
        "disk use is watched, and a command that passes its bound is ended a moment later",
    ]
    if abi < 3:
        notes.append("files others may write can be truncated: use Linux 6.2 or later")
    if not other_user:
        notes.append(
            "commands run as this user, so they can change modes and times of its other files: "
            "run as root, which gives each session a user of its own"
        )
    guarded = other_user or abi >= 6
    if not guarded:
        notes.append("commands can signal processes of this user: use Linux 6.12 or later")
    if not groups.usable:
        notes.append(f"memory is watched instead of bounded: {groups.reason}")
    if proc:
        notes.append("command lines of this machine's processes can be read")
    return Capabilities(
        backend="landlock",
        files=Promise.DEGRADED,
        processes=Promise.CONTAINED if guarded else Promise.DEGRADED,
        memory=Promise.CONTAINED if groups.usable else Promise.DEGRADED,
        disk=Promise.DEGRADED,
        network=Promise.CONTAINED,
        kernel=Promise.CONTAINED,
        privileged=other_user,
        notes=tuple(notes),
    )
