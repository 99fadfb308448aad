"""Archives and compressed files; those a task starts from are made here, byte for byte alike."""

from __future__ import annotations

import gzip
import io
import tarfile

from veragym.envs.shell.task.template import Answer, Decoy, Draw, Scene, template
from veragym.envs.shell.task.words import prose, quoted, scattered, stems
from veragym.sandbox.tree import Node

Given = dict[str, Node | str | bytes]


def tarred(files: dict[str, str], compressed: bool = True) -> bytes:
    """A tar archive of text files, gzipped or not, the same bytes every time."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, text in files.items():
            content = text.encode()
            row = tarfile.TarInfo(path)
            row.size, row.mode, row.mtime = len(content), 0o644, 1_700_000_000
            archive.addfile(row, io.BytesIO(content))
    raw = out.getvalue()
    # Level 0: the bytes are the same whichever library compresses.
    return gzip.compress(raw, 0, mtime=0) if compressed else raw


@template("archives.pack", fresh=("project",))
def pack(d: Draw) -> Scene:
    """A folder into a tar.gz without one kind of file."""
    skip = d.pick(("log", "tmp", "bak"))
    files: Given = {}
    kept: dict[str, str] = {}
    for number, (path, text) in enumerate(
        scattered(d, d.size(4, 18), ("txt", "md", "csv", skip)).items()
    ):
        path = f"project/{path}" if number else f"project/first.{skip}"
        files[path] = text
        if not path.endswith(f".{skip}"):
            kept[path] = text
    files["project/main.txt"] = kept["project/main.txt"] = prose(d, 2)
    name = f"{d.pick(('release', 'bundle', 'snapshot'))}.tar.gz"
    return Scene(
        files,
        (
            f"Pack the folder project into the gzip-compressed tar archive {name}, with paths that "
            f"begin with project/, and leave out all files whose name ends in .{skip}. The folder "
            "itself stays as it is.",
            f"Create {name} (tar, gzip) holding project/ and everything below it except *.{skip} "
            "files. Do not change the folder.",
        ),
        (f"tar -czf {name} --exclude='*.{skip}' project",),
        (
            {
                "archive": name,
                "format": "tar.gz",
                "holds": {path: {"as": path} for path in kept},
            },
        ),
        ({"added": name},),
        decoys=(
            Decoy(f"tar -czf {name} project", why="with what was to be left out"),
            Decoy(f"tar -cf {name} --exclude='*.{skip}' project", why="not compressed"),
            Decoy(f"tar -czf {name} -C project --exclude='*.{skip}' .", why="other paths"),
            Decoy(
                f"find project -name '*.{skip}' -delete; tar -czf {name} project",
                why="the folder has changed",
            ),
        ),
        hint="tar -czf with --exclude='*.ending' before the folder.",
    )


@template("archives.extract_one")
def extract_one(d: Draw) -> Scene:
    """One file out of an archive, to a place of its own."""
    packed = {f"site/{path}": text for path, text in scattered(d, d.size(4, 20)).items()}
    wanted = d.pick(list(packed))
    packed[f"old/{wanted}"] = prose(d, 2)  # the same name elsewhere
    name = wanted.rpartition("/")[2]
    folder = d.pick(("restored", "recovered"))
    return Scene(
        {"backup.tar.gz": tarred(packed), f"{folder}/notes.txt": prose(d, 1)},
        (
            f"Take the file {wanted} out of backup.tar.gz and save it as {folder}/{name}. Nothing "
            "else from the archive may be left on the disk.",
            f"From backup.tar.gz only {wanted} is needed: it should end up at {folder}/{name}, and "
            "no other file may be extracted.",
        ),
        (f"tar -xzOf backup.tar.gz {quoted(wanted)} > {quoted(f'{folder}/{name}')}",),
        ({"file": f"{folder}/{name}", "exactly": packed[wanted]},),
        ({"added": f"{folder}/{name}"},),
        decoys=(
            Decoy("tar -xzf backup.tar.gz", why="everything"),
            Decoy(f"tar -xzf backup.tar.gz -C {folder} {quoted(wanted)}", why="with its folders"),
            Decoy(
                f"tar -xzOf backup.tar.gz {quoted(f'old/{wanted}')} > {quoted(f'{folder}/{name}')}",
                why="the old one",
            ),
        ),
        hint="tar -xO prints a member to standard output.",
    )


@template("archives.members_with")
def members_with(d: Draw) -> Scene:
    """How many files of an archive hold a word: asked, not unpacked."""
    word = d.pick(("urgent", "draft", "approved"))
    packed: dict[str, str] = {}
    hits = 0
    for path, text in scattered(d, d.size(5, 26)).items():
        if d.chance(0.45):
            text += f"{word}: {prose(d, 1)}" * d.number(1, 2)
            hits += 1
        elif d.chance(0.3):
            text += f"{word}ly {prose(d, 1)}"
        packed[f"mail/{path}"] = text
    return Scene(
        {"mail.tar.gz": tarred(packed), "mail.txt": f"{word}\n"},
        (
            f"How many files in the archive mail.tar.gz hold a line that begins with '{word}:'? "
            "Answer with the number; in the end the home folder must be as it was.",
            f"Count the members of mail.tar.gz with at least one line starting with '{word}:'. "
            "Leave nothing behind in your home folder.",
        ),
        (
            "mkdir /tmp/mail$$ && tar -xzf mail.tar.gz -C /tmp/mail$$ && "
            f"grep -rl '^{word}:' /tmp/mail$$ | wc -l; rm -rf /tmp/mail$$",
        ),
        answer=Answer("integer", str(hits)),
        decoys=(
            Decoy("tar -xzf mail.tar.gz", str(hits), "unpacked into the home folder"),
            Decoy("", str(hits + 1), "one more"),
            Decoy("", str(len(packed) + 1), "all of them"),
        ),
        hint="Unpack it below /tmp, grep -rl there, and clean up.",
    )


@template("archives.compress_each", fresh=("var",))
def compress_each(d: Draw) -> Scene:
    """Each file of a kind becomes its gzip-compressed self."""
    files: Given = {}
    wanted: list[str] = []
    for number, stem in enumerate(stems(d, d.size(4, 14))):
        ending = "log" if number < 2 or d.chance(0.5) else d.pick(("txt", "log.keep", "csv"))
        path = f"var/{stem}.{ending}"
        files[path] = prose(d, d.number(2, 12))
        if ending == "log":
            wanted.append(path)
    return Scene(
        files,
        (
            "Compress each .log file in var with gzip: every x.log is replaced by x.log.gz. Other "
            "files stay as they are.",
            "In var, gzip all files ending in .log one by one (originals gone, .log.gz instead) "
            "and nothing else.",
        ),
        ("gzip var/*.log",),
        tuple({"compressed": f"{path}.gz", "format": "gz", "as": path} for path in wanted)
        + tuple({"absent": path} for path in wanted),
        tuple({"removed": path} for path in wanted)
        + tuple({"added": f"{path}.gz"} for path in wanted),
        decoys=(
            Decoy("gzip -k var/*.log", why="the originals stay"),
            Decoy("gzip -r var; gzip -d var/*.log.gz", why="the wrong ones"),
            Decoy("tar -czf var/all.log.gz var/*.log && rm var/*.log", why="one archive"),
            Decoy('for f in var/*.log; do mv "$f" "$f.gz"; done', why="only renamed"),
        ),
        hint="gzip replaces a file by default.",
    )


@template("archives.repack")
def repack(d: Draw) -> Scene:
    """An archive again with some members renamed."""
    old, new = d.some(("draft", "stage", "alpha", "beta", "trial"), 2)
    packed = {f"{old}/{path}": text for path, text in scattered(d, d.size(3, 14)).items()}
    packed[f"{old}/{old}.txt"] = prose(d, 1)
    goal = {f"{new}/{path.partition('/')[2]}": text for path, text in packed.items()}
    return Scene(
        {"input.tar": tarred(packed, False), "todo.txt": prose(d, 2)},
        (
            f"Make output.tar.gz from input.tar: the same files, but the top folder is called "
            f"{new} "
            f"instead of {old}. Names and contents below it do not change. Leave input.tar, and "
            "nothing else, beside it.",
            f"Repack input.tar as the gzip-compressed output.tar.gz, with the leading folder "
            f"{old}/ "
            f"renamed to {new}/ in all paths. Keep input.tar and clean up after yourself.",
        ),
        (
            f"tar -xf input.tar && mv {old} {new}",
            f"tar -czf output.tar.gz {new} && rm -r {new}",
        ),
        ({"archive": "output.tar.gz", "format": "tar.gz", "holds": goal},),
        ({"added": "output.tar.gz"},),
        decoys=(
            Decoy(
                f"tar -xf input.tar && mv {old} {new} && tar -czf output.tar.gz {new}", why="left"
            ),
            Decoy("gzip -c input.tar > output.tar.gz", why="not renamed"),
            Decoy(
                f"tar -xf input.tar && mv {old} {new} && tar -cf output.tar.gz {new} && rm -r "
                f"{new}",
                why="not compressed",
            ),
        ),
        hint="Unpack, rename the folder, pack it again, remove it.",
    )
