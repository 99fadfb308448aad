"""Deciding equality of general expressions: numeric probing, and the child process that does it
at high precision.

Expressions arrive as *wire* trees: nested lists `["add", ["sym", "x"], ["num", "1/2"]]`, never as
text to be parsed or executed. This file imports nothing but the standard library and is run by
path in an isolated interpreter (`python -I symbolic.py`), so a worker starts quickly and works
the same from editable and wheel installs; mpmath and sympy load there when first needed.

How a pair (gold, answer) is decided, in the order of cost:

1. `differ` (parent, floats): at fixed points, reject if the two clearly disagree. Never accepts.
2. `agree` (child, mpmath): both are evaluated at the same fixed points at 50 digits, again at 200
   where cancellation demands it. Disagreement anywhere rejects, and so do points at which large
   intermediate values drown the comparison. Agreement to at least 20 and commonly 40 digits at
   every usable point, of which there must be at least `MIN_POINTS`, accepts: for elementary
   functions of a few hundred symbols, chance agreement at a dozen generic points is out of the
   question, and an expression made to agree there without being equal must contain the gold
   itself, so nothing is gained by constructing one. Constants are compared at 50 and at 400
   digits.
3. `prove` (child, sympy): only if there are too few points where both are defined. Accepts if
   sympy simplifies the difference to zero. Undecided is rejected.

Variables are real. A point counts if the gold is real and finite there; the answer must be
defined at no fewer than half of those. So ln(x^2) and 2 ln x agree (on x > 0), |x| and x do not.
"""

from __future__ import annotations

import cmath
import json
import math
import os
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

Wire = list[Any]
MIN_POINTS = 3
CLEAR_DIGITS = 20
"""A point counts as agreement only if the two are known to so many digits more than their size."""
FLOAT_MARGIN = 1e-7
"""Floats reject when they differ by more than this times the largest intermediate value."""
_ANCHORS = (
    0.31, 0.73, 1.37, 2.23, 3.71, 7.13, 13.9, -0.37, -0.83, -1.79, -4.31, -9.17,
    57.3, -83.1, 1_013.7, -2_203.9,
)  # fmt: skip
"""Where probing looks: small for arcsin, large for ln(x - 5), far out for |x - 50|, both signs."""
MAX_MAGNITUDE = 1e6
"""Exponents beyond this are not evaluated numerically."""


def points(names: tuple[str, ...]) -> Iterator[dict[str, Fraction]]:
    """The fixed probing points: one assignment of rationals to the names after another.

    Consecutive names get different anchors, shifted by multiples of the golden ratio, so no
    simple relation holds between coordinates.
    """
    for k in range(len(_ANCHORS)):
        yield {
            name: Fraction(_ANCHORS[(k + 5 * j) % len(_ANCHORS)]).limit_denominator(1_000)
            * (1 + Fraction(int((j * len(_ANCHORS) + k + 1) * 0.6180339887 * 10_007) % 997, 9_973))
            for j, name in enumerate(names)
        }


class Floats:
    """Complex double arithmetic for `evaluate`."""

    functions: dict[str, Callable[[complex], complex]] = {
        "sin": cmath.sin, "cos": cmath.cos, "tan": cmath.tan, "arcsin": cmath.asin,
        "arccos": cmath.acos, "arctan": cmath.atan, "sinh": cmath.sinh, "cosh": cmath.cosh,
        "tanh": cmath.tanh, "arsinh": cmath.asinh, "arcosh": cmath.acosh, "artanh": cmath.atanh,
        "ln": cmath.log,
    }  # fmt: skip
    pi = complex(math.pi)
    e = complex(math.e)

    @staticmethod
    def number(value: Fraction) -> complex:
        return complex(value.numerator / value.denominator)

    @staticmethod
    def imaginary(value: complex) -> float:
        return value.imag

    @staticmethod
    def real(value: complex) -> float:
        return value.real

    @staticmethod
    def gamma(value: complex) -> complex:
        if value.imag or abs(value.real) > 170:
            raise OverflowError
        return complex(math.gamma(value.real))


