"""Cuts LaTeX or plain mathematics into tokens, in one linear pass.

Dressing that carries no meaning (`\\left`, `\\,`, `\\displaystyle`, `\\text{…}` around words) goes
here, so that the reader in `syntax` never sees it.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from veragym.verifiers.faults import Unreadable
from veragym.verifiers.maths.characters import legible
from veragym.verifiers.maths.vocabulary import IGNORED, OPS, SAME

MAX_CHARS = 32_768
"""Longest answer that is read; a 2,000-element set fits."""
MAX_TOKENS = 16_384
MAX_DIGITS = 1_000
"""Digits in one numeral; Python's own limit on reading integers is 4,300."""


class Token(NamedTuple):
    """kind: num, word, cmd (name without backslash), begin, end (of an environment), op, stop."""

    kind: str
    text: str
    spaced: bool
    """White space stood before it."""


_WRAPPED = re.compile(
    r"\\(?:text|mathrm|textrm|mbox|hbox|operatorname\*?|mathbf|textbf|mathit|textit|mathsf|textsf"
    r"|boldsymbol|bm|mathnormal|mathop)\s*\{([^{}]*)\}"
)
_BLACKBOARD = re.compile(r"\\mathbb\s*(?:\{\s*R\s*\}|R)")
_DIGIT_GAP = re.compile(r"(?<=\d)(?:\{,\}|\\,|\\!)(?=\d{3}(?!\d))")
_REPEATING = re.compile(
    r"(?<![\d.])(\d{0,50})\.(\d{0,50})\\(?:overline|bar)\s*\{\s*(\d{1,50})\s*\}", re.ASCII
)
_TOKEN = re.compile(
    r"(?P<space>(?:\s|~|\\[,;:!> ]|\\q?quad(?![A-Za-z])|\\displaystyle(?![A-Za-z]))+)"
    r"|(?P<num>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+(?![\w.]))?)"
    r"|\\(?P<env>begin|end)\s*\{(?P<name>[A-Za-z*]{1,16})\}"
    r"|\\(?P<cmd>[A-Za-z]+|[{}%$|\\&#_])"
    r"|(?P<word>[^\W\d_]+)"
    r"|(?P<op>\*\*|<=|>=|!=|==|[-+*/^_=<>()\[\]{}|,;:!%&'])"
)


def repeating(whole: str, fixed: str, cycle: str) -> Fraction:
    """The value of whole.fixed with `cycle` repeated for ever."""
    scale = 10 ** len(fixed)
    return Fraction(int((whole or "0") + fixed), scale) + Fraction(
        int(cycle), scale * (10 ** len(cycle) - 1)
    )


def _as_fraction(found: re.Match[str]) -> str:
    value = repeating(*found.groups())
    if value.denominator == 1:
        return f"{{{value}}}"
    return f"{{\\frac{{{value.numerator}}}{{{value.denominator}}}}}"


def tokenise(text: str) -> list[Token]:
    """The tokens of an answer, closed by one of kind `stop`.

    Raises:
        Unreadable: too long, or it holds something that is no mathematics.
    """
    if len(text) > MAX_CHARS:
        raise Unreadable(f"the answer has {len(text)} characters; at most {MAX_CHARS} are read")
    text = legible(text)
    if "\\" in text:
        text = _REPEATING.sub(_as_fraction, text)
        text = _BLACKBOARD.sub(r"\\reals ", text)
        text = _WRAPPED.sub(r" \1 ", text)
        text = _DIGIT_GAP.sub("", text)
    elif "{,}" in text:
        text = _DIGIT_GAP.sub("", text)
    tokens: list[Token] = []
    position, spaced, size = 0, False, len(text)
    match = _TOKEN.match
    while position < size:
        found = match(text, position)
        if found is None:
            raise Unreadable(f"{text[position]!r} cannot be read in an answer")
        position = found.end()
        kind = found.lastgroup
        if kind == "space":
            spaced = True
            continue
        piece = found.group(kind or 0)
        if kind == "name":
            kind = found.group("env")
        elif kind == "cmd":
            if piece in IGNORED:
                spaced = True
                continue
            piece = SAME.get(piece, piece)
            if piece in {"<", ">", "|", "[", "]", "(", ")", "*", ":"}:
                kind = "op"
        elif kind == "op":
            piece = OPS.get(piece, piece)
        elif kind == "num" and len(piece) > MAX_DIGITS:
            raise Unreadable(
                f"a numeral has {len(piece)} characters; at most {MAX_DIGITS} are read"
            )
        tokens.append(Token(kind or "op", piece, spaced))
        spaced = False
        if len(tokens) > MAX_TOKENS:
            raise Unreadable(f"the answer has more than {MAX_TOKENS} symbols")
    tokens.append(Token("stop", "", spaced))
    return tokens
