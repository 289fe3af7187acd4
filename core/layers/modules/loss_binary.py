"""Losses of two classes, and of several that do not exclude each other."""

from __future__ import annotations

import torch
from torch import nn


class WeightedBCEWithLogitsLoss(nn.Module):
    """Binary cross-entropy of logits in which a yes counts `pos_weight` times; one weight, or one for each output.

    Logits (N, …, C) and targets from 0 to 1 of the same shape → scalar.
    """

    def __init__(self, pos_weight: float | tuple[float, ...] = 1.0, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction
        self.pos_weight: torch.Tensor
        self.register_buffer("pos_weight", torch.tensor(pos_weight), persistent=False)

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        weight = self.pos_weight.to(input)  # () or (C)
        return nn.functional.binary_cross_entropy_with_logits(
            input, target, pos_weight=weight, reduction=self.reduction
        )


class BinaryFocalLoss(nn.Module):
    """−α (1 − p)^γ log p, with p the probability of the true answer, from logits (Lin et al. 2017, eq. 5).

    α counts for a yes and 1 − α for a no; none weighs both 1. Logits and targets from 0 to 1 of one shape → scalar.
    """

    def __init__(self, gamma: float = 2.0, alpha: float | None = 0.25, reduction: str = "mean") -> None:
        super().__init__()
        self.gamma, self.alpha, self.reduction = gamma, alpha, reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        no = torch.sigmoid(input).clamp(1e-12, 1.0)  # how wrong a no is
        yes = torch.sigmoid(-input).clamp(1e-12, 1.0)
        losses_yes = yes**self.gamma * nn.functional.softplus(-input)
        losses_no = no**self.gamma * nn.functional.softplus(input)
        if self.alpha is not None:
            losses_yes, losses_no = self.alpha * losses_yes, (1 - self.alpha) * losses_no
        losses = target * losses_yes + (1 - target) * losses_no
        return losses.sum() if self.reduction == "sum" else losses.mean()


class BinaryHingeLoss(nn.Module):
    """max(0, Δ − y·s) with y = ±1, or its square (Cortes & Vapnik 1995). Two tensors of one shape → scalar."""

    def __init__(self, margin: float = 1.0, squared: bool = False, reduction: str = "mean") -> None:
        super().__init__()
        self.margin, self.squared, self.reduction = margin, squared, reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        losses = torch.relu(self.margin - target * input)
        if self.squared:
            losses = losses**2
        return losses.sum() if self.reduction == "sum" else losses.mean()


class LogisticLoss(nn.Module):
    """log(1 + e^(−y·s)) with y = ±1: torch's soft margin loss, and the target may come from layers that learn.

    Two tensors of one shape → scalar.
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        losses = nn.functional.softplus(-target * input)
        return losses.sum() if self.reduction == "sum" else losses.mean()