class Precise:
    """mpmath complex arithmetic for `evaluate`, at a given number of digits."""

    def __init__(self, digits: int) -> None:
        import mpmath

        context = mpmath.MPContext()
        context.dps = digits
        self.context = context
        self.pi = context.mpc(context.pi)
        self.e = context.mpc(context.e)
        self.functions = {
            "sin": context.sin, "cos": context.cos, "tan": context.tan, "arcsin": context.asin,
            "arccos": context.acos, "arctan": context.atan, "sinh": context.sinh,
            "cosh": context.cosh, "tanh": context.tanh, "arsinh": context.asinh,
            "arcosh": context.acosh, "artanh": context.atanh, "ln": context.log,
        }  # fmt: skip

    def number(self, value: Fraction) -> Any:
        return self.context.mpc(self.context.mpf(value.numerator) / value.denominator)

    def imaginary(self, value: Any) -> Any:
        return value.imag

    def real(self, value: Any) -> Any:
        return value.real

    def gamma(self, value: Any) -> Any:
        if abs(value) > MAX_MAGNITUDE:
            raise OverflowError
        return self.context.mpc(self.context.gamma(value))


@lru_cache(maxsize=4)
def _precise(digits: int) -> Precise:
    return Precise(digits)


class Evaluation:
    """One evaluation of a wire tree; `peak` is the largest intermediate magnitude met."""

    def __init__(self, lib: Any, values: dict[str, Any]) -> None:
        self.lib = lib
        self.values = values
        self.peak: Any = 1.0

    def of(self, node: Wire) -> Any:
        """The value of a tree.

        Raises:
            ArithmeticError, ValueError: undefined or out of range here.
        """
        value = self._of(node)
        size = abs(value)
        if size != size or size == math.inf:
            raise OverflowError
        if size > self.peak:
            self.peak = size
        return value

    def _of(self, node: Wire) -> Any:
        head, lib = node[0], self.lib
        if head == "num":
            return lib.number(Fraction(node[1]))
        if head == "sym":
            return self.values[node[1]]
        if head == "const":
            return {"pi": lib.pi, "e": lib.e, "i": 1j}[node[1]]
        args = [self.of(arg) for arg in node[1:]]
        first = args[0]
        if head == "add":
            total = first
            for arg in args[1:]:
                total = total + arg
            return total
        if head == "mul":
            total = first
            for arg in args[1:]:
                total = total * arg
            return total
        if head == "neg":
            return -first
        if head == "mixed":
            return first + args[1]
        if head == "div":
            return first / args[1]
        if head == "pow":
            return self._power(first, args[1])
        if head == "root":
            return self._root(first, args[1])
        if head in lib.functions:
            return lib.functions[head](first)
        return self._special(head, args)

    def _power(self, base: Any, exponent: Any) -> Any:
        if base == 0:
            if self.lib.real(exponent) > 0:
                return base
            raise ZeroDivisionError
        if abs(exponent) > MAX_MAGNITUDE:
            raise OverflowError
        real = self.lib.real(exponent)
        if self.lib.imaginary(exponent) == 0 and real == int(real):
            return base ** int(real)
        return base**exponent

    def _root(self, radicand: Any, degree: Any) -> Any:
        number = int(self.lib.real(degree))
        if degree != number or number < 2 or number > MAX_MAGNITUDE:
            raise ValueError
        if radicand == 0:
            return radicand
        one = self.lib.number(Fraction(1))
        real = self.lib.real(radicand)
        if self.lib.imaginary(radicand) == 0 and real < 0 and number % 2:
            return -((-radicand) ** (one / number))
        return radicand ** (one / number)

    def _special(self, head: str, args: list[Any]) -> Any:
        lib, first = self.lib, args[0]
        if head == "percent":
            return first / 100
        if head == "degree":
            return first * lib.pi / 180
        if head == "abs":
            return lib.number(Fraction(0)) + abs(first)
        if head == "factorial":
            return lib.gamma(first + 1)
        if head == "binom":
            top, low = args
            return lib.gamma(top + 1) / (lib.gamma(low + 1) * lib.gamma(top - low + 1))
        if head in {"cot", "sec", "csc"}:
            if head == "cot":
                return lib.functions["cos"](first) / lib.functions["sin"](first)
            return 1 / lib.functions["cos" if head == "sec" else "sin"](first)
        if lib.imaginary(first) == 0:
            real = lib.real(first)
            if head == "sgn":
                return lib.number(Fraction((real > 0) - (real < 0)))
            if head in {"floor", "ceil"} and abs(real) < MAX_MAGNITUDE:
                whole = int(real)
                low = whole - (real < whole)
                return lib.number(Fraction(low if head == "floor" else low + (low != real)))
            if head in {"max", "min"}:
                return (max if head == "max" else min)(args, key=lib.real)
        raise ValueError(head)


_UNDEFINED = (ArithmeticError, ValueError, KeyError, TypeError)


