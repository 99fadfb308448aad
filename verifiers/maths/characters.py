"""Unicode to the ASCII and LaTeX that the reader understands.

Typographic signs with one meaning (minus, times, root, pi, superscripts, vulgar fractions) become
their LaTeX. What can make a text look other than it reads is refused instead of guessed at:
digits of other scripts, direction marks, invisible and control characters.
"""

from __future__ import annotations

import re
import unicodedata

from veragym.verifiers.faults import Unreadable

_SUPERSCRIPT = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ", "0123456789+-=()n"))
_SUBSCRIPT = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789"))
_SIGNS = {
    "\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\ufe63": "-",
    "×": r"\times ", "✕": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "∙": r"\cdot ",
    "÷": r"\div ", "∕": "/", "⁄": "/", "√": r"\sqrt ", "∛": r"\cbrt ", "π": r"\pi ",
    "∞": r"\infty ", "≤": r"\le ", "⩽": r"\le ", "≥": r"\ge ", "⩾": r"\ge ", "≠": r"\ne ",
    "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ", "∅": r"\emptyset ", "±": r"\pm ",
    "∑": r"\sum ", "∫": r"\int ", "∏": r"\prod ", "°": r"^\circ ", "′": "'",
    "\u00a0": " ", "\u2009": r"\,", "\u202f": r"\,", "\u2007": r"\,", "\u2002": " ",
    "\u2003": " ", "\u3000": " ", "’": "'", "‘": "'", "“": '"', "”": '"', "＝": "=",
    "µ": "μ", "ℝ": r"\mathbb{R}", "ⅈ": "i", "ⅇ": "e", "⟨": r"\langle ", "⟩": r"\rangle ",
    "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ",
}  # fmt: skip
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "θ": "theta",
    "λ": "lambda", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "ϕ": "phi", "ω": "omega",
}  # fmt: skip
_SIGNS.update({sign: f"\\{name} " for sign, name in _GREEK.items()})
_VULGAR = {
    sign: "\\frac{" + unicodedata.normalize("NFKC", sign).replace("⁄", "}{") + "}"
    for sign in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
}
_KEEP = frozenset("£€¥₹Ωμ…ℓåÅ")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SUPER_RUN = re.compile("[" + "".join(_SUPERSCRIPT) + "]+")
_SUB_RUN = re.compile("[" + "".join(_SUBSCRIPT) + "]+")


def legible(text: str) -> str:
    """The text in ASCII and LaTeX, letters of other scripts kept.

    Raises:
        Unreadable: it holds digits of another script, or invisible or control characters.
    """
    if _CONTROL.search(text):
        raise Unreadable("the answer holds control characters; send plain text")
    if text.isascii():
        return text
    text = _SUPER_RUN.sub(
        lambda run: "^{" + "".join(_SUPERSCRIPT[c] for c in run.group()) + "}", text
    )
    text = _SUB_RUN.sub(lambda run: "_{" + "".join(_SUBSCRIPT[c] for c in run.group()) + "}", text)
    pieces = []
    for char in text:
        if char.isascii() or char in _KEEP:
            pieces.append(char)
        elif char in _SIGNS:
            pieces.append(_SIGNS[char])
        elif char in _VULGAR:
            pieces.append(_VULGAR[char])
        elif char.isalpha():
            pieces.append(char)
        elif char.isdigit() or char.isnumeric():
            raise Unreadable(f"write digits as 0-9; the answer holds U+{ord(char):04X}")
        elif unicodedata.category(char) in {"Cf", "Cc", "Cs", "Co", "Cn"}:
            raise Unreadable(f"the answer holds the invisible character U+{ord(char):04X}")
        else:
            pieces.append(char)
    return "".join(pieces)
