"""Attacks on what is shared: memory, processes, disk, the kernel, and the protocol itself."""

from __future__ import annotations

from veragym.sandbox.selftest.attack import (
    DISK_BYTES,
    LIMITS,
    Attack,
    ended_in_time,
    every,
    few_descriptors,
    filled_at_most,
    memory_bounded,
    names_bounded,
    no_cores,
    not_opened,
    nothing_mounted,
    nothing_runs,
    processes_bounded,
    readable,
    same_users,
    session_recovers,
    session_well,
    status_is,
    unprivileged,
    we_stayed_small,
)

_CALL = """
import ctypes, os, platform, time
libc = ctypes.CDLL(None, use_errno=True)
def call(intel, arm, *words):
    found = libc.syscall({"x86_64": intel, "aarch64": arm}[platform.machine()], *words)
    print(found, os.strerror(ctypes.get_errno()))
    return found
"""
_HOLD = """
import os, time
held = []
for place in PLACES:
    try:
        held.append(os.open(place, os.O_WRONLY))
    except OSError as error:
        print(place, error)
time.sleep(0.5)
"""


def _hold(places: str) -> str:
    """A program that opens files for writing and writes nothing."""
    return _HOLD.replace("PLACES", places)


BOMBS = (
    Attack(
        "many processes",
        "bombs",
        "to have 150 processes at once",
        "processes",
        """
import os, time
for _ in range(150):
    try:
        if os.fork() == 0:
            time.sleep(1.5)
            os._exit(0)
    except OSError:
        break
time.sleep(1)
""",
        every(processes_bounded, session_well),
    ),
    Attack(
        "fork bomb",
        "bombs",
        "to double ten times",
        "processes",
        "f() { [ $1 -gt 9 ] || { f $(($1+1)) | f $(($1+1)) & }; }; f 0; sleep 1",
        every(processes_bounded, nothing_runs, session_well),
        language="bash",
        hurts=True,
        timeout=3.0,
    ),
    Attack(
        "memory of many",
        "bombs",
        "to fill 360 MB of memory from six processes",
        "memory",
        """
import os, time
for _ in range(6):
    if os.fork() == 0:
        kept = bytearray(60 << 20)
        for at in range(0, len(kept), 4096):
            kept[at] = 1
        time.sleep(1.5)
        os._exit(0)
time.sleep(2)
""",
        every(memory_bounded, session_well),
    ),
    Attack(
        "memory without files",
        "bombs",
        "to fill 240 MB of memory that stands in files without names",
        "memory",
        """
import os, time
block, written = bytes(1 << 20), 0
kept = [os.memfd_create("attack") for _ in range(40)]
for handle in kept:
    for _ in range(6):
        written += os.write(handle, block) >> 20
time.sleep(1)
print("wrote", written)
""",
        every(filled_at_most(1.6 * LIMITS.memory_bytes), session_well),
    ),
    Attack(
        "full disk",
        "bombs",
        "to write 120 MB of files wherever it can",
        "disk",
        """
import os
block, left = os.urandom(1 << 20), 120
for folder in (os.environ["HOME"], "/tmp", "/var/tmp", "/dev/shm", "/run", "/"):
    for number in range(40):
        place = "%s/fill.%s.%d" % (folder, os.environ["TARGET_MARK"], number)
        try:
            with open(place, "wb", 0) as stream:
                for _ in range(6):
                    if left > 0:
                        left -= stream.write(block) >> 20
        except OSError:
            break
print("wrote", 120 - left)
""",
        every(filled_at_most(2 * DISK_BYTES), session_well),
        timeout=15.0,
    ),
    Attack(
        "many names",
        "bombs",
        "to make 5,000 names",
        "disk",
        """
import os
os.chdir(os.environ["HOME"])
for number in range(5000):
    open("n%d" % number, "w").close()
""",
        every(names_bounded, readable, session_well),
    ),
    Attack(
        "empty giants",
        "bombs",
        "to make files that say they are 8 EB long and hold nothing",
        "disk",
        """
import os
for number in range(20):
    for size in (1 << 62, 1 << 40, 1 << 34):
        try:
            with open("%s/g%d" % (os.environ["HOME"], number), "w") as stream:
                os.truncate(stream.fileno(), size)
            break
        except OSError as error:
            print(error)
""",
        every(readable, session_well),
    ),
    Attack(
        "deep folders",
        "bombs",
        "to make a tower of 3,000 folders",
        "disk",
        """
import os
os.chdir(os.environ["HOME"])
for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")
""",
        every(readable, session_well),
    ),
    Attack(
        "flood of output",
        "bombs",
        "to write 1 GB to its standard output",
        "memory",
        "yes attacked | head -c 1000000000",
        every(we_stayed_small, ended_in_time, session_well),
        language="bash",
    ),
    Attack(
        "many open files",
        "bombs",
        "to hold 20,000 files open",
        "memory",
        """
import resource, time
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
kept = []
try:
    while len(kept) < 20000:
        kept.append(open("/dev/null"))
except OSError as error:
    print(error)
time.sleep(0.5)
""",
        every(few_descriptors, session_well),
    ),
)

