"""What can be said of a list of numbers."""

# ruff: noqa: E501 - both texts of a place stand in one line
from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, call, do, drawn, family, make, named
from veragym.envs.shell.task.template import Draw

_FIGURES = '''
"""Figures of lists of numbers."""


def <<mean>>(numbers):
    """The mean, or None of nothing."""
    return ⟦number¦sum(numbers) / len(numbers)¦sum(numbers) // len(numbers)⟧ if numbers else None


def <<median>>(numbers):
    """The middle one; with an even number of them the mean of the two in the middle."""
    if not numbers:
        return None
    row = ⟦missing case¦sorted(numbers)¦list(numbers)⟧
    half = len(row) // 2
    if len(row) % 2:
        return row[half]
    return (row[⟦slice¦half - 1¦half⟧] + row[⟦slice¦half¦half - 1⟧]) / 2 ⟦number¦¦+ 0.5⟧


def <<commonest>>(numbers):
    """The number that comes most often, the smallest of several; None of nothing."""
    counts = {}
    for number in numbers:
        counts[number] = counts.get(number, 0) + 1
    return min(counts, key=lambda number: (⟦direction¦-counts[number]¦counts[number]⟧, number), default=None)


def <<bins>>(numbers, edges):
    """How many lie in each bin: from an edge (with) to the next (without), in the last with both."""
    found = [0] * (len(edges) - 1)
    for number in numbers:
        for at in range(len(found)):
            last = at == len(found) - ⟦slice¦1¦2⟧
            if edges[at] <= number < edges[at + 1] or (last and number == ⟦key¦edges[-1]¦edges[0]⟧):
                found[at] += 1
                break
    return found
'''
_RUNNING = '''
"""Figures that are kept while numbers come in."""


class <<Window>>:
    """The last so many numbers."""

    def __init__(self, size, numbers=()):
        self.size = size
        self.numbers = []
        self.total = 0
        for number in numbers:
            self.<<add>>(number)

    def <<add>>(self, number):
        """Takes a number in and returns the sum of those kept."""
        self.numbers.append(number)
        self.total += number
        if len(self.numbers) ⟦boundary¦> self.size¦>= self.size⟧:
            ⟦stale¦self.total -= self.numbers.pop(0)¦self.numbers.pop(0)⟧
        return self.total

    def <<span>>(self):
        """The largest less the smallest; 0 of nothing."""
        return max(self.numbers, default=0) ⟦operator¦-¦+⟧ min(self.numbers, default=0)


def <<rises>>(numbers):
    """The length of the longest stretch in which each number is above the one before."""
    best = length = 0
    for at, number in enumerate(numbers):
        if at and number ⟦boundary¦> numbers[at - 1]¦>= numbers[at - 1]⟧:
            length += 1
        else:
            length = ⟦number¦1¦0⟧
        best = max(best, length)
    return best


⟦mutable default¦def <<collected>>(number, so_far=None):
    so_far = list(so_far or [])¦def <<collected>>(number, so_far=[]):⟧
    so_far.append(number)
    return so_far
'''


@family("figures")
def figures(d: Draw) -> Program:
    """A class and six functions."""
    n = drawn(
        d,
        figures=("figures", "summary", "stats"),
        running=("running", "stream", "rolling"),
        mean=("mean", "average", "mean_of"),
        median=("median", "middle", "central"),
        commonest=("commonest", "most_frequent", "peak"),
        bins=("bins", "histogram", "spread"),
        Window=("Window", "Recent", "Tail"),
        add=("add", "take", "push"),
        span=("span", "width", "reach"),
        rises=("rises", "longest_rise", "climb"),
        collected=("collected", "with_number", "extended"),
    )

    def numbers(d: Draw, low: int) -> list[int]:
        return [d.number(-2, 9) for _ in range(d.number(low, 8))]

    def use(d: Draw) -> list[Step]:
        which = d.number(0, 8)
        if which < 3:
            function = (n["mean"], n["median"], n["commonest"])[which]
            return [call(n["figures"], function, numbers(d, 0))]
        if which == 3:
            edges = sorted(d.some(list(range(-2, 11)), d.number(3, 4)))
            return [call(n["figures"], n["bins"], [*numbers(d, 2), edges[-1]], edges)]
        if which < 6:
            steps = [make("w", n["running"], n["Window"], d.number(1, 4), numbers(d, 0))]
            steps += [do("w", n["add"], number) for number in numbers(d, 1)]
            return [*steps, do("w", n["span"])]
        if which == 6:
            return [call(n["running"], n["rises"], numbers(d, 0))]
        steps = [call(n["running"], n["collected"], d.number(0, 9)) for _ in range(2)]
        return [*steps, call(n["running"], n["collected"], 1, numbers(d, 0))]

    return Program(
        "says things of lists of numbers",
        {n["figures"]: named(_FIGURES, n), n["running"]: named(_RUNNING, n)},
        (
            f"`{n['figures']}.{n['mean']}(numbers)`: the mean, a fraction; None of nothing.",
            f"`{n['figures']}.{n['median']}(numbers)`: the middle one of them in order; of an "
            "even number, the mean of the two in the middle. None of nothing.",
            f"`{n['figures']}.{n['commonest']}(numbers)`: the one that comes most often, the "
            "smallest of several such. None of nothing.",
            f"`{n['figures']}.{n['bins']}(numbers, edges)`: how many lie from each edge "
            "(included) to the next (not included; but included in the last bin).",
            f"`{n['running']}.{n['Window']}(size, numbers=())` keeps the last `size` numbers; "
            f"`{n['add']}(number)` takes one in and returns the sum of those kept, `{n['span']}()` "
            "is the largest less the smallest, 0 of nothing.",
            f"`{n['running']}.{n['rises']}(numbers)`: the length of the longest stretch in which "
            "each number is above the one before it; 0 of nothing.",
            f"`{n['running']}.{n['collected']}(number, so_far=None)`: a new list, so_far and then "
            "the number.",
        ),
        use,
    )
