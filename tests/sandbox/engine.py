"""A Docker engine of the tests' own: started for them, stopped and removed after them.

Its data, its socket and its processes are under a temporary folder. It neither touches the
machine's packet filter nor makes a bridge, because no session has a network.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from veragym.sandbox import RunnerUnavailable
from veragym.sandbox.docker_session import connect


def missing():
    """Why no engine can be started here; empty if one can."""
    if os.geteuid() != 0:
        return "only root can start a Docker engine"
    for program in ("dockerd", "containerd", "runc"):
        if shutil.which(program) is None:
            return f"{program} is not installed; Debian and Ubuntu have it in docker.io"
    try:
        import docker  # noqa: F401
    except ImportError:
        return "the package docker is not installed: pip install 'veragym[docker]'"
    return ""


@contextlib.contextmanager
def engine():
    """The address of an engine that answers.

    Raises:
        RunnerUnavailable: none can be started; the message says why.
    """
    if missing():
        raise RunnerUnavailable(missing())
    # Sockets have short names; the folder that pytest gives is too deep.
    with tempfile.TemporaryDirectory(prefix="engine-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for driver in ("overlay2", "vfs"):
            with _daemon(folder, driver) as address:
                if address:
                    yield address
                    return
        raise RunnerUnavailable((folder / "log").read_text()[-1000:])


@contextlib.contextmanager
def _daemon(folder, driver):
    address = f"unix://{folder}/socket"
    command = [
        *("dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none"),
        *("--storage-driver", driver, "--host", address, "--pidfile", f"{folder}/pid"),
        *("--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"),
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            yield address if _answers(process, address) else ""
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            _unmount(folder)


def _answers(process, address):
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(RunnerUnavailable):
            connect(address).ping()
            return True
        time.sleep(0.05)
    return False


def _unmount(folder):
    mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for place in sorted(mounted, reverse=True):
        if place.startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", place], check=False)