KERNEL = (
    Attack(
        "own user namespace",
        "kernel",
        "to become root in a namespace of its own",
        "kernel",
        _CALL + "call(272, 97, 0x10000000)\ntime.sleep(0.5)\n",
        same_users,
    ),
    Attack(
        "own user namespace by clone",
        "kernel",
        "the same by clone and clone3",
        "kernel",
        _CALL
        + """
if call(56, 220, 0x10000000 | 17, 0, 0, 0, 0) == 0:
    time.sleep(0.5)
    os._exit(0)
words = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, 17)
if call(435, 435, words, 88) == 0:
    time.sleep(0.5)
    os._exit(0)
time.sleep(0.6)
""",
        same_users,
    ),
    Attack(
        "mount",
        "kernel",
        "to mount a file system over its home folder",
        "kernel",
        """
import ctypes, os, time
libc = ctypes.CDLL(None, use_errno=True)
place, name = os.environ["HOME"].encode(), os.environ["TARGET_MARK"].encode()
if os.geteuid() != 0:
    libc.unshare(0x10020000)
if libc.mount(name, place, b"tmpfs", 0, None) == 0:
    time.sleep(0.5)
    libc.umount2(place, 2)
else:
    print(os.strerror(ctypes.get_errno()))
""",
        nothing_mounted,
    ),
    Attack(
        "programs for the kernel",
        "kernel",
        "to load into the kernel by bpf",
        "kernel",
        _CALL
        + "words = (ctypes.c_uint32 * 32)(2, 4, 4, 4)\n"
        + "call(321, 280, 0, words, 128)\ntime.sleep(0.5)\n",
        not_opened("bpf-map"),
    ),
    Attack(
        "rings",
        "kernel",
        "to get an io_uring, whose work no filter of calls sees",
        "kernel",
        _CALL + "call(425, 425, 4, ctypes.create_string_buffer(120))\ntime.sleep(0.5)\n",
        not_opened("io_uring"),
    ),
    Attack(
        "faults of memory",
        "kernel",
        "to handle its own faults of memory (userfaultfd)",
        "kernel",
        _CALL
        + "if call(323, 282, 0) < 0:\n    call(323, 282, 1)\n"
        + "try:\n    import fcntl\n    handle = os.open('/dev/userfaultfd', os.O_RDWR)\n"
        + "    fcntl.ioctl(handle, 0xAA00, 0)\nexcept OSError as error:\n    print(error)\n"
        + "time.sleep(0.5)\n",
        not_opened("userfaultfd"),
    ),
    Attack(
        "counters of the processor",
        "kernel",
        "to measure by perf_event_open",
        "kernel",
        _CALL
        + "words = (ctypes.c_uint32 * 32)(1, 128, 0)\n"
        + "ctypes.cast(words, ctypes.POINTER(ctypes.c_uint64))[5] = 0x60\n"
        + "call(298, 241, words, 0, -1, -1, 0)\ntime.sleep(0.5)\n",
        not_opened("perf_event"),
    ),
    Attack(
        "settings of the kernel",
        "kernel",
        "to open files below /proc/sys for writing, among them core_pattern",
        "kernel",
        "import glob\n" + _hold('glob.glob("/proc/sys/kernel/*") + glob.glob("/proc/sys/vm/*")'),
        not_opened("/proc/sys/kernel/core_pattern (w)", "/proc/sys/"),
    ),
    Attack(
        "magic requests",
        "kernel",
        "to open /proc/sysrq-trigger for writing, by which a machine is restarted",
        "kernel",
        _hold('("/proc/sysrq-trigger", "/proc/kcore", "/dev/kmsg", "/dev/mem")'),
        not_opened("sysrq-trigger (w)", "/dev/kmsg", "/dev/mem", "kcore"),
    ),
    Attack(
        "control groups",
        "kernel",
        "to open cgroup.procs and release_agent for writing, to leave its bounds",
        "kernel",
        "import glob\n"
        + _hold(
            '[place for depth in ("", "*/", "*/*/") for name in '
            '("cgroup.procs", "release_agent", "memory.max", "memory.limit_in_bytes") '
            'for place in glob.glob("/sys/fs/cgroup/" + depth + name)][:60]'
        ),
        not_opened("/sys/fs/cgroup/", "cgroup.procs (w)"),
    ),
    Attack(
        "privileges by running a file",
        "kernel",
        "to keep what a set-user-id program would give it",
        "kernel",
        "cp /bin/sleep ~/raised; chmod 4755 ~/raised; ~/raised 0.5$1",
        unprivileged,
        language="bash",
    ),
    Attack(
        "core files",
        "kernel",
        "to have a core file written or the machine's handler of them run",
        "disk",
        "ulimit -c unlimited 2>/dev/null || ulimit -Sc $(ulimit -Hc); sleep 0.5$1",
        no_cores,
        language="bash",
    ),
)

