"""Attacks on what is outside: files, secrets, processes, network, other sessions."""

from __future__ import annotations

from veragym.sandbox.selftest.attack import (
    Attack,
    every,
    handed_out,
    host_untouched,
    no_device,
    not_fooled,
    not_heard,
    nothing_runs,
    nothing_typed,
    other_session_blind,
    secret_kept,
    session_well,
    victim_well,
)
from veragym.sandbox.selftest.attack import meddle as meddling

_PRINT = """
import glob, os
for place in glob.glob(PATTERN):
    try:
        print(open(place, "rb").read(1 << 20))
    except OSError:
        pass
"""


def _print(pattern: str) -> str:
    """A program that prints every file whose path fits."""
    return _PRINT.replace("PATTERN", pattern)


_NETWORK = """
import os, socket
def reach(family, kind, address):
    try:
        with socket.socket(family, kind) as it:
            it.settimeout(1.0)
            if kind == socket.SOCK_STREAM:
                it.connect(address)
            else:
                it.sendto(b"attacked", address)
    except OSError as error:
        print(address, error)
T = os.environ
S, D, UNIX = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.AF_UNIX
"""
_LEAVE = 'kept = os.environ["TARGET_SECRET"].encode()\n'
_FIND = """
import glob, os
for pattern in ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run"):
    for place in glob.glob(pattern + "/left.*"):
        try:
            print(open(place, "rb").read(1 << 16))
        except OSError:
            pass
"""
_SYSV = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
key = int(os.environ["TARGET_MARK"]) & 0x7fffffff
def memory(create):
    number = libc.shmget(key, 4096, 0o1666 if create else 0o666)
    return libc.shmat(number, None, 0) if number >= 0 else None
"""
_KEYS = """
import ctypes, os, platform
libc = ctypes.CDLL(None, use_errno=True)
add, control = {"x86_64": (248, 250), "aarch64": (217, 219)}[platform.machine()]
name = b"attack" + os.environ["TARGET_MARK"].encode()
"""

FILES = (
    Attack(
        "write outside",
        "files",
        "to change, make and remove files of this machine",
        "files",
        """
import os
for place in (os.environ["TARGET_FOLDER"] + "/made", os.environ["TARGET_PRECIOUS"]):
    try:
        open(place, "a").write("attacked")
    except OSError as error:
        print(error)
""",
        host_untouched,
    ),
    Attack(
        "read outside",
        "files",
        "to read a file of this machine that is open to everybody",
        "files",
        'import os; print(open(os.environ["TARGET_SECRET_FILE"]).read())',
        secret_kept,
    ),
    Attack(
        "roots of processes",
        "files",
        "to read files by way of /proc/*/root and /proc/*/cwd",
        "files",
        _print('"/proc/[0-9]*/root" + os.environ["TARGET_SECRET_FILE"]')
        + _print('"/proc/[0-9]*/cwd/secret"'),
        secret_kept,
    ),
    Attack(
        "inherited files",
        "files",
        "to read from files that were left open when it was started",
        "files",
        """
import os
for name in range(3, 256):
    try:
        print(os.pread(name, 1000, 0))
    except OSError:
        pass
"""
        + _print('"/proc/[0-9]*/fd/*"')
        .replace('open(place, "rb")', "_open(place)")
        # Not the standard streams: reading from those could wait for ever.
        .replace(
            "import glob, os",
            "import glob, os\ndef _open(place):\n"
            "    handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK)\n"
            "    return os.fdopen(handle, 'rb', buffering=0)",
        ),
        secret_kept,
    ),
    Attack(
        "links to outside",
        "files",
        "to have us read or write a file outside by a link in the home folder",
        "files",
        """
import os
home, folder = os.environ["HOME"], os.environ["TARGET_FOLDER"]
os.symlink(folder, home + "/out")
os.symlink(os.environ["TARGET_SECRET_FILE"], home + "/file")
os.symlink("/proc/self/root" + folder, home + "/magic")
""",
        every(handed_out, host_untouched, secret_kept),
    ),
    Attack(
        "second name for outside",
        "files",
        "to give a file outside a name in the home folder",
        "files",
        """
import os
os.link(os.environ["TARGET_SECRET_FILE"], os.environ["HOME"] + "/file")
""",
        every(handed_out, host_untouched, secret_kept),
    ),
    Attack(
        "race of links",
        "files",
        "to swap a folder for a link while we write into it and read from it",
        "files",
        """
