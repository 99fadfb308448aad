"""Declared normalisation: which differences between two texts do not count.

Every step is an option, off by default. The steps avoid merging different values: unlike plain
NFKC, superscripts and fractions keep apart (`10²` is not `102`); unlike "remove all punctuation",
a sign, a decimal point, `(1, 2)`, `5!`, `C#` and `don't` survive.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from veragym.verifiers.text.contract import check_choice

_SAFE_TAGS = frozenset(
    [
        "<wide>",
        "<narrow>",
        "<font>",
        "<noBreak>",
        "<initial>",
        "<medial>",
        "<final>",
        "<isolated>",
        "<small>",
        "<vertical>",
        "<compat>",
    ]
)
PASSES = 8
"""Dropping one mark may lay another bare (`0'"A`); more than this many layers are left."""

_ARTICLE = re.compile(r"(?:a|an|the)\s+(?=\S)", re.IGNORECASE)
_QUOTES = str.maketrans({"‘": "'", "’": "'", "‛": "'", "“": '"', "”": '"', "„": '"'})
_MARKS = r"""!"'()\[\]{},.:;?¡¿…«»‹›、。，；：？！「」『』（）"""
_OPENING = r"""!"'()\[\]{};?¡¿«»‹›「」『』（）"""
_LETTER = r"[^\W\d_]"
# Brackets and "!" beside digits and signs belong to the value: (1, 2) is not [1, 2], 5! not 5.
_APART = re.compile(
    rf"(?<![\w{_OPENING}])[{_OPENING}]+(?={_LETTER})"  # before a word
    rf"|(?<={_LETTER})[{_MARKS}]+(?!\w)"  # after a word
    r"""|(?<=\d)["',.:;?…、。，；：？]+(?!\w)"""  # after a number
    r"""|(?<!\w)["',.:;?…«»‹›、。，；：？]+(?!\w)"""  # standing alone
    r"""|(?<!\w)["'«‹]+(?=\d)"""  # before a number
)


@dataclass(frozen=True)
class Normal:
    """A normalisation, applied to gold and answer alike.

    Attributes:
        unicode: `keep`; `NFC`, which joins letters and their accents; or `NFKC`, which also folds
            full-width, ligature, font and presentation forms, but not superscripts, subscripts,
            fractions or circled digits, which would become other numbers.
        case: whether case is folded.
        whitespace: `keep`, `strip` the ends, or `collapse` every run to one blank as well.
        punctuation: whether sentence punctuation, quotes and brackets around words are dropped,
            and curly quotes made straight. Signs, decimal points, brackets beside numbers,
            apostrophes inside words and `# % & * + - / @` stay.
        articles: whether one leading English article (a, an, the) is dropped.

    Raises:
        OptionError: a value not listed here.
    """

    unicode: Literal["keep", "NFC", "NFKC"] = "keep"
    case: bool = False
    whitespace: Literal["keep", "strip", "collapse"] = "keep"
    punctuation: bool = False
    articles: bool = False

    def __post_init__(self) -> None:
        check_choice("unicode", self.unicode, ("keep", "NFC", "NFKC"))
        check_choice("whitespace", self.whitespace, ("keep", "strip", "collapse"))
        for name in ("case", "punctuation", "articles"):
            check_choice(name, getattr(self, name), (True, False))

    def __call__(self, text: str) -> str:
        """The text in normal form; linear in its length for text that `plain_text` passed."""
        if self.unicode == "NFKC" and not text.isascii():
            text = "".join([char if char.isascii() else _compatible(char) for char in text])
        if self.case:
            text = text.casefold()
        if self.unicode != "keep" and not text.isascii():
            text = unicodedata.normalize("NFC", text)
        if self.punctuation:
            text = text.translate(_QUOTES)
            for _ in range(PASSES):
                before, text = text, _APART.sub(" ", text)
                if text == before:
                    break
        if self.whitespace != "keep":
            text = text.strip()
        if self.whitespace == "collapse" or self.punctuation:
            text = " ".join(text.split())
        if self.articles:
            article = _ARTICLE.match(text)
            text = text[article.end() :] if article else text
        return text


WORDING = Normal("NFKC", case=True, whitespace="collapse", punctuation=True, articles=True)
"""Everything on: for short answers in words."""


@lru_cache(maxsize=1 << 14)
def _compatible(char: str) -> str:
    decomposed = unicodedata.decomposition(char)
    tag = decomposed.partition(" ")[0]
    if not tag.startswith("<") or tag not in _SAFE_TAGS:
        return char
    return unicodedata.normalize("NFKC", char)
