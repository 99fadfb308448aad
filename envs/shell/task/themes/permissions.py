"""Permission bits: who may read, write and run what."""

from __future__ import annotations

from veragym.envs.shell.task.template import Decoy, Draw, Scene, template
from veragym.envs.shell.task.words import prose, quoted, scattered, stems
from veragym.sandbox.tree import Node, file, folder


@template("permissions.scripts", fresh=("tools",))
def scripts(d: Draw) -> Scene:
    """Files that begin with `#!` become executable for everybody; look-alikes stay."""
    files: dict[str, Node | str | bytes] = {}
    wanted: list[str] = []
    names = stems(d, d.size(5, 14))
    for number, stem in enumerate(names):
        ending = d.pick(("sh", "py", "", "txt")) if d.hard else d.pick(("sh", "txt"))
        path = f"tools/{d.pick(('', 'lib/', 'admin/'))}{stem}{'.' * bool(ending)}{ending}"
        is_script = number < 2 or (number > 3 and d.chance(0.5))
        if is_script:
            interpreter = d.pick(("/bin/sh", "/bin/bash", "/usr/bin/env python3"))
            files[path] = f"#!{interpreter}\n# {d.pick(names)}\n"
            wanted.append(path)
        elif d.hard and d.chance(0.5):
            files[path] = f"{prose(d, 1)}#!/bin/sh\n"  # not in the first line
        else:
            files[path] = prose(d, 2)
    first = quoted(wanted[0])
    return Scene(
        files,
        (
            "Below the folder tools some files are scripts: their first line begins with `#!`. "
            "Make every one of them executable for everybody (mode 755), whatever its name, and "
            "leave all other files as they are.",
            "Everything under tools whose very first two characters are `#!` should get mode 755. "
            "Nothing else may change.",
        ),
        (
            'find tools -type f -exec sh -c \'head -c 2 "$1" | grep -qxF "#!" && chmod 755 '
            '"$1"\' _ {} \\;',
        ),
        tuple(
            {"file": path, "as": path, "mode": "0755", "name": str(i)}
            for i, path in enumerate(wanted, 1)
        ),
        tuple({"changed": path} for path in wanted),
        decoys=(
            Decoy("chmod -R 755 tools", why="files that are no scripts, too"),
            Decoy(f"chmod 755 {first}", why="one of several"),
            Decoy(
                'find tools -type f -exec sh -c \'head -c 2 "$1" | grep -qxF "#!" && chmod 744 '
                '"$1"\' _ {} \\;',
                why="another mode",
            ),
        ),
        hint="Look at the first two bytes of each file (head -c 2) and chmod 755 those with #!.",
    )


@template("permissions.world_writable", fresh=("share",))
def world_writable(d: Draw) -> Scene:
    """The write bit of others goes; every other bit stays."""
    given = scattered(d, d.size(6, 20))
    paths = list(given)
    modes = (0o666, 0o646, 0o662, 0o777, 0o757)
    files: dict[str, Node | str | bytes] = {}
    wanted: dict[str, int] = {}
    for number, path in enumerate(paths):
        mode = d.pick(modes) if number < 2 or d.chance(0.35) else d.pick((0o644, 0o664, 0o755))
        files[f"share/{path}"] = file(given[path], mode)
        if mode & 0o002:
            wanted[f"share/{path}"] = mode & ~0o002
    shared = any(isinstance(node, Node) and node.mode & 0o020 for node in files.values())
    files["inbox/drop.txt"] = file(prose(d, 1), 0o666)
    one = quoted(next(iter(wanted)))
    return Scene(
        files,
        (
            "Some files below share can be written by everybody. Take the write permission away "
            "from others (o-w) on those files and keep all their other permission bits. The folder "
            "inbox is meant to be writable: leave it alone.",
            "Remove the world-writable bit from the files under share; no other bit of any file "
            "and nothing outside share may change.",
        ),
        ("find share -type f -perm -o=w -exec chmod o-w {} +",),
        tuple(
            {"file": path, "as": path, "mode": f"{mode:04o}", "name": str(number)}
            for number, (path, mode) in enumerate(wanted.items(), 1)
        ),
        tuple({"changed": path} for path in wanted),
        decoys=(
            Decoy("find share -type f -exec chmod 644 {} +", why="other bits are lost"),
            Decoy("find . -type f -perm -o=w -exec chmod o-w {} +", why="inbox, too"),
            Decoy("chmod -R go-w share", why="the group's bit is lost"),
            Decoy(f"chmod o-w {one} && chmod u+x {one}", why="a bit that nobody asked for"),
        )
        if shared
        else (Decoy("find share -type f -exec chmod 600 {} +", why="other bits are lost"),),
        hint="find has -perm -o=w; chmod takes o-w.",
    )


