"""The filter on system calls: what its program decides, and what processes under it can do."""

import errno
import platform
import re
import struct
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.sandbox import seccomp
from veragym.sandbox.syscalls import AARCH64, IPC_RULES, REVIEWED, RULES, X86_64, socket_rules

EVERY_RULE = (*RULES, *IPC_RULES, *socket_rules(()))
ARCH_CODE = {X86_64: 0xC000003E, AARCH64: 0xC00000B7, "i386": 0x40000003, "arm": 0x40000028}


def decide(program, number, *arguments, architecture=X86_64):
    """What the kernel would answer: a small interpreter of the instructions the manual gives."""
    data = struct.pack("=iIQ6Q", number, ARCH_CODE[architecture], 0, *[*arguments, *[0] * 6][:6])
    code = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    at, register = 0, 0
    while True:
        operation, yes, no, constant = code[at]
        at += 1
        if operation == 0x20:
            (register,) = struct.unpack_from("=I", data, constant)
        elif operation == 0x06:
            break
        else:
            test = {
                0x15: register == constant,
                0x35: register >= constant,
                0x45: bool(register & constant),
            }
            at += yes if test[operation] else no
    if constant == 0x7FFF0000:
        return "allow"
    if constant == 0x80000000:
        return "kill"
    assert constant & 0xFFFF0000 == 0x00050000
    return errno.errorcode[constant & 0xFFFF]


@pytest.mark.parametrize("architecture", [X86_64, AARCH64])
def test_each_rule_without_a_condition_refuses_its_call(architecture):
    program = seccomp.filter_program(architecture=architecture, ipc=False, families=())
    for rule in EVERY_RULE:
        number = getattr(rule, architecture)
        if number is not None and rule.argument is None:
            answer = decide(program, number, architecture=architecture)
            assert answer == errno.errorcode[rule.error], rule.name


@pytest.mark.parametrize("architecture", [X86_64, AARCH64])
def test_everything_between_the_rules_is_allowed(architecture):
    program = seccomp.filter_program(architecture=architecture, ipc=False, families=())
    refused = {getattr(rule, architecture) for rule in EVERY_RULE}
    for number in range(REVIEWED + 1):
        if number not in refused:
            assert decide(program, number, architecture=architecture) == "allow", number


def test_foreign_tables_end_the_process_and_unknown_calls_do_not_exist():
    program = seccomp.filter_program(architecture=X86_64)
    assert decide(program, 0, architecture="i386") == "kill"
    assert decide(program, 0, architecture=AARCH64) == "kill"
    assert decide(program, 0x40000000 + 1) == "kill"  # x32's write
    assert decide(program, -1) == "ENOSYS"
    assert decide(program, REVIEWED) == "allow"
    assert decide(program, REVIEWED + 1) == "ENOSYS"
    arm = seccomp.filter_program(architecture=AARCH64)
    assert decide(arm, 0, architecture="arm") == "kill"
    assert decide(arm, 0x40000001, architecture=AARCH64) == "ENOSYS"


@pytest.mark.parametrize(
    ("name", "bit"),
    [("NEWNS", 0x20000), ("NEWCGROUP", 0x2000000), ("NEWUTS", 0x4000000), ("NEWIPC", 0x8000000),
     ("NEWUSER", 0x10000000), ("NEWPID", 0x20000000), ("NEWNET", 0x40000000)],
)  # fmt: skip
def test_no_new_namespace_of_any_kind(name, bit):
    program = seccomp.filter_program(architecture=X86_64)
    for number in (56, 272):  # clone, unshare
        assert decide(program, number, bit) == "EPERM"
        assert decide(program, number, bit | 17) == "EPERM"
        # The kernel reads the lower half of the register; the upper must hide nothing.
        assert decide(program, number, bit | 1 << 40) == "EPERM"
    outer = seccomp.filter_program(architecture=X86_64, allow_namespaces=True)
    assert decide(outer, 56, bit) == decide(outer, 272, bit) == decide(outer, 435) == "allow"


def test_ordinary_processes_and_threads_are_allowed():
    program = seccomp.filter_program(architecture=X86_64)
    assert decide(program, 56, 0x1200011) == "allow"  # fork: CHILD_SETTID, CHILD_CLEARTID, SIGCHLD
    assert decide(program, 56, 0x3D0F00) == "allow"  # a thread of glibc
    assert decide(program, 272, 0x400) == "allow"  # unshare(CLONE_FILES)
    assert decide(program, 272, 0x80) == "EPERM"  # unshare(CLONE_NEWTIME)
    assert decide(program, 435) == "ENOSYS"  # clone3: glibc falls back to clone


def test_allowing_namespaces_allows_mounts_and_nothing_else():
    inner = seccomp.filter_program(architecture=X86_64)
    outer = seccomp.filter_program(architecture=X86_64, allow_namespaces=True)
    freed = {n for n in range(470) if decide(outer, n) != decide(inner, n)}
    # mount, umount2, pivot_root, chroot, setns, clone3, and the newer mount calls
    assert freed == {165, 166, 155, 161, 308, 435, 428, 429, 430, 431, 432, 433, 442, 467}


@given(st.integers(0, 2**64 - 1))
def test_only_the_chosen_socket_families_open(domain):
    program = seccomp.filter_program(architecture=X86_64)
    expected = "allow" if domain % 2**32 in (1, 2, 10) else "EAFNOSUPPORT"
    assert decide(program, 41, domain) == expected
    none = seccomp.filter_program(architecture=X86_64, families=())
    assert decide(none, 41, domain) == "EAFNOSUPPORT"
    pair = "allow" if domain % 2**32 == 1 else "EAFNOSUPPORT"
    assert decide(program, 53, domain) == decide(none, 53, domain) == pair


