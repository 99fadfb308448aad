"""Runs beside a landlock session: starts its commands behind the walls and ends what they leave.

Started as a file by itself, so it imports nothing of this project. It is trusted: it stands outside
of the walls, and what runs inside can neither signal it nor read it. One launcher serves a session;
for each command it forks a keeper, which becomes the reaper of everything the command starts,
watches what it uses, and ends it: with the command, at a bound, on request, or when its socket
closes, which is what the death of the process that opened the session looks like.

Wire: the launcher gets messages of one byte with descriptors: `c` (configuration; once), `r` (a
run: its description, the keeper's socket, and three or more descriptors the command is given). A
keeper is sent `k` (end everything), `s` and `g` (stand still, go on; both answered by a line), and
answers in lines of JSON.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import resource
import select
import signal
import socket
import stat
import struct
import sys
import time
from typing import Any, NamedTuple

_NO_NEW_PRIVS, _SUBREAPER, _DEATH_SIGNAL, _NOT_READABLE = 38, 36, 1, 4
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LIBC = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """A wall could not be put up; nothing was run."""


def call(name: str, number: int, *arguments: Any) -> int:
    """A system call without a wrapper; raises `Failed`."""
    done = int(_LIBC.syscall(ctypes.c_long(number), *arguments))
    if done < 0:
        raise Failed(f"{name}: {os.strerror(ctypes.get_errno())}")
    return done


def prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0):
        raise Failed(f"prctl {option}: {os.strerror(ctypes.get_errno())}")


def ruleset(config: dict[str, Any]) -> int:
    """The walls as a descriptor, made once and used for each command."""
    described = struct.pack("=QQQ", *config["handled"])[: config["ruleset_size"]]
    number = call("landlock_create_ruleset", _CREATE, described, ctypes.c_size_t(len(described)), 0)
    for path, access in config["rules"]:
        try:
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # not on this machine: nothing to allow
        try:
            if not stat.S_ISDIR(os.fstat(handle).st_mode):
                access &= config["file_access"]
            rule = struct.pack("=Qi", access, handle)
            call(f"landlock_add_rule {path}", _ADD, number, 1, rule, 0)
        finally:
            os.close(handle)
    return number


class Seen(NamedTuple):
    """A process as it was when looked at; `start` is in ticks since boot."""

    parent: int
    state: str
    spent: float
    start: int


def look(pid: int | str) -> Seen | None:
    """A process, unless it is gone; `spent` is of its own and of children it has waited for."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            words = file.read().rpartition(b")")[2].split()
        return Seen(
            int(words[1]), words[0].decode(), sum(map(int, words[11:15])) / _TICKS, int(words[19])
        )
    except (OSError, ValueError, IndexError):
        return None


def descendants(top: int) -> dict[int, Seen]:
    """What a process has started, and what that has.

    Asks each process for its children where the kernel can tell. One that forks meanwhile may hide
    a child, so who must not miss any looks again until nothing moves (`stop_all`, `end_all`).
    """
    if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):  # noqa: PTH110
        return all_descendants(top)
    found: dict[int, Seen] = {}
    todo = [top]
    while todo:
        pid = todo.pop()
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - pathlib is slow to load
                with open(f"/proc/{pid}/task/{task}/children", "rb") as file:
                    for child in map(int, file.read().split()):
                        seen = look(child)
                        if seen is not None and child not in found:
                            found[child] = seen
                            todo.append(child)
    return found


def all_descendants(top: int) -> dict[int, Seen]:
    """The same from the list of all processes, in which none is missing for having moved."""
    table: dict[int, Seen] = {}
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            seen = look(name)
            if seen is not None:
                table[int(name)] = seen
                children.setdefault(seen.parent, []).append(int(name))
    found: dict[int, Seen] = {}
    todo = [top]
    while todo:
        for child in children.get(todo.pop(), []):
            found[child] = table[child]
            todo.append(child)
    return found


