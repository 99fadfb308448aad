"""Archives as values: tar (plain, gzip, bzip2, xz) and zip, read in memory.

Nothing is unpacked to a disk, no link is followed, and what an archive claims about its size is
not believed: reading stops at `MOST_BYTES` and `MOST_MEMBERS`, and what is beyond is unreadable.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Any

MOST_BYTES = 8 << 20
MOST_MEMBERS = 5000
_FAULTS = (
    OSError, EOFError, ValueError, KeyError, IndexError, RuntimeError, NotImplementedError,
    OverflowError, MemoryError, tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError,
    UnicodeError,
)  # fmt: skip
_OPENERS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}


def members_of(content: bytes) -> dict[str, bytes] | None:
    """Regular files by name, without `./` before and with folders left out; None if unreadable.

    An archive that holds a link, a device, a name that leaves it, or one name twice is unreadable:
    what it unpacks to depends on more than itself.
    """
    try:
        if content.startswith(b"PK"):
            return _zip(content)
        return _tar(plain_of(content))
    except _FAULTS:
        return None


def format_of(content: bytes) -> str:
    """`tar`, `tar.gz`, `tar.bz2`, `tar.xz`, `zip`, `gz`, `bz2` or `xz` by content; else empty."""
    if content.startswith(b"PK"):
        return "zip"
    endings = zip(_OPENERS, ("gz", "bz2", "xz"))
    ending = next((name for start, name in endings if content.startswith(start)), "")
    try:
        inner = plain_of(content)
    except _FAULTS:
        return ""
    if inner[257:262] == b"ustar":
        return f"tar.{ending}" if ending else "tar"
    return ending


def plain_of(content: bytes) -> bytes:
    """The content without its one layer of compression, if it has one.

    Raises:
        ValueError: more than `MOST_BYTES`. And what the decompressors raise.
    """
    for start, opener in _OPENERS.items():
        if content.startswith(start):
            with opener(io.BytesIO(content), "rb") as stream:
                return _bounded(stream, MOST_BYTES)
    return content


def _bounded(stream: IO[bytes], limit: int) -> bytes:
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise ValueError("too large")
    return content


def _name(raw: str) -> str:
    parts = [part for part in raw.split("/") if part not in ("", ".")]
    if raw.startswith("/") or ".." in parts or not parts:
        raise ValueError("a name that leaves the archive")
    return "/".join(parts)


def _keep(found: dict[str, bytes], name: str, content: bytes) -> int:
    if name in found:
        raise ValueError("one name twice")
    found[name] = content
    return len(content)


def _zip(content: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    left = MOST_BYTES
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        rows = archive.infolist()
        if len(rows) > MOST_MEMBERS:
            raise ValueError("too many members")
        for row in rows:
            if row.is_dir():
                continue
            if (row.external_attr >> 16) & 0o170000 not in (0, 0o100000):
                raise ValueError("a link or a device")
            with archive.open(row) as stream:
                left -= _keep(found, _name(row.filename), _bounded(stream, left))
    return found


def _tar(content: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    left = MOST_BYTES
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        for count, row in enumerate(archive):
            if count >= MOST_MEMBERS:
                raise ValueError("too many members")
            if row.isdir():
                continue
            stream = archive.extractfile(row) if row.isreg() else None
            if stream is None:
                raise ValueError("a link or a device")
            left -= _keep(found, _name(row.name), _bounded(stream, left))
    return found
