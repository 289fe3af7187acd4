"""Dropout that torch lacks. All of it draws while training alone, from torch's global random state."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional


class GaussianDropout(nn.Module):
    """Multiplies every number by one drawn from a normal distribution of mean 1 and variance p / (1 − p).

    Any shape → the same shape. Srivastava et al. 2014, §10.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0.0:
            return input
        deviation = math.sqrt(self.p / (1.0 - self.p))
        return input * (1.0 + deviation * torch.randn_like(input))


class DropPath(nn.Module):
    """Sets whole samples to 0 with probability p and scales up the rest: stochastic depth, on a residual branch.

    (N, …) → (N, …). Huang et al. 2016, §3.
    """

    def __init__(self, p: float = 0.1) -> None:
        super().__init__()
        self.p = p

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0.0:
            return input
        kept = input.new_empty(input.shape[0], *[1] * (input.dim() - 1)).bernoulli_(1.0 - self.p)  # (N, 1, …)
        return input * kept / (1.0 - self.p)


class DropBlock2d(nn.Module):
    """Sets whole squares of each channel to 0, about a share p of its area, and scales up the rest.

    (N, C, H, W) → (N, C, H, W), with H and W at least `block_size`. Ghiasi, Lin & Le 2018, algorithm 1.
    """

    def __init__(self, p: float = 0.1, block_size: int = 7) -> None:
        super().__init__()
        self.p, self.block_size = p, block_size

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0.0:
            return input
        samples, channels, height, width = input.shape
        size = self.block_size
        rows, columns = height - size + 1, width - size + 1  # where the corner of a square can lie
        rate = self.p * height * width / (size**2 * rows * columns)
        corners = input.new_empty(samples, channels, rows, columns).bernoulli_(rate)
        dropped = functional.max_pool2d(functional.pad(corners, [size - 1] * 4), size, stride=1)  # (N, C, H, W)
        kept = 1.0 - dropped
        # At least one number's worth is left in the divisor, should every one be dropped.
        return input * kept * (kept.numel() / kept.sum().clamp(min=1.0))
