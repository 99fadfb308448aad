"""Disks that have filled up: what may go, and what must stay."""

from __future__ import annotations

from veragym.envs.shell.task.template import Answer, Decoy, Draw, Scene, template
from veragym.envs.shell.task.words import (
    SERVICES,
    THINGS,
    date_of,
    folders,
    prose,
    quoted,
    scattered,
    stems,
)
from veragym.sandbox.tree import Node

Given = dict[str, Node | str | bytes]


@template("cleanup.leftovers", fresh=("work",))
def leftovers(d: Draw) -> Scene:
    """Temporary files go, but not in one folder and not their look-alikes."""
    files: Given = {}
    gone: list[str] = []
    for number, (path, text) in enumerate(scattered(d, d.size(8, 30), ("txt", "md")).items()):
        kind = d.number(0, 4) if number > 1 else number
        if kind == 0:
            path += ".tmp"
            gone.append(f"work/{path}")
        elif kind == 1:
            path += "~"
            gone.append(f"work/{path}")
        elif kind == 2:
            path += d.pick((".tmpl", ".tmp.txt", "~.md"))
        files[f"work/{path}"] = text
    files["work/keep/held.tmp"] = prose(d, 1)
    files["work/keep/deep/old.txt~"] = prose(d, 1)
    command = (
        "find work -path work/keep -prune -o -type f \\( -name '*.tmp' -o -name '*~' \\) -print0"
    )
    return Scene(
        files,
        (
            "Delete the temporary files below work: those whose names end in .tmp or in ~. Nothing "
            "in work/keep (at any depth) may be deleted, and folders stay.",
            "Remove *.tmp and *~ files everywhere under work except under work/keep. Leave "
            "everything else, also empty folders.",
        ),
        (f"{command} | xargs -0 rm --",),
        tuple({"absent": path} for path in gone),
        tuple({"removed": path} for path in gone),
        decoys=(
            Decoy("find work \\( -name '*.tmp' -o -name '*~' \\) -delete", why="keep, too"),
            Decoy("find work -path work/keep -prune -o -name '*.tmp' -print0 | xargs -0 rm --"),
            Decoy(f"rm -- {quoted(gone[0])}; rm -r work/keep", why="keep itself"),
        ),
        hint="find work -path work/keep -prune -o … -print0 | xargs -0 rm.",
    )


@template("cleanup.old_backups", fresh=("backups",))
def old_backups(d: Draw) -> Scene:
    """Of each series only the newest few stay; the date is in the name."""
    keep = d.number(2, 3)
    files: Given = {"backups/README": prose(d, 1)}
    gone: list[str] = []
    for series in d.some(SERVICES, d.size(1, 5)):
        days = sorted(d.some(range(366), keep + d.size(1, 6)))
        names = [f"backups/{series}-{date_of(day)}.dump" for day in days]
        for name in d.mixed(names):
            files[name] = prose(d, 1)
        gone += names[:-keep]
    first = next(iter(gone)).removeprefix("backups/").rsplit("-", 3)[0]
    files[f"backups/{first}-latest.txt"] = prose(d, 1)
    loop = (
        "cd backups && for s in $(ls *.dump | sed -E 's/-[0-9]{4}-[0-9]{2}-[0-9]{2}\\.dump$//' | "
        "sort -u); do ls $s-[0-9]*.dump | sort | head -n -KEEP | xargs -r rm --; done; cd"
    )
    return Scene(
        files,
        (
            f"The folder backups holds dumps named SERIES-DATE.dump. Of each series keep the "
            f"{keep} "
            "newest by the date in the name and delete the older ones. Other files stay.",
            f"Prune backups: per series (the part before the date) only the latest {keep} .dump "
            f"files "
            "may remain; touch nothing else.",
        ),
        (loop.replace("KEEP", str(keep)),),
        tuple({"absent": path} for path in gone),
        tuple({"removed": path} for path in gone),
        decoys=(
            Decoy(loop.replace("KEEP", str(keep + 1)), why="one too many kept"),
            Decoy(loop.replace("KEEP", str(keep - 1)), why="one too few kept"),
            Decoy(loop.replace("| sort |", "| sort -r |").replace("KEEP", str(keep)), why="oldest"),
        ),
        hint="For each series: ls, sort, head -n -N, rm.",
    )