def strike(pid: int, start: int, number: int) -> None:
    """Signals a process, unless its number was given to another one meanwhile."""
    with contextlib.suppress(OSError):
        handle = os.pidfd_open(pid)
        try:
            seen = look(pid)
            if seen is not None and seen.start == start:
                signal.pidfd_send_signal(handle, number)
        finally:
            os.close(handle)


def stop_all(top: int) -> list[tuple[int, int]]:
    """Holds still everything below a process; gives those that were moving before."""
    held: list[tuple[int, int]] = []
    for _ in range(1_000):
        below = all_descendants(top).items()
        moving = [(pid, seen.start) for pid, seen in below if seen.state not in "TtZX"]
        fresh = [one for one in moving if one not in held]
        if not fresh:
            # Told to stop and perhaps still on the way there.
            if not moving:
                break
            time.sleep(0.0005)
        for one in fresh:
            strike(*one, signal.SIGSTOP)
        held += fresh
    return held


def end_all(top: int, reap: Any) -> bool:
    """Ends everything below a process; False if something does not die."""
    limit = time.monotonic() + 20.0
    while time.monotonic() < limit:
        # Orphans come to us, so without a child of ours there is nothing below us.
        if not reap():
            return True
        for pid, seen in descendants(top).items():
            if seen.state not in "ZX":
                strike(pid, seen.start, signal.SIGKILL)
        time.sleep(0.0005)
    return False


def used(folder: str, names: int) -> tuple[int, int]:
    """Bytes and names below a folder; stops counting well above a number of names."""
    total, count, todo = 0, 0, [folder]
    while todo and count <= 2 * names:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    count += 1
                    with contextlib.suppress(OSError):
                        status = entry.stat(follow_symlinks=False)
                        total += status.st_blocks * 512 // max(1, status.st_nlink)
                        if entry.is_dir(follow_symlinks=False):
                            todo.append(entry.path)
        except OSError:
            continue
    return total, count


