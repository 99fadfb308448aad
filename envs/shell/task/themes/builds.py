"""Makefiles and small builds."""

from __future__ import annotations

from veragym.envs.shell.task.template import Decoy, Draw, Scene, template
from veragym.envs.shell.task.words import THINGS, prose, stems
from veragym.sandbox.tree import Node, file

Given = dict[str, Node | str | bytes]


@template("builds.tabs", needs=("make",), fresh=("report.txt",))
def tabs(d: Draw) -> Scene:
    """Recipes indented with blanks; once they have tabs, the build makes its product."""
    parts = stems(d, d.size(2, 6))
    parts = [part.replace(" ", "_") for part in parts]
    texts = {part: prose(d, d.number(1, 3)) for part in parts}
    rules = [["report.txt: " + " ".join(f"{p}.up" for p in parts), "cat $^ > $@"]]
    for part in parts:
        rules.append([f"{part}.up: src/{part}.txt", "tr a-z A-Z < $< > $@"])
    rules.append(["clean:", "rm -f *.up"])
    broken, sound = [], []
    for number, (head, recipe) in enumerate(rules):
        wrong = number == 0 or d.chance(0.6)
        broken += [head, ("    " if wrong else "\t") + recipe, ""]
        sound += [head, f"\t{recipe}", ""]
    files: Given = {f"build/src/{part}.txt": text for part, text in texts.items()}
    files["build/Makefile"] = "\n".join(broken)
    gold = "".join(texts[part] for part in parts).upper()
    return Scene(
        files,
        (
            "make fails in the folder build: some recipe lines of its Makefile are indented with "
            "four blanks instead of a tab. Correct those lines, change nothing else in the "
            "Makefile, "
            "and then build report.txt (the target report.txt). Other targets' files may stay.",
            "Repair build/Makefile (recipes that are indented by 4 spaces need a tab) and run make "
            "there so that build/report.txt is made. Do not edit anything but those lines.",
        ),
        (r"sed -i 's/^    /\t/' build/Makefile", "make -s -C build report.txt"),
        (
            {"file": "build/Makefile", "equals": "\n".join(sound), "name": "Makefile"},
            {"file": "build/report.txt", "equals": gold, "name": "report"},
        ),
        (
            {"changed": "build/Makefile"},
            {"added": "build/report.txt"},
            *({"added": f"build/{part}.up"} for part in parts),
        ),
        decoys=(
            Decoy(r"sed -i 's/^    /\t/' build/Makefile", why="not built"),
            Decoy("cd build && cat src/*.txt | tr a-z A-Z > report.txt", why="not repaired"),
            Decoy(
                r"sed -i 's/^ */\t/' build/Makefile; touch build/report.txt",
                why="every line is indented",
            ),
        ),
        hint=r"sed -i 's/^    /\t/' turns four leading blanks into a tab.",
    )


