"""Bytes as tokens, four marks, and (if wanted) merges learned from a few texts.

Ids 0–255 are bytes, 256–259 the marks, and from 260 on come byte-pair merges (Sennrich et al.
2016) learned with `Tokenizer.train`. With no merges it is a plain byte tokenizer: nothing to
train, download or version. Merges may span words, so that a recurring phrase of a prompt becomes
one token, but never join digits to anything else, and digits only up to `digits` of them: numbers
are read digit by digit (1) or in threes (3).

A conversation is laid out as

    BOS observation TURN action EOS observation TURN action EOS …

so that a prompt always ends in TURN and a finished action in EOS. Every string has an encoding
(lone surrogates included) and every encoding of a string decodes to it; a policy may also sample
bytes that are no valid UTF-8, which decode to replacement characters, or spell a string by other
tokens than `encode` would. That is why conversations keep an action's token ids.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from veragym.agents.policy.protocol import Conversation
from veragym.core.errors import OptionError

BOS, EOS, PAD, TURN = 256, 257, 258, 259
FIRST_MERGE = 260

Merge = tuple[int, int]


class Tokenizer:
    """Text to ids and back.

    Args:
        merges: pairs of ids, in the order they were learned; merge i has id 260 + i.
        digits: longest run of digits a token may hold.

    Raises:
        OptionError: a merge names an id that does not exist before it, or a mark.
    """

    def __init__(self, merges: Sequence[Sequence[int]] = (), *, digits: int = 1) -> None:
        if digits < 1:
            raise OptionError(f"digits must be at least 1, got {digits!r}")
        self.digits = digits
        self._chunks = _chunks(digits)
        self.merges: tuple[Merge, ...] = tuple((int(a), int(b)) for a, b in merges)
        self._bytes = {i: bytes([i]) for i in range(256)}
        for number, (a, b) in enumerate(self.merges):
            if a not in self._bytes or b not in self._bytes:
                raise OptionError(f"merge {number} joins {a} and {b}, which are not both tokens")
            self._bytes[FIRST_MERGE + number] = self._bytes[a] + self._bytes[b]
        self._rank = {pair: FIRST_MERGE + i for i, pair in enumerate(self.merges)}
        self._known: dict[bytes, tuple[int, ...]] = {}

    @property
    def vocabulary(self) -> int:
        """Number of ids."""
        return FIRST_MERGE + len(self.merges)

    @classmethod
    def train(
        cls, texts: Iterable[str], merges: int, *, least: int = 2, digits: int = 1
    ) -> Tokenizer:
        """Learns up to `merges` merges, most frequent pair first (ties: smallest ids).

        Args:
            texts: what to compress.
            merges: how many to learn at most.
            least: pairs rarer than this are left alone.
            digits: longest run of digits a token may hold.
        """
        pattern = _chunks(digits)
        chunks = Counter(
            chunk
            for text in texts
            for chunk in pattern.findall(text.encode("utf-8", "surrogatepass"))
        )
        words = [(list(chunk), count) for chunk, count in chunks.items() if len(chunk) > 1]
        learned: list[Merge] = []
        while len(learned) < merges:
            pairs: Counter[Merge] = Counter()
            for ids, count in words:
                for pair in pairwise(ids):
                    pairs[pair] += count
            if not pairs:
                break
            best = min(pairs, key=lambda pair: (-pairs[pair], pair))
            if pairs[best] < least:
                break
            words = [(_join(ids, best, FIRST_MERGE + len(learned)), n) for ids, n in words]
            learned.append(best)
        return cls(learned, digits=digits)

    def encode(self, text: str) -> list[int]:
        """The ids of `text`, without marks."""
        ids: list[int] = []
        for chunk in self._chunks.findall(text.encode("utf-8", "surrogatepass")):
            ids += self._chunk(chunk)
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`; marks are dropped."""
        data = b"".join(self._bytes[i] for i in ids if i in self._bytes)
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return data.decode("utf-8", "replace")

    def answer(self, text: str) -> list[int]:
        """An action as it would be sampled: its ids, then EOS."""
        return [*self.encode(text), EOS]

    def observation(self, text: str) -> list[int]:
        """An observation and the mark that hands the turn to the agent."""
        return [*self.encode(text), TURN]

    def prompt(self, conversation: Conversation) -> list[int]:
        """Everything said so far, ready for the next action to be sampled after it."""
        ids = [BOS]
        for message in conversation:
            if message.role == "environment":
                ids += self.observation(message.text)
            elif message.token_ids:
                ids += message.token_ids
            else:
                ids += self.answer(message.text)
        return ids

    def _chunk(self, chunk: bytes) -> tuple[int, ...]:
        found = self._known.get(chunk)
        if found is None:
            ids = list(chunk)
            while len(ids) > 1:
                rank = min((self._rank.get(pair, -1) for pair in pairwise(ids)), key=_order)
                if rank < 0:
                    break
                ids = _join(ids, self.merges[rank - FIRST_MERGE], rank)
            found = tuple(ids)
            if len(self._known) < 65536 and len(chunk) <= 256:
                self._known[chunk] = found
        return found


def _chunks(digits: int) -> re.Pattern[bytes]:
    """Splits bytes where no merge may reach across."""
    return re.compile(rb"[0-9]{1,%d}|[^0-9]+" % digits)


def _order(rank: int) -> float:
    """Sorts absent merges (-1) after all present ones."""
    return rank if rank >= 0 else float("inf")


def _join(ids: list[int], pair: Merge, merged: int) -> list[int]:
    """`ids` with every occurrence of `pair`, from the left, replaced by `merged`."""
    joined, i = [], 0
    while i < len(ids):
        if i + 1 < len(ids) and (ids[i], ids[i + 1]) == pair:
            joined.append(merged)
            i += 2
        else:
            joined.append(ids[i])
            i += 1
    return joined
