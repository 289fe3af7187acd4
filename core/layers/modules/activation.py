"""Activations that torch lacks."""

from __future__ import annotations

import torch
from torch import nn


class Sign(nn.Module):
    """Gives +1 for positive numbers and −1 for negative ones; the gradient is 0. Any shape → the same."""

    def __init__(self, at_zero: float = 1.0) -> None:
        super().__init__()
        self.at_zero = at_zero

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return torch.sign(input) + self.at_zero * (input == 0).to(input.dtype)

    def extra_repr(self) -> str:
        return f"at_zero={self.at_zero}"


class Step(nn.Module):
    """Gives 1 for positive numbers and 0 for negative ones; the gradient is 0. Any shape → the same."""

    def __init__(self, at_zero: float = 1.0) -> None:
        super().__init__()
        self.at_zero = at_zero

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return torch.relu(torch.sign(input)) + self.at_zero * (input == 0).to(input.dtype)

    def extra_repr(self) -> str:
        return f"at_zero={self.at_zero}"


class SwiGLU(nn.Module):
    """silu(a) · b for the halves a and b of an axis (Shazeer 2020). (N, …, 2F) → (N, …, F)."""

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        gate, value = input.chunk(2, self.dim)
        return nn.functional.silu(gate) * value

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Maxout(nn.Module):
    """The largest of every `pieces` neighbours along an axis (Goodfellow et al. 2013). (N, …, k·F) → (N, …, F)."""

    def __init__(self, pieces: int = 2, dim: int = -1) -> None:
        super().__init__()
        self.pieces, self.dim = pieces, dim

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        groups = torch.unflatten(input, self.dim, (-1, self.pieces))  # (N, …, F, k)
        return groups.amax(self.dim if self.dim < 0 else self.dim + 1)

    def extra_repr(self) -> str:
        return f"pieces={self.pieces}, dim={self.dim}"


class AdaptiveLogSoftmax(nn.AdaptiveLogSoftmaxWithLoss):
    """Log-probabilities of classes, rare ones behind narrow layers (Grave et al. 2017). (N, …, F) → (N, …, classes).

    The parameters are those of `torch.nn.AdaptiveLogSoftmaxWithLoss`; its loss is the NLL of what comes out here.
    """

    # What torch's own forward returns depends on which classes a batch holds; this one has one shape for all.
    def forward(self, input: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        head = self.head(input).log_softmax(-1)  # (N, …, shortlist + clusters)
        parts = [head[..., : self.shortlist_size]]
        for index, tail in enumerate(self.tail):
            cluster = self.shortlist_size + index
            parts.append(tail(input).log_softmax(-1) + head[..., cluster : cluster + 1])
        return torch.cat(parts, -1)
