"""Sessions in containers of a Docker engine, by way of its API alone.

One session is one container: a read-only root, no network, no capabilities, no way to gain any,
bounded memory and processes, a home folder of bounded size in memory. A keeper under a user of its
own reads our end of a pipe; when we close it or die, the keeper ends, with it the container, and
the engine removes both container and home folder.

Commands are `exec`s under the agent's user. Each has an init of its own to which whatever it
leaves behind belongs, so that we can tell it from the jobs of the session's shell; what is running
is read by the engine on its machine. Files are read and written by the engine too, as archives of
a container that is paused: no program in it is asked, and none can move meanwhile.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import importlib
import io
import math
import os
import secrets
import shlex
import signal
import tarfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veragym.core.errors import MissingExtra, OptionError
from veragym.sandbox.closing import Closing
from veragym.sandbox.docker_image import AGENT, KEEPER, import_image
from veragym.sandbox.docker_stream import ExecStream
from veragym.sandbox.docker_usage import Meter, Usage
from veragym.sandbox.interface import RunnerUnavailable, RunResult
from veragym.sandbox.plain_bash import NULL, command_bytes, words_of
from veragym.sandbox.session import (
    HOME,
    Capabilities,
    Promise,
    SandboxSpec,
    SessionClosed,
    ShellResult,
    Snapshot,
)
from veragym.sandbox.tree import Change, Node, Tree, changes

_AS_AGENT = f"{AGENT}:{AGENT}"
_PASSED = "/run/veragym"
_INIT = ("/sbin/docker-init", "-s", "--")
_OWNER = "veragym.owner"
# Everything the shell knows, as commands. Errors are those of its read-only variables.
_STATE = (
    "{ declare -p; declare -f; alias -p; shopt -p; umask -p; trap -p; "
    'printf "cd -- %q\\n" "$PWD"; set +o; } 2>/dev/null'
)
# Bash reads its script from a pipe that it may open: a script that it has for standard input ends
# with the first error of syntax.
_READ = "exec 3<&0 </dev/null; exec bash --norc --noprofile <(exec cat <&3 3<&-) 3<&-"
# Bash 5.2 has come to harm when it says so of a text of its own, and fails at the next command.
_UNCLOSED = b"unexpected EOF while looking for matching `)'"
# Ends, of all that the agent's user runs, what neither descends from KEPT nor is this script; or,
# where SINCE is given, what descends from KEPT and was started since (in ticks), except SPARED.
_SWEEP = """
for round in 1 2 3 4 5; do
  declare -A above=() born=()
  for place in /proc/[0-9]*; do
    read -r line 2>/dev/null <"$place/stat" || continue
    set -- ${line##*) }
    [[ $1 == Z ]] && continue
    above[${place#/proc/}]=$2 born[${place#/proc/}]=${20}
  done
  found=0
  for pid in "${!above[@]}"; do
    up=$pid
    while [[ -n $up && $up != "$KEPT" && $up != $$ && $up != 1 ]]; do up=${above[$up]}; done
    [[ $pid == 1 || $up == $$ ]] && continue
    if [[ -n $SINCE ]]; then
      [[ $up == "$KEPT" && $pid != "$KEPT" && $pid != "$SPARED" ]] || continue
      ((born[$pid] >= SINCE)) || continue
    else
      [[ $up == "$KEPT" ]] && continue
    fi
    kill -9 "$pid" 2>/dev/null && found=1
  done
  ((found)) || break
done
"""
# The machine's clock as the kernel dates processes: hundredths of a second since it started.
_AGE = "read -r up _ </proc/uptime; SINCE=$(( ${up/./} - AGE ))\n"


@dataclass(frozen=True)
class DockerSandbox:
    """Opens sessions in containers.

    Args:
        image: of the engine's; it must hold bash and the usual tools. None: one made of this
            machine's programs, which the engine keeps for the next time.
        base_url: the engine, such as `unix:///var/run/docker.sock`; None: `DOCKER_HOST`, or the
            usual place.
        gpus: how many graphics cards a session sees, -1 for all. A driver in a container is code
            of the kernel's that it can talk to: a weaker wall.
        runtime: the engine's name of another runtime, such as `runsc` (gVisor).
        cpus: how many processors a session may keep busy.
    """

    image: str | None = None
    base_url: str | None = None
    gpus: int = 0
    runtime: str | None = None
    cpus: float = 1.0
    name: str = dataclasses.field(default="docker", init=False)

    def capabilities(self) -> Capabilities:
        """See `Sandbox.capabilities`. Opens a session and looks."""
        api = connect(self.base_url)
        with self.open() as session:
            status = session.exec("grep -E '^(Seccomp|NoNewPrivs|CapEff):' /proc/self/status")
            rings = session.exec(["python3", "-c", _RINGS])
        about = {
            words[0]: words[1]
            for line in status.stdout.decode().splitlines()
            if len(words := line.split()) == 2
        }
        if about.get("NoNewPrivs:") != "1" or int(about.get("CapEff:", "1"), 16):
            raise RunnerUnavailable(f"the engine does not take privileges away: {about}")
        info = api.info()
        notes = []
        kernel = memory = Promise.CONTAINED
        if about.get("Seccomp:") != "2" or rings.stdout != b"refused\n":
            kernel = Promise.DEGRADED
            notes.append(
                "This engine lets programs reach io_uring or filters no calls of the kernel; "
                "version 25 and later do not."
            )
        if not (info.get("MemoryLimit") and info.get("PidsLimit")):
            memory = Promise.DEGRADED
            notes.append("This engine cannot bound memory or processes; give it cgroups.")
        if self.gpus:
            kernel = Promise.DEGRADED
            notes.append("The graphics driver is within reach of programs.")
        good = Promise.CONTAINED
        return Capabilities(
            "docker", good, good, memory, good, good, kernel, privileged=True, notes=tuple(notes)
        )

    def open(self, spec: SandboxSpec | None = None) -> DockerSession:
        """See `Sandbox.open`."""
        api = connect(self.base_url)
        with _engine():
            sweep(api)
            image = self.image or _local_image(api)
            return DockerSession(self, api, image, SandboxSpec() if spec is None else spec)


_RINGS = (
    "import ctypes, errno; libc = ctypes.CDLL(None, use_errno=True); "
    "got = libc.syscall(425, 1, ctypes.create_string_buffer(120)); "
    "print('refused' if got < 0 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS) else 'open')"
)


def connect(base_url: str | None = None) -> Any:
    """A `docker.APIClient` of an engine that answers.

    Raises:
        MissingExtra: the SDK is not installed.
        RunnerUnavailable: no engine answers.
    """
    try:
        docker = importlib.import_module("docker")
    except ImportError as error:
        raise MissingExtra("docker", "docker", "the docker backend") from error
    where = base_url or os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    try:
        return docker.APIClient(base_url=where, version="auto", timeout=60)
    except (docker.errors.DockerException, OSError) as error:
        raise RunnerUnavailable(
            f"no Docker engine answers at {where}: {error}. Start one, and let this user talk to "
            "it; DOCKER_HOST names another place"
        ) from error


def sweep(api: Any) -> int:
    """Removes sessions whose process is gone, where the engine did not see it go.

    Returns:
        How many.
    """
    gone = 0
    here = _machine()
    for found in api.containers(all=True, filters={"label": _OWNER}):
        machine, _, rest = found["Labels"][_OWNER].partition("/")
        pid, _, born = rest.partition("/")
        if machine == here and _born(int(pid)) != born:
            with _gone():
                api.remove_container(found["Id"], force=True, v=True)
            gone += 1
    return gone


@contextlib.contextmanager
def _engine() -> Iterator[None]:
    """An engine that fails is a machinery that fails."""
    docker, requests = (importlib.import_module(name) for name in ("docker.errors", "requests"))
    try:
        yield
    except _FileError:
        raise
    except (docker.DockerException, requests.RequestException, OSError) as error:
        raise RunnerUnavailable(f"the Docker engine failed: {error}") from error


@contextlib.contextmanager
def _gone() -> Iterator[None]:
    """What is not there any more, or is on its way, need not be removed."""
    errors = importlib.import_module("docker.errors")
    try:
        yield
    except errors.NotFound:
        return
    except errors.APIError as error:
        if error.response is None or error.response.status_code != 409:
            raise


_IMAGES: dict[str, str] = {}


def _local_image(api: Any) -> str:
    engine = api.info()["ID"]
    if engine not in _IMAGES:
        _IMAGES[engine] = import_image(api)
    return _IMAGES[engine]


def _machine() -> str:
    """This boot of this machine, as seen by processes that see the same processes."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}:{Path('/proc/self/ns/pid').readlink()}"


def _born(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


class DockerSession(Closing):
    """See `Session`.

    Of the bytes a session may fill, three quarters are its home folder's, one eighth each
    /tmp's and /dev/shm's; files in memory count as memory too. `cpu_seconds` and `peak_memory` are
    those of the session as a whole, the peak since it began. Sockets in the home folder are not
    seen, and a set of files that differs in the number of an inode alone is the same.
    """

    def __init__(self, sandbox: DockerSandbox, api: Any, image: str, spec: SandboxSpec) -> None:
        self.spec = spec
        self._sandbox, self._api, self._image = sandbox, api, image
        self._container, self._pid = "", 0
        self._lifeline: Any = None
        self._shell: _Shell | None = None
        self._closed = False
        try:
            self._begin(spec.files)
        except BaseException:
            self.close()
            raise

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
        words = words_of(command)
        if isinstance(words, RunResult):
            return words
        limits = self.spec.limits
        wall = limits.wall_seconds if timeout is None else timeout
        bounded = f'ulimit -t {math.ceil(limits.cpu_seconds)}; exec "$@"'
        with _engine():
            before, since = self._meter.read(), time.time()
            stream = self._start([*_INIT, "bash", "-c", bounded, "bash", *words], env or {}, stdin)
            with contextlib.closing(stream):
                late = not stream.read(time.monotonic() + wall, limits.output_bytes)
                if late:
                    self._end_strays()
                    stream.read(time.monotonic() + 1.0, limits.output_bytes)
                code = stream.exit_status()
            after = self._meter.read()
            spent = max(0.0, after.cpu_seconds - before.cpu_seconds)
            short = self._ran_short(before, after, since)
            self._end_strays()
            # The init says 128 + n for a program that signal n ended.
            killed = code - 128 if code is not None and 128 < code < 160 else None
            if late or code is None:
                killed = signal.SIGKILL
            over = killed in (signal.SIGXCPU, signal.SIGKILL) and spent >= 0.9 * limits.cpu_seconds
            return RunResult(
                stream.stdout,
                stream.stderr,
                exit_status=None if killed else code,
                signal=killed,
                timed_out=late or over,
                out_of_memory=short and killed == signal.SIGKILL and not late,
                truncated=stream.truncated,
                cpu_seconds=spent,
                peak_memory=after.peak_memory,
            )

    def shell(self, command: str, *, timeout: float | None = None) -> ShellResult:
        """See `Session.shell`."""
        self._check()
        wall = self.spec.limits.wall_seconds if timeout is None else timeout
        with _engine():
            shell = self._shell or self._new_shell()
            if "\0" in command:
                return ShellResult(b"", NULL, 2, cwd=shell.cwd)
            before, since = self._meter.read(), time.time()
            began = time.monotonic()
            end = began + wall
            status, late = shell.run(command_bytes(command), end), False
            if status is None and shell.alive():
                late = True
                self._end_below(shell, time.monotonic() - began)
                status = shell.finish(time.monotonic() + 1.0)
            out, err, cut = self._passed(shell.number)
            after = self._meter.read()
            short = self._ran_short(before, after, since)
            code = None
            broken = status == 2 and _UNCLOSED in err and not self._parses(command)
            if status is None or broken:
                self._shell = None
                self._end_strays()
                code = shell.stream.exit_status()
                shell.stream.close()
            killed = code - 128 if code is not None and 128 < code < 160 else None
            if status is None and (late or code is None):
                killed, code = signal.SIGKILL, None
            return ShellResult(
                out,
                err,
                exit_status=status if status is not None else None if killed else code,
                signal=killed,
                timed_out=late,
                out_of_memory=short and not late,
                truncated=cut,
                cpu_seconds=max(0.0, after.cpu_seconds - before.cpu_seconds),
                peak_memory=after.peak_memory,
                cwd=shell.cwd if status is not None and not broken else "",
                replaced=status is None or broken,
            )

    def put(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """See `Session.put`."""
        self._check()
        with _engine(), self._paused():
            steps = self._resolve(path, make=True)
            place = "/".join([HOME, *steps])
            found = self._look(place)
            if found is not None and not _regular(found):
                raise _FileError(f"{path!r:.200} exists and is no regular file")
            missing = []
            for depth in range(1, len(steps)):
                above = self._look("/".join([HOME, *steps[:depth]]))
                if above is None:
                    missing.append("/".join(steps[:depth]))
                elif not above["mode"] & _GO_DIR:
                    raise _FileError(f"{path!r:.200} stands below a file")
            made = {name: Node("folder", 0o755) for name in missing}
            nodes = {**made, "/".join(steps): Node("file", mode, content)}
            try:
                self._api.put_archive(self._container, HOME, _packed(nodes))
            except importlib.import_module("docker.errors").APIError as error:
                if "no space left" in str(error):
                    raise _FileError(errno.ENOSPC, f"no space left for {path!r:.200}") from error
                raise

    def get(self, path: str, *, limit: int = 1 << 20) -> bytes:
        """See `Session.get`."""
        self._check()
        with _engine(), self._paused():
            steps = self._resolve(path, make=False)
            place = "/".join([HOME, *steps])
            found = self._look(place)
            if found is None or not _regular(found):
                raise _FileError(f"{path!r:.200} is no regular file")
            if not steps[-1].isprintable():
                # The engine sends no file alone whose name is no text, but it does the folder.
                place = "/".join([HOME, *steps[:-1], "."])
            with _opened(self._archive(place)) as archive:
                for entry in archive:
                    if entry.isreg() and _inner(entry.name) == steps[-1]:
                        held = archive.extractfile(entry)
                        return held.read(limit) if held is not None else b""
        raise OSError(f"{path!r:.200} is no regular file")

    def tree(self) -> Tree:
        """See `Session.tree`. What is read is the engine's archive of a paused container.

        Raises:
            OSError: there is more in the home folder than can be read.
        """
        return self._read(1 << 20)

    def diff(self) -> tuple[Change, ...]:
        """See `Session.diff`. Costs time by what is there."""
        return changes(self.spec.files, self.tree())

    def snapshot(self) -> Snapshot:
        """See `Session.snapshot`."""
        self._check()
        state = b""
        if self._shell is not None:
            kept = self.shell(f"{_STATE} >{_PASSED}/state")
            if not kept.replaced:
                with _engine():
                    state = self._take(self.spec.disk_bytes).get("state", b"")
        return Snapshot(self._read(self.spec.disk_bytes), state)

    def restore(self, snapshot: Snapshot) -> None:
        """See `Session.restore`. Sockets come back as pipes: a tree knows special files only."""
        self._again(snapshot.files)
        if snapshot.shell:
            with _engine():
                node = {"state": Node("file", 0o600, snapshot.shell)}
                self._api.put_archive(self._container, _PASSED, _packed(node))
            self.shell(f". {_PASSED}/state >/dev/null 2>&1; rm -f {_PASSED}/state")

    def reset(self) -> None:
        """See `Session.reset`. It is another container."""
        self._again(self.spec.files)

    def close(self) -> None:
        """See `Session.close`."""
        if self._closed:
            return
        self._closed = True
        with _engine():
            self._end()

    def _check(self) -> None:
        if self._closed:
            raise SessionClosed("this session is closed; open another one")

    # The container

    def _begin(self, files: Tree) -> None:
        api, spec, limits = self._api, self.spec, self.spec.limits
        disk = spec.disk_bytes
        passed = 4 * (limits.output_bytes + 4096) + (1 << 20)
        types = importlib.import_module("docker.types")
        size = f"size={disk - disk // 4},nr_inodes={spec.inodes + 2}"

        def held(place: str, options: str) -> Any:
            # A volume, because the engine's archives do not reach into its plain tmpfs.
            options += f",uid={AGENT},gid={AGENT},nosuid,nodev"
            driver = types.DriverConfig("local", {"type": "tmpfs", "device": "tmpfs", "o": options})
            return types.Mount(place, None, type="volume", no_copy=True, driver_config=driver)

        lent = [
            types.Mount(inside, outside, type="bind", read_only=True)
            for inside, outside in spec.folders.items()
        ]
        longest = max(limits.file_bytes, limits.output_bytes + 1)
        cards = [types.DeviceRequest(count=self._sandbox.gpus, capabilities=[["gpu"]])]
        host = api.create_host_config(
            auto_remove=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
            read_only=True,
            network_mode="none",
            ipc_mode="private",
            init=True,
            mem_limit=limits.memory_bytes,
            memswap_limit=limits.memory_bytes,
            pids_limit=limits.processes + 8,
            nano_cpus=int(self._sandbox.cpus * 1e9),
            shm_size=max(1 << 16, disk // 8),
            tmpfs={
                "/tmp": f"size={disk // 8},nr_inodes={spec.inodes},mode=1777,exec,nosuid,nodev",
            },
            ulimits=[
                types.Ulimit(name="core", soft=0, hard=0),
                types.Ulimit(name="nofile", soft=1024, hard=1024),
                types.Ulimit(name="fsize", soft=longest, hard=longest),
                types.Ulimit(name="msgqueue", soft=0, hard=0),
            ],
            log_config=types.LogConfig(type="none"),
            mounts=[
                held(HOME, f"{size},mode=0755"),
                held(_PASSED, f"size={passed},nr_inodes=64,mode=0700"),
                *lent,
            ],
            device_requests=cards if self._sandbox.gpus else None,
            runtime=self._sandbox.runtime,
        )
        made = api.create_container(
            self._image,
            ["cat"],
            entrypoint=[],
            user=f"{KEEPER}:{KEEPER}",
            working_dir="/",
            hostname="sandbox",
            stdin_open=True,
            detach=False,
            environment=self._env(),
            labels={_OWNER: f"{_machine()}/{os.getpid()}/{_born(os.getpid())}"},
            host_config=host,
            stop_signal="SIGKILL",
        )
        self._container = made["Id"]
        # One attached stream of input: its end is the end of the keeper.
        self._lifeline = api.attach_socket(self._container, {"stdin": 1, "stream": 1})
        api.start(self._container)
        self._pid = int(api.inspect_container(self._container)["State"]["Pid"])
        if not self._pid:
            raise OSError(f"the container of image {self._image} ended as it began")
        self._meter = Meter(api, self._container, self._pid)
        if files:
            api.put_archive(self._container, HOME, _packed(files))

    def _end(self) -> None:
        self._shell = None
        if self._lifeline is not None:
            with contextlib.suppress(OSError):
                self._lifeline.close()
            self._lifeline = None
        if self._container:
            with _gone():
                self._api.remove_container(self._container, force=True, v=True)
            self._await_removal()
            self._container = ""

    def _await_removal(self) -> None:
        errors = importlib.import_module("docker.errors")
        for _ in range(200):
            try:
                self._api.inspect_container(self._container)
            except errors.NotFound:
                return
            time.sleep(0.01)

    def _again(self, files: Tree) -> None:
        self._check()
        with _engine():
            self._end()
            self._begin(files)

    def _renew(self) -> None:
        """Another container with the same files, where the old one cannot be freed of something."""
        self._again(self._read(self.spec.disk_bytes))

    def _env(self) -> dict[str, str]:
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": HOME,
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            **self.spec.env,
        }

    # Processes

    def _start(
        self, words: Sequence[str], env: Mapping[str, str], stdin: bytes | None
    ) -> ExecStream:
        """Starts a command under the agent's user; `stdin` None stays open."""
        made = self._api.exec_create(
            self._container,
            _sendable(words),
            stdin=True,
            user=_AS_AGENT,
            workdir=HOME,
            environment={**self._env(), **env},
        )
        return ExecStream(self._api, made["Id"], stdin)

    def _running(self) -> dict[int, tuple[int, int]]:
        """Parent and user by process, in the numbers of the engine's machine."""
        said = self._api.top(self._container, "-eo pid,ppid,uid")
        return {int(row[0]): (int(row[1]), int(row[2])) for row in said["Processes"] or []}

    def _strays(self) -> list[int]:
        """What runs and belongs neither to the keeper nor to the shell."""
        running = self._running()
        if self._pid not in running:
            raise OSError("the session's container is gone")
        roots, keeper = {self._pid}, running[self._pid][1]
        if self._shell is not None:
            roots.add(self._shell.pid)
        found = []
        for pid, (_, user) in running.items():
            if user == keeper:
                continue
            up = pid
            while up in running and up not in roots:
                up = running[up][0]
            if up not in roots or up == self._pid:
                found.append(pid)
        return found

    def _parses(self, command: str) -> bool:
        """Whether bash can read a text to its end."""
        stream = self._start(["bash", "-n", "-c", command], {}, b"")
        with contextlib.closing(stream):
            return stream.read(time.monotonic() + 10.0, 1 << 10) and stream.exit_status() == 0

    def _end_strays(self) -> None:
        """Ends what a command left; in the last resort by another container."""
        for _ in range(2):
            if not self._strays():
                return
            kept = self._shell.inner if self._shell is not None else -1
            # Without a shell one signal reaches all at once, however fast they multiply.
            script = "kill -9 -1" if self._shell is None else f"KEPT={kept}\n{_SWEEP}"
            self._trusted(script)
        if self._strays():
            self._renew()

    def _end_below(self, shell: _Shell, seconds: float) -> None:
        """Ends the programs that the shell has started in the last so many seconds."""
        age = int(seconds * 100) + 5
        known = f"KEPT={shell.inner} SPARED={shell.bash} AGE={age}\n"
        self._trusted(known + _AGE + _SWEEP)

    def _trusted(self, script: str) -> None:
        """Runs a script of ours under the agent's user; it may be prevented from its work."""
        docker = importlib.import_module("docker.errors")
        with contextlib.suppress(OSError, docker.APIError):
            stream = self._start(["bash", "-c", script], {}, b"")
            with contextlib.closing(stream):
                stream.read(time.monotonic() + 3.0, 1 << 10)

    def _ran_short(self, before: Usage, after: Usage, since: float) -> bool:
        """Whether a process of the container was killed for memory meanwhile."""
        if before.memory_kills is not None and after.memory_kills is not None:
            return after.memory_kills > before.memory_kills
        filters = {"container": self._container, "event": "oom"}
        told = self._api.events(since=since, until=time.time(), filters=filters, decode=True)
        return any(True for _ in told)

    def _new_shell(self) -> _Shell:
        self._shell = _Shell(self._start([*_INIT, "bash", "-c", _READ], {}, None))
        return self._shell

    # Files

    def _passed(self, number: int) -> tuple[bytes, bytes, bool]:
        """What the shell's command wrote."""
        most = self.spec.limits.output_bytes
        held = self._take(most + 1)
        out, err = held.get(f"stdout.{number}", b""), held.get(f"stderr.{number}", b"")
        return out[:most], err[:most], len(out) > most or len(err) > most

    def _take(self, most: int) -> dict[str, bytes]:
        held = {}
        with _opened(self._archive(_PASSED)) as archive:
            for entry in archive:
                stream = archive.extractfile(entry) if entry.isreg() else None
                if stream is not None:
                    held[entry.name.rpartition("/")[2]] = stream.read(most)
        return held

    @contextlib.contextmanager
    def _paused(self) -> Iterator[None]:
        self._api.pause(self._container)
        try:
            yield
        finally:
            self._api.unpause(self._container)

    def _archive(self, place: str) -> Iterator[bytes]:
        stream, _ = self._api.get_archive(self._container, os.fsencode(place))
        return iter(stream)

    def _look(self, place: str) -> dict[str, Any] | None:
        """What the engine says of one name, whose parents are no links."""
        errors = importlib.import_module("docker.errors")
        try:
            _, found = self._api.get_archive(self._container, os.fsencode(place))
        except errors.NotFound:
            return None
        except errors.APIError as error:
            if "too many links" in str(error):
                raise _FileError(f"{place!r:.200} follows too many links") from error
            raise
        return dict(found)

    def _resolve(self, path: str, *, make: bool) -> list[str]:
        """The names of a path below the home folder, none of them a link, in a paused container."""
        if "\0" in path:
            raise OptionError(f"a path cannot hold a null byte: {path!r:.200}")
        todo, links = _steps(path, path), 0
        done: list[str] = []
        while todo:
            step = todo.pop(0)
            if step == "..":
                if not done:
                    raise OptionError(f"{path!r:.200} leaves the home folder")
                done.pop()
                continue
            found = self._look("/".join([HOME, *done, step]))
            if found is None and not make and todo:
                raise _FileError(f"{path!r:.200} is not there")
            if todo and found is not None and _regular(found):
                raise _FileError(f"{path!r:.200} stands below a file")
            if found is not None and found["mode"] & _GO_LINK:
                links += 1
                if links > 40:
                    raise _FileError(f"{path!r:.200} follows too many links")
                # Where it leads after all links, as the engine sees it from inside the container.
                todo = _steps(found["linkTarget"], path) + todo
                done = []
                continue
            done.append(step)
        if not done:
            raise _FileError(f"{path!r:.200} is a folder")
        return done

    def _read(self, limit: int) -> Tree:
        self._check()
        with _engine(), self._paused():
            return _unpacked(self._archive(f"{HOME}/."), limit)


class _FileError(OSError):
    """Something about a file in the session, as against the engine's own failures."""


def _sendable(words: Sequence[str]) -> list[str]:
    """Words as the engine takes them, which is only as text: bytes are spelt out for bash."""
    if all(word.isprintable() or word.isascii() for word in words):
        return list(words)
    spelt = ("".join(f"\\x{byte:02x}" for byte in os.fsencode(word)) for word in words)
    return ["bash", "-c", "exec " + " ".join(f"$'{word}'" for word in spelt)]


_GO_DIR, _GO_LINK = 1 << 31, 1 << 27
_GO_SPECIAL = (1 << 26) | (1 << 25) | (1 << 24) | (1 << 21) | (1 << 19)


def _regular(found: Mapping[str, Any]) -> bool:
    """Whether a mode, in the bits of the engine's language, is that of a regular file."""
    return not found["mode"] & (_GO_DIR | _GO_LINK | _GO_SPECIAL)


def _steps(path: str, given: str) -> list[str]:
    steps = [step for step in path.split("/") if step not in ("", ".")]
    if path.startswith("/"):
        base = [step for step in HOME.split("/") if step]
        if steps[: len(base)] != base:
            raise OptionError(f"{given!r:.200} leaves the home folder; paths begin below {HOME}")
        steps = steps[len(base) :]
    return steps


def _packed(nodes: Mapping[str, Node]) -> bytes:
    """Nodes as an archive, owned by the agent."""
    held = io.BytesIO()
    first: dict[int, str] = {}
    kinds = {"folder": tarfile.DIRTYPE, "link": tarfile.SYMTYPE, "special": tarfile.FIFOTYPE}
    with tarfile.open(
        fileobj=held, mode="w", format=tarfile.PAX_FORMAT, errors="surrogateescape"
    ) as archive:
        for name, node in nodes.items():
            entry = tarfile.TarInfo(name)
            entry.mode, entry.uid, entry.gid = node.mode, AGENT, AGENT
            entry.type = kinds.get(node.kind, tarfile.REGTYPE)
            if node.kind == "link":
                entry.linkname = os.fsdecode(node.content)
            elif node.kind == "file" and node.inode and node.inode in first:
                entry.type, entry.linkname = tarfile.LNKTYPE, first[node.inode]
            elif node.kind == "file":
                if not node.whole:
                    raise OSError(f"{name!r} was cut and cannot be written")
                entry.size = len(node.content)
                first.setdefault(node.inode, name)
            archive.addfile(entry, io.BytesIO(node.content) if entry.isreg() else None)
    return held.getvalue()


def _opened(blocks: Iterator[bytes]) -> tarfile.TarFile:
    """An archive as it arrives."""
    stream: Any = _Blocks(blocks)
    return tarfile.open(fileobj=stream, mode="r|", encoding="utf-8", errors="surrogateescape")


def _unpacked(blocks: Iterator[bytes], limit: int, names: int = 100_000) -> Tree:
    """The tree of an archive of a home folder, as the engine makes them."""
    found: dict[str, Node] = {}
    groups: dict[str, int] = {}
    with _opened(blocks) as archive:
        for entry in archive:
            path = _inner(entry.name)
            if not path:
                continue
            if len(found) >= names:
                raise _FileError(f"the folder holds more than {names} names")
            mode = entry.mode & 0o7777
            if entry.isdir():
                found[path] = Node("folder", mode)
            elif entry.issym():
                target = entry.linkname.encode("utf-8", "surrogateescape")
                found[path] = Node("link", 0o777, target)
            elif entry.islnk():
                first = _inner(entry.linkname)
                number = groups.setdefault(first, len(groups) + 1)
                found[first] = dataclasses.replace(found[first], inode=number)
                found[path] = found[first]
            elif entry.isreg():
                total, kept = hashlib.blake2b(digest_size=16), bytearray()
                held = archive.extractfile(entry)
                while held is not None and (block := held.read(1 << 20)):
                    total.update(block)
                    kept += block[: max(0, limit - len(kept))]
                found[path] = Node("file", mode, bytes(kept), entry.size, total.hexdigest())
            else:
                found[path] = Node("special", mode)
    return Tree(found)


def _inner(name: str) -> str:
    return "/".join(step for step in name.split("/") if step not in ("", "."))


class _Blocks(io.RawIOBase):
    """Blocks that come one after another, as a file."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._held = blocks, b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, missing = [], size
        while missing:
            if not self._held:
                self._held = next(self._blocks, b"")
                if not self._held:
                    break
            part = self._held if missing < 0 else self._held[:missing]
            self._held = self._held[len(part) :]
            parts.append(part)
            missing -= len(part) if missing > 0 else 0
        return b"".join(parts)


class _Shell:
    """The session's bash: its script is the stream's input, its reports are the output.

    As in `plain_bash`: a command's status is reported first, then a fresh word is asked for, so
    that what the command wrote to the reports' place cannot end it early.
    """

    def __init__(self, stream: ExecStream) -> None:
        self.stream = stream
        self.number = 0
        self.cwd = HOME
        stream.send(
            b'eval "exec ${0##*/}<&-"; BASH_ARGV0=bash; exec 9>&1 >/dev/null 2>&1\n'
            b"builtin printf '%s %s\\0' $$ $PPID >&9\n"
        )
        said = stream.until(b"\0", time.monotonic() + 10.0)
        if said is None:
            raise OSError("the image's bash does not start")
        self.bash, self.inner = (int(word) for word in said[:-1].split())
        self.pid = stream.pid()

    def alive(self) -> bool:
        """Whether it could still answer."""
        return self.stream.running()

    def run(self, command: bytes, end: float) -> int | None:
        """Runs a command; its status, or None if the shell dies or is late."""
        quoted = os.fsencode(shlex.quote(os.fsdecode(command)))
        self.number += 1
        # New files each time: late output of a job goes to those that nobody reads any more.
        out, err = (f"{_PASSED}/{name}.{self.number}" for name in ("stdout", "stderr"))
        self.stream.send(
            f"builtin command -p rm -f {_PASSED}/std*\neval -- ".encode()
            + quoted
            + f" </dev/null >{out} 2>{err} 9>&-\n".encode()
            + b"builtin printf '%s\\0' $? >&9; builtin pwd -P >&9; builtin printf '\\0' >&9\n"
        )
        return self.finish(end)

    def finish(self, end: float) -> int | None:
        """Awaits the end of what was sent."""
        heard = self.stream.until(b"\0", end)
        if heard is None:
            return None
        token = secrets.token_hex(16).encode()
        self.stream.send(b"builtin printf '%s\\0' " + token + b" >&9\n")
        rest = self.stream.until(b"\0" + token + b"\0", end)
        if rest is None:
            return None
        said = (heard + rest)[: -len(token) - 2].split(b"\0")
        if len(said) < 2 or not said[-2].isdigit():
            return None
        self.cwd = os.fsdecode(said[-1].removesuffix(b"\n"))
        return int(said[-2])