def _value(node: Wire, lib: Any, at: dict[str, Any], real: bool) -> tuple[Any, Any] | None:
    """(value, peak) of a tree at a point, or None where it is undefined (or not real)."""
    evaluation = Evaluation(lib, at)
    try:
        value = evaluation.of(node)
    except _UNDEFINED:
        return None
    if real and abs(lib.imaginary(value)) > 1e-9 * evaluation.peak:
        return None
    return value, evaluation.peak


def differ(gold: Wire, answer: Wire, names: tuple[str, ...], real: bool, constant: bool) -> bool:
    """Whether floats show that the two are different functions; False proves nothing.

    Args:
        gold, answer: wire trees.
        names: variables of both, sorted.
        real: points where the gold is not real do not count.
        constant: differences that are the same everywhere do not count (antiderivatives).
    """
    lib = Floats()
    offset: complex | None = None
    clear = 0
    for at in points(names):
        values: dict[str, Any] = {name: lib.number(value) for name, value in at.items()}
        left = _value(gold, lib, values, real)
        if left is None:
            continue
        right = _value(answer, lib, values, real)
        if right is None:
            continue
        difference = right[0] - left[0]
        peak = max(left[1], right[1])
        if constant:
            if offset is None:
                offset = difference
            difference -= offset
        if abs(difference) > FLOAT_MARGIN * peak:
            clear += 1
            if clear == 2 or not names:
                return True
    return False


def agree(
    gold: Wire, answer: Wire, names: tuple[str, ...], real: bool, constant: bool
) -> bool | None:
    """Whether the two agree at high precision; None if too few points decide.

    Arguments as for `differ`.
    """
    usable = matched = 0
    offset: tuple[Any, Any] | None = None
    for at in points(names):
        for digits in (200,) if constant else (50, 400) if not names else (50, 200):
            lib = _precise(digits)
            values = {name: lib.number(value) for name, value in at.items()}
            left = _value(gold, lib, values, real)
            if left is None:
                break
            right = _value(answer, lib, values, real)
            if right is None:
                usable += 1
                break
            difference = right[0] - left[0]
            unit = lib.context.mpf(10) ** (8 - digits)
            noise = unit * max(left[1], right[1])
            if constant:
                if offset is None:
                    offset = difference, noise
                difference, noise = difference - offset[0], max(noise, offset[1])
            if abs(difference) > noise:
                return False
            # What the gold's size is here; its own peak, not the answer's, tells when it is zero.
            # An answer that drowns the difference in large intermediate values proves nothing.
            scale = abs(left[0]) if abs(left[0]) > unit * left[1] else lib.context.mpf(1)
            clear = noise <= scale * lib.context.mpf(10) ** -CLEAR_DIGITS
            if digits > 50 or (clear and names):
                # Constants are always looked at twice: a term such as 10^-60 must not hide.
                usable += 1
                matched += bool(clear)
                break
        if not names:
            break
    needed = MIN_POINTS if names else 1
    if matched >= needed and 2 * matched >= usable:
        return True
    if usable >= needed:
        return False
    return None


MAX_PROOF_BITS = 1_000_000
"""Bits of a number that sympy may be made to write out."""
MAX_PROOF_FACTORIAL = 20_000


class Oversized(Exception):
    """Writing the expression for sympy would make it compute a number beyond all bounds."""


def prove(gold: Wire, answer: Wire) -> bool:
    """Whether sympy simplifies the difference to zero."""
    import sympy

    difference = _sympy(answer, sympy) - _sympy(gold, sympy)
    return bool(sympy.simplify(difference) == 0)


def _sympy(node: Wire, sympy: Any) -> Any:
    """A wire tree as a sympy expression, built from constructors only.

    Raises:
        Oversized: sympy would evaluate a number too large to write out.
    """
    head = node[0]
    if head == "num":
        value = Fraction(node[1])
        return sympy.Rational(value.numerator, value.denominator)
    if head == "sym":
        return sympy.Symbol(node[1], real=True)
    if head == "const":
        return {"pi": sympy.pi, "e": sympy.E, "i": sympy.I}[node[1]]
    args = [_sympy(arg, sympy) for arg in node[1:]]
    if head in {"add", "mixed"}:
        return sympy.Add(*args)
    if head == "mul":
        return sympy.Mul(*args)
    if head == "neg":
        return -args[0]
    if head == "div":
        return args[0] / args[1]
    if head == "pow":
        _require_bounded_power(*args)
        return sympy.Pow(*args)
    if head in {"factorial", "binom"} and any(
        arg.is_number and abs(arg) > MAX_PROOF_FACTORIAL for arg in args
    ):
        raise Oversized
    if head == "root":
        return sympy.real_root(*args) if args[1] % 2 else sympy.root(*args)
    if head == "percent":
        return args[0] / 100
    if head == "degree":
        return args[0] * sympy.pi / 180
    name = {
        "ln": "log", "abs": "Abs", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
        "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "binom": "binomial",
        "ceil": "ceiling", "max": "Max", "min": "Min", "sgn": "sign",
    }.get(head, head)  # fmt: skip
    if name not in _SYMPY_FUNCTIONS:
        raise ValueError(head)
    return getattr(sympy, name)(*args)


