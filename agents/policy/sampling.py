"""Sampling from the built-in transformer, many conversations at once.

Distinct prompts are read once, whatever the number of samples drawn from each (the key/value cache
is copied per sample). Prompts of unlike length are padded on the left and the padding masked out,
so that all rows grow in step; rows that have finished leave the batch when enough of them have.
Randomness comes from one explicit `torch.Generator`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from veragym.agents.policy.protocol import Action, Conversation
from veragym.agents.policy.tokenizer import BOS, EOS, PAD, TURN, Tokenizer
from veragym.agents.policy.transformer import Cache, Transformer
from veragym.core.errors import OptionError

FORBIDDEN = (BOS, PAD, TURN)
"""Marks that never belong in an action."""
KEEP_SHARE = 0.7
"""Finished rows are dropped from the batch once fewer than this share are still going."""


@dataclass(frozen=True, slots=True)
class Samples:
    """What was drawn.

    Attributes:
        tokens: (rows, time) ids, EOS included, PAD after it.
        log_probs: (rows, time) nats, under the distribution sampled from (temperature included);
            0 after the end.
        entropy: (rows, time) nats, of the same distribution; 0 after the end.
        lengths: (rows,) tokens drawn, EOS included.
    """

    tokens: Tensor
    log_probs: Tensor
    entropy: Tensor
    lengths: Tensor


def action_logits(logits: Tensor, temperature: float = 1.0) -> Tensor:
    """Scores of the tokens an action may hold, at a temperature (1 for greedy's 0).

    Trainers must score sampled tokens through this same function.
    """
    logits = logits.clone()
    logits[..., list(FORBIDDEN)] = -torch.inf
    return logits if temperature in (0.0, 1.0) else logits / temperature


def entropy_of(log_probs: Tensor) -> Tensor:
    """(…, vocabulary) log-probabilities -> (…) entropies in nats; -inf counts as 0."""
    return -(log_probs.exp() * log_probs.clamp(min=-1e9)).sum(-1)


@torch.no_grad()
def sample(
    model: Transformer,
    prompts: Sequence[Sequence[int]],
    rows: Sequence[int],
    *,
    max_new_tokens: int,
    temperature: float,
    generator: torch.Generator | None,
) -> Samples:
    """Draws one continuation per row.

    Args:
        model: where from.
        prompts: token ids of the distinct prompts, each non-empty.
        rows: for each continuation, the index of its prompt.
        max_new_tokens: longest continuation.
        temperature: 0 for the most likely token, 1 for the model's own distribution.
        generator: randomness on the model's device; unused when the temperature is 0.

    Raises:
        OptionError: a prompt and its continuation do not fit the model's context.
    """
    device, config = model.device, model.config
    width = max(len(p) for p in prompts)
    if width + max_new_tokens > config.context:
        raise OptionError(
            f"a prompt of {width} tokens and {max_new_tokens} new ones exceed the model's context "
            f"of {config.context}; use a model with a longer context or fewer new tokens"
        )
    padding = torch.tensor([width - len(p) for p in prompts], device=device)
    tokens = torch.tensor([[PAD] * (width - len(p)) + list(p) for p in prompts], device=device)
    columns = torch.arange(width, device=device)
    positions = (columns - padding[:, None]).clamp(min=0)
    mask = None
    dtype = torch.float32 if device.type == "cpu" else model.compute_dtype
    cache = Cache(config, len(prompts), width, model.embedding.weight, dtype)
    if int(padding.max()) > 0:
        seen = columns >= padding[:, None]
        cache.visible = seen
        causal = columns[:, None] >= columns[None, :]
        # A padding query sees itself alone, so that no row of the softmax is empty.
        alone = torch.eye(width, dtype=torch.bool, device=device)
        mask = ((causal & seen[:, None, :]) | alone)[:, None]
    hidden = model(tokens, positions=positions, mask=mask, cache=cache)[:, -1]

    active = torch.tensor(list(rows), device=device)
    count, longest = len(active), max_new_tokens
    cache = cache.expand(active, config, width + longest)
    scores = model.logits(hidden)[active]
    next_position = (width - padding)[active]
    drawn = torch.full((count, longest), PAD, device=device)
    log_probs = torch.zeros((count, longest), device=device)
    entropy = torch.zeros((count, longest), device=device)
    lengths = torch.zeros(count, dtype=torch.long, device=device)
    going = torch.ones(count, dtype=torch.bool, device=device)
    where = torch.arange(count, device=device)

    for step in range(longest):
        log_p = action_logits(scores, temperature).log_softmax(-1)
        if temperature == 0.0:
            token = log_p.argmax(-1)
        else:
            token = torch.multinomial(log_p.exp(), 1, generator=generator)[:, 0]
        live, index = where[going], going.nonzero()[:, 0]
        drawn[live, step] = token[index]
        log_probs[live, step] = log_p[index, token[index]]
        entropy[live, step] = entropy_of(log_p[index])
        lengths[live] += 1
        going = going & (token != EOS)
        left = int(going.sum())
        if left == 0 or step == longest - 1:
            break
        if left < KEEP_SHARE * len(going):
            keep = going.nonzero()[:, 0]
            cache = cache.expand(keep, config, width + longest)
            token, next_position, where = token[keep], next_position[keep], where[keep]
            going = going[keep]
        seen_now = None
        if cache.visible is not None:
            seen_now = cache.visible[:, None, None, : cache.length + 1]
        hidden = model(token[:, None], positions=next_position[:, None], mask=seen_now, cache=cache)
        scores = model.logits(hidden[:, -1])
        next_position = next_position + 1
    return Samples(drawn, log_probs, entropy, lengths)


class TransformerPolicy:
    """The built-in model as a `Policy`.

    Args:
        model: the transformer.
        tokenizer: its tokenizer.
        max_new_tokens: longest action, in tokens.
        temperature: 0 for greedy.
        generator: randomness of the sampling; needed unless greedy.
        max_rows: conversations sampled at once (bounds memory).
    """

    def __init__(
        self,
        model: Transformer,
        tokenizer: Tokenizer,
        *,
        max_new_tokens: int = 64,
        temperature: float = 1.0,
        generator: torch.Generator | None = None,
        max_rows: int = 1024,
    ) -> None:
        if temperature < 0:
            raise OptionError(f"temperature must be 0 or more, got {temperature!r}")
        if temperature > 0 and generator is None:
            raise OptionError("sampling needs a torch.Generator; pass one, or temperature=0")
        self.model = model
        self.tokenizer = tokenizer
        self.max_new_tokens = max_new_tokens
        self.temperature = temperature
        self.generator = generator
        self.max_rows = max_rows

    def act(self, conversations: Sequence[Conversation]) -> list[Action]:
        """One sampled action per conversation, with token ids, log-probs and entropies."""
        actions: list[Action] = []
        for start in range(0, len(conversations), self.max_rows):
            actions += self._act(conversations[start : start + self.max_rows])
        return actions

    def _act(self, conversations: Sequence[Conversation]) -> list[Action]:
        distinct: dict[tuple[int, ...], int] = {}
        rows = [
            distinct.setdefault(tuple(self.tokenizer.prompt(c)), len(distinct))
            for c in conversations
        ]
        drawn = sample(
            self.model,
            list(distinct),
            rows,
            max_new_tokens=self.max_new_tokens,
            temperature=self.temperature,
            generator=self.generator,
        )
        lengths: list[Any] = drawn.lengths.tolist()
        columns = zip(
            drawn.tokens.tolist(), drawn.log_probs.tolist(), drawn.entropy.tolist(), lengths
        )
        return [
            Action(
                self.tokenizer.decode(ids[:n]), tuple(ids[:n]), tuple(logs[:n]), tuple(spread[:n])
            )
            for ids, logs, spread, n in columns
        ]
