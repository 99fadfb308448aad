"""The bubblewrap backend: finds out what works here, by trying, and opens sessions."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass, field

from veragym.sandbox import cgroup, seccomp
from veragym.sandbox.bubblewrap import launch
from veragym.sandbox.bubblewrap.session import BubblewrapSession
from veragym.sandbox.cgroup import CgroupSupport
from veragym.sandbox.interface import RunnerUnavailable
from veragym.sandbox.session import Capabilities, Promise, SandboxSpec

_ORDINARY = (
    "made as an ordinary user: our own files' owner and the commands' are one user to the kernel, "
    "kept apart by namespaces; run as root for a user of their own and faster mounts"
)
_AS_ROOT = (
    "made in a user namespace of root's: commands are root to the kernel where they meet a file of "
    "this machine, and only the walls keep them from it; run as an ordinary user"
)


@dataclass(frozen=True, slots=True)
class Found:
    """What works here.

    Attributes:
        mode: the way sessions are made.
        support: what control groups do.
        filter_program: the system call filter of commands.
        failures: of better ways, one sentence each.
    """

    mode: launch.Mode
    support: CgroupSupport
    filter_program: bytes
    failures: tuple[str, ...] = ()


@functools.cache
def _found(privileged: bool, groups: bool) -> Found:
    """Tries the ways in order; a session has to open, run, write and see nothing of ours."""
    support = cgroup.available() if groups else CgroupSupport("none", reason="not wanted")
    if support.usable:
        cgroup.sweep(support)
    filter_program = seccomp.filter_program()
    failures: list[str] = []
    for mode in launch.modes():
        if mode.privileged and not privileged:
            continue
        try:
            with BubblewrapSession(SandboxSpec(), mode, filter_program, support) as session:
                result = session.exec(
                    "echo x > file && ! ls /.sandbox/* /root/* /proc/1/root 2>/dev/null && "
                    "! (echo x > /usr/x) 2>/dev/null && echo well"
                )
                if result.stdout != b"well\n" or not session.diff():
                    raise RunnerUnavailable(f"a trial command did not do its work: {result}")
        except RunnerUnavailable as error:
            failures.append(str(error))
        else:
            return Found(mode, support, filter_program, tuple(failures))
    raise RunnerUnavailable(f"bubblewrap does not work here: {'; '.join(failures)}")


@dataclass(frozen=True)
class BubblewrapSandbox:
    """Sessions in Linux namespaces made by `bwrap`, with system calls filtered; see `Sandbox`.

    Args:
        privileged: make mounts as root where we are root; else in a user namespace in any case.
        groups: bound sessions as a whole by control groups where they can be made.
        modules: imported once per session, for programs that are forked (`PythonExecutor`).
    """

    privileged: bool = True
    groups: bool = True
    modules: tuple[str, ...] = ()
    name: str = field(default="bubblewrap", init=False)

    def found(self) -> Found:
        """What works here; tried once per process.

        Raises:
            RunnerUnavailable: nothing does.
        """
        return _found(self.privileged, self.groups)

    def capabilities(self) -> Capabilities:
        """See `Sandbox.capabilities`."""
        found = self.found()
        notes = list(found.failures)
        bounded = Promise.CONTAINED if found.support.usable else Promise.DEGRADED
        if not found.support.usable:
            notes.append(
                "memory and processes are bounded for each process and command, not for a session: "
                f"{found.support.reason}"
            )
        if not found.mode.privileged:
            notes.append(_AS_ROOT if os.geteuid() == 0 else _ORDINARY)
        notes.append("memory that files take counts on top of the bound on memory")
        return Capabilities(
            backend=self.name,
            files=Promise.DEGRADED
            if os.geteuid() == 0 and not found.mode.privileged
            else Promise.CONTAINED,
            processes=bounded if not found.mode.nested_user else Promise.CONTAINED,
            memory=bounded,
            disk=Promise.CONTAINED,
            network=Promise.CONTAINED,
            kernel=Promise.CONTAINED,
            privileged=found.mode.privileged,
            notes=tuple(notes),
        )

    def open(self, spec: SandboxSpec | None = None) -> BubblewrapSession:
        """See `Sandbox.open`."""
        found = self.found()
        return BubblewrapSession(
            spec or SandboxSpec(),
            found.mode,
            found.filter_program,
            found.support,
            self.modules,
        )
