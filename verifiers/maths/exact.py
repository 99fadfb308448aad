"""Exact normal forms without sympy: the fast path that settles most answers.

A node becomes a quotient of two polynomials with rational coefficients over *generators*:

    x, y, …          variables (fractional exponents allowed: sqrt(x) is x^(1/2))
    2, 3, 5, …       primes with exponents in (0, 1): 2^(1/3), sqrt(6) = 2^(1/2) 3^(1/2)
    pi, e, i         constants, with i^2 = -1
    anything else    opaque, keyed by its own normal form: sin(<normal form>), ln p, 2^(x)

Two nodes with equal normal forms are equal wherever both are defined. If a form is *complete*
(no opaque generators, not both pi and e), different normal forms also prove inequality: distinct
products of fractional powers of primes are linearly independent over the rationals (Besicovitch
1940), and pi and e are each transcendental. Otherwise inequality is left to `probing`.

Everything is bounded before it is computed: bits of coefficients, terms, exponents.
"""

from __future__ import annotations

import math
import re
import threading
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from hashlib import blake2b

from veragym.verifiers.faults import TooLarge, Unreadable
from veragym.verifiers.maths.nodes import Apply, Const, Group, Node, Num, Sym

LONG_NAME = 200
"""Longest name of a generator kept as text."""
MAX_BITS = 8_192
"""Bits of any numerator or denominator."""
MAX_TERMS = 512
MAX_WORK = 60_000
"""Term products in one normal form or comparison: a fraction of a second."""
MAX_EXPONENT = 4_096
MAX_TRIAL = 4_096
"""Trial division bound when radicals are split into primes."""
MAX_FACTORIAL = 512

_SYMBOLS = re.compile(r"s:[^\s'\"\\,()]+")
Monomial = tuple[tuple[str, Fraction], ...]
"""Sorted (generator, exponent) pairs, exponents not 0."""
Polynomial = dict[Monomial, Fraction]
ONE: Monomial = ()
_HALF = Fraction(1, 2)


class Undecided(Exception):
    """The node has no normal form here (infinite, a relation, an unknown function, …)."""


@dataclass(frozen=True, slots=True)
class Quotient:
    """over / under, and whether difference of normal forms proves difference of values."""

    over: Polynomial
    under: Polynomial
    complete: bool = True

    @property
    def rational(self) -> Fraction | None:
        """The value, when it is a rational number."""
        if not self.over:
            return Fraction(0)
        if len(self.over) == 1 and len(self.under) == 1:
            (top, a), (bottom, b) = *self.over.items(), *self.under.items()
            if top == bottom:
                return a / b
        return None

    def key(self) -> str:
        """A canonical text of the two polynomials."""
        return f"{sorted(self.over.items())!r}/{sorted(self.under.items())!r}"


def constant(value: Fraction | int) -> Quotient:
    """A rational number as a quotient."""
    value = Fraction(value)
    return Quotient({ONE: value} if value else {}, _UNIT)


_UNIT: Polynomial = {ONE: Fraction(1)}


def generator(name: str, exponent: Fraction | int = 1, complete: bool = True) -> Quotient:
    """One generator to a power.

    Names hold the keys of what stands inside a function, and those hold names: past `LONG_NAME`
    characters a digest takes a name's place, or every level of nesting would double its length.
    The symbols inside are kept, for those who ask whether a variable occurs.
    """
    if len(name) > LONG_NAME:
        digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        name = " ".join([name[:2] + digest, *sorted(set(_SYMBOLS.findall(name)))])
    return Quotient({((name, Fraction(exponent)),): Fraction(1)}, _UNIT, complete)


# -- polynomial arithmetic, bounded -------------------------------------------------------------


def _bounded(value: Fraction) -> Fraction:
    if value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
        raise TooLarge("the answer's numbers are too large to evaluate")
    return value


class _Budget(threading.local):
    """Term products left to the computation under way in this thread."""

    left = 0

    def spend(self, work: int) -> None:
        self.left -= work
        if self.left < 0:
            raise TooLarge("the answer has too many terms to expand")


_budget = _Budget()


