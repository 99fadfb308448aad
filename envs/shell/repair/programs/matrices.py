"""Tables of numbers as lists of rows."""

# ruff: noqa: E501 - both texts of a place stand in one line
from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, call, drawn, family, named
from veragym.envs.shell.task.template import Draw

_GRID = '''
"""Tables as lists of rows of one length."""


def <<size>>(rows):
    """(rows, columns); an empty table is (0, 0)."""
    if not rows:
        return ⟦empty¦(0, 0)¦None⟧
    if any(len(row) != len(rows[0]) for row in rows):
        raise ValueError("rows differ in length")
    return ⟦arguments¦(len(rows), len(rows[0]))¦(len(rows[0]), len(rows))⟧


def <<zeros>>(height, width):
    return ⟦alias¦[[0] * width for _ in range(height)]¦[[0] * width] * height⟧


def <<turn>>(rows, times=1):
    """Turned clockwise by quarter turns; below 0: the other way."""
    for _ in range(⟦missing case¦times % 4¦times⟧):
        rows = [list(column) for column in zip(*⟦direction¦rows[::-1]¦rows⟧)]
    return [list(row) for row in rows]


def <<border>>(rows):
    """The numbers at the border, clockwise from the top left, each once."""
    height, width = <<size>>(rows)
    if height <= 1 or width <= 1:
        return [cell for row in rows for cell in row]
    top, bottom = rows[0], rows[-1]
    right = [row[-1] for row in rows[1:⟦slice¦-1¦-2⟧]]
    left = [row[0] for row in rows[1:-1]]
    return top + right + bottom[::-1] + ⟦direction¦left[::-1]¦left⟧
'''
_SUMS = '''
"""Calculating with tables."""

from .<<grid>> import <<size>>, <<zeros>>


def <<product>>(one, other):
    """The product of two matrices; ValueError if their sizes do not fit."""
    (height, depth), (other_depth, width) = <<size>>(one), <<size>>(other)
    if depth != other_depth:
        raise ValueError("sizes do not fit")
    result = <<zeros>>(height, width)
    for i in range(height):
        for j in range(width):
            for k in range(depth):
                result[i][j] ⟦operator¦+=¦=⟧ one[i][k] * ⟦key¦other[k][j]¦other[j % depth][k % width]⟧
    return result


def <<best_row>>(rows):
    """The number of the row with the largest sum, the first of equals; None for no rows."""
    best, most = None, None
    for number, row in enumerate(rows):
        total = sum(row)
        if most is None or ⟦boundary¦total > most¦total >= most⟧:
            best, most = number, total
    return best


def <<blur>>(row):
    """Each number as the sum of itself and its neighbours."""
    return [sum(row[⟦missing case¦max(0, at - 1)¦at - 1⟧:⟦slice¦at + 2¦at + 1⟧]) for at in range(len(row))]
'''


@family("matrices")
def matrices(d: Draw) -> Program:
    """Seven functions."""
    n = drawn(
        d,
        grid=("grid", "table", "raster"),
        sums=("sums", "algebra", "numbers"),
        size=("size", "shape", "extent"),
        zeros=("zeros", "blank", "empty_table"),
        turn=("turn", "rotated", "quarter_turns"),
        border=("border", "rim", "outline"),
        product=("product", "times", "multiplied"),
        best_row=("best_row", "largest_row", "top_row"),
        blur=("blur", "smoothed", "neighbour_sums"),
    )

    def rows(d: Draw, height: int, width: int) -> list[list[int]]:
        return [[d.number(-4, 9) for _ in range(width)] for _ in range(height)]

    def use(d: Draw) -> list[Step]:
        which = d.number(0, 6)
        height, width = d.number(1, 4), d.number(1, 4)
        some = rows(d, height, width)
        if which == 0:
            if d.chance(0.4):
                some = d.pick(([], [[1], [2, 3]], [[]]))
            return [call(n["grid"], n["size"], some)]
        if which == 1:
            if d.chance(0.15):
                return [call(n["grid"], n["turn"], some)]
            return [call(n["grid"], n["turn"], some, d.number(-5, 6))]
        if which == 2:
            return [call(n["grid"], n["border"], rows(d, d.number(1, 5), d.number(1, 5)))]
        if which in (3, 4):
            depth = width if d.chance(0.9) else width + 1
            if d.chance(0.15):
                some = []
            return [call(n["sums"], n["product"], some, rows(d, depth, d.number(1, 3)))]
        if which == 5:
            low = [[d.number(0, 2) for _ in range(2)] for _ in range(d.number(0, 6))]
            return [call(n["sums"], n["best_row"], low)]
        return [call(n["sums"], n["blur"], [d.number(-5, 9) for _ in range(d.number(0, 7))])]

    return Program(
        "works with tables of numbers",
        {n["grid"]: named(_GRID, n), n["sums"]: named(_SUMS, n)},
        (
            f"`{n['grid']}.{n['size']}(rows)`: (number of rows, number of columns), (0, 0) for no "
            "rows; ValueError if rows differ in length.",
            f"`{n['grid']}.{n['zeros']}(height, width)`: a table of zeros whose rows are lists of "
            "their own.",
            f"`{n['grid']}.{n['turn']}(rows, times=1)`: turned clockwise by so many quarter turns, "
            "counter-clockwise if below 0.",
            f"`{n['grid']}.{n['border']}(rows)`: the numbers at the border, clockwise from the "
            "top left, each place once; all of them in their order where there is but one row or "
            "column.",
            f"`{n['sums']}.{n['product']}(one, other)`: the matrix product; ValueError if the "
            "columns of one are not as many as the rows of the other.",
            f"`{n['sums']}.{n['best_row']}(rows)`: the number (from 0) of the row with the largest "
            "sum, the first of equals; None for no rows.",
            f"`{n['sums']}.{n['blur']}(row)`: each number plus its neighbours, of which the ends "
            "have one.",
        ),
        use,
    )
