"""The trusted process inside: makes mounts, starts what is asked for, reads what changed.

`bwrap` starts one per session, as the first process of its namespaces. It has the rights to mount
there and never runs a command of anybody's: each command, and the one shell, gets a nested
namespace of processes, mounts and IPC whose first process is ours too, and is itself in a user
namespace of its own, without rights, behind a system call filter. So nothing that a command can
reach shares a namespace with this process, and all of it dies with that first process.

Home is an overlay: the template read-only below, a bounded tmpfs above. Going back is a new tmpfs,
and what changed is what lies in the upper folder, read here without following a link while
everything else stands still.

The parent speaks to it over a socket, one packet each way (`link.py`). When the parent is gone, so
is the socket, this process, and with it everything. Only the standard library's smallest modules
are imported: the time to start is the user's, and this is the code that has to be right.
"""

# Paths are text: `pathlib` costs a tenth of the start.
# ruff: noqa: BLE001, PTH101, PTH102, PTH106, PTH108, PTH112, PTH114, PTH115, PTH116, PTH120, PTH208, PTH211

from __future__ import annotations

import _socket
import ctypes
import errno
import marshal
import os
import resource
import select
import stat
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterator
    from typing import Any, NoReturn
else:
    import _signal as signal

PRIVATE = "/.sandbox"
LOWER, SPACE, CODE = f"{PRIVATE}/lower", f"{PRIVATE}/space", f"{PRIVATE}/code"
TALK, EMPTY = f"{PRIVATE}/talk", "/mnt"
PYTHON = "/opt/python"
HOME = "/home/agent"
EPOCH = 1_704_067_200
"""When everything in a fresh home folder was last changed."""

CONTROL = 87
"""Where the shell finds its socket; below it, from 10 on, numbers are held free while it starts."""

_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC = 1, 2, 4, 8, 32, 4096, 16384
_PRIVATE = 1 << 18
_DETACH = 2
_IDMAP = 0x00100000
_NEWNS, _NEWUSER, _NEWPID, _NEWIPC = 0x20000, 0x10000000, 0x20000000, 0x08000000
_SYS_CLONE = {"x86_64": 56, "aarch64": 220}
_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 22, 24, 38
_DEPTH = 256

_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    words = [os.fsencode(word) for word in (source, target, kind)]
    _check(_libc.mount(*words, ctypes.c_ulong(flags), os.fsencode(data)), f"mount {target}")


def unmount(target: str) -> None:
    _check(_libc.umount2(os.fsencode(target), _DETACH), f"unmount {target}")


def clone(flags: int) -> int:
    """`fork` with namespaces; one process less than `unshare` and `fork`."""
    number = _SYS_CLONE[os.uname().machine]
    return _check(_libc.syscall(number, flags | signal.SIGCHLD, 0, 0, 0, 0), "clone")


def lend(place: str, outer: int) -> None:
    """Makes a folder of root's that is mounted at a place look like the commands' own.

    Not every file system can: its files are then as readable as they are to anybody.
    """
    tree = _libc.syscall(428, -100, os.fsencode(place), 0x80000 | 1)
    if tree < 0:
        return
    started, going = os.pipe()
    child = clone(_NEWUSER)
    if not child:
        os.close(going)
        os.read(started, 1)
        os._exit(0)
    os.close(started)
    try:
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{child}/{name}", "w") as file:
                file.write(f"0 {outer} 1")
        space = os.open(f"/proc/{child}/ns/user", os.O_RDONLY)
        wanted = (ctypes.c_uint64 * 4)(_IDMAP, 0, 0, space)
        if _libc.syscall(442, tree, b"", 0x1000, wanted, 32) == 0:
            _libc.syscall(429, tree, b"", -100, os.fsencode(place), 4)
        os.close(space)
    finally:
        os.close(going)
        os.close(tree)
        os.waitpid(child, 0)


