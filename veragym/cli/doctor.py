"""`veragym doctor`: what this machine has, and how to get what it lacks."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer

from veragym.cli.environment import Json
from veragym.cli.outcome import FAILED, console, emit
from veragym.sandbox.cgroup import available as _cgroups
from veragym.sandbox.choose import REMEDIES as _REMEDIES
from veragym.sandbox.choose import why_not as _why_not
from veragym.sandbox.interface import RunnerUnavailable
from veragym.sandbox.landlock import version as _landlock_version

PROBE_S = 30.0
"""Wall seconds a probe may take."""
EXTRAS = {
    "train": "training with the built-in policy",
    "data": "Parquet files",
    "llm": "Hugging Face models and OpenAI-compatible endpoints",
    "vllm": "fast sampling",
    "sb3": "Stable-Baselines3 agents",
    "gui": "browser environments",
    "search": "search environments",
    "ray": "several machines",
    "mcp": "Model Context Protocol",
    "serve": "environments over HTTP",
    "docker": "Docker sandboxes",
}


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing looked at.

    Attributes:
        group: base, extras, sandboxes, programs or compute.
        name: what it is.
        present: whether it is there and works.
        detail: version, amount, or what is wrong.
        remedy: how to get it; empty if present.
        required: whether nothing works without it.
    """

    group: str
    name: str
    present: bool
    detail: str = ""
    remedy: str = ""
    required: bool = False


def doctor(as_json: Json = False) -> None:
    """What this machine has: extras, sandboxes, programs, accelerators. Status 1 if broken."""
    symptoms = examine()
    healthy = all(s.present for s in symptoms if s.required)
    if as_json:
        emit({"healthy": healthy, "symptoms": [asdict(s) for s in symptoms]})
    else:
        _print(symptoms)
    if not healthy:
        raise typer.Exit(FAILED)


def examine() -> list[Symptom]:
    """Everything, probed in parallel; a probe that fails is a symptom, not a crash."""
    probes: list[Callable[[], list[Symptom]]] = [
        _base, _extras, _bubblewrap, _user_namespaces, _landlock, _control_groups, _docker, _node,
        _gcc, _chromium, _postgresql, _torch, _machine,
    ]  # fmt: skip
    with ThreadPoolExecutor(len(probes)) as pool:
        return [symptom for found in pool.map(_guarded, probes) for symptom in found]


def _guarded(probe: Callable[[], list[Symptom]]) -> list[Symptom]:
    try:
        return probe()
    except Exception as error:  # noqa: BLE001 - a broken installation is what we look for
        name = probe.__name__.strip("_").replace("_", " ")
        return [Symptom("base", name, False, f"{type(error).__name__}: {error}"[:200])]


