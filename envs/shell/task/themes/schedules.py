"""Tables of scheduled jobs, in the manner of cron."""

from __future__ import annotations

from veragym.envs.shell.task.template import Answer, Decoy, Draw, Scene, template
from veragym.envs.shell.task.words import SERVICES, VERBS, prose
from veragym.sandbox.tree import Node

Given = dict[str, Node | str | bytes]
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def _jobs(d: Draw, count: int) -> list[tuple[list[str], str]]:
    """Five fields and a command each; no two commands alike."""
    found: dict[str, list[str]] = {}
    while len(found) < count:
        command = f"bin/{d.pick(SERVICES)} --{d.pick(VERBS)} {d.number(1, 99)}"
        minute = d.pick((str(d.number(0, 59)), f"*/{d.pick((5, 10, 15, 20, 30))}", "0"))
        hour = d.pick((str(d.number(0, 23)), "*", f"{d.number(0, 9)}-{d.number(10, 23)}"))
        found[command] = [minute, hour, "*", "*", d.pick(("*", "*", "1-5", "0,6"))]
    return [(fields, command) for command, fields in found.items()]


def _written(jobs: list[tuple[list[str], str]], d: Draw) -> list[str]:
    rows = []
    for fields, command in jobs:
        if d.chance(0.3):
            rows.append(f"# {prose(d, 1).strip()}")
        rows.append(" ".join([*fields, command]))
    return rows


