"""Attention without heads: scaled dot products, additive attention, and pooling by attention.

Masks of padding are (N, S), more than 0.5 (or true) where a step is padding. Who sees nothing at all gathers 0.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


def _softmax_seen(scores: torch.Tensor, seen: torch.Tensor | None) -> torch.Tensor:
    """Softmax over the last axis of what is seen; 0 elsewhere, and everywhere where nothing is seen."""
    if seen is None:
        return scores.softmax(-1)
    return scores.masked_fill(~seen, torch.finfo(scores.dtype).min).softmax(-1).masked_fill(~seen, 0.0)


def scaled_dot_product_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None = None,
    is_causal: bool = False,
    scale: float | None = None,
    need_weights: bool = True,
) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
    """softmax(Q Kᵀ · scale) V and the weights (Vaswani et al. 2017, §3.2.1); `scale` is 1/√E unless given.

    query (N, …, T, E), key (N, …, S, E), value (N, …, S, V) → (N, …, T, V), and (N, …, T, S) where weights are needed.
    `mask` is more than 0.5 (or true) where a query may look at a key; axes that it lacks are taken behind the first.
    """
    seen = None
    if mask is not None:
        seen = mask > 0.5
        seen = seen[(slice(None), *[None] * (query.dim() - seen.dim()))]  # (N, 1 …, T, S)
    if not need_weights and seen is None:
        return functional.scaled_dot_product_attention(query, key, value, is_causal=is_causal, scale=scale)
    if is_causal:
        past = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool, device=query.device).tril()
        seen = past if seen is None else seen & past
    if not need_weights:
        return functional.scaled_dot_product_attention(query, key, value, seen, scale=scale)
    scores = query @ key.transpose(-2, -1) * (query.shape[-1] ** -0.5 if scale is None else scale)
    weights = _softmax_seen(scores, seen)
    return weights @ value, weights


class AdditiveAttention(nn.Module):
    """Scores of a small network, vᵀ tanh(W q + U k), gather the keys (Bahdanau et al. 2015, appendix A.1.2).

    query (N, T, F) or (N, F), key (N, S, E) → context (N, T, E) or (N, E), and weights (N, T, S) or (N, S).
    `padding_mask` (N, S) is 1 where a key is padding.
    """

    def __init__(self, query_dim: int, key_dim: int, hidden_size: int = 64) -> None:
        super().__init__()
        self.query = nn.Linear(query_dim, hidden_size, bias=False)
        self.key = nn.Linear(key_dim, hidden_size)
        self.score = nn.Linear(hidden_size, 1, bias=False)

    def forward(
        self, query: torch.Tensor, key: torch.Tensor, padding_mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        asked = query[:, None] if query.dim() == 2 else query  # (N, T, F)
        hidden = torch.tanh(self.query(asked)[:, :, None] + self.key(key)[:, None])  # (N, T, S, hidden)
        seen = None if padding_mask is None else ~(padding_mask > 0.5)[:, None]  # (N, 1, S)
        weights = _softmax_seen(self.score(hidden).squeeze(-1), seen)  # (N, T, S)
        context = weights @ key
        return (context[:, 0], weights[:, 0]) if query.dim() == 2 else (context, weights)


class AttentionPool(nn.Module):
    """One vector for a sequence: steps weighed by how well they fit a learned query (Yang et al. 2016, eq. 5–7).

    (N, T, F) → (N, F), and the weights (N, T). `padding_mask` (N, T) is 1 where a step is padding.
    """

    def __init__(self, in_features: int, hidden_size: int = 64) -> None:
        super().__init__()
        self.hidden = nn.Linear(in_features, hidden_size)
        self.query = nn.Linear(hidden_size, 1, bias=False)

    def forward(
        self, input: torch.Tensor, padding_mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        scores = self.query(torch.tanh(self.hidden(input))).squeeze(-1)  # (N, T)
        weights = _softmax_seen(scores, None if padding_mask is None else ~(padding_mask > 0.5))
        return (weights[:, None] @ input).squeeze(1), weights
