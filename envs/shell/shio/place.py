"""Working trees: what commands are tried on, the same for one number everywhere.

Contents are made so that options matter: lines repeat, next to each other and apart; letters are of
both cases; numbers have different lengths; there are blank lines, tabs and long lines; two tables
share keys, two lists share lines. Names differ from tree to tree, so that a command that was right
on one is not right on the next.
"""

from __future__ import annotations

import functools
import gzip
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass

from veragym.core.seeding import TaskRng
from veragym.sandbox.tree import Node, Tree, file, folder, link

TIMES = (1_600_000_000, 1_650_000_000, 1_700_000_000)
"""Seconds since 1970 that files were changed at, by turns; folders at the last of them."""

_FOLDERS = ("orders", "garden", "harbour", "library", "station", "kitchen", "workshop", "museum")
_WORDS = (
    "apple", "Bridge", "candle", "Delta", "engine", "falcon", "Garnet", "hammer", "island",
    "Jacket", "kettle", "lantern", "Meadow", "needle", "orchid", "Pebble", "quartz", "ribbon",
    "Saddle", "timber", "umbrella", "Velvet", "window", "yellow", "zephyr",
)  # fmt: skip
_DIRECTORIES = ("alpha", "beta", "gamma", "delta", "omega", "sigma", "kappa", "theta", "zeta")
_NAMES = ("notes", "draft", "plan", "list", "memo", "index", "report", "guide", "log", "story")
_STEMS = (
    "stock", "price", "depth", "speed", "here", "there", "bundle", "older", "newer", "latest",
    "north", "south", "first", "second", "total", "daily", "weekly", "batch", "input", "sample",
    "level", "rate", "visit", "route",
)  # fmt: skip
_NEW = ("fresh", "result", "copy", "spare", "extra", "output")


@dataclass(frozen=True, eq=False)
class Place:
    """Where a command runs.

    Attributes:
        number: of the working tree.
        tree: the home folder.
        cwd: the folder below it in which commands start.
        fill: fillings of the grammar's slots, paths seen from `cwd`.
    """

    number: int
    tree: Tree
    cwd: str
    fill: Mapping[str, tuple[str, ...]]

    def content(self, name: str) -> bytes:
        """A file's content, by its name seen from `cwd`."""
        return self.tree[f"{self.cwd}/{name}"].content

    @functools.cached_property
    def times(self) -> Mapping[int, tuple[str, ...]]:
        """Files by the time they were changed at; folders, inner ones first, come last."""
        files = [name for name, node in self.tree.items() if node.kind != "folder"]
        folders = [name for name, node in self.tree.items() if node.kind == "folder"]
        found = {time: tuple(files[i::3]) for i, time in enumerate(TIMES)}
        found[TIMES[-1]] += tuple(sorted(folders, reverse=True))
        return found


