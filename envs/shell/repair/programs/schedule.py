"""Jobs that wait for one another, and times at which something is due."""

# ruff: noqa: E501 - both texts of a place stand in one line
from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, call, drawn, family, named
from veragym.envs.shell.task.template import Draw
from veragym.envs.shell.task.words import SERVICES

_JOBS = '''
"""The order of jobs."""


def <<ordered>>(jobs):
    """Names in an order in which each comes after all that it waits for.

    jobs: names it waits for, by name. Of several that could be next, the first by name is.
    """
    left = {name: set(waits) for name, waits in jobs.items()}
    for waits in list(left.values()):
        for name in waits:
            if name not in left:
                raise KeyError(name)
    done = []
    while left:
        ready = ⟦direction¦min¦max⟧((name for name, waits in left.items() if not waits), default=None)
        if ready is None:
            raise ValueError("jobs wait for one another")
        done.append(ready)
        del left[ready]
        for waits in left.values():
            waits.discard(ready)
    return done


def <<length>>(jobs, times):
    """When all is done, if every job begins as soon as what it waits for has ended."""
    ends = {}
    for name in <<ordered>>(jobs):
        begin = max((ends[other] for other in jobs[name]), default=⟦number¦0¦1⟧)
        ends[name] = begin + times[name]
    return ⟦key¦max(ends.values(), default=0)¦sum(times.values())⟧


def <<workers>>(times, count):
    """Gives jobs out in their order, each to the worker who has least to do (the first of them)."""
    loads = [0] * count
    given = ⟦alias¦[[] for _ in range(count)]¦[[]] * count⟧
    for name, time in times:
        who = loads.index(min(loads))
        given[who].append(name)
        loads[who] ⟦operator¦+=¦=⟧ time
    return given
'''
_CLOCK = '''
"""Times of day, in minutes from 0 to 1439."""

DAY = 24 * 60


def <<minutes>>(text):
    """"08:30" as 510."""
    hours, _, rest = text.partition(":")
    if not (hours.isdigit() and rest.isdigit() and len(rest) == 2):
        raise ValueError("not a time")
    time = ⟦arguments¦int(hours) * 60 + int(rest)¦int(rest) * 60 + int(hours)⟧
    if time >= DAY or int(rest) ⟦boundary¦> 59¦> 60⟧:
        raise ValueError("not a time")
    return time


def <<next_run>>(now, times):
    """How many minutes it is to the next of these times; none of them is now."""
    if not times:
        return None
    waits = [(time - now) % DAY ⟦empty¦or DAY¦⟧ for time in times]
    return min(waits)


def <<free_slot>>(busy, need, begin, end):
    """The earliest time from begin on at which nothing is on for so long, or None.

    busy: pairs [from, to) in any order.
    """
    at = begin
    for start, stop in ⟦missing case¦sorted(busy)¦busy⟧:
        if ⟦boundary¦start - at >= need¦start - at > need⟧:
            break
        at = ⟦missing case¦max(at, stop)¦stop⟧
    return at if ⟦boundary¦at + need <= end¦at + need < end⟧ else None
'''


@family("schedule")
def schedule(d: Draw) -> Program:
    """Six functions."""
    n = drawn(
        d,
        jobs=("jobs", "plan", "pipeline"),
        clock=("clock", "times", "daily"),
        ordered=("ordered", "sequence", "run_order"),
        length=("length", "finish", "makespan"),
        workers=("workers", "assigned", "spread"),
        minutes=("minutes", "to_minutes", "read_time"),
        next_run=("next_run", "wait", "until_next"),
        free_slot=("free_slot", "opening", "first_gap"),
    )

    def jobs(d: Draw) -> dict[str, list[str]]:
        names = d.some(SERVICES, d.number(2, 6))
        found = {name: d.some(names[:k], d.number(0, min(2, k))) for k, name in enumerate(names)}
        if d.chance(0.06):
            found[names[0]] = [names[-1]]
        return {name: found[name] for name in d.mixed(names)}

    def use(d: Draw) -> list[Step]:
        which = d.number(0, 8)
        if which == 0:
            return [call(n["jobs"], n["ordered"], jobs(d))]
        if which == 1:
            graph = jobs(d) if d.chance(0.9) else {}
            needs = {name: d.number(1, 9) for name in graph}
            return [call(n["jobs"], n["length"], graph, needs)]
        if which == 2:
            some = [[name, d.number(1, 9)] for name in d.some(SERVICES, d.number(3, 7))]
            return [call(n["jobs"], n["workers"], some, d.number(2, 3))]
        if which == 3:
            hour = d.number(0, 22)
            plain = f"{hour}:{d.number(0, 59):02d}"
            odd = (f"{hour}:60", "24:00", "7:5", "12", "23:59")
            return [call(n["clock"], n["minutes"], d.pick((plain, plain, *odd[:1], *odd)))]
        if which == 4:
            now = 30 * d.number(0, 47)
            times = [30 * d.number(0, 47) for _ in range(d.number(0, 3))]
            return [call(n["clock"], n["next_run"], now, times + [now] * d.chance(0.5))]
        starts = [10 * d.number(0, 9) for _ in range(d.number(1, 4))]
        busy = [[start, start + 10 * d.number(1, 9)] for start in starts]
        need = 10 * d.number(1, 4)
        end = d.pick((250, 10 * d.number(8, 20), need + max(stop for _, stop in busy)))
        return [call(n["clock"], n["free_slot"], busy, need, 0, end)]

    return Program(
        "plans jobs and times",
        {n["jobs"]: named(_JOBS, n), n["clock"]: named(_CLOCK, n)},
        (
            f"`{n['jobs']}.{n['ordered']}(jobs)`: names, each after all it waits for; jobs maps a "
            "name to those it waits for. Of several that could be next, the first by name is. "
            "ValueError if jobs wait for one another, KeyError if one waits for what is no job.",
            f"`{n['jobs']}.{n['length']}(jobs, times)`: when everything is done, if jobs run side "
            "by side and each begins at once when all it waits for has ended; 0 if there are none.",
            f"`{n['jobs']}.{n['workers']}(times, count)`: gives pairs [name, time] out in their "
            "order, each to the worker with the least to do so far (the first of these); returns "
            "each worker's list of names.",
            f'`{n["clock"]}.{n["minutes"]}(text)`: "08:30" is 510, "8:30" too; ValueError for '
            "what is no time from 0:00 to 23:59 with two digits for the minutes.",
            f"`{n['clock']}.{n['next_run']}(now, times)`: minutes to the next of these times of "
            "day (0 to 1439); one that is now comes again tomorrow. None if there are none.",
            f"`{n['clock']}.{n['free_slot']}(busy, need, begin, end)`: the earliest time from "
            "begin on at which nothing is on for `need` minutes and which is over by `end`, or "
            "None. busy: pairs [from, to], in any order; one may begin where another ends.",
        ),
        use,
    )