def memory(pids: list[int]) -> int:
    """Bytes of memory processes hold, shared pages counted for each."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError), open(f"/proc/{pid}/statm", "rb") as file:
            total += int(file.read().split()[1]) * _PAGE
    return total


class Keeper:
    """Starts one command, and ends everything it started."""

    def __init__(
        self, config: dict[str, Any], walls: int, run: dict[str, Any], line: socket.socket
    ) -> None:
        self.config, self.walls, self.run, self.line = config, walls, run, line
        self.main = 0
        self.status: int | None = None
        self.held: list[tuple[int, int]] = []
        self.why = ""
        self.peak = 0
        self.before = (0, 0)
        self.next_measure = 0.0

    def serve(self, descriptors: list[int]) -> None:
        prctl(_SUBREAPER, 1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        ready, told = os.pipe()
        try:
            self.main = os.fork()
        except OSError:
            self.say({"full": True})
            return
        if self.main == 0:
            os.close(ready)
            self.become(descriptors, told)
        os.close(told)
        for number in descriptors:
            os.close(number)
        with open(ready, "rb") as stream:
            problem = stream.read().decode("utf-8", "replace")
        if problem:
            self.say({"failed": problem})
            end_all(os.getpid(), self.reap)
            return
        self.say({"pid": self.main})
        self.before = used(self.config["root"], self.config["inodes"])
        self.watch()
        dead = end_all(os.getpid(), self.reap)
        mine = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.say(
            {
                "status": self.status,
                "why": self.why,
                "cpu": mine.ru_utime + mine.ru_stime,
                "peak": max(self.peak, mine.ru_maxrss * 1024),
                "dead": dead,
            }
        )

    def say(self, answer: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            self.line.sendall(json.dumps(answer).encode() + b"\n")

    def become(self, descriptors: list[int], told: int) -> None:
        """Turns this process into the command; never returns."""
        try:
            self.enter(descriptors, told)
        except BaseException as error:  # noqa: BLE001 - this process ends either way
            with contextlib.suppress(OSError):
                os.write(told, f"{type(error).__name__}: {error}".encode()[:4000])
        os._exit(70)

    def enter(self, descriptors: list[int], told: int) -> None:
        run, config = self.run, self.config
        os.setsid()
        for number in range(1, 65):
            if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
                signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        # Above anything that is to be put in place, so that nothing is overwritten on the way.
        base = 100 + len(descriptors)
        high = [os.dup2(number, base + place) for place, number in enumerate(descriptors)]
        told = os.dup2(told, base + len(high) + 1, inheritable=False)
        walls = os.dup2(self.walls, base + len(high) + 2, inheritable=False)
        for number, place in zip(high, run["places"]):
            os.dup2(number, place)
        os.chdir(config["home"])
        os.umask(0o022)
        for name, value in run["rlimits"].items():
            resource.setrlimit(getattr(resource, name), (value, value))
        score(1_000)
        if config["uid"] is not None:
            os.setgroups([])
            os.setresgid(config["gid"], config["gid"], config["gid"])
            os.setresuid(config["uid"], config["uid"], config["uid"])
        # With no new privileges, a program of root's gets none of these back.
        nothing = struct.pack("=6I", *[0] * 6)
        if _LIBC.capset(struct.pack("=Ii", 0x2008_0522, 0), nothing):
            raise Failed(f"capset: {os.strerror(ctypes.get_errno())}")
        prctl(_DEATH_SIGNAL, signal.SIGKILL)
        prctl(_NO_NEW_PRIVS, 1)
        call("landlock_restrict_self", _RESTRICT, walls, config["restrict_flags"])
        program = bytes.fromhex(config["seccomp"])
        described = struct.pack("=H6xQ", len(program) // 8, address(program))
        number = _SECCOMP[os.uname().machine]
        call("seccomp", number, 1, 0, ctypes.c_char_p(described))
        kept = {0, 1, 2, told, *run["places"]}
        above = 3
        for number in [*sorted(number for number in kept if number > 2), 1 << 16]:
            os.closerange(above, number)
            above = number + 1
        argv = [os.fsencode(word) for word in run["argv"]]
        env = {os.fsencode(name): os.fsencode(value) for name, value in run["env"].items()}
        try:
            os.execvpe(argv[0], argv, env)
        except OSError as error:
            name = os.fsdecode(argv[0])[:200].encode("utf-8", "surrogateescape")
            missing = error.errno in (errno.ENOENT, errno.ENOTDIR)
            reason = b"command not found" if missing else os.strerror(error.errno or 0).encode()
            os.write(2, name + b": " + reason + b"\n")
            os._exit(127 if missing else 126)

    def reap(self) -> bool:
        """Takes the statuses of dead children; whether there are children left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.main:
                self.status = os.waitstatus_to_exitcode(status)

    def watch(self) -> None:
        """Until the command ends, a bound is passed, or somebody asks."""
        handle = os.pidfd_open(self.main)
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.register(self.line, select.POLLIN)
        pause, longest = 0.02, 0.2 if self.config["cgroup"] else 0.05
        while self.status is None and not self.why:
            ready = poll.poll(pause * 1000)
            self.reap()
            if any(number == self.line.fileno() for number, _ in ready):
                order = self.line.recv(1)
                if order in (b"k", b""):
                    self.why = "asked"
                elif order == b"s":
                    self.held += stop_all(os.getpid())
                    self.say({"still": True})
                elif order == b"g":
                    for one in self.held:
                        strike(*one, signal.SIGCONT)
                    self.held = []
                    self.say({"still": False})
            elif not ready and self.status is None and not self.held:
                self.measure()
                pause = min(longest, pause * 1.5)
        os.close(handle)

    def measure(self) -> None:
        """Ends the command where nothing in the kernel bounds it as a whole."""
        bounds = self.run["bounds"]
        below = descendants(os.getpid())
        mine = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = mine.ru_utime + mine.ru_stime + sum(seen.spent for seen in below.values())
        if bounds["cpu"] and spent > bounds["cpu"]:
            self.why = "cpu"
        if not self.config["cgroup"]:
            held = memory(list(below))
            self.peak = max(self.peak, held)
            # Root is above the kernel's bound for a user.
            if len(below) > bounds["processes"] + 1:
                self.why = "processes"
            if held > bounds["memory"]:
                self.why = "memory"
        now = time.monotonic()
        if now >= self.next_measure:
            size, names = used(self.config["root"], self.config["inodes"])
            # What was there before may be above the bound, so that it can be removed.
            most = max(self.config["disk"], self.before[0])
            most_names = max(self.config["inodes"], self.before[1])
            if size > most or names > most_names:
                self.why = "disk"
            self.next_measure = now + max(0.1, 10 * (time.monotonic() - now))