def values(field: str, low: int, high: int) -> set[int]:
    """The numbers a field stands for: `*`, `*/n`, `a-b`, `a,b` and single numbers."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            first, last = str(low), str(high)
        elif not dash:
            last = first
        found |= set(range(int(first), int(last) + 1, int(step or "1")))
    return {n for n in found if low <= n <= high}


@template("schedules.runs_a_day")
def runs_a_day(d: Draw) -> Scene:
    """How often jobs run on one day of the week."""
    jobs = _jobs(d, d.size(2, 9))
    day = d.number(1, 5) if d.chance(0.5) else d.pick((0, 6))
    total = 0
    for fields, _ in jobs:
        if day in values(fields[4], 0, 6):
            total += len(values(fields[0], 0, 59)) * len(values(fields[1], 0, 23))
    ignored = sum(
        len(values(fields[0], 0, 59)) * len(values(fields[1], 0, 23)) for fields, _ in jobs
    )
    rows = _written(jobs, d)
    rows.insert(0, f"# {' '.join(jobs[0][0])} bin/off --disabled")
    program = (
        'function n(f,lo,hi,  s,c,i,j,a,b,p,q){delete s;c=split(f,p,",");for(i=1;i<=c;i++)'
        '{split(p[i],q,"/");st=(q[2]=="")?1:q[2];if(q[1]=="*"){a=lo;b=hi}else if(split(q[1],r,'
        '"-")==2){a=r[1];b=r[2]}else{a=q[1];b=q[1]}for(j=a+0;j<=b+0;j+=st)s[j]=1}k=0;'
        "for(j in s)if(!w||j==d)k++;return k} /^[^#]/{w=1;d=DAY;if(n($5,0,6)){w=0;"
        "t+=n($1,0,59)*n($2,0,23)}} END{print t+0}"
    ).replace("DAY", str(day))
    return Scene(
        {"jobs.tab": "\n".join(rows) + "\n"},
        (
            "jobs.tab lists jobs in the format of crontab: minute, hour, day of month, month, "
            "day of "
            f"week (0 is Sunday), command. How many times in all do the jobs run on a {_day(day)}? "
            "Lines that begin with # are comments. Change nothing.",
            f"By the crontab in jobs.tab, how many job runs start on a {_day(day)} (0 = Sunday "
            f"in the "
            "fifth field), all jobs together? Answer with the number.",
        ),
        (f"awk '{program}' jobs.tab",),
        answer=Answer("integer", str(total)),
        decoys=tuple(
            Decoy("", str(value), "one off, or the day ignored")
            for value in {total + 1, ignored, len(jobs)} - {total}
        ),
        hint="For each job multiply the number of minutes by the number of hours, if the day fits.",
    )


def _day(number: int) -> str:
    names = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    return names[number]


@template("schedules.disable", fresh=("jobs.tab",))
def disable(d: Draw) -> Scene:
    """The jobs of one program are commented out; other lines stay."""
    jobs = _jobs(d, d.size(5, 20))
    name = jobs[0][1].split()[0].removeprefix("bin/")
    for number, (_, command) in enumerate(jobs):
        if number % 4 == 2 and f"bin/{name} " not in command:
            jobs[number] = (jobs[number][0], command + f" --after {name}")
    rows = _written(jobs, d)
    rows.append(f"# {' '.join(jobs[0][0])} bin/{name} --already off")
    gold = []
    for row in rows:
        fields = row.split()
        hit = not row.startswith("#") and fields[5] == f"bin/{name}"
        gold.append(f"# {row}" if hit else row)
    return Scene(
        {"jobs.tab": "\n".join(rows) + "\n", "jobs.old": prose(d, 2)},
        (
            f"Switch off every job in jobs.tab that runs the program bin/{name}, by putting '# ' "
            f"in "
            "front of its line. The program is the sixth word of a line; jobs that only mention "
            "the name, and lines that are comments already, stay as they are.",
            f"Comment out (prefix '# ') the lines of jobs.tab whose command is bin/{name}; leave "
            f"all "
            "other lines, also existing comments, untouched.",
        ),
        (
            f'awk \'!/^#/ && $6=="bin/{name}"{{print "# " $0; next}} {{print}}\' jobs.tab > '
            "/tmp/j$$ && cat /tmp/j$$ > jobs.tab; rm /tmp/j$$",
        ),
        ({"file": "jobs.tab", "lines": gold},),
        ({"changed": "jobs.tab"},),
        decoys=(
            Decoy(f"sed -i '/{name}/s/^/# /' jobs.tab", why="comments and mentions, too"),
            Decoy(f"sed -i '/^[^#].*bin\\/{name} /d' jobs.tab", why="deleted"),
            Decoy(
                f"sed -i -E 's/^([^# ]+ ){{5}}bin\\/{name}( |$)/#&/' jobs.tab",
                why="no blank after #",
            ),
        ),
        hint="awk on the sixth word, or sed with a pattern for five fields and then the program.",
    )


@template("schedules.move")
def move(d: Draw) -> Scene:
    """One job runs at another time."""
    jobs = _jobs(d, d.size(4, 18))
    spot = d.number(0, len(jobs) - 1)
    command = jobs[spot][1]
    jobs.append((jobs[spot][0], f"{command}0"))  # a command that begins alike
    hour, minute = d.number(0, 23), d.number(1, 59)
    day = d.pick((1, 2, 3, 4, 5, 6))
    rows = _written(jobs, d)
    gold = [
        f"{minute} {hour} * * {day} {command}" if row.endswith(f" {command}") else row
        for row in rows
    ]
    escaped = command.replace("/", "\\/")
    return Scene(
        {"jobs.tab": "\n".join(rows) + "\n"},
        (
            f"In jobs.tab (crontab format) the job '{command}' shall run once a week: every "
            f"{_day(day)} at {hour:02d}:{minute:02d}. Change its line accordingly (plain "
            f"numbers, * "
            "for the other fields) and nothing else.",
            f"Reschedule the job with exactly the command '{command}' in jobs.tab to "
            f"{_day(day)}s at "
            f"{hour:02d}:{minute:02d} (week day as a number, no leading zeros). Other lines stay.",
        ),
        (
            f"sed -i -E 's/^([^#]+ ){{0}}[^#].* {escaped}$/{minute} {hour} * * {day} {escaped}/' "
            f"jobs.tab",
        ),
        ({"file": "jobs.tab", "columns": gold},),
        ({"changed": "jobs.tab"},),
        decoys=(
            Decoy(
                f"sed -i -E 's/^[^#].* {escaped}/{minute} {hour} * * {day} {escaped}/' jobs.tab",
                why="the look-alike, too",
            ),
            Decoy(
                f"sed -i -E 's/^[^#].* {escaped}$/{hour} {minute} * * {day} {escaped}/' jobs.tab",
                why="hour and minute exchanged",
            )
            if hour != minute
            else Decoy("sed -i '1d' jobs.tab", why="nonsense"),
            Decoy(
                f"sed -i -E 's/^[^#].* {escaped}$/{minute} {hour} {day} * * {escaped}/' jobs.tab",
                why="day of the month",
            ),
        ),
        hint="The order of fields is minute, hour, day of month, month, day of week.",
    )
