"""Capsules: groups of neurons whose length says that a thing is there and whose direction says how it is."""

from __future__ import annotations

import torch
from torch import nn


def squash(capsules: torch.Tensor) -> torch.Tensor:
    """Shrinks vectors s along the last axis to a length below 1: s·‖s‖/(1 + ‖s‖²). Any shape → the same."""
    length: torch.Tensor = torch.linalg.vector_norm(capsules, dim=-1, keepdim=True)
    return capsules * length / (1 + length.square())


class PrimaryCapsules(nn.Module):
    """A convolution whose channels are read as capsules (Sabour, Frosst & Hinton 2017, §4).

    (N, C, H, W) → (N, capsules·H'·W', dim), each vector squashed.
    """

    def __init__(
        self,
        in_channels: int,
        capsules: int = 32,
        dim: int = 8,
        kernel_size: int | tuple[int, int] = 9,
        stride: int | tuple[int, int] = 2,
    ) -> None:
        super().__init__()
        self.capsules, self.dim = capsules, dim
        self.conv = nn.Conv2d(in_channels, capsules * dim, kernel_size, stride)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        maps = torch.unflatten(self.conv(input), 1, (self.capsules, self.dim))  # (N, capsules, dim, H', W')
        return squash(maps.movedim(2, -1).flatten(1, 3))  # (N, capsules·H'·W', dim)


class CapsuleRouting(nn.Module):
    """Capsules that agree on what they predict are routed together (Sabour, Frosst & Hinton 2017, procedure 1).

    (N, I, E) → the output capsules (N, O, D) and their lengths (N, O), all below 1.
    """

    def __init__(
        self, in_capsules: int, in_dim: int, out_capsules: int = 10, dim: int = 16, iterations: int = 3
    ) -> None:
        super().__init__()
        self.iterations = iterations
        self.weight = nn.Parameter(0.1 * torch.randn(in_capsules, out_capsules, dim, in_dim))

    def forward(self, input: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        predictions = torch.einsum("iode,nie->niod", self.weight, input)  # (N, I, O, D)
        logits = torch.zeros_like(predictions[..., 0])  # (N, I, O)
        output = squash((predictions * logits.softmax(2)[..., None]).sum(1))  # (N, O, D)
        for _ in range(self.iterations - 1):
            logits = logits + (predictions * output[:, None]).sum(-1)
            output = squash((predictions * logits.softmax(2)[..., None]).sum(1))
        return output, torch.linalg.vector_norm(output, dim=-1)
