"""The few modules that torch lacks; each stands alone, so that its source can be pasted into an exported file."""

from __future__ import annotations

import torch
from torch import nn


class Sign(nn.Module):
    """Gives +1 for positive numbers and −1 for negative ones; the gradient is 0. Any shape → the same."""

    def __init__(self, at_zero: float = 1.0) -> None:
        super().__init__()
        self.at_zero = at_zero

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return torch.sign(input) + self.at_zero * (input == 0).to(input.dtype)

    def extra_repr(self) -> str:
        return f"at_zero={self.at_zero}"


class Step(nn.Module):
    """Gives 1 for positive numbers and 0 for negative ones; the gradient is 0. Any shape → the same."""

    def __init__(self, at_zero: float = 1.0) -> None:
        super().__init__()
        self.at_zero = at_zero

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return torch.relu(torch.sign(input)) + self.at_zero * (input == 0).to(input.dtype)

    def extra_repr(self) -> str:
        return f"at_zero={self.at_zero}"


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


class CrossEntropyLoss(nn.CrossEntropyLoss):
    """torch's cross-entropy that also takes sequences with the classes last: (N, T, C) with targets (N, T)."""

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if input.dim() == 3:
            input, target = input.flatten(0, 1), target.flatten(0, 1)  # (N·T, C) and (N·T)
        return super().forward(input, target)


class HalfMSELoss(nn.Module):
    """½(ŷ − y)², averaged or summed over all numbers. Two tensors of one shape → scalar."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return 0.5 * nn.functional.mse_loss(input, target, reduction=self.reduction)


class MulticlassHingeLoss(nn.Module):
    """Σ over wrong classes of max(0, s − s_right + Δ), averaged or summed over the batch (Weston & Watkins 1999).

    Scores (N, C) and classes (N) → scalar.
    """

    def __init__(self, margin: float = 1.0, reduction: str = "mean") -> None:
        super().__init__()
        self.margin, self.reduction = margin, reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        right = input.gather(1, target[:, None])  # (N, 1)
        short = torch.relu(input - right + self.margin)  # (N, C); the right class itself falls short by exactly Δ
        losses = short.sum(1) - self.margin  # (N)
        return losses.sum() if self.reduction == "sum" else losses.mean()


class PerceptronLoss(nn.Module):
    """(ŷ − y)·z with the decision ŷ = f(z) held constant: plain descent then moves w by η(y − ŷ)x (Rosenblatt 1958).

    Sums z (N, …) and targets of the same shape → scalar; summed over the neurons, averaged or summed over the batch.
    """

    def __init__(self, activation: str = "sign", reduction: str = "mean") -> None:
        super().__init__()
        self.activation, self.reduction = activation, reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        decision = (input >= 0).to(input.dtype)  # 0 or 1, a constant to autograd
        if self.activation == "sign":
            decision = 2 * decision - 1
        losses = (decision - target) * input  # 0 where the decision is right, else positive
        return losses.sum() if self.reduction == "sum" else losses.sum() / input.shape[0]