def test_terminals_cannot_be_typed_into_whatever_the_upper_half_of_the_request_is():
    program = seccomp.filter_program(architecture=X86_64)
    for request in (0x5412, 0x541C, 0x541D, 0x5423):
        assert decide(program, 16, 0, request) == "EPERM"
        assert decide(program, 16, 0, request | 0xABCD << 32) == "EPERM"
    assert decide(program, 16, 0x5412, 0x5413) == "allow"  # TIOCGWINSZ on descriptor 0x5412


def test_only_plain_personalities_are_taken():
    program = seccomp.filter_program(architecture=X86_64)
    for persona in (0, 8, 0x20000, 0x20008, 0xFFFFFFFF):
        assert decide(program, 135, persona) == "allow"
    for persona in (0x40000, 0x0040008, 0x400000, 0x100000, 1):
        assert decide(program, 135, persona) == "EPERM"


@pytest.mark.parametrize(
    ("architecture", "header"),
    [(X86_64, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
     (AARCH64, "/usr/include/asm-generic/unistd.h")],
)  # fmt: skip
def test_numbers_are_those_of_the_kernel_headers(architecture, header):
    if not Path(header).exists():
        pytest.skip(f"{header} is not installed (linux-libc-dev)")
    pattern = r"#define __NR(?:3264)?_(\w+)\s+(\d+)"
    known = {name: int(number) for name, number in re.findall(pattern, Path(header).read_text())}
    newer = {"open_tree_attr"}
    for rule in EVERY_RULE:
        number = getattr(rule, architecture)
        if rule.name not in known and rule.name in newer:
            continue
        assert known.get(rule.name) == number, rule.name


def filtered(body, **options):
    """Output of Python code in a process under the filter of this machine."""
    code = textwrap.dedent(
        f"""
        import ctypes, errno, os
        from veragym.sandbox import seccomp
        libc = ctypes.CDLL(None, use_errno=True)
        def call(number, *arguments):
            done = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
            return errno.errorcode[ctypes.get_errno()] if done < 0 else done
        seccomp.install(seccomp.filter_program(**{options!r}))
        """
    ) + textwrap.dedent(body)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


@pytest.fixture(scope="module")
def works():
    done = filtered("print('ok')")
    if done.stdout != "ok\n":
        pytest.skip(f"no filter can be installed here: {done.stderr.strip()[-200:]}")


def test_under_the_filter_work_goes_on_and_refused_calls_fail(works):
    done = filtered(
        """
        import socket, subprocess, threading
        thread = threading.Thread(target=print, args=("thread",)); thread.start(); thread.join()
        print(subprocess.run(["sh", "-c", "echo child"], capture_output=True).stdout, flush=True)
        left, right = socket.socketpair(); left.send(b"x"); print(right.recv(1), flush=True)
        for family in (socket.AF_INET, socket.AF_NETLINK, socket.AF_PACKET, 38):
            try: socket.socket(family, socket.SOCK_DGRAM).close(); print("made")
            except OSError as error: print(errno.errorcode[error.errno])
        """
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:3] == ["thread", "b'child\\n'", "b'x'"]
    assert lines[3:] == ["made", *["EAFNOSUPPORT"] * 3]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="numbers of x86-64")
def test_root_under_the_filter_makes_no_namespace_mount_or_trace(works):
    done = filtered(
        """
        print([call(272, 0x10000000), call(272, 0x20000), call(165, 0, 0, 0, 0, 0), call(101, 0),
               call(425, 1, 0), call(321, 0, 0, 0), call(435, 0, 0), call(248, 0, 0, 0, 0, 0)])
        """
    )
    expected = [*["EPERM"] * 4, "ENOSYS", "EPERM", "ENOSYS", "ENOSYS"]
    assert done.stdout.strip() == str(expected), done.stderr


@pytest.mark.skipif(platform.machine() != "x86_64", reason="x32 is a table of x86-64")
def test_another_architectures_table_ends_the_process(works):
    done = filtered("print('before', flush=True); call(0x40000000 + 39); print('after')")
    assert done.stdout == "before\n"
    assert done.returncode == -31  # SIGSYS


def test_the_filter_is_inherited_and_holds_for_all_threads(works):
    done = filtered(
        """
        import subprocess, sys
        inner = (
            "import socket\\ntry: socket.socket(); print('open')\\n"
            "except OSError as error: print(error.errno)"
        )
        print(subprocess.run([sys.executable, "-c", inner], capture_output=True, text=True).stdout)
        """,
        families=(),
    )
    assert done.stdout.strip() == str(errno.EAFNOSUPPORT), done.stderr
    already = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(
            """
            import queue, threading, socket
            from veragym.sandbox import seccomp
            asked, answered = queue.Queue(), queue.Queue()
            def work():
                asked.get()
                try: socket.socket(); answered.put("open")
                except OSError as error: answered.put(error.errno)
            threading.Thread(target=work, daemon=True).start()
            seccomp.install(seccomp.filter_program(families=()))
            asked.put(1); print(answered.get())
            """
        )],
        capture_output=True, text=True,
    )  # fmt: skip
    assert already.stdout.strip() == str(errno.EAFNOSUPPORT), already.stderr


def test_an_architecture_without_a_table_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(seccomp.RunnerUnavailable, match="riscv64.*x86_64 or aarch64"):
        seccomp.filter_program()


def test_every_rule_says_why():
    assert all(len(rule.why) > 10 for rule in EVERY_RULE)
