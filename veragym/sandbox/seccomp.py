"""A filter on system calls, written as the kernel's own small programs; no library is needed.

What is refused is in `syscalls`. A refused call fails with an error the program can handle. Calls
made through another architecture's table, where the numbers mean other things, end the process:
nothing ordinary makes them.

The kernel runs such a program before every call of the process and of all its descendants, who can
add to it and never take away.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Iterable

from veragym.sandbox.interface import RunnerUnavailable
from veragym.sandbox.syscalls import (
    AARCH64,
    AF_INET,
    AF_INET6,
    AF_UNIX,
    IPC_RULES,
    REVIEWED,
    RULES,
    X86_64,
    Rule,
    socket_rules,
)

# Instructions of classic BPF: load a word of the data, jump if equal, if not less, if any bit is
# set, and return.
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, ERROR, KILL = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
ARCHITECTURES = {X86_64: 0xC000_003E, AARCH64: 0xC000_00B7}
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_X32 = 0x4000_0000
_NO_CALL = 0xFFFF_FFFF
_ENOSYS = 38  # the same number on both architectures

_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP = {X86_64: 317, AARCH64: 277}
_SET_FILTER, _ALL_THREADS = 1, 1

Instruction = tuple[int, int, int, int]
"""Operation, jump if true, jump if false, constant."""


def machine() -> str:
    """This machine's architecture, by the name the tables have.

    Raises:
        RunnerUnavailable: there is no table for it.
    """
    name = {"amd64": X86_64, "arm64": AARCH64}.get(platform.machine(), platform.machine())
    if name not in ARCHITECTURES:
        raise RunnerUnavailable(
            f"there is no filter for the architecture {name!r}; use x86_64 or aarch64"
        )
    return name


def rules(
    *,
    allow_namespaces: bool = False,
    families: tuple[int, ...] = (AF_UNIX, AF_INET, AF_INET6),
    ipc: bool = True,
) -> tuple[Rule, ...]:
    """The rules of a filter; for the arguments see `filter_program`."""
    chosen = [rule for rule in RULES if not (allow_namespaces and rule.namespaces)]
    return (*chosen, *socket_rules(families), *(() if ipc else IPC_RULES))


def filter_program(
    *,
    allow_namespaces: bool = False,
    families: tuple[int, ...] = (AF_UNIX, AF_INET, AF_INET6),
    ipc: bool = True,
    architecture: str | None = None,
) -> bytes:
    """The filter as an array of `struct sock_filter`, as `prctl` and `bwrap --seccomp` take it.

    Args:
        allow_namespaces: leave out the rules against namespaces and mounts: for a trusted process
            that makes them and installs the full filter in whatever it starts.
        families: socket families that may be opened.
        ipc: allow System V memory, semaphores and queues, and POSIX queues: right where the
            process has an IPC namespace of its own.
        architecture: `x86_64` or `aarch64`; this machine's if None.
    Raises:
        RunnerUnavailable: no table for this machine.
    """
    name = architecture or machine()
    chosen = rules(allow_namespaces=allow_namespaces, families=families, ipc=ipc)
    program: list[Instruction] = [
        (LOAD, 0, 0, _ARCHITECTURE),
        (EQUAL, 1, 0, ARCHITECTURES[name]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, _NUMBER),
        # A number of -1 is not a call at all; programs use it to see whether anything answers.
        *_if(EQUAL, _NO_CALL, ERROR | _ENOSYS),
        *(_if(AT_LEAST, _X32, KILL) if name == X86_64 else ()),
        *_if(AT_LEAST, REVIEWED + 1, ERROR | _ENOSYS),
    ]
    for rule in chosen:
        number = rule.x86_64 if name == X86_64 else rule.aarch64
        if number is not None:
            program += _refuse(rule, number)
    program.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def _if(operation: int, constant: int, answer: int) -> Iterable[Instruction]:
    return (operation, 0, 1, constant), (RETURN, 0, 0, answer)


def _refuse(rule: Rule, number: int) -> list[Instruction]:
    """Instructions for one rule; leaves the call's number loaded for the next."""
    answer = ERROR | rule.error
    if rule.argument is None:
        return list(_if(EQUAL, number, answer))
    body: list[Instruction] = [(LOAD, 0, 0, _ARGUMENTS + 8 * rule.argument)]
    if rule.mask:
        body += _if(ANY_BIT, rule.mask, answer)
    for value in rule.values:
        body += _if(EQUAL, value, answer)
    if rule.allowed:
        # Every allowed value jumps over the refusal.
        count = len(rule.allowed)
        body += [(EQUAL, count - place, 0, value) for place, value in enumerate(rule.allowed)]
        body.append((RETURN, 0, 0, answer))
    body.append((LOAD, 0, 0, _NUMBER))
    return [(EQUAL, 0, len(body), number), *body]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def install(program: bytes) -> None:
    """Puts a filter on every thread of this process, for good; also forgoes new privileges.

    Raises:
        RunnerUnavailable: the kernel refuses, for example because a filter around this process
            does not allow it to set one.
    """
    name = machine()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        reason = os.strerror(ctypes.get_errno())
        raise RunnerUnavailable(f"new privileges cannot be forgone: {reason}")
    described = _Program(len(program) // 8, program)
    number = ctypes.c_long(_SECCOMP[name])
    done = libc.syscall(number, _SET_FILTER, _ALL_THREADS, ctypes.byref(described))
    if done:
        reason = os.strerror(ctypes.get_errno()) if done < 0 else f"thread {done} has another one"
        raise RunnerUnavailable(
            f"no filter on system calls can be set: {reason}; the kernel needs CONFIG_SECCOMP_"
            "FILTER, and a container must allow the call seccomp"
        )
