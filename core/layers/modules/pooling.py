"""Pooling that torch lacks."""

from __future__ import annotations

import torch
from torch import nn


class MinPool1d(nn.MaxPool1d):
    """Keeps the smallest number of each window, an erosion (Serra 1982); the padding never counts.

    (N, C, L) → (N, C, L'), sizes and settings as those of `nn.MaxPool1d`.
    """

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return -super().forward(-input)  # type: ignore[no-any-return]


class MinPool2d(nn.MaxPool2d):
    """Keeps the smallest number of each window, an erosion (Serra 1982); the padding never counts.

    (N, C, H, W) → (N, C, H', W'), sizes and settings as those of `nn.MaxPool2d`.
    """

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return -super().forward(-input)  # type: ignore[no-any-return]
