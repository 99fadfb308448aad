"""A git repository as plain files, written without git: the same bytes on every machine.

Objects are loose and stored without compression, dates and names are given, and an index makes the
working folder clean. Layout: gitformat-index (version 2) and gitglossary "object".
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

START = 1_700_000_000
"""Seconds of the first commit; each later one follows an hour after."""
CONFIG = """[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
[user]
\tname = agent
\temail = agent@example.org
[gc]
\tauto = 0
"""


@dataclass(slots=True)
class Repository:
    """A repository that is being written.

    Attributes:
        objects: loose objects by id.
        references: full name to commit.
        head: the branch that is checked out.
        commits: ids in the order they were made.
    """

    objects: dict[str, bytes] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    head: str = "refs/heads/main"
    commits: list[str] = field(default_factory=list)
    _last: dict[str, str] = field(default_factory=dict)

    def _keep(self, kind: str, content: bytes) -> str:
        whole = f"{kind} {len(content)}\0".encode() + content
        name = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        self.objects[name] = zlib.compress(whole, 0)
        return name

    def _tree(self, files: Mapping[str, str]) -> str:
        here: dict[str, tuple[str, str]] = {}
        below: dict[str, dict[str, str]] = {}
        for path, text in files.items():
            first, slash, rest = path.partition("/")
            if slash:
                below.setdefault(first, {})[rest] = text
            else:
                here[first] = ("100644", self._keep("blob", text.encode()))
        for name, inner in below.items():
            here[name] = ("40000", self._tree(inner))
        # Git sorts folders as if their names ended in a slash.
        order = sorted(here, key=lambda n: (n + "/" if here[n][0] == "40000" else n).encode())
        rows = (f"{here[n][0]} {n}\0".encode() + bytes.fromhex(here[n][1]) for n in order)
        return self._keep("tree", b"".join(rows))

    def commit(self, files: Mapping[str, str], author: str, subject: str) -> str:
        """One more commit on the branch that is checked out; its id."""
        when = START + 3600 * len(self.commits)
        parent = self.references.get(self.head)
        who = f"{author} <{author}@example.org> {when} +0000"
        lines = [f"tree {self._tree(files)}", *([f"parent {parent}"] if parent else [])]
        lines += [f"author {who}", f"committer {who}", "", subject, ""]
        name = self._keep("commit", "\n".join(lines).encode())
        self.references[self.head] = name
        self.commits.append(name)
        self._last = dict(files)
        return name

    def _index(self) -> bytes:
        rows = []
        for path in sorted(self._last, key=str.encode):
            content = self._last[path].encode()
            blob = self._keep("blob", content)
            row = struct.pack(">10I", 0, 0, 0, 0, 0, 0, 0o100644, 0, 0, len(content))
            row += bytes.fromhex(blob) + struct.pack(">H", min(len(path.encode()), 0xFFF))
            row += path.encode()
            rows.append(row + b"\0" * (8 - len(row) % 8))
        whole = b"DIRC" + struct.pack(">2I", 2, len(rows)) + b"".join(rows)
        return whole + hashlib.sha1(whole, usedforsecurity=False).digest()

    def files(self, place: str) -> dict[str, str | bytes]:
        """The repository with its working folder at the last commit, below `place`."""
        git = f"{place}/.git"
        found: dict[str, str | bytes] = {
            f"{git}/HEAD": f"ref: {self.head}\n",
            f"{git}/config": CONFIG,
            f"{git}/description": "",
            f"{git}/info/exclude": "",
            f"{git}/index": self._index(),
        }
        for name, commit in self.references.items():
            found[f"{git}/{name}"] = f"{commit}\n"
        for name, content in self.objects.items():
            found[f"{git}/objects/{name[:2]}/{name[2:]}"] = content
        for path, text in self._last.items():
            found[f"{place}/{path}"] = text
        return found
