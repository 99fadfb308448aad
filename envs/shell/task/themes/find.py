"""Finding files by what they are."""

from __future__ import annotations

from veragym.envs.shell.task.template import Answer, Decoy, Draw, Scene, template
from veragym.envs.shell.task.words import folders, prose, quoted, scattered, stems
from veragym.sandbox.tree import Node, folder, link


def _filler(d: Draw, size: int) -> str:
    """Exactly so many bytes of text."""
    text = prose(d, size // 20 + 1)
    return text[: max(0, size - 1)] + "\n" if size else ""


@template("find.largest")
def largest(d: Draw) -> Scene:
    """The path of the largest file of one kind."""
    ending = d.pick(("log", "dat", "txt"))
    files: dict[str, Node | str | bytes] = {}
    sizes: dict[str, int] = {}
    places = folders(d, d.size(2, 7))
    for stem in stems(d, d.size(5, 22)):
        other = d.pick([e for e in ("md", "csv", "bak", f"{ending}.old") if e != ending])
        kind = ending if len(sizes) < 3 or d.chance(0.6) else other
        path = f"archive/{d.pick(places)}/{stem}.{kind}"
        size = d.number(40, 900)
        while size in sizes.values():
            size += 1
        files[path] = _filler(d, size)
        sizes[path] = size
    right = [path for path in sizes if path.endswith(f".{ending}")]
    best = max(right, key=lambda path: sizes[path])
    # A larger one of another kind.
    files[f"archive/{places[0]}/export.{ending}x"] = _filler(d, max(sizes.values()) + 50)
    second = sorted(right, key=lambda path: sizes[path])[-2]
    return Scene(
        files,
        (
            f"Which file below archive is the largest of those whose name ends in .{ending}? "
            f"Answer "
            "with its path, beginning with archive/. Change nothing.",
            f"Find the biggest *.{ending} file (by size in bytes) anywhere under archive and "
            f"answer "
            "with its path relative to your home folder (archive/...). Nothing may change.",
        ),
        (f"find archive -name '*.{ending}' -printf '%s %p\\n' | sort -n | tail -1",),
        answer=Answer("text", [best, f"./{best}", f"~/{best}", f"/home/agent/{best}"]),
        decoys=(
            Decoy("", second, "the second largest"),
            Decoy("", f"archive/{places[0]}/export.{ending}x", "another kind"),
            Decoy("", best.rpartition("/")[2], "a name without its folder"),
        ),
        hint="find can print sizes (-printf '%s %p\\n'); sort -n puts them in order.",
    )


@template("find.count")
def count(d: Draw) -> Scene:
    """How many files of a kind there are, hidden ones and all depths included."""
    ending = d.pick(("txt", "csv", "conf"))
    files: dict[str, Node | str | bytes] = {"stock": folder()}
    places = folders(d, d.size(3, 9))
    hits = 0
    for stem in stems(d, d.size(8, 40)):
        kind = d.pick((ending, ending, "md", f"{ending}~", ending.upper(), "log"))
        hidden = "." if d.chance(0.2) else ""
        files[f"stock/{d.pick(places)}/{hidden}{stem}.{kind}"] = prose(d, 1)
        hits += kind == ending
    files[f"stock/a.{ending}/note.md"] = prose(d, 1)  # a folder of that name
    files[f"{d.pick(PLACES_BESIDE)}.{ending}"] = prose(d, 1)
    return Scene(
        files,
        (
            f"How many regular files below stock, at any depth and hidden ones included, have a "
            f"name that ends in .{ending} (lower case)? Folders do not count. Change nothing.",
            f"Count the regular files under stock whose names end in exactly .{ending}; include "
            "dot-files, exclude folders. Answer with the number and leave all files alone.",
        ),
        (f"find stock -type f -name '*.{ending}' | wc -l",),
        answer=Answer("integer", str(hits)),
        decoys=(
            Decoy("", str(hits + 1), "the folder of that name, too"),
            Decoy("", str(hits + 2), "outside, too"),
            Decoy("", str(max(0, hits - 1) if hits else 3), "one missed"),
        ),
        hint="find -type f -name, piped into wc -l; quote the pattern.",
    )


PLACES_BESIDE = ("todo", "notes", "draft")


@template(
    "find.move_large",
    fresh=(
        "incoming",
        "large",
    ),
)
def move_large(d: Draw) -> Scene:
    """Files above a size move to another folder."""
    limit = d.pick((200, 256, 300, 400))
    files: dict[str, Node | str | bytes] = {"large/.keep": ""}
    big: list[str] = []
    small: list[str] = []
    for number, stem in enumerate(stems(d, d.size(4, 16))):
        size = limit + d.number(1, 300) if number < 2 or d.chance(0.4) else d.number(20, limit)
        if number == 2:
            size = limit  # exactly the limit is not above it
        path = f"incoming/{stem}.dat"
        files[path] = _filler(d, size)
        (big if size > limit else small).append(path)
    names = [path.partition("/")[2] for path in big]
    return Scene(
        files,
        (
            f"Move every file in incoming that is larger than {limit} bytes to the folder large, "
            "under the same name. Files of that size or smaller stay where they are.",
            f"All files in incoming with more than {limit} bytes belong in large (same names); the "
            "others stay.",
        ),
        (f"find incoming -type f -size +{limit}c -exec mv -t large {{}} +",),
        tuple({"file": f"large/{name}", "as": f"incoming/{name}"} for name in names)
        + tuple({"absent": path} for path in big),
        tuple({"added": f"large/{name}"} for name in names)
        + tuple({"removed": path} for path in big),
        decoys=(
            Decoy(f"find incoming -type f -size +{limit}c -exec cp -t large {{}} +", why="copied"),
            Decoy(f"find incoming -type f -size +{limit - 1}c -exec mv -t large {{}} +", why=">="),
            Decoy("mv incoming/* large/", why="all of them"),
        ),
        hint="find's -size +Nc means more than N bytes; mv -t takes the folder first.",
    )


@template("find.empty", fresh=("work",))
def empty(d: Draw) -> Scene:
    """Empty files go, and folders that hold nothing; those with content stay."""
    files: dict[str, Node | str | bytes] = {}
    gone: list[str] = []
    for path, text in scattered(d, d.size(6, 24)).items():
        path = f"work/{path}"
        if len(gone) < 2 or d.chance(0.35):
            files[path] = ""
            gone.append(path)
        else:
            files[path] = text
    files["work/kept/blank.txt"] = "\n"  # one byte is not nothing
    files["outside.txt"] = ""
    return Scene(
        files,
        (
            "Delete all empty (zero-byte) files below work. Folders stay, even those that become "
            "empty, and nothing else is touched.",
            "Remove every file of size 0 under work; keep the folders and every file that has at "
            "least one byte.",
        ),
        ("find work -type f -empty -delete",),
        tuple({"absent": path} for path in gone),
        tuple({"removed": path} for path in gone),
        decoys=(
            Decoy("find work -empty -delete", why="folders, too")
            if _empties(files, gone)
            else Decoy("find work -type f -size -2c -delete", why="one byte counts as nothing"),
            Decoy("find . -type f -empty -delete", why="outside, too"),
            Decoy(f"rm {quoted(gone[0])}", why="one of several"),
        ),
        hint="find has -empty and -delete; mind -type f.",
    )


def _empties(files: dict[str, Node | str | bytes], gone: list[str]) -> bool:
    """Whether some folder becomes empty."""
    left = {path.rpartition("/")[0] for path in files if path not in gone}
    return any(
        not any(place == here or place.startswith(here + "/") for place in left)
        for here in {path.rpartition("/")[0] for path in gone}
    )


@template(
    "find.duplicates",
    fresh=(
        "pool",
        "original.txt",
        "twins.txt",
    ),
)
def duplicates(d: Draw) -> Scene:
    """A list of the files that have the content of a given one."""
    files: dict[str, Node | str | bytes] = {}
    target = prose(d, 3)
    files["original.txt"] = target
    twins: list[str] = []
    for number, (path, text) in enumerate(scattered(d, d.size(5, 20)).items()):
        path = f"pool/{path}"
        if number < 2 or d.chance(0.25):
            files[path] = target
            twins.append(path)
        elif d.chance(0.4):
            spot = d.number(0, len(target) - 2)
            letter = "x" if target[spot] != "x" else "y"
            files[path] = target[:spot] + letter + target[spot + 1 :]  # same size
        else:
            files[path] = text
    return Scene(
        files,
        (
            "Some files below pool have exactly the content of original.txt. Write their paths "
            "(beginning with pool/), one per line and sorted by sort in the C locale, into "
            "twins.txt. Change nothing else.",
            "List in twins.txt, one path per line (pool/...), in byte order, all files under pool "
            "that are byte for byte equal to original.txt.",
        ),
        ("find pool -type f -exec cmp -s {} original.txt \\; -print | LC_ALL=C sort > twins.txt",),
        ({"file": "twins.txt", "lines": sorted(twins)},),
        ({"added": "twins.txt"},),
        decoys=(
            Decoy("find pool -type f | LC_ALL=C sort > twins.txt; touch pool/x", why="all"),
            Decoy(
                "find pool -type f -exec cmp -s {} original.txt \\; -print | LC_ALL=C sort -r "
                "> twins.txt",
                why="the other order",
            ),
            Decoy(f"echo {quoted(twins[0])} > twins.txt", why="one of several"),
        ),
        hint="cmp -s says by its status whether two files are equal.",
    )


@template("find.dangling_links", fresh=("shortcuts",))
def dangling(d: Draw) -> Scene:
    """Links that lead nowhere go; good ones and files stay."""
    files: dict[str, Node | str | bytes] = {}
    goods = stems(d, d.size(3, 9))
    for stem in goods:
        files[f"data/{stem}.txt"] = prose(d, 1)
    gone: list[str] = []
    for number, stem in enumerate(f"{s}-link" for s in stems(d, d.size(5, 16))):
        place = d.pick(("shortcuts", "shortcuts/more"))
        up = "../" * (place.count("/") + 1)
        if number < 2 or d.chance(0.4):
            target = d.pick((f"{up}data/{d.pick(goods)}.bak", f"{up}gone/{stem}", f"{stem}.none"))
            gone.append(f"{place}/{stem}")
        else:
            target = f"{up}data/{d.pick(goods)}.txt"
        files[f"{place}/{stem}"] = link(target)
    return Scene(
        files,
        (
            "Below shortcuts there are symbolic links, some of which lead to nothing. Remove "
            "those; "
            "keep the links that work, and all files.",
            "Delete every broken symbolic link under shortcuts and nothing else.",
        ),
        ("find shortcuts -xtype l -delete",),
        tuple({"absent": path} for path in gone),
        tuple({"removed": path} for path in gone),
        decoys=(
            Decoy("find shortcuts -type l -delete; rm -f data/*", why="working links, too"),
            Decoy(f"rm -- {quoted(gone[0])}", why="one of several"),
            Decoy(
                f"find shortcuts -xtype l -delete; rm -- data/{quoted(goods[0])}.txt", why="a file"
            ),
        ),
        hint="find's -xtype l is true of links whose target does not exist.",
    )
