"""Scripts that do not do what they should."""

from __future__ import annotations

from veragym.envs.shell.task.template import Decoy, Draw, Scene, template
from veragym.envs.shell.task.words import THINGS, prose, quoted, stems
from veragym.sandbox.tree import Node, file

Given = dict[str, Node | str | bytes]


@template("scripts.line_ends", fresh=("jobs",))
def line_ends(d: Draw) -> Scene:
    """Scripts with carriage returns and without the right to run."""
    files: Given = {}
    goal: dict[str, str] = {}
    for number, stem in enumerate(stems(d, d.size(3, 12))):
        name = f"jobs/{stem}.sh"
        text = f"#!/bin/sh\n# {prose(d, 1)}echo {d.pick(THINGS)} {d.number(1, 99)}\n"
        if number < 2 or d.chance(0.4):
            files[name] = file(text.replace("\n", "\r\n"), 0o644)
            goal[name] = text
        else:
            files[name] = file(text, d.pick((0o644, 0o755)))
    files["jobs/table.csv"] = "a,b\r\n1,2\r\n"
    names = " ".join(quoted(name) for name in goal)
    find = "grep -lr $'\\r' --include='*.sh' jobs"
    return Scene(
        files,
        (
            "Some of the .sh files in jobs have Windows line ends (a carriage return before each "
            "newline). Take the carriage returns out of those scripts and make exactly those "
            "executable for everybody (mode 755). Other files, also the table, stay as they are.",
            "Find the scripts in jobs (*.sh) with CRLF line ends, convert them to LF and set their "
            "mode to 755. Nothing else may change.",
        ),
        (f'{find} | while read -r f; do sed -i \'s/\\r$//\' "$f"; chmod 755 "$f"; done',),
        tuple({"file": name, "exactly": text, "mode": "0755"} for name, text in goal.items()),
        tuple({"changed": name} for name in goal),
        decoys=(
            Decoy("sed -i 's/\\r$//' jobs/*; chmod 755 jobs/*.sh", why="the table, too"),
            Decoy(f"sed -i 's/\\r$//' {names}", why="they cannot run"),
            Decoy(f"chmod 755 {names}", why="the line ends"),
        ),
        hint="grep -l $'\\r' finds them; sed 's/\\r$//' mends them.",
    )


@template(
    "scripts.off_by_one",
    fresh=(
        "count.sh",
        "result.txt",
    ),
)
def off_by_one(d: Draw) -> Scene:
    """A loop that stops too early; mended and run."""
    count = d.number(4, 9) + d.size(0, 12)
    factor = d.number(2, 9)
    wrong = d.pick(("-lt", "-ne"))
    kind = d.pick(("sum", "list"))
    body = "total=$((total + i * F))" if kind == "sum" else 'total="$total $((i * F))"'
    start = "0" if kind == "sum" else '""'
    head = [
        "#!/bin/bash",
        f"# {prose(d, 1).strip()}",
        f"F={factor}",
        f"N={count}",
        f"total={start}",
    ]
    tail = ["do", f"  {body}", "  i=$((i + 1))", "done", "echo $total"]
    filler = [f"# {prose(d, 1).strip()}" for _ in range(d.size(0, 8))]
    broken = [*head, *filler, "i=1", f'while [ "$i" {wrong} "$N" ]', *tail]
    right = [f'while [ "$i" {ok} "$N" ]' for ok in ("-le",)] + ["while ((i <= N))"]
    line = broken.index(f'while [ "$i" {wrong} "$N" ]')
    versions = [[*broken[:line], new, *broken[line + 1 :]] for new in right]
    numbers = [i * factor for i in range(1, count + 1)]
    out = str(sum(numbers)) if kind == "sum" else " ".join(map(str, numbers))
    fix = f"sed -i '/^while/s/{wrong}/-le/' count.sh"
    return Scene(
        {"count.sh": file("\n".join(broken) + "\n", 0o755), "readme.txt": prose(d, 1)},
        (
            f"count.sh should work through all numbers from 1 to N (N = {count}) but leaves out "
            f"the "
            "last one. Correct the operator in its while line (use -le), change nothing else in "
            "it, "
            "and save what it then prints in result.txt.",
            "The loop in count.sh stops one number short of N. Fix the comparison in the while "
            "line "
            "to -le, leave all other lines, run it and put its output into result.txt.",
        ),
        (fix, "./count.sh > result.txt"),
        (
            {
                "any": [
                    {"file": "count.sh", "equals": "\n".join(v) + "\n", "mode": "0755"}
                    for v in versions
                ],
                "name": "script",
            },
            {"file": "result.txt", "columns": [out], "name": "output"},
        ),
        ({"changed": "count.sh"}, {"added": "result.txt"}),
        decoys=(
            Decoy("./count.sh > result.txt", why="not mended"),
            Decoy(
                f"sed -i 's/^N=.*/N={count + 1}/' count.sh; ./count.sh > result.txt",
                why="another N",
            ),
            Decoy(f"{fix}; ./count.sh >> result.txt; ./count.sh >> result.txt", why="twice"),
            Decoy(f"echo '{out}' > result.txt", why="the script is as broken as before"),
        ),
        hint="sed on the while line, then run it.",
    )


