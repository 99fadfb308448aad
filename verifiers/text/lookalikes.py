"""Words as a reader sees them: letters of other alphabets that look Latin, spacing, leet digits.

Used where evasion must be caught (forbidden terms), never where a match earns a reward: a
look-alike may break a rule, it can never fulfil one.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

_LATIN = {
    "а": "a", "в": "b", "с": "c", "ԁ": "d", "е": "e", "ё": "e", "һ": "h", "н": "h", "і": "i",
    "ї": "i", "ј": "j", "к": "k", "ӏ": "l", "м": "m", "о": "o", "р": "p", "ԛ": "q", "ѕ": "s",
    "т": "t", "у": "y", "ѵ": "v", "ԝ": "w", "х": "x",
    "α": "a", "β": "b", "ϲ": "c", "ε": "e", "η": "n", "ι": "i", "κ": "k", "ν": "v", "ο": "o",
    "ρ": "p", "τ": "t", "υ": "u", "χ": "x", "γ": "y", "ω": "w", "ζ": "z", "μ": "u",
    "օ": "o", "ո": "n", "ս": "u", "ց": "g", "հ": "h", "յ": "j",
    "ı": "i", "ɩ": "i", "ɑ": "a", "ɡ": "g", "ɢ": "g", "ʀ": "r", "ɴ": "n", "ʟ": "l", "ꜱ": "s",
    "ᴀ": "a", "ʙ": "b", "ᴄ": "c", "ᴅ": "d", "ᴇ": "e", "ꜰ": "f", "ʜ": "h", "ɪ": "i", "ᴊ": "j",
    "ᴋ": "k", "ᴍ": "m", "ᴏ": "o", "ᴘ": "p", "ᴛ": "t", "ᴜ": "u", "ᴠ": "v", "ᴡ": "w", "ʏ": "y",
    "ᴢ": "z", "ø": "o", "đ": "d", "ħ": "h", "ł": "l", "ŧ": "t", "ß": "ss", "æ": "ae", "œ": "oe",
}  # fmt: skip
# Seen as capitals: Greek and Cyrillic capitals look Latin where their small letters do not.
_CAPITALS = {"Η": "h", "Ν": "n", "Ρ": "p", "Υ": "y", "Χ": "x", "Μ": "m", "Β": "b", "З": "z"}
_LEET = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s"}
_DROPPED = frozenset(("Mn", "Me", "Cf"))
_STROKE = re.compile("[1!|]")
_SYMBOLS = frozenset("@$!|")
_ASCII_TOKEN = re.compile("[0-9A-Za-z@$!|]+")
MAX_STROKES = 3
"""Words with more of `1 ! |` than this are read with all of them as i, and all as l."""


Skeleton = frozenset[str]
"""The ways in which one word can be read."""


@dataclass(frozen=True)
class Reading:
    """One way of cutting a text into words.

    Attributes:
        words: the words, in order.
        glued: the same as one string without blanks.
        ends: where in `glued` a word begins or ends.
        spelled: spans of `glued` that are runs of single letters (`b a d`, `b.a.d`).
    """

    words: Sequence[Skeleton]
    glued: str
    ends: frozenset[int]
    spelled: Sequence[tuple[int, int]]

    def holds(self, term: Sequence[Skeleton], open_end: bool) -> bool:
        """Whether the term stands between word boundaries, spelled out or not."""
        if _found(self.words, term, open_end):
            return True
        if not self.spelled:
            return False
        joined = "".join(map(_plainest, term))
        at = self.glued.find(joined)
        while at >= 0:
            stop = at + len(joined)
            if {at, stop} <= self.ends:
                # Only where spelling out is at work: "maybe" is not "may be".
                i = bisect_left(self.spelled, (at, 0))
                near = self.spelled[max(i - 1, 0) : i + 1]
                if any(start < stop and at < end for start, end in near):
                    return True
            at = self.glued.find(joined, at + 1)
        return False


@dataclass(frozen=True)
class Seen:
    """A text as its reader sees it, in the ways it can be cut into words."""

    readings: Sequence[Reading]

    def holds(self, term: Sequence[Skeleton], open_end: bool = False) -> bool:
        """Whether a term (see `skeleton`) stands in the text.

        Args:
            term: words to find, one after the other; an empty term is never found.
            open_end: whether the last word may go on.
        """
        return bool(term) and any(reading.holds(term, open_end) for reading in self.readings)


def as_seen(text: str) -> Seen:
    """The words of a text as a reader sees them.

    Accents, joiners and case are dropped, look-alikes folded to Latin; in a word with letters,
    digits and signs that stand for letters are folded too (`b4d`, `b@d`), `1 ! |` both as i and as
    l. The signs are also read as separators (`bob@site`).

    Args:
        text: what `plain_text` passed.
    """
    cuts = [_tokens(text)]
    if any(sign in text for sign in _SYMBOLS):
        cuts.append(_tokens("".join(" " if char in _SYMBOLS else char for char in text)))
    return Seen([_reading(tokens) for tokens in cuts])


def _reading(tokens: Sequence[str]) -> Reading:
    words = [_readings(token) for token in tokens]
    forms = [_plainest(word) for word in words]
    ends = [0, *accumulate(map(len, forms))]
    spelled: list[tuple[int, int]] = []
    first = 0
    for i in range(len(tokens) + 1):
        if i == len(tokens) or len(tokens[i]) > 1:
            if i - first > 1:
                spelled.append((ends[first], ends[i]))
            first = i + 1
    return Reading(words, "".join(forms), frozenset(ends), spelled)


def _plainest(ways: Skeleton) -> str:
    """One way to read a word: in letters, if there is one."""
    return min(ways, key=lambda form: (not form.isalpha(), form))


def skeleton(term: str) -> tuple[Skeleton, ...]:
    """A term to look for, read the same way; empty if nothing of it is a letter or digit."""
    return tuple(_readings(token) for token in _tokens(term))


def latin(text: str) -> str:
    """The text with accents dropped and look-alikes in Latin letters, everything else kept."""
    if text.isascii():
        return text
    bare = unicodedata.normalize("NFKD", text)
    return "".join(
        _LATIN.get(char.casefold(), char)
        for char in bare
        if char.isascii() or unicodedata.category(char) not in _DROPPED
    )


def _found(words: Sequence[Skeleton], term: Sequence[Skeleton], open_end: bool) -> bool:
    last = len(term) - 1
    beginnings = tuple(term[last])
    for start in range(len(words) - last):
        if (last or not open_end) and words[start].isdisjoint(term[0]):
            continue
        if all(
            any(form.startswith(beginnings) for form in words[start + i])
            if open_end and i == last
            else not words[start + i].isdisjoint(want)
            for i, want in enumerate(term)
        ):
            return True
    return False


def _tokens(text: str) -> list[str]:
    tokens = _ASCII_TOKEN.findall(text) if text.isascii() else _other_tokens(text)
    # A "!" at the end is punctuation.
    return [whole for token in tokens if (whole := token.rstrip("!|").lstrip("|"))]


def _other_tokens(text: str) -> list[str]:
    tokens: list[str] = []
    current: list[str] = []
    for char in unicodedata.normalize("NFKD", text):
        if char.isalnum() or char in _SYMBOLS:
            current.append(char)
        elif char.isascii() or unicodedata.category(char) not in _DROPPED:
            if current:
                tokens.append("".join(current))
            current = []
    if current:
        tokens.append("".join(current))
    return tokens


def _readings(token: str) -> frozenset[str]:
    if token.islower() and token.isascii() and token.isalpha():
        return frozenset({token})  # what most words are
    capitals = token.isupper()
    folded = "".join(
        (_CAPITALS.get(char) if capitals else None) or _LATIN.get(low, low)
        for char in token
        for low in (char.casefold(),)
    )
    if folded.isalpha():
        doubtful = not capitals and "I" in token[1:]
        return frozenset({folded, _inner_capital(token)}) if doubtful else frozenset({folded})
    if not any(char.isalpha() for char in folded):
        return frozenset({folded})
    leet = "".join(_LEET.get(char, char) for char in folded)
    pieces = _STROKE.split(leet)
    if len(pieces) - 1 > MAX_STROKES:
        forms = {way.join(pieces) for way in "il"}
    else:
        forms = {pieces[0]}
        for piece in pieces[1:]:
            forms = {form + way + piece for form in forms for way in "il"}
    return frozenset(forms | {folded})


def _inner_capital(token: str) -> str:
    """`faIl` as a reader sees it: a capital I among small letters is an l."""
    return "".join(
        "l" if char == "I" and i else _LATIN.get(char.casefold(), char.casefold())
        for i, char in enumerate(token)
    )
