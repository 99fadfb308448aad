"""Citations that really occur in the evidence.

Form, after the claim it supports: `[doc-id: "words as they stand in the document"]`, several in a
row if need be. Checked: every sentence is cited; every quote stands verbatim, word for word, in
the document named; it is long enough to point at something; no quote serves two claims; exactly
the documents that matter are cited, where the task knows them. Whether the claims answer the
question is for the inner verifier, which gets them without their citations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from veragym.core.errors import OptionError
from veragym.core.verdict import Outcome, Verdict
from veragym.core.verifier import Judgeable, Verifier
from veragym.verifiers.faults import Unreadable
from veragym.verifiers.text.contract import (
    Judge,
    TaskFault,
    TextVerifier,
    conclusion,
    need,
    need_texts,
    not_endless,
    public,
    secret,
)
from veragym.verifiers.text.normal import Normal
from veragym.verifiers.text.segments import few_words, sentences

WORD_FOR_WORD = Normal("NFC", whitespace="collapse")
MAX_CITATIONS = 100
MAX_QUOTE = 1_000
MAX_FINDS = 1_000
"""Occurrences of a quote inside longer words that are looked past."""

_CITATION = re.compile(
    r"\[\s{0,2}([A-Za-z0-9][\w.\-/#]{0,63})\s{0,2}:\s{0,2}"
    rf"[\"“]([^\"“”\[\]]{{1,{MAX_QUOTE}}})[\"”]\s{{0,2}}\]"
)
_STRAIGHT = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})


@dataclass(frozen=True)
class Claim:
    """One sentence and what it cites.

    Attributes:
        text: the sentence, its citations taken out.
        citations: (document id, quote) pairs, in order; empty if it is not cited.
    """

    text: str
    citations: tuple[tuple[str, str], ...]


def claims(text: str) -> list[Claim]:
    """The sentences of a response with their citations; a citation belongs to the one before it.

    Raises:
        Unreadable: a citation that follows no sentence, over `MAX_CITATIONS` of them, or brackets
            that look like a citation and are not one.
    """
    found: list[Claim] = []
    carried: list[tuple[str, str]] = []
    position = 0

    def close(chunk: str) -> None:
        said = [piece for piece in sentences(chunk) if few_words(piece)]
        if said and carried:
            found[-1] = Claim(found[-1].text, tuple(carried))
            carried.clear()
        found.extend(Claim(piece, ()) for piece in said)

    for count, citation in enumerate(_CITATION.finditer(text), 1):
        if count > MAX_CITATIONS:
            raise Unreadable(f"more than {MAX_CITATIONS} citations are given")
        close(text[position : citation.start()])
        if not found:
            raise Unreadable("a citation stands before any claim")
        carried.append((citation.group(1), citation.group(2)))
        position = citation.end()
    close(text[position:])
    if carried:
        found[-1] = Claim(found[-1].text, tuple(carried))
    for claim in found:
        if re.search(r"\[[^\[\]\s]{1,64}\s{0,2}:\s{0,2}[\"“]", claim.text):
            raise Unreadable('a citation is malformed; write [id: "quote"]')
    return found


def quoted_in(quote: str, document: str) -> bool:
    """Whether the quote stands in the document, beginning and ending at word boundaries.

    Both are in the same normal form.
    """
    at = document.find(quote)
    for _ in range(MAX_FINDS):
        if at < 0 or not quote:
            return False
        before, after = document[at - 1 : at] if at else "", document[at + len(quote) :][:1]
        if not (before.isalnum() and quote[0].isalnum()) and not (
            after.isalnum() and quote[-1].isalnum()
        ):
            return True
        at = document.find(quote, at + 1)
    return False


@dataclass(frozen=True)
class CitationVerifier(TextVerifier):
    """Every claim is cited, every quote is real, and the claims satisfy the inner verifier.

    Reads `task.public["documents"]`, id to text, and, if there, `task.secret["sources"]`, the ids
    that must be cited, and no others. Parts: `cited`, the share of claims with a citation;
    `verbatim`, the share of quotes that are real; `sources`, 1 if the right documents are cited.

    Attributes:
        inner: judges the claims without citations; None if citing is the whole task
            (`format_only`).
        normal: what does not count when quotes are compared; curly quotes never do.
        least_words: real words a quote must hold.
        most_words: words a claim may hold, so that one citation does not cover an essay.
        supports: claims that one quote may support.

    Raises:
        OptionError: a number below 1.
    """

    inner: Verifier | None = None
    normal: Normal = WORD_FOR_WORD
    least_words: int = 4
    most_words: int = 60
    supports: int = 1

    def __post_init__(self) -> None:
        for name in ("least_words", "most_words", "supports"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise OptionError(f"{name} must be a whole number from 1 up, got {value!r}")

    def judge(self, task: Judgeable) -> Judge:
        """Checks the citations, then asks the inner verifier."""
        conclude = conclusion(task, self.inner, "every claim is cited, and every quote is real")
        raw = need(public(task), "documents", Mapping, "public")
        if not raw or not all(
            isinstance(k, str) and isinstance(v, str) and v.strip() for k, v in raw.items()
        ):
            raise TaskFault("public['documents'] must map ids to non-empty texts")
        documents = dict(raw)
        sources = None
        if secret(task).get("sources") is not None:
            sources = set(need_texts(secret(task), "sources", "secret"))
            if not sources <= documents.keys():
                raise TaskFault("secret['sources'] names a document that is not there")

        def decide(text: str) -> Verdict:
            found = claims(not_endless(text))
            if not any(claim.citations for claim in found):
                raise Unreadable('no claim is cited; write [id: "quote"] after each')
            fault, parts = self._examine(found, documents)
            if sources is not None:
                named = {name for claim in found for name, _ in claim.citations}
                parts["sources"] = float(named == sources)
                fault = fault or (
                    "" if named == sources else "the documents cited are not the ones that matter"
                )
            if fault:
                return Verdict(Outcome.WRONG, 0.0, parts, fault)
            return conclude(" ".join(claim.text for claim in found), parts)

        return decide

    def _form(self, text: str) -> str:
        return self.normal(text.translate(_STRAIGHT)).strip()

    def _examine(
        self, found: list[Claim], documents: Mapping[str, str]
    ) -> tuple[str, dict[str, float]]:
        """The first fault ("" if none) and the shares."""
        faults: list[str] = []
        used: dict[str, int] = {}
        forms: dict[str, str] = {}
        real = total = 0
        for number, claim in enumerate(found, 1):
            if not claim.citations:
                faults.append(f"claim {number} is not cited")
            if few_words(claim.text) < 2:
                faults.append(f"claim {number} claims nothing")
            if len(claim.text.split()) > self.most_words:
                faults.append(f"claim {number} is longer than {self.most_words} words; cut it up")
            for name, quote in claim.citations:
                total += 1
                form = self._form(quote)
                if name in documents and name not in forms:
                    forms[name] = self._form(documents[name])
                used[form] = used.get(form, 0) + 1
                if name not in documents:
                    faults.append(f"claim {number} cites {name!r}, which is no document here")
                elif few_words(form) < self.least_words:
                    faults.append(f"a quote of claim {number} is under {self.least_words} words")
                elif not quoted_in(form, forms[name]):
                    faults.append(f"a quote of claim {number} does not stand in {name!r}")
                else:
                    real += 1
                if used[form] == self.supports + 1:
                    faults.append(f"one quote is used for more than {self.supports} claim(s)")
        cited = sum(bool(claim.citations) for claim in found)
        parts = {"cited": cited / len(found), "verbatim": real / total if total else 0.0}
        return (faults[0] if faults else ""), parts
