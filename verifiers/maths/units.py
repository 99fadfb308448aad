"""Units of measurement: names, dimensions and exact factors to a base unit.

A unit text such as `km/h`, `m/s^2`, `square metres` or `\\text{ cm}^2` becomes a dimension vector
and an exact factor. Words that are no known unit (`apples`) are kept as a unit of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from veragym.verifiers.faults import Unreadable

_TABLE = """
length m 1: m metre meter
length mm 1/1000: mm millimetre millimeter
length cm 1/100: cm centimetre centimeter
length dm 1/10: dm decimetre decimeter
length km 1000: km kilometre kilometer
length um 1/1000000: μm um micrometre micrometer
length nm 1/1000000000: nm nanometre nanometer
length in 127/5000: in inch inche
length ft 381/1250: ft foot feet
length yd 1143/1250: yd yard
length mi 201168/125: mi mile
mass g 1: g gram gramme
mass mg 1/1000: mg milligram
mass kg 1000: kg kilogram kilo
mass t 1000000: t tonne
mass lb 45359237/100000: lb pound
mass oz 45359237/1600000: oz ounce
time s 1: s sec second
time ms 1/1000: ms millisecond
time min 60: min minute
time h 3600: h hr hour
time day 86400: d day
time week 604800: week wk
time year 31557600: year yr
volume l 1: l L litre liter
volume ml 1/1000: ml mL millilitre milliliter
volume cl 1/100: cl cL centilitre centiliter
volume dl 1/10: dl dL decilitre deciliter
angle deg 1: deg degree °
angle rad 0: rad radian
temperature K 1: K kelvin
temperature celsius 1: C celsius centigrade
temperature fahrenheit 5/9: F fahrenheit
money dollar 1: $ dollar usd
money cent 1/100: ¢ cent c
money euro 0: € euro eur
money gbp 0: £ gbp
ratio percent 1/100: % percent
information B 1: B byte
information kB 1000: kB kilobyte
information MB 1000000: MB megabyte
information GB 1000000000: GB gigabyte
information bit 1/8: bit
speed mph 1397/3125: mph
speed km/h 5/18: kmh kph kmph
"""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: sorted (dimension, exponent) pairs and the factor to the base units.

    `zero` is where its scale begins, in base units: 0 but for degrees Celsius and Fahrenheit
    standing alone (in J/°C they measure differences).
    """

    dimension: tuple[tuple[str, int], ...]
    factor: Fraction
    zero: Fraction = Fraction(0)


def _named_units() -> dict[str, tuple[str, Fraction]]:
    units: dict[str, tuple[str, Fraction]] = {}
    for line in _TABLE.strip().splitlines():
        head, names = line.split(": ")
        dimension, name, factor = head.split()
        scale = Fraction(factor)
        if not scale:  # a dimension of its own: not convertible into the others
            dimension, scale = name, Fraction(1)
        for synonym in names.split():
            units[synonym] = (dimension, scale)
    return units


_UNITS = _named_units()
_ZEROS = {"C": Fraction(27315, 100), "F": Fraction(45967, 180)}
"""Zero of the temperature scales, in kelvins."""
_DERIVED = {
    "volume": ({"length": 3}, Fraction(1, 1000)),
    "speed": ({"length": 1, "time": -1}, Fraction(1)),
}
_PIECE = re.compile(
    r"([*/·]|per\b)?\s*([^\W\d_]+|[$°€£%¢])\s*(?:(?:(?:\^|\*\*)\s*)?\{?\s*(-?\d)\s*\}?)?\s*"
)
_TEXT = re.compile(r"\\(?:text|mathrm|mbox|textrm|operatorname)\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_TEMPERATURE = re.compile(
    r"(?:°|\bdeg(?:rees?)?\b)?\s*\b(?:(C|Celsius|centigrade)|(F|Fahrenheit))\b", re.IGNORECASE
)
_POWERS = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_AFTER = {"squared": 2, "cubed": 3}


def _known(word: str) -> tuple[str, Fraction] | None:
    lower = word.lower()
    for name in (word, lower, lower.removesuffix("s"), lower.removesuffix("es")):
        if name in _UNITS:
            return _UNITS[name]
    return None


def is_unit(word: str) -> bool:
    """Whether a word names a unit of the table or a part of a unit's name."""
    return word.lower() in {*_POWERS, *_AFTER, "per"} or _known(word) is not None


def _lookup(word: str) -> tuple[str, Fraction]:
    return _known(word) or (f"word {word.lower().removesuffix('s')}", Fraction(1))


def read_unit(text: str) -> Unit:
    """The unit a text names.

    Raises:
        Unreadable: it is not the name of a unit.
    """
    text = _TEXT.sub(r" \1 ", text)
    text = text.replace("^\\circ", "°").replace("^{\\circ}", "°").replace("\\circ", "°")
    for old, new in (
        ("\\cdot", "*"),
        ("\\%", "%"),
        ("\\$", "$"),
        ("\\,", " "),
        ("~", " "),
        ("\\", " "),
    ):
        text = text.replace(old, new)
    text = text.replace("{", "").replace("}", "").strip().strip(".()")
    text = _TEMPERATURE.sub(_temperature, text)
    dimension: dict[str, int] = {}
    factor, position, prefix = Fraction(1), 0, 1
    words: list[tuple[str, int]] = []
    divided = False
    while position < len(text):
        found = _PIECE.match(text, position)
        if not found or len(words) > 6:
            raise Unreadable("the unit of the answer cannot be read")
        position = found.end()
        sign, word, exponent = found.groups()
        if sign in {"/", "per"} or word == "per":
            divided = True
            if word == "per":
                continue
        if word.lower() in _POWERS:
            prefix = _POWERS[word.lower()]
            continue
        if word.lower() in _AFTER and words:
            words[-1] = (words[-1][0], words[-1][1] * _AFTER[word.lower()])
            continue
        power = int(exponent or 1) * prefix * (-1 if divided else 1)
        words.append((word, power))
        prefix = 1
    if not words:
        raise Unreadable("the unit of the answer cannot be read")
    for word, power in words:
        name, scale = _lookup(word)
        factor *= scale**power
        parts, more = _DERIVED.get(name, ({name: 1}, Fraction(1)))
        factor *= more**power
        for part, count in parts.items():
            dimension[part] = dimension.get(part, 0) + count * power
    alone = words[0][0] if len(words) == 1 and words[0][1] == 1 else ""
    zero = _ZEROS.get(alone, Fraction(0))
    return Unit(tuple(sorted((d, n) for d, n in dimension.items() if n)), factor, zero)


def _temperature(found: re.Match[str]) -> str:
    """`C` or `F` for a temperature scale; a bare small `c` stays what it is, a cent."""
    text = found.group()
    if text in {"c", "f"}:
        return text
    return " C " if found.group(1) else " F "


def conversion(given: Unit, wanted: Unit) -> tuple[Fraction, Fraction]:
    """(factor, shift): a number in the given unit, times factor plus shift, is in the wanted one.

    The two must be of one dimension.
    """
    return given.factor / wanted.factor, (given.zero - wanted.zero) / wanted.factor
