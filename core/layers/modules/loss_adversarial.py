"""Losses of two networks that play against each other."""

from __future__ import annotations

import torch
from torch import nn


class DiscriminatorLoss(nn.Module):
    """What a discriminator makes small: scores of real samples shall be high, those of made ones low.

    minimax and non-saturating: −log σ(r) − log(1 − σ(f)) (Goodfellow et al. 2014); least squares: ½(r − 1)² + ½f²
    (Mao et al. 2017); Wasserstein: f − r (Arjovsky et al. 2017); hinge: max(0, 1 − r) + max(0, 1 + f) (Lim & Ye 2017).
    Scores of any two shapes, without a sigmoid → scalar; each term is averaged or summed.
    """

    def __init__(self, mode: str = "non-saturating", reduction: str = "mean") -> None:
        super().__init__()
        self.mode, self.reduction = mode, reduction

    def forward(self, real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
        if self.mode == "least squares":
            high, low = 0.5 * (real - 1) ** 2, 0.5 * fake**2
        elif self.mode == "Wasserstein":
            high, low = -real, fake
        elif self.mode == "hinge":
            high, low = torch.relu(1 - real), torch.relu(1 + fake)
        else:
            high, low = nn.functional.softplus(-real), nn.functional.softplus(fake)
        return high.sum() + low.sum() if self.reduction == "sum" else high.mean() + low.mean()


class GeneratorLoss(nn.Module):
    """What a generator makes small: the discriminator's scores of what it made shall be high.

    minimax: log(1 − σ(f)); non-saturating: −log σ(f) (both Goodfellow et al. 2014); least squares: ½(f − 1)²;
    Wasserstein and hinge: −f. Scores of any shape, without a sigmoid → scalar, averaged or summed.
    """

    def __init__(self, mode: str = "non-saturating", reduction: str = "mean") -> None:
        super().__init__()
        self.mode, self.reduction = mode, reduction

    def forward(self, fake: torch.Tensor) -> torch.Tensor:
        if self.mode == "minimax":
            losses = -nn.functional.softplus(fake)
        elif self.mode == "non-saturating":
            losses = nn.functional.softplus(-fake)
        elif self.mode == "least squares":
            losses = 0.5 * (fake - 1) ** 2
        else:
            losses = -fake
        return losses.sum() if self.reduction == "sum" else losses.mean()
