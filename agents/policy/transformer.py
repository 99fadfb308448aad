"""The built-in language model: a decoder-only transformer in plain torch.

RMSNorm (Zhang and Sennrich 2019) before each block, rotary positions (Su et al. 2021), SwiGLU
(Shazeer 2020), optional grouped key/value heads (Ainslie et al. 2023), optional tied head. One
`forward` serves all uses: training on padded rows, training on packed rows whose branches share a
prefix (positions and an attention mask say who sees whom), and sampling with a static key/value
cache. The same code runs on CPU and CUDA; weights stay float32, and `compute_dtype` may lower the
precision of the matrix products through autocast.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from veragym.agents.policy.tokenizer import FIRST_MERGE
from veragym.core.errors import OptionError


@dataclass(frozen=True, slots=True)
class TransformerConfig:
    """Size and shape of the model.

    Attributes:
        width: channels of the residual stream.
        layers: blocks.
        heads: query heads; `width / heads` must be an even number (rotary pairs).
        kv_heads: key/value heads, a divisor of `heads`; 0 means as many as `heads`.
        hidden: inner channels of the gated feed-forward; 0 means 8/3 of the width, rounded up to
            a multiple of 32.
        context: longest sequence, in tokens.
        vocabulary: number of token ids.
        tied: whether the output head is the embedding.
        rope_base: base of the rotary frequencies.
    """

    width: int = 128
    layers: int = 4
    heads: int = 4
    kv_heads: int = 0
    hidden: int = 0
    context: int = 512
    vocabulary: int = FIRST_MERGE
    tied: bool = True
    rope_base: float = 10_000.0

    def __post_init__(self) -> None:
        for name in ("width", "layers", "heads", "context", "vocabulary"):
            if getattr(self, name) < 1:
                raise OptionError(f"{name} must be at least 1, got {getattr(self, name)!r}")
        if self.width % (2 * self.heads):
            raise OptionError(
                f"width {self.width} must be a multiple of twice the heads ({self.heads})"
            )
        if self.kv_heads < 0 or (self.kv_heads and self.heads % self.kv_heads):
            raise OptionError(f"kv_heads {self.kv_heads} must divide heads {self.heads}")

    @property
    def head_dim(self) -> int:
        """Channels per head."""
        return self.width // self.heads

    @property
    def key_heads(self) -> int:
        """Key/value heads actually used."""
        return self.kv_heads or self.heads

    @property
    def inner(self) -> int:
        """Feed-forward channels actually used."""
        return self.hidden or 32 * math.ceil(8 * self.width / 3 / 32)

    def to_json(self) -> dict[str, Any]:
        """All fields as JSON types."""
        return asdict(self)


class Cache:
    """Keys and values of everything read so far, in memory allocated once.

    Attributes:
        keys, values: (layers, rows, key_heads, capacity, head_dim).
        length: columns filled.
        visible: (rows, capacity) bool, False where a row has padding; None if no row has any.
    """

    def __init__(
        self, config: TransformerConfig, rows: int, capacity: int, like: Tensor, dtype: torch.dtype
    ) -> None:
        shape = (config.layers, rows, config.key_heads, capacity, config.head_dim)
        self.keys = like.new_empty(shape, dtype=dtype)
        self.values = like.new_empty(shape, dtype=dtype)
        self.length = 0
        self.visible: Tensor | None = None

    def append(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Writes the new columns of one layer and returns all filled ones."""
        end = self.length + keys.shape[2]
        self.keys[layer, :, :, self.length : end] = keys
        self.values[layer, :, :, self.length : end] = values
        return self.keys[layer, :, :, :end], self.values[layer, :, :, :end]

    def expand(self, rows: Tensor, config: TransformerConfig, capacity: int) -> Cache:
        """A cache whose row i continues row `rows[i]` of this one, with room for `capacity`.

        Several rows may continue the same one: a prompt is read once for all its samples.
        """
        wider = Cache(config, len(rows), capacity, self.keys, self.keys.dtype)
        wider.length = self.length
        filled = slice(0, self.length)
        wider.keys[:, :, :, filled] = self.keys[:, :, :, filled].index_select(1, rows)
        wider.values[:, :, :, filled] = self.values[:, :, :, filled].index_select(1, rows)
        if self.visible is not None:
            seen = self.visible.new_ones((len(rows), capacity))
            seen[:, filled] = self.visible[:, filled].index_select(0, rows)
            wider.visible = seen
        return wider