def run(command: Sequence[str], timeout_s: float = PROBE_S) -> tuple[bool, str]:
    """Whether a command succeeds, and the first line it says."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, f"{type(error).__name__}: {error}"[:200]
    said = (done.stdout.strip() or done.stderr.strip()).splitlines()
    return done.returncode == 0, (said[0] if said else "")[:200]


# -- Python ----------------------------------------------------------------------------------------


def _base() -> list[Symptom]:
    import veragym

    version = platform.python_version()
    recent = sys.version_info >= (3, 11)
    found = [
        Symptom("base", "python", recent, version, "" if recent else "Python 3.11 or later", True),
        Symptom("base", "veragym", True, veragym.__version__, required=True),
    ]
    for package in ("gymnasium", "pettingzoo", "numpy", "sympy"):
        number = _version(package)
        remedy = "" if number else f"pip install {package}"
        found.append(
            Symptom("base", package, number is not None, number or "missing", remedy, True)
        )
    return found


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def requirements(extra: str) -> list[str]:
    """The packages an extra brings, by name, as the installed metadata tells."""
    try:
        lines = metadata.requires("veragym") or []
    except metadata.PackageNotFoundError:
        return []
    names = []
    for line in lines:
        name, _, marker = line.partition(";")
        if re.search(rf"extra\s*==\s*['\"]{re.escape(extra)}['\"]", marker):
            found = re.match(r"[A-Za-z0-9_.-]+", name.strip())
            if found:
                names.append(found.group())
    return names


def _extras() -> list[Symptom]:
    found = []
    for extra, purpose in EXTRAS.items():
        wanted = requirements(extra)
        versions = {name: _version(name) for name in wanted}
        missing = [name for name, number in versions.items() if number is None]
        if not wanted:
            detail = "veragym's own metadata is not installed"
        elif missing:
            detail = f"{purpose}; missing {', '.join(missing)}"
        else:
            detail = ", ".join(f"{name} {number}" for name, number in versions.items())
        present = bool(wanted) and not missing
        remedy = "" if present else f'pip install "veragym[{extra}]"'
        found.append(Symptom("extras", extra, present, detail, remedy))
    return found


# -- sandboxes and programs ------------------------------------------------------------------------


def _bubblewrap() -> list[Symptom]:
    path = shutil.which("bwrap")
    remedy = _REMEDIES["bubblewrap"]
    if path is None:
        return [Symptom("sandboxes", "bubblewrap", False, "not installed", remedy)]
    return [_tried("bubblewrap", run([path, "--version"])[1])]


def _tried(backend: str, detail: str) -> Symptom:
    """A backend that is trusted only once a command in it failed to get out."""
    reason = " ".join(_why_not(backend).split())
    if not reason:
        return Symptom("sandboxes", backend, True, f"{detail}: keeps a hostile command in")
    said = reason.removeprefix(f"{backend}: ").partition(" To get it: ")[0]
    return Symptom("sandboxes", backend, False, said[:500], _REMEDIES[backend])


def _user_namespaces() -> list[Symptom]:
    path = shutil.which("unshare")
    if path is None:
        remedy = "apt install util-linux"
        return [Symptom("sandboxes", "user namespaces", False, "unshare is missing", remedy)]
    works, said = run([path, "--user", "--map-root-user", "true"])
    remedy = "" if works else "sysctl user.max_user_namespaces=10000, and no AppArmor restriction"
    return [Symptom("sandboxes", "user namespaces", works, said or "allowed", remedy)]


def _landlock() -> list[Symptom]:
    try:
        detail = f"version {_landlock_version()} of the kernel's interface"
    except RunnerUnavailable as error:
        return [Symptom("sandboxes", "landlock", False, str(error), _REMEDIES["landlock"])]
    return [_tried("landlock", detail)]


def _control_groups() -> list[Symptom]:
    found = _cgroups()
    detail = f"{found.version}: memory and processes are bounded by session"
    if found.usable:
        return [Symptom("sandboxes", "control groups", True, detail)]
    said, _, remedy = found.reason.partition("; run as root")
    remedy = f"run as root{remedy}" if remedy else "mount cgroup2 at /sys/fs/cgroup"
    return [Symptom("sandboxes", "control groups", False, said, remedy)]


def _docker() -> list[Symptom]:
    path = shutil.which("docker")
    if path is None:
        remedy = "apt install docker.io"
        return [Symptom("sandboxes", "docker", False, "not installed", remedy)]
    works, said = run([path, "version", "--format", "{{.Server.Version}}"], 10)
    remedy = "" if works else "start the Docker engine, and join the group docker"
    return [Symptom("sandboxes", "docker", works, said, remedy)]


def _program(name: str, candidates: Sequence[str], remedy: str) -> list[Symptom]:
    for candidate in candidates:
        path = shutil.which(candidate)
        if path is not None:
            works, said = run([path, "--version"])
            if works:
                return [Symptom("programs", name, True, f"{said} ({path})")]
            return [Symptom("programs", name, False, f"{path} does not run: {said}", remedy)]
    return [Symptom("programs", name, False, "not found", remedy)]


def _node() -> list[Symptom]:
    return _program("node", ("node", "nodejs"), "apt install nodejs")


def _gcc() -> list[Symptom]:
    return _program("gcc", ("gcc", "cc"), "apt install build-essential")


def _chromium() -> list[Symptom]:
    downloaded = sorted(
        str(path) for path in _browsers().glob("chromium*/chrome-linux*/chrome") if path.is_file()
    )
    names = ("chromium", "chromium-browser", "google-chrome", *downloaded)
    remedy = 'apt install chromium, or pip install "veragym[gui]" && playwright install chromium'
    return _program("chromium", names, remedy)


def _browsers() -> Path:
    chosen = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    if chosen and chosen != "0":
        return Path(chosen)
    return Path.home() / ".cache" / "ms-playwright"


def _postgresql() -> list[Symptom]:
    servers = sorted(str(path) for path in Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return _program("postgresql", ("postgres", *servers[::-1]), "apt install postgresql")


# -- compute ---------------------------------------------------------------------------------------

_ASK_TORCH = """
import torch
gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
memory = [torch.cuda.get_device_properties(i).total_memory >> 30 for i in range(len(gpus))]
built = torch.version.cuda or getattr(torch.version, "hip", None) or "none"
print(torch.__version__, built, "; ".join(f"{n}, {m} GiB" for n, m in zip(gpus, memory)), sep="|")
"""


def _torch() -> list[Symptom]:
    """Asks torch in another process: a broken installation may take its process down."""
    remedy = 'pip install "veragym[train]"'
    if find_spec("torch") is None:
        return [Symptom("compute", "torch", False, "not installed", remedy)]
    works, said = run([sys.executable, "-c", _ASK_TORCH])
    if not works or said.count("|") != 2:
        again = "reinstall torch: pip install --force-reinstall torch"
        return [Symptom("compute", "torch", False, f"installed, but does not load: {said}", again)]
    number, built, gpus = said.split("|")
    help_gpu = "an NVIDIA or AMD GPU with its driver, and a torch built for it (pytorch.org)"
    return [
        Symptom("compute", "torch", True, number),
        Symptom(
            "compute",
            "gpu",
            bool(gpus),
            gpus or f"none seen by torch (built for CUDA: {built})",
            "" if gpus else help_gpu,
        ),
    ]


def _machine() -> list[Symptom]:
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:
        cores = os.cpu_count() or 1
    found = [Symptom("compute", "cores", True, f"{cores} usable of {os.cpu_count()}")]
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    limit = _memory_limit()
    text = f"{total:.1f} GiB" + (f", limited to {limit:.1f} GiB" if limit else "")
    found.append(Symptom("compute", "memory", True, text))
    free = shutil.disk_usage(".").free / 2**30
    roomy = free > 1
    remedy = "" if roomy else "free some space: runs and browsers are written to disk"
    found.append(Symptom("compute", "disk", roomy, f"{free:.1f} GiB free here", remedy))
    return found


def _memory_limit() -> float | None:
    """The control group's limit in GiB, where there is one."""
    try:
        text = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return None
    return int(text) / 2**30 if text.isdigit() else None


def _print(symptoms: Sequence[Symptom]) -> None:
    from rich.markup import escape
    from rich.table import Table

    out: Any = console()
    for group in dict.fromkeys(symptom.group for symptom in symptoms):
        out.print(f"[bold]{group}[/bold]")
        table = Table(box=None, show_header=False, pad_edge=False)
        for _ in range(2):
            table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for s in (s for s in symptoms if s.group == group):
            mark = "[green]yes[/green]" if s.present else "[yellow]no[/yellow]"
            remedy = f"  [cyan]{escape(s.remedy)}[/cyan]" if s.remedy else ""
            table.add_row(mark, s.name, escape(s.detail) + remedy)
        out.print(table)
