"""Ways through graphs."""

# ruff: noqa: E501 - both texts of a place stand in one line
from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, call, drawn, family, named
from veragym.envs.shell.task.template import Draw
from veragym.envs.shell.task.words import PLACES

_ROADS = '''
"""Places and roads between them."""


def <<network>>(roads):
    """Lengths by place and neighbour; roads [from, to, length] lead both ways.

    Of several roads between two places the shortest counts.
    """
    found = {}
    for one, other, length in roads:
        for a, b in ⟦missing case¦((one, other), (other, one))¦((one, other),)⟧:
            ways = found.setdefault(a, {})
            ways[b] = ⟦missing case¦min(length, ways.get(b, length))¦length⟧
        found.setdefault(other, {})
    return found


def <<degree>>(roads, place):
    """How many other places can be reached by one road."""
    return len([other for other in <<network>>(roads)⟦empty¦.get(place, {})¦[place]⟧ if other != place])
'''
_WAYS = '''
"""Ways."""

import heapq

from .<<roads>> import <<network>>


def <<fewest>>(roads, start, goal):
    """The fewest roads from start to goal, or None."""
    ways = <<network>>(roads)
    seen = {start}
    level, count = [start], ⟦number¦0¦1⟧
    while level:
        if goal in level:
            return count
        after = []
        for here in level:
            for other in ways.get(here, {}):
                if other not in seen:
                    seen.add(other)
                    after.append(other)
        level, count = after, count + 1
    return None


def <<shortest>>(roads, start, goal):
    """[length, places on the way] of a shortest way, or None; of equals the first by names."""
    ways = <<network>>(roads)
    queue = [(0, [start])]
    done = set()
    while queue:
        length, path = ⟦direction¦heapq.heappop(queue)¦queue.pop()⟧
        here = path[-1]
        if here == goal:
            return [length, path]
        if here in done:
            continue
        done.add(here)
        for other, more in ways.get(here, {}).items():
            if other not in done:
                heapq.heappush(queue, (⟦operator¦length + more¦more⟧, path + [other]))
    return ⟦lost return¦None¦[0, []]⟧


def <<groups>>(roads, alone=()):
    """Places that hang together, each group sorted, the largest group first, then by names."""
    ways = <<network>>(roads)
    left = set(ways) ⟦missing case¦| set(alone)¦⟧
    found = []
    while left:
        group, ends = set(), [min(left)]
        while ends:
            here = ends.pop()
            if here not in group:
                group.add(here)
                ends += ways.get(here, {})
        left -= group
        found.append(sorted(group))
    return sorted(found, key=lambda group: (⟦direction¦-len(group)¦len(group)⟧, group))
'''


@family("graphs")
def graphs(d: Draw) -> Program:
    """Five functions."""
    n = drawn(
        d,
        roads=("roads", "links", "lines"),
        ways=("ways", "routes", "paths"),
        network=("network", "as_map", "neighbours"),
        degree=("degree", "exits", "direct"),
        fewest=("fewest", "hops", "changes"),
        shortest=("shortest", "quickest", "best_way"),
        groups=("groups", "islands", "parts"),
    )

    def roads(d: Draw) -> list[list[object]]:
        names = d.some(PLACES[:9], d.number(3, 7))
        found: list[list[object]] = []
        for _ in range(d.number(2, 8)):
            one, other = d.some(names, 2)
            found.append([one, other, d.number(1, 9)])
        if d.chance(0.4):
            again = d.pick(found)
            found.append([again[1], again[0], d.number(1, 9)])
        return found

    def use(d: Draw) -> list[Step]:
        which = d.number(0, 4)
        some = roads(d)
        known = [str(row[0]) for row in some] + [str(row[1]) for row in some]
        one = d.pick(known)
        other = d.pick(known) if d.chance(0.85) else PLACES[12]
        if which == 0:
            return [call(n["roads"], n["network"], some)]
        if which == 1:
            return [call(n["roads"], n["degree"], some, other)]
        if which == 2:
            return [call(n["ways"], n["fewest"], some, one, other)]
        if which == 3:
            return [call(n["ways"], n["shortest"], some, one, other)]
        alone = d.some(PLACES[:14], d.number(0, 3))
        return [call(n["ways"], n["groups"], some, alone)]

    return Program(
        "finds ways through a net of roads",
        {n["roads"]: named(_ROADS, n), n["ways"]: named(_WAYS, n)},
        (
            f"`{n['roads']}.{n['network']}(roads)`: lengths by place and neighbour. Roads are "
            "[from, to, length] and lead both ways; of several between two places the shortest "
            "counts.",
            f"`{n['roads']}.{n['degree']}(roads, place)`: how many other places one road leads "
            "to; 0 for a place without roads.",
            f"`{n['ways']}.{n['fewest']}(roads, start, goal)`: how many roads one needs at least; "
            "0 if start is the goal, None if there is no way.",
            f"`{n['ways']}.{n['shortest']}(roads, start, goal)`: [length, places from start to "
            "goal] of a shortest way, of equals the one whose list of places is the smallest; "
            "None if there is no way.",
            f"`{n['ways']}.{n['groups']}(roads, alone=())`: places that hang together, each group "
            "sorted; the largest first, those of one size in order. Places in alone are there "
            "even without roads.",
        ),
        use,
    )
