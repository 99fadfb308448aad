"""A session behind bubblewrap: the parent's side of one supervisor."""

# Descriptors and many small files: `os` is the plain way.
# ruff: noqa: PTH112, PTH115

from __future__ import annotations

import contextlib
import errno
import marshal
import os
import select
import signal
import socket
import subprocess
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence

from veragym.core.errors import OptionError
from veragym.sandbox.bash import STATE, WORDS, Bash, Desynchronised, Said
from veragym.sandbox.beneath import get_beneath, put_beneath
from veragym.sandbox.bubblewrap import launch, templates
from veragym.sandbox.bubblewrap.files import Base, Overlaid, read_entries, write_changes
from veragym.sandbox.bubblewrap.link import Ended, Link
from veragym.sandbox.cgroup import Cgroup, CgroupSupport
from veragym.sandbox.closing import Closing
from veragym.sandbox.interface import RunnerUnavailable, RunResult, RunSpec
from veragym.sandbox.session import HOME, SandboxSpec, SessionClosed, ShellResult, Snapshot
from veragym.sandbox.tree import Change, Tree

PATH = "/usr/local/bin:/usr/bin:/bin"
TEMPLATES = templates.Templates()
_NULLS = b"bash: warning: command: ignored null bytes in input\n"
_LONG = 100_000
# A text too long for an argument comes as a file.
_FROM_FILE = 'IFS= read -r -d "" REPLY <&3; exec 3<&-; eval -- "$REPLY"'
_OWN_PROCESSES = 6
_CHUNK = 1 << 18
_OPEN: weakref.WeakSet[BubblewrapSession]
_Start = Callable[[int, list[int], dict[str, int]], None]
_TICKS = os.sysconf("SC_CLK_TCK")


