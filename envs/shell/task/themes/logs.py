"""Logs and lists of processes: what happened, and who did it."""

from __future__ import annotations

from collections import Counter

from veragym.envs.shell.task.template import Answer, Decoy, Draw, Scene, template
from veragym.envs.shell.task.words import HOSTS, PEOPLE, SERVICES, THINGS, clock, date_of


def _address(d: Draw) -> str:
    return f"10.{d.number(0, 9)}.{d.number(0, 9)}.{d.number(1, 250)}"


def _request(address: str, second: int, path: str, status: int, size: int, ms: int) -> str:
    return f"{address} {clock(second)} GET {path} {status} {size} {ms}ms"


@template("logs.busiest")
def busiest(d: Draw) -> Scene:
    """The address with the most requests."""
    addresses = list(dict.fromkeys(_address(d) for _ in range(d.size(4, 12))))
    best = addresses[0]
    counts = {address: d.number(1, 6) for address in addresses}
    counts[best] = max(counts.values()) + d.number(1, 2)
    near = best[:-1] if len(best.rpartition(".")[2]) > 1 else f"{best}1"
    counts[near] = counts[best] - 1
    order = d.mixed([address for address, n in counts.items() for _ in range(n)])
    second, rows = d.number(0, 3600), []
    big = d.pick([a for a in counts if a != best])
    for address in order:
        second += d.number(1, 40)
        size = d.number(5000, 9999) if address == big else d.number(100, 900)
        rows.append(_request(address, second, f"/{d.pick(THINGS)}", 200, size, d.number(1, 99)))
    return Scene(
        {"access.log": "\n".join(rows) + "\n"},
        (
            "Which address made the most requests in access.log (one request a line, the address "
            "first)? Answer with the address and change nothing.",
            "Answer with the client address (first field) that occurs on the most lines of "
            "access.log. Leave the file alone.",
        ),
        ("cut -d' ' -f1 access.log | sort | uniq -c | sort -rn | head -1",),
        answer=Answer("text", best),
        decoys=(
            Decoy("", near, "an address that looks alike"),
            Decoy("", big, "the most bytes"),
        ),
        hint="cut, sort, uniq -c, sort -rn.",
    )


@template("logs.status_count")
def status_count(d: Draw) -> Scene:
    """Requests of one kind of status under one path."""
    area = d.pick(("api", "shop", "admin"))
    rows, hits, all_errors = [], 0, 0
    second = 0
    for _ in range(d.size(20, 120)):
        second += d.number(1, 50)
        part = d.pick((area, area, f"{area}s", "static", "docs"))
        status = d.pick((200, 200, 304, 404, 500, 502, 503))
        size = d.pick((500, 503, 120, 2048, 777))
        hits += part == area and status >= 500
        all_errors += status >= 500
        path = f"/{part}/{d.pick(THINGS)}"
        rows.append(_request(_address(d), second, path, status, size, d.number(1, 600)))
    rows.append(_request("10.1.1.1", second + 1, f"/{area}/last", 500, 200, 5))
    hits, all_errors = hits + 1, all_errors + 1
    return Scene(
        {"access.log": "\n".join(rows) + "\n"},
        (
            f"In access.log the fourth field is the path, the fifth the status. How many requests "
            f"below /{area}/ ended with a status of 500 or more? Change nothing.",
            f"Count the requests in access.log whose path (field 4) begins with /{area}/ and whose "
            "status (field 5) is 5xx; answer with the number.",
        ),
        (f"awk '$4 ~ \"^/{area}/\" && $5 >= 500' access.log | wc -l",),
        answer=Answer("integer", str(hits)),
        decoys=tuple(
            Decoy("", str(value), "one off, or every path")
            for value in {hits + 1, hits - 1, all_errors, len(rows)} - {hits}
        ),
        hint="awk with conditions on $4 and $5.",
    )