@template("cleanup.rotate")
def rotate(d: Draw) -> Scene:
    """Numbered logs move up by one, the last falls off, a new empty one begins."""
    most = d.size(3, 8)
    name = d.pick(SERVICES)
    files: Given = {f"log/{name}.log": prose(d, 3)}
    for number in range(1, most + 1):
        files[f"log/{name}.log.{number}"] = prose(d, 2)
    files[f"log/{name}2.log"] = prose(d, 1)
    conditions = [
        {"file": f"log/{name}.log.{n}", "as": f"log/{name}.log.{n - 1}"} for n in range(2, most + 1)
    ]
    conditions += [
        {"file": f"log/{name}.log.1", "as": f"log/{name}.log"},
        {"file": f"log/{name}.log", "exactly": ""},
    ]
    up = f"for i in $(seq {most - 1} -1 1); do mv {name}.log.$i {name}.log.$((i+1)); done"
    down = f"for i in $(seq 1 {most - 1}); do mv {name}.log.$i {name}.log.$((i+1)); done"
    rest = f"mv {name}.log {name}.log.1; : > {name}.log"
    return Scene(
        files,
        (
            f"Rotate the log log/{name}.log: {name}.log.{most} is dropped, every {name}.log.N "
            f"becomes "
            f"{name}.log.N+1, {name}.log becomes {name}.log.1, and a new, empty {name}.log takes "
            f"its "
            "place.",
            f"In log, shift {name}.log.1 to {name}.log.{most} up by one number (the highest falls "
            f"away), move {name}.log to {name}.log.1 and leave an empty {name}.log.",
        ),
        (f"cd log && {up}; {rest}; cd",),
        tuple(conditions),
        tuple({"changed": path} for path in files if not path.endswith("2.log")),
        decoys=(
            Decoy(f"cd log && {down}; {rest}", why="each over the next"),
            Decoy(f"cd log && {up}; cp {name}.log {name}.log.1", why="the log is not empty"),
            Decoy(
                f"cd log && mv {name}.log.{most} {name}.log.{most + 1}; {up}; {rest}", why="kept"
            ),
        ),
        hint="Begin with the highest number.",
    )


@template("cleanup.heaviest")
def heaviest(d: Draw) -> Scene:
    """The subfolder with the most bytes in its files, all depths."""
    tops = d.some(THINGS, d.size(3, 8))
    files: Given = {}
    sums = dict.fromkeys(tops, 0)
    counts = dict.fromkeys(tops, 0)
    for stem in stems(d, d.size(8, 36)):
        top = d.pick(tops)
        path = f"data/{top}/{d.pick(folders(d, 2))}/{d.pick(('', '.'))}{stem}.dat"
        text = prose(d, d.number(1, 12))
        files[path] = text
        sums[top] += len(text)
        counts[top] += 1
    best = max(sums, key=lambda top: sums[top])
    files[f"data/{best}/more.dat"] = prose(d, 3)
    sums[best] += len(str(files[f"data/{best}/more.dat"]))
    second = sorted(sums, key=lambda top: sums[top])[-2]
    most = max(tops, key=lambda top: counts[top])
    decoys = [Decoy("", second, "the second"), Decoy("", f"data/{second}", "the second")]
    if most != best:
        decoys.append(Decoy("", most, "the most files"))
    return Scene(
        files,
        (
            "Which folder directly below data holds the most bytes, counting the sizes of all "
            "files "
            "in it at any depth, hidden ones included? Answer with its name; change nothing.",
            "For each subfolder of data add up the sizes in bytes of all files below it (also "
            "hidden) "
            "and answer with the name of the largest subfolder.",
        ),
        (
            "find data -type f -printf '%s %p\\n' | awk '{split($2,p,\"/\"); s[p[2]]+=$1} "
            "END{for(x in s) print s[x], x}' | sort -n | tail -1",
        ),
        answer=Answer(
            "text", [best, f"data/{best}", f"data/{best}/", f"{best}/", f"~/data/{best}"]
        ),
        decoys=tuple(decoys),
        hint="find -printf '%s %p\\n' and awk with an array by the second part of the path.",
    )


@template("cleanup.twins", fresh=("inbox",))
def twins(d: Draw) -> Scene:
    """Of files with equal content only the first by name stays."""
    pool = [prose(d, 2) + f"{n}\n" for n in range(d.size(3, 9))]
    names = sorted(f"{stem}.txt" for stem in stems(d, d.size(6, 26)))
    files: Given = {}
    first: dict[str, str] = {}
    gone: list[str] = []
    for number, name in enumerate(names):
        text = pool[0] if number in (0, len(names) - 1) else d.pick(pool)
        files[f"inbox/{name}"] = text
        if text in first:
            gone.append(f"inbox/{name}")
        first.setdefault(text, name)
    files["other/copy.txt"] = pool[0]
    loop = 'cd inbox && for f in *; do h=$(md5sum < "$f"); case "$seen" in *"$h"*) rm -- "$f";; '
    end = '*) seen="$seen $h";; esac; done; seen=; cd'
    return Scene(
        files,
        (
            "Some files in inbox have the same content. Of each group of equal files keep the one "
            "whose name comes first in byte order and delete the others. Other folders stay as "
            "they "
            "are.",
            "Deduplicate inbox: among files with identical content only the first by name (C "
            "locale) "
            "may remain.",
        ),
        ("export LC_ALL=C", loop + end),
        tuple({"absent": path} for path in gone),
        tuple({"removed": path} for path in gone),
        decoys=(
            Decoy("export LC_ALL=C; " + loop.replace("in *;", "in $(ls -r | tr ' ' '?');") + end),
            Decoy(f"rm -- {quoted(gone[0])} {quoted('inbox/' + names[0])}", why="the first, too"),
            Decoy("export LC_ALL=C; " + loop + end + "; rm other/copy.txt", why="outside"),
        ),
        hint="Remember the checksums seen while you go through the names in order.",
    )