import os, time
os.chdir(os.environ["HOME"])
os.makedirs("real", exist_ok=True)
os.symlink(os.environ["TARGET_FOLDER"], "false")
os.rename("real", "place")
end = time.time() + 3
while time.time() < end:
    try:
        os.rename("place", "real")
        os.rename("false", "place")
        os.rename("place", "false")
        os.rename("real", "place")
    except OSError:
        for name in ("real", "place"):
            if os.path.isdir(name) and not os.path.islink(name):
                break
        else:
            os.makedirs("real", exist_ok=True)
""",
        every(not_fooled, host_untouched),
        language="shell",
        meanwhile=meddling,
    ),
    Attack(
        "device node",
        "files",
        "to make a node for a disk of this machine and open it",
        "kernel",
        """
import os, stat, time
held = []
for line in open("/proc/partitions").read().splitlines()[2:]:
    major, minor = line.split()[:2]
    for folder in (os.environ["HOME"], "/tmp", "/dev/shm"):
        place = "%s/disk%s" % (folder, minor)
        try:
            os.mknod(place, 0o600 | stat.S_IFBLK, os.makedev(int(major), int(minor)))
            held.append(os.open(place, os.O_RDONLY))
        except OSError as error:
            print(error)
        finally:
            if os.path.lexists(place):
                os.unlink(place)
time.sleep(0.5)
""",
        no_device,
    ),
)

SECRETS = (
    Attack(
        "own environment",
        "secrets",
        "to find a secret among its own variables",
        "files",
        "import os; print(dict(os.environ)); print(open('/proc/self/environ').read())",
        secret_kept,
    ),
    Attack(
        "environments of others",
        "secrets",
        "to read the variables of every process",
        "files",
        _print('"/proc/[0-9]*/environ"'),
        secret_kept,
    ),
    Attack(
        "memory of others",
        "secrets",
        "to read the memory of every process",
        "processes",
        """
import glob
for place in glob.glob("/proc/[0-9]*/maps"):
    pid = place.split("/")[2]
    try:
        lines = open(place).read().splitlines()
        memory = open("/proc/%s/mem" % pid, "rb", 0)
    except OSError:
        continue
    for line in lines:
        if "[heap]" in line or "[stack]" in line:
            first, last = (int(word, 16) for word in line.split()[0].split("-"))
            try:
                memory.seek(first)
                data = memory.read(min(last - first, 1 << 20))
            except (OSError, ValueError, OverflowError):
                continue
            at = data.find(b"VERAGYM_CANARY=")
            if at >= 0:
                print(data[at:at + 100])
""",
        secret_kept,
    ),
)

PROCESSES = (
    Attack(
        "signal to a process",
        "processes",
        "to stop and to end a process outside by its number",
        "processes",
        """
import os, signal
for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
    try:
        os.kill(int(os.environ["TARGET_VICTIM"]), number)
    except OSError as error:
        print(error)
""",
        victim_well,
    ),
    Attack(
        "signal to all",
        "processes",
        "to end every process that it may send signals to",
        "processes",
        "import os, signal; os.kill(-1, signal.SIGKILL)",
        every(victim_well, session_well),
        hurts=True,
    ),
    Attack(
        "signal to the parents",
        "processes",
        "to end the processes it descends from",
        "processes",
        """
import os, signal
pid = os.getppid()
for _ in range(5):
    if pid <= 1:
        break
    try:
        above = int(open("/proc/%d/stat" % pid).read().rpartition(")")[2].split()[1])
        os.kill(pid, signal.SIGKILL)
    except OSError as error:
        print(error)
    pid = above
""",
        every(victim_well, session_well),
        hurts=True,
    ),
    Attack(
        "trace",
        "processes",
        "to trace a process outside",
        "processes",
        """
import ctypes, os, time
libc = ctypes.CDLL(None, use_errno=True)
if libc.ptrace(16, int(os.environ["TARGET_VICTIM"]), None, None) == 0:
    time.sleep(1)
    os.kill(int(os.environ["TARGET_VICTIM"]), 9)
else:
    print(os.strerror(ctypes.get_errno()))
""",
        victim_well,
    ),
    Attack(
        "daemon",
        "processes",
        "to outlive its command in a session of its own, with another environment",
        "processes",
        "setsid env -i sleep 30.$1 >/dev/null 2>&1 & "
        "(setsid sh -c '(env -i sleep 31.$1 &) &' sh $1 >/dev/null 2>&1 &) & sleep 0.3",
        nothing_runs,
        language="bash",
    ),
    Attack(
        "deaf to signals",
        "processes",
        "to go on for ever and hear no request to end",
        "processes",
        "trap '' HUP INT QUIT TERM TSTP; while :; do sleep 0.05; done",
        every(nothing_runs, session_well),
        language="bash",
        timeout=1.0,
    ),
    Attack(
        "typing into a terminal",
        "processes",
        "to put characters into the input of a terminal of ours (TIOCSTI)",
        "kernel",
        """
