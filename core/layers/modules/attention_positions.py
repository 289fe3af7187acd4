"""Where in a sequence a step stands: absolute, rotary and relative positions.

`cache` is None while a network trains or sees whole sequences. With a dictionary there, a layer takes the steps that
come after those it has seen, and gives them the positions that follow.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional


def _begin(cache: dict[str, int] | None, steps: int) -> int:
    """The position of the first of `steps` steps; a cache counts on."""
    if cache is None:
        return 0
    start = cache.get("steps", 0)
    cache["steps"] = start + steps
    return start


class PositionalEncoding(nn.Module):
    """Adds a vector per position, of fixed sines and cosines or learned (Vaswani et al. 2017, §3.5).

    (N, T, F) → (N, T, F) for T up to `max_length`.
    """

    table: torch.Tensor

    def __init__(self, embed_dim: int, encoding: str = "sinusoidal", max_length: int = 512) -> None:
        super().__init__()
        self.cache: dict[str, int] | None = None
        if encoding == "learned":
            self.table = nn.Parameter(0.02 * torch.randn(max_length, embed_dim))
        else:
            position = torch.arange(max_length, dtype=torch.get_default_dtype())[:, None]  # (T, 1)
            even = torch.arange(0, embed_dim, 2, dtype=torch.get_default_dtype())
            angle = position / 10_000 ** (even / embed_dim)  # (T, ⌈F/2⌉)
            pairs = torch.stack((torch.sin(angle), torch.cos(angle)), dim=-1).flatten(1)  # sin, cos, sin, cos …
            self.register_buffer("table", pairs[:, :embed_dim].contiguous(), persistent=False)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        start = _begin(self.cache, input.shape[1])
        return input + self.table[start : start + input.shape[1]]


class LearnedPositions(nn.Module):
    """A learned vector per position (Radford et al. 2019: GPT-2's `wpe`; Devlin et al. 2019, §3.2).

    (N, T, F) → (N, T, F) for T up to `max_length`: what arrives with its positions added, or the positions `alone`.
    """

    def __init__(self, embed_dim: int, max_length: int = 512, alone: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(max_length, embed_dim))
        self.alone = alone
        self.cache: dict[str, int] | None = None

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        start = _begin(self.cache, input.shape[1])
        rows = self.weight[start : start + input.shape[1]]  # (T, F)
        return rows.expand_as(input) if self.alone else input + rows


class RotaryPositions(nn.Module):
    """Turns each pair of features by an angle that grows with the position (Su et al. 2021, §3.4.2).

    (N, T, F) or (N, heads, T, F) → the same, F even. Scalar products of what is turned depend on distances alone.
    """

    def __init__(self, base: float = 10_000.0) -> None:
        super().__init__()
        self.base = base
        self.cache: dict[str, int] | None = None

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        steps, features = input.shape[-2:]
        start = _begin(self.cache, steps)
        exact = torch.promote_types(input.dtype, torch.float32)  # half precision cannot tell large positions apart
        position = torch.arange(start, start + steps, device=input.device, dtype=exact)
        even = torch.arange(0, features, 2, device=input.device, dtype=exact)
        angle = position[:, None] * self.base ** (-even / features)  # (T, F/2)
        cos, sin = angle.cos().to(input.dtype), angle.sin().to(input.dtype)
        one, other = input[..., 0::2], input[..., 1::2]
        return torch.stack((one * cos - other * sin, one * sin + other * cos), dim=-1).flatten(-2)

    def extra_repr(self) -> str:
        return f"base={self.base:g}"


class RelativePositionBias(nn.Module):
    """Adds a learned number per head and distance to the scores of attention (Raffel et al. 2020, §2.1: T5).

    Scores (N, heads, T, S) → the same. Distances fall into buckets: small ones each into their own, larger ones into
    ranges that widen up to `max_distance`. With `bidirectional`, half of the buckets are for later keys; without, later
    keys all count as distance 0.
    """

    def __init__(
        self, num_heads: int, num_buckets: int = 32, max_distance: int = 128, bidirectional: bool = True
    ) -> None:
        super().__init__()
        self.max_distance, self.bidirectional = max_distance, bidirectional
        self.weight = nn.Parameter(0.02 * torch.randn(num_buckets, num_heads))

    def buckets(self, queries: int, keys: int) -> torch.Tensor:
        """The bucket of every pair of positions, (T, S)."""
        device = self.weight.device
        distance = torch.arange(queries, device=device)[:, None] - torch.arange(keys, device=device)  # (T, S)
        count = self.weight.shape[0]
        first = torch.zeros_like(distance)
        if self.bidirectional:
            count //= 2
            first = count * (distance < 0)
            distance = distance.abs()
        else:
            distance = distance.clamp(min=0)
        exact = count // 2
        ratio = torch.log(distance.clamp(min=exact) / exact) / math.log(self.max_distance / exact)
        # A range begins at whole powers, which rounding must not put into the range before.
        wide = (exact + ratio * (count - exact) + 5e-6).long().clamp(max=count - 1)
        return first + torch.where(distance < exact, distance, wide)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        bias = functional.embedding(self.buckets(*input.shape[-2:]), self.weight)  # (T, S, heads)
        return input + bias.permute(2, 0, 1)


class RelativeSelfAttention(nn.Module):
    """Self-attention that knows how far apart steps are (Shaw et al. 2018, eq. 3–5).

    Each distance from −`max_distance` to `max_distance`, larger ones cut off, has a vector that is added to the key and
    one that is added to the value. (N, T, F) → (N, T, F), and the weights (N, heads, T, T).
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        max_distance: int = 16,
        dropout: float = 0.0,
        bias: bool = True,
        causal: bool = False,
    ) -> None:
        super().__init__()
        self.num_heads, self.max_distance, self.dropout, self.causal = num_heads, max_distance, dropout, causal
        self.in_proj = nn.Linear(embed_dim, 3 * embed_dim, bias=bias)
        self.out_proj = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.relative_key = nn.Parameter(torch.empty(2 * max_distance + 1, embed_dim // num_heads))
        self.relative_value = nn.Parameter(torch.empty(2 * max_distance + 1, embed_dim // num_heads))
        nn.init.xavier_uniform_(self.relative_key)
        nn.init.xavier_uniform_(self.relative_value)

    def _split(self, x: torch.Tensor) -> torch.Tensor:
        """(N, T, F) → (N, heads, T, F / heads)."""
        return torch.unflatten(x, -1, (self.num_heads, -1)).transpose(1, 2)

    def forward(self, input: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        q, k, v = (self._split(x) for x in self.in_proj(input).chunk(3, -1))  # (N, heads, T, d)
        place = torch.arange(input.shape[1], device=input.device)
        distance = (place - place[:, None]).clamp(-self.max_distance, self.max_distance) + self.max_distance  # (T, T)
        key, value = self.relative_key[distance], self.relative_value[distance]  # (T, T, d)
        scores = q @ k.transpose(2, 3) + torch.einsum("nhid,ijd->nhij", q, key)  # (N, heads, T, T)
        scores = scores / q.shape[-1] ** 0.5
        if self.causal:
            scores = scores.masked_fill(place > place[:, None], -torch.inf)
        weights = scores.softmax(-1)
        kept = functional.dropout(weights, self.dropout, self.training)
        output = kept @ v + torch.einsum("nhij,ijd->nhid", kept, value)
        return self.out_proj(output.transpose(1, 2).flatten(2)), weights
