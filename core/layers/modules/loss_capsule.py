"""The loss of capsule networks."""

from __future__ import annotations

import torch
from torch import nn


class CapsuleMarginLoss(nn.Module):
    """The right capsule shall be longer than m⁺, all others shorter than m⁻ (Sabour, Frosst & Hinton 2017, eq. 4).

    Lengths (N, C) and classes (N) → scalar: Σ over capsules of T·max(0, m⁺ − ‖v‖)² + λ·(1 − T)·max(0, ‖v‖ − m⁻)²,
    T = 1 for the right one; averaged or summed over the batch.
    """

    def __init__(self, present: float = 0.9, absent: float = 0.1, down: float = 0.5, reduction: str = "mean") -> None:
        super().__init__()
        self.present, self.absent, self.down, self.reduction = present, absent, down, reduction

    def forward(self, input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        right = torch.relu(self.present - input.gather(1, target[:, None])).square()  # (N, 1)
        long = torch.relu(input - self.absent).square()  # (N, C)
        wrong = long.sum(1, keepdim=True) - long.gather(1, target[:, None])  # (N, 1)
        losses = right + self.down * wrong  # (N, 1)
        return losses.sum() if self.reduction == "sum" else losses.mean()