def _require_bounded_power(base: Any, exponent: Any) -> None:
    """Passes unless sympy would write out a power of a rational that is too long.

    Raises:
        Oversized: it would.
    """
    if not (base.is_Rational and exponent.is_Rational):
        return
    bits = max(abs(base.p), base.q).bit_length() - 1
    if bits and abs(exponent) * bits > MAX_PROOF_BITS:
        raise Oversized


_SYMPY_FUNCTIONS = frozenset(
    [
        "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "sinh", "cosh", "tanh",
        "asinh", "acosh", "atanh", "log", "Abs", "factorial", "binomial", "floor", "ceiling",
        "Max", "Min", "sign",
    ]
)  # fmt: skip


# -- the child process --------------------------------------------------------------------------

_LENGTH = struct.Struct(">I")
IDLE_CHECK_S = 2.0
"""How often an idle worker looks whether its parent still lives."""


def answer_request(request: dict[str, Any]) -> dict[str, Any]:
    """The reply to one request; the worker's whole vocabulary."""
    if request["do"] == "decide":
        gold, answer = request["gold"], request["answer"]
        names = tuple(request["names"])
        result = agree(gold, answer, names, request["real"], request["constant"])
        how = "probed"
        if result is None and not request["constant"]:
            result, how = prove(gold, answer), "simplified"
        return {"equal": bool(result), "how": how}
    if request["do"] == "prove":
        return {"equal": prove(request["gold"], request["answer"]), "how": "simplified"}
    return {"fault": f"unknown request {request['do']!r}"}


def _read(stream: int, size: int) -> bytes | None:
    data = b""
    while len(data) < size:
        chunk = os.read(stream, size - len(data))
        if not chunk:
            return None
        data += chunk
    return data


def _confine(memory: int) -> None:
    """Limits the address space to what is mapped now plus `memory` bytes (Linux)."""
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as statm:
            mapped = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (mapped + memory, mapped + memory))
    except (ImportError, OSError, ValueError):
        pass  # other systems: the deadline alone contains the worker


def _limit_processor_time(seconds: float) -> None:
    """Lets the kernel end this process after so many more seconds of processor time.

    A worker whose parent was killed in mid-question has nobody left to end it.
    """
    try:
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = math.ceil(used.ru_utime + used.ru_stime + seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    except (ImportError, OSError, ValueError):
        pass


def serve(stdin: int, stdout: int, parent: int, deadline: float, memory: int) -> None:
    """Answers length-prefixed JSON requests until end of file or the parent is gone."""
    import select

    # Imported before the memory limit: it is a limit on answers, not on libraries.
    import mpmath
    import sympy

    del mpmath, sympy
    # An interrupt from the terminal is the parent's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _confine(memory)
    os.write(stdout, _LENGTH.pack(2) + b"{}")
    while True:
        ready, _, _ = select.select([stdin], [], [], IDLE_CHECK_S)
        if not ready:
            if os.getppid() != parent:
                return
            continue
        header = _read(stdin, _LENGTH.size)
        body = _read(stdin, _LENGTH.unpack(header)[0]) if header else None
        if body is None:
            return
        _limit_processor_time(2 * deadline)
        try:
            reply = answer_request(json.loads(body))
        except MemoryError:
            reply = {"fault": "memory"}
        except RecursionError:
            reply = {"fault": "depth"}
        except Exception as error:  # noqa: BLE001 - reported to the parent, which decides
            reply = {"fault": type(error).__name__}
        data = json.dumps(reply).encode()
        os.write(stdout, _LENGTH.pack(len(data)) + data)


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    sys.path.extend(path for path in options["path"] if path not in sys.path)
    serve(0, 1, options["parent"], options["deadline"], options["memory"])