def rotary_table(config: TransformerConfig) -> Tensor:
    """Cosines and sines of every position: (2, context, head_dim / 2)."""
    half = config.head_dim // 2
    frequency = config.rope_base ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = torch.arange(config.context, dtype=torch.float64)[:, None] * frequency
    return torch.stack([angle.cos(), angle.sin()]).float()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turns channel pairs (i, i + half) by their position's angle.

    Args:
        x: (rows, time, heads, head_dim).
        cos, sin: (rows or 1, time, 1, head_dim / 2).
    """
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, *, grouped: bool) -> Tensor:
    """Scaled dot-product attention; causal where there is no mask.

    On the CPU it runs in float32 whatever the autocast: the backward pass of torch's bfloat16
    kernel is more than ten times slower there.
    """
    causal = mask is None and q.shape[2] > 1
    if q.device.type != "cpu":
        q, k = q.to(v.dtype), k.to(v.dtype)
        return F.scaled_dot_product_attention(
            q, k, v, attn_mask=mask, is_causal=causal, enable_gqa=grouped
        )
    with torch.autocast("cpu", enabled=False):
        return F.scaled_dot_product_attention(
            q.float(), k.float(), v.float(), attn_mask=mask, is_causal=causal, enable_gqa=grouped
        )


class Attention(nn.Module):
    """Multi-head attention with rotary positions and grouped keys."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        spread = config.width + 2 * config.key_heads * config.head_dim
        self.qkv = nn.Linear(config.width, spread, bias=False)
        self.out = nn.Linear(config.width, config.width, bias=False)

    def forward(
        self,
        x: Tensor,
        rope: tuple[Tensor, Tensor],
        mask: Tensor | None,
        cache: Cache | None,
        layer: int,
    ) -> Tensor:
        c = self.config
        rows, time, _ = x.shape
        turned = c.heads + c.key_heads
        qkv = self.qkv(x).view(rows, time, turned + c.key_heads, c.head_dim)
        q, k = rotate(qkv[:, :, :turned], *rope).transpose(1, 2).split([c.heads, c.key_heads], 1)
        v = qkv[:, :, turned:].transpose(1, 2)
        if cache is not None:
            k, v = cache.append(layer, k, v)
        mixed = attend(q, k, v, mask, grouped=c.key_heads != c.heads)
        return self.out(mixed.transpose(1, 2).reshape(rows, time, c.width))


class FeedForward(nn.Module):
    """SwiGLU: down(silu(gate(x)) * up(x))."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.gate_up = nn.Linear(config.width, 2 * config.inner, bias=False)
        self.down = nn.Linear(config.inner, config.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up(x).chunk(2, dim=-1)
        return self.down(F.silu(gate) * up)


class Block(nn.Module):
    """One layer: attention, then feed-forward, each on a normalised copy of the stream."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.norm_attention = nn.RMSNorm(config.width, eps=1e-5)
        self.attention = Attention(config)
        self.norm_feed = nn.RMSNorm(config.width, eps=1e-5)
        self.feed = FeedForward(config)

    def forward(
        self,
        x: Tensor,
        rope: tuple[Tensor, Tensor],
        mask: Tensor | None,
        cache: Cache | None,
        layer: int,
    ) -> Tensor:
        x = x + self.attention(self.norm_attention(x), rope, mask, cache, layer)
        return x + self.feed(self.norm_feed(x))


class Transformer(nn.Module):
    """A causal language model over token ids.

    Args:
        config: its shape.
        seed: of the initial weights, which depend on nothing else.
        compute_dtype: precision of the matrix products (float32 or bfloat16).
    """

    def __init__(
        self,
        config: TransformerConfig,
        *,
        seed: int = 0,
        compute_dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.config = config
        self.compute_dtype = compute_dtype
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.RMSNorm(config.width, eps=1e-5)
        self.head = nn.Linear(config.width, config.vocabulary, bias=False)
        if config.tied:
            self.head.weight = self.embedding.weight
        self.register_buffer("rope", rotary_table(config), persistent=False)
        self._initialise(seed)

    def _initialise(self, seed: int) -> None:
        """Normal weights; matrices of deviation fan_in^-1/2, so that signals keep their size.

        A fixed deviation of 0.02 is meant for widths in the thousands. At width 128 it starts so
        quiet that the same accuracy took more than twice the time. Matrices that write to the
        stream shrink with depth; the head starts near zero, all tokens about equally likely.
        """
        generator = torch.Generator().manual_seed(seed)
        shrink = 1 / math.sqrt(2 * self.config.layers)
        for name, weight in self.named_parameters():
            if weight.dim() != 2:
                continue
            deviation = weight.shape[1] ** -0.5
            if name.startswith("embedding"):
                deviation = 0.02 if self.config.tied else 0.1
            elif name.startswith("head"):
                deviation = 0.02
            elif name.endswith(("attention.out.weight", "feed.down.weight")):
                deviation *= shrink
            with torch.no_grad():
                weight.normal_(0.0, deviation, generator=generator)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.embedding.weight.device

    @contextlib.contextmanager
    def precision(self) -> Iterator[None]:
        """Autocast to `compute_dtype`, or nothing for float32."""
        if self.compute_dtype == torch.float32:
            yield
        else:
            with torch.autocast(self.device.type, dtype=self.compute_dtype):
                yield

    def forward(
        self,
        tokens: Tensor,
        *,
        positions: Tensor | None = None,
        mask: Tensor | None = None,
        cache: Cache | None = None,
    ) -> Tensor:
        """The final hidden states; `logits` turns chosen ones into scores.

        Args:
            tokens: (rows, time) ids.
            positions: (rows, time) position of each token; 0, 1, 2, … by default.
            mask: (rows or 1, 1, time, seen) bool, True where a query may look; causal by default.
            cache: extended by these tokens, which follow all it already holds.

        Returns:
            (rows, time, width).
        """
        with self.precision():
            if positions is None:
                start = cache.length if cache is not None else 0
                positions = torch.arange(start, start + tokens.shape[1], device=tokens.device)[None]
            cos, sin = self.rope[:, positions].unsqueeze(3)
            x = self.embedding(tokens)
            for layer, block in enumerate(self.blocks):
                x = block(x, (cos, sin), mask, cache, layer)
            if cache is not None:
                cache.length += tokens.shape[1]
            return self.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        """(…, width) hidden states -> (…, vocabulary) float32 scores."""
        with self.precision():
            return self.head(hidden).float()

    def size(self) -> int:
        """Number of parameters, tied ones once."""
        return sum(weight.numel() for weight in self.parameters())
