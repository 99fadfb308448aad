"""How `bwrap` is called: what the inside of a session looks like before anything runs in it.

Two ways, with the same promise. As root the namespaces belong to the machine's root, mounts are
plain `mount(2)`, and commands become a user nobody else is. As an ordinary user everything happens
in a user namespace that the kernel lets anybody make. In both, a command sees itself as user 1000
in a user namespace of its own, in which root does not exist.
"""

# Descriptors and many small files: `os` is the plain way.
# ruff: noqa: PTH115

from __future__ import annotations

import os
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veragym.sandbox.bubblewrap import program, supervisor
from veragym.sandbox.interface import RunnerUnavailable

INNER = (1000, 1000)
OUTER = 2_000_005_000
"""User and group of commands as root sees them; a number no account has."""

_ETC = ("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "protocols", "services")
_MISSING = (
    "bubblewrap is not installed; install it (`apt-get install bubblewrap`, "
    "`dnf install bubblewrap`; the package of that name on PyPI is something else)"
)


@dataclass(frozen=True, slots=True)
class Mode:
    """One of the two ways.

    Attributes:
        privileged: as root.
        nested_user: commands get a user namespace of their own.
        owner: user and group that commands are, as the supervisor sees them.
    """

    privileged: bool
    nested_user: bool = True

    @property
    def owner(self) -> tuple[int, int]:
        return (OUTER, OUTER) if self.privileged else (0, 0)

    @property
    def inner(self) -> tuple[int, int]:
        return INNER if self.nested_user else self.owner


def modes() -> tuple[Mode, ...]:
    """The ways to try, the best first."""
    if os.geteuid() == 0 and _mapped(OUTER):
        return (Mode(True), Mode(True, False), Mode(False))
    return (Mode(False),)


def _mapped(user: int) -> bool:
    try:
        lines = Path("/proc/self/uid_map").read_text().splitlines()
    except OSError:
        return False
    rows = (tuple(map(int, line.split())) for line in lines)
    return any(start <= user < start + count for start, _, count in rows)


def bwrap() -> str:
    """Where `bwrap` is.

    Raises:
        RunnerUnavailable: this is no Linux, or it is not installed.
    """
    if not sys.platform.startswith("linux"):
        raise RunnerUnavailable("bubblewrap needs Linux; use the docker backend here")
    found = shutil.which("bwrap", path=os.environ.get("PATH", "") + ":/usr/bin:/usr/local/bin")
    if found is None:
        raise RunnerUnavailable(_MISSING)
    return found


def interpreter() -> tuple[str, str | None]:
    """Path of the supervisor's Python inside, and the folder of this machine it needs, if any."""
    real = os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)
    prefix = os.path.realpath(sys.base_prefix)
    if prefix == "/usr" or prefix.startswith("/usr/"):
        return real, None
    return supervisor.PYTHON + real.removeprefix(prefix), prefix


def write_etc(folder: Path, mode: Mode) -> None:
    """The few files under /etc that programs ask for."""
    if (folder / "hosts").exists():
        return
    making = folder.with_name(f"{folder.name}.{os.urandom(4).hex()}")
    making.mkdir(mode=0o755)
    user, group = mode.inner
    texts = {
        "passwd": (
            "root:x:0:0:root:/root:/usr/sbin/nologin\n"
            f"agent:x:{user}:{group}:agent:{supervisor.HOME}:/bin/bash\n"
            "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
        ),
        "group": f"root:x:0:\nagent:x:{group}:\nnogroup:x:65534:\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\nservices: files\n",
        "hostname": "sandbox\n",
        "hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
    }
    for name, text in texts.items():
        (making / name).write_text(text)
        (making / name).chmod(0o644)
    for name in _ETC:
        source = Path("/etc") / name
        if source.is_dir():
            (making / name).mkdir(mode=0o755)
        elif source.exists():
            (making / name).touch(mode=0o644)
    (making / "mtab").symlink_to("/proc/mounts")
    (making / "os-release").symlink_to("../usr/lib/os-release")
    try:
        making.rename(folder)
    except OSError:
        shutil.rmtree(making)