class Home:
    """The mounts of a session: made, and made anew.

    Args:
        settings: of the session; see `launch.py`.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._made = False

    def make(self) -> None:
        """Mounts an empty space and the home folder over it, in place of what was there."""
        if self._made:
            for place in ("/dev/shm", "/tmp", HOME, SPACE):
                unmount(place)
        self._made = True
        own = self._settings
        size = f"size={own['disk_bytes']},nr_inodes={own['inodes']},mode=0755"
        mount("space", SPACE, "tmpfs", _NOSUID | _NODEV, size)
        for name, mode in (("upper", 0o755), ("work", 0o700), ("tmp", 0o1777), ("shm", 0o1777)):
            self._folder(f"{SPACE}/{name}", mode)
        self._copy_shared()
        os.utime(f"{SPACE}/upper", (EPOCH, EPOCH))
        layers = f"lowerdir={LOWER},upperdir={SPACE}/upper,workdir={SPACE}/work"
        options = "index=off,metacopy=off" + ("" if own["privileged"] else ",userxattr")
        mount("home", HOME, "overlay", _NOSUID | _NODEV, f"{layers},{options}")
        for name, place in (("tmp", "/tmp"), ("shm", "/dev/shm")):
            mount(f"{SPACE}/{name}", place, "", _BIND)

    def _folder(self, path: str, mode: int) -> None:
        os.mkdir(path)
        os.chown(path, *self._settings["owner"])
        os.chmod(path, mode)

    def _copy_shared(self) -> None:
        """Files with several names go into the upper folder: an overlay would part their names."""
        first: dict[int, str] = {}
        parents: list[tuple[str, str]] = []
        for name, group in self._settings["shared"]:
            below = ""
            for part in name.split(b"/")[:-1]:
                below += "/" + os.fsdecode(part)
                if not os.path.lexists(f"{SPACE}/upper{below}"):
                    found = os.stat(LOWER + below)
                    self._folder(f"{SPACE}/upper{below}", stat.S_IMODE(found.st_mode))
                    parents.append((LOWER + below, f"{SPACE}/upper{below}"))
            source = f"{LOWER}/{os.fsdecode(name)}"
            target = f"{SPACE}/upper/{os.fsdecode(name)}"
            if group in first:
                os.link(first[group], target, follow_symlinks=False)
                continue
            first[group] = target
            with open(source, "rb") as old, open(target, "xb") as new:
                while block := old.read(1 << 20):
                    new.write(block)
            os.chown(target, *self._settings["owner"])
            os.chmod(target, stat.S_IMODE(os.stat(source).st_mode))
            os.utime(target, (EPOCH, EPOCH))
        for _, target in reversed(parents):
            os.utime(target, (EPOCH, EPOCH))


class Started:
    """A nested namespace: its first process (ours) and what that one runs."""

    def __init__(self, pid: int, watch: int) -> None:
        self.pid = pid
        self.watch = watch


def enter(
    settings: dict[str, Any],
    limits: dict[str, int],
    run: Callable[[], None],
    keep: list[int],
    *,
    python: bool = False,
    talk: bool = False,
) -> Started:
    """Starts `run` in a nested namespace, without rights, with only `keep` open.

    Args:
        limits: of each process, by the name in `resource`.
        run: called in the new process with descriptors `keep` as 0, 1, …; it replaces the process
            or returns.
        python: the interpreter stays visible, and home and temporary files are fresh.
        talk: the folder for the shell's pipes is visible.
    """
    report_in, report_out = os.pipe()
    pid = clone(_NEWNS | _NEWPID | _NEWIPC)
    if pid:
        os.close(report_out)
        return Started(pid, report_in)
    try:
        _first_process(settings, limits, run, keep, report_out, python, talk)
    except BaseException as error:
        os.write(report_out, b"broken " + ascii(error).encode()[:1000])
    finally:
        # Whatever happens, there is only one supervisor.
        os._exit(125)


def _first_process(
    settings: dict[str, Any],
    limits: dict[str, int],
    run: Callable[[], None],
    keep: list[int],
    report: int,
    python: bool,
    talk: bool,
) -> NoReturn:
    """Process 1 of a nested namespace: starts the command, buries orphans, says how it ended."""
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    for number in range(1, 65):
        if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
            signal.signal(number, signal.SIG_DFL)
    numbers = [os.dup2(fd, 1000 + place, inheritable=True) for place, fd in enumerate(keep)]
    report = os.dup2(report, 1000 + len(keep), inheritable=False)
    os.closerange(0, 1000)
    os.closerange(report + 1, report + 64)
    os.open("/dev/null", os.O_RDWR)
    os.dup2(0, 1)
    os.dup2(0, 2)
    mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    if talk:
        mount(TALK, "/run", "", _BIND)
    # Covered, not unmounted: nobody in there may uncover it, and the kernel waits at an unmount.
    mount(EMPTY, PRIVATE, "", _BIND)
    if python:
        size = f"size={settings['disk_bytes']},nr_inodes={settings['inodes']}"
        uid, gid = settings["owner"]
        for folder in (HOME, "/tmp", "/dev/shm"):
            mount(
                "fresh", folder, "tmpfs", _NOSUID | _NODEV, f"{size},mode=0755,uid={uid},gid={gid}"
            )
    elif settings["python"]:
        mount(EMPTY, PYTHON, "", _BIND)
    ready_in, ready_out = os.pipe()
    child = clone(_NEWUSER if settings["nested_user"] else 0)
    if not child:
        try:
            os.close(ready_out)
            os.read(ready_in, 1)
            _drop_rights(settings, limits)
            _filter(settings["filter"])
        except BaseException as error:
            os.write(report, b"broken " + ascii(error).encode()[:1000])
            os._exit(125)
        for place, number in enumerate(numbers):
            os.dup2(number, place, inheritable=True)
        os.closerange(max(3, len(numbers)), 1000 + len(numbers) + 64)
        try:
            run()
        except BaseException as error:
            os.write(2, b"sandbox: " + ascii(error).encode() + b"\n")
        os._exit(125)
    for number in numbers:
        os.close(number)
    if settings["nested_user"]:
        inner, outer = settings["inner"], settings["owner"]
        for name, which in (("uid_map", 0), ("gid_map", 1)):
            with open(f"/proc/{child}/{name}", "w") as file:
                file.write(f"{inner[which]} {outer[which]} 1")
    try:
        with open(f"/proc/{child}/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        pass
    # Some of what can be written here is the whole machine's.
    mount("", "/proc", "", _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV | _NOEXEC)
    os.close(ready_in)
    os.write(ready_out, b"1")
    os.close(ready_out)
    while True:
        pid, status = os.wait()
        if pid == child:
            os.write(report, b"%d" % os.waitstatus_to_exitcode(status))
            os._exit(0)


def _drop_rights(settings: dict[str, Any], limits: dict[str, int]) -> None:
    """The command's process: nobody's rights, bounded, in a folder of its own."""
    os.chdir(HOME)
    os.umask(0o022)
    os.setsid()
    uid, gid = settings["inner"] if settings["nested_user"] else settings["owner"]
    if settings["privileged"]:
        os.setgroups([])
    for number in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0) < 0:
            break
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    _check(_libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0), "prctl")
    for name, bound in limits.items():
        kind = getattr(resource, name)
        hard = bound + 1 if name == "RLIMIT_CPU" else bound
        old = resource.getrlimit(kind)[1]
        if old != resource.RLIM_INFINITY:
            hard = min(hard, old)
        resource.setrlimit(kind, (min(bound, hard), hard))


def _filter(program: bytes) -> None:
    """No new rights from here on, and no calls that have been ways out."""
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")

    ready = _Program(len(program) // 8, program)
    _check(_libc.prctl(_PR_SET_SECCOMP, 2, ctypes.byref(ready), 0, 0), "seccomp")


def execute(words: list[bytes], env: dict[bytes, bytes]) -> None:
    """Becomes the command, or fails as a shell would."""
    path = env.get(b"PATH", b"/usr/bin")
    tried = (
        [words[0]]
        if b"/" in words[0]
        else [folder + b"/" + words[0] for folder in path.split(b":")]
    )
    status, reason = 127, b"command not found"
    for program in tried:
        try:
            os.execve(program, words, env)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                status, reason = 126, os.strerror(error.errno or 0).encode()
        except ValueError:
            reason = b"not a program's name"
    os.write(2, words[0] + b": " + reason + b"\n")
    os._exit(status)


def hold_numbers() -> None:
    """Fills the numbers below `CONTROL`, so that bash keeps its socket at that one."""
    for number in range(10, CONTROL):
        os.dup2(0, number, inheritable=True)


def members(namespace: int) -> Iterator[tuple[int, str]]:
    """Processes of the namespace whose first process is given, with what `status` says of them."""
    try:
        mine = os.readlink(f"/proc/{namespace}/ns/pid")
    except OSError:
        return
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                if os.readlink(f"/proc/{name}/ns/pid") == mine:
                    with open(f"/proc/{name}/status", errors="replace") as file:
                        yield int(name), file.read()
            except OSError:
                continue


def _field(text: str, name: str) -> str:
    return text.partition(f"\n{name}:")[2].partition("\n")[0].strip()


def strike(namespace: int, number: int) -> None:
    """Signals what a shell is waiting for: not the shell, and not the jobs in its background.

    A bash that is not typed at starts its background jobs with interrupts ignored.
    """
    for pid, text in members(namespace):
        inside = _field(text, "NSpid").split()[-1:]
        ignores = int(_field(text, "SigIgn") or "0", 16) & (1 << (signal.SIGINT - 1))
        if pid != namespace and inside != ["2"] and not ignores:
            try:
                os.kill(pid, number)
            except OSError:
                continue


def still(namespaces: list[int]) -> list[int]:
    """Stops every process of these namespaces; gives those that were running."""
    stopped: dict[int, None] = {}
    for _ in range(100):
        fresh = False
        for namespace in namespaces:
            for pid, text in members(namespace):
                state = _field(text, "State")[:1]
                if pid != namespace and pid not in stopped and state not in "TZX":
                    fresh = True
                    try:
                        os.kill(pid, signal.SIGSTOP)
                        stopped[pid] = None
                    except OSError:
                        continue
        if not fresh:
            break
    return list(stopped)


def go_on(pids: list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGCONT)
        except OSError:
            continue


class Reader:
    """Writes down what lies in the upper folder, into one file for the parent.

    Each record is a line (kind, mode, size, inode, whether its other content is hidden, digest,
    lengths of path and kept content), then the path and the content. Kinds are those of a tree;
    `w` is a name that was removed. Reading is bounded as a whole: files of holes cost us nothing to
    store and would cost minutes to read.
    """

    def __init__(self, out: int, limit: int, budget: int, opaque: str) -> None:
        self._out = out
        self._limit = limit
        self._budget = budget
        self._opaque = opaque

    def read(self, root: str) -> None:
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._walk(handle, b"", _DEPTH)
        finally:
            os.close(handle)

    def _record(
        self,
        kind: str,
        path: bytes,
        found: os.stat_result,
        content: bytes = b"",
        digest: str = "-",
        hides: bool = False,
    ) -> None:
        inode = found.st_ino if kind in "fls" and found.st_nlink > 1 else 0
        line = (
            f"{kind} {stat.S_IMODE(found.st_mode)} {found.st_size} {inode} {int(hides)} {digest} "
            f"{len(path)} {len(content)}\n"
        )
        data = memoryview(line.encode() + path + content)
        while data:
            data = data[os.write(self._out, data) :]

    def _walk(self, handle: int, above: bytes, depth: int) -> None:
        for name in sorted(os.fsencode(name) for name in os.listdir(handle)):
            found = os.stat(name, dir_fd=handle, follow_symlinks=False)
            path = above + name
            if stat.S_ISDIR(found.st_mode):
                if depth <= 0:
                    self._record("s", path, found)
                    continue
                flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
                below = os.open(name, flags, dir_fd=handle)
                try:
                    try:
                        hides = os.getxattr(below, self._opaque) == b"y"
                    except OSError:
                        hides = False
                    self._record("d", path, found, hides=hides)
                    self._walk(below, path + b"/", depth - 1)
                finally:
                    os.close(below)
            elif stat.S_ISLNK(found.st_mode):
                target = os.fsencode(os.readlink(name, dir_fd=handle))
                self._record("l", path, found, target)
            elif stat.S_ISREG(found.st_mode):
                content, digest = self._content(handle, name, found.st_size)
                self._record("f", path, found, content, digest)
            elif stat.S_ISCHR(found.st_mode) and found.st_rdev == 0:
                self._record("w", path, found)
            else:
                self._record("s", path, found)

    def _content(self, handle: int, name: bytes, size: int) -> tuple[bytes, str]:
        from _blake2 import blake2b

        if size > self._budget:
            return b"", f"unread{size}"
        self._budget -= size
        total = blake2b(digest_size=16)
        kept = b""
        with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=handle), "rb") as file:
            while block := file.read(1 << 20):
                total.update(block)
                if len(kept) < self._limit:
                    kept += block[: self._limit - len(kept)]
        return kept, total.hexdigest()


def write_tree(entries: int, owner: tuple[int, int]) -> None:
    """Brings the home folder from its start to a snapshot, by what differs.

    Nothing runs in the session meanwhile, and names are given parents first, so no link can be in
    the way. A removed name comes with kind `w`.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    made: dict[int, str] = {}
    after: dict[str, int] = {}
    with open(entries, "rb") as file:
        while line := file.readline():
            kind, mode, group, name_length, length = line.split()
            path = f"{HOME}/{os.fsdecode(file.read(int(name_length)))}"
            content = file.read(int(length))
            if kind == b"w":
                _remove(path)
                above = os.path.dirname(path)
                if os.path.isdir(above):
                    after.setdefault(above, stat.S_IMODE(os.stat(above).st_mode))
                continue
            if kind == b"d":
                if os.path.islink(path) or not os.path.isdir(path):
                    _remove(path)
                    os.mkdir(path)
                    os.chown(path, *owner)
                # Its own mode and time come last: what is put into it changes them.
                after[path] = int(mode)
                continue
            _remove(path)
            if int(group) and int(group) in made:
                os.link(made[int(group)], path, follow_symlinks=False)
                continue
            made[int(group)] = path
            if kind == b"l":
                os.symlink(os.fsdecode(content), path)
            elif kind == b"s":
                os.mkfifo(path)
            else:
                with open(os.open(path, flags, 0o600), "wb") as new:
                    new.write(content)
            os.chown(path, *owner, follow_symlinks=False)
            if kind != b"l":
                os.chmod(path, int(mode))
            os.utime(path, (EPOCH, EPOCH), follow_symlinks=False)
            above = os.path.dirname(path)
            after.setdefault(above, stat.S_IMODE(os.stat(above).st_mode))
    for path in sorted(after, reverse=True):
        os.chmod(path, after[path])
        os.utime(path, (EPOCH, EPOCH))