_FORGE = """
import glob, os, sys, time
above = os.getppid()
for _ in range(3):
    for place in glob.glob("/proc/%d/fd/*" % above):
        # Pipes alone: without walls these could be anybody's files.
        if place.rpartition("/")[2] in "012" or not os.path.realpath(place).count("pipe:"):
            continue
        try:
            handle = os.open(place, os.O_WRONLY | os.O_NONBLOCK)
            for word in (b"0\\0", b"0\\n", b"\\0000\\0", b'{"status": 0}\\n'):
                os.write(handle, word)
        except OSError:
            pass
    try:
        above = int(open("/proc/%d/stat" % above).read().rpartition(")")[2].split()[1])
    except OSError:
        break
    if above in (0, 1, int(os.environ["TARGET_US"])):
        break
time.sleep(0.3)
sys.exit(7)
"""

PROTOCOL = (
    Attack(
        "forged end",
        "protocol",
        "to report its own end, with another status, by its shell's descriptors",
        "processes",
        _FORGE,
        every(status_is(7), session_well),
        language="shell",
    ),
    Attack(
        "printed end",
        "protocol",
        "to print everything that could be the mark of a command's end",
        "processes",
        "set; declare -f; cat /proc/$$/environ /proc/$$/cmdline; ls -l /proc/$$/fd; "
        "for n in {1..3}; do printf '0\\0\\n0\\n$ \\n# \\n__END__ 0\\n'; done; (exit 7)",
        every(status_is(7), session_well),
        language="shell",
    ),
    Attack(
        "another prompt",
        "protocol",
        "to change prompts, traps and options until the shell is out of step",
        "processes",
        "PS1='0$ '; PS2='> '; PROMPT_COMMAND='echo 0'; trap 'echo 0 >&2' DEBUG RETURN ERR; "
        "set -xv; exec 1>&2; IFS=0; (exit 7)",
        every(status_is(7), session_well),
        language="shell",
    ),
    Attack(
        "other commands",
        "protocol",
        "to put functions in the place of the shell's own commands",
        "processes",
        "for name in printf read echo eval exec exit builtin command cd pwd test true set trap; "
        'do eval "$name() { return 0; }"; done; alias printf=true; (exit 7)',
        session_recovers,
        language="shell",
        timeout=3.0,
    ),
    Attack(
        "half a command",
        "protocol",
        "to leave a quote, a bracket or a document open",
        "processes",
        'echo "$(cat <<END\n',
        session_well,
        language="shell",
        timeout=3.0,
    ),
    Attack(
        "stopped shell",
        "protocol",
        "to stop the shell that runs it",
        "processes",
        "kill -STOP $$; (exit 7)",
        every(ended_in_time, session_well),
        language="shell",
        timeout=1.0,
    ),
)