@template(
    "builds.order",
    fresh=(
        "order.list",
        "bundle.txt",
    ),
)
def order(d: Draw) -> Scene:
    """The parts of a bundle in the order of a list, each under its heading."""
    names = [stem.replace(" ", "_") for stem in stems(d, d.size(4, 14))]
    texts = {name: prose(d, d.number(1, 3)) for name in names}
    listed = d.some(names, max(2, len(names) * 2 // 3))
    if listed == sorted(listed):
        listed.reverse()
    rows: list[str] = []
    for name in listed:
        if d.chance(0.3):
            rows.append(d.pick(("", f"# {d.pick(names)}")))
        rows.append(name)
    files: Given = {f"parts/{name}.txt": text for name, text in texts.items()}
    files["order.list"] = "\n".join(rows) + "\n"
    gold = "".join(f"== {name} ==\n{texts[name]}" for name in listed)
    loop = (
        "while read -r n; do case \"$n\" in ''|'#'*) continue;; esac; echo \"== $n ==\"; "
        'cat "parts/$n.txt"; done < order.list > bundle.txt'
    )
    return Scene(
        files,
        (
            "Build bundle.txt from the files in parts: for each name in order.list, in that order, "
            "a line '== NAME ==' and then the content of parts/NAME.txt. Blank lines and lines "
            "that "
            "begin with # in order.list are skipped.",
            "Concatenate parts/NAME.txt for the names in order.list (ignoring comments starting "
            "with # and blank lines) into bundle.txt; before each, put the line '== NAME =='.",
        ),
        (loop,),
        ({"file": "bundle.txt", "equals": gold},),
        ({"added": "bundle.txt"},),
        decoys=(
            Decoy(loop.replace('echo "== $n =="; ', ""), why="without headings"),
            Decoy(loop.replace("< order.list", "< <(sort order.list)"), why="sorted"),
            Decoy(loop.replace("< order.list", "< <(head -n -1 order.list)"), why="one short"),
        ),
        hint="A while read loop with a case for comments and blank lines.",
    )


@template("builds.stale")
def stale(d: Draw) -> Scene:
    """What has to be built again after one file has changed."""
    sources = [stem.replace(" ", "_") for stem in stems(d, d.size(3, 8))]
    mids = [f"mid{n}" for n in range(1, d.size(3, 9) + 1)]
    ends = [f"end{n}" for n in range(1, d.size(2, 5) + 1)]
    needs: dict[str, list[str]] = {}
    for number, mid in enumerate(mids):
        pool = [f"{s}.src" for s in sources] + mids[:number]
        needs[mid] = d.some(pool, d.number(1, min(3, len(pool))))
    for end in ends:
        needs[end] = d.some(mids, d.number(1, min(3, len(mids))))
    changed = f"{sources[0]}.src"
    if not any(changed in inputs for inputs in needs.values()):
        needs[mids[0]] = [changed]
        if not any(mids[0] in needs[end] for end in ends):
            needs[ends[0]] = [mids[0]]
    dirty: set[str] = {changed}
    for target in (*mids, *ends):
        if dirty & set(needs[target]):
            dirty.add(target)
    gold = sorted(dirty - {changed})
    direct = sorted(t for t, inputs in needs.items() if changed in inputs)
    rows = d.mixed([f"{target}: {' '.join(inputs)}" for target, inputs in needs.items()])
    program = (
        '{t=$1; sub(/:/,"",t); for(i=2;i<=NF;i++) use[t,$i]=1; all[t]=1} '
        f'END{{d["{changed}"]=1; do {{m=0; for(k in use){{split(k,p,SUBSEP); if((p[2] in d) && '
        "!(p[1] in d)){d[p[1]]=1;m=1}}} while(m); for(t in all) if(t in d) print t}"
    )
    decoys = [
        Decoy("cut -d: -f1 rules.txt | LC_ALL=C sort > rebuild.txt; echo extra >> rebuild.txt"),
        Decoy(f"grep -lr {changed} . | sort > rebuild.txt", why="names of files"),
    ]
    if direct != gold:
        decoys.append(
            Decoy(
                f"grep -w '{changed}' rules.txt | cut -d: -f1 | LC_ALL=C sort > rebuild.txt",
                why="direct ones only",
            )
        )
    return Scene(
        {"rules.txt": "\n".join(rows) + "\n", "notes.txt": prose(d, 1)},
        (
            "Each line 'TARGET: INPUT INPUT …' of rules.txt says what a target is made from; a "
            f"target may be an input of others. The file {changed} has changed. Write every target "
            "that has to be made again, directly or because an input of it is, to rebuild.txt: one "
            "per line, sorted in byte order.",
            f"By the dependencies in rules.txt, list in rebuild.txt (sorted, one per line) all "
            f"targets that depend on {changed}, directly or through other targets.",
        ),
        (f"awk '{program}' rules.txt | LC_ALL=C sort > rebuild.txt",),
        ({"file": "rebuild.txt", "lines": gold},),
        ({"added": "rebuild.txt"},),
        decoys=tuple(decoys),
        hint="Repeat: a target with a changed input has changed; until nothing is added.",
    )


@template("builds.compile", needs=("gcc",), fresh=("output.txt",))
def compiled(d: Draw) -> Scene:
    """A C program with one missing header; its output is kept."""
    numbers = [d.number(2, 99) for _ in range(d.size(4, 12))]
    word = d.pick(THINGS)
    function, result = d.pick(
        (("sum", sum(numbers)), ("max", max(numbers)), ("count", len(numbers)))
    )
    body = {
        "sum": "t += a[i];",
        "max": "if (a[i] > t) t = a[i];",
        "count": "t += 1;",
    }[function]
    listed = ", ".join(map(str, numbers))
    main = (
        "#include <stdio.h>\n\nint main(void)\n{\n"
        f"    int a[] = {{{listed}}};\n"
        f'    printf("{word} %d\\n", {function}(a, {len(numbers)}));\n    return 0;\n}}\n'
    )
    unit = (
        f'#include "{function}.h"\n\nint {function}(const int *a, int n)\n{{\n    int t = 0;\n'
        f"    for (int i = 0; i < n; i++) {{ {body} }}\n    return t;\n}}\n"
    )
    header = f"int {function}(const int *a, int n);\n"
    files: Given = {
        "prog/main.c": main,
        f"prog/{function}.c": unit,
        f"prog/{function}.h": header,
    }
    fixed = f'#include <stdio.h>\n#include "{function}.h"\n' + main.partition("\n")[2]
    other = f'#include "{function}.h"\n' + main
    build = "gcc -std=c11 -Werror=implicit-function-declaration -o prog/run prog/main.c "
    build += f"prog/{function}.c"
    add = f"sed -i '1a #include \"{function}.h\"' prog/main.c"
    return Scene(
        files,
        (
            f"prog/main.c uses the function {function} without including {function}.h. Add the "
            f"line "
            f'#include "{function}.h" directly before or after its other #include, compile main.c '
            "and "
            f"{function}.c to prog/run with gcc, and save what the program prints in "
            f"prog/output.txt.",
            f'Put the missing #include "{function}.h" next to the other include in prog/main.c, '
            "build "
            f"prog/run from main.c and {function}.c (gcc), run it and write its output to "
            "prog/output.txt.",
        ),
        (add, build, "prog/run > prog/output.txt"),
        (
            {
                "any": [
                    {"file": "prog/main.c", "equals": fixed},
                    {"file": "prog/main.c", "equals": other},
                ],
                "name": "source",
            },
            {"file": "prog/output.txt", "equals": f"{word} {result}\n", "name": "output"},
            {"mode": "prog/run", "set": "0100", "name": "program"},
        ),
        ({"changed": "prog/main.c"}, {"added": "prog/run"}, {"added": "prog/output.txt"}),
        decoys=(
            Decoy(f"{add}; {build}", why="not run"),
            Decoy(f"echo '{word} {result}' > prog/output.txt", why="neither mended nor built"),
            Decoy(f"{add}; {build}; prog/run > output.txt", why="another place"),
        ),
        hint="sed -i '1a LINE' puts a line after the first.",
    )


@template("builds.version")
def version(d: Draw) -> Scene:
    """A version number is raised in every file that carries it."""
    old = [d.number(0, 3), d.number(1, 19), d.number(1, 30)]
    which = d.pick(("patch", "minor", "major"))
    new = {
        "patch": [old[0], old[1], old[2] + 1],
        "minor": [old[0], old[1] + 1, 0],
        "major": [old[0] + 1, 0, 0],
    }[which]
    a, b = (".".join(map(str, v)) for v in (old, new))
    near = f"{old[0]}.{old[1]}.{old[2]}{d.number(0, 9)}"
    files: Given = {
        "app/VERSION": f"{a}\n",
        "app/setup.cfg": f"[metadata]\nname = {d.pick(THINGS)}\nversion = {a}\nneeds = "
        "lib=={near}\n",
        "app/run.sh": file(f'#!/bin/sh\necho "version {a}"\n', 0o755),
        "app/CHANGES.md": f"# {a}\n{prose(d, 2)}",
    }
    goal = {path: content for path, content in files.items() if path != "app/CHANGES.md"}
    extra = [stem.replace(" ", "_") for stem in stems(d, d.size(1, 6))]
    for stem in extra:
        text = f"{prose(d, 1)}made with {near}, version={a}.\n"
        files[f"app/docs/{stem}.txt"] = goal[f"app/docs/{stem}.txt"] = text
    conditions = []
    for path, given in goal.items():
        text = given.text if isinstance(given, Node) else str(given)
        text = text.replace(near, "\0").replace(a, b).replace("\0", near)
        mode = f"{given.mode:04o}" if isinstance(given, Node) else "0644"
        conditions.append({"file": path, "equals": text, "mode": mode})
    pattern = a.replace(".", "\\.")
    command = (
        f"find app -type f ! -name CHANGES.md -exec sed -i -E "
        f"'s/(^|[^0-9.]){pattern}($|[^0-9])/\\1{b}\\2/g' {{}} +"
    )
    return Scene(
        files,
        (
            f"The software in app has version {a}; make it {b} ({which} release). Every file below "
            "app that states the version has to say the new one, except CHANGES.md, which is "
            "history. "
            f"{near} is the version of something else.",
            f"Bump the version {a} to {b} everywhere under app but not in CHANGES.md. Beware of "
            f"{near}, "
            "which must not change. Modes of files stay.",
        ),
        (command,),
        tuple(conditions),
        tuple({"changed": path} for path in goal),
        decoys=(
            Decoy(f"find app -type f ! -name CHANGES.md -exec sed -i 's/{pattern}/{b}/g' {{}} +"),
            Decoy(command.replace("! -name CHANGES.md ", ""), why="history, too"),
            Decoy(f"echo {b} > app/VERSION", why="one place"),
        ),
        hint="sed with what must not stand before and after the number.",
    )
