"""Losses that put alike things near each other: distances between embeddings."""

from __future__ import annotations

import torch
from torch import nn


class CosineTripletLoss(nn.Module):
    """max(0, cos(a, n) − cos(a, p) + Δ), averaged or summed over the batch.

    Anchors, positives and negatives, each (N, D) → scalar.
    """

    def __init__(self, margin: float = 1.0, reduction: str = "mean") -> None:
        super().__init__()
        self.margin, self.reduction = margin, reduction

    def forward(self, anchor: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
        near, far = (
            nn.functional.cosine_similarity(anchor, positive),
            nn.functional.cosine_similarity(anchor, negative),
        )  # (N)
        losses = torch.relu(far - near + self.margin)
        return losses.sum() if self.reduction == "sum" else losses.mean()


class ContrastivePairLoss(nn.Module):
    """½d² for a pair that belongs together, ½ max(0, m − d)² for one that does not (Hadsell et al. 2006, eq. 4).

    Embeddings (N, D) of both and `same`, 1 or 0, (N) or (N, 1) → scalar.
    """

    def __init__(self, margin: float = 1.0, reduction: str = "mean") -> None:
        super().__init__()
        self.margin, self.reduction = margin, reduction

    def forward(self, input1: torch.Tensor, input2: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
        square = ((input1 - input2) ** 2).sum(1)  # (N)
        # Equal embeddings have no direction to part in: the root's slope there would be infinite.
        distance = square.clamp(min=1e-12).sqrt()
        same = same.reshape(-1).to(input1.dtype)
        losses = 0.5 * (same * square + (1 - same) * torch.relu(self.margin - distance) ** 2)
        return losses.sum() if self.reduction == "sum" else losses.mean()


class PairCosineLoss(nn.CosineEmbeddingLoss):
    """torch's cosine embedding loss that also takes its signs as a column: (N, D), (N, D) and (N, 1) → scalar."""

    def forward(self, input1: torch.Tensor, input2: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return super().forward(input1, input2, target.reshape(-1))


class BinomialDevianceLoss(nn.Module):
    """log(1 + e^(−α(s − β))) over alike pairs and log(1 + e^(αc(s − β))) over others (Yi et al. 2014).

    s is the cosine of two embeddings of the batch; each sum is divided by its number of pairs. Embeddings (N, D) and
    labels (N) → scalar.
    """

    def __init__(self, alpha: float = 2.0, beta: float = 0.5, cost: float = 25.0) -> None:
        super().__init__()
        self.alpha, self.beta, self.cost = alpha, beta, cost

    def forward(self, input: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        unit = nn.functional.normalize(input, dim=1)
        ahead = self.alpha * (unit @ unit.T - self.beta)  # (N, N)
        alike = labels[:, None] == labels[None]
        others = ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
        positive, negative = alike & others, ~alike
        near = (nn.functional.softplus(-ahead) * positive).sum() / positive.sum().clamp(min=1)
        far = (nn.functional.softplus(self.cost * ahead) * negative).sum() / negative.sum().clamp(min=1)
        return near + far


class MultiSimilarityLoss(nn.Module):
    """Weighs every pair of a batch by its own similarity and by those of its rivals (Wang et al. 2019).

    Mining first leaves out the pairs that are already told apart by more than ε. Embeddings (N, D) and labels (N) →
    scalar, averaged or summed over the batch.
    """

    def __init__(
        self,
        alpha: float = 2.0,
        beta: float = 50.0,
        base: float = 0.5,
        epsilon: float = 0.1,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        self.alpha, self.beta, self.base, self.epsilon, self.reduction = alpha, beta, base, epsilon, reduction

    def forward(self, input: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        unit = nn.functional.normalize(input, dim=1)
        similar = unit @ unit.T  # (N, N)
        alike = labels[:, None] == labels[None]
        positive = alike & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
        given = similar.detach()
        farthest = given.masked_fill(~positive, torch.inf).amin(1, keepdim=True)  # (N, 1), of the positives
        nearest = given.masked_fill(alike, -torch.inf).amax(1, keepdim=True)  # (N, 1), of the negatives
        hard_positive = positive & (given < nearest + self.epsilon)
        hard_negative = ~alike & (given > farthest - self.epsilon)
        zero = similar.new_zeros(len(labels), 1)
        pull = (-self.alpha * (similar - self.base)).masked_fill(~hard_positive, -torch.inf)
        push = (self.beta * (similar - self.base)).masked_fill(~hard_negative, -torch.inf)
        losses = torch.cat((zero, pull), 1).logsumexp(1) / self.alpha  # (N): log(1 + Σ e^…) / α
        losses = losses + torch.cat((zero, push), 1).logsumexp(1) / self.beta
        return losses.sum() if self.reduction == "sum" else losses.mean()
