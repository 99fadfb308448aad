"""Configuration: set, complete, compare and repair."""

from __future__ import annotations

from veragym.envs.shell.task.template import Answer, Decoy, Draw, Scene, template
from veragym.envs.shell.task.words import HOSTS, PLACES, SERVICES, THINGS, prose


def _sections(d: Draw, count: int) -> dict[str, dict[str, str]]:
    return {
        name: {key: str(d.number(1, 999)) for key in d.some(KEYS, d.number(2, 5))}
        for name in d.some(SERVICES, count)
    }


KEYS = ("port", "retries", "timeout", "workers", "limit", "level", "window")


def written(sections: dict[str, dict[str, str]]) -> str:
    return "\n".join(
        "".join([f"[{name}]\n", *(f"{key} = {value}\n" for key, value in keys.items())])
        for name, keys in sections.items()
    )


@template("configs.set")
def set_key(d: Draw) -> Scene:
    """One key in one section gets a value; the same key elsewhere stays."""
    sections = _sections(d, d.size(2, 7))
    for keys in sections.values():
        keys.setdefault("timeout", str(d.number(1, 60)))
    target = d.pick(list(sections))
    value = str(d.number(100, 900))
    goal = {name: dict(keys) for name, keys in sections.items()}
    goal[target]["timeout"] = value
    return Scene(
        {"service.ini": written(sections), "service.ini.old": written(_sections(d, 2))},
        (
            f"In service.ini set timeout in the section [{target}] to {value}. Everything else "
            f"keeps "
            "its value.",
            f"Change service.ini so that [{target}] has timeout = {value}; no other section or key "
            "may change.",
        ),
        (f"sed -i '/^\\[{target}\\]/,/^$/s/^timeout = .*/timeout = {value}/' service.ini",),
        ({"file": "service.ini", "ini": goal},),
        ({"changed": "service.ini"},),
        decoys=(
            Decoy(f"sed -i 's/^timeout = .*/timeout = {value}/' service.ini", why="every section"),
            Decoy(f"printf '[{target}]\\ntimeout = {value}\\n' >> service.ini", why="a second one"),
            Decoy(
                f"printf '[{target}]\\ntimeout = {value}\\n' > service.ini", why="the rest is lost"
            ),
        ),
        hint="sed's range /^\\[name\\]/,/^$/ limits a substitution to one section.",
    )


@template(
    "configs.complete",
    fresh=(
        "full.env",
        "default.env",
        "local.env",
    ),
)
def complete(d: Draw) -> Scene:
    """Keys that are missing get their defaults; given ones stay."""
    keys = d.some([f"{a}.{b}" for a in SERVICES for b in KEYS], d.size(6, 24))
    default = {key: str(d.number(1, 99)) for key in keys}
    own: dict[str, str] = {}
    for number, key in enumerate(keys):
        if number != 1 and (number % 3 != 1 or d.chance(0.2)):
            own[key] = str(d.number(100, 999))
    goal = sorted(f"{key}={own.get(key, value)}" for key, value in default.items())
    return Scene(
        {
            "default.env": "".join(f"{key}={value}\n" for key, value in sorted(default.items())),
            "local.env": "".join(f"{key}={value}\n" for key, value in d.mixed(list(own.items()))),
        },
        (
            "Both default.env and local.env have lines KEY=VALUE. Write full.env with every key of "
            "default.env, sorted by line in byte order: with the value of local.env where it has "
            "the "
            "key, else with the default.",
            "full.env: all keys of default.env, taking the value from local.env if present there; "
            "lines KEY=VALUE, sorted (C locale). Inputs stay.",
        ),
        (
            "awk -F= 'NR==FNR{v[$1]=$2; next} {print $1 \"=\" (($1 in v) ? v[$1] : $2)}' local.env "
            "default.env | LC_ALL=C sort > full.env",
        ),
        ({"file": "full.env", "lines": goal},),
        ({"added": "full.env"},),
        decoys=(
            Decoy("cat default.env local.env | LC_ALL=C sort > full.env", why="both"),
            Decoy("LC_ALL=C sort default.env > full.env", why="defaults only"),
            Decoy("LC_ALL=C sort local.env > full.env", why="keys are missing"),
        ),
        hint="awk reads local.env first (NR==FNR) and then walks default.env.",
    )


