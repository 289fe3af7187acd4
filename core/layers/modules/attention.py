"""Attention that torch lacks."""

from __future__ import annotations

import torch
from torch import nn


class PositionalEncoding(nn.Module):
    """Adds a vector per position, of fixed sines and cosines or learned (Vaswani et al. 2017, §3.5).

    (N, T, F) → (N, T, F) for T up to `max_length`.
    """

    table: torch.Tensor

    def __init__(self, embed_dim: int, encoding: str = "sinusoidal", max_length: int = 512) -> None:
        super().__init__()
        if encoding == "learned":
            self.table = nn.Parameter(0.02 * torch.randn(max_length, embed_dim))
        else:
            position = torch.arange(max_length, dtype=torch.get_default_dtype())[:, None]  # (T, 1)
            even = torch.arange(0, embed_dim, 2, dtype=torch.get_default_dtype())
            angle = position / 10_000 ** (even / embed_dim)  # (T, ⌈F/2⌉)
            pairs = torch.stack((torch.sin(angle), torch.cos(angle)), dim=-1).flatten(1)  # sin, cos, sin, cos …
            self.register_buffer("table", pairs[:, :embed_dim].contiguous(), persistent=False)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input + self.table[: input.shape[1]]


class MultiHeadAttention(nn.Module):
    """Attention that returns its weights as well (Vaswani et al. 2017, §3.2.2).

    Query (N, T, F), key (N, S, kdim), value (N, S, vdim) → output (N, T, F) and weights (N, T, S), or
    (N, heads, T, S) when they are not averaged. Without a key, the query is its own; without values, the keys are.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        kdim: int | None = None,
        vdim: int | None = None,
        causal: bool = False,
        average_weights: bool = True,
    ) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(
            embed_dim, num_heads, dropout=dropout, bias=bias, kdim=kdim, vdim=vdim, batch_first=True
        )
        self.causal, self.average_weights = causal, average_weights

    def forward(
        self, query: torch.Tensor, key: torch.Tensor | None = None, value: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        key = query if key is None else key
        value = key if value is None else value
        mask = None
        if self.causal:
            mask = torch.ones(query.shape[1], key.shape[1], dtype=torch.bool, device=query.device).triu(1)  # (T, S)
        output, weights = self.attention(
            query, key, value, attn_mask=mask, need_weights=True, average_attn_weights=self.average_weights
        )
        return output, weights


class TransformerEncoderLayer(nn.TransformerEncoderLayer):
    """torch's encoder layer that can be told to see no later steps. (N, T, F) → (N, T, F)."""

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 128,
        dropout: float = 0.1,
        activation: str = "relu",
        norm_first: bool = False,
        batch_first: bool = True,
        causal: bool = False,
    ) -> None:
        super().__init__(
            d_model, nhead, dim_feedforward, dropout, activation, batch_first=batch_first, norm_first=norm_first
        )
        self.causal = causal

    def forward(
        self,
        src: torch.Tensor,
        src_mask: torch.Tensor | None = None,
        src_key_padding_mask: torch.Tensor | None = None,
        is_causal: bool = False,
    ) -> torch.Tensor:
        if self.causal:
            steps = src.shape[1]
            src_mask = torch.ones(steps, steps, dtype=torch.bool, device=src.device).triu(1)  # (T, T)
        return super().forward(src, src_mask, src_key_padding_mask, is_causal=is_causal or self.causal)
