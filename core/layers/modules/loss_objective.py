"""Losses without a target: a number that is to fall, penalties, and learning rules of lone neurons."""

from __future__ import annotations

import torch
from torch import nn


class ObjectiveLoss(nn.Module):
    """What arrives, averaged or summed, less the same of what shall rise. Tensors of any shape → scalar."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, plus: torch.Tensor, minus: torch.Tensor | None = None) -> torch.Tensor:
        added = self.reduction == "sum"
        loss = plus.sum() if added else plus.mean()
        if minus is None:
            return loss
        return loss - (minus.sum() if added else minus.mean())


class NormPenaltyLoss(nn.Module):
    """Σ |x|^p with p = 1 or 2, averaged or summed over all numbers. A tensor of any shape → scalar."""

    def __init__(self, p: int = 2, reduction: str = "mean") -> None:
        super().__init__()
        self.p, self.reduction = p, reduction

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        sizes = input.abs() if self.p == 1 else input**2
        return sizes.sum() if self.reduction == "sum" else sizes.mean()


class HebbLoss(nn.Module):
    """−½ y²: plain descent through y = w·x moves w by η y x (Hebb 1949).

    Outputs (N, …) → scalar; summed over the neurons, averaged or summed over the batch.
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        total = -0.5 * (input**2).sum()
        return total if self.reduction == "sum" else total / input.shape[0]


class OjaLoss(nn.Module):
    """½‖x − Σ y w‖² with the outputs y held constant: plain descent moves w by η y (x − Σ y w) (Oja 1982).

    The sum is over the neuron itself (`oja`), over it and those before it, whose weights are then held constant
    (`sanger`, Sanger 1989), or over all (`subspace`, Oja 1989). With one neuron the three are the same.

    x (N, D), y (N, F) and the weights (D, F), or (N, D, F) where every sample has its own → scalar.
    """

    def __init__(self, rule: str = "oja", reduction: str = "mean") -> None:
        super().__init__()
        self.rule, self.reduction = rule, reduction

    def forward(self, input: torch.Tensor, output: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        parts = output.detach().unsqueeze(1) * weight  # (N, D, F): what each neuron says of x
        rest = input.detach().unsqueeze(2)  # (N, D, 1)
        if self.rule == "subspace":
            rest = rest - parts.sum(2, keepdim=True)
        elif self.rule == "sanger":
            rest = rest - (parts.detach().cumsum(2) - parts.detach()) - parts
        else:
            rest = rest - parts
        total = 0.5 * (rest**2).sum()
        return total if self.reduction == "sum" else total / input.shape[0]
