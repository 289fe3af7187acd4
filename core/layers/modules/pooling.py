"""Pooling that torch lacks."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional


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


def max_unpool1d_like(
    input: torch.Tensor,
    indices: torch.Tensor,
    like: torch.Tensor,
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
) -> torch.Tensor:
    """Puts maxima (N, C, L') back to their `indices`, into the length of `like` (N, …, L) → (N, C, L)."""
    size = list(like.shape[2:])
    # torch declares lists for what may be one number.
    return functional.max_unpool1d(input, indices, kernel_size, stride, padding, size)  # type: ignore[arg-type]


def max_unpool2d_like(
    input: torch.Tensor,
    indices: torch.Tensor,
    like: torch.Tensor,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
) -> torch.Tensor:
    """Puts maxima (N, C, H', W') back to their `indices`, into the size of `like` (N, …, H, W) → (N, C, H, W)."""
    size = list(like.shape[2:])
    # torch declares lists for what may be one number.
    return functional.max_unpool2d(input, indices, kernel_size, stride, padding, size)  # type: ignore[arg-type]