@template("scripts.quoting", fresh=("copy.sh",))
def quoting(d: Draw) -> Scene:
    """A loop that breaks on names with blanks; mended, and its work is done."""
    plain = [stem.replace(" ", "-") for stem in stems(d, d.size(3, 10))]
    names = [
        f"{stem} {d.pick(THINGS)}.txt" if number < 2 or d.chance(0.4) else f"{stem}.txt"
        for number, stem in enumerate(plain)
    ]
    files: Given = {f"in/{name}": prose(d, d.number(1, 4)) for name in names}
    files["copy.sh"] = file(
        "#!/bin/bash\nmkdir -p out\nfor f in in/*.txt; do\n  cp $f out/${f#in/}\ndone\n", 0o755
    )
    sound = '#!/bin/bash\nmkdir -p out\nfor f in in/*.txt; do\n  cp "$f" "out/${f#in/}"\ndone\n'
    also = sound.replace('"out/${f#in/}"', 'out/"${f#in/}"')
    conditions = [{"file": f"out/{name}", "as": f"in/{name}"} for name in names]
    script = {
        "any": [{"file": "copy.sh", "equals": text, "mode": "0755"} for text in (sound, also)],
        "name": "script",
    }
    fix = 'sed -i \'s|cp $f out/${f#in/}|cp "$f" "out/${f#in/}"|\' copy.sh'
    return Scene(
        files,
        (
            "copy.sh fails on names with blanks because two words of its cp line are not quoted. "
            "Put "
            "double quotes around both words (nothing else in the script changes), and run it, so "
            "that out holds a copy of every .txt file in in.",
            "Fix the missing double quotes in the cp line of copy.sh (both arguments) and run the "
            "script; out should then contain all of in/*.txt.",
        ),
        (fix, "./copy.sh"),
        (
            script,
            {"folder": "out", "holds": names, "name": "out"},
            *({**row, "name": f"copy {n}"} for n, row in enumerate(conditions, 1)),
        ),
        ({"changed": "copy.sh"}, {"added": "out"}, {"added": "out/*"}),
        decoys=(
            Decoy("./copy.sh", why="not mended"),
            Decoy("cp -r in out", why="copied by hand"),
            Decoy(fix, why="not run"),
            Decoy(f"{fix}; ./copy.sh; touch out/extra.txt", why="one more"),
        ),
        hint='"$f" and "out/${f#in/}".',
    )


@template(
    "scripts.order_of_steps",
    fresh=(
        "all.txt",
        "steps",
    ),
)
def order_of_steps(d: Draw) -> Scene:
    """Steps to be run in the order of their numbers, not of their names."""
    count = d.size(4, 14)
    numbers = d.some(range(1, 40), count)
    if not any(n > 9 for n in numbers) or not any(1 < n < 10 for n in numbers):
        numbers = [2, 10, 21, 3, *[n for n in numbers if n > 21]]
    files: Given = {}
    said: dict[int, str] = {}
    for n in numbers:
        said[n] = f"{d.pick(THINGS)} {d.number(1, 999)}"
        files[f"steps/step{n}.sh"] = f"#!/bin/sh\necho {said[n]}\n"
    gold = [said[n] for n in sorted(said)]
    files["steps/step0.txt"] = "not a step\n"
    run = "for f in $(ls steps/*.sh | sort -V); do sh $f; done > all.txt"
    return Scene(
        files,
        (
            "Run the scripts steps/stepN.sh with sh in the order of their numbers (2 before 10) "
            "and "
            "collect what they print, one after the other, in all.txt.",
            "Execute every steps/step*.sh by increasing number (numerically, so 9 comes before 10) "
            "and write the combined output to all.txt.",
        ),
        (run,),
        ({"file": "all.txt", "lines": gold},),
        ({"added": "all.txt"},),
        decoys=(
            Decoy("for f in steps/*.sh; do sh $f; done > all.txt", why="in the order of names"),
            Decoy(run.replace("sort -V", "sort -rV"), why="backwards"),
            Decoy(run.replace("sort -V", "sort -V | head -n -1"), why="one is missing"),
        ),
        hint="sort -V orders numbers within names.",
    )
