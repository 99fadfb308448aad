"""Words as a reader sees them: letters of other alphabets that look Latin, spacing, leet digits.

Used where evasion must be caught (forbidden terms), never where a match earns a reward: a
look-alike may break a rule, it can never fulfil one.
"""

from __future__ import annotations

import unicodedata

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
_STROKES = frozenset("1!|")
_SYMBOLS = frozenset("@$!|")
MAX_STROKES = 3
"""Words with more of `1 ! |` than this are read with all of them as i, and all as l."""


def skeletons(text: str) -> list[frozenset[str]]:
    """The words of a text, each as the set of ways it can be read.

    Accents, joiners and case are dropped, look-alikes folded to Latin; in a word with letters,
    digits that stand for letters are folded too (`b4d`), `1 ! |` both as i and as l. A run of
    single letters (`b a d`, `b.a.d`) is one word more, added at its end.

    Args:
        text: what `plain_text` passed.
    Returns:
        One set per word, in order, with spelled-out words inserted.
    """
    readings: list[frozenset[str]] = []
    letters: list[str] = []
    for token in _tokens(text):
        forms = _readings(token)
        single = len(token) == 1
        if letters and not single:
            readings.extend(_spelled(letters))
            letters = []
        if single:
            letters.append(min(forms))
        readings.append(forms)
    readings.extend(_spelled(letters))
    return readings


def skeleton(term: str) -> tuple[frozenset[str], ...]:
    """A term to look for, read the same way; empty if nothing of it is a letter or digit."""
    return tuple(_readings(token) for token in _tokens(term))


def _spelled(letters: list[str]) -> list[frozenset[str]]:
    return [frozenset({"".join(letters)})] if len(letters) > 1 else []


def _tokens(text: str) -> list[str]:
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
    tokens: list[str] = []
    current: list[str] = []
    for char in text:
        if char.isalnum() or char in _SYMBOLS:
            current.append(char)
        elif char.isascii() or unicodedata.category(char) not in {"Mn", "Me", "Cf"}:
            if current:
                tokens.append("".join(current))
            current = []
    if current:
        tokens.append("".join(current))
    return [piece for token in tokens for piece in _with_parts(token)]


def _with_parts(token: str) -> list[str]:
    """The token, and what `@ $ ! |` inside it may only separate (`bob@site`, `$5`, `no!`)."""
    whole = token.rstrip("!|").lstrip("|")
    if not whole or _SYMBOLS.isdisjoint(whole):
        return [whole] if whole else []
    parts = "".join(" " if char in _SYMBOLS else char for char in whole).split()
    return [whole, *parts]


def _readings(token: str) -> frozenset[str]:
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
    strokes = sum(char in _STROKES for char in leet)
    forms = {""}
    if strokes > MAX_STROKES:
        forms = {leet.translate({ord(s): way for s in _STROKES}) for way in "il"}
    else:
        for char in leet:
            ways = "il" if char in _STROKES else char
            forms = {form + way for form in forms for way in ways}
    return frozenset(forms | {folded})


def _inner_capital(token: str) -> str:
    """`faIl` as a reader sees it: a capital I among small letters is an l."""
    return "".join(
        "l" if char == "I" and i else _LATIN.get(char.casefold(), char.casefold())
        for i, char in enumerate(token)
    )
