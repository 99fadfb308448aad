"""Counting words, sentences and lines so that the count cannot be bent either way.

Every count has two readings. `few` is the least a strict reader would count: it decides whether a
minimum is reached, so hyphen chains, symbols, stuttered letters and one-word "sentences" do not
pad. `many` is the most: it decides whether a maximum is kept, so `gluing_words_together` and
ThisTrickToo do not save anything.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

LONG_WORD = 30
"""Letters: a longer word counts as several against a maximum, and as none towards a minimum."""
STUTTER = 4
"""A word of this many times the same letter is padding."""

_JOINERS = frozenset("-_/\\'’.·+&@:")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ABBREVIATIONS = frozenset((
    "mr", "mrs", "ms", "dr", "prof", "st", "no", "vs", "etc", "e.g", "i.e", "fig", "eq", "cf",
    "al", "approx", "dept", "est", "jr", "sr", "inc", "ltd", "co", "vol", "pp", "p", "ch",
    "sec", "ed", "u.s", "u.k"
))  # fmt: skip
# The look-behind keeps a long run of stops from being tried once per stop.
_STOP = re.compile(r"(?<![.!?。！？…])[.!?。！？…]++[\"'”’)\]]*+(?=\s|$)|[。！？]+|\n\s*\n")
_ANY_STOP = re.compile(r"(?<![.!?;。！？…])[.!?;。！？…]++[\"'”’)\]]*+(?=\s|$)|[。！？]+")


class _Letters(dict[int, int | str]):
    """A `str.translate` table filled on first use: letters stay, ideographs stand alone."""

    def __init__(self, joined: bool) -> None:
        super().__init__()
        self.joined = joined

    def __missing__(self, code: int) -> int | str:
        char = chr(code)
        kind = unicodedata.category(char)
        value: int | str = " "
        if _ideographic(code):
            value = f" {char} "
        elif kind[0] in "LNM" or (self.joined and char in _JOINERS) or code in (0x200C, 0x200D):
            value = code
        self[code] = value
        return value


_APART, _JOINED = _Letters(False), _Letters(True)


def _ideographic(code: int) -> bool:
    return (
        0x3040 <= code <= 0x30FF
        or 0x3400 <= code <= 0x4DBF
        or 0x4E00 <= code <= 0x9FFF
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x3FFFF
    )


def tokens(text: str) -> list[str]:
    """Words as read: runs of letters, digits and marks, joined by apostrophes and hyphens."""
    return [
        piece for raw in text.translate(_JOINED).split() if (piece := raw.strip("-_/\\'’.·+&@:"))
    ]


def few_words(text: str) -> int:
    """The least number of words: joined pieces are one, padding none."""
    return sum(_real(token) for token in tokens(text))


def many_words(text: str) -> int:
    """The greatest number of words: joined pieces apart, long words and CamelCase cut up."""
    total = 0
    for token in text.translate(_APART).split():
        humps = len(_HUMP.findall(token)) if not token.islower() else 0
        total += max(1, -(-len(token) // LONG_WORD), humps + 1 if humps > 2 else 1)
    return total


def _real(token: str) -> bool:
    if len(token) > LONG_WORD and "-" not in token:
        return False
    if not token.isalnum() and not any(char.isalnum() for char in token):
        return False
    return not (len(token) >= STUTTER and token.isalpha() and len(set(token.casefold())) == 1)


def sentences(text: str) -> list[str]:
    """Sentences, cut after full stops, question and exclamation marks, and at blank lines.

    Abbreviations (`Dr.`, `e.g.`) and single initials do not end one.
    """
    pieces: list[str] = []
    start = 0
    for stop in _STOP.finditer(text):
        piece = text[start : stop.end()].strip()
        last = text[max(start, stop.start() - 12) : stop.start()].rsplit(None, 1)
        word = last[-1].lstrip("(\"'“‘").casefold() if last else ""
        if stop.group()[0] == "." and (
            word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha())
        ):
            continue
        if piece:
            pieces.append(piece)
        start = stop.end()
    rest = text[start:].strip()
    return [*pieces, rest] if rest else pieces


def few_sentences(text: str) -> int:
    """The least number of sentences: each of at least two real words."""
    return sum(few_words(piece) >= 2 for piece in sentences(text))


def many_sentences(text: str) -> int:
    """The greatest number: every stop and every line end counts."""
    return sum(
        bool(piece.translate(_APART).split())
        for line in text.splitlines()
        for piece in _ANY_STOP.split(line)
    )


def lines(text: str, least_words: int = 0) -> int:
    """Non-blank lines with at least so many real words."""
    return sum(bool(line.strip()) and few_words(line) >= least_words for line in text.splitlines())


def paragraphs(text: str, least_words: int = 0) -> int:
    """Blocks between blank lines with at least so many real words."""
    return sum(bool(p.strip()) and few_words(p) >= least_words for p in re.split(r"\n\s*\n", text))


def few_characters(text: str) -> int:
    """The least number of characters: runs of blanks or of one symbol count once."""
    total = 0
    previous = ""
    for char in " ".join(text.split()):
        total += char.isalnum() or char != previous
        previous = char
    return total


def many_characters(text: str) -> int:
    """The greatest number: every character between the ends, joiners and marks too."""
    return len(text.strip())


def repeated_share(words: Sequence[str], n: int = 3) -> float:
    """The share of word n-grams that repeat an earlier one; 0 if there are none.

    Args:
        words: folded words in order.
        n: length of the n-grams.
    """
    count = len(words) - n + 1
    if count <= 0:
        return 0.0
    return 1.0 - len({tuple(words[i : i + n]) for i in range(count)}) / count


def longest_stutter(words: Sequence[str]) -> int:
    """The longest run of one word said again and again."""
    longest = run = 0
    previous = None
    for word in words:
        run = run + 1 if word == previous else 1
        previous, longest = word, max(longest, run)
    return longest
