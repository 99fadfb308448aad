"""Data that has been split, packed up, damaged or renamed, put right again."""

from __future__ import annotations

import base64
import hashlib

from veragym.envs.shell.task.template import Answer, Decoy, Draw, Scene, template
from veragym.envs.shell.task.words import THINGS, prose, quoted, stems
from veragym.sandbox.tree import Node

Given = dict[str, Node | str | bytes]


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@template("recovery.parts")
def parts(d: Draw) -> Scene:
    """A file in numbered parts, more than nine of them when it is hard."""
    count = d.size(4, 14)
    pieces = [prose(d, d.number(1, 3))[: -d.number(1, 9)] for _ in range(count)]
    name = d.pick(THINGS)
    files: Given = {f"parts/{name}.{n}": piece for n, piece in enumerate(pieces, 1)}
    files[f"parts/{name}.{d.number(1, count)}.bak"] = prose(d, 1)
    whole = "".join(pieces)
    files["whole.sha256"] = f"{sha(whole)}  {name}.txt\n"
    join = f"for i in $(seq 1 {count}); do cat parts/{name}.$i; done > {name}.txt"
    return Scene(
        files,
        (
            f"A text was cut into the parts parts/{name}.1, parts/{name}.2 and so on. Put them "
            f"together in the order of their numbers as {name}.txt; whole.sha256 has its checksum. "
            "The parts stay, and a .bak file is no part.",
            f"Rebuild {name}.txt from parts/{name}.N (N = 1 … {count}, in numerical order). You "
            f"can "
            "check the result with sha256sum -c whole.sha256.",
        ),
        (join, "sha256sum -c whole.sha256"),
        ({"file": f"{name}.txt", "exactly": whole},),
        ({"added": f"{name}.txt"},),
        decoys=(
            Decoy(f"cat parts/{name}.* > {name}.txt", why="with the copy, in the order of names"),
            Decoy(join.replace(f"1 {count}", f"1 {count - 1}"), why="without the last"),
            Decoy(join.replace(f"1 {count}", f"{count} -1 1"), why="backwards"),
            Decoy(f"{join}; rm -r parts", why="the parts are gone"),
        ),
        hint="A loop over seq keeps the numerical order.",
    )


@template("recovery.encoded", fresh=("mail.txt",))
def encoded(d: Draw) -> Scene:
    """Files in base64 inside a text, each between marks."""
    contents = {f"{stem}.txt": prose(d, d.number(1, 6)) for stem in stems(d, d.size(2, 8))}
    rows: list[str] = []
    for name, text in contents.items():
        rows += [prose(d, 1).strip(), f"begin {name}"]
        code = base64.b64encode(text.encode()).decode()
        rows += [code[i : i + 60] for i in range(0, len(code), 60)]
        rows += ["end", ""]
    program = (
        'awk -v n="$n" \'$0=="begin " n{on=1; next} $0=="end"{on=0} on\' mail.txt | base64 -d > '
        '"files/$n"'
    )
    loop = f"sed -n 's/^begin //p' mail.txt | while read -r n; do {program}; done"
    return Scene(
        {"mail.txt": "\n".join(rows) + "\n", "files/.keep": ""},
        (
            "mail.txt carries files: each stands in base64 between a line 'begin NAME' and a line "
            "'end'. Decode every one of them to files/NAME.",
            "Extract the base64 attachments of mail.txt ('begin NAME' … 'end') into the folder "
            "files "
            "under their names, decoded.",
        ),
        (loop,),
        tuple(
            {"file": f"files/{name}", "exactly": text, "name": str(n)}
            for n, (name, text) in enumerate(contents.items(), 1)
        ),
        tuple({"added": f"files/{name}"} for name in contents),
        decoys=(
            Decoy(loop.replace(" | base64 -d", ""), why="not decoded"),
            Decoy(loop.replace("while read", "head -n -1 | while read"), why="one is missing"),
            Decoy(f"{loop}; rm mail.txt", why="the mail is gone"),
        ),
        hint="awk between the marks, into base64 -d.",
    )


