"""GPT-2 in plain torch, after Radford et al. 2019, with the attributes of the public weights.

The public weights multiply from the other side, x·W, so their matrices are transposed.
"""

from __future__ import annotations

import math

import torch
from torch import nn


class Matrix(nn.Module):
    """x·W + b with W (in, out)."""

    def __init__(self, arriving: int, leaving: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(arriving, leaving))
        self.bias = nn.Parameter(torch.zeros(leaving))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self.weight + self.bias


class Attention(nn.Module):
    """Causal self-attention written out, (N, T, F) → (N, T, F)."""

    def __init__(self, features: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.c_attn = Matrix(features, 3 * features)
        self.c_proj = Matrix(features, features)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, t, f = x.shape
        q, k, v = (
            part.reshape(n, t, self.heads, f // self.heads).transpose(1, 2) for part in self.c_attn(x).split(f, -1)
        )
        scores = q @ k.transpose(2, 3) / math.sqrt(f // self.heads)  # (N, heads, T, T)
        scores = scores.masked_fill(torch.ones(t, t).triu(1).bool(), -torch.inf)
        out: torch.Tensor = self.c_proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, f))
        return out


class Feed(nn.Module):
    """Two matrices with GELU by its tanh approximation between them."""

    def __init__(self, features: int, hidden: int) -> None:
        super().__init__()
        self.c_fc = Matrix(features, hidden)
        self.c_proj = Matrix(hidden, features)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.c_fc(x)
        x = 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
        out: torch.Tensor = self.c_proj(x)
        return out


class Block(nn.Module):
    """Normalise, attend, add; normalise, compute, add."""

    def __init__(self, features: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(features)
        self.attn = Attention(features, heads)
        self.ln_2 = nn.LayerNorm(features)
        self.mlp = Feed(features, hidden)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(self.ln_1(x))
        out: torch.Tensor = x + self.mlp(self.ln_2(x))
        return out


class GPT2(nn.Module):
    """Tokens (N, T) → scores (N, T, vocabulary), with the table of tokens as the head."""

    def __init__(self, vocabulary: int, positions: int, features: int, heads: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.wte = nn.Embedding(vocabulary, features)
        self.wpe = nn.Embedding(positions, features)
        self.h = nn.ModuleList(Block(features, heads, hidden) for _ in range(layers))
        self.ln_f = nn.LayerNorm(features)
        self.lm_head = nn.Linear(features, vocabulary, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        for block in self.h:
            x = block(x)
        out: torch.Tensor = self.lm_head(self.ln_f(x))
        return out


def public(key: str) -> str:
    """Our key → the public one, as the table in the note of `gpt-2` says."""
    return key.replace(".c_fc.", ".mlp.c_fc.").replace(".c_proj.", ".mlp.c_proj.").replace(".attn.mlp.", ".attn.")


def turned(key: str, value: torch.Tensor) -> torch.Tensor:
    """The matrices of attention and feed-forward, transposed; all else as it is."""
    return value.T if value.ndim == 2 and key.startswith("h.") else value
