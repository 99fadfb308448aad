"""Which system calls a sandboxed program is refused, and why: a table to read and to argue about.

The list names what programs at work do not need and what has been a way out of containers, or to
other processes, or to the machine's settings. Everything else is allowed, so ordinary programs run;
calls newer than `REVIEWED` are unknown here and answer "no such call", as on an older kernel.

Numbers are those of the kernel's tables for x86-64 and of its generic table for aarch64.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass

X86_64 = "x86_64"
AARCH64 = "aarch64"
REVIEWED = 469
"""The last number looked at (`file_setattr`, Linux 6.17); both architectures share the newest."""

AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
NAMESPACES = 0x7E02_0000
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET."""
NEWTIME = 0x80
"""CLONE_NEWTIME; in `clone` these bits are the signal, so only `unshare` can ask for it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One refused call.

    Attributes:
        name: the call's.
        x86_64, aarch64: its number; None where it does not exist.
        why: what it could be used for.
        error: what it answers.
        argument: number of the argument that decides; None refuses every use.
        mask: refuse if the argument has any of these bits.
        values: refuse if the argument is one of these.
        allowed: refuse unless the argument is one of these.
        namespaces: allowed where nested namespaces are.
    Arguments are compared by their lower 32 bits, as the kernel reads these.
    """

    name: str
    x86_64: int | None
    aarch64: int | None
    why: str
    error: int = errno.EPERM
    argument: int | None = None
    mask: int = 0
    values: tuple[int, ...] = ()
    allowed: tuple[int, ...] = ()
    namespaces: bool = False


_PEEK = "reads or writes another process"
_KERNEL = "loads or changes code of the kernel"
_RING = "reaches files and sockets past this filter"
_KEYS = "keys are shared by user, not by namespace"
_MOUNT = "changes which files are seen where"
_HANDLE = "opens files past the mounts that hide them"
_MACHINE = "changes the whole machine"
_CLOCK = "sets the clock of the whole machine"
_OLD = "is obsolete and little tested"
_MEMORY = "places memory, also of other processes, past its accounting"
_IPC = "leaves things behind that other processes of this machine see"

