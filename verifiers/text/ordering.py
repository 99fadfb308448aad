"""Putting things in order: an exact permutation, or Kendall's tau as declared credit."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from veragym.core.verdict import Verdict, correct, graded, wrong
from veragym.core.verifier import Judgeable
from veragym.verifiers.faults import Unreadable
from veragym.verifiers.text.contract import (
    Judge,
    TaskFault,
    TextVerifier,
    check_choice,
    need_texts,
    public,
    secret,
)
from veragym.verifiers.text.json_reading import read_json
from veragym.verifiers.text.normal import Normal

ITEM_TEXT = Normal("NFC", case=True, whitespace="collapse", punctuation=True)
MAX_ITEMS = 1_000
_NUMBERED = re.compile(r"\s{0,8}(?:[-*•]|\(?([0-9]{1,4})[.):])\s{1,8}")
_SEPARATORS = ("\n", "->", "→", ">", ";", ",", "|")


def inversions(ranks: Sequence[int]) -> int:
    """Pairs that stand in the wrong order, in O(n log n) comparisons."""
    seen: list[int] = []
    count = 0
    for rank in ranks:
        count += len(seen) - bisect_left(seen, rank)
        insort(seen, rank)
    return count


def kendall_tau(ranks: Sequence[int]) -> float:
    """Kendall's tau of a permutation against 0, 1, …: 1 in order, −1 reversed.

    tau = 1 − 2 · inversions / (n (n − 1) / 2).

    Source: Kendall 1938.
    """
    n = len(ranks)
    return 1.0 if n < 2 else 1.0 - 4.0 * inversions(ranks) / (n * (n - 1))


@dataclass(frozen=True)
class OrderingVerifier(TextVerifier):
    """Every item once, in the right order.

    Reads `task.secret["answer"]`, the items in the right order, and, if there,
    `task.public["items"]`, the same items as shown. The response is a JSON list, or one item per
    line (bullets or the numbers 1, 2, … may lead), or items separated by `->`, `>`, `;`, `,` or
    `|`. Missing, repeated or unknown items make it unparsable.

    Attributes:
        credit: `none`: the order or nothing. `kendall`: max(0, tau), so the reverse earns nothing;
            an answer that ignores the question still averages 0.28 for three items, 0.19 for four
            and 0.13 for seven.
    """

    credit: Literal["none", "kendall"] = "none"

    def __post_init__(self) -> None:
        check_choice("credit", self.credit, ("none", "kendall"))

    def judge(self, task: Judgeable) -> Judge:
        """Reads the permutation and compares."""
        items = [ITEM_TEXT(text) for text in need_texts(secret(task), "answer", "secret")]
        rank = {item: i for i, item in enumerate(items)}
        if not 2 <= len(items) <= MAX_ITEMS or len(rank) < len(items) or "" in rank:
            raise TaskFault(f"secret['answer'] must hold 2 to {MAX_ITEMS} items, all different")
        shown = public(task).get("items")
        if shown is not None:
            texts = need_texts(public(task), "items", "public")
            if sorted(map(ITEM_TEXT, texts)) != sorted(items):
                raise TaskFault("public['items'] and secret['answer'] hold different items")

        def decide(text: str) -> Verdict:
            ranks = _permutation(text, rank)
            if ranks == list(range(len(ranks))):
                return correct("the right order")
            if self.credit == "none":
                return wrong("another order")
            return graded(max(0.0, kendall_tau(ranks)), "another order")

        return decide


def _permutation(text: str, rank: dict[str, int]) -> list[int]:
    """Positions in the right order of the items, in the order given.

    Raises:
        Unreadable: no reading of the text holds each item once, or two readings differ.
    """
    text = text.strip()
    readings = []
    for pieces in _readings(text):
        if len(pieces) == len(rank):
            ranks = [rank.get(ITEM_TEXT(piece), -1) for piece in pieces]
            if -1 not in ranks and len(set(ranks)) == len(ranks):
                readings.append(ranks)
    if not readings:
        raise Unreadable("the answer does not name each item exactly once, as a list and no more")
    if any(reading != readings[0] for reading in readings):
        raise Unreadable("the answer can be read as two different orders")
    return readings[0]


def _readings(text: str) -> list[list[str]]:
    if text.startswith("["):
        try:
            value = read_json(text)
        except Unreadable:
            return []
        whole = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return [value] if whole else []
    readings = []
    for separator in _SEPARATORS:
        if text.count(separator) > MAX_ITEMS or separator not in text:
            continue
        pieces = [piece for piece in text.split(separator) if piece.strip()]
        readings.append(pieces)
        if separator == "\n":
            readings.append(_unnumbered(pieces))
    return readings


def _unnumbered(pieces: list[str]) -> list[str]:
    """Lines without their bullets or numbers; numbers must run 1, 2, 3, …"""
    bare = []
    for i, piece in enumerate(pieces, 1):
        lead = _NUMBERED.match(piece)
        if not lead or (lead.group(1) is not None and int(lead.group(1)) != i):
            return []
        bare.append(piece[lead.end() :])
    return bare