@template("logs.window")
def window(d: Draw) -> Scene:
    """The lines between two times."""
    second, rows, times = d.number(0, 9000), [], []
    for _ in range(d.size(15, 90)):
        second += d.number(30, 600)
        times.append(second % 86_400)
        rows.append(f"{clock(times[-1])} {d.pick(SERVICES)}: {d.pick(PEOPLE)} {d.pick(THINGS)}")
        if second > 85_000:
            break
    low = d.number(1, len(rows) // 3)
    high = d.number(len(rows) // 2, len(rows) - 2)
    start, end = clock(times[low]), clock(times[high])
    gold = rows[low : high + 1]
    return Scene(
        {"day.log": "\n".join(rows) + "\n"},
        (
            f"Write the lines of day.log from {start} to {end}, both included, to window.log in "
            "their order. Each line begins with its time.",
            f"window.log: all lines of day.log with a time t where {start} <= t <= {end}.",
        ),
        (f'awk \'$1 >= "{start}" && $1 <= "{end}"\' day.log > window.log',),
        ({"file": "window.log", "lines": gold},),
        ({"added": "window.log"},),
        decoys=(
            Decoy(f'awk \'$1 > "{start}" && $1 <= "{end}"\' day.log > window.log', why="late"),
            Decoy(f'awk \'$1 >= "{start}" && $1 < "{end}"\' day.log > window.log', why="short"),
            Decoy(f"awk '$1 >= \"{start}\"' day.log > window.log", why="no end"),
        ),
        hint="Times of this form compare as texts in awk.",
    )


@template("logs.merge", fresh=("all.log",))
def merge(d: Draw) -> Scene:
    """Logs of several hosts into one, by time, each line with its host."""
    hosts = d.some(HOSTS, d.size(2, 5))
    moments = d.some(range(100, 86_000), d.size(8, 50))
    files: dict[str, str] = {}
    gold: list[tuple[int, str]] = []
    lists: dict[str, list[tuple[int, str]]] = {host: [] for host in hosts}
    for number, moment in enumerate(moments):
        host = hosts[number] if number < len(hosts) else d.pick(hosts)
        said = f"{d.pick(SERVICES)} {d.pick(THINGS)} {d.number(1, 99)}"
        lists[host].append((moment, f"{clock(moment)} {said}"))
        gold.append((moment, f"{clock(moment)} {host} {said}"))
    for host, found in lists.items():
        files[f"hosts/{host}.log"] = "".join(f"{line}\n" for _, line in sorted(found))
    final = [line for _, line in sorted(gold)]
    return Scene(
        files,
        (
            "Each file hosts/NAME.log is the log of the host NAME, one event per line, its time "
            "first. Merge them into all.log, ordered by time, with the host's name put in as "
            "second "
            "word of each line: 'TIME NAME REST'.",
            "Build all.log from hosts/*.log: every line becomes 'time host rest' (host is the file "
            "name without .log), sorted by time. No two events have the same time.",
        ),
        (
            'for f in hosts/*.log; do h=$(basename "$f" .log); sed "s/^\\([^ ]*\\) /\\1 $h /" '
            '"$f"; done | LC_ALL=C sort > all.log',
        ),
        ({"file": "all.log", "lines": final},),
        ({"added": "all.log"},),
        decoys=(
            Decoy("cat hosts/*.log | LC_ALL=C sort > all.log", why="without the hosts"),
            Decoy(
                'for f in hosts/*.log; do h=$(basename "$f" .log); sed "s/^\\([^ ]*\\) /\\1 $h /" '
                '"$f"; done | LC_ALL=C sort -r > all.log',
                why="the latest first",
            ),
            Decoy(
                'for f in hosts/*.log; do h=$(basename "$f"); sed "s/^\\([^ ]*\\) /\\1 $h /" '
                '"$f"; done | LC_ALL=C sort > all.log',
                why="with the ending",
            ),
        ),
        hint="sed puts the host in for each file; sort puts the times in order.",
    )


def _processes(d: Draw, count: int) -> list[list[str]]:
    """Rows of pid, parent, state, memory in kB, user, command."""
    numbers = sorted(d.some(range(100, 9999), count))
    sizes = d.some(range(500, 90_000), count)
    rows = [["1", "0", "S", "900", "root", "init"]]
    for pid, size in zip(numbers, sizes):
        parent = d.pick(rows)[0]
        state = d.pick(("S", "S", "R", "D", "Z"))
        rows.append([str(pid), parent, state, str(size), d.pick(PEOPLE), d.pick(SERVICES)])
    return rows


@template("logs.memory_hog")
def memory_hog(d: Draw) -> Scene:
    """The user whose processes take the most memory together."""
    while True:
        rows = _processes(d, d.size(8, 40))
        sums: Counter[str] = Counter()
        for row in rows:
            sums[row[4]] += int(row[3])
        (best, first), (second, other) = sums.most_common(2)
        if first != other:
            break
    single = max(rows, key=lambda row: int(row[3]))[4]
    table = "PID PPID STATE KB USER COMMAND\n" + "".join(" ".join(row) + "\n" for row in rows)
    decoys = [Decoy("", second, "the second")]
    if single != best:
        decoys.append(Decoy("", single, "the largest single process"))
    return Scene(
        {"processes.txt": table},
        (
            "processes.txt is a list of processes; KB is the memory of each. Which user's "
            "processes "
            "use the most memory together? Answer with the user's name and change nothing.",
            "Sum the KB column of processes.txt by USER and answer with the user of the largest "
            "sum. The file stays as it is.",
        ),
        ("awk 'NR>1{s[$5]+=$4} END{for(u in s) print s[u], u}' processes.txt | sort -n | tail -1",),
        answer=Answer("text", best),
        decoys=tuple(decoys),
        hint="awk with an array by $5, then sort -n.",
    )


@template(
    "logs.zombies",
    fresh=(
        "processes.txt",
        "parents.txt",
    ),
)
def zombies(d: Draw) -> Scene:
    """The parents of zombies, each once."""
    rows = _processes(d, d.size(8, 45))
    rows[2][2] = "Z"
    parents = {row[1] for row in rows if row[2] == "Z"}
    pids = {row[0] for row in rows if row[2] == "Z"}
    table = "PID PPID STATE KB USER COMMAND\n" + "".join(" ".join(row) + "\n" for row in rows)
    gold = sorted(parents, key=int)
    decoys = [
        Decoy("awk '$3==\"Z\"{print $2}' processes.txt | sort -nu | tail -n +2 > parents.txt")
    ]
    if pids != parents:
        decoys.append(Decoy("awk '$3==\"Z\"{print $1}' processes.txt | sort -nu > parents.txt"))
    decoys.append(Decoy("awk 'NR>1{print $2}' processes.txt | sort -nu > parents.txt; touch all"))
    return Scene(
        {"processes.txt": table},
        (
            "In processes.txt a process of state Z is a zombie. Write the process numbers of the "
            "parents (PPID) of all zombies into parents.txt: each once, one per line, in rising "
            "numerical order.",
            "parents.txt should list the distinct PPIDs of the rows with STATE Z in processes.txt, "
            "sorted numerically, one per line.",
        ),
        ("awk '$3==\"Z\"{print $2}' processes.txt | sort -nu > parents.txt",),
        ({"file": "parents.txt", "lines": gold},),
        ({"added": "parents.txt"},),
        decoys=tuple(decoys),
        hint="awk on the third column, sort -nu.",
    )


@template("logs.longest_outage")
def longest_outage(d: Draw) -> Scene:
    """The longest time a service was down, from lines of up and down."""
    service = d.pick(SERVICES)
    others = [name for name in SERVICES if name != service]
    second = d.number(0, 1000)
    events: list[tuple[int, str]] = []
    gaps: list[int] = []
    for _ in range(d.size(2, 8)):
        second += d.number(60, 2000)
        events.append((second, f"{service} down"))
        gaps.append(d.number(5, 900))
        second += gaps[-1]
        events.append((second, f"{service} up"))
    for _ in range(d.size(4, 20)):
        at = d.number(0, second)
        events.append((at, f"{d.pick(others)} {d.pick(('down', 'up'))}"))
    events.sort()
    day = date_of(d.number(0, 365))
    rows = [f"{day} {at} {what}" for at, what in events]
    best = max(gaps)
    return Scene(
        {"health.log": "\n".join(rows) + "\n"},
        (
            f"health.log has lines 'date second service state'. How many seconds did the longest "
            f"outage of {service} last (from a down to the next up)? Change nothing.",
            f"For the service {service} in health.log, find the longest time in seconds between "
            "'down' and the following 'up' and answer with it.",
        ),
        (
            f'awk \'$3=="{service}"{{if($4=="down") a=$2; else if($2-a>m) m=$2-a}} '
            "END{print m}' health.log",
        ),
        answer=Answer("integer", str(best)),
        decoys=tuple(
            Decoy("", str(value), "all outages together, the shortest, or one off")
            for value in {sum(gaps) + (len(gaps) == 1), best + 1, min(gaps) - 1} - {best}
        ),
        hint="awk that remembers the time of the last down.",
    )