import fcntl, os
handle = os.open(os.environ["TARGET_TERMINAL"], os.O_RDWR | os.O_NOCTTY)
for character in b"attacked\\n":
    fcntl.ioctl(handle, 0x5412, bytes([character]))
""",
        nothing_typed,
    ),
)

NETWORK = (
    Attack(
        "TCP",
        "network",
        "to connect to this machine, by its loopback and its own address",
        "network",
        _NETWORK
        + 'for host in ("127.0.0.1", T["TARGET_ADDRESS"]):\n'
        + '    reach(socket.AF_INET, S, (host, int(T["TARGET_TCP"])))\n'
        + 'if "TARGET_TCP6" in T:\n'
        + '    reach(socket.AF_INET6, S, ("::1", int(T["TARGET_TCP6"])))\n',
        not_heard,
    ),
    Attack(
        "UDP",
        "network",
        "to send a datagram, as to a name server",
        "network",
        _NETWORK
        + 'for host in ("127.0.0.1", T["TARGET_ADDRESS"]):\n'
        + '    reach(socket.AF_INET, D, (host, int(T["TARGET_UDP"])))\n',
        not_heard,
    ),
    Attack(
        "abstract socket",
        "network",
        "to connect to a socket that has no file",
        "network",
        _NETWORK + 'reach(UNIX, S, "\\0" + T["TARGET_MARK"])\n',
        not_heard,
    ),
    Attack(
        "socket in a folder",
        "network",
        "to connect to a socket that is a file outside, as an engine's",
        "files",
        _NETWORK + 'reach(UNIX, S, T["TARGET_FOLDER"] + "/socket")\n',
        not_heard,
    ),
)

SESSIONS = (
    Attack(
        "files for another session",
        "sessions",
        "to leave files in every folder that it may write to",
        "files",
        "import os\n"
        + _LEAVE
        + """
for folder in ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run"):
    try:
        place = "%s/left.%s" % (folder, os.environ["TARGET_MARK"])
        open(place, "wb").write(kept)
        os.chmod(place, 0o666)
    except OSError as error:
        print(error)
""",
        other_session_blind(_FIND),
        knows=True,
    ),
    Attack(
        "files of another session",
        "sessions",
        "to hold a secret in its home folder while another session looks for it",
        "files",
        "import os\n"
        + _LEAVE
        + 'open(os.environ["HOME"] + "/secret", "wb").write(kept)\n'
        + 'os.chmod(os.environ["HOME"] + "/secret", 0o666)\n',
        other_session_blind(
            _print('"/home/*/secret"')
            + _print('"/proc/[0-9]*/root/home/*/secret"')
            + _print('"/proc/[0-9]*/cwd/secret"')
            + _print('"/tmp/*/home/secret"')
            + _print('"/tmp/*/*/secret"')
        ),
        knows=True,
    ),
    Attack(
        "shared memory",
        "sessions",
        "to leave a segment of System V memory to another session",
        "processes",
        _SYSV
        + _LEAVE
        + "place = memory(True)\nif place not in (None, 2 ** 64 - 1):\n"
        + "    ctypes.memmove(place, kept, len(kept))\n",
        other_session_blind(
            _SYSV
            + "place = memory(False)\nif place not in (None, 2 ** 64 - 1):\n"
            + "    print(ctypes.string_at(place, 64))\n"
            + "libc.shmctl(libc.shmget(key, 4096, 0o666), 0, None)\n"
        ),
        knows=True,
    ),
    Attack(
        "kernel keys",
        "sessions",
        "to leave a key in a keyring of the kernel's to another session",
        "kernel",
        _KEYS + _LEAVE + 'print(libc.syscall(add, b"user", name, kept, len(kept), -4))\n',
        other_session_blind(
            _KEYS
            + 'number = libc.syscall(control, 10, -4, b"user", name, 0)\n'
            + "held = ctypes.create_string_buffer(100)\n"
            + "if number > 0 and libc.syscall(control, 11, number, held, 100) > 0:\n"
            + "    print(held.value)\n"
            + "libc.syscall(control, 21, number)\n"
        ),
        knows=True,
    ),
)
