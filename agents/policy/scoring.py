"""The likelihood of given tokens under the built-in transformer, with gradients.

A group's episodes share their prompt. `pack` lays the prompt and all its continuations in one row,

    prompt  continuation 1  continuation 2  …

and the attention mask lets a continuation see the prompt and itself, never its siblings; positions
run on from the prompt in each of them. The result equals scoring every episode in a row of its
own, while the prompt is read once instead of once per sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from veragym.agents.policy.sampling import action_logits, entropy_of
from veragym.agents.policy.tokenizer import PAD
from veragym.agents.policy.transformer import Transformer

PROMPT, NOWHERE = 0, -1


@dataclass(frozen=True, slots=True)
class Branches:
    """One prompt and what followed it.

    Attributes:
        prompt: token ids, non-empty.
        continuations: token ids of each episode after the prompt.
        masks: for each continuation, which of its tokens are the agent's own.
    """

    prompt: Sequence[int]
    continuations: Sequence[Sequence[int]]
    masks: Sequence[Sequence[bool]]


@dataclass(frozen=True, slots=True)
class Packed:
    """Rows for the model, and where each scored token is predicted.

    Attributes:
        tokens, positions, segments: (rows, time); segment 0 is the prompt, i the i-th
            continuation, -1 padding.
        row, source: (scored,) the hidden state that predicts each scored token.
        target: (scored,) the token itself.
        episode, step: (scored,) which continuation (counted over all groups) and which position
            within it the token belongs to.
        branching: whether any row holds more than one continuation.
    """

    tokens: Tensor
    positions: Tensor
    segments: Tensor
    row: Tensor
    source: Tensor
    target: Tensor
    episode: Tensor
    step: Tensor
    branching: bool

    def attention_mask(self) -> Tensor | None:
        """(rows, 1, time, time) bool, or None where plain causal attention is the same."""
        if not self.branching:
            return None
        time = self.tokens.shape[1]
        order = torch.arange(time, device=self.tokens.device)
        queries, keys = self.segments[:, :, None], self.segments[:, None, :]
        visible = (order[:, None] >= order) & ((keys == PROMPT) | (keys == queries))
        return visible[:, None]


def pack(groups: Sequence[Branches], device: torch.device | str = "cpu") -> Packed:
    """One row per group."""
    rows: list[tuple[list[int], list[int], list[int]]] = []
    scored: list[tuple[int, int, int, int, int]] = []
    episode = 0
    for line, group in enumerate(groups):
        start = len(group.prompt)
        tokens = list(group.prompt)
        positions = list(range(start))
        segments = [PROMPT] * start
        for number, (ids, mask) in enumerate(
            zip(group.continuations, group.masks, strict=True), start=1
        ):
            begin = len(tokens)
            for at, (token, own) in enumerate(zip(ids, mask, strict=True)):
                if own:
                    before = begin + at - 1 if at else start - 1
                    scored.append((line, before, token, episode, at))
            tokens += ids
            positions += range(start, start + len(ids))
            segments += [number] * len(ids)
            episode += 1
        rows.append((tokens, positions, segments))
    width = max(len(r[0]) for r in rows)
    padded = torch.tensor(
        [
            [list(part) + [fill] * (width - len(part)) for part, fill in zip(r, (PAD, 0, NOWHERE))]
            for r in rows
        ],
        device=device,
    )
    where = torch.tensor(scored, dtype=torch.long, device=device).reshape(-1, 5)
    row, source, target, owner, step = where.unbind(1)
    return Packed(
        tokens=padded[:, 0],
        positions=padded[:, 1],
        segments=padded[:, 2],
        row=row,
        source=source,
        target=target,
        episode=owner,
        step=step,
        branching=any(len(g.continuations) > 1 for g in groups),
    )


def score(model: Transformer, packed: Packed, temperature: float = 1.0) -> tuple[Tensor, Tensor]:
    """Log-probability and entropy of every scored token.

    Args:
        model: the transformer.
        packed: from `pack`, on the model's device.
        temperature: the one the tokens were sampled at.

    Returns:
        log_probs, entropy: (scored,) nats each; gradients flow into both.
    """
    hidden = model(packed.tokens, positions=packed.positions, mask=packed.attention_mask())
    logits = action_logits(model.logits(hidden[packed.row, packed.source]), temperature)
    log_p = logits.log_softmax(-1)
    return log_p.gather(-1, packed.target[:, None])[:, 0], entropy_of(log_p)
