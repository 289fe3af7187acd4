"""Losses between distributions, and of numbers that come with their own uncertainty."""

from __future__ import annotations

import math

import torch
from torch import nn


class KLDivergenceLoss(nn.Module):
    """KL(target ‖ softmax(input)), summed over the classes and places, averaged or summed over the batch.

    Scores (N, C), (N, T, C) or (N, C, H, W) and probabilities of the same shape → scalar.
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        log_q = input.log_softmax(2 if input.dim() == 3 else 1)
        return nn.functional.kl_div(log_q, target, reduction="sum" if self.reduction == "sum" else "batchmean")


class DistillationLoss(nn.Module):
    """−T² Σ p log q with p = softmax(teacher / T), held constant, and q = softmax(student / T) (Hinton et al. 2015).

    Scores of both (N, C), (N, T, C) or (N, C, H, W) → scalar, averaged or summed over all places. T² keeps the slope's
    size whatever the temperature.
    """

    def __init__(self, temperature: float = 4.0, reduction: str = "mean") -> None:
        super().__init__()
        self.temperature, self.reduction = temperature, reduction

    def forward(self, student: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
        axis = 2 if student.dim() == 3 else 1
        soft = (teacher.detach() / self.temperature).softmax(axis)
        losses = -(soft * (student / self.temperature).log_softmax(axis)).sum(axis) * self.temperature**2  # (N, …)
        return losses.sum() if self.reduction == "sum" else losses.mean()


class GaussianKLLoss(nn.Module):
    """KL(N(μ, σ²) ‖ N(0, 1)) = ½ Σ (μ² + σ² − 1 − log σ²), over a sample's numbers (Kingma & Welling 2014, app. B).

    Mean and log-variance (N, …) of one shape → scalar, averaged or summed over the batch.
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
        total = 0.5 * (mean**2 + torch.expm1(log_variance) - log_variance).sum()
        return total if self.reduction == "sum" else total / mean.shape[0]


class GaussianNLLoss(nn.Module):
    """½ (log σ² + (y − μ)² / σ²) for every number, averaged or summed (Nix & Weigend 1994).

    Mean, target and log-variance of one shape → scalar; the constant ½ log 2π is left out, as torch leaves it out.
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
        losses = 0.5 * (log_variance + (target - input) ** 2 * torch.exp(-log_variance))
        return losses.sum() if self.reduction == "sum" else losses.mean()


class FlowLikelihoodLoss(nn.Module):
    """−log p(x) = −log N(z; 0, 1) − log |det ∂z/∂x|, averaged or summed over the batch (Dinh et al. 2017).

    z (N, …) and the log-determinants, (N) or (N, 1) → scalar, in nats.
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, z: torch.Tensor, log_det: torch.Tensor | None = None) -> torch.Tensor:
        losses = 0.5 * (z**2 + math.log(2 * math.pi)).flatten(1).sum(1)  # (N)
        if log_det is not None:
            losses = losses - log_det.reshape(-1)
        return losses.sum() if self.reduction == "sum" else losses.mean()