@template("recovery.damaged", fresh=("sums.txt",))
def damaged(d: Draw) -> Scene:
    """Files whose checksums are wrong come back from a copy; own later changes stay listed."""
    names = [f"{stem}.txt" for stem in stems(d, d.size(4, 18))]
    files: Given = {}
    sums: list[str] = []
    broken: list[str] = []
    for number, name in enumerate(names):
        text = prose(d, d.number(2, 4))
        sums.append(f"{sha(text)}  data/{name}")
        if number < 2 or d.chance(0.3):
            spot = d.number(0, len(text) - 2)
            files[f"data/{name}"] = (
                text[:spot] + ("#" if text[spot] != "#" else "+") + text[spot + 1 :]
            )
            files[f"copy/{name}"] = text
            broken.append(name)
        else:
            files[f"data/{name}"] = text
            files[f"copy/{name}"] = text + prose(d, 1)  # the copy is not what it should be
    files["sums.txt"] = "\n".join(sums) + "\n"
    loop = (
        "sha256sum -c sums.txt 2>/dev/null | sed -n 's/: FAILED$//p' | while read -r f; do cp "
        '"copy/${f#data/}" "$f"; done'
    )
    return Scene(
        files,
        (
            "sums.txt has the SHA-256 checksums that the files in data should have. Replace each "
            "file "
            "of data whose checksum is wrong by the file of the same name in copy, and leave the "
            "others alone: their copies are worse.",
            "Check data against sums.txt (sha256sum) and restore only the damaged files from copy. "
            "Intact files must not be touched.",
        ),
        (loop, "sha256sum --quiet -c sums.txt"),
        tuple(
            {"file": f"data/{name}", "as": f"copy/{name}", "name": str(n)}
            for n, name in enumerate(broken, 1)
        ),
        tuple({"changed": f"data/{name}"} for name in broken),
        decoys=(
            Decoy("cp copy/* data/", why="intact ones, too")
            if len(broken) < len(names)
            else Decoy("rm -r copy", why="nonsense"),
            Decoy(f"cp copy/{quoted(broken[0])} data/", why="one of several"),
            Decoy("sha256sum data/* > sums.txt", why="the checksums are made to fit"),
        ),
        hint="sha256sum -c prints FAILED for the damaged ones.",
    )


@template(
    "recovery.renames",
    fresh=(
        "journal.txt",
        "box",
    ),
)
def renames(d: Draw) -> Scene:
    """A journal of renames, taken back."""
    names = [stem.replace(" ", "-") for stem in stems(d, d.size(3, 10))]
    contents = {name: prose(d, 2) + f"{number}\n" for number, name in enumerate(names)}
    now = {name: name for name in names}  # original to present
    journal: list[str] = []
    for step in range(d.size(3, 16)):
        original = names[step] if step < 2 else d.pick(names)
        new = f"{d.pick(THINGS)}{d.number(10, 99)}.x"
        if step == 2:
            # A name that another file had before.
            free = [n for n in names if n not in now.values()]
            new = free[0] if free else new
        if new in now.values():
            continue
        journal.append(f"{now[original]} -> {new}")
        now[original] = new
    files: Given = {f"box/{now[name]}": contents[name] for name in names}
    files["journal.txt"] = "\n".join(journal) + "\n"
    gone = sorted({f"box/{n}" for n in now.values()} - {f"box/{n}" for n in names})
    back = 'tac journal.txt | while read -r a x b; do mv -n "box/$b" "box/$a"; done'
    return Scene(
        files,
        (
            "journal.txt lists, oldest first, the renames that were done in box ('OLD -> NEW' on "
            "each "
            "line). Undo them all, so that every file in box has its original name again.",
            "Reverse the renames recorded in journal.txt (format 'OLD -> NEW', in the order they "
            "happened) inside the folder box. Contents and journal stay.",
        ),
        (back,),
        (
            *(
                {"file": f"box/{name}", "as": f"box/{now[name]}", "name": str(n)}
                for n, name in enumerate(names, 1)
            ),
            {"folder": "box", "holds": sorted(names), "name": "box"},
        ),
        ({"added": "box/*"}, {"changed": "box/*"}, *({"removed": path} for path in gone)),
        decoys=(
            Decoy(back.replace("tac", "head -n -1"), why="in the wrong order, and one is missing"),
            Decoy(back.replace("tac journal.txt", "tac journal.txt | head -n -1"), why="one short"),
            Decoy(back.replace("mv -n", "cp"), why="copied"),
        ),
        hint="Go through the journal from its end (tac) and mv NEW OLD.",
    )


@template("recovery.gaps")
def gaps(d: Draw) -> Scene:
    """The number that is missing in a series of files."""
    total = d.size(12, 60)
    start = d.number(1, 900)
    missing = d.number(start + 2, start + total - 2)
    kind = d.pick(("invoice", "receipt", "ticket"))
    files: Given = {
        f"papers/{kind}-{n:04d}.txt": prose(d, 1)
        for n in range(start, start + total)
        if n != missing
    }
    files[f"papers/{kind}-{missing:04d}.txt.part"] = ""
    return Scene(
        files,
        (
            f"The files papers/{kind}-NNNN.txt are numbered without gaps, but one is missing. "
            f"Which "
            "number? Answer with it (leading zeros do not matter) and change nothing.",
            f"One number between the first and the last of papers/{kind}-NNNN.txt has no .txt "
            f"file. "
            "Answer with that number.",
        ),
        (
            f"ls papers | sed -n 's/^{kind}-0*\\([0-9]*\\)\\.txt$/\\1/p' | sort -n | "
            "awk 'NR>1 && $1!=p+1{print p+1} {p=$1}'",
        ),
        answer=Answer("integer", str(missing)),
        decoys=(
            Decoy("", str(missing + 1), "the one after"),
            Decoy("", str(missing - 1), "the one before"),
            Decoy("", str(start + total), "the one after the last"),
        ),
        hint="Sort the numbers and look where the next is not one more.",
    )