def write_code(folder: Path) -> None:
    """What runs inside, compiled: nothing else of this project is needed inside."""
    folder.mkdir(mode=0o755, exist_ok=True)
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    for module in (program, supervisor):
        target = folder / f"{module.__name__.rpartition('.')[2]}.pyc"
        if not target.exists():
            name = f"{target.stem}.py"
            py_compile.compile(
                str(module.__file__),
                str(target),
                dfile=name,
                doraise=True,
                invalidation_mode=unchecked,
            )


def arguments(
    mode: Mode, etc: Path, code: Path, lower: Path, folders: Mapping[str, str], link: int
) -> list[str]:
    """The command line of `bwrap`; `link` is the descriptor of the supervisor's socket."""
    python, prefix = interpreter()
    words = [bwrap(), "--as-pid-1", "--hostname", "sandbox", "--cap-add", "ALL"]
    if mode.privileged:
        words += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
        words += ["--unshare-cgroup-try"]
    else:
        words += ["--unshare-all", "--uid", "0", "--gid", "0"]
    words += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = Path("/") / name
        if path.is_symlink():
            words += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    words += ["--ro-bind", str(etc), "/etc"]
    for name in _ETC:
        if Path("/etc", name).exists():
            words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    words += ["--proc", "/proc", "--dev", "/dev"]
    for place in (supervisor.HOME, "/tmp", "/run", "/var", supervisor.EMPTY):
        words += ["--dir", place]
    words += ["--symlink", "/tmp", "/var/tmp", "--dir", "/opt"]
    if prefix is not None:
        words += ["--ro-bind", prefix, supervisor.PYTHON]
    for inside, outside in sorted(folders.items()):
        words += ["--ro-bind", outside, inside]
    words += ["--tmpfs", supervisor.PRIVATE, "--dir", supervisor.SPACE, "--dir", supervisor.TALK]
    words += ["--ro-bind", str(code), supervisor.CODE]
    words += ["--ro-bind", str(lower), supervisor.LOWER]
    words += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]
    start = (
        f"import sys; sys.path.append({supervisor.CODE!r}); import supervisor as s; s.main({link})"
    )
    if prefix is not None:
        words += ["--setenv", "LD_LIBRARY_PATH", f"{supervisor.PYTHON}/lib"]
    return [*words, python, "-I", "-S", "-B", "-c", start]


@dataclass(frozen=True)
class Launched:
    """A `bwrap` that was started.

    Attributes:
        process: it.
        errors: a file in memory that holds what it says.
    """

    process: subprocess.Popen[bytes]
    errors: int


def launch(words: list[str], theirs: int) -> Launched:
    """Starts `bwrap`; the descriptor of the supervisor's socket keeps its number inside.

    Raises:
        RunnerUnavailable: it cannot be started.
    """
    errors = os.memfd_create("errors", os.MFD_CLOEXEC)
    try:
        # The environment is empty from the start: /proc/1/environ shows what bwrap was given.
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={},
            cwd="/",
            pass_fds=(theirs,),
            start_new_session=True,
        )
    except OSError as error:
        os.close(errors)
        raise RunnerUnavailable(f"bwrap cannot be started: {error}") from error
    return Launched(process, errors)


def complaint(launched: Launched) -> str:
    """What a start that failed said, and what it means."""
    text = os.pread(launched.errors, 2000, 0).decode(errors="replace")
    hints = {
        "setting up uid map": (
            "user namespaces are restricted here (Ubuntu 24.04: an AppArmor profile for bwrap, or "
            "`sysctl kernel.apparmor_restrict_unprivileged_userns=0`)"
        ),
        "No permissions to creat": "user namespaces are blocked here, as in most containers",
        "Creating new namespace failed": "user namespaces are blocked here, as in most containers",
    }
    hint = "; ".join(hint for sign, hint in hints.items() if sign in text)
    return f"{text.strip() or 'it said nothing'}{f' ({hint})' if hint else ''}"


def settings(mode: Mode, filter_program: bytes, **more: Any) -> dict[str, Any]:
    """What the supervisor is told once."""
    return {
        "privileged": mode.privileged,
        "nested_user": mode.nested_user,
        "owner": mode.owner,
        "inner": mode.inner,
        "filter": filter_program,
        "python": interpreter()[1] is not None,
        **more,
    }
