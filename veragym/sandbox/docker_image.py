"""A small root filesystem out of what is installed here, for an engine that can reach no registry.

An image is a shell, the usual tools, Python with its standard library, the shared libraries these
need, and two users. It is named by its content, so that it is imported once and again only when
the machine's programs change.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from veragym.sandbox.interface import RunnerUnavailable

REPOSITORY = "veragym-local"
AGENT, KEEPER = 65534, 65533
"""Who runs the session's commands, and who holds the session open."""

_NAMES = (
    "bash sh arch base32 base64 basename cat chmod chown cksum comm cp csplit cut date dd df dir "
    "dirname du echo env expand expr factor false fmt fold groups head hostid id install join link "
    "ln ls md5sum mkdir mkfifo mktemp mv nice nl nohup nproc numfmt od paste pathchk pr printenv "
    "printf ptx pwd readlink realpath rm rmdir seq sha1sum sha256sum sha512sum shred shuf sleep "
    "sort split stat stdbuf sum sync tac tail tee test timeout touch tr true truncate tsort tty "
    "uname unexpand uniq unlink users vdir wc who whoami yes grep egrep fgrep sed awk mawk find "
    "xargs tar gzip gunzip zcat bzip2 bunzip2 xz unxz cpio diff cmp patch ps kill pgrep pkill "
    "setsid flock getopt hexdump rev column jq bc less which make python3"
)
PROGRAMS = tuple(_NAMES.split())
_SKIPPED = {"test", "tests", "idlelib", "ensurepip", "__pycache__", "lib2to3", "tkinter"}
_PYTHON = "import json, sysconfig; print(json.dumps(sysconfig.get_path('stdlib')))"
_ETC = {
    "etc/passwd": (
        "root:x:0:0:root:/root:/bin/sh\n"
        f"keeper:x:{KEEPER}:{KEEPER}::/:/bin/false\n"
        f"agent:x:{AGENT}:{AGENT}::/home/agent:/bin/bash\n"
    ),
    "etc/group": f"root:x:0:\nkeeper:x:{KEEPER}:\nagent:x:{AGENT}:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
_FOLDERS = (
    "home/agent",
    "tmp",
    "run/veragym",
    "proc",
    "sys",
    "dev",
    "root",
    "opt",
    "usr/sbin",
    "var/tmp",
)
_LINKS = ("bin", "sbin", "lib", "lib64")


def import_image(
    api: Any, programs: Iterable[str] = PROGRAMS, folders: Iterable[str | Path] = ()
) -> str:
    """Makes sure that the engine has an image of this machine's programs.

    Args:
        api: a `docker.APIClient`.
        programs: names looked up in /usr/bin and /bin; those not installed are left out, except
            bash, which has to be there.
        folders: more folders below /usr that go in whole, such as `/usr/lib/git-core`.
    Returns:
        The image's name.
    Raises:
        RunnerUnavailable: bash is not installed here.
    """
    contents = dict(_contents(programs, folders))
    known = hashlib.blake2b(digest_size=8)
    for name, source in sorted(contents.items()):
        status = source.stat()
        known.update(f"{name} {status.st_size} {status.st_mtime_ns} {status.st_mode}\n".encode())
    known.update(json.dumps([_ETC, _FOLDERS, _LINKS]).encode())
    name = f"{REPOSITORY}:{known.hexdigest()}"
    if not api.images(name=name, quiet=True):
        tag = known.hexdigest()
        changes = ["LABEL veragym.image=local", "ENV PATH=/usr/local/bin:/usr/bin:/bin"]
        api.import_image_from_data(
            _archive(contents), repository=REPOSITORY, tag=tag, changes=changes
        )
    return name


def _contents(programs: Iterable[str], folders: Iterable[str | Path]) -> Iterator[tuple[str, Path]]:
    """Name in the image and file of this machine, of everything that goes in."""
    found = {name: shutil.which(name, path="/usr/bin:/bin") for name in programs}
    if found.get("bash") is None:
        raise RunnerUnavailable("bash is not installed in /usr/bin; a session needs it")
    linked: list[str] = []
    for name, place in found.items():
        if place is not None:
            linked.append(place)
            yield f"usr/bin/{name}", Path(place).resolve()
    trees = [Path(folder) for folder in folders]
    python = found.get("python3")
    if python is not None:
        said = subprocess.run(
            [python, "-I", "-S", "-c", _PYTHON], capture_output=True, check=True, env={}
        )
        trees.append(Path(json.loads(said.stdout)))
    for tree in trees:
        for path in sorted(_files(tree)):
            if ".so" in path.name or os.access(path, os.X_OK):
                linked.append(str(path))
            yield str(path).lstrip("/"), path
    for library in _libraries(linked):
        yield str(library.parent.resolve() / library.name).lstrip("/"), library.resolve()


def _files(tree: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(tree):
        below[:] = [name for name in below if name not in _SKIPPED and "config-" not in name]
        for name in names:
            path = Path(folder, name)
            if path.is_file():
                yield path


def _libraries(files: list[str]) -> set[Path]:
    """The shared libraries that programs of this machine load, and their loader."""
    said = subprocess.run(
        ["ldd", *files], capture_output=True, check=False, env={"PATH": "/usr/bin:/bin"}
    )
    words = said.stdout.decode("utf-8", "replace").split()
    paths = {word for word in words if word.startswith("/") and not word.endswith(":")}
    return {Path(word) for word in paths if Path(word).is_file()}


def _archive(contents: dict[str, Path]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.PAX_FORMAT) as archive:

        def add(name: str, kind: bytes, mode: int, data: bytes = b"", target: str = "") -> None:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.linkname, entry.size = kind, mode, target, len(data)
            archive.addfile(entry, io.BytesIO(data))

        made = {str(parent) for name in contents for parent in Path(name).parents} - {"."}
        for folder in sorted({*made, *_FOLDERS, "etc"}):
            add(folder, tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755)
        for name in _LINKS:
            if not any(path.startswith(f"{name}/") for path in contents):
                add(name, tarfile.SYMTYPE, 0o777, target=f"usr/{name}")
        for name, text in _ETC.items():
            add(name, tarfile.REGTYPE, 0o644, text.encode())
        for name, source in sorted(contents.items()):
            # No set-user-id program of this machine gets its bit.
            add(name, tarfile.REGTYPE, source.stat().st_mode & 0o755, source.read_bytes())
    return held.getvalue()
