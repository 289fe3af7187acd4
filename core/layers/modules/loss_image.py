"""Losses of images, masks and boxes."""

from __future__ import annotations

import torch
from torch import nn


class TotalVariationLoss(nn.Module):
    """Σ of the differences between neighbours, as they are or squared, a sample (Rudin, Osher & Fatemi 1992).

    Images (N, C, H, W) or signals (N, C, L) → scalar, averaged or summed over the batch.
    """

    def __init__(self, of: str = "absolute", reduction: str = "mean") -> None:
        super().__init__()
        self.of, self.reduction = of, reduction

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        total = input.new_zeros(())
        for axis in range(2, input.dim()):
            step = input.diff(dim=axis)
            total = total + (step.abs() if self.of == "absolute" else step**2).sum()
        return total if self.reduction == "sum" else total / input.shape[0]


class GramStyleLoss(nn.Module):
    """Σ (G − A)² / 4C² of the Gram matrices G = F Fᵀ / (H·W) of features and style (Gatys et al. 2016, eq. 4).

    Features (N, C, H, W) and those of the style (N or 1, C, H', W') → scalar, averaged or summed over the batch.
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, input: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        rows, other = input.flatten(2), style.flatten(2)  # (N, C, H·W)
        gram = rows @ rows.transpose(1, 2) / rows.shape[2]  # (N, C, C)
        wanted = other @ other.transpose(1, 2) / other.shape[2]
        losses = ((gram - wanted) ** 2).sum((1, 2)) / (4 * input.shape[1] ** 2)  # (N)
        return losses.sum() if self.reduction == "sum" else losses.mean()


class DiceLoss(nn.Module):
    """1 − (2 Σ p y + s) / (Σ p² + Σ y² + s) over the places of a mask (Milletari, Navab & Ahmadi 2016).

    Probabilities and masks of one shape, (N, …) or (N, C, H, W) with every channel by itself → scalar, averaged or
    summed over samples and channels.
    """

    def __init__(self, smooth: float = 1.0, reduction: str = "mean") -> None:
        super().__init__()
        self.smooth, self.reduction = smooth, reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        places = list(range(2 if input.dim() > 3 else 1, input.dim()))
        both = (input * target).sum(places)  # (N) or (N, C)
        each = (input**2).sum(places) + (target**2).sum(places)
        losses = 1 - (2 * both + self.smooth) / (each + self.smooth)
        return losses.sum() if self.reduction == "sum" else losses.mean()


class MaskIoULoss(nn.Module):
    """1 − (I + s) / (U + s), I = Σ p y and U = Σ (p + y − p y) over the places of a mask (Rahman & Wang 2016).

    Probabilities and masks of one shape, (N, …) or (N, C, H, W) with every channel by itself → scalar, averaged or
    summed over samples and channels.
    """

    def __init__(self, smooth: float = 1.0, reduction: str = "mean") -> None:
        super().__init__()
        self.smooth, self.reduction = smooth, reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        places = list(range(2 if input.dim() > 3 else 1, input.dim()))
        both = (input * target).sum(places)  # (N) or (N, C)
        either = (input + target).sum(places) - both
        losses = 1 - (both + self.smooth) / (either + self.smooth)
        return losses.sum() if self.reduction == "sum" else losses.mean()


class BoxIoULoss(nn.Module):
    """1 − IoU of boxes, with a term that pulls on boxes which do not meet.

    giou takes off the share of the smallest box around both that neither covers (Rezatofighi et al. 2019); diou adds
    the squared distance of the centres over that of the box's corners (Zheng et al. 2020). Boxes (…, 4) as corners
    x₁ y₁ x₂ y₂ or as centre and size x y w h → scalar, averaged or summed over the boxes.
    """

    def __init__(self, mode: str = "giou", form: str = "corners", reduction: str = "mean") -> None:
        super().__init__()
        self.mode, self.form, self.reduction = mode, form, reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        low, high = torch.unflatten(input, -1, (2, 2)).unbind(-2)  # (…, 2) each: x and y
        other_low, other_high = torch.unflatten(target, -1, (2, 2)).unbind(-2)
        if self.form == "centre and size":
            low, high = low - high / 2, low + high / 2
            other_low, other_high = other_low - other_high / 2, other_low + other_high / 2
        tiny = 1e-9
        meet = (torch.minimum(high, other_high) - torch.maximum(low, other_low)).clamp(min=0).prod(-1)
        areas = (high - low).clamp(min=0).prod(-1) + (other_high - other_low).clamp(min=0).prod(-1)
        union = areas - meet + tiny
        losses = 1 - meet / union
        around = torch.maximum(high, other_high) - torch.minimum(low, other_low)  # (…, 2)
        if self.mode == "giou":
            hull = around.clamp(min=0).prod(-1) + tiny
            losses = losses + (hull - union) / hull
        elif self.mode == "diou":
            apart = (low + high - other_low - other_high) / 2
            losses = losses + (apart**2).sum(-1) / ((around**2).sum(-1) + tiny)
        return losses.sum() if self.reduction == "sum" else losses.mean()
