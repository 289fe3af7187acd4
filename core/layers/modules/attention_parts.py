"""The single steps of attention, from which it can be built by hand."""

from __future__ import annotations

import torch


def split_heads(input: torch.Tensor, num_heads: int) -> torch.Tensor:
    """(N, T, F) → (N, heads, T, F / heads)."""
    return torch.unflatten(input, -1, (num_heads, -1)).transpose(1, 2)


def merge_heads(input: torch.Tensor) -> torch.Tensor:
    """(N, heads, T, d) → (N, T, heads · d)."""
    return input.transpose(1, 2).flatten(2)


def causal_mask(input: torch.Tensor) -> torch.Tensor:
    """Scores (N, …, T, T) with −∞ above the diagonal, so that softmax gives later steps no weight."""
    later = torch.ones(input.shape[-2:], dtype=torch.bool, device=input.device).triu(1)
    return input.masked_fill(later, -torch.inf)


def padding_mask(input: torch.Tensor, padding_idx: int = 0) -> torch.Tensor:
    """Tokens (N, T) → true where a token is padding, (N, T)."""
    return input == padding_idx