@template("permissions.private", fresh=("vault",))
def private(d: Draw) -> Scene:
    """Keys become private to their owner, the folders they are in too; public halves stay."""
    files: dict[str, Node | str | bytes] = {"vault/README": prose(d, 2)}
    keys: list[str] = []
    places: list[str] = []
    for place in d.some(("deploy", "backup", "mail", "web", "build", "vpn"), d.size(2, 5)):
        here = f"vault/{place}"
        files[here] = folder(d.pick((0o755, 0o775)))
        places.append(here)
        for stem in d.some(("id_main", "id_old", "host", "sign", "ca"), d.size(1, 3)):
            files[f"{here}/{stem}.key"] = file(f"PRIVATE {d.number(10**6, 10**9)}\n", 0o644)
            keys.append(f"{here}/{stem}.key")
            files[f"{here}/{stem}.key.pub"] = f"PUBLIC {d.number(10**6, 10**9)}\n"
    conditions = [{"file": path, "as": path, "mode": "0600"} for path in keys]
    conditions += [{"folder": path, "mode": "0700"} for path in places]
    return Scene(
        files,
        (
            "Make the private keys in the folders directly below vault private: every file whose "
            "name ends in .key gets mode 600, and each folder that holds them mode 700. The public "
            "halves (.key.pub), the README and vault itself stay as they are.",
            "In vault/*/ set all *.key files to 600 and those folders to 700. Do not touch the "
            "*.pub files, vault itself or anything else.",
        ),
        ("chmod 600 vault/*/*.key", "chmod 700 vault/*/"),
        tuple(conditions),
        tuple({"changed": path} for path in (*keys, *places)),
        decoys=(
            Decoy("chmod 600 vault/*/*.key", why="the folders are open"),
            Decoy("chmod 600 vault/*/*; chmod 700 vault/*/", why="public halves, too"),
            Decoy("chmod 600 vault/*/*.key; chmod 700 vault vault/*/", why="vault itself, too"),
        ),
        hint="Two chmod commands with the right globs are enough.",
    )


@template("permissions.like", fresh=("site",))
def like(d: Draw) -> Scene:
    """A folder's files get the modes of their namesakes in another folder."""
    names = [f"{stem}.{d.pick(('sh', 'txt', 'cfg'))}" for stem in stems(d, d.size(4, 12))]
    modes = (0o600, 0o640, 0o644, 0o660, 0o700, 0o750, 0o755)
    files: dict[str, Node | str | bytes] = {}
    goal: dict[str, int] = {}
    before: dict[str, int] = {}
    for name in names:
        goal[name] = d.pick(modes)
        before[name] = d.pick([mode for mode in modes if mode != goal[name]])
        files[f"model/{name}"] = file(prose(d, 1), goal[name])
        files[f"site/{name}"] = file(prose(d, 2), before[name])
    files["site/only here.txt"] = file(prose(d, 1), 0o604)
    return Scene(
        files,
        (
            "Every file in model has a namesake in site. Give each file in site the permission "
            "bits of its namesake in model. Contents stay as they are, and so does a file of site "
            "that has no namesake.",
            "Copy the permissions (not the contents) of the files in model onto the files of the "
            "same name in site. Leave everything else.",
        ),
        ('for f in model/*; do chmod --reference="$f" "site/${f#model/}"; done',),
        tuple(
            {
                "file": f"site/{name}",
                "as": f"site/{name}",
                "mode": f"{mode:04o}",
                "name": str(number),
            }
            for number, (name, mode) in enumerate(goal.items(), 1)
        ),
        tuple({"changed": f"site/{name}"} for name in names),
        decoys=(
            Decoy("cp -p model/* site/", why="contents are overwritten"),
            Decoy(
                'for f in site/*; do chmod --reference="$f" "model/${f#site/}" 2>/dev/null; done',
                why="the other way round",
            ),
            Decoy(f"chmod --reference=model/{quoted(names[0])} site/*", why="one mode for all"),
        ),
        hint="chmod --reference=A B gives B the mode of A.",
    )
