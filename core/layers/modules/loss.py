"""Losses that torch lacks."""

from __future__ import annotations

import torch
from torch import nn


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