RULES: tuple[Rule, ...] = (
    Rule("ptrace", 101, 117, _PEEK),
    Rule("process_vm_readv", 310, 270, _PEEK),
    Rule("process_vm_writev", 311, 271, _PEEK),
    Rule("process_madvise", 440, 440, _PEEK),
    Rule("pidfd_getfd", 438, 438, _PEEK),
    Rule("kcmp", 312, 272, "compares kernel pointers of processes"),
    Rule("bpf", 321, 280, _KERNEL),
    Rule("init_module", 175, 105, _KERNEL),
    Rule("finit_module", 313, 273, _KERNEL),
    Rule("delete_module", 176, 106, _KERNEL),
    Rule("create_module", 174, None, _KERNEL),
    Rule("kexec_load", 246, 104, _KERNEL),
    Rule("kexec_file_load", 320, 294, _KERNEL),
    Rule("perf_event_open", 298, 241, "watches other processes and the kernel"),
    Rule("syslog", 103, 116, "reads the kernel's messages"),
    Rule("userfaultfd", 323, 282, "halts the kernel at a chosen moment", errno.ENOSYS),
    Rule("io_uring_setup", 425, 425, _RING, errno.ENOSYS),
    Rule("io_uring_enter", 426, 426, _RING, errno.ENOSYS),
    Rule("io_uring_register", 427, 427, _RING, errno.ENOSYS),
    Rule("keyctl", 250, 219, _KEYS, errno.ENOSYS),
    Rule("add_key", 248, 217, _KEYS, errno.ENOSYS),
    Rule("request_key", 249, 218, _KEYS, errno.ENOSYS),
    Rule("mount", 165, 40, _MOUNT, namespaces=True),
    Rule("umount2", 166, 39, _MOUNT, namespaces=True),
    Rule("pivot_root", 155, 41, _MOUNT, namespaces=True),
    Rule("chroot", 161, 51, _MOUNT, namespaces=True),
    Rule("fsopen", 430, 430, _MOUNT, namespaces=True),
    Rule("fsconfig", 431, 431, _MOUNT, namespaces=True),
    Rule("fsmount", 432, 432, _MOUNT, namespaces=True),
    Rule("fspick", 433, 433, _MOUNT, namespaces=True),
    Rule("move_mount", 429, 429, _MOUNT, namespaces=True),
    Rule("open_tree", 428, 428, _MOUNT, namespaces=True),
    Rule("open_tree_attr", 467, 467, _MOUNT, namespaces=True),
    Rule("mount_setattr", 442, 442, _MOUNT, namespaces=True),
    Rule("setns", 308, 268, "enters another process's namespaces", namespaces=True),
    Rule(
        "unshare", 272, 97, "makes namespaces, in which a program is root",
        argument=0, mask=NAMESPACES | NEWTIME, namespaces=True,
    ),
    Rule(
        "clone", 56, 220, "makes namespaces, in which a program is root",
        argument=0, mask=NAMESPACES, namespaces=True,
    ),
    Rule(
        "clone3", 435, 435, "may make namespaces, and its flags cannot be seen here",
        errno.ENOSYS, namespaces=True,
    ),
    Rule("open_by_handle_at", 304, 265, _HANDLE),
    Rule("name_to_handle_at", 303, 264, _HANDLE),
    Rule("fanotify_init", 300, 262, "watches files of others"),
    Rule("swapon", 167, 224, _MACHINE),
    Rule("swapoff", 168, 225, _MACHINE),
    Rule("reboot", 169, 142, _MACHINE),
    Rule("acct", 163, 89, _MACHINE),
    Rule("quotactl", 179, 60, _MACHINE),
    Rule("quotactl_fd", 443, 443, _MACHINE),
    Rule("sethostname", 170, 161, _MACHINE),
    Rule("setdomainname", 171, 162, _MACHINE),
    Rule("vhangup", 153, 58, "hangs up the terminal"),
    Rule("iopl", 172, None, "reaches the hardware"),
    Rule("ioperm", 173, None, "reaches the hardware"),
    Rule("settimeofday", 164, 170, _CLOCK),
    Rule("clock_settime", 227, 112, _CLOCK),
    Rule("clock_adjtime", 305, 266, _CLOCK),
    Rule("adjtimex", 159, 171, _CLOCK),
    Rule("mbind", 237, 235, _MEMORY),
    Rule("set_mempolicy", 238, 237, _MEMORY),
    Rule("set_mempolicy_home_node", 450, 450, _MEMORY),
    Rule("migrate_pages", 256, 238, _MEMORY),
    Rule("move_pages", 279, 239, _MEMORY),
    Rule("memfd_secret", 447, 447, _MEMORY, errno.ENOSYS),
    Rule("remap_file_pages", 216, 234, _OLD, errno.ENOSYS),
    Rule("modify_ldt", 154, None, _OLD, errno.ENOSYS),
    Rule("lookup_dcookie", 212, 18, _OLD, errno.ENOSYS),
    Rule("nfsservctl", 180, 42, _OLD, errno.ENOSYS),
    Rule("uselib", 134, None, _OLD, errno.ENOSYS),
    Rule("ustat", 136, None, _OLD, errno.ENOSYS),
    Rule("sysfs", 139, None, _OLD, errno.ENOSYS),
    Rule("_sysctl", 156, None, _OLD, errno.ENOSYS),
    Rule(
        "personality", 135, 92, "turns off the randomness of addresses, among other defences",
        # Plain Linux, the same for 32 bits, either with an old version number; and the question.
        argument=0, allowed=(0x0, 0x8, 0x2_0000, 0x2_0008, 0xFFFF_FFFF),
    ),
    Rule(
        "ioctl", 16, 29, "types into a terminal, or changes what drives it",
        # TIOCSTI, TIOCLINUX, TIOCCONS, TIOCSETD.
        argument=1, values=(0x5412, 0x541C, 0x541D, 0x5423),
    ),
)  # fmt: skip

_FAMILY = "families of sockets that few programs use hold most of the known faults"
IPC_RULES: tuple[Rule, ...] = (
    Rule("shmget", 29, 194, _IPC, errno.ENOSYS),
    Rule("shmat", 30, 196, _IPC, errno.ENOSYS),
    Rule("shmctl", 31, 195, _IPC, errno.ENOSYS),
    Rule("semget", 64, 190, _IPC, errno.ENOSYS),
    Rule("semop", 65, 193, _IPC, errno.ENOSYS),
    Rule("semctl", 66, 191, _IPC, errno.ENOSYS),
    Rule("semtimedop", 220, 192, _IPC, errno.ENOSYS),
    Rule("msgget", 68, 186, _IPC, errno.ENOSYS),
    Rule("msgsnd", 69, 189, _IPC, errno.ENOSYS),
    Rule("msgrcv", 70, 188, _IPC, errno.ENOSYS),
    Rule("msgctl", 71, 187, _IPC, errno.ENOSYS),
    Rule("mq_open", 240, 180, _IPC, errno.ENOSYS),
    Rule("mq_unlink", 241, 181, _IPC, errno.ENOSYS),
)
"""Refused as well where processes share the machine's queues and shared memory."""


def socket_rules(families: tuple[int, ...]) -> tuple[Rule, ...]:
    """Refuse sockets of all families but these; a connected pair of local ones stays allowed."""
    refused = errno.EAFNOSUPPORT
    if families:
        made = Rule("socket", 41, 198, _FAMILY, refused, argument=0, allowed=families)
    else:
        made = Rule("socket", 41, 198, "reaches the network and services of this machine", refused)
    pair = Rule("socketpair", 53, 199, _FAMILY, refused, argument=0, allowed=(AF_UNIX,))
    return made, pair