def score(value: int) -> None:
    """How soon this process is chosen when memory runs out, from -1000 (never) to 1000."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write(str(value))


_kept_alive: list[Any] = []


def address(content: bytes) -> int:
    """Where bytes are in memory; kept there."""
    buffer = ctypes.create_string_buffer(content, len(content))
    _kept_alive.append(buffer)
    return ctypes.addressof(buffer)


def read_all(number: int) -> bytes:
    os.lseek(number, 0, os.SEEK_SET)
    with open(number, "rb") as stream:
        return stream.read()


def remove(folder: str) -> None:
    """Removes a folder to any depth, also where it was made unreadable."""
    closed = ["find", folder, "-type", "d", "!", "-perm", "-700", "-exec", "chmod", "u+rwx"]
    for words in ([*closed, "{}", ";"], ["rm", "-rf", "--", folder]):
        pid = os.fork()
        if pid == 0:
            null = os.open("/dev/null", os.O_RDWR)
            for number in range(3):
                os.dup2(null, number)
            try:
                os.execvpe(words[0], words, {"PATH": "/usr/local/bin:/usr/bin:/bin"})
            finally:
                os._exit(127)
        os.waitpid(pid, 0)


def main() -> None:
    """Serves one session until its socket closes; then leaves nothing."""
    line = socket.socket(fileno=0)
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(ignored, signal.SIG_IGN)
    prctl(_SUBREAPER, 1)
    # The group's bound is for what runs inside; who ends it must not be chosen.
    score(-1_000)
    # No core file, and nobody of the same user may look into this process.
    prctl(_NOT_READABLE, 0)
    config: dict[str, Any] = {}
    walls = -1
    try:
        while True:
            order, handles, _, _ = socket.recv_fds(line, 1, 200)
            if not order:
                break
            if order == b"c":
                config = json.loads(read_all(handles[0]))
                try:
                    walls = ruleset(config)
                    line.sendall(json.dumps({"pid": os.getpid()}).encode() + b"\n")
                except Failed as error:
                    line.sendall(json.dumps({"failed": str(error)}).encode() + b"\n")
                continue
            run = json.loads(read_all(handles[0]))
            control, *given = handles[1:]
            try:
                child = os.fork()
            except OSError:
                # What the session's shell left running may have used up its processes.
                os.write(control, b'{"full": true}\n')
                child = -1
            if child == 0:
                line.close()
                try:
                    Keeper(config, walls, run, socket.socket(fileno=control)).serve(given)
                finally:
                    os._exit(0)
            for number in (control, *given):
                os.close(number)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
    finally:
        end_all(os.getpid(), reap_any)
        if config:
            remove(config["root"])
            leave(config["groups"])


def leave(groups: list[str]) -> None:
    """Removes the session's control groups, of which this process is the last member."""
    for folder in groups:
        with contextlib.suppress(OSError):
            with open(os.path.join(folder, "..", "cgroup.procs"), "w") as file:  # noqa: PTH118
                file.write(str(os.getpid()))
            os.rmdir(folder)  # noqa: PTH106


def reap_any() -> bool:
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return True
        except ChildProcessError:
            return False


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(1)