class BubblewrapSession(Closing):
    """See `Session`. Opened by `BubblewrapSandbox`.

    Args:
        spec: what the session is.
        mode: which way to make it.
        filter_program: the system call filter of commands.
        support: what control groups can do here.
        modules: imported by the supervisor before anything runs, for `PythonExecutor`.
    Raises:
        RunnerUnavailable: it cannot be made.
    """

    def __init__(
        self,
        spec: SandboxSpec,
        mode: launch.Mode,
        filter_program: bytes,
        support: CgroupSupport,
        modules: Sequence[str] = (),
    ) -> None:
        self.spec = spec
        self.mode = mode
        self._shell: tuple[int, Bash] | None = None
        self._last: dict[int, Ended] = {}
        self._group: Cgroup | None = None
        self._closed = False
        self._base = Base(spec.files)
        self._lower = TEMPLATES.take(spec.files, mode.owner)
        self._launched: launch.Launched | None = None
        own, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._link = Link(own)
        # Who writes the first message is the supervisor; the kernel says its number.
        own.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        try:
            self._start(theirs, filter_program, support, modules)
        except BaseException:
            self.close()
            raise
        finally:
            theirs.close()
        _OPEN.add(self)

    def _start(
        self,
        theirs: socket.socket,
        filter_program: bytes,
        support: CgroupSupport,
        modules: Sequence[str],
    ) -> None:
        spec, mode = self.spec, self.mode
        etc = TEMPLATES.root() / f"etc-{mode.inner[0]}"
        launch.write_etc(etc, mode)
        code = TEMPLATES.root() / "code"
        launch.write_code(code)
        for outside in spec.folders.values():
            if not os.path.isdir(outside):
                raise OptionError(f"there is no folder {outside!r} to be read in a session")
        words = launch.arguments(mode, etc, code, self._lower, spec.folders, theirs.fileno())
        self._launched = launch.launch(words, theirs.fileno())
        theirs.close()
        if support.usable:
            # Files are in memory too: a full disk is not to end the session's processes.
            self._group = Cgroup.create(
                "bubblewrap",
                memory_bytes=spec.limits.memory_bytes + spec.disk_bytes,
                processes=spec.limits.processes + _OWN_PROCESSES,
                support=support,
            )
        try:
            pid = self._link.hello(30.0)
            if self._group is not None:
                self._group.add(pid)
            self._link.ask(
                "begin",
                launch.settings(
                    mode,
                    filter_program,
                    disk_bytes=spec.disk_bytes,
                    inodes=spec.inodes + 64,
                    shared=templates.shared_names(spec.files),
                    modules=list(modules),
                    lent=sorted(spec.folders),
                ),
            )
        except OSError as error:
            raise RunnerUnavailable(
                f"a sandbox could not be set up: {error}; {launch.complaint(self._launched)}"
            ) from error
        except RunnerUnavailable as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._launched.process.wait(1.0)
            raise RunnerUnavailable(
                f"bwrap could not start a sandbox: {launch.complaint(self._launched)}"
            ) from error

    # Commands

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
        note, text = b"", None
        if isinstance(command, str):
            text = _bytes(command)
            if b"\0" in text:
                note, text = _NULLS, text.replace(b"\0", b"")
            words = [b"bash", b"-c", text if len(text) < _LONG else _FROM_FILE.encode()]
        else:
            words = [_bytes(word) for word in command]
            if not words or any(b"\0" in word for word in words):
                raise OptionError(
                    f"a command must be words without null bytes, got {command!r:.200}"
                )
        script = text if text is not None and len(text) >= _LONG else None
        variables = self._env({**self.spec.env, **(env or {})})
        wall = self.spec.limits.wall_seconds if timeout is None else timeout

        def start(key: int, given: list[int], limits: dict[str, int]) -> None:
            self._ask("start", key, words, variables, limits, False, descriptors=given)

        return self._with_room(start, script, stdin, wall, note)

    def run(self, spec: RunSpec, program: Sequence[str], flags: Sequence[str] | None) -> RunResult:
        """Runs something in fresh folders, apart from the session's own; see `PythonExecutor`.

        Args:
            spec: what to run; bounds on memory, processes and output are the session's.
            program: words after the interpreter and its flags, or all words.
            flags: single letters for the warm interpreter; None for a program of its own.
        """
        self._check()
        files = [(name, content) for name, content in spec.files.items()]
        words = [_bytes(word) for word in program]
        content = marshal.dumps((words, files, None if flags is None else list(flags)))
        variables = self._env(spec.env)

        def start(key: int, given: list[int], limits: dict[str, int]) -> None:
            self._ask("run", key, variables, limits, descriptors=given)

        return self._with_room(start, content, spec.stdin, spec.limits.wall_seconds, b"")

    def _with_room(
        self, start: _Start, script: bytes | None, stdin: bytes, wall: float, note: bytes
    ) -> RunResult:
        """Ends a shell whose jobs left no room for another process, rather than fail."""
        try:
            return self._one_shot(start, script, stdin, wall, note)
        except RunnerUnavailable as error:
            if self._shell is None or os.strerror(errno.EAGAIN) not in str(error):
                raise
            self._lose_shell(self._shell[0])
            return self._one_shot(start, script, stdin, wall, note)

    def _one_shot(
        self,
        start: _Start,
        script: bytes | None,
        stdin: bytes,
        wall: float,
        note: bytes,
    ) -> RunResult:
        """Starts something in namespaces of its own and moves its input and output.

        Args:
            start: asks the supervisor, given a key, descriptors 0, 1, … and limits.
            script: comes as descriptor 3.
        """
        limit = self.spec.limits.output_bytes
        before = self._usage()
        key = self._link.new_key()
        seconds = max(1, round(self.spec.limits.cpu_seconds + 0.5))
        opened = _Descriptors(self.mode.owner if self.mode.privileged else None)
        try:
            (in_read, in_write), (out, out_write) = opened.pipe(), opened.pipe()
            err, err_write = opened.pipe()
            given = [in_read, out_write, err_write]
            if script is not None:
                given.append(opened.memory(script))
            start(key, given, {**self._limits(), "RLIMIT_CPU": seconds})
            opened.close(*given)
            pump = _Pump(self._link, key, {out: limit, err: limit}, in_write, stdin)
            ended, late, spent = pump.run(
                time.monotonic() + wall,
                lambda: self._ask("kill", key),
                self._spender(before),
                lambda: opened.close(in_write),
            )
        finally:
            opened.close()
        return RunResult(
            stdout=bytes(pump.kept[out]),
            stderr=(note + bytes(pump.kept[err]))[:limit],
            exit_status=ended.status if ended.status is not None and ended.status >= 0 else None,
            signal=_signal(ended.status),
            timed_out=late or spent or self._overspent(ended),
            out_of_memory=self._usage()[1] > before[1],
            truncated=pump.truncated,
            cpu_seconds=ended.cpu_seconds,
            peak_memory=ended.largest,
        )

    def shell(self, command: str, *, timeout: float | None = None) -> ShellResult:
        """See `Session.shell`."""
        self._check()
        text = _bytes(command)
        note = _NULLS if b"\0" in text else b""
        wall = self.spec.limits.wall_seconds if timeout is None else timeout
        key, bash = self._bash()
        if not bash.ready():
            # What ran before has broken what the shell speaks through.
            self._lose_shell(key)
            key, bash = self._bash()
        before, ticks = self._usage(), _ticks(bash.pid)
        said = bash.run(
            text.replace(b"\0", b""),
            wall,
            interrupt=lambda strike: self._interrupt(key, strike),
            over=lambda: self._is_over(key),
            watch=self._link.socket.fileno(),
            spent=self._spender(before),
        )
        return self._shell_result(said, key, bash, before, ticks, note)

    def _shell_result(
        self,
        said: Said,
        key: int,
        bash: Bash,
        before: tuple[float, int],
        ticks: float,
        note: bytes,
    ) -> ShellResult:
        status, number, cwd, replaced = said.status, None, "", said.status is None
        largest = None
        after = self._usage()
        cpu = max(0.0, (after[0] - before[0]) or (_ticks(bash.pid) - ticks))
        if replaced:
            ended = self._lose_shell(key)
            largest = ended.largest
            if ended.status is not None:
                status = ended.status if ended.status >= 0 else None
                number = _signal(ended.status)
            else:
                number = int(signal.SIGKILL)
            cpu = cpu or ended.cpu_seconds
        else:
            cwd = _folder_of(bash.pid)
        return ShellResult(
            stdout=bytes(said.stdout),
            stderr=(note + bytes(said.stderr))[: self.spec.limits.output_bytes],
            exit_status=status,
            signal=number,
            timed_out=said.late or said.spent,
            out_of_memory=after[1] > before[1],
            truncated=said.truncated,
            cpu_seconds=cpu,
            peak_memory=largest,
            cwd=cwd,
            replaced=replaced,
        )

    def _bash(self) -> tuple[int, Bash]:
        """The shell; started if there is none."""
        if self._shell is not None:
            if not self._is_over(self._shell[0]):
                return self._shell
            self._lose_shell(self._shell[0])
        key = self._link.new_key()
        own, theirs = socket.socketpair()
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        try:
            words = [word.encode() for word in WORDS]
            (folder,) = self._ask(
                "start",
                key,
                words,
                self._env(self.spec.env),
                self._limits(),
                True,
                descriptors=[null, null, null, theirs.fileno()],
            )
        except BaseException:
            own.close()
            raise
        finally:
            theirs.close()
            os.close(null)
        owner = self.mode.owner if self.mode.privileged else None
        output = self.spec.limits.output_bytes
        bash = Bash(own, folder, "/run", owner=owner, output_bytes=output)
        self._shell = key, bash
        try:
            bash.begin(30.0, over=lambda: self._is_over(key), watch=self._link.socket.fileno())
        except Desynchronised as error:
            self._lose_shell(key)
            raise RunnerUnavailable(f"no shell could be started: {error}") from error
        return self._shell

    def _interrupt(self, key: int, strike: int) -> bool:
        """After the time is up: asks what runs to stop, ends it, and gives the shell up at last."""
        if strike >= 6:
            return False
        self._ask("strike", key, int(signal.SIGINT if strike < 3 else signal.SIGKILL))
        return True

    def _is_over(self, key: int) -> bool:
        ended = self._link.ended(key)
        if ended is not None:
            self._last[key] = ended
        return key in self._last

    def _lose_shell(self, key: int) -> Ended:
        """Ends the shell and all in it."""
        assert self._shell is not None
        self._shell[1].close()
        self._shell = None
        if key not in self._last:
            # It may be about to say itself how it ended.
            self._ask("kill", key)
            end = time.monotonic() + 30.0
            while not self._is_over(key):
                self._link.hear(end - time.monotonic())
        return self._last.pop(key)

    # Files

    def put(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """See `Session.put`."""
        owner = self.mode.owner if self.mode.privileged else None
        with self._root() as root:
            put_beneath(root, path, content, mode, home=HOME, owner=owner)

    def get(self, path: str, *, limit: int = 1 << 20) -> bytes:
        """See `Session.get`."""
        with self._root() as root:
            return get_beneath(root, path, limit=limit, home=HOME)

    @contextlib.contextmanager
    def _root(self) -> Iterator[int]:
        self._check()
        (handle,) = self._ask("root")
        try:
            yield handle
        finally:
            os.close(handle)

    def tree(self) -> Tree:
        """See `Session.tree`."""
        return self._overlaid(1 << 20).tree()

    def diff(self) -> tuple[Change, ...]:
        """See `Session.diff`."""
        return self._overlaid(1 << 20).changes()

    def _overlaid(self, limit: int) -> Overlaid:
        self._check()
        with open(os.memfd_create("changes", os.MFD_CLOEXEC), "r+b") as file:
            budget = 4 * self.spec.disk_bytes + (64 << 20)
            self._ask("read", limit, budget, descriptors=[file.fileno()])
            file.seek(0)
            return Overlaid(self._base, read_entries(file))

    # Going back

    def snapshot(self) -> Snapshot:
        """See `Session.snapshot`."""
        files = self._overlaid(self.spec.disk_bytes).tree()
        state = b""
        if self._shell is not None and self._shell[1].ready():
            key, bash = self._shell
            status = bash.status
            said = bash.run(
                STATE.encode(),
                30.0,
                interrupt=lambda strike: self._interrupt(key, strike),
                over=lambda: self._is_over(key),
                watch=self._link.socket.fileno(),
                keep=16 << 20,
            )
            bash.status = status
            if said.status is None:
                self._lose_shell(key)
            else:
                state = bytes(said.stdout)
        return Snapshot(files, state)

    def restore(self, snapshot: Snapshot) -> None:
        """See `Session.restore`."""
        self._check()
        for name, node in snapshot.files.items():
            if node.kind == "file" and not node.whole:
                raise OptionError(f"{name!r:.200} was cut in this snapshot and cannot be restored")
        with open(os.memfd_create("changes", os.MFD_CLOEXEC), "r+b") as file:
            write_changes(self.spec.files, snapshot.files, file)
            file.seek(0)
            self._reset([file.fileno()])
        if snapshot.shell:
            key, bash = self._bash()
            names = {*self.spec.env, "PATH", "HOME", "LANG", "TERM"}
            unset = "".join(f"unset {name}; " for name in sorted(names) if name.isidentifier())
            bash.run(
                f"{{ {unset}eval -- {_quoted(snapshot.shell)}; }} >/dev/null 2>&1".encode(
                    "utf-8", "surrogateescape"
                ),
                30.0,
                interrupt=lambda strike: self._interrupt(key, strike),
                over=lambda: self._is_over(key),
                watch=self._link.socket.fileno(),
            )
            bash.status = 0

    def reset(self) -> None:
        """See `Session.reset`."""
        self._check()
        self._reset(())

    def _reset(self, descriptors: Sequence[int]) -> None:
        if self._shell is not None:
            self._shell[1].close()
            self._shell = None
        self._ask("reset", descriptors=descriptors)

    # The end

    def close(self) -> None:
        """See `Session.close`."""
        if self._closed:
            return
        self._closed = True
        _OPEN.discard(self)
        if self._shell is not None:
            self._shell[1].close()
            self._shell = None
        self._link.close()
        if self._launched is not None:
            process = self._launched.process
            try:
                process.wait(5.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            os.close(self._launched.errors)
        if self._group is not None:
            self._group.close()
        TEMPLATES.give_back(self._lower)

    def forget(self) -> None:
        """In a forked child: lets go of what is the parent's, without ending it."""
        self._closed = True
        self._link.close()

    def __del__(self) -> None:
        if not getattr(self, "_closed", True):
            with contextlib.suppress(Exception):
                self.close()

    # Small things

    def _check(self) -> None:
        if self._closed:
            raise SessionClosed("this session is closed; open another one")

    def _ask(self, name: str, *arguments: object, descriptors: Sequence[int] = ()) -> list[int]:
        try:
            return self._link.ask(name, *arguments, descriptors=descriptors)
        except OSError as error:
            raise RunnerUnavailable(
                f"the sandbox's supervisor could not {name}: {error}"
            ) from error

    def _env(self, given: Mapping[str, str]) -> dict[bytes, bytes]:
        base = {"PATH": PATH, "HOME": HOME, "LANG": "C.UTF-8", "TERM": "dumb"}
        return {_bytes(name): _bytes(value) for name, value in {**base, **given}.items()}

    def _limits(self) -> dict[str, int]:
        limits = self.spec.limits
        found = {
            "RLIMIT_FSIZE": limits.file_bytes,
            "RLIMIT_NPROC": limits.processes,
            "RLIMIT_NOFILE": 1024,
            "RLIMIT_CORE": 0,
            "RLIMIT_MEMLOCK": 64 << 10,
            "RLIMIT_MSGQUEUE": 64 << 10,
        }
        if self._group is None:
            found["RLIMIT_DATA"] = limits.memory_bytes
        if not self.mode.nested_user:
            # Without a user namespace the kernel counts the processes of all sessions together.
            del found["RLIMIT_NPROC"]
        return found

    def _usage(self) -> tuple[float, int]:
        if self._group is None:
            return 0.0, 0
        cpu, _, kills = self._group.usage()
        return cpu, kills

    def _spender(self, before: tuple[float, int]) -> Callable[[], bool]:
        bound = self.spec.limits.cpu_seconds
        return lambda: self._group is not None and self._usage()[0] - before[0] > bound

    def _overspent(self, ended: Ended) -> bool:
        killed = ended.status in (-signal.SIGXCPU, -signal.SIGKILL, 128 + 24, 128 + 9)
        return killed and ended.cpu_seconds >= 0.95 * self.spec.limits.cpu_seconds


class _Pump:
    """Moves a command's input and output until it has ended and all its output is in."""

    def __init__(
        self, link: Link, key: int, limits: Mapping[int, int], stdin_to: int, stdin: bytes
    ) -> None:
        self._link = link
        self._key = key
        self._limits = limits
        self._to = stdin_to
        self._input = memoryview(stdin)
        self.kept = {number: bytearray() for number in limits}
        self.truncated = False

    def run(
        self,
        end: float,
        kill: Callable[[], object],
        spent: Callable[[], bool],
        close_input: Callable[[], None],
    ) -> tuple[Ended, bool, bool]:
        """Returns how it ended, and whether the time or another bound was up."""
        poll = select.poll()
        talk = self._link.socket.fileno()
        for number in (talk, *self.kept):
            poll.register(number, select.POLLIN)
        os.set_blocking(self._to, False)
        if self._input:
            poll.register(self._to, select.POLLOUT)
        else:
            close_input()
        streams, ended, late, over = set(self.kept), None, False, False
        tick, killed = time.monotonic() + 0.1, False
        while ended is None or streams:
            now = time.monotonic()
            wait = min(end, tick) - now if not killed else 1.0
            for number, _ in poll.poll(max(0.0, 1000 * wait)):
                if number == talk:
                    ended = ended or self._link.ended(self._key)
                elif number == self._to:
                    if not self._feed():
                        poll.unregister(number)
                        close_input()
                elif not self._take(number):
                    poll.unregister(number)
                    streams.discard(number)
            now = time.monotonic()
            if not killed and ended is None:
                if now >= tick:
                    tick, over = now + 0.1, spent()
                late = now >= end
                if late or over:
                    killed = True
                    kill()
                    ended = ended or self._link.ended(self._key)
        return ended, late, over

    def _feed(self) -> bool:
        try:
            self._input = self._input[os.write(self._to, self._input[:_CHUNK]) :]
        except BlockingIOError:
            return True
        except OSError:
            return False
        return bool(self._input)

    def _take(self, number: int) -> bool:
        block = os.read(number, _CHUNK)
        kept = self.kept[number]
        room = self._limits[number] - len(kept)
        kept += block[:room]
        self.truncated = self.truncated or len(block) > room
        return bool(block)


def _bytes(text: str) -> bytes:
    """Surrogate escapes are the bytes they stand for; other lone surrogates become `?`."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _quoted(text: bytes) -> str:
    return "'" + text.decode("utf-8", "surrogateescape").replace("'", "'\\''") + "'"


def _signal(status: int | None) -> int | None:
    if status is None:
        return int(signal.SIGKILL)
    return -status if status < 0 else None


def _ticks(pid: int) -> float:
    """Processor seconds of a process and its children that have ended; 0 if it is gone."""
    try:
        with open(f"/proc/{pid}/stat", errors="replace") as file:
            words = file.read().rpartition(")")[2].split()
        return sum(map(int, words[11:15])) / _TICKS
    except (OSError, ValueError):
        return 0.0


def _folder_of(pid: int) -> str:
    """The folder a process is in, as the kernel tells it."""
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


class _Descriptors:
    """Open descriptors, each closed once."""

    def __init__(self, owner: tuple[int, int] | None) -> None:
        self._owner = owner
        self._open: set[int] = set()

    def pipe(self) -> tuple[int, int]:
        """Its two ends. It belongs to who uses it, who may open it again as /dev/stdout."""
        ends = os.pipe()
        self._open.update(ends)
        if self._owner is not None:
            os.fchown(ends[0], *self._owner)
        return ends

    def memory(self, content: bytes) -> int:
        """A file in memory, to be read from its start."""
        number = os.memfd_create("command", os.MFD_CLOEXEC)
        self._open.add(number)
        with open(number, "wb", closefd=False) as file:
            file.write(content)
        os.lseek(number, 0, os.SEEK_SET)
        return number

    def close(self, *numbers: int) -> None:
        for number in self._open.intersection(numbers or self._open):
            self._open.discard(number)
            os.close(number)


_OPEN = weakref.WeakSet()


def _forget_all() -> None:
    TEMPLATES.begin_anew()
    for session in list(_OPEN):
        session.forget()


os.register_at_fork(after_in_child=_forget_all)
