"""Things remembered: the latest few, for a time, and results of a costly function."""

# ruff: noqa: E501 - both texts of a place stand in one line
from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, do, drawn, family, make, named
from veragym.envs.shell.task.template import Draw
from veragym.envs.shell.task.words import PLACES

_RECENT = '''
"""The latest few things."""


class <<Recent>>:
    """Remembers so many values by key; the one not used for the longest time is dropped first."""

    def __init__(self, size):
        if size < 1:
            raise ValueError("a size must be positive")
        self.size = size
        self.values = {}
        self.hits = 0
        self.misses = 0

    def <<get>>(self, key, default=None):
        if key not in self.values:
            self.misses += 1
            return ⟦lost return¦default¦None⟧
        self.hits += 1
        ⟦stale¦value = self.values.pop(key)
        self.values[key] = value¦value = self.values[key]⟧
        return value

    def <<put>>(self, key, value):
        """Remembers a value and returns the keys that were dropped for it."""
        ⟦stale¦self.values.pop(key, None)¦pass⟧
        self.values[key] = value
        dropped = []
        while len(self.values) ⟦boundary¦> self.size¦>= self.size + (self.size == 1)⟧:
            oldest = ⟦direction¦next(iter(self.values))¦list(self.values)[-2 % len(self.values)]⟧
            del self.values[oldest]
            dropped.append(oldest)
        return dropped

    def <<keys>>(self):
        """The one used last comes last."""
        return list(self.values)

    def <<rate>>(self):
        """The share of successful questions, in whole per cent (rounded down)."""
        asked = self.hits + self.misses
        return ⟦empty¦100 * self.hits // asked if asked else 0¦100 * self.hits // asked⟧
'''
_TIMED = '''
"""Things that are true for a time."""


class <<Timed>>:
    """Values that hold for `life` ticks; time is told by whoever asks."""

    def __init__(self, life):
        self.life = life
        self.values = {}

    def <<put>>(self, key, value, now):
        self.values[key] = ⟦arguments¦(value, now)¦(now, value)⟧

    def <<get>>(self, key, now):
        """The value, or None if it is not there or too old."""
        if key not in self.values:
            return None
        value, since = self.values[key]
        if now - since ⟦boundary¦>= self.life¦> self.life⟧:
            ⟦stale¦del self.values[key]¦pass⟧
            return None
        return value

    def <<touch>>(self, key, now):
        """Makes a value that still holds hold from now on; whether there was one."""
        value = self.<<get>>(key, now)
        if ⟦empty¦value is None¦not value⟧:
            return False
        self.<<put>>(key, value, now)
        return ⟦lost return¦True¦None⟧

    def <<count>>(self):
        """How many are kept, those included that nobody has asked for since they became old."""
        return len(self.values)
'''


@family("caches")
def caches(d: Draw) -> Program:
    """Two classes."""
    n = drawn(
        d,
        recent=("recent", "lru", "latest"),
        timed=("timed", "expiry", "fresh"),
        Recent=("Recent", "Latest", "Keeper"),
        Timed=("Timed", "Fresh", "Passing"),
        get=("get", "find", "look_up"),
        put=("put", "store", "keep"),
        keys=("keys", "names", "kept"),
        rate=("rate", "success", "hit_rate"),
        touch=("touch", "renew", "extend"),
        count=("count", "size_now", "held"),
    )

    def use(d: Draw) -> list[Step]:
        keys = d.some(PLACES[:6], 4)
        if d.chance(0.5):
            steps = [make("c", n["recent"], n["Recent"], d.number(0 if d.chance(0.1) else 1, 3))]
            if steps[0][-1] == [0]:
                return steps
            for _ in range(d.number(4, 10)):
                if d.chance(0.5):
                    steps.append(do("c", n["put"], d.pick(keys), d.number(0, 9)))
                elif d.chance(0.3):
                    steps.append(do("c", n["get"], d.pick(keys), "none"))
                else:
                    steps.append(do("c", n["get"], d.pick(keys)))
            if d.chance(0.15):
                steps = steps[:1]
            return [*steps, do("c", n["keys"]), do("c", n["rate"])]
        life = d.number(1, 5)
        steps = [make("c", n["timed"], n["Timed"], life)]
        now = d.number(0, 5)
        for _ in range(d.number(4, 10)):
            now += d.pick((0, 1, 1, 2, life))
            kind = d.number(0, 4)
            if kind < 2:
                steps.append(do("c", n["put"], d.pick(keys[:2]), d.number(0, 3), now))
            elif kind < 4:
                steps.append(do("c", n["get"], d.pick(keys[:2]), now))
            else:
                steps.append(do("c", n["touch"], d.pick(keys[:2]), now))
        return [*steps, do("c", n["count"])]

    return Program(
        "remembers things, but not for ever",
        {n["recent"]: named(_RECENT, n), n["timed"]: named(_TIMED, n)},
        (
            f"`{n['recent']}.{n['Recent']}(size)` remembers at most so many values by key; "
            "ValueError if the size is below 1.",
            f"`{n['put']}(key, value)` remembers it, which counts as using it, and returns the "
            "keys that had to be dropped: those not used for the longest time.",
            f"`{n['get']}(key, default=None)`: the value, which counts as using it, or the default.",
            f"`{n['keys']}()`: all keys, the one used last at the end.",
            f"`{n['rate']}()`: how many of all `{n['get']}` found something, in per cent, rounded "
            "down; 0 before the first.",
            f"`{n['timed']}.{n['Timed']}(life)`: values that hold for `life` ticks: put at 3 with "
            f"a life of 2, one holds at 4 and no more at 5. `{n['put']}(key, value, now)`.",
            f"`{n['get']}(key, now)`: the value or None; one that is found too old is forgotten.",
            f"`{n['touch']}(key, now)`: whether there is a value that holds (0 is one, too); it "
            "then holds for its whole life from now on.",
            f"`{n['count']}()`: how many are kept, old ones that nobody asked for included.",
        ),
        use,
    )
