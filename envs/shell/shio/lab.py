"""Where commands are run, and what is known of those that were: sessions and an execution cache.

The cache's key is the content: the working tree's digest, folder, standard input, arguments,
limits, backend and the utility's version. Environments with the same sandbox share one lab per
process, and processes that are given the same folder share what they found on disk.

What a command did is its exit status, its output, and its effects anywhere it may write: the home
folder read from outside (`Session.diff`) and, where the sandbox has a private `/tmp`, what was left
there. Times of files are not part of it. A command that runs out of time or memory has failed.

The published environment starts a privileged container per execution, takes a timeout for success
and sees the working folder alone; this does none of it (A03).
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import json
import os
import secrets
import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from veragym.core.errors import OptionError
from veragym.envs.shell.shio.grammar import Grammar, known, load
from veragym.envs.shell.shio.place import Place
from veragym.sandbox import (
    HOME,
    Change,
    Limits,
    Promise,
    RunnerUnavailable,
    RunResult,
    Sandbox,
    SandboxSpec,
    Session,
)

LIMITS = Limits(
    wall_seconds=3.0,
    cpu_seconds=2.0,
    memory_bytes=256 << 20,
    output_bytes=8192,
    file_bytes=1 << 20,
    processes=24,
)
MOST_KEPT = 16_384
"""Executions kept in memory, the latest used."""
MOST_OPEN = 8
"""Sessions held open, one per working tree."""
MOST_EFFECTS = 64
"""Effects that are named one by one; of the rest the number and a digest."""
_FORMAT = 1
_OUTSIDE = ".veragym-outside"
_ENV = {"LC_ALL": "C", "TZ": "UTC", "COLUMNS": "80"}

# $1: folder below home, $2: whether /tmp is ours; then the command. `exec` finds the program and
# not the shell's own `echo` or `test`.
_RUN = r"""
outside=$2; home=$PWD
if [ "$outside" = 1 ]; then
  for f in /tmp/* /tmp/.[!.]*; do
    if [ -e "$f" ] || [ -L "$f" ]; then rm -rf /tmp/* /tmp/.[!.]*; break; fi
  done
fi
cd "$1" || exit 125
shift 2
if [ "$outside" != 1 ]; then exec "$@"; fi
( exec "$@" )
status=$?
for f in /tmp/* /tmp/.[!.]*; do
  if [ -e "$f" ] || [ -L "$f" ]; then cp -a /tmp "$home/.veragym-outside"; break; fi
done
exit $status
"""


@dataclass(frozen=True, slots=True)
class Execution:
    """What one command did.

    Attributes:
        status: exit status; 128 and the signal's number if a signal ended it; -1 if it ran out of
            time, -2 if out of memory.
        stdout, stderr: what it wrote, as Latin-1 text, cut at the limit.
        effects: what it changed on disk, one line each.
        cut: output was cut.
        succeeded: the status is 0, or another that is an answer of this utility's.
    """

    status: int
    stdout: str = ""
    stderr: str = ""
    effects: tuple[str, ...] = ()
    cut: bool = False
    succeeded: bool = False

    @property
    def output(self) -> str:
        """Both streams, told apart."""
        return f"{self.stdout}\x00{self.stderr}" if self.stderr else self.stdout


@dataclass
class Count:
    """How often something was asked, run, and found in the cache."""

    asked: int = 0
    run: int = 0
    from_disk: int = 0


class Lab:
    """Runs commands on working trees and remembers what they did. Usable from several threads.

    Args:
        sandbox: where to run them.
        limits: bounds on each command.
        folder: where executions are kept on disk as well, if anywhere.
    """

    def __init__(
        self, sandbox: Sandbox, limits: Limits = LIMITS, folder: str | Path | None = None
    ) -> None:
        self.sandbox = sandbox
        self.limits = limits
        self.folder = None if folder is None else Path(folder)
        self.count = Count()
        self.caching = True
        self._kept: OrderedDict[str, Execution] = OrderedDict()
        self._open: OrderedDict[str, tuple[Session, str]] = OrderedDict()
        self._lock = threading.RLock()
        self._users: weakref.WeakSet[Any] = weakref.WeakSet()
        self._private_tmp: bool | None = None
        self._versions: dict[str, str] = {}
        self._tried = False

    # -- asking ----------------------------------------------------------------------------------

    def run(self, place: Place, argv: Sequence[str], repeat: int = 0) -> Execution:
        """What a command does on a working tree.

        Args:
            argv: the utility, then its arguments.
            repeat: 0 for the execution everyone shares; n for the n-th one made to see whether
                they agree.
        Raises:
            RunnerUnavailable: it could not be run, or the utility is not installed.
        """
        argv = tuple(argv)
        with self._lock:
            self.count.asked += 1
            if not self.caching:
                return self._execute(place, argv)
            key = self._key(place, argv, repeat)
            found = self._kept.get(key)
            if found is None:
                found = self._from_disk(key)
            if found is None:
                found = self._execute(place, argv)
                self._to_disk(key, place, argv, found)
            self._kept[key] = found
            self._kept.move_to_end(key)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return found

    def version(self, utility: str) -> str:
        """What the utility says of itself; empty if nothing. Part of every key."""
        with self._lock:
            if utility not in self._versions:
                result = self._execute(_EMPTY, (utility, "--version"))
                if result.status in (126, 127):
                    raise RunnerUnavailable(
                        f"{utility!r} is not installed in the sandbox {self.sandbox.name!r}; "
                        "install it, or leave it out of utilities="
                    )
                self._versions[utility] = result.stdout if result.succeeded else ""
            return self._versions[utility]

    def about_itself(self, utility: str) -> tuple[str, ...]:
        """What the utility prints when it is asked about itself, without any file at hand."""
        helped = self.run(_EMPTY, (utility, "--help"))
        said = (helped.stdout if helped.succeeded else "", self.version(utility))
        return tuple(text for text in said if text.strip())

    def forget(self) -> None:
        """Empties the cache in memory; what is on disk stays."""
        with self._lock:
            self._kept.clear()

    # -- sessions --------------------------------------------------------------------------------

    def enter(self, user: object) -> None:
        """An environment uses this, until it leaves or is forgotten."""
        with self._lock:
            self._users.add(user)

    def leave(self, user: object) -> None:
        """One environment less; the last one closes the sessions. What is known is kept."""
        with self._lock:
            self._users.discard(user)
            if not self._users:
                self.close()

    def ready(self) -> None:
        """Sees to it that commands can be run at all.

        Raises:
            RunnerUnavailable: they cannot; the message says what is missing.
        """
        with self._lock:
            if not self._tried:
                self.sandbox.open(SandboxSpec()).close()
                self._tried = True

    def close(self) -> None:
        """Closes all sessions; the next command opens new ones."""
        with self._lock:
            while self._open:
                self._open.popitem()[1][0].close()

    def _session(self, place: Place) -> tuple[Session, str]:
        key = place.tree.digest
        if key not in self._open:
            while len(self._open) >= MOST_OPEN:
                self._open.popitem(last=False)[1][0].close()
            if self._private_tmp is None:
                promise = self.sandbox.capabilities().files
                self._private_tmp = promise is Promise.CONTAINED
            session = self.sandbox.open(SandboxSpec(place.tree, _ENV, self.limits))
            try:
                home = session.exec(("pwd",)).stdout.decode("utf-8", "replace").strip()
            except BaseException:
                session.close()
                raise
            self._open[key] = (session, home)
        self._open.move_to_end(key)
        return self._open[key]

    def _execute(self, place: Place, argv: tuple[str, ...]) -> Execution:
        if any("\0" in word for word in argv):
            return Execution(126, "", "an argument holds a null byte")
        self.count.run += 1
        session, home = self._session(place)
        try:
            grammar = load(argv[0]) if argv[0] in known() else None
            stdin = b""
            if grammar is not None and grammar.stdin and place is not _EMPTY:
                stdin = place.content(place.fill[grammar.stdin][0])
            dated = grammar is None or grammar.times
            script = (_touches(place) if dated else "") + _RUN
            words = ("sh", "-c", script, "sh", place.cwd, str(int(bool(self._private_tmp))), *argv)
            result = session.exec(words, stdin=stdin)
            changed = session.diff()
            if changed:
                session.reset()
        except BaseException:
            # Whatever state the session is in, the next command must not meet it.
            self._open.pop(place.tree.digest, None)
            with contextlib.suppress(Exception):
                session.close()
            raise
        return _execution(result, _effects(changed), home, grammar)

    # -- keeping ---------------------------------------------------------------------------------

    def _key(self, place: Place, argv: tuple[str, ...], repeat: int) -> str:
        what = (
            _FORMAT,
            self.sandbox.name,
            self.version(argv[0]),
            asdict(self.limits),
            place.tree.digest,
            place.cwd,
            _manner(argv[0]),
            argv,
            repeat,
        )
        data = json.dumps(what, ensure_ascii=True).encode()
        return hashlib.blake2b(data, digest_size=20).hexdigest()

    def _path(self, key: str) -> Path | None:
        return None if self.folder is None else self.folder / key[:2] / f"{key}.json"

    def _from_disk(self, key: str) -> Execution | None:
        path = self._path(key)
        if path is None:
            return None
        try:
            found = execution_from_json(json.loads(path.read_text(encoding="utf-8"))["did"])
        except (OSError, ValueError, KeyError, TypeError):
            return None  # not there, or half written by a machine that went down
        self.count.from_disk += 1
        return found

    def _to_disk(self, key: str, place: Place, argv: tuple[str, ...], did: Execution) -> None:
        path = self._path(key)
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}-{secrets.token_hex(4)}")
        row = {"tree": place.number, "argv": argv, "did": asdict(did)}
        beside.write_text(json.dumps(row), encoding="utf-8")
        beside.replace(path)


def execution_from_json(data: Any) -> Execution:
    """Inverse of `dataclasses.asdict`."""
    return Execution(**{**data, "effects": tuple(data["effects"])})


def _manner(utility: str) -> Any:
    """What of its grammar decides how a utility is run and read."""
    if utility not in known():
        return None
    grammar = load(utility)
    return grammar.stdin, grammar.order, grammar.times, grammar.success


_EMPTY = Place(-1, SandboxSpec().files, ".", {})


@functools.lru_cache(maxsize=64)
def _touches(place: Place) -> str:
    """Shell lines that give every file its time; only the system's clock would, otherwise."""
    return "".join(
        f"touch -h -d @{time} -- " + " ".join(f"'{name}'" for name in names) + "\n"
        for time, names in place.times.items()
        if names and place is not _EMPTY
    )


def _execution(
    result: RunResult, effects: tuple[str, ...], home: str, grammar: Grammar | None
) -> Execution:
    if result.timed_out:
        status = -1
    elif result.out_of_memory:
        status = -2
    elif result.exit_status is None:
        status = 128 + (result.signal or 0)
    else:
        status = result.exit_status
    texts = []
    for stream in (result.stdout, result.stderr):
        text = stream.decode("latin-1")
        if home and home != HOME:
            text = text.replace(home, HOME)
        if grammar is not None and grammar.order == "any":
            text = "".join(sorted(text.splitlines(keepends=True)))
        texts.append(text)
    success = (0,) if grammar is None else grammar.success
    return Execution(status, texts[0], texts[1], effects, result.truncated, status in success)


def _effects(changed: Sequence[Change]) -> tuple[str, ...]:
    """Changes as lines that are equal where the changes are."""
    names: dict[int, list[str]] = {}
    for change in changed:
        if change.after is not None and change.after.inode:
            names.setdefault(change.after.inode, []).append(change.path)
    lines = []
    for change in changed:
        path = change.path
        if path == _OUTSIDE:
            continue
        if path.startswith(_OUTSIDE + "/"):
            path = "/tmp/" + path[len(_OUTSIDE) + 1 :]
        after = change.after
        if after is None:
            lines.append(f"removed {path}")
            continue
        verb = "added" if change.before is None else "changed"
        size = f" {after.size} bytes {after.digest}" if after.kind == "file" else ""
        target = f" to {after.content.decode('latin-1')}" if after.kind == "link" else ""
        others = [name for name in names.get(after.inode, []) if name != change.path]
        shared = f" one with {', '.join(others)}" if others else ""
        lines.append(f"{verb} {path}: {after.kind} {after.mode:o}{size}{target}{shared}")
    if len(lines) > MOST_EFFECTS:
        rest = "\n".join(lines[MOST_EFFECTS:]).encode("utf-8", "surrogateescape")
        digest = hashlib.blake2b(rest, digest_size=16).hexdigest()
        count = len(lines) - MOST_EFFECTS
        lines[MOST_EFFECTS:] = [f"and {count} more: {digest}"]
    return tuple(line.encode("utf-8", "backslashreplace").decode() for line in lines)


# -- labs of this process -------------------------------------------------------------------------

_labs: dict[Any, Lab] = {}
_labs_lock = threading.Lock()


def lab_for(
    sandbox: str | Sandbox = "auto", *, unsafe: bool = False, cache: str | Path | None = None
) -> Lab:
    """The lab of this process for a sandbox.

    Args:
        sandbox: a backend's name, `auto` for the best that works here, or a `Sandbox`.
        unsafe: allow the backend `subprocess`, which has no walls.
        cache: a folder that keeps executions between processes.
    Raises:
        RunnerUnavailable: no such backend works here.
        OptionError: no such backend.
    """
    folder = None if cache is None else str(Path(cache).absolute())
    # A child process must not use its parent's sessions.
    key = (os.getpid(), sandbox if isinstance(sandbox, str) else id(sandbox), unsafe, folder)
    with _labs_lock:
        if key not in _labs:
            _labs[key] = Lab(chosen(sandbox, unsafe), LIMITS, folder)
        return _labs[key]


def _new_lock() -> None:
    # A thread of the parent may have held it while this process was forked off.
    global _labs_lock
    _labs_lock = threading.Lock()


os.register_at_fork(after_in_child=_new_lock)


def labs_of_process() -> list[Lab]:
    """Those that were made in this process."""
    with _labs_lock:
        return [lab for key, lab in _labs.items() if key[0] == os.getpid()]


@atexit.register
def _close_all() -> None:
    for lab in labs_of_process():
        lab.close()


def chosen(sandbox: str | Sandbox, unsafe: bool) -> Sandbox:
    """The sandbox meant by a name.

    Raises:
        RunnerUnavailable: it does not work here.
        OptionError: there is none of that name, or it is unsafe and that was not accepted.
    """
    if not isinstance(sandbox, str):
        if isinstance(sandbox, Sandbox):
            return sandbox
        raise OptionError(f"sandbox must be a backend's name or a Sandbox, got {sandbox!r:.80}")
    from veragym.sandbox.choose import choose

    return choose(sandbox, unsafe=unsafe)
