"""Losses of self-supervised learning: two views of the same things against all others."""

from __future__ import annotations

import torch
from torch import nn


class NTXentLoss(nn.Module):
    """Cross-entropy of finding a view's partner among the 2N − 1 other views by cosine / τ (Chen et al. 2020, eq. 1).

    Two views (N, D) → scalar, averaged or summed over the 2N views.
    """

    def __init__(self, temperature: float = 0.5, reduction: str = "mean") -> None:
        super().__init__()
        self.temperature, self.reduction = temperature, reduction

    def forward(self, view_1: torch.Tensor, view_2: torch.Tensor) -> torch.Tensor:
        n = view_1.shape[0]
        unit = nn.functional.normalize(torch.cat((view_1, view_2)), dim=1)  # (2N, D)
        scores = unit @ unit.T / self.temperature  # (2N, 2N)
        itself = torch.eye(2 * n, dtype=torch.bool, device=scores.device)
        places = torch.arange(2 * n, device=scores.device)
        return nn.functional.cross_entropy(
            scores.masked_fill(itself, -torch.inf), (places + n) % (2 * n), reduction=self.reduction
        )


class InfoNCELoss(nn.Module):
    """Cross-entropy of finding a query's own key among the keys of the batch (van den Oord et al. 2018, eq. 4).

    With `symmetric` the keys look for their queries too and both are averaged (CLIP, Radford et al. 2021). Queries and
    keys (N, D) → scalar, averaged or summed over the batch.
    """

    def __init__(
        self,
        temperature: float = 0.07,
        similarity: str = "cosine",
        symmetric: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        self.temperature, self.similarity = temperature, similarity
        self.symmetric, self.reduction = symmetric, reduction

    def forward(self, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        if self.similarity == "cosine":
            query, key = nn.functional.normalize(query, dim=1), nn.functional.normalize(key, dim=1)
        scores = query @ key.T / self.temperature  # (N, N): a row a query, a column a key
        own = torch.arange(query.shape[0], device=query.device)
        loss = nn.functional.cross_entropy(scores, own, reduction=self.reduction)
        if self.symmetric:
            loss = 0.5 * (loss + nn.functional.cross_entropy(scores.T, own, reduction=self.reduction))
        return loss


class VICRegLoss(nn.Module):
    """Views agree (mean square), every number keeps a deviation of 1, no two numbers say the same (Bardes et al. 2022).

    The three terms are those of the paper's algorithm 1. Two views (N, D) → scalar.
    """

    def __init__(self, invariance: float = 25.0, variance: float = 25.0, covariance: float = 1.0) -> None:
        super().__init__()
        self.invariance, self.variance, self.covariance = invariance, variance, covariance

    def forward(self, view_1: torch.Tensor, view_2: torch.Tensor) -> torch.Tensor:
        n, d = view_1.shape
        loss = self.invariance * nn.functional.mse_loss(view_1, view_2)
        for view in (view_1, view_2):
            centred = view - view.mean(0)
            table = centred.T @ centred / max(n - 1, 1)  # (D, D); a batch of one has no spread
            spread = table.diagonal()
            loss = loss + self.variance * torch.relu(1 - (spread + 1e-4).sqrt()).mean()
            loss = loss + self.covariance * ((table**2).sum() - (spread**2).sum()) / d
        return loss


class BarlowTwinsLoss(nn.Module):
    """Σ (1 − C_ii)² + λ Σ_{i≠j} C_ij² of the correlations C between two views (Zbontar et al. 2021, eq. 1).

    Two views (N, D) → scalar.
    """

    def __init__(self, redundancy: float = 0.005) -> None:
        super().__init__()
        self.redundancy = redundancy

    def forward(self, view_1: torch.Tensor, view_2: torch.Tensor) -> torch.Tensor:
        one, two = (
            (view - view.mean(0)) * (view.var(0, correction=0) + 1e-5).rsqrt() for view in (view_1, view_2)
        )  # (N, D): mean 0 and deviation 1 over the batch
        table = one.T @ two / view_1.shape[0]  # (D, D)
        own = table.diagonal()
        return ((1 - own) ** 2).sum() + self.redundancy * ((table**2).sum() - (own**2).sum())


class NegativeCosineLoss(nn.Module):
    """−cos(p, z) with the projection z held constant, averaged or summed over the batch (Chen & He 2021, eq. 1).

    Predictions and projections (N, D) → scalar.
    """

    def __init__(self, stop_gradient: bool = True, reduction: str = "mean") -> None:
        super().__init__()
        self.stop_gradient, self.reduction = stop_gradient, reduction

    def forward(self, prediction: torch.Tensor, projection: torch.Tensor) -> torch.Tensor:
        held = projection.detach() if self.stop_gradient else projection
        losses = -nn.functional.cosine_similarity(prediction, held)  # (N)
        return losses.sum() if self.reduction == "sum" else losses.mean()
