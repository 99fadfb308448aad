"""Constraints on language: how long, which words, which case, which script.

Every count is taken in the reading that is hardest to bend (`segments`), forbidden words are looked
for as a reader sees them (`lookalikes`), and padding with repetitions never reaches a minimum.
Keeping the constraints proves nothing about the content: see the rule about form in `contract`.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.verdict import Verdict, graded
from veragym.core.verifier import Judgeable, Verifier
from veragym.verifiers.text import segments
from veragym.verifiers.text.contract import (
    Judge,
    TaskFault,
    TextVerifier,
    conclusion,
    finite,
    not_endless,
    public,
    secret,
)
from veragym.verifiers.text.lookalikes import as_seen, skeleton
from veragym.verifiers.text.normal import Normal

Test = Callable[[str], str]
"""From a text to what is wrong with it; "" if nothing."""
Maker = Callable[[Mapping[str, Any]], Test]

MAX_CONSTRAINTS = 50
MAX_REPEATED = 0.2
"""Share of repeated three-word sequences from which a text counts as padded."""
MAX_SAME = 3
"""A word this many times running is padding."""

_MAKERS: dict[str, tuple[Maker, frozenset[str]]] = {}
_FOLD = Normal("NFC", case=True, whitespace="collapse")


def constraint(kind: str, *options: str) -> Callable[[Maker], Maker]:
    """Registers a kind of constraint with the options it understands."""

    def register(maker: Maker) -> Maker:
        _MAKERS[kind] = (maker, frozenset(options))
        return maker

    return register


def make_test(spec: Any) -> Test:
    """The test a constraint describes.

    Raises:
        OptionError: an unknown kind or option, or values that cannot be met.
    """
    kind = spec.get("kind") if isinstance(spec, Mapping) else None
    if not isinstance(kind, str) or kind not in _MAKERS:
        raise OptionError(f"a constraint is a mapping whose kind is one of {sorted(_MAKERS)}")
    maker, options = _MAKERS[kind]
    unknown = set(spec) - options - {"kind"}
    if unknown:
        raise OptionError(f"constraint {kind!r} has no option {sorted(map(str, unknown))}")
    return maker(spec)


def _bounds(spec: Mapping[str, Any]) -> tuple[int | None, int | None]:
    found = [spec.get("min"), spec.get("max")]
    if found == [None, None] or any(
        b is not None and (not isinstance(b, int) or isinstance(b, bool) or b < 0) for b in found
    ):
        raise OptionError(f"constraint {spec['kind']!r} needs min or max, whole numbers from 0 up")
    least, most = found
    if least is not None and most is not None and least > most:
        raise OptionError(f"constraint {spec['kind']!r} has min {least} above max {most}")
    return least, most


def _counted(kind: str, few: Callable[[str], int], many: Callable[[str], int]) -> None:
    @constraint(kind, "min", "max")
    def make(spec: Mapping[str, Any]) -> Test:
        least, most = _bounds(spec)

        def test(text: str) -> str:
            if most is not None and (count := many(text)) > most:
                return f"it has {count} {kind}, more than {most}"
            if least is not None and (count := few(text)) < least:
                return f"it has {count} {kind}, fewer than {least}"
            return padding(text) if least else ""

        return test


_counted("words", segments.few_words, segments.many_words)
_counted("characters", segments.few_characters, segments.many_characters)
_counted("sentences", segments.few_sentences, segments.many_sentences)
_counted("lines", lambda text: segments.lines(text, 1), segments.lines)
_counted("paragraphs", lambda text: segments.paragraphs(text, 2), segments.paragraphs)


def padding(text: str, share: float = MAX_REPEATED) -> str:
    """How a text repeats itself; "" if it does not.

    Args:
        text: what `plain_text` passed.
        share: the largest share of repeated three-word sequences that passes.
    """
    words = [word.casefold() for word in segments.tokens(text)]
    if segments.longest_stutter(words) >= MAX_SAME:
        return f"it says a word {MAX_SAME} times running"
    if segments.repeated_share(words) > share:
        return "it repeats itself to fill space"
    return ""


@constraint("repetition", "share")
def _repetition(spec: Mapping[str, Any]) -> Test:
    share = spec.get("share", MAX_REPEATED)
    if not finite(share) or not 0 <= share < 1:
        raise OptionError("constraint 'repetition' needs a share in [0, 1)")
    return lambda text: padding(text, share)


def _terms(spec: Mapping[str, Any]) -> tuple[str, ...]:
    terms = spec.get("terms")
    if not isinstance(terms, (list, tuple)) or not terms:
        raise OptionError(f"constraint {spec['kind']!r} needs terms, a list of texts")
    for term in terms:
        if not isinstance(term, str) or not any(char.isalnum() for char in term):
            raise OptionError(f"constraint {spec['kind']!r} has a term without letters or digits")
    return tuple(terms)


@constraint("require", "terms", "times")
def _require(spec: Mapping[str, Any]) -> Test:
    terms = [(term, _FOLD(term)) for term in _terms(spec)]
    times = spec.get("times", 1)
    if not isinstance(times, int) or isinstance(times, bool) or times < 1:
        raise OptionError("constraint 'require' needs times, a whole number from 1 up")

    def test(text: str) -> str:
        folded = _FOLD(text)
        missing = [term for term, form in terms if whole_words(form, folded, times) < times]
        return f"it lacks {missing[0]!r:.80}" if missing else ""

    return test


def whole_words(term: str, text: str, enough: int = 1_000) -> int:
    """How often the term stands in the text between word boundaries, counted up to `enough`."""
    count = at = 0
    while count < enough and (at := text.find(term, at)) >= 0:
        end = at + len(term)
        inside = (at > 0 and _joined(text[at - 1], term[0])) or (
            end < len(text) and _joined(term[-1], text[end])
        )
        count += not inside
        at = end if not inside else at + 1
    return count


def _joined(left: str, right: str) -> bool:
    return _wordly(left) and _wordly(right)


def _wordly(char: str) -> bool:
    return char.isalnum() or char == "_" or unicodedata.category(char)[0] == "M"


@constraint("forbid", "terms")
def _forbid(spec: Mapping[str, Any]) -> Test:
    wanted = []
    for term in _terms(spec):
        forms = skeleton(term.rstrip("*"))
        if not forms:
            raise OptionError("constraint 'forbid' has a term that reads as nothing")
        wanted.append((term, forms, term.endswith("*")))

    def test(text: str) -> str:
        seen = as_seen(text)
        for term, forms, open_end in wanted:
            if seen.holds(forms, open_end):
                return f"it holds {term!r:.80}"
        return ""

    return test


@constraint("casing", "style")
def _casing(spec: Mapping[str, Any]) -> Test:
    style = spec.get("style")
    if style not in ("lower", "upper", "title"):
        raise OptionError("constraint 'casing' needs style: lower, upper or title")

    def test(text: str) -> str:
        letters = [char for char in text if char.isupper() or char.islower() or char.istitle()]
        if not letters:
            return "it has no letters that have a case"
        if style == "title":
            words = [word for word in segments.tokens(text) if word[0].isalpha()]
            kept = all(word[0].isupper() or not word[0].islower() for word in words)
        else:
            kept = all(c.islower() if style == "lower" else c.isupper() for c in letters)
        return "" if kept else f"it is not in {style} case"

    return test


@constraint("script", "script", "share")
def _script(spec: Mapping[str, Any]) -> Test:
    name, share = spec.get("script"), spec.get("share", 1.0)
    if not isinstance(name, str) or name not in SCRIPTS or not finite(share) or not 0 < share <= 1:
        raise OptionError(
            f"constraint 'script' needs script, one of {sorted(SCRIPTS)}, and a share in (0, 1]"
        )
    prefixes = SCRIPTS[name]

    def test(text: str) -> str:
        letters = Counter(char for char in text if char.isalpha())
        total = letters.total()
        own = sum(
            count
            for char, count in letters.items()
            if unicodedata.name(char, "").startswith(prefixes)
        )
        if not total:
            return "it has no letters"
        return "" if own / total >= share else f"too few of its letters are {name}"

    return test


SCRIPTS: Mapping[str, tuple[str, ...]] = {
    "Latin": ("LATIN ",),
    "Greek": ("GREEK ",),
    "Cyrillic": ("CYRILLIC ",),
    "Armenian": ("ARMENIAN ",),
    "Georgian": ("GEORGIAN ",),
    "Hebrew": ("HEBREW ",),
    "Arabic": ("ARABIC ",),
    "Devanagari": ("DEVANAGARI ",),
    "Bengali": ("BENGALI ",),
    "Tamil": ("TAMIL ",),
    "Thai": ("THAI ",),
    "Hangul": ("HANGUL ",),
    "Han": ("CJK ",),
    "Japanese": ("CJK ", "HIRAGANA ", "KATAKANA "),
}


def _ends(kind: str, at_end: bool) -> None:
    @constraint(kind, "text")
    def make(spec: Mapping[str, Any]) -> Test:
        wanted = spec.get("text")
        if not isinstance(wanted, str) or not wanted.strip():
            raise OptionError(f"constraint {kind!r} needs a non-empty text")
        form = " ".join(wanted.split())

        def test(text: str) -> str:
            given = " ".join(text.split())
            if at_end:
                kept = given.endswith(form) and not _joined(
                    given[-len(form) - 1 :][:1] or " ", form[0]
                )
            else:
                kept = given.startswith(form) and not _joined(
                    form[-1], given[len(form) :][:1] or " "
                )
            return "" if kept else f"it does not {'end' if at_end else 'begin'} as asked"

        return test


_ends("begins", False)
_ends("ends", True)


@dataclass(frozen=True)
class ConstraintVerifier(TextVerifier):
    """All the constraints of a task, and then the inner verifier's judgement of the content.

    Reads `task.public["constraints"]`, a list of mappings with a `kind`, and likewise
    `task.secret["constraints"]`, whose breaches are reported without saying which:

    | kind | options |
    |---|---|
    | words, characters, sentences, lines, paragraphs | min, max |
    | require | terms; times each, default 1 (case does not count) |
    | forbid | terms; `term*` also forbids longer words that begin so |
    | casing | style: lower, upper, title |
    | script | script, see `SCRIPTS`; share of the letters, default 1 |
    | repetition | share of repeated three-word sequences, default 0.2; implied by every min |
    | begins, ends | text |

    Parts: `constraint_1` … (1 kept, 0 broken), public ones first. There is no credit for keeping
    some of them: most maxima and prohibitions are kept by saying next to nothing.

    Attributes:
        inner: judges the response itself; None if the constraints are the whole task
            (`format_only`).
    """

    inner: Verifier | None = None

    def judge(self, task: Judgeable) -> Judge:
        """Checks every constraint, then concludes."""
        conclude = conclusion(task, self.inner, "all constraints are kept")
        shown = _specs(public(task), "public")
        hidden = _specs(secret(task), "secret")
        if not shown and not hidden:
            raise TaskFault("there are no constraints in public['constraints']")
        tests = [make_test(spec) for spec in shown]
        try:
            tests += [make_test(spec) for spec in hidden]
        except OptionError:
            raise TaskFault("secret['constraints'] holds one that cannot be understood") from None

        def decide(text: str) -> Verdict:
            faults = [test(not_endless(text)) for test in tests]
            kept = [not fault for fault in faults]
            parts = {f"constraint_{i}": float(ok) for i, ok in enumerate(kept, 1)}
            if all(kept):
                return conclude(text, parts)
            first = kept.index(False)
            reason = faults[first] if first < len(shown) else "it breaks a constraint not shown"
            return graded(0.0, reason, parts)

        return decide


def _specs(facts: Mapping[str, Any], where: str) -> list[Any]:
    found = facts.get("constraints", [])
    if not isinstance(found, (list, tuple)) or len(found) > MAX_CONSTRAINTS:
        raise TaskFault(f"{where}['constraints'] must be a list of at most {MAX_CONSTRAINTS}")
    return list(found)
