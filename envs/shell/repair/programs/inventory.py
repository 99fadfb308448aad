"""A store of things by name: counts, reservations, and what has to be ordered."""

# ruff: noqa: E501 - both texts of a place stand in one line
from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, call, do, drawn, family, make, named
from veragym.envs.shell.task.template import Draw
from veragym.envs.shell.task.words import THINGS

_STOCK = '''
"""What is in the store."""


class <<Stock>>:
    """Counts of things by name.

    counts: what is there at the beginning; nothing if it is left out.
    """

    def __init__(self, counts=None):
        self.counts = dict(counts or {})
        self.held = {}
        self.log = []

    def <<add>>(self, name, count):
        if ⟦boundary¦count <= 0¦count < 0⟧:
            raise ValueError("a count must be positive")
        self.counts[name] = ⟦missing case¦self.counts.get(name, 0) + count¦count⟧
        self.log.append(["in", name, count])
        return self.counts[name]

    def free(self, name):
        """What is there and not held for somebody."""
        return self.counts.get(name, 0) ⟦operator¦-¦+⟧ self.held.get(name, 0)

    def <<hold>>(self, name, count):
        if ⟦boundary¦count > self.free(name)¦count >= self.free(name)⟧:
            raise ValueError("there are not enough")
        self.held[name] = self.held.get(name, 0) + count
        return self.free(name)

    def <<take>>(self, name, count):
        """Takes out what is free; a name of which nothing is left is forgotten."""
        if count > ⟦key¦self.free(name)¦self.counts.get(name, 0)⟧:
            raise ValueError("there are not enough")
        self.counts[name] = self.counts.get(name, 0) - count
        if ⟦empty¦self.counts[name] == 0¦self.counts[name] < 0⟧:
            del self.counts[name]
        self.log.append(["out", name, count])
        return self.counts.get(name, 0)

    def names(self):
        return sorted(self.counts)
'''
_ORDERS = '''
"""What has to be ordered."""


def <<missing>>(counts, wanted):
    """How many of each wanted thing are lacking; nothing of what there is enough of."""
    found = {}
    for name, count in wanted.items():
        lacking = count - ⟦empty¦counts.get(name, 0)¦counts[name]⟧
        if ⟦boundary¦lacking > 0¦lacking >= 0⟧:
            found[name] = lacking
    return found


def <<boxes>>(count, size):
    """How many boxes hold so many things."""
    if size < 1:
        raise ValueError("a box must hold something")
    return ⟦number¦(count + size - 1) // size¦count / size⟧


def <<urgent>>(counts, limit):
    """Names of which at most `limit` are left, the fewest first, then by name."""
    low = [(count, name) for name, count in counts.items() if ⟦boundary¦count <= limit¦count < limit⟧]
    return [name for count, name in ⟦direction¦sorted(low)¦sorted(low, reverse=True)⟧]
'''


@family("inventory")
def inventory(d: Draw) -> Program:
    """A class and three functions."""
    n = drawn(
        d,
        stock=("stock", "store", "depot"),
        orders=("orders", "supply", "buying"),
        Stock=("Stock", "Store", "Depot"),
        add=("add", "receive", "book_in"),
        hold=("hold", "reserve", "keep_back"),
        take=("take", "remove", "book_out"),
        missing=("missing", "shortage", "lacking"),
        boxes=("boxes", "cartons", "crates"),
        urgent=("urgent", "running_low", "nearly_out"),
    )

    def counts(d: Draw, low: int) -> dict[str, int]:
        return {name: d.number(low, 9) for name in d.some(THINGS[:8], d.number(1, 5))}

    def use(d: Draw) -> list[Step]:
        which = d.number(0, 5)
        if which == 0:
            some = counts(d, 0)
            wanted = {name: d.number(0, 9) for name in d.some([*some, *THINGS[:3]], 4)}
            wanted |= {name: some[name] for name in list(some)[:1]}
            return [call(n["orders"], n["missing"], some, wanted)]
        if which == 1:
            return [call(n["orders"], n["boxes"], d.number(0, 40), d.number(0, 6))]
        if which == 2:
            return [call(n["orders"], n["urgent"], counts(d, 0), d.number(1, 8))]
        names = d.some(THINGS[:8], 2)
        steps = [make("s", n["stock"], n["Stock"])]
        if d.chance(0.5):
            start = {name: d.number(1, 6) for name in names[:1]}
            steps = [make("s", n["stock"], n["Stock"], start)]
        for _ in range(d.number(3, 7)):
            name = d.pick(names)
            method = d.pick((n["add"], n["add"], n["hold"], n["take"], n["take"]))
            steps.append(do("s", method, name, d.number(0 if method == n["add"] else 1, 5)))
        return [*steps, do("s", "free", names[0]), do("s", "names")]

    return Program(
        "keeps a store of things",
        {n["stock"]: named(_STOCK, n), n["orders"]: named(_ORDERS, n)},
        (
            f"`{n['stock']}.{n['Stock']}(counts=None)` holds counts by name.",
            f"`{n['add']}(name, count)` adds to what is there and returns how many there are now; "
            "ValueError unless the count is positive.",
            "`free(name)`: how many are there and not held; 0 for a name it does not have.",
            f"`{n['hold']}(name, count)` holds so many back and returns what is free then; "
            "ValueError if fewer are free. All that is free can be held.",
            f"`{n['take']}(name, count)` takes out and returns how many are left; ValueError if "
            "fewer are free. What is held cannot be taken. A name of which none are left is "
            "forgotten.",
            "`names()`: all names, sorted.",
            f"`{n['orders']}.{n['missing']}(counts, wanted)`: how many of each wanted thing are "
            "lacking, without those of which there are enough; a name that is not in counts is "
            "not there at all.",
            f"`{n['orders']}.{n['boxes']}(count, size)`: how many boxes are needed, a whole "
            "number; ValueError if the size is below 1.",
            f"`{n['orders']}.{n['urgent']}(counts, limit)`: names of which at most `limit` are "
            "left, the fewest first, then by name.",
        ),
        use,
    )
