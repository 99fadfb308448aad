"""One session behind Landlock: a folder of this machine, and a launcher that starts its commands.

The folder lies under the system's temporary folder and is gone with the session: the launcher
removes it when its socket closes, however this process ends. Where the launcher was killed as well,
the next session's `sweep` finds the folder by the number and start time in its name, unlocked.

Everything here that touches the folder while commands may run in it opens names one by one, without
following links (`beneath`, `read_folder`).
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import fcntl
import json
import math
import os
import pwd
import resource
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from veragym.sandbox import cgroup, landlock, seccomp
from veragym.sandbox.beneath import get_beneath, put_beneath
from veragym.sandbox.closing import Closing
from veragym.sandbox.interface import RunnerUnavailable, RunResult
from veragym.sandbox.landlock_bash import LandlockBash
from veragym.sandbox.session import HOME, SandboxSpec, SessionClosed, ShellResult, Snapshot
from veragym.sandbox.tree import Change, Tree, changes, read_folder

_PATH = "/usr/local/bin:/usr/bin:/bin"
_USERS = range(59_000, 60_000)
_LAUNCHER = Path(__file__).with_name("landlock_launcher.py")
_ANSWER_S = 30.0
"""How long the launcher may take to answer on a machine under load."""
_OWN_MEMORY = 64 << 20
"""Room for the launcher while it starts: it is a member of the session's control group."""
_KEEPER_MEMORY = 4 << 20
"""Room for the keepers of the shell and of a command, which are as well."""
_OWN_PROCESSES = 3
_NULL = b"sandbox: a command cannot hold a null byte\n"
_FULL = b"sandbox: no other process can be started; end some that run in the shell\n"
_ROOT = b"\0root\0"
"""Stands in a snapshot for the session's folder, which differs from session to session."""
_NOTES = {
    "disk": b"\nsandbox: the disk bound was passed and the command was ended\n",
    "processes": b"\nsandbox: too many processes were started and the command was ended\n",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, as its keeper tells.

    Attributes:
        status: exit status, or minus the signal.
        why: `asked`, `cpu`, `memory`, `processes` or `disk` if the keeper ended it; else empty.
        cpu: processor seconds of all it started.
        peak: bytes of memory.
    """

    status: int
    why: str
    cpu: float
    peak: int


class Full(RunnerUnavailable):
    """What runs in the session leaves no process for another command: its own doing."""


class Started:
    """A command that runs, seen through its keeper's socket."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self._heard = b""
        self.pid = int(self._answer("pid")["pid"])

    def tell(self, order: bytes) -> None:
        # One that has ended needs no orders.
        with contextlib.suppress(OSError):
            self.line.sendall(order)

    def ended(self) -> Ended:
        """Waits for the end.

        Raises:
            RunnerUnavailable: the keeper is gone, or something could not be ended.
        """
        answer = self._answer("status")
        if not answer["dead"]:
            raise RunnerUnavailable("a process of the command could not be ended")
        return Ended(answer["status"] or 0, answer["why"], answer["cpu"], answer["peak"])

    def hold(self, still: bool) -> None:
        """Halts everything of the command, or lets it go on; returns when it is so."""
        self.tell(b"s" if still else b"g")
        with contextlib.suppress(RunnerUnavailable):
            self._answer("still")

    def close(self) -> None:
        """Ends the command, if it runs."""
        self.line.close()

    def _answer(self, key: str) -> dict[str, Any]:
        self.line.settimeout(_ANSWER_S)
        while True:
            whole, newline, rest = self._heard.partition(b"\n")
            if newline:
                self._heard = rest
                answer: dict[str, Any] = json.loads(whole)
                if "failed" in answer:
                    raise RunnerUnavailable(f"a wall could not be put up: {answer['failed']}")
                if "full" in answer:
                    raise Full("as many processes run in the session as may")
                if key in answer:
                    return answer
                if key == "still" and "status" in answer:
                    # It ended meanwhile; whoever waits for that must hear it.
                    self._heard = whole + newline + rest
                    return answer
                continue
            try:
                block = self.line.recv(65_536)
            except OSError as error:
                raise RunnerUnavailable(f"the launcher does not answer: {error}") from error
            if not block:
                raise RunnerUnavailable("the keeper of a command is gone")
            self._heard += block


class LandlockSession(Closing):
    """See `Session`.

    Attributes:
        home: where the home folder is on this machine, and for the commands.
    """

    def __init__(self, spec: SandboxSpec, abi: int, *, proc: bool) -> None:
        for inside, outside in spec.folders.items():
            if inside != outside:
                raise RunnerUnavailable(
                    f"Landlock cannot show {outside!r} at {inside!r}, only where it is; name the "
                    "same path twice, or use bubblewrap"
                )
        self.spec = spec
        self._closed = False
        self._process = os.getpid()
        self._shell: LandlockBash | None = None
        self._launcher: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._group: cgroup.Cgroup | None = None
        self._base_memory = 0
        self._held: list[Any] = []
        self._user: int | None = None
        try:
            self._open(abi, proc)
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise RunnerUnavailable(f"no session could be made: {error}") from error
            raise
        _OPEN.add(self)

    def _open(self, abi: int, proc: bool) -> None:
        spec = self.spec
        if landlock.can_change_user():
            self._user, lock = _free_user()
            self._held.append(lock)
        self._root, lock = _new_root(self._user)
        self._held.append(lock)
        self._home, self._temporary = self._root / "home", self._root / "tmp"
        self._between = self._root / "shell"
        for folder in (self._home, self._temporary, self._between):
            folder.mkdir(mode=0o711)
        self.home = str(self._home)
        groups = cgroup.available()
        if self._user is None and os.geteuid() == 0 and not groups.processes:
            # The kernel's bound by user does not hold for root, and a watch comes too late.
            raise RunnerUnavailable(
                "the number of processes cannot be bounded: this process is root without the right "
                f"to change to another user, and {groups.reason}. Run as an ordinary user, or with "
                "the capabilities CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID and SETUID"
            )
        if groups.usable:
            self._group = cgroup.Cgroup.create(
                "session",
                memory_bytes=int(spec.limits.memory_bytes) + _OWN_MEMORY,
                processes=int(spec.limits.processes) + _OWN_PROCESSES,
                support=groups,
            )
        self._fill(spec.files)
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            # The locks outlive us in the launcher, until it has tidied up.
            self._launcher = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LAUNCHER)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                pass_fds=[handle.fileno() for handle in self._held],
                start_new_session=True,
            )
        if self._group is not None:
            self._group.add(self._launcher.pid)
        files, network, scopes = landlock.handled(abi)
        config = {
            "handled": [files, network, scopes],
            "ruleset_size": 24 if abi >= 6 else 16 if abi >= 4 else 8,
            "file_access": landlock.FILE_ACCESS,
            "restrict_flags": landlock.QUIET if abi >= 7 else 0,
            "rules": landlock.rules(
                abi,
                tuple(spec.folders),
                (self.home, str(self._temporary)),
                str(self._between),
                proc=proc,
            ),
            "seccomp": seccomp.filter_program(families=(), ipc=False).hex(),
            "root": str(self._root),
            "home": self.home,
            "uid": self._user,
            "gid": self._user,
            "cgroup": self._group is not None,
            "groups": sorted({str(f) for f in self._group.folders.values()} if self._group else ()),
            "disk": spec.disk_bytes,
            "inodes": spec.inodes,
        }
        with _sealed(json.dumps(config).encode()) as handle:
            socket.send_fds(self._line, [b"c"], [handle])
        self._line.settimeout(_ANSWER_S)
        try:
            answer = json.loads(self._line.recv(65_536) or b'{"failed": "it ended"}')
        except TimeoutError as error:
            raise RunnerUnavailable("the launcher of a session does not start") from error
        if "failed" in answer:
            raise RunnerUnavailable(f"no walls can be made: {answer['failed']}")
        if self._group is not None:
            # What the launcher takes by itself is not the commands'.
            self._group.forget_peak()
            self._base_memory = self._group.usage()[1] or 0
            self._group.bound_memory(
                self._base_memory + int(spec.limits.memory_bytes) + _KEEPER_MEMORY
            )

    def exec(
        self,
        command: str | Sequence[str],
        *,
        timeout: float | None = None,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> RunResult:
        """See `Session.exec`."""
        self._check()
        words = ("bash", "-c", command) if isinstance(command, str) else tuple(command)
        if any("\0" in word for word in words):
            return RunResult(b"", _NULL, 2)
        if self._group is not None:
            self._group.forget_peak()
            lost = self._group.usage()[2]
        limits = self.spec.limits
        wall = limits.wall_seconds if timeout is None else timeout
        out, out_end = os.pipe()
        err, err_end = os.pipe()
        try:
            try:
                with _sealed(stdin) as given:
                    started = self.start(
                        words, [given, out_end, err_end], [0, 1, 2], {**(env or {})},
                        cpu=limits.cpu_seconds,
                    )  # fmt: skip
            except Full:
                return RunResult(b"", _FULL, 126)
            finally:
                os.close(out_end)
                os.close(err_end)
            with contextlib.closing(started):
                texts, cut, late = _pump(started, out, err, int(limits.output_bytes), wall)
                ended = started.ended()
        finally:
            os.close(out)
            os.close(err)
        peak, kills = ended.peak, 0
        if self._group is not None:
            _, most, now = self._group.usage()
            peak = max(0, most - self._base_memory) if most is not None else peak
            kills = now - lost
        status, number = (ended.status, None) if ended.status >= 0 else (None, -ended.status)
        failed = ended.status != 0
        spent = number in (9, 24) and ended.cpu >= 0.9 * limits.cpu_seconds
        note = _NOTES.get(ended.why, b"")
        texts[1] = texts[1][: max(0, int(limits.output_bytes) - len(note))] + note
        return RunResult(
            texts[0],
            texts[1],
            exit_status=status,
            signal=number,
            timed_out=late or ended.why == "cpu" or (spent and not ended.why),
            out_of_memory=ended.why == "memory" or (kills > 0 and failed),
            truncated=cut,
            cpu_seconds=ended.cpu,
            peak_memory=peak,
        )

    def start(
        self,
        words: Sequence[str],
        descriptors: Sequence[int],
        places: Sequence[int],
        env: Mapping[str, str],
        *,
        cpu: float | None,
    ) -> Started:
        """Starts a command with these descriptors at these numbers, and no others.

        Args:
            cpu: processor seconds of all it starts; None for no bound.
        Raises:
            Full: the session's processes are used up.
            RunnerUnavailable: the launcher is gone, or a wall could not be put up.
        """
        assert self._line is not None
        run = {
            "argv": [_plain(word) for word in words],
            "env": {name: _plain(value) for name, value in {**self._env(), **env}.items()},
            "places": list(places),
            "rlimits": self._bounds(cpu),
            "bounds": {
                "cpu": cpu or 0,
                "memory": int(self.spec.limits.memory_bytes),
                "processes": int(self.spec.limits.processes),
            },
        }
        ours, theirs = socket.socketpair()
        try:
            with theirs, _sealed(json.dumps(run).encode()) as handle:
                socket.send_fds(self._line, [b"r"], [handle, theirs.fileno(), *descriptors])
            return Started(ours)
        except OSError as error:
            ours.close()
            raise RunnerUnavailable(f"the session's launcher is gone: {error}") from error
        except BaseException:
            ours.close()
            raise

    def _bounds(self, cpu: float | None) -> dict[str, int]:
        limits = self.spec.limits
        bounds = {
            "RLIMIT_CORE": 0,
            "RLIMIT_FSIZE": int(limits.file_bytes),
            "RLIMIT_NOFILE": 1_024,
            "RLIMIT_MEMLOCK": 64 << 10,
            "RLIMIT_MSGQUEUE": 0,
        }
        if cpu is not None:
            # The keeper counts all processes together; this is for a keeper that is held up.
            bounds["RLIMIT_CPU"] = math.ceil(cpu) + 1
        if self._user is not None:
            bounds["RLIMIT_NPROC"] = int(limits.processes)
        elif self._group is None:
            bounds["RLIMIT_NPROC"] = _threads_of(os.getuid()) + int(limits.processes)
        if self._group is None:
            bounds["RLIMIT_DATA"] = int(limits.memory_bytes)
        for name, value in bounds.items():
            hard = resource.getrlimit(getattr(resource, name))[1]
            if hard != resource.RLIM_INFINITY:
                bounds[name] = min(value, hard)
        return bounds

    def shell(self, command: str, *, timeout: float | None = None) -> ShellResult:
        """See `Session.shell`."""
        self._check()
        lost = 0
        if self._group is not None:
            self._group.forget_peak()
            lost = self._group.usage()[2]
        if self._shell is None:
            self._shell = self._new_shell()
        wall = self.spec.limits.wall_seconds if timeout is None else timeout
        result = self._shell.run(command, wall)
        error = result.stderr
        why = ""
        if result.replaced:
            self._shell.close()
            why = self._shell.ended_by
            self._shell = None
            note = _NOTES.get(why, b"")
            error = error[: max(0, int(self.spec.limits.output_bytes) - len(note))] + note
        peak, kills = result.peak_memory, 0
        if self._group is not None:
            _, most, now = self._group.usage()
            peak = None if most is None else max(0, most - self._base_memory)
            kills = now - lost
        cwd = result.cwd
        if cwd == self.home or cwd.startswith(self.home + "/"):
            cwd = HOME + cwd[len(self.home) :]
        return dataclasses.replace(
            result,
            stderr=error,
            cwd=cwd,
            out_of_memory=why == "memory" or (kills > 0 and result.exit_status != 0),
            peak_memory=peak,
        )

    def put(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """See `Session.put`."""
        self._check()
        owner = None if self._user is None else (self._user, self._user)
        put_beneath(self._home, self._inner(path), content, mode, home=HOME, owner=owner)

    def get(self, path: str, *, limit: int = 1 << 20) -> bytes:
        """See `Session.get`."""
        self._check()
        return get_beneath(self._home, self._inner(path), limit=limit, home=HOME)

    def tree(self) -> Tree:
        """See `Session.tree`.

        Raises:
            OSError: there is more in the home folder than can be read.
        """
        return self._read(1 << 20)

    def diff(self) -> tuple[Change, ...]:
        """See `Session.diff`. Costs time by what is there."""
        return changes(self.spec.files, self.tree())

    def snapshot(self) -> Snapshot:
        """See `Session.snapshot`.

        Raises:
            OSError: a file is larger than `spec.disk_bytes`.
        """
        self._check()
        state = self._shell.state() if self._shell is not None else b""
        state = state.replace(os.fsencode(self._root), _ROOT)
        files = self._read(self.spec.disk_bytes)
        for name, node in files.items():
            if not node.whole:
                raise OSError(f"{name!r} holds {node.size} bytes, too many to keep")
        return Snapshot(files, state)

    def restore(self, snapshot: Snapshot) -> None:
        """See `Session.restore`. Sockets come back as pipes: a tree knows special files only."""
        self._again(snapshot.files)
        if snapshot.shell:
            self._shell = self._new_shell()
            self._shell.resume(snapshot.shell.replace(_ROOT, os.fsencode(self._root)))

    def reset(self) -> None:
        """See `Session.reset`."""
        self._again(self.spec.files)

    def close(self) -> None:
        """See `Session.close`."""
        if self._closed:
            return
        self._closed = True
        if os.getpid() != self._process:
            # A copy in a forked process: the session belongs to the other one.
            return
        if self._shell is not None:
            # The launcher ends what this does not.
            with contextlib.suppress(RunnerUnavailable):
                self._shell.close()
        if self._line is not None:
            self._line.close()
        if self._launcher is not None:
            try:
                self._launcher.wait(_ANSWER_S)
            except subprocess.TimeoutExpired:
                self._launcher.kill()
                self._launcher.wait()
        if self._group is not None:
            with contextlib.suppress(OSError):
                self._group.close()
        if hasattr(self, "_root"):
            with contextlib.suppress(OSError):
                _remove(self._root)
        for handle in self._held:
            handle.close()

    def __del__(self) -> None:
        # When the interpreter is on its way out, the launcher sees to the rest.
        if hasattr(self, "_held") and not self._closed and not sys.is_finalizing():
            self.close()

    def _check(self) -> None:
        if self._closed:
            raise SessionClosed("this session is closed; open another one")

    def _env(self) -> dict[str, str]:
        return {
            "PATH": _PATH,
            "HOME": self.home,
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "TMPDIR": str(self._temporary),
            **self.spec.env,
        }

    def _inner(self, path: str) -> str:
        """The folder's name on this machine is as good as the one it should have."""
        return HOME + path[len(self.home) :] if path.startswith(self.home + "/") else path

    def _read(self, limit: int) -> Tree:
        self._check()
        if self._shell is None:
            return read_folder(self._home, limit=limit)
        self._shell.hold(True)
        try:
            return read_folder(self._home, limit=limit)
        finally:
            self._shell.hold(False)

    def _new_shell(self) -> LandlockBash:
        owner = None if self._user is None else (self._user, self._user)
        return LandlockBash(self, self._between, owner)

    def _again(self, files: Tree) -> None:
        self._check()
        if self._shell is not None:
            self._shell.close()
            self._shell = None
        try:
            for folder in (self._home, self._temporary):
                _empty(folder)
            self._fill(files)
        except OSError as error:
            raise RunnerUnavailable(f"the home folder could not be made anew: {error}") from error

    def _fill(self, files: Tree) -> None:
        """Writes the start into empty folders, while nothing of the session runs."""
        special = [name for name, node in files.items() if node.kind == "special"]
        for folder in (self._home, self._temporary):
            folder.chmod(0o700)
        plain = Tree({n: node for n, node in files.items() if n not in special})
        plain.write(self._home)
        for name in special:
            os.mkfifo(self._home / name)
            (self._home / name).chmod(files[name].mode)
        if self._user is not None:
            for folder in (self._home, self._temporary):
                os.chown(folder, self._user, self._user)
            for name, node in files.items():
                path = self._home / name
                os.chown(path, self._user, self._user, follow_symlinks=False)
                if node.kind != "link" and node.mode & 0o6000:
                    path.chmod(node.mode)  # changing the owner took these bits away
        self._home.chmod(0o755)


_OPEN: weakref.WeakSet[LandlockSession] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for session in list(_OPEN):
        session.close()


def _plain(word: str) -> str:
    """Lone surrogates that stand for no byte become question marks."""
    return os.fsdecode(_encoded(word))


def _encoded(word: str) -> bytes:
    try:
        return word.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return word.encode("utf-8", "replace")


@contextlib.contextmanager
def _sealed(content: bytes) -> Iterator[int]:
    """A descriptor that reads this content, which nobody can change any more."""
    handle = os.memfd_create("veragym", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with open(handle, "wb", closefd=False) as stream:
            stream.write(content)
        os.lseek(handle, 0, os.SEEK_SET)
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
        fcntl.fcntl(handle, fcntl.F_ADD_SEALS, seals)
        yield handle
    finally:
        os.close(handle)


def _pump(
    started: Started, out: int, err: int, most: int, wall: float
) -> tuple[list[bytes], bool, bool]:
    """Reads what a command writes until it ends; what was kept, whether some was not, and late."""
    kept: dict[int, bytearray] = {out: bytearray(), err: bytearray()}
    cut, late, over = False, False, False
    end = time.monotonic() + wall
    with selectors.DefaultSelector() as waiting:
        for handle in (out, err):
            os.set_blocking(handle, False)
            waiting.register(handle, selectors.EVENT_READ)
        waiting.register(started.line, selectors.EVENT_READ)
        while True:
            left = end - time.monotonic()
            if left <= 0:
                if late:
                    raise RunnerUnavailable("a command could not be ended")
                late, end = True, time.monotonic() + _ANSWER_S
                started.tell(b"k")
                continue
            for key, _ in waiting.select(left):
                if key.fileobj is started.line:
                    # Everything is dead, so what the pipes hold now is all there is.
                    waiting.unregister(started.line)
                    over = True
                    continue
                handle = key.fd
                try:
                    block = os.read(handle, 1 << 17)
                except BlockingIOError:
                    continue
                if not block:
                    waiting.unregister(handle)
                room = most - len(kept[handle])
                kept[handle] += block[:room]
                cut = cut or len(block) > room
            if over:
                break
        for handle in (out, err):
            while True:
                try:
                    block = os.read(handle, 1 << 17)
                except BlockingIOError:
                    break
                if not block:
                    break
                room = most - len(kept[handle])
                kept[handle] += block[:room]
                cut = cut or len(block) > room
    return [bytes(kept[out]), bytes(kept[err])], cut, late


_picking = threading.Lock()


def _free_user() -> tuple[int, socket.socket]:
    """A user number nobody has, held by a name only one process of this machine can bind."""
    with _picking:
        for user in _USERS:
            lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                lock.bind(f"\0veragym-user-{user}")
            except OSError:
                lock.close()
                continue
            try:
                pwd.getpwuid(user)
            except KeyError:
                return user, lock
            lock.close()
    raise RunnerUnavailable(
        f"all users from {_USERS[0]} to {_USERS[-1]} are taken; close some sessions"
    )


def _new_root(user: int | None) -> tuple[Path, Any]:
    """A new folder the session's user can go through, and its lock."""
    for base in dict.fromkeys([tempfile.gettempdir(), "/tmp", "/var/tmp"]):
        passable = all(
            user is None or folder.stat().st_mode & 0o001
            for folder in (Path(base), *Path(base).parents)
        )
        if passable and os.access(base, os.W_OK | os.X_OK):
            root = Path(tempfile.mkdtemp(prefix=cgroup.name_of_ours(""), dir=base))
            lock = (root / "lock").open("w")
            fcntl.flock(lock, fcntl.LOCK_EX)
            root.chmod(0o700 if user is None else 0o711)
            return root, lock
    raise RunnerUnavailable(
        f"no temporary folder that other users can go through; set TMPDIR (now "
        f"{tempfile.gettempdir()!r}) to one such as /tmp"
    )


def sweep() -> int:
    """Removes folders and groups of sessions whose process and launcher were killed."""
    cgroup.sweep()
    removed = 0
    for base in dict.fromkeys([tempfile.gettempdir(), "/tmp", "/var/tmp"]):
        for folder in Path(base).glob(cgroup.PREFIX + "*"):
            with contextlib.suppress(OSError):
                if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                    continue
                if not cgroup.abandoned(folder.name):
                    continue
                with (folder / "lock").open("r+") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _remove(folder)
                    removed += 1
    return removed


def _empty(folder: Path) -> None:
    """Removes what is in a folder. The folder itself stays: the walls know it by its identity."""
    folder.chmod(0o700)
    for entry in list(os.scandir(folder)):
        if entry.is_dir(follow_symlinks=False):
            _remove(Path(entry.path))
        else:
            Path(entry.path).unlink()


def _remove(folder: Path) -> None:
    """Removes a folder to any depth, also where it was made unreadable."""
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(folder)
    if not folder.exists():
        return
    closed = ["-type", "d", "!", "-perm", "-700", "-exec", "chmod", "u+rwx", "{}", ";"]
    for words in (["find", str(folder), *closed], ["rm", "-rf", "--", str(folder)]):
        quiet = subprocess.DEVNULL
        subprocess.run(
            words, check=False, stdin=quiet, stdout=quiet, stderr=quiet, env={"PATH": _PATH}
        )
    if folder.exists():
        raise OSError(f"{folder} could not be removed")


def _threads_of(user: int) -> int:
    """Threads of a user on this machine, which a bound on them has to leave room for."""
    total = 0
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                if place.stat().st_uid == user:
                    text = (place / "stat").read_text(errors="replace").rpartition(")")[2]
                    total += int(text.split()[17])
    return total