def _plus(left: Polynomial, right: Polynomial) -> Polynomial:
    if len(left) < len(right):
        left, right = right, left
    _budget.spend(1 + len(left) // 8)
    total = dict(left)
    for monomial, coefficient in right.items():
        new = total.get(monomial, 0) + coefficient
        if new:
            total[monomial] = _bounded(Fraction(new))
        else:
            del total[monomial]
    if len(total) > MAX_TERMS:
        raise TooLarge("the answer has too many terms to expand")
    return total


def _minus(poly: Polynomial) -> Polynomial:
    return {monomial: -coefficient for monomial, coefficient in poly.items()}


def _monomials(left: Monomial, right: Monomial) -> tuple[Fraction, Monomial]:
    """The product of two monomials as (factor, monomial), primes and i reduced."""
    if not left:
        return Fraction(1), right
    if not right:
        return Fraction(1), left
    exponents = dict(left)
    for name, exponent in right:
        exponents[name] = exponents.get(name, Fraction(0)) + exponent
    return _reduced(exponents)


def _reduced(exponents: dict[str, Fraction]) -> tuple[Fraction, Monomial]:
    factor = Fraction(1)
    for name in [name for name in exponents if name[0].isdigit() or name == "i:"]:
        exponent = exponents[name]
        if name == "i:":
            quarter = int(exponent) % 4
            factor *= -1 if quarter >= 2 else 1
            exponents[name] = Fraction(quarter % 2)
        else:
            whole = math.floor(exponent)
            if whole:
                if abs(whole) * int(name).bit_length() > MAX_BITS:
                    raise TooLarge("the answer's powers are too large to evaluate")
                factor *= Fraction(int(name)) ** whole
                exponents[name] = exponent - whole
    for exponent in exponents.values():
        if abs(exponent) > MAX_EXPONENT or exponent.denominator > MAX_EXPONENT:
            raise TooLarge("the answer's exponents are too large to expand")
    return factor, tuple(sorted((name, exp) for name, exp in exponents.items() if exp))


def _product(left: Polynomial, right: Polynomial) -> Polynomial:
    if left is _UNIT:
        return right
    if right is _UNIT:
        return left
    _budget.spend(1 + len(left) * len(right))
    total: Polynomial = {}
    for a, p in left.items():
        for b, q in right.items():
            factor, monomial = _monomials(a, b)
            new = total.get(monomial, 0) + (p * q if factor == 1 else p * q * factor)
            total[monomial] = _bounded(Fraction(new))
    total = {monomial: coefficient for monomial, coefficient in total.items() if coefficient}
    if len(total) > MAX_TERMS:
        raise TooLarge("the answer has too many terms to expand")
    return total


def _inverse_monomial(poly: Polynomial) -> Polynomial:
    """1 / (c m) for a single term."""
    ((monomial, coefficient),) = poly.items()
    factor, inverse = _reduced({name: -exponent for name, exponent in monomial})
    return {inverse: factor / coefficient}


# -- quotients ----------------------------------------------------------------------------------


def add(left: Quotient, right: Quotient) -> Quotient:
    """left + right."""
    complete = left.complete and right.complete
    if left.under is right.under or left.under == right.under:
        return Quotient(_plus(left.over, right.over), left.under, complete)
    over = _plus(_product(left.over, right.under), _product(right.over, left.under))
    return _tidy(over, _product(left.under, right.under), complete)


def negative(value: Quotient) -> Quotient:
    """-value."""
    return Quotient(_minus(value.over), value.under, value.complete)


def multiply(left: Quotient, right: Quotient) -> Quotient:
    """left * right."""
    return _tidy(
        _product(left.over, right.over),
        _product(left.under, right.under),
        left.complete and right.complete,
    )


def divide(left: Quotient, right: Quotient) -> Quotient:
    """left / right.

    Raises:
        Unreadable: the divisor is 0.
    """
    if not right.over:
        raise Unreadable("the answer divides by zero")
    return _tidy(
        _product(left.over, right.under),
        _product(left.under, right.over),
        left.complete and right.complete,
    )


def _tidy(over: Polynomial, under: Polynomial, complete: bool) -> Quotient:
    """A quotient whose denominator is 1 if it can be divided out as a single term."""
    if under is _UNIT or under == _UNIT:
        return Quotient(over, _UNIT, complete)
    if len(under) == 1:
        return Quotient(_product(over, _inverse_monomial(under)), _UNIT, complete)
    return Quotient(over, under, complete)


def integer_power(base: Quotient, exponent: int) -> Quotient:
    """base ** exponent by repeated squaring, its size bounded before it is computed."""
    if exponent < 0:
        return integer_power(divide(constant(1), base), -exponent)
    number = base.rational
    if number is not None:
        bits = max(number.numerator.bit_length(), number.denominator.bit_length())
        if number not in (0, 1, -1):
            if exponent * max(1, bits - 1) > MAX_BITS:
                raise TooLarge("the answer's powers are too large to evaluate")
            return Quotient({ONE: number**exponent}, _UNIT, base.complete)
        return constant(number**exponent if exponent else 1)
    if len(base.over) == 1 and len(base.under) == 1 and exponent > 0:
        ((monomial, coefficient),) = base.over.items()
        scale = integer_power(constant(coefficient), exponent)
        factor, raised = _reduced({name: exp * exponent for name, exp in monomial})
        return Quotient({raised: _bounded(factor * scale.over[ONE])}, _UNIT, base.complete)
    if exponent > MAX_TERMS:
        raise TooLarge("the answer has too many terms to expand")
    result = constant(1)
    while exponent:
        if exponent & 1:
            result = multiply(result, base)
        exponent >>= 1
        if exponent:
            base = multiply(base, base)
    return result


@lru_cache(maxsize=1_024)
def _primes(number: int) -> tuple[tuple[int, int], ...] | None:
    """Prime factorisation of a positive integer by trial division, or None beyond the bound."""
    factors, divisor = [], 2
    while divisor * divisor <= number and divisor <= MAX_TRIAL:
        count = 0
        while number % divisor == 0:
            number //= divisor
            count += 1
        if count:
            factors.append((divisor, count))
        divisor += 1 if divisor == 2 else 2
    if number > 1:
        if divisor * divisor <= number:
            root = math.isqrt(number)
            if root * root != number or root > MAX_TRIAL * MAX_TRIAL:
                return None
            factors.append((root, 2))
        else:
            factors.append((number, 1))
    return tuple(factors)


def _prime_powers(number: Fraction) -> dict[int, int]:
    """Exponents of the primes of a positive rational.

    Raises:
        Undecided: it has factors beyond the bound of trial division.
    """
    exponents: dict[int, int] = {}
    for part, sign in ((number.numerator, 1), (number.denominator, -1)):
        factors = _primes(part)
        if factors is None:
            raise Undecided
        for prime, count in factors:
            exponents[prime] = exponents.get(prime, 0) + sign * count
    return exponents


def _rational_root(number: Fraction, exponent: Fraction) -> Quotient:
    """number ** exponent for a positive rational: a product of fractional prime powers."""
    parts = {str(prime): exponent * count for prime, count in _prime_powers(number).items()}
    factor, monomial = _reduced(parts)
    return Quotient({monomial: factor}, _UNIT)


def power(base: Quotient, exponent: Quotient) -> Quotient:
    """base ** exponent for every pair that has a normal form."""
    number = exponent.rational
    if number is not None and number.denominator == 1:
        if base.rational == 0 and number <= 0:
            raise Unreadable("the answer raises 0 to a power that is not positive")
        if abs(number) > MAX_EXPONENT * MAX_BITS:
            raise TooLarge("the answer's powers are too large to evaluate")
        return integer_power(base, number.numerator)
    if number is not None:
        return _fractional_power(base, number)
    if len(exponent.under) > 1:
        return generator(f"o:({base.key()})^({exponent.key()})", 1, False)
    return _symbolic_power(base, exponent)


def _fractional_power(base: Quotient, exponent: Fraction) -> Quotient:
    number = base.rational
    if number is not None:
        if number > 0:
            return _rational_root(number, exponent)
        if number == 0:
            if exponent > 0:
                return constant(0)
            raise Unreadable("the answer divides by zero")
        if exponent.denominator == 2:
            real = _rational_root(-number, exponent)
            return multiply(real, generator("i:", exponent.numerator % 4))
        raise Undecided
    if len(base.over) == 1 and len(base.under) == 1:
        ((monomial, coefficient),) = base.over.items()
        simple = all(
            (name.startswith("s:") and exp in (1, -1)) or (name[0].isdigit() or name[:2] == "c:")
            for name, exp in monomial
        )
        if coefficient > 0 and simple:
            factor, raised = _reduced({name: exp * exponent for name, exp in monomial})
            root = Quotient({raised: factor}, _UNIT, base.complete)
            return multiply(root, _rational_root(coefficient, exponent))
    return generator(f"o:root {base.key()}", exponent, False)


def _symbolic_power(base: Quotient, exponent: Quotient) -> Quotient:
    """base ** (c1 m1 + c2 m2 + …), one generator per monomial m, so that e^(2x) = (e^x)^2."""
    number = base.rational
    if number is not None and number > 0:
        heads = [(str(p), count) for p, count in sorted(_prime_powers(number).items())]
    elif base.under == _UNIT and base.over in (
        {(("c:e", Fraction(1)),): Fraction(1)},
        {(("c:pi", Fraction(1)),): Fraction(1)},
    ):
        heads = [(next(iter(base.over))[0][0], 1)]
    else:
        heads = [(f"({base.key()})", 1)]
    result = Quotient(_UNIT, _UNIT, False)
    for monomial, coefficient in exponent.over.items():
        for head, count in heads:
            if monomial == ONE:
                part = power(_base_of(head, base), constant(coefficient * count))
            else:
                part = generator(f"o:{head}^{monomial!r}", coefficient * count, False)
            result = multiply(result, part)
    return Quotient(result.over, result.under, False)


def _base_of(head: str, base: Quotient) -> Quotient:
    return constant(int(head)) if head.isdigit() else base


def logarithm(argument: Quotient) -> Quotient:
    """ln of a quotient: split over primes for positive rationals, else opaque."""
    number = argument.rational
    if number is not None and number > 0:
        total = Quotient({}, _UNIT, False)
        for prime, count in sorted(_prime_powers(number).items()):
            term = generator(f"o:ln {prime}", 1, False)
            total = add(total, multiply(constant(count), term))
        return Quotient(total.over, total.under, number == 1)
    if number == 0:
        raise Unreadable("the answer takes the logarithm of zero")
    if argument.over == {(("c:e", Fraction(1)),): Fraction(1)} and argument.under == _UNIT:
        return constant(1)
    return generator(f"o:ln {argument.key()}", 1, False)


# -- nodes --------------------------------------------------------------------------------------

_OPAQUE = frozenset(
    [
        "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh",
        "tanh", "arsinh", "arcosh", "artanh", "sgn",
    ]
)  # fmt: skip


def normal(node: Node) -> Quotient:
    """The normal form of a scalar node.

    Raises:
        Undecided: it has none here.
        TooLarge: it exceeds the bounds.
        Unreadable: it divides by zero.
    """
    _budget.left = MAX_WORK
    return _normal(node)


def _normal(node: Node) -> Quotient:
    if isinstance(node, Num):
        return constant(_bounded(node.value))
    if isinstance(node, Sym):
        return generator(f"s:{node.name}")
    if isinstance(node, Const):
        if node.name in {"pi", "e"}:
            return generator(f"c:{node.name}")
        if node.name == "i":
            return generator("i:")
        raise Undecided
    if isinstance(node, Group) and len(node.items) == 1 and node.open == "[":
        return _normal(node.items[0])
    if not isinstance(node, Apply):
        raise Undecided
    args = [_normal(arg) for arg in node.args]
    return _settled(_apply(node.op, args))


def _apply(op: str, args: list[Quotient]) -> Quotient:
    if op == "add":
        total = args[0]
        for arg in args[1:]:
            total = add(total, arg)
        return total
    if op == "mul":
        total = args[0]
        for arg in args[1:]:
            total = multiply(total, arg)
        return total
    if op == "neg":
        return negative(args[0])
    if op == "div":
        return divide(args[0], args[1])
    if op == "mixed":
        return add(args[0], args[1])
    if op == "pow":
        return power(args[0], args[1])
    if op == "root":
        degree = args[1].rational
        if degree is None or degree.denominator != 1 or not 2 <= degree <= MAX_EXPONENT:
            raise Undecided
        return _root(args[0], int(degree))
    if op == "ln" and len(args) == 1:
        return logarithm(args[0])
    if op == "percent":
        return multiply(args[0], constant(Fraction(1, 100)))
    if op == "degree":
        return divide(multiply(args[0], generator("c:pi")), constant(180))
    if op in _COUNTING:
        return _counting(op, args)
    if op == "abs" and len(args) == 1:
        number = args[0].rational
        if number is not None:
            return constant(abs(number))
        key = min(args[0].key(), negative(args[0]).key())
        return generator(f"o:abs {key}", 1, False)
    if op in _OPAQUE and len(args) == 1:
        if args[0].over:
            return generator(f"o:{op} {args[0].key()}", 1, False)
        if op in {"sin", "tan", "arcsin", "arctan", "sinh", "tanh", "arsinh", "artanh"}:
            return constant(0)
        if op in {"cos", "cosh", "sec"}:
            return constant(1)
    raise Undecided


def _root(radicand: Quotient, degree: int) -> Quotient:
    """The real root: odd roots of negative numbers are negative."""
    number = radicand.rational
    if number is not None and number < 0 and degree % 2:
        return negative(_fractional_power(constant(-number), Fraction(1, degree)))
    return _fractional_power(radicand, Fraction(1, degree))


_COUNTING = frozenset(["factorial", "binom", "floor", "ceil", "gcd", "lcm", "max", "min", "mod"])


def _counting(op: str, args: list[Quotient]) -> Quotient:
    """Functions of rational numbers, exactly."""
    numbers = [number for arg in args if (number := arg.rational) is not None]
    if len(numbers) != len(args) or not numbers:
        raise Undecided
    first = numbers[0]
    if op in {"max", "min"}:
        return constant(max(numbers) if op == "max" else min(numbers))
    if op in {"floor", "ceil"} and len(numbers) == 1:
        return constant(math.floor(first) if op == "floor" else math.ceil(first))
    if any(number.denominator != 1 or number < 0 for number in numbers):
        raise Undecided
    whole = [number.numerator for number in numbers]
    if op == "factorial" and len(whole) == 1:
        if whole[0] > MAX_FACTORIAL:
            raise TooLarge("the answer's factorial is too large to evaluate")
        return constant(math.factorial(whole[0]))
    if op == "binom" and len(whole) == 2:
        if whole[0] > 4 * MAX_FACTORIAL:
            raise TooLarge("the answer's binomial is too large to evaluate")
        return constant(math.comb(*whole))
    if op == "mod" and len(whole) == 2 and whole[1]:
        return constant(whole[0] % whole[1])
    if op in {"gcd", "lcm"}:
        result = math.gcd(*whole) if op == "gcd" else math.lcm(*whole)
        return constant(_bounded(Fraction(result)))
    raise Undecided


def _settled(value: Quotient) -> Quotient:
    """Marks forms in which pi and e meet as incomplete: their independence is not proved."""
    if value.complete and len(value.over) + len(value.under) > 2:
        names = {name for part in (value.over, value.under) for mono in part for name, _ in mono}
        if "c:pi" in names and "c:e" in names:
            return Quotient(value.over, value.under, False)
    return value


def same(left: Quotient, right: Quotient) -> bool | None:
    """True or False where the normal forms prove it, else None.

    Raises:
        TooLarge: comparing exceeds the bounds.
    """
    _budget.left = MAX_WORK
    if left.under == right.under:
        if left.over == right.over:
            return True
        difference = _settled(add(left, negative(right)))
    else:
        difference = _settled(
            Quotient(
                _plus(_product(left.over, right.under), _minus(_product(right.over, left.under))),
                _UNIT,
                left.complete and right.complete,
            )
        )
        if not difference.over:
            return True
    # Opaque parts may have cancelled: what is left decides.
    names = {name for mono in difference.over for name, _ in mono}
    if not any(name.startswith("o:") for name in names) and not {"c:pi", "c:e"} <= names:
        return False
    return None


def minus(left: Quotient, right: Quotient) -> Quotient:
    """left - right, as a computation of its own.

    Raises:
        TooLarge: it exceeds the bounds.
    """
    _budget.left = MAX_WORK
    return add(left, negative(right))


def rational(node: Node) -> Fraction | None:
    """The exact rational value of a node, or None if it has none or it is not known here."""
    if isinstance(node, Num):
        return node.value
    try:
        return normal(node).rational
    except Undecided:
        return None
