"""Small integer matrices: determinant, product, inverse."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import TRIES
from veragym.envs.text.maths.slips import enough_slips, slips
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.writing import signed

Row = tuple[Any, ...]
Matrix = tuple[Row, ...]


def write(matrix: Sequence[Sequence[Any]]) -> str:
    """`[[1, 2], [3, 4]]`."""
    return f"[{', '.join('[' + ', '.join(map(str, row)) + ']' for row in matrix)}]"


def _matrix(rng: TaskRng, rows: int, columns: int, size: int) -> Matrix:
    return tuple(tuple(rng.integers(-size, size + 1) for _ in range(columns)) for _ in range(rows))


def determinant(m: Matrix) -> int:
    """Written out for two and three rows, beyond that by expansion along the first row."""
    if len(m) == 2:
        return int(m[0][0] * m[1][1] - m[0][1] * m[1][0])
    if len(m) == 3:
        (a, b, c), (d, e, f), (g, h, i) = m
        return int(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))
    return sum((-1) ** j * m[0][j] * determinant(_minor(m, 0, j)) for j in range(len(m)) if m[0][j])


def _minor(m: Matrix, i: int, j: int) -> Matrix:
    return tuple(row[:j] + row[j + 1 :] for k, row in enumerate(m) if k != i)


def _product(a: Matrix, b: Matrix) -> Matrix:
    columns = tuple(zip(*b))
    return tuple(tuple(sum(x * y for x, y in zip(row, c)) for c in columns) for row in a)


@register
class MatrixDeterminant(Topic):
    """Two by two at first, three by three from the lower middle on, four by four past the range."""

    name = "matrix_determinant"
    group = "matrices"
    summary = "Determinants of integer matrices of two to four rows."
    method = "Expand along a row or column, with alternating signs."
    phrasings = 4

    def draw(self, rng: TaskRng, level: float) -> Params:
        n = 2 if level < 0.3 else 3 if level <= 1.0 else 4
        if n == 3 and level < 0.7 and rng.integers(0, 2):
            n = 2
        if n == 4 and level < 1.3 and rng.integers(0, 2):
            n = 3
        size = ramp(level, 6, 12)
        m = _matrix(rng, n, n, size)
        for _ in range(TRIES):
            value = determinant(m)
            if value and all(value not in row for row in m):
                break
            m = _matrix(rng, n, n, size)
        return m

    def question(self, params: Params, phrasing: int) -> str:
        text = write(params)
        return (
            f"What is the determinant of {text}?",
            f"Compute det({text}).",
            f"The rows of a square matrix are {text[1:-1]}. Find its determinant.",
            f"A = {text}. Evaluate det A.",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "integer"}

    def answer(self, params: Params) -> str:
        return str(determinant(params))

    def steps(self, params: Params) -> Sequence[str]:
        if len(params) == 2:
            (a, b), (c, d) = params
            return [
                f"{a} * {signed(d)} - {signed(b)} * {signed(c)} = {a * d} - {signed(b * c)} "
                f"= {a * d - b * c}"
            ]
        steps, parts = [], []
        for j, entry in enumerate(params[0]):
            minor = determinant(_minor(params, 0, j))
            part = (-1) ** j * entry * minor
            parts.append(part)
            steps.append(
                f"Column {j + 1}: {'-' if j % 2 else ''}({entry}) * det "
                f"{write(_minor(params, 0, j))}"
                f" = {'-' if j % 2 else ''}({entry}) * {signed(minor)} = {part}"
            )
        total = " + ".join(map(signed, parts))
        return [*steps, f"{total} = {sum(parts)}"]

    def decoys(self, params: Params) -> Sequence[str]:
        right = determinant(params)
        if len(params) == 2:
            (a, b), (c, d) = params
            wrong = [a * d + b * c, b * c - a * d, a * c - b * d]
        else:
            parts = [e * determinant(_minor(params, 0, j)) for j, e in enumerate(params[0])]
            wrong = [sum(parts), -right, right - 2 * parts[0]]
        return enough_slips(right, wrong)


@register
class MatrixProduct(Topic):
    """Products of integer matrices; from the middle on also powers and A*B - B*A."""

    name = "matrix_product"
    group = "matrices"
    summary = "Products, squares and commutators of small integer matrices."
    method = "Entry (i, j) is row i of the first matrix times column j of the second."
    phrasings = 4

    # Parameters: (operation, A, B); the operation is product, square or commutator, B is () in
    # a square.

    def draw(self, rng: TaskRng, level: float) -> Params:
        size = ramp(level, 4, 9)
        operation = "product"
        if level >= 0.35:
            operation = rng.choice(("product", "product", "square", "commutator"))
        if operation == "product":
            top = 4 if level >= 0.3 else 3
            r, k, c = (rng.integers(2 if level >= 0.6 else 1, top) for _ in range(3))
            if level < 0.3 or k == 1:
                k = 2
            if r * c == 1:
                r = 2
            return operation, _matrix(rng, r, k, size), _matrix(rng, k, c, size)
        n = 3 if level >= 0.9 else 2
        a = _matrix(rng, n, n, size)
        return operation, a, _matrix(rng, n, n, size) if operation == "commutator" else ()

    def question(self, params: Params, phrasing: int) -> str:
        operation, a, b = params
        form = "Answer as [[...], ...]."
        if operation == "square":
            return (
                f"What is A*A for A = {write(a)}? {form}",
                f"Square the matrix {write(a)}. {form}",
                f"A = {write(a)}. Compute A^2. {form}",
                f"Multiply {write(a)} by itself (as a matrix). {form}",
            )[phrasing]
        what = "A*B" if operation == "product" else "A*B - B*A"
        return (
            f"What is {what} for A = {write(a)} and B = {write(b)}? {form}",
            f"A = {write(a)}, B = {write(b)}. Compute {what}. {form}",
            f"Let A be {write(a)} and let B be {write(b)}. Find the matrix {what}. {form}",
            f"Evaluate {what}, given the matrices A = {write(a)}, B = {write(b)}. {form}",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "matrix"}

    def _value(self, params: Params) -> Matrix:
        operation, a, b = params
        if operation == "square":
            return _product(a, a)
        if operation == "product":
            return _product(a, b)
        return _minus(_product(a, b), _product(b, a))

    def answer(self, params: Params) -> str:
        return write(self._value(params))

    def steps(self, params: Params) -> Sequence[str]:
        operation, a, b = params
        if operation == "commutator":
            return [
                f"A*B = {write(_product(a, b))}",
                f"B*A = {write(_product(b, a))}",
                f"Difference: {write(self._value(params))}",
            ]
        other = a if operation == "square" else b
        value = _product(a, other)
        steps = []
        for i, row in enumerate(a):
            for j, column in enumerate(zip(*other)):
                terms = " + ".join(f"{x}*{signed(y)}" for x, y in zip(row, column))
                steps.append(f"({i + 1}, {j + 1}): {terms} = {value[i][j]}")
        return [*steps, f"Result: {write(value)}"]

    def decoys(self, params: Params) -> Sequence[str]:
        operation, a, b = params
        value = self._value(params)
        first = (value[0][0] + 1, *value[0][1:])
        wrong = [
            write((first, *value[1:])),
            write(tuple(zip(*value))),
            write(tuple(tuple(-x for x in row) for row in value)),
        ]
        if operation == "square":
            wrong.append(write(tuple(tuple(x * x for x in row) for row in a)))
        if operation == "product" and len(a) == len(b[0]):
            wrong.append(write(_product(b, a)))
        last = (*value[-1][:-1], value[-1][-1] - 1)
        return slips(write(value), [*wrong, write((*value[:-1], last))])


def _minus(a: Matrix, b: Matrix) -> Matrix:
    return tuple(tuple(x - y for x, y in zip(r, s)) for r, s in zip(a, b))


@register
class MatrixInverse(Topic):
    """Inverses with rational entries: two by two, later three by three."""

    name = "matrix_inverse"
    group = "matrices"
    summary = "Inverses of integer matrices, with fractions as entries."
    method = "Divide the transposed matrix of cofactors by the determinant."
    phrasings = 4

    def draw(self, rng: TaskRng, level: float) -> Params:
        n = 3 if level >= 0.6 and (level > 1.0 or rng.integers(0, 2)) else 2
        size = ramp(level, 5, 9) if n == 2 else ramp(level, 3, 4)
        top = 60 if n == 2 else 24
        m: Matrix = ((2, 1), (1, 1))
        for _ in range(TRIES):
            drawn = _matrix(rng, n, n, size)
            if 0 < abs(determinant(drawn)) <= top:
                m = drawn
                if _inverse(m) != m:
                    break
        return m

    def question(self, params: Params, phrasing: int) -> str:
        text = write(params)
        form = "Answer as [[...], ...] with exact fractions."
        return (
            f"What is the inverse of the matrix {text}? {form}",
            f"A = {text}. Compute A^(-1). {form}",
            f"Find the matrix B with {text} * B = I, the identity. {form}",
            f"Invert {text}. {form}",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "matrix"}

    def answer(self, params: Params) -> str:
        return write(_inverse(params))

    def steps(self, params: Params) -> Sequence[str]:
        det = determinant(params)
        return [
            f"Determinant: {det}",
            f"Transposed cofactors: {write(_adjugate(params))}",
            f"Divided by {det}: {write(_inverse(params))}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        inverse = _inverse(params)
        wrong = [
            write(_adjugate(params)),
            write(tuple(zip(*inverse))),
            write(tuple(tuple(-x for x in row) for row in inverse)),
            write(params),
            write(tuple(tuple(Fraction(1, x) if x else 0 for x in row) for row in params)),
            write(((inverse[0][0] + 1, *inverse[0][1:]), *inverse[1:])),
        ]
        return slips(write(inverse), wrong)


def _adjugate(m: Matrix) -> Matrix:
    if len(m) == 2:
        (a, b), (c, d) = m
        return ((d, -b), (-c, a))
    n = len(m)
    return tuple(
        tuple((-1) ** (i + j) * determinant(_minor(m, j, i)) for j in range(n)) for i in range(n)
    )


def _inverse(m: Matrix) -> Matrix:
    det = determinant(m)
    return tuple(tuple(Fraction(x, det) for x in row) for row in _adjugate(m))
