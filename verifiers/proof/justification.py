"""Reads what stands beside a line of a proof: the rule, and the lines it is applied to.

`→E 1, 2`, `2,1 MP`, `-> elim 1 2`, `∨E 1, 2-4, 5-7`, `and introduction: lines 3 and 4`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Citation = int | tuple[int, int]
"""A line, or the first and last line of a subproof."""

MAX_CHARS = 200
MAX_CITATIONS = 8

_CONNECTIVES = {
    "∧": ("∧", "&", "&&", "/\\", "^", "and", "conj", "conjunction", "\\land", "\\wedge"),
    "∨": ("∨", "|", "||", "\\/", "or", "disj", "disjunction", "\\lor", "\\vee"),
    "→": ("→", "->", "=>", "⊃", "⇒", "imp", "implies", "implication", "if", "conditional",
          "\\to", "\\rightarrow"),
    "¬": ("¬", "~", "!", "not", "neg", "negation", "\\neg", "\\lnot"),
    "↔": ("↔", "<->", "<=>", "≡", "⇔", "iff", "biconditional", "\\leftrightarrow", "\\iff"),
    "∀": ("∀", "forall", "all", "universal", "\\forall"),
    "∃": ("∃", "exists", "some", "existential", "\\exists"),
    "=": ("=", "eq", "equality", "identity", "id"),
    "⊥": ("⊥", "_|_", "bot", "false", "falsum", "\\bot"),
}  # fmt: skip
_OTHERS = {
    "premise": ("premise", "prem", "premiss", "pr", "p", "given"),
    "assumption": ("assumption", "assume", "as", "ass", "assum", "hyp", "hypothesis",
                   "supposition", "suppose"),
    "fresh": ("fresh", "flag", "arbitrary", "fresh name", "new name", "eigenvariable"),
    "R": ("r", "reit", "reiteration", "reiterate", "repeat", "copy"),
    "→E": ("mp", "modus ponens"),
    "→I": ("cp", "conditional proof", "deduction"),
    "¬E": ("contradiction", "⊥i", "⊥ intro", "⊥ introduction"),
    "⊥E": ("x", "explosion", "efq", "ex falso", "ex falso quodlibet"),
    "RAA": ("raa", "reductio", "reductio ad absurdum", "ip", "indirect proof", "pbc",
            "proof by contradiction"),
    "DNE": ("dne", "dn", "¬¬e", "¬¬ elim", "~~e", "double negation", "double negation elimination"),
    "LEM": ("lem", "tnd", "excluded middle", "law of excluded middle"),
    "=I": ("refl", "reflexivity"),
    "=E": ("subst", "substitution", "leibniz"),
    "∀E": ("ui", "instantiation", "universal instantiation"),
    "∀I": ("ug", "generalisation", "generalization", "universal generalisation",
           "universal generalization"),
    "∃I": ("eg", "existential generalisation", "existential generalization"),
    "∃E": ("ei", "existential instantiation"),
}  # fmt: skip
_I = ("i", "intro", "introduction", "in")
_E = ("e", "elim", "elimination", "el", "er")


def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for sign, spellings in _CONNECTIVES.items():
        for spelling in spellings:
            for suffixes, kind in ((_I, "I"), (_E, "E")):
                for suffix in suffixes:
                    found[_plain(f"{spelling} {suffix}")] = sign + kind
    found.update({_plain(f"∨ {suffix}"): "∨I" for suffix in ("il", "ir", "i left", "i right")})
    for rule, spellings in _OTHERS.items():
        found.update({_plain(spelling): rule for spelling in spellings})
    # `⊥ introduction` is another name of ¬E: it draws ⊥ from a formula and its negation.
    found.update({name: "¬E" for name, rule in found.items() if rule == "⊥I"})
    return found


def _plain(name: str) -> str:
    """A rule's name without case, spaces and hyphens (the hyphen of an arrow stays)."""
    return re.sub(r"\s+|-(?![>])|_(?!\|)(?<!\|_)", "", name.strip().lower())


_NAMES = _names()
RULES = frozenset(_NAMES.values())

_CITES = re.compile(r"\s*(?:([0-9]{1,6}(?![0-9]))|([-–—]|to\b|\.\.)|([,;&+()]|and\b))")
_LEAD = re.compile(r"(?:by|using|rule)\b\s*|[:;—]\s*", re.IGNORECASE)
_FILLER = re.compile(r"(?:\s|\b)(?:on|from|of|lines?|steps?|to)\b\s*\Z", re.IGNORECASE)
_DIGIT = re.compile(r"[0-9]")


@dataclass(frozen=True, slots=True)
class Justification:
    """A rule by its canonical name (one of `RULES`) and what it is applied to, in order."""

    rule: str
    cites: tuple[Citation, ...]


def read_justification(text: str) -> Justification | None:
    """The justification that the text is; None if it is none."""
    if len(text) > MAX_CHARS:
        return None
    text = text.strip()
    while lead := _LEAD.match(text):
        text = text[lead.end() :]
    if text[:1] + text[-1:] in {"[]", "()", "{}"}:
        text = text[1:-1].strip()
        while lead := _LEAD.match(text):
            text = text[lead.end() :]
    digit = _DIGIT.search(text)
    if digit is None:
        name, numbers = text, ""
    elif digit.start() == 0:
        last = max(place for place, char in enumerate(text) if char in "0123456789")
        name, numbers = text[last + 1 :].lstrip(" ,:;"), text[: last + 1]
    else:
        name, numbers = text[: digit.start()], text[digit.start() :]
        while True:
            name = name.rstrip(" \t,:;(")
            shorter = _FILLER.sub("", name)
            if shorter == name:
                break
            name = shorter
    rule = _NAMES.get(_plain(name))
    cites = _citations(numbers)
    if rule is None or cites is None:
        return None
    return Justification(rule, cites)


def _citations(text: str) -> tuple[Citation, ...] | None:
    """The lines and ranges named; None if the text is anything else."""
    found: list[Citation] = []
    position, ranging = 0, False
    end = len(text.rstrip())
    while position < end:
        match = _CITES.match(text, position)
        if not match:
            return None
        number, dash, _ = match.groups()
        if number:
            if ranging:
                first = found.pop()
                if isinstance(first, tuple):
                    return None
                found.append((first, int(number)))
                ranging = False
            else:
                found.append(int(number))
        elif ranging:
            return None
        elif dash:
            if not found or isinstance(found[-1], tuple):
                return None
            ranging = True
        position = match.end()
    if ranging or len(found) > MAX_CITATIONS:
        return None
    return tuple(found)
