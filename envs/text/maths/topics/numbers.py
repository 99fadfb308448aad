"""Whole numbers and decimals by hand: products, division with remainder, precedence, rounding.

Also the three small pieces the neighbouring topics share: a size that grows by decades, decimals
as text, and the filter that keeps the right answer out of the slips (A17, D39).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import Params, Topic, ramp, register

V = TypeVar("V")


def grow(level: float, start: int, decades: float) -> int:
    """An integer that is `start` at level 0 and about `start * 10**decades` at level 1.

    Linear inside each decade, so that only exactly rounded operations are used and every system
    computes the same number.
    """
    exponent = level * decades
    whole = int(exponent)
    base: int = start * 10**whole
    return base + int(9 * base * (exponent - whole) + 1e-9)


def decimal_text(mantissa: int, places: int) -> str:
    """`mantissa / 10**places` in decimal notation, without trailing zeros."""
    while places > 0 and mantissa % 10 == 0:
        mantissa //= 10
        places -= 1
    if places <= 0:
        return str(mantissa * 10**-places)
    digits = str(abs(mantissa)).rjust(places + 1, "0")
    return f"{'-' if mantissa < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def slips(right: V, candidates: Iterable[V], text: Callable[[V], str] = str) -> list[str]:
    """The candidates that differ from the right answer and from each other, as text."""
    seen, wrong = {right}, []
    for candidate in candidates:
        if candidate not in seen:
            seen.add(candidate)
            wrong.append(text(candidate))
    return wrong


@register
class Multiplication(Topic):
    """Products of two whole numbers; the digits of both factors grow with the level."""

    name = "multiplication"
    group = "arithmetic"
    summary = "Products of two whole numbers of one to six digits."
    method = "Split one factor into its digits, multiply by each, and add the partial products."
    phrasings = 4

    # Parameters: the two factors.

    def draw(self, rng: TaskRng, level: float) -> Params:
        return rng.integers(11, grow(level, 99, 2.0)), rng.integers(3, grow(level, 24, 1.5))

    def canonical(self, params: Params) -> Params:
        return tuple(sorted(params))

    def question(self, params: Params, phrasing: int) -> str:
        a, b = params
        if phrasing == 0:
            return f"What is {a} * {b}?"
        if phrasing == 1:
            return f"Multiply {a} by {b}."
        if phrasing == 2:
            return f"Find the product of {a} and {b}."
        return f"{a} times {b} is how much?"

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "integer"}

    def answer(self, params: Params) -> str:
        return str(params[0] * params[1])

    def steps(self, params: Params) -> Sequence[str]:
        a, parts = _split(params)
        if len(parts) == 1:
            return [f"{a} * {parts[0]} = {a * parts[0]}"]
        steps = [f"{a} * {part} = {a * part}" for part in parts]
        total = a * parts[0]
        for part in parts[1:]:
            steps.append(f"{total} + {a * part} = {total + a * part}")
            total += a * part
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        a, b = params
        right = a * b
        _, parts = _split(params)
        misplaced = right - (a * parts[0]) + a * parts[0] // 10
        return slips(right, (right + 10, right - a, misplaced, right + 1, a + b))


def _split(params: Params) -> tuple[int, list[int]]:
    """A factor, and the other one as a sum of digits times powers of ten."""
    a, b = params
    parts = _places(b)
    if len(parts) == 1 and len(_places(a)) > 1:
        return b, _places(a)
    return a, parts


def _places(n: int) -> list[int]:
    text = str(n)
    return [int(d) * 10 ** (len(text) - 1 - i) for i, d in enumerate(text) if d != "0"]


@register
class DivisionRemainder(Topic):
    """Long division: the quotient and what is left over."""

    name = "division_remainder"
    group = "arithmetic"
    summary = "Quotient and remainder of a whole-number division, as a pair."
    method = "Divide from the left, bringing down one digit at a time and keeping the remainder."
    phrasings = 3

    # Parameters: dividend, divisor. The remainder is never 0.

    def draw(self, rng: TaskRng, level: float) -> Params:
        divisor = rng.integers(3, grow(level, 13, 1.3))
        quotient = rng.integers(4, grow(level, 40, 2.0))
        return divisor * quotient + rng.integers(1, divisor), divisor

    def question(self, params: Params, phrasing: int) -> str:
        n, d = params
        if phrasing == 0:
            return f"Divide {n} by {d}. Answer with (quotient, remainder)."
        if phrasing == 1:
            return f"Find q and r with {n} = {d}*q + r and 0 <= r < {d}. Answer with (q, r)."
        return f"What are quotient and remainder of {n} / {d}? Give them as a pair (q, r)."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "tuple"}

    def answer(self, params: Params) -> str:
        n, d = params
        return f"({n // d}, {n % d})"

    def steps(self, params: Params) -> Sequence[str]:
        n, d = params
        steps: list[str] = []
        rest = 0
        for i, digit in enumerate(str(n)):
            rest = rest * 10 + int(digit)
            if rest < d and not steps:
                continue
            brought = f"Bring down {digit}: " if steps else f"Start with {str(n)[: i + 1]}: "
            steps.append(f"{brought}{rest} = {d} * {rest // d} + {rest % d}")
            rest %= d
        steps.append(f"{n} = {d} * {n // d} + {n % d}, so the pair is {self.answer(params)}")
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        n, d = params
        q, r = divmod(n, d)
        return slips((q, r), ((q - 1, r + d), (r, q), (q, r + 1), (q + 1, d - r), (q * 10, r)), str)


@register
class OrderOfOperations(Topic):
    """Expressions whose value depends on precedence and brackets."""

    name = "order_of_operations"
    group = "arithmetic"
    summary = "Values of expressions with + - * /, powers and brackets; left to right fails."
    method = "Brackets first, then powers, then * and /, then + and -, each from left to right."
    phrasings = 4

    # Parameters: one tree (op, left, right) over whole numbers.

    def draw(self, rng: TaskRng, level: float) -> Params:
        operations = ramp(level, 2, 5)
        limit = ramp(level, 13, 30)
        tree: Any = ("+", 2, ("*", 3, 4))
        for _ in range(64):
            tree, value = _tree(rng, operations, limit, level >= 0.4)
            tokens = _infix(tree)[0].replace("(", "").replace(")", "").split()
            if str(abs(value)) not in tokens and value != 0 and _leftward(tokens) != value:
                break
        return (tree,)

    def canonical(self, params: Params) -> Params:
        return (_sorted(params[0]),)

    def question(self, params: Params, phrasing: int) -> str:
        text = _infix(params[0])[0]
        if phrasing == 0:
            return f"Evaluate {text}."
        if phrasing == 1:
            return f"What is the value of {text}?"
        if phrasing == 2:
            return f"Work out {text}."
        return f"{text} = ?"

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "integer"}

    def answer(self, params: Params) -> str:
        return str(_value(params[0], []))

    def steps(self, params: Params) -> Sequence[str]:
        steps: list[str] = []
        _value(params[0], steps)
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        right = _value(params[0], [])
        tokens = _infix(params[0])[0].replace("(", "").replace(")", "").split()
        leftward = _leftward(tokens)
        naive = [] if leftward is None else [leftward]
        return slips(right, (*naive, -right, right + 1, right - 2))


def _tree(rng: TaskRng, operations: int, limit: int, powers: bool) -> tuple[Any, int]:
    """A random expression and its value; every division in it is exact."""
    if operations == 0:
        leaf = rng.integers(2, limit)
        return leaf, leaf
    op = rng.choice("++--**/^" if powers else "+-*/")
    if op == "^" and operations == 1:
        base, exponent = rng.integers(2, 10), rng.integers(2, 4)
        return ("^", base, exponent), base**exponent
    if op == "/":
        right, b = _tree(rng, operations - 1, limit, powers)
        if 1 < abs(b) <= 2 * limit:
            leaf = abs(b) * rng.integers(2, limit)
            return ("/", leaf, right), leaf // b
        left: Any = rng.integers(2, limit)
        return ("-", left, right), left - b
    share = rng.integers(0, operations)
    left, a = _tree(rng, share, limit, powers)
    right, b = _tree(rng, operations - 1 - share, limit, powers)
    if op == "*" and abs(a * b) <= 100 * limit:
        return ("*", left, right), a * b
    if op == "-":
        return ("-", left, right), a - b
    return ("+", left, right), a + b


_RANK = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}


def _infix(node: Any) -> tuple[str, int]:
    """Text with the fewest brackets, and the rank of its outermost operation."""
    if isinstance(node, int):
        return str(node), 4
    op, left, right = node
    rank = _RANK[op]
    a, pa = _infix(left)
    b, pb = _infix(right)
    a = f"({a})" if pa < rank else a
    b = f"({b})" if pb < rank or (pb == rank and op in "-/") else b
    return f"{a} {op} {b}", rank


def _value(node: Any, steps: list[str]) -> int:
    """Exact value; appends one line per operation, in the order in which they are due."""
    if isinstance(node, int):
        return node
    op, left, right = node
    a, b = _value(left, steps), _value(right, steps)
    value: int
    if op == "+":
        value = a + b
    elif op == "-":
        value = a - b
    elif op == "*":
        value = a * b
    elif op == "/":
        value = a // b
    else:
        value = a**b
    first = f"({a})" if a < 0 and op == "^" else str(a)
    steps.append(f"{first} {op} {f'({b})' if b < 0 else b} = {value}")
    return value


def _leftward(tokens: list[str]) -> int | None:
    """What strict left-to-right reading without brackets gives; None where it is no integer."""
    value = int(tokens[0])
    for op, text in zip(tokens[1::2], tokens[2::2]):
        n = int(text)
        if op == "/":
            if value % n:
                return None
            value //= n
        elif op == "^":
            if n > 3 or abs(value) > 10**6:
                return None
            value = value**n
        else:
            value = value + n if op == "+" else value - n if op == "-" else value * n
    return value


def _sorted(node: Any) -> Any:
    """The tree with the operands of + and * in a fixed order."""
    if isinstance(node, int):
        return node
    op, left, right = node[0], _sorted(node[1]), _sorted(node[2])
    if op in "+*" and repr(right) < repr(left):
        left, right = right, left
    return op, left, right


@register
class Decimals(Topic):
    """Exact sums, differences and products of decimals."""

    name = "decimals"
    group = "arithmetic"
    summary = "Sums, differences and products of two decimals, exact."
    method = "Work with whole numbers of the smallest decimal place, then set the point."
    phrasings = 3

    # Parameters: op, then mantissa and decimal places of both operands. Last digits are not 0.

    def draw(self, rng: TaskRng, level: float) -> Params:
        op = rng.choice("+-*")
        deepest = 2 + int(level * 2)
        sizes = (
            grow(level, 300, 2.0),
            grow(level, 300, 2.0) if op != "*" else ramp(level, 50, 900),
        )
        m, p = _decimal(rng, sizes[0], deepest)
        n, q = _decimal(rng, sizes[1], deepest)
        if op == "-":
            for _ in range(16):
                if m * 10**q != n * 10**p:
                    break
                n, q = _decimal(rng, sizes[1], deepest)
            if m * 10**q < n * 10**p:
                m, p, n, q = n, q, m, p
        return op, m, p, n, q

    def canonical(self, params: Params) -> Params:
        op, m, p, n, q = params
        if op != "-" and (n, q) < (m, p):
            return op, n, q, m, p
        return params

    def question(self, params: Params, phrasing: int) -> str:
        op, m, p, n, q = params
        a, b = decimal_text(m, p), decimal_text(n, q)
        if phrasing == 0:
            return f"Calculate {a} {op} {b} exactly."
        if phrasing == 1:
            return f"What is {a} {op} {b}? Give the exact decimal."
        verb = {"+": f"Add {a} and {b}", "-": f"Subtract {b} from {a}", "*": f"Multiply {a} by {b}"}
        return f"{verb[op]}. Give the exact decimal."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "rational", "lowest": False}

    def answer(self, params: Params) -> str:
        return decimal_text(*_combined(params))

    def steps(self, params: Params) -> Sequence[str]:
        op, m, p, n, q = params
        value, places = _combined(params)
        if op == "*":
            return [
                f"Without the points: {m} * {n} = {value}",
                f"Decimal places: {p} + {q} = {places}",
                f"The product is {self.answer(params)}",
            ]
        a, b = m * 10 ** (places - p), n * 10 ** (places - q)
        return [
            f"In units of {decimal_text(1, places)}: {a} and {b}",
            f"{a} {op} {b} = {value}",
            f"With {places} decimal places this is {self.answer(params)}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        op, m, p, n, q = params
        value, places = _combined(params)
        wrong = [(value, places + 1), (value * 10, places), (value + 1, places)]
        if op != "*" and p != q:
            unaligned = m + n if op == "+" else m - n
            wrong.append((unaligned, max(p, q)))
        scaled = [(m * 10 ** (places + 1 - p), places + 1) for m, p in wrong]
        return slips((value * 10, places + 1), scaled, lambda pair: decimal_text(*pair))


def _decimal(rng: TaskRng, limit: int, deepest: int) -> tuple[int, int]:
    """A mantissa not ending in 0, and a number of places."""
    return rng.integers(1, limit) * 10 + rng.integers(1, 10), rng.integers(1, deepest + 1)


def _combined(params: Params) -> tuple[int, int]:
    """Mantissa and places of the result."""
    op, m, p, n, q = params
    if op == "*":
        return m * n, p + q
    places = max(p, q)
    a, b = m * 10 ** (places - p), n * 10 ** (places - q)
    return (a + b if op == "+" else a - b), places


@register
class Rounding(Topic):
    """Rounding to decimal places, significant figures or powers of ten; never a tie."""

    name = "rounding"
    group = "arithmetic"
    summary = "Rounding to decimal places, significant figures or the nearest power of ten."
    method = "Look at the first digit dropped: from 5 on the kept part goes up by one."
    phrasings = 3

    # Parameters: mantissa, decimal places, mode (places, figures, nearest), digits to drop.
    # The mode is wording only: number and digits dropped make the problem.

    def draw(self, rng: TaskRng, level: float) -> Params:
        digits = ramp(level, 4, 8)
        mantissa, scale, mode, drop = 1234, 2, "places", 1
        for _ in range(64):
            digits_now = digits - rng.integers(0, 2)
            drop = rng.integers(1, min(digits_now - 1, ramp(level, 2, 5)) + 1)
            head = rng.integers(10 ** (digits_now - drop - 1), 10 ** (digits_now - drop))
            if rng.random() < 0.25 * level:  # a chain of carries
                head = head - head % 10 + 9
            mantissa = head * 10**drop + rng.integers(1, 10**drop)
            mode = rng.choice(("places", "figures", "nearest"))
            scale = 0 if mode == "nearest" else rng.integers(1, digits_now)
            if mode == "places":
                scale = max(scale, drop)
            kept = scale - drop if mode == "places" else digits_now - drop
            rounded = _rounded(mantissa, drop)
            if mantissa % 10**drop != 5 * 10 ** (drop - 1) and rounded != kept * 10**scale:
                break
        return mantissa, scale, mode, drop

    def canonical(self, params: Params) -> Params:
        mantissa, scale, _, drop = params
        return mantissa, scale, drop

    def question(self, params: Params, phrasing: int) -> str:
        number = decimal_text_fixed(params[0], params[1])
        target = _target(params)
        if phrasing == 0:
            return f"Round {number} to {target}."
        if phrasing == 1:
            return f"What is {number} rounded to {target}?"
        return f"Write {number} correct to {target}."

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "rational", "lowest": False}

    def answer(self, params: Params) -> str:
        return decimal_text(_rounded(params[0], params[3]), params[1])

    def steps(self, params: Params) -> Sequence[str]:
        mantissa, scale, _, drop = params
        kept, dropped = divmod(mantissa, 10**drop)
        first = dropped // 10 ** (drop - 1)
        lower = decimal_text(kept * 10**drop, scale)
        way = "5 or more, so round up" if first >= 5 else "less than 5, so round down"
        return [
            f"Keep {kept} of the digits {mantissa}; cut off, the number is {lower}",
            f"The first digit dropped is {first}: {way}",
            f"The rounded number is {self.answer(params)}",
        ]

    def decoys(self, params: Params) -> Sequence[str]:
        mantissa, scale, _, drop = params
        right = _rounded(mantissa, drop)
        unit = 10**drop
        other = right - unit if right > mantissa else right + unit
        finer = _rounded(mantissa, drop - 1) if drop > 1 else mantissa
        wrong = (other, finer, _rounded(mantissa, drop + 1), right + unit, right - unit)
        return slips(right, wrong, lambda n: decimal_text(n, scale))


def decimal_text_fixed(mantissa: int, places: int) -> str:
    """`mantissa / 10**places` with exactly that many places, zeros included."""
    if places == 0:
        return str(mantissa)
    digits = str(mantissa).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"


def _rounded(mantissa: int, drop: int) -> int:
    unit: int = 10**drop
    return (2 * mantissa + unit) // (2 * unit) * unit


def _target(params: Params) -> str:
    mantissa, scale, mode, drop = params
    if mode == "nearest":
        return f"the nearest {10**drop}"
    if mode == "places":
        places = scale - drop
        if places == 0:
            return "the nearest whole number"
        return f"{places} decimal place{'s' if places > 1 else ''}"
    figures = len(str(mantissa)) - drop
    return f"{figures} significant figure{'s' if figures > 1 else ''}"
