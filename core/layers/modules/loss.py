"""Losses that torch lacks: of scores and classes, of plain numbers, and Rosenblatt's rule."""

from __future__ import annotations

import torch
from torch import nn


class CrossEntropyLoss(nn.CrossEntropyLoss):
    """torch's cross-entropy that also takes sequences with the classes last, and weights as plain numbers.

    Scores (N, C), (N, T, C) or (N, C, H, W); classes (N), (N, T) or (N, H, W), or probabilities as the scores → scalar.
    """

    def __init__(
        self,
        weight: tuple[float, ...] | None = None,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
        reduction: str = "mean",
    ) -> None:
        super().__init__(ignore_index=ignore_index, label_smoothing=label_smoothing, reduction=reduction)
        # Not persistent: the weights of the classes are settings, not something that was learned.
        self.register_buffer("weight", None if weight is None else torch.tensor(weight), persistent=False)

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if input.dim() == 3:
            input, target = input.flatten(0, 1), target.flatten(0, 1)  # (N·T, C) and (N·T) or (N·T, C)
        weight = None if self.weight is None else self.weight.to(input)  # (C)
        return nn.functional.cross_entropy(
            input,
            target,
            weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(nn.NLLLoss):
    """torch's negative log-likelihood that also takes sequences with the classes last, and weights as plain numbers.

    Log-probabilities (N, C), (N, T, C) or (N, C, H, W); classes (N), (N, T) or (N, H, W) → scalar.
    """

    def __init__(
        self, weight: tuple[float, ...] | None = None, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        super().__init__(ignore_index=ignore_index, reduction=reduction)
        self.register_buffer("weight", None if weight is None else torch.tensor(weight), persistent=False)

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if input.dim() == 3:
            input, target = input.flatten(0, 1), target.flatten(0, 1)  # (N·T, C) and (N·T)
        weight = None if self.weight is None else self.weight.to(input)  # (C)
        return nn.functional.nll_loss(input, target, weight, ignore_index=self.ignore_index, reduction=self.reduction)


class FocalLoss(nn.Module):
    """−w (1 − p)^γ log p of the right class's probability p, over the places that are not ignored (Lin et al. 2017).

    Scores (N, C), (N, T, C) or (N, C, H, W) and classes (N), (N, T) or (N, H, W) → scalar. With γ = 0 and no weights it
    is cross-entropy; the mean is over places, as published, whatever their weights.
    """

    def __init__(
        self,
        gamma: float = 2.0,
        weight: tuple[float, ...] | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        self.gamma, self.ignore_index, self.reduction = gamma, ignore_index, reduction
        self.weight: torch.Tensor | None
        self.register_buffer("weight", None if weight is None else torch.tensor(weight), persistent=False)

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if input.dim() == 3:
            input, target = input.flatten(0, 1), target.flatten(0, 1)  # (N·T, C) and (N·T)
        counts = target != self.ignore_index  # (N, …)
        right = target.where(counts, 0)
        log_p = input.log_softmax(1).gather(1, right.unsqueeze(1)).squeeze(1)  # (N, …)
        # 1 − p where p is nearly 1 has no slope of its own for γ < 1: held a hair above 0.
        losses = -((-torch.expm1(log_p)).clamp(min=1e-12) ** self.gamma) * log_p
        if self.weight is not None:
            losses = losses * self.weight.to(input)[right]
        total = (losses * counts).sum()
        return total if self.reduction == "sum" else total / counts.sum().clamp(min=1)


class HalfMSELoss(nn.Module):
    """½(ŷ − y)², averaged or summed over all numbers. Two tensors of one shape → scalar."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return 0.5 * nn.functional.mse_loss(input, target, reduction=self.reduction)


class LqLoss(nn.Module):
    """|ŷ − y|^q, averaged or summed over all numbers; its slope where both agree is 0.

    Two tensors of one shape → scalar.
    """

    def __init__(self, q: float = 1.5, reduction: str = "mean") -> None:
        super().__init__()
        self.q, self.reduction = q, reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        error = (input - target).abs()
        apart = error > 0
        # Below q = 1 the slope at 0 is infinite: numbers that agree are taken out before the power, not after it.
        losses = torch.where(apart, torch.where(apart, error, 1.0) ** self.q, 0.0)
        return losses.sum() if self.reduction == "sum" else losses.mean()


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