def _remove(path: str) -> None:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(found.st_mode):
        os.unlink(path)
        return
    for name in os.listdir(path):
        _remove(f"{path}/{name}")
    os.rmdir(path)


class Supervisor:
    """Answers the parent's requests, one at a time; says when what it started has ended."""

    def __init__(self, link: _socket.socket) -> None:
        self._link = link
        self._settings: dict[str, Any] = {}
        self._home: Home | None = None
        self._talking = False
        self._started: dict[int, Started] = {}

    def serve(self) -> NoReturn:
        self._say(b"hello")
        while True:
            poll = select.poll()
            poll.register(self._link.fileno(), select.POLLIN)
            for started in self._started.values():
                poll.register(started.watch, select.POLLIN)
            ready = {number for number, _ in poll.poll()}
            for key, started in list(self._started.items()):
                if started.watch in ready:
                    self._ended(key)
            if self._link.fileno() in ready:
                self._request()

    def _say(self, text: bytes, descriptors: tuple[int, ...] = ()) -> None:
        extra = []
        if descriptors:
            packed = b"".join(number.to_bytes(4, sys.byteorder) for number in descriptors)
            extra = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, packed)]
        try:
            self._link.sendmsg([text], extra, _socket.MSG_NOSIGNAL)
        except OSError:
            os._exit(0)

    def _request(self) -> None:
        space = _socket.CMSG_SPACE(8 * 4)
        data, extra, _, _ = self._link.recvmsg(1 << 18, space, _socket.MSG_CMSG_CLOEXEC)
        if not data:
            os._exit(0)
        given: list[int] = []
        for _, _, packed in extra:
            step = range(0, len(packed), 4)
            given += [int.from_bytes(packed[at : at + 4], sys.byteorder) for at in step]
        try:
            name, *arguments = marshal.loads(data)
            getattr(self, f"do_{name}")(given, *arguments)
        except OSError as error:
            text = os.fsencode(error.strerror or str(error))[:1000]
            self._say(b"failed %d %s" % (error.errno or 0, text))
        finally:
            for number in given:
                os.close(number)

    def do_begin(self, given: list[int], settings: dict[str, Any]) -> None:
        """Settings of the session, once; then its home."""
        self._settings = settings
        try:
            with open("/proc/self/oom_score_adj", "w") as file:
                file.write("-1000" if settings["privileged"] else "0")
        except OSError:
            pass
        mount("", "/", "", _PRIVATE | _REC)
        for module in ("program", *settings["modules"]) if settings["modules"] else ():
            try:
                __import__(module)
            except ImportError:
                continue
        if settings["privileged"]:
            for place in settings["lent"]:
                lend(place, settings["owner"][0])
        self._home = Home(settings)
        self._home.make()
        self._say(b"done")

    def do_start(
        self,
        given: list[int],
        key: int,
        words: list[bytes],
        env: dict[bytes, bytes],
        limits: dict[str, int],
        shell: bool,
    ) -> None:
        """A command: descriptors given become 0, 1, 2, …; the shell's fourth is its socket."""

        def run() -> None:
            if shell:
                hold_numbers()
            execute(words, env)

        if shell:
            # Each shell's own: whatever the last one did to its folder or to the disk.
            if self._talking:
                unmount(TALK)
            mount(
                "talk",
                TALK,
                "tmpfs",
                _NOSUID | _NODEV | _NOEXEC,
                "size=64k,nr_inodes=512,mode=0711",
            )
            self._talking = True
        self._started[key] = enter(self._settings, limits, run, given, talk=shell)
        if shell:
            handle = os.open(TALK, os.O_RDONLY | os.O_DIRECTORY)
            self._say(b"done", (handle,))
            os.close(handle)
        else:
            self._say(b"done")

    def do_run(
        self, given: list[int], key: int, env: dict[bytes, bytes], limits: dict[str, int]
    ) -> None:
        """A run in fresh folders; the fourth descriptor is its own description (`program.py`)."""

        def run() -> None:
            sys.modules["program"].run(3, env, execute)

        self._started[key] = enter(self._settings, limits, run, given, python=True)
        self._say(b"done")

    def do_strike(self, given: list[int], key: int, number: int) -> None:
        if key in self._started:
            strike(self._started[key].pid, number)
        self._say(b"done")

    def do_kill(self, given: list[int], key: int) -> None:
        """Ends a namespace; that it has ended is said as ever."""
        if key in self._started:
            os.kill(self._started[key].pid, signal.SIGKILL)
        self._say(b"done")

    def _ended(self, key: int) -> None:
        """Says how it ended: status (None: with its namespace), processor time, largest process."""
        started = self._started.pop(key)
        text = os.read(started.watch, 2000) or b"none"
        os.close(started.watch)
        _, _, usage = os.wait4(started.pid, 0)
        cpu = int(1e6 * (usage.ru_utime + usage.ru_stime))
        self._say(b"ended %d %d %d %s" % (key, cpu, usage.ru_maxrss, text))

    def do_reset(self, given: list[int]) -> None:
        """Ends everything and starts from the template, or from a snapshot it is given."""
        for started in self._started.values():
            os.kill(started.pid, signal.SIGKILL)
        for started in self._started.values():
            os.waitpid(started.pid, 0)
            os.close(started.watch)
        self._started.clear()
        assert self._home is not None
        self._home.make()
        if given:
            write_tree(os.dup(given[0]), self._settings["owner"])
        self._say(b"done")

    def do_read(self, given: list[int], limit: int, budget: int) -> None:
        """Writes what changed into the file given, with everything standing still."""
        opaque = "trusted" if self._settings["privileged"] else "user"
        held = still([started.pid for started in self._started.values()])
        try:
            Reader(given[0], limit, budget, f"{opaque}.overlay.opaque").read(f"{SPACE}/upper")
        finally:
            go_on(held)
        self._say(b"done")

    def do_root(self, given: list[int]) -> None:
        """Hands the home folder to the parent, which looks below it without leaving it."""
        handle = os.open(HOME, os.O_RDONLY | os.O_DIRECTORY)
        self._say(b"done", (handle,))
        os.close(handle)


def main(link: int) -> NoReturn:
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # A low number, whatever the parent's is: nothing that is started keeps one below 1000.
    number = os.dup(link)
    os.close(link)
    Supervisor(_socket.socket(fileno=number)).serve()