@functools.lru_cache(maxsize=256)
def place(number: int) -> Place:
    """The working tree of that number."""
    rng = TaskRng.from_seed("ShIOEnv working tree", number)
    cwd = rng.choice(_FOLDERS)
    words = rng.sample(_WORDS, 12)
    names = rng.sample(_NAMES, 10)
    stems = rng.sample(_STEMS, 11)
    nodes: dict[str, Node] = {}
    below = f"{cwd}/"

    def put(name: str, node: Node) -> str:
        nodes[below + name] = node
        return name

    texts = tuple(
        put(f"{names[i]}.txt", file(_text(rng, words), 0o644 if i else 0o600)) for i in range(4)
    )
    keys = sorted(rng.sample([f"k{n:02d}" for n in range(1, 30)], 7))
    tables = (
        put(f"{stems[0]}.csv", file(_table(rng, keys[:5], words))),
        put(f"{stems[1]}.csv", file(_table(rng, keys[2:], words))),
    )
    numbers = tuple(put(f"{stem}.dat", file(_numbers(rng))) for stem in stems[2:4])
    both = sorted(rng.sample(_WORDS, 9))
    lists = (
        put(f"{stems[4]}.lst", file("".join(f"{w}\n" for w in both[:6]))),
        put(f"{stems[5]}.lst", file("".join(f"{w}\n" for w in both[3:]))),
    )
    script = put(f"{stems[6]}.sh", file(f"#!/bin/sh\necho {words[0]}\n", 0o755))
    folders = tuple(put(name, folder()) for name in rng.sample(_DIRECTORIES, 3))
    for name in folders[:2]:
        for i in range(rng.integers(2, 4)):
            put(f"{name}/{names[4 + i]}.txt", file(_text(rng, words)))
    put(f"{folders[0]}/deep", folder())
    put(f"{folders[0]}/deep/{names[8]}.md", file(_text(rng, words)))
    put(f"{folders[1]}/.hidden", file(f"{words[1]}\n"))
    put(".profile", file(f"name={words[2]}\n"))
    linked = put(stems[7], link(texts[0]))
    tarball = put(f"{stems[8]}.tar", file(_tarball(rng, words, names)))
    zipped = tuple(
        put(f"{stem}.txt.gz", file(gzip.compress(_text(rng, words).encode(), mtime=TIMES[0])))
        for stem in stems[9:]
    )
    other = next(name for name in _FOLDERS if name != cwd)
    nodes[f"{other}/{names[9]}.txt"] = file(_text(rng, words))
    present = [w for w in words if any(w in nodes[below + t].text for t in texts[:2])]
    new = rng.sample(_NEW, 6)
    letters = sorted({c for w in present for c in w.lower()})
    fill = {
        "text": texts,
        "table": tables,
        "numbers": numbers,
        "sorted": lists,
        "folder": folders,
        "script": (script,),
        "tarball": (tarball,),
        "zipped": zipped,
        "link": (linked,),
        "outside": (f"../{other}/{names[9]}.txt",),
        "new": (f"{new[0]}.txt", f"{new[1]}.txt", f"{folders[2]}/{new[2]}.txt"),
        "newfolder": (new[3], new[4], f"{folders[2]}/{new[5]}"),
        "word": tuple(rng.sample(present, 4)),
        "letter": tuple(rng.sample(letters, 4)),
        "path": (
            f"{folders[0]}/deep/{names[8]}.md",
            f"./{folders[1]}/../{texts[1]}",
            f"/srv/{folders[2]}/{texts[2]}",
        ),
    }
    return Place(number, Tree(nodes), cwd, fill)


def _text(rng: TaskRng, words: list[str]) -> str:
    """Ten lines or so, with everything that options of text tools look at."""
    lines = [" ".join(rng.choice(words) for _ in range(rng.integers(2, 5))) for _ in range(6)]
    lines.insert(rng.integers(0, 4), lines[0])
    at = rng.integers(1, len(lines))
    lines[at:at] = [lines[at - 1]] * 2
    lines.insert(rng.integers(1, len(lines)), "")
    at = rng.integers(1, len(lines))
    lines[at:at] = ["", ""]
    lines.append("\t".join(rng.choice(words) for _ in range(3)))
    lines.append("    " + " ".join(rng.choice(words) for _ in range(9)))
    lines.append(f"{rng.choice(words).upper()} {rng.integers(2, 900)}")
    lines.append(f"{rng.choice(words).lower()} {rng.integers(1000, 9000)}")
    return "".join(f"{line}\n" for line in lines)


def _table(rng: TaskRng, keys: list[str], words: list[str]) -> str:
    return "".join(
        f"{key},{rng.choice(words)},{rng.integers(2, 900)},{rng.choice(words)}\n" for key in keys
    )


def _numbers(rng: TaskRng) -> str:
    """Of one to four digits, some negative, two of them twice, in no order."""
    values = [rng.integers(1, 10) for _ in range(3)]
    values += [rng.integers(10, 100) for _ in range(3)]
    values += [rng.integers(100, 10_000) for _ in range(3)]
    values += [-values[1], -values[4], values[0], values[6]]
    rng.shuffle(values)
    return "".join(f"{value}\n" for value in values)


def _tarball(rng: TaskRng, words: list[str], names: list[str]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for i, name in enumerate(("inside", f"inside/{names[0]}.txt", f"inside/{names[1]}.txt")):
            entry = tarfile.TarInfo(name)
            entry.mtime = TIMES[i]
            entry.uname = entry.gname = "user"
            entry.uid = entry.gid = 1000
            if i:
                content = _text(rng, words).encode()
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
            else:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)
    return target.getvalue()