@template("configs.conflict")
def conflict(d: Draw) -> Scene:
    """The port that two services claim."""
    names = d.some([f"{a}-{b}" for a in SERVICES for b in PLACES], d.size(5, 24))
    ports = [str(n) for n in d.some(range(1000, 9999), len(names))]
    clash = ports[0]
    other = d.number(1, len(names) - 1)
    ports[other] = clash
    files: dict[str, str] = {}
    for name, port in zip(names, ports):
        row = f"port = {port}"
        if d.chance(0.5):
            row = f"port={port}"
        files[f"conf/{name}.conf"] = f"name = {name}\n# port = {d.pick(ports)}\n{row}\n"
    return Scene(
        files,
        (
            "Each file in conf sets the port of a service in one line (with or without blanks "
            "around "
            "the =; comment lines do not count). Two services have the same port. Which port is "
            "it? "
            "Change nothing.",
            "Exactly one port number is used by two of the files in conf (ignore lines starting "
            "with "
            "#). Answer with that port.",
        ),
        ("grep -h '^port' conf/*.conf | tr -d ' ' | sort | uniq -d",),
        answer=Answer("integer", clash),
        decoys=(
            Decoy("", ports[1] if other != 1 else ports[2], "another port"),
            Decoy("", str(int(clash) + 1), "one off"),
        ),
        hint="grep -h '^port', without blanks, then sort and uniq -d.",
    )


@template("configs.hosts")
def hosts(d: Draw) -> Scene:
    """A host gets another address in every line that names it; aliases stay beside it."""
    names = d.some([f"{h}{n}" for h in HOSTS for n in ("", "2", "3")], d.size(5, 20))
    target = names[0]
    new = f"192.168.{d.number(0, 9)}.{d.number(1, 99)}"
    rows, gold = ["# addresses"], ["# addresses"]
    for number, name in enumerate(names):
        old = f"10.0.{d.number(0, 9)}.{number + 1}"
        alias = f" {d.pick(SERVICES)}.{name}" if d.chance(0.5) else ""
        rows.append(f"{old} {name}{alias}")
        gold.append(f"{new if name == target else old} {name}{alias}")
    rows.append(f"# 10.0.0.99 {target} was here")
    gold.append(rows[-1])
    return Scene(
        {"hosts": "\n".join(rows) + "\n", "hosts.md": prose(d, 1)},
        (
            f"The file hosts has lines 'ADDRESS NAME ALIAS…'. Give the host {target} (its NAME, "
            f"the "
            f"second word) the address {new}. Comments and other hosts stay as they are.",
            f"In hosts, replace the address of the line whose second word is exactly {target} by "
            f"{new}; keep aliases, comments and order.",
        ),
        (f"sed -i -E 's/^[0-9.]+ {target}( |$)/{new} {target}\\1/' hosts",),
        ({"file": "hosts", "columns": gold},),
        ({"changed": "hosts"},),
        decoys=(
            Decoy(
                f"sed -i -E 's/^.*[0-9.]+ {target}( |$)/{new} {target}\\1/' hosts", why="comment"
            ),
            Decoy(f"echo '{new} {target}' >> hosts", why="a second line"),
            Decoy(f"sed -i -E 's/^[0-9.]+ {target}.*$/{new} {target}/; $d' hosts", why="the end"),
        ),
        hint="sed -E with the name between a blank and a blank or the end of the line.",
    )


@template(
    "configs.differences",
    fresh=(
        "differ.txt",
        "a.conf",
        "b.conf",
    ),
)
def differences(d: Draw) -> Scene:
    """Keys whose values differ between two machines."""
    keys = d.some([f"{a}_{b}" for a in THINGS[:12] for b in KEYS], d.size(6, 30))
    left = {key: str(d.number(1, 99)) for key in keys}
    right = dict(left)
    differ = d.some(keys, max(2, len(keys) // 4))
    for key in differ:
        right[key] = str(int(left[key]) + d.number(1, 50))
    only = f"extra_{d.pick(PLACES)}"
    right[only] = "1"
    return Scene(
        {
            "a.conf": "".join(f"{k}={v}\n" for k, v in d.mixed(list(left.items()))),
            "b.conf": "".join(f"{k}={v}\n" for k, v in d.mixed(list(right.items()))),
        },
        (
            "Which keys are in both a.conf and b.conf (lines KEY=VALUE, in any order) but with "
            "different values? Write them to differ.txt, one per line, sorted in byte order.",
            "differ.txt should list, sorted and one per line, the keys that occur in a.conf as "
            "well "
            "as b.conf with unequal values.",
        ),
        (
            "awk -F= 'NR==FNR{v[$1]=$2; next} ($1 in v) && v[$1]!=$2{print $1}' a.conf b.conf | "
            "LC_ALL=C sort > differ.txt",
        ),
        ({"file": "differ.txt", "lines": sorted(differ)},),
        ({"added": "differ.txt"},),
        decoys=(
            Decoy(
                "sort a.conf b.conf | uniq -u | cut -d= -f1 | LC_ALL=C sort -u > differ.txt",
                why="keys of one file, too",
            ),
            Decoy("diff a.conf b.conf > differ.txt", why="the order of lines counts"),
            Decoy(f"echo {differ[0]} > differ.txt", why="one of several"),
        ),
        hint="awk with NR==FNR, or join on sorted files.",
    )
